"""optax's schedules, as of 0.2.8: each has rates of its own, and stays at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from operator import mul

from ...optimizers.declaration import Hyperparameter
from ...reading.faults import Fault
from ..declaration import Nested, NumberList
from .declaration import STEPS, FrameworkSchedules, ListOfArguments, Own, ScheduleRow, StepsAndNumbers, Values, count, needs, number

INIT = number("init_value", "the rate at the start")
PEAK = number("peak_value", "the rate at the peak")
WARMUP = count("warmup_steps", "steps of the warm-up", None, 0.0)
END = number("end_value", "the rate at the end", 0.0)
BEGIN = count("transition_begin", "steps before it begins", 0.0, 0.0)
TRANSITION = count("transition_steps", "steps of the transition")
POWER = number("power", "the power")
EXPONENT = number("exponent", "power of the cosine's share", 1.0)
DECAY_RATE = number("decay_rate", "factor of each transition_steps")
STAIRCASE = Hyperparameter("staircase", "whether the rate changes only after whole transition_steps", False)
BOUND = number("end_value", "the rate does not go beyond it")
SCALES = StepsAndNumbers("boundaries_and_scales", "by what the rate is multiplied from which step on")
CYCLE = (
    TRANSITION,
    PEAK,
    number("pct_start", "share of the steps in which the rate rises", 0.3, maximum=1.0),
    number("div_factor", "the peak divided by the first rate", 25.0, minimum=1e-6),
    number("final_div_factor", "what the rate is divided by at the end", 1e4, minimum=1e-6),
)


def _begun(values: Values, schedule: Own) -> Own:
    """The same, after transition_begin steps at the first rate."""
    begin = values.get("transition_begin", 0.0)
    held = {"name": "constant", "lr": values["init_value"]}
    return {"name": "join", "schedules": [held, schedule], "boundaries": [begin]} if begin else schedule


def _line(first: float, last: float, steps: float) -> Own:
    return {"name": "polynomial", "lr": first, "lr_end": last, "decay_steps": steps}


def _polynomial(values: Values) -> Own:
    line = _line(values["init_value"], values["end_value"], values["transition_steps"])
    return _begun(values, {**line, "power": values.get("power", 1.0)})


def _exponential(values: Values) -> Own:
    alike = {name: values[name] for name in ("decay_rate", "staircase")}
    decay: Own = {"name": "exponential", "lr": values["init_value"], "decay_steps": values["transition_steps"], **alike}
    if values["decay_rate"] == 0:
        decay = {"name": "constant", "lr": values["init_value"]}
    schedule = _begun(values, decay)
    if "end_value" not in values or values["decay_rate"] == 0:
        return schedule
    bound = "lr_min" if values["decay_rate"] < 1 else "lr_max"
    return {"name": "chain", "schedules": [schedule, {"name": "clip", bound: values["end_value"]}]}


def _jumps(values: Values) -> Own:
    """The scales multiply one another; the service's factors do not."""
    scales = _sorted(values.get("boundaries_and_scales", {}))
    if not scales:
        return {"name": "constant", "lr": values["init_value"]}
    factors = list(accumulate([1.0, *(scale for _, scale in scales)], mul))
    return {"name": "piecewise", "lr": values["init_value"], "boundaries": [step for step, _ in scales], "factors": factors}


def _ways(values: Values) -> Own:
    scales = _sorted(values.get("boundaries_and_scales", {}))
    if not scales:
        return {"name": "constant", "lr": values["init_value"]}
    return _interpolated(values["init_value"], scales, values["interpolate_type"])


def _interpolated(first: float, scales: Sequence[tuple[float, float]], shape: str) -> Own:
    factors = list(accumulate([1.0, *(scale for _, scale in scales)], mul))
    points = [0.0, *(step for step, _ in scales)]
    return {"name": "interpolated", "lr": first, "points": points, "factors": factors, "shape": shape}


def _sorted(scales: Mapping[str, float]) -> list[tuple[float, float]]:
    """An object's keys are texts in JSON; they are numbers here."""
    return sorted((float(step), scale) for step, scale in scales.items())


def _cosine_cycle(values: Values) -> Own:
    steps, div = values["transition_steps"], values["div_factor"]
    last = 1.0 / (div * values["final_div_factor"])
    scales = {float(int(values["pct_start"] * steps)): div, steps: last}
    return _interpolated(values["peak_value"] / div, sorted(scales.items()), "cosine")


def _linear_cycle(values: Values) -> Own:
    steps, div = values["transition_steps"], values["div_factor"]
    scales = {
        float(int(values["pct_start"] * steps)): div,
        float(int(values["pct_final"] * steps)): 1.0 / div,
        steps: 1.0 / values["final_div_factor"],
    }
    return _interpolated(values["peak_value"] / div, sorted(scales.items()), "linear")


def _cosine(values: Values) -> Own:
    first = values["init_value"]
    decay = {"decay_steps": values["decay_steps"], "lr_min": values["alpha"] * first, "exponent": values["exponent"]}
    return {"name": "cosine", "lr": first, **decay}


def _warmed(values: Values, then: Own) -> Own:
    """A line to the peak, then another schedule."""
    if not values["warmup_steps"]:
        return then
    rise = _line(values["init_value"], values["peak_value"], values["warmup_steps"])
    return {"name": "join", "schedules": [rise, then], "boundaries": [values["warmup_steps"]]}


def _warm_constant(values: Values) -> Own:
    if not values["warmup_steps"]:  # optax's linear_schedule of no steps stays at its first value
        return {"name": "constant", "lr": values["init_value"]}
    return _line(values["init_value"], values["peak_value"], values["warmup_steps"])


def _warm_cosine(values: Values) -> Own:
    steps, peak = values["decay_steps"] - values["warmup_steps"], values["peak_value"]
    least = values["end_value"] if peak else 0.0
    return _warmed(values, {"name": "cosine", "lr": peak, "decay_steps": steps, "lr_min": least, "exponent": values["exponent"]})


def _warm_exponential(values: Values) -> Own:
    return _warmed(values, _exponential({**values, "init_value": values["peak_value"]}))


def _decays_after_warmup(values: Values) -> Sequence[Fault]:
    if values["decay_steps"] > values["warmup_steps"]:
        return ()
    return [Fault(("decay_steps",), "expected more than warmup_steps: optax counts the warm-up in decay_steps")]


def _rounds(values: Values) -> Own:
    rounds = values["cosine_kwargs"]
    if len(rounds) == 1:
        return _warm_cosine(rounds[0])
    boundaries = list(accumulate(each["decay_steps"] for each in rounds))[:-1]
    return {"name": "join", "schedules": [_warm_cosine(each) for each in rounds], "boundaries": boundaries}


def _joined(values: Values) -> Own:
    if len(values["schedules"]) == 1:
        return {"name": "chain", "schedules": values["schedules"]}
    return {"name": "join", "schedules": values["schedules"], "boundaries": values["boundaries"]}


def _as_many_boundaries(values: Values) -> Sequence[Fault]:
    wanted = len(values["schedules"]) - 1
    if len(values.get("boundaries", ())) == wanted:
        return ()
    return [Fault(("boundaries",), f"expected one number less than the schedules, {wanted}")]


def _has_threshold(values: Values) -> Sequence[Fault]:
    return () if values["rtol"] or values["atol"] else [Fault(("rtol",), "expected rtol or atol above 0")]


def _plateau(values: Values) -> Own:
    """optax reduces at the step at which the patience is used up; it scales, and it looks at the first value too."""
    alike = {name: values[name] for name in ("factor", "rtol", "atol", "cooldown", "accumulation_size")}
    own = {"patience": values["patience"] - 1.0, "factor_min": values["min_scale"], "eps": 0.0, "counts_start": True}
    return {"name": "reduce_on_plateau", **alike, **own}


WARM_COSINE = ScheduleRow(
    "warmup_cosine_decay_schedule",
    "cosine",
    (INIT, PEAK, WARMUP, count("decay_steps", "steps of the warm-up and the decay"), END, EXPONENT),
    _warm_cosine,
    needs("init_value", "peak_value", "warmup_steps", "decay_steps"),
    check=_decays_after_warmup,
    notes="decay_steps include the warm-up.",
)

OPTAX = FrameworkSchedules(
    name="optax",
    rows=(
        ScheduleRow(
            "constant_schedule",
            "constant",
            (number("value", "the rate"),),
            {"lr": "value"},
            needs("value"),
        ),
        ScheduleRow(
            "linear_schedule",
            "polynomial",
            (INIT, number("end_value", "the rate at the end"), TRANSITION, BEGIN),
            _polynomial,
            needs("init_value", "end_value", "transition_steps"),
        ),
        ScheduleRow(
            "polynomial_schedule",
            "polynomial",
            (INIT, number("end_value", "the rate at the end"), POWER, TRANSITION, BEGIN),
            _polynomial,
            needs("init_value", "end_value", "power", "transition_steps"),
        ),
        ScheduleRow(
            "piecewise_constant_schedule",
            "piecewise",
            (INIT, SCALES),
            _jumps,
            needs("init_value"),
            needs("boundaries_and_scales"),
            notes="Each scale multiplies the rate that there is. The rate changes at the boundary itself.",
        ),
        ScheduleRow(
            "piecewise_interpolate_schedule",
            "interpolated",
            (Hyperparameter("interpolate_type", "the way", None, choices=("linear", "cosine")), INIT, SCALES),
            _ways,
            needs("interpolate_type", "init_value"),
            needs("boundaries_and_scales"),
        ),
        ScheduleRow(
            "exponential_decay",
            "exponential",
            (INIT, TRANSITION, DECAY_RATE, BEGIN, STAIRCASE, BOUND),
            _exponential,
            needs("init_value", "transition_steps", "decay_rate"),
            needs("end_value"),
        ),
        ScheduleRow(
            "cosine_decay_schedule",
            "cosine",
            (INIT, count("decay_steps", "steps of the decay"), number("alpha", "the least rate, as a share of the first", 0.0), EXPONENT),
            _cosine,
            needs("init_value", "decay_steps"),
        ),
        ScheduleRow(
            "cosine_onecycle_schedule",
            "interpolated",
            CYCLE,
            _cosine_cycle,
            needs("transition_steps", "peak_value"),
            notes="The peak is at step int(pct_start transition_steps), one later than torch's. The end comes at step transition_steps.",
        ),
        ScheduleRow(
            "linear_onecycle_schedule",
            "interpolated",
            (*CYCLE, number("pct_final", "share of the steps after which the rate has fallen again", 0.85, maximum=1.0)),
            _linear_cycle,
            needs("transition_steps", "peak_value"),
            in_order=3,
            notes="It has three phases.",
        ),
        ScheduleRow(
            "sgdr_schedule",
            "join",
            (ListOfArguments("cosine_kwargs", "the arguments of each round", "warmup_cosine_decay_schedule"),),
            _rounds,
            needs("cosine_kwargs"),
        ),
        ScheduleRow(
            "warmup_constant_schedule",
            "polynomial",
            (INIT, PEAK, WARMUP),
            _warm_constant,
            needs("init_value", "peak_value", "warmup_steps"),
        ),
        WARM_COSINE,
        ScheduleRow(
            "warmup_exponential_decay_schedule",
            "exponential",
            (INIT, PEAK, WARMUP, TRANSITION, DECAY_RATE, BEGIN, STAIRCASE, BOUND),
            _warm_exponential,
            needs("init_value", "peak_value", "warmup_steps", "transition_steps", "decay_rate"),
            needs("end_value"),
        ),
        ScheduleRow(
            "join_schedules",
            "join",
            (
                Nested("schedules", "the schedules, in their order", several=True),
                NumberList("boundaries", "the step at which each schedule but the first begins", STEPS, ordered=True),
            ),
            _joined,
            needs("schedules"),
            needs("boundaries"),
            check=_as_many_boundaries,
        ),
        ScheduleRow(
            "reduce_on_plateau",
            "reduce_on_plateau",
            (
                Hyperparameter("factor", "factor of each reduction", 0.1, minimum=1e-300, below=1.0),
                count("patience", "the reduction comes after so many steps without improvement", 10.0),
                number("rtol", "least relative improvement", 1e-4, maximum=1.0),
                number("atol", "least absolute improvement", 0.0),
                count("cooldown", "steps after a reduction in which nothing is counted", 0.0, 0.0),
                count("accumulation_size", "so many values are averaged before they are compared", 1.0),
                number("min_scale", "the least rate, as a share of the first", 0.0, maximum=1.0),
            ),
            _plateau,
            check=_has_threshold,
            notes="In optax this is not a schedule. It is a transform after the optimizer (optax.contrib), and it scales the update.",
        ),
    ),
    refused={
        "inject_hyperparams": "inject_hyperparams is no schedule; name the schedule itself",
    },
)

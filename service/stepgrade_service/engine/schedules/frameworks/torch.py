"""torch.optim.lr_scheduler, as of torch 2.13: every scheduler but the three with rates of their own scales the optimizer's rate."""

from __future__ import annotations

from collections.abc import Sequence

from ...optimizers.declaration import Hyperparameter
from ...reading.faults import Fault
from ..declaration import Nested, NumberList
from .declaration import STEPS, FrameworkSchedules, Own, ScheduleRow, Values, count, needs, number

LAST_EPOCH = {"last_epoch": (-1,)}
GAMMA = number("gamma", "factor of each drop", 0.1)

MOMENTUM_CYCLES = (
    "expected false: {} cycles the momentum too if this is true, and true is its default. This service changes only the learning rate"
)

#: Why a schedule is refused that is made of somebody's code.
TAKES_CODE = "takes a function, and this service runs no posted code. Post a list of learning rates instead"

#: Schedulers that multiply the rate by a factor, so that several of them can be chained.
FACTORS = needs("StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR", "PolynomialLR")

SCHEDULERS = Nested("schedulers", "the schedulers, in their order", several=True)


def _held(values: Values) -> Own:
    """ConstantLR: a factor first, the rate itself after total_iters."""
    return {"name": "piecewise", "boundaries": [values["total_iters"]], "factors": [values["factor"], 1.0]}


def _one_cycle(values: Values) -> Own:
    total = values.get("total_steps") or values["epochs"] * values["steps_per_epoch"]
    shape = "cosine" if values["anneal_strategy"] == "cos" else "linear"
    alike = {name: values[name] for name in ("pct_start", "div_factor", "final_div_factor", "three_phase")}
    return {"name": "one_cycle", "lr": values["max_lr"], "total_steps": total, "shape": shape, **alike}


def _has_total(values: Values) -> Sequence[Fault]:
    if "total_steps" in values or ("epochs" in values and "steps_per_epoch" in values):
        return ()
    return [Fault(("total_steps",), "expected total_steps, or epochs and steps_per_epoch: torch needs the length of the cycle")]


def _cyclic(values: Values) -> Own:
    own = {"name": "cyclic", "lr": values["base_lr"], "lr_max": values["max_lr"], "steps_up": values["step_size_up"]}
    down = {"steps_down": values["step_size_down"]} if "step_size_down" in values else {}
    return {**own, **down, "mode": values["mode"], "gamma": values["gamma"]}


def _plateau(values: Values) -> Own:
    relative = values["threshold_mode"] == "rel"
    thresholds = {"rtol": values["threshold"] if relative else 0.0, "atol": 0.0 if relative else values["threshold"]}
    alike = {name: values[name] for name in ("patience", "factor", "cooldown", "eps")}
    return {"name": "reduce_on_plateau", **alike, **thresholds, "lr_min": values["min_lr"]}


def _relative_below_1(values: Values) -> Sequence[Fault]:
    if values["threshold_mode"] == "rel" and values["threshold"] > 1:
        return [Fault(("threshold",), "expected a number of at most 1 where threshold_mode is rel")]
    return ()


def _as_many_milestones(values: Values) -> Sequence[Fault]:
    wanted = len(values["schedulers"]) - 1
    if len(values.get("milestones", ())) != wanted:
        return [Fault(("milestones",), f"expected one number less than the schedulers, {wanted}")]
    return ()


def _sequence(values: Values) -> Own:
    if len(values["schedulers"]) == 1:
        return {"name": "chain", "schedules": values["schedulers"]}
    return {"name": "join", "schedules": values["schedulers"], "boundaries": values["milestones"]}


TORCH = FrameworkSchedules(
    name="torch",
    ignored=frozenset(),
    rows=(
        ScheduleRow(
            "StepLR",
            "step",
            (count("step_size", "steps between two drops"), GAMMA),
            {"step_size": "step_size", "gamma": "gamma"},
            needs("step_size"),
            absent=LAST_EPOCH,
        ),
        ScheduleRow(
            "MultiStepLR",
            "multistep",
            (NumberList("milestones", "the steps at which the rate drops", STEPS, ordered=True), GAMMA),
            {"milestones": "milestones", "gamma": "gamma"},
            needs("milestones"),
            absent=LAST_EPOCH,
            notes="The rate drops at a milestone itself.",
        ),
        ScheduleRow(
            "ConstantLR",
            "piecewise",
            (number("factor", "factor of the first steps", 1.0 / 3.0, maximum=1.0), count("total_iters", "how many they are", 5.0, 0.0)),
            _held,
            absent=LAST_EPOCH,
        ),
        ScheduleRow(
            "LinearLR",
            "linear",
            (
                number("start_factor", "the factor of the first step", 1.0 / 3.0, minimum=1e-300, maximum=1.0),
                number("end_factor", "the factor at the end", 1.0, maximum=1.0),
                count("total_iters", "steps from one to the other", 5.0),
            ),
            {"steps": "total_iters", "start_factor": "start_factor", "end_factor": "end_factor"},
            absent=LAST_EPOCH,
        ),
        ScheduleRow(
            "ExponentialLR",
            "exponential",
            (number("gamma", "factor of each step"),),
            {"decay_rate": "gamma"},
            needs("gamma"),
            absent=LAST_EPOCH,
        ),
        ScheduleRow(
            "PolynomialLR",
            "polynomial",
            (count("total_iters", "steps after which the rate is 0", 5.0), number("power", "the power", 1.0)),
            {"decay_steps": "total_iters", "power": "power"},
            absent=LAST_EPOCH,
        ),
        ScheduleRow(
            "CosineAnnealingLR",
            "cosine",
            (count("T_max", "steps after which the rate is eta_min"), number("eta_min", "the least rate", 0.0)),
            lambda values: {"name": "cosine", "decay_steps": values["T_max"], "lr_min": values["eta_min"], "after": "rise"},
            needs("T_max"),
            absent=LAST_EPOCH,
            notes="After T_max the rate rises again. keras and optax stay at the end.",
        ),
        ScheduleRow(
            "CosineAnnealingWarmRestarts",
            "cosine_restarts",
            (
                count("T_0", "steps of the first round"),
                Hyperparameter("T_mult", "how many times as long each round is as the one before", 1.0, 1.0, 1000.0, whole=True),
                number("eta_min", "the least rate", 0.0),
            ),
            {"first_steps": "T_0", "t_mul": "T_mult", "lr_min": "eta_min"},
            needs("T_0"),
            absent=LAST_EPOCH,
        ),
        ScheduleRow(
            "CyclicLR",
            "cyclic",
            (
                number("base_lr", "the rate at the bottom"),
                number("max_lr", "the rate at the top"),
                count("step_size_up", "steps in which the rate rises", 2000.0),
                count("step_size_down", "steps in which it falls; as many if left out"),
                Hyperparameter("mode", "how the height changes", "triangular", choices=("triangular", "triangular2", "exp_range")),
                number("gamma", "the factor of exp_range", 1.0),
            ),
            _cyclic,
            needs("base_lr", "max_lr"),
            needs("step_size_down"),
            absent={
                **LAST_EPOCH,
                "scale_fn": (None,),
                "scale_mode": ("cycle",),
                "cycle_momentum": (False,),
                "base_momentum": (0.8,),
                "max_momentum": (0.9,),
            },
            needed={"cycle_momentum": MOMENTUM_CYCLES.format("CyclicLR")},
        ),
        ScheduleRow(
            "OneCycleLR",
            "one_cycle",
            (
                number("max_lr", "the rate at the peak"),
                count("total_steps", "steps of the whole cycle"),
                count("epochs", "with steps_per_epoch, in place of total_steps"),
                count("steps_per_epoch", "with epochs, in place of total_steps"),
                number("pct_start", "share of the steps in which the rate rises", 0.3, maximum=1.0),
                Hyperparameter("anneal_strategy", "the way from point to point", "cos", choices=("cos", "linear")),
                number("div_factor", "the peak divided by the first rate", 25.0, minimum=1e-6),
                number("final_div_factor", "the first rate divided by the last", 1e4, minimum=1e-6),
                Hyperparameter("three_phase", "whether the rate falls as it has risen, before the end", False),
            ),
            _one_cycle,
            needs("max_lr"),
            needs("total_steps", "epochs", "steps_per_epoch"),
            absent={**LAST_EPOCH, "cycle_momentum": (False,), "base_momentum": (0.85,), "max_momentum": (0.95,)},
            needed={"cycle_momentum": MOMENTUM_CYCLES.format("OneCycleLR")},
            in_order=6,
            check=_has_total,
            notes="The peak is at step pct_start total_steps - 1. After the last step the rate stays; torch raises an error there.",
        ),
        ScheduleRow(
            "ReduceLROnPlateau",
            "reduce_on_plateau",
            (
                number("factor", "factor of each reduction", 0.1, below=1.0),
                count("patience", "steps without improvement that change nothing", 10.0, 0.0),
                number("threshold", "least improvement", 1e-4),
                Hyperparameter("threshold_mode", "relative or absolute", "rel", choices=("rel", "abs")),
                count("cooldown", "steps after a reduction in which nothing is counted", 0.0, 0.0),
                number("min_lr", "the least rate", 0.0),
                number("eps", "a reduction by less than this is left out", 1e-8),
            ),
            _plateau,
            absent={"mode": ("min",)},
            before=("mode",),
            check=_relative_below_1,
            notes="scheduler.step(value) stands after optimizer.step() here, with the value at the new point.",
        ),
        ScheduleRow(
            "SequentialLR",
            "join",
            (SCHEDULERS, NumberList("milestones", "the step at which each scheduler but the first begins", STEPS, ordered=True)),
            _sequence,
            needs("schedulers"),
            needs("milestones"),
            absent=LAST_EPOCH,
            check=_as_many_milestones,
            children=FACTORS | needs("CosineAnnealingLR", "CosineAnnealingWarmRestarts"),
            why_not="in torch it changes the rate that the other schedulers start from, or it cannot stand there",
        ),
        ScheduleRow(
            "ChainedScheduler",
            "chain",
            (SCHEDULERS,),
            {"schedules": "schedulers"},
            needs("schedulers"),
            optimizer_last=True,
            children=FACTORS,
            why_not="chained schedulers multiply their factors, and this one is no factor of the rate",
        ),
    ),
    refused={
        "LambdaLR": f"LambdaLR {TAKES_CODE}",
        "MultiplicativeLR": f"MultiplicativeLR {TAKES_CODE}",
        "SWALR": "SWALR is for averaged weights, and this service has none. Use linear or cosine instead",
    },
)

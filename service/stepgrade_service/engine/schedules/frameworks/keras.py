"""keras.optimizers.schedules and the callback, as of Keras 3.15: each has rates of its own, whatever the optimizer's is."""

from __future__ import annotations

from collections.abc import Sequence

from ...optimizers.declaration import Hyperparameter
from ...reading.faults import Fault
from ..declaration import NumberList
from .declaration import RATE, STEPS, FrameworkSchedules, Own, ScheduleRow, Values, count, needs, number

INITIAL = number("initial_learning_rate", "the rate at the start")
DECAY_STEPS = count("decay_steps", "steps of the decay")
STAIRCASE = Hyperparameter("staircase", "whether the rate changes only after whole decay_steps", False)
ALPHA = number("alpha", "the least rate, as a share of the first", 0.0)
MONITORED = ("loss", "val_loss")


def _one_more(values: Values) -> Sequence[Fault]:
    wanted = len(values["boundaries"]) + 1
    return () if len(values["values"]) == wanted else [Fault(("values",), f"expected {wanted} numbers, one more than the boundaries")]


def _cosine(values: Values) -> Own:
    """With warmup_target the rate rises from initial_learning_rate to it, and decays from there."""
    peak = values.get("warmup_target", values["initial_learning_rate"])
    decay = {"name": "cosine", "lr": peak, "decay_steps": values["decay_steps"], "lr_min": values["alpha"] * peak}
    if "warmup_target" not in values or not values["warmup_steps"]:
        return decay
    rise = {"name": "polynomial", "lr": values["initial_learning_rate"], "lr_end": peak, "decay_steps": values["warmup_steps"]}
    return {"name": "join", "schedules": [rise, decay], "boundaries": [values["warmup_steps"]]}


def _restarts(values: Values) -> Own:
    first = values["initial_learning_rate"]
    alike = {"first_steps": values["first_decay_steps"], "t_mul": values["t_mul"], "m_mul": values["m_mul"]}
    return {"name": "cosine_restarts", "lr": first, **alike, "lr_min": values["alpha"] * first}


def _plateau(values: Values) -> Own:
    """keras reduces at the step at which the patience is used up, and the last step of a cooldown counts already: one less of each."""
    one_less = {name: max(values[name] - 1.0, 0.0) for name in ("patience", "cooldown")}
    least = {"rtol": 0.0, "atol": values["min_delta"], "lr_min": values["min_lr"], "eps": 0.0}
    return {"name": "reduce_on_plateau", **one_less, "factor": values["factor"], **least}


KERAS = FrameworkSchedules(
    name="keras",
    ignored=frozenset({"module", "registered_name", "build_config"}),
    rows=(
        ScheduleRow(
            "ExponentialDecay",
            "exponential",
            (INITIAL, DECAY_STEPS, number("decay_rate", "factor of each decay_steps"), STAIRCASE),
            {"lr": "initial_learning_rate", "decay_rate": "decay_rate", "decay_steps": "decay_steps", "staircase": "staircase"},
            needs("initial_learning_rate", "decay_steps", "decay_rate"),
        ),
        ScheduleRow(
            "PiecewiseConstantDecay",
            "piecewise",
            (
                NumberList("boundaries", "the last step of each value", STEPS, ordered=True),
                NumberList("values", "the rates", RATE),
            ),
            lambda values: {"name": "piecewise", "boundaries": values["boundaries"], "values": values["values"], "after_boundary": True},
            needs("boundaries", "values"),
            check=_one_more,
            notes="A value holds at its boundary too. torch and optax change at the boundary.",
        ),
        ScheduleRow(
            "PolynomialDecay",
            "polynomial",
            (
                INITIAL,
                DECAY_STEPS,
                number("end_learning_rate", "the rate at the end", 1e-4),
                number("power", "the power", 1.0),
                Hyperparameter("cycle", "whether the rate rises again after decay_steps", False),
            ),
            {
                "lr": "initial_learning_rate",
                "decay_steps": "decay_steps",
                "lr_end": "end_learning_rate",
                "power": "power",
                "cycle": "cycle",
            },
            needs("initial_learning_rate", "decay_steps"),
            notes="The rate ends at 1e-4 if nothing else is said.",
        ),
        ScheduleRow(
            "InverseTimeDecay",
            "inverse_time",
            (INITIAL, DECAY_STEPS, number("decay_rate", "what each decay_steps adds to the divisor"), STAIRCASE),
            {"lr": "initial_learning_rate", "decay_rate": "decay_rate", "decay_steps": "decay_steps", "staircase": "staircase"},
            needs("initial_learning_rate", "decay_steps", "decay_rate"),
        ),
        ScheduleRow(
            "CosineDecay",
            "cosine",
            (
                INITIAL,
                DECAY_STEPS,
                ALPHA,
                number("warmup_target", "the rate at the end of a warm-up; without it there is none"),
                count("warmup_steps", "steps of the warm-up", 0.0, 0.0),
            ),
            _cosine,
            needs("initial_learning_rate", "decay_steps"),
            needs("warmup_target"),
            in_order=3,
            notes="decay_steps do not include the warm-up. In optax they do.",
        ),
        ScheduleRow(
            "CosineDecayRestarts",
            "cosine_restarts",
            (
                INITIAL,
                count("first_decay_steps", "steps of the first round"),
                number("t_mul", "how many times as long each round is", 2.0, minimum=1.0, maximum=1000.0),
                number("m_mul", "how many times as high each round starts", 1.0, maximum=1000.0),
                ALPHA,
            ),
            _restarts,
            needs("initial_learning_rate", "first_decay_steps"),
        ),
        ScheduleRow(
            "ReduceLROnPlateau",
            "reduce_on_plateau",
            (
                number("factor", "factor of each reduction", 0.1, below=1.0),
                count("patience", "the reduction comes after so many steps without improvement", 10.0, 0.0),
                number("min_delta", "least improvement, absolute", 1e-4),
                count("cooldown", "steps after a reduction", 0.0, 0.0),
                number("min_lr", "the least rate", 0.0),
            ),
            _plateau,
            absent={"monitor": MONITORED, "mode": ("auto", "min"), "verbose": (0, 1)},
            in_order=0,
            notes="The callback looks at the value after each step, as if each step were an epoch.",
        ),
    ),
    refused={
        "LearningRateScheduler": "LearningRateScheduler takes a function, and this service runs no posted code. "
        "Post a list of learning rates instead",
        "LearningRateSchedule": "LearningRateSchedule is only the base class; name one of its subclasses",
    },
)

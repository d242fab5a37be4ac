"""keras.optimizers, as of Keras 3.15: the rate stands inside the velocity, weight_decay is decoupled everywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..reading.faults import Fault
from .declaration import Convention, OrNull, Renamed, Row
from .names import SGD_NAMES

#: The arguments of the base class.
BASE_ARGUMENTS = {
    "clipnorm": Renamed("clip_norm"),
    "clipvalue": Renamed("clip_value"),
    "global_clipnorm": Renamed("clip_global_norm"),
    "use_ema": Renamed("average_weights"),
    "ema_momentum": Renamed("average_momentum"),
    "ema_overwrite_frequency": Renamed("average_overwrite_every"),
    "loss_scale_factor": Renamed("loss_scale"),
    "gradient_accumulation_steps": Renamed("accumulation_steps"),
}
CLIPS = ("clip_norm", "clip_global_norm", "clip_value")


def one_clip(settings: Mapping[str, Any]) -> Sequence[Fault]:
    """The base class raises "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set"."""
    given = [name for name in CLIPS if name in settings]
    return [Fault((name,), "expected only one of clipnorm, clipvalue and global_clipnorm: Keras refuses several") for name in given[1:]]


RATE = {"learning_rate": Renamed("lr")}
RATE_AND_EPSILON = {**RATE, "epsilon": Renamed("eps")}
#: Keras checks no beta_1, so it may be 1 or more; a beta_2 above 1 leaves the real numbers at the first step.
ANY_BETA1 = frozenset({"beta1"})
BETAS = {"beta_1": Renamed("beta1"), "beta_2": Renamed("beta2")}
INITIAL = {"initial_accumulator_value": Renamed("initial_accumulator")}


def _row(
    optimizer: str,
    name: str,
    arguments: Mapping[str, Renamed],
    defaults: Mapping[str, Any],
    notes: str = "",
    more_names: Mapping[str, Mapping[str, Any]] | None = None,
    check: Callable[[Mapping[str, Any]], Sequence[Fault]] = lambda _: (),
    never_null: frozenset[str] = frozenset(),
    unbounded: frozenset[str] = frozenset(),
) -> Row:
    return Row(
        optimizer,
        names={name: {}, **(more_names or {})},
        arguments=arguments,
        defaults={"weight_decay_mode": "decoupled", **defaults},
        check=check,
        never_null=never_null,
        unbounded=unbounded,
        notes=notes,
    )


def momentum_at_most_one(settings: Mapping[str, Any]) -> Sequence[Fault]:
    """keras.optimizers.SGD raises "`momentum` must be a float between [0, 1]."."""
    return [Fault(("momentum",), "expected at most 1: Keras's SGD refuses more")] if settings["momentum"] > 1 else []


def beta1_above_zero(settings: Mapping[str, Any]) -> Sequence[Fault]:
    """keras.optimizers.Lion raises "Argument `beta_1` must be in the [0, 1] range. Otherwise, the optimizer degenerates to SignSGD."."""
    return [Fault(("beta1",), "expected a number of more than 0: Keras's Lion refuses 0")] if settings["beta1"] == 0 else []


KERAS = Convention(
    name="keras",
    title="Keras 3, keras.optimizers",
    rows=(
        _row("sgd", "SGD", RATE, {"lr": 0.01, "lr_in_velocity": True}, more_names=SGD_NAMES, check=momentum_at_most_one),
        _row(
            "adagrad",
            "Adagrad",
            {**RATE_AND_EPSILON, **INITIAL},
            {"lr": 1e-3, "eps": 1e-7, "eps_mode": "inside", "initial_accumulator": 0.1},
        ),
        _row("adadelta", "Adadelta", RATE_AND_EPSILON, {"lr": 1e-3, "rho": 0.95, "eps": 1e-7}),
        _row("rmsprop", "RMSprop", RATE_AND_EPSILON, {"lr": 1e-3, "eps": 1e-7, "eps_mode": "inside", "lr_in_velocity": True}),
        _row(
            "ftrl",
            "Ftrl",
            {
                **RATE,
                **INITIAL,
                "learning_rate_power": Renamed("lr_power"),
                "l1_regularization_strength": Renamed("l1"),
                "l2_regularization_strength": Renamed("l2"),
                "l2_shrinkage_regularization_strength": Renamed("l2_shrinkage"),
            },
            {"lr": 1e-3, "initial_accumulator": 0.1, "l2_form": "twice", "beta": 0.0},
            notes="l2 counts twice, and beta is 0. In the paper l2 counts once, and beta is usually 1.",
        ),
        _row(
            "lion", "Lion", {**RATE, **BETAS}, {"lr": 1e-3}, check=beta1_above_zero, notes="The decay is apart, and 0 unless it is given."
        ),
        _row(
            "adam",
            "Adam",
            {**RATE_AND_EPSILON, **BETAS},
            {"lr": 1e-3, "eps": 1e-7, "eps_mode": "hat"},
            notes="eps is added to the root of the uncorrected average: the eps-hat of the paper's efficient form.",
            more_names={"amsgrad": {"amsgrad": True}},
            unbounded=ANY_BETA1,
        ),
        _row(
            "adamw",
            "AdamW",
            {**RATE_AND_EPSILON, **BETAS},
            {"lr": 1e-3, "eps": 1e-7, "eps_mode": "hat", "weight_decay": 4e-3},
            never_null=frozenset({"weight_decay"}),
            unbounded=ANY_BETA1,
        ),
        _row("adamax", "Adamax", {**RATE_AND_EPSILON, **BETAS}, {"lr": 1e-3, "eps": 1e-7}, unbounded=ANY_BETA1),
        _row(
            "nadam",
            "Nadam",
            {**RATE_AND_EPSILON, **BETAS},
            {"lr": 1e-3, "eps": 1e-7, "momentum_decay": 1.0},
            notes="The momentum warms up with 0.96^t. This is 250 times as fast as in torch.",
            unbounded=ANY_BETA1,
        ),
        _row(
            "adafactor",
            "Adafactor",
            {
                **RATE,
                "beta_2_decay": Renamed("beta2_decay"),
                "epsilon_1": Renamed("eps1"),
                "epsilon_2": Renamed("eps2"),
                "clip_threshold": Renamed("clip_threshold"),
            },
            {"lr": 1e-3, "weight_decay_mode": "decoupled_first"},
            notes="Keras takes the smaller of lr and 1 / sqrt(t) also with relative_step=False, so this argument changes nothing.",
        ),
        Row(
            "muon",
            names={"Muon": {}},
            arguments={
                **RATE,
                "epsilon": Renamed("adam_eps"),
                "muon_a": Renamed("ns_a"),
                "muon_b": Renamed("ns_b"),
                "muon_c": Renamed("ns_c"),
                "adam_beta_1": Renamed("adam_beta1"),
                "adam_beta_2": Renamed("adam_beta2"),
                "rms_rate": OrNull(Renamed("rms_rate"), {"shape_factor": "none"}),
                **{decay: OrNull(Renamed(decay), {decay: 0.0}) for decay in ("weight_decay", "adam_weight_decay")},
            },
            defaults={
                "lr": 1e-3,
                "weight_decay": 4e-3,
                "shape_factor": "rms",
                "adam_eps": 1e-7,
                "adam_eps_mode": "hat",
                "adam_weight_decay": 4e-3,
                "adam_decay_rate": "lr",
            },
            absent={"exclude_layers": (None, []), "exclude_embeddings": True},
            notes='Keras\'s rms_rate=None is "shape_factor": "none" here. For exclude_layers write "orthogonal" with 0 for the '
            "tensors of these layers.",
        ),
        _row(
            "lamb",
            "Lamb",
            {**RATE_AND_EPSILON, **BETAS},
            {"lr": 1e-3, "eps": 1e-7, "weight_decay_mode": "decoupled_first"},
            notes='The decay stands outside the ratio. Keras does not find this class by its name: keras.optimizers.get("lamb") fails.',
            unbounded=ANY_BETA1,
        ),
        Row(
            "schedule_free_adamw",
            names={"ScheduleFreeAdamW": {}},
            arguments={**RATE_AND_EPSILON, **BETAS},
            defaults={"lr": 0.0025, "weight_lr_power": 0.0, "warmup_start": "first", "decay_at": "y"},
            notes="Each step has the same weight in the average, also with a warm-up. weight_decay is subtracted from the params.",
        ),
    ),
    known=frozenset({"LossScaleOptimizer", "MultiOptimizer"}),
    arguments=BASE_ARGUMENTS,
    ignored=frozenset({"relative_step"}),
    said_of_objects=frozenset({"name"}),
    former={"decay": "this was the decay of the learning rate in Keras 2. In Keras 3, the schedule InverseTimeDecay is the learning rate"},
    check=one_clip,
    letters={"params": "w"},
)

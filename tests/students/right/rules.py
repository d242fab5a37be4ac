"""Optimizers as lines of NumPy that a student would write, each separately from the service, with names for x, g, t, slots and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The lines of one step. `numbers` are the hyperparameters that the code takes, with the values it is checked at."""

    name: str
    optimizer: Mapping[str, Any]
    lines: tuple[str, ...]
    slots: tuple[str, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    has_clock: bool = False
    is_elementwise: bool = True


BETAS = {"beta1": 0.8, "beta2": 0.95}
ADAM = {**BETAS, "eps": 1e-3}
M, V = "m = beta1 * m + (1 - beta1) * g", "v = beta2 * v + (1 - beta2) * g ** 2"

RULES = (
    Rule(name="gd", optimizer={"name": "gd"}, lines=("x = x - lr * g",)),
    Rule(name="sign_gd", optimizer={"name": "sign_gd"}, lines=("x = x - lr * np.sign(g)",)),
    Rule(
        name="momentum_torch",
        optimizer={"name": "momentum"},
        slots=("velocity",),
        numbers={"momentum": 0.8},
        lines=("velocity = momentum * velocity + g", "x = x - lr * velocity"),
    ),
    Rule(
        name="momentum_course",
        optimizer={"name": "momentum", "convention": "course"},
        slots=("velocity",),
        numbers={"momentum": 0.8},
        lines=("velocity = momentum * velocity + (1 - momentum) * g", "x = x - lr * velocity"),
    ),
    Rule(
        name="momentum_keras",
        optimizer={"name": "momentum", "convention": "keras"},
        slots=("velocity",),
        numbers={"momentum": 0.8},
        lines=("velocity = momentum * velocity - lr * g", "x = x + velocity"),
    ),
    Rule(
        name="nesterov_torch",
        optimizer={"name": "nesterov"},
        slots=("velocity",),
        numbers={"momentum": 0.8},
        lines=("velocity = momentum * velocity + g", "x = x - lr * (g + momentum * velocity)"),
    ),
    Rule(
        name="adagrad",
        optimizer={"name": "adagrad"},
        slots=("accumulator",),
        numbers={"eps": 1e-3},
        lines=("accumulator = accumulator + g ** 2", "x = x - lr * g / (np.sqrt(accumulator) + eps)"),
    ),
    Rule(
        name="adadelta",
        optimizer={"name": "adadelta"},
        slots=("v", "u"),
        numbers={"rho": 0.9, "eps": 1e-3},
        lines=(
            "v = rho * v + (1 - rho) * g ** 2",
            "change = np.sqrt(u + eps) / np.sqrt(v + eps) * g",
            "u = rho * u + (1 - rho) * change ** 2",
            "x = x - lr * change",
        ),
    ),
    Rule(
        name="rmsprop_torch",
        optimizer={"name": "rmsprop"},
        slots=("v",),
        numbers={"rho": 0.9, "eps": 1e-3},
        lines=("v = rho * v + (1 - rho) * g ** 2", "x = x - lr * g / (np.sqrt(v) + eps)"),
    ),
    Rule(
        name="rmsprop_keras",
        optimizer={"name": "rmsprop", "convention": "keras"},
        slots=("v",),
        numbers={"rho": 0.9, "eps": 1e-3},
        lines=("v = rho * v + (1 - rho) * g * g", "x = x - lr * g / np.sqrt(v + eps)"),
    ),
    Rule(
        name="adam",
        optimizer={"name": "adam"},
        slots=("m", "v"),
        numbers=ADAM,
        has_clock=True,
        lines=(M, V, "x = x - lr * (m / (1 - beta1 ** t)) / (np.sqrt(v / (1 - beta2 ** t)) + eps)"),
    ),
    Rule(
        name="adam_keras",
        optimizer={"name": "adam", "convention": "keras"},
        slots=("m", "v"),
        numbers=ADAM,
        has_clock=True,
        lines=(M, V, "now = lr * np.sqrt(1 - beta2 ** t) / (1 - beta1 ** t)", "x = x - now * m / (np.sqrt(v) + eps)"),
    ),
    Rule(
        name="adamw",
        optimizer={"name": "adamw"},
        slots=("m", "v"),
        numbers={**ADAM, "weight_decay": 0.05},
        has_clock=True,
        lines=(M, V, "x = x - lr * weight_decay * x", "x = x - lr * (m / (1 - beta1 ** t)) / (np.sqrt(v / (1 - beta2 ** t)) + eps)"),
    ),
    Rule(
        name="amsgrad",
        optimizer={"name": "adam", "amsgrad": True},
        slots=("m", "v", "v_max"),
        numbers=ADAM,
        has_clock=True,
        lines=(
            M,
            V,
            "v_max = np.maximum(v_max, v)",
            "x = x - lr * (m / (1 - beta1 ** t)) / (np.sqrt(v_max / (1 - beta2 ** t)) + eps)",
        ),
    ),
    Rule(
        name="adamax_keras",
        optimizer={"name": "adamax", "convention": "keras"},
        slots=("m", "u"),
        numbers=ADAM,
        has_clock=True,
        lines=(
            "m = beta1 * m + (1 - beta1) * g",
            "u = np.maximum(beta2 * u, np.abs(g))",
            "x = x - lr / (1 - beta1 ** t) * m / (u + eps)",
        ),
    ),
    Rule(
        name="nadam_optax",
        optimizer={"name": "nadam", "convention": "optax"},
        slots=("m", "v"),
        numbers=ADAM,
        has_clock=True,
        lines=(
            M,
            V,
            "ahead = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * g / (1 - beta1 ** t)",
            "x = x - lr * ahead / (np.sqrt(v / (1 - beta2 ** t)) + eps)",
        ),
    ),
)

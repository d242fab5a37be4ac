"""The hyperparameters that several optimizers share, each described once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..reading.faults import Fault
from .declaration import LARGEST, Hyperparameter

LR = Hyperparameter("lr", "learning rate", minimum=0.0)
MOMENTUM = Hyperparameter("momentum", "share of the last velocity that is kept", 0.0, minimum=0.0)
NESTEROV = Hyperparameter("nesterov", "Nesterov's momentum: step as if the velocity had been applied once more", False)
LR_IN_VELOCITY = Hyperparameter(
    "lr_in_velocity",
    "true: the gradient is multiplied by the learning rate before it enters the velocity; false: the velocity is, when the step is made",
    False,
)
RHO = Hyperparameter("rho", "decay of the running average of squared gradients", 0.9, minimum=0.0, maximum=1.0)
BETA1 = Hyperparameter("beta1", "decay of the running average of gradients", 0.9, minimum=0.0, below=1.0)
BETA2 = Hyperparameter("beta2", "decay of the running average of squared gradients", 0.999, minimum=0.0, below=1.0)
EPS = Hyperparameter("eps", "small number that keeps the denominator above zero; eps_mode says where it is added", 1e-8, minimum=0.0)
EPS_ROOT = Hyperparameter("eps_root", "a second small number, always inside the square root", 0.0, minimum=0.0)
BIAS_CORRECTION = Hyperparameter(
    "bias_correction", "divide running averages by 1 - decay^t, because their start at zero makes them too small", True
)
INITIAL_ACCUMULATOR = Hyperparameter("initial_accumulator", "first value of the squared-gradient slot", 0.0, minimum=0.0)
WEIGHT_DECAY = Hyperparameter("weight_decay", "strength of the decay of the params towards zero", 0.0, minimum=0.0)
WEIGHT_DECAY_MODE = Hyperparameter(
    "weight_decay_mode",
    "l2: weight_decay * params is added to the gradient; decoupled: lr * weight_decay * params is subtracted from the params; "
    "decoupled_unscaled: the same, but with the schedule's factor in place of lr",
    "l2",
    choices=("l2", "decoupled", "decoupled_unscaled"),
)
DECAY = (WEIGHT_DECAY, WEIGHT_DECAY_MODE)

EPS_PLACES = {
    "outside": "added to the root",
    "inside": "under the root",
    "hat": "added to the root of the uncorrected average (the eps-hat of Adam's efficient form)",
    "in_max": "added to |gradient| inside the maximum",
}


def eps_mode(*places: str) -> Hyperparameter:
    """Where eps stands; the first place is the default."""
    meaning = "where eps is added: " + "; ".join(f"{place}: {EPS_PLACES[place]}" for place in places)
    return Hyperparameter("eps_mode", meaning, places[0], choices=places)


def decay_terms(settings: Mapping[str, Any]) -> dict[str, float]:
    """The two numbers through which a kernel knows weight decay: `l2` is added to the gradient, `decay` to the direction."""
    strength, mode = settings["weight_decay"], settings["weight_decay_mode"]
    if strength == 0 or mode == "l2":
        return {"l2": strength, "decay": 0.0}
    return {"l2": 0.0, "decay": strength if mode == "decoupled" else strength / settings["lr"]}


def scales(lr: Any, weight_decay: float) -> Any:
    """Whether weight_decay / lr is a finite number, for a learning rate or an array of them."""
    with np.errstate(over="ignore"):  # beyond the finite numbers is large enough
        return np.float64(LARGEST) * lr >= weight_decay


def decay_faults(settings: Mapping[str, Any]) -> Sequence[Fault]:
    """Decay that lr does not scale needs one lr that is not zero."""
    if settings["weight_decay"] and settings["weight_decay_mode"] == "decoupled_unscaled":
        if isinstance(settings["lr"], Mapping):
            return [Fault(("lr",), 'expected one number: weight_decay_mode "decoupled_unscaled" takes no lr per tensor')]
        if not scales(settings["lr"], settings["weight_decay"]):
            return [Fault(("lr",), 'expected a larger number with weight_decay_mode "decoupled_unscaled": weight_decay / lr overflows')]
    return []

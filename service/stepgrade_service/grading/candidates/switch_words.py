"""What a switch of a convention says about a formula, for students, who never saw the switch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .candidate import shown


class SwitchWords(NamedTuple):
    """What a switch is about, and a clause with an end for each of its values: "eps is added" with "under the root"."""

    about: str
    clause: str
    ends: Mapping[bool | str, str]


ON_OR_OFF: Mapping[bool | str, str] = {True: "used", False: "not used"}

SWITCH_WORDS: Mapping[str, SwitchWords] = {
    "eps_mode": SwitchWords(
        "the place of eps",
        "eps is added",
        {
            "outside": "to the root",
            "inside": "under the root",
            "hat": "to the root of v before its bias correction",
            "in_max": "to |gradient| within the maximum",
        },
    ),
    "bias_correction": SwitchWords(
        "the bias correction",
        "the running averages are",
        {True: "corrected for their bias", False: "taken as they are", "m": "corrected for m alone", "v": "corrected for v alone"},
    ),
    "momentum_form": SwitchWords(
        "the velocity", "the gradient enters the velocity", {"classic": "whole", "ema": "multiplied by 1 - momentum"}
    ),
    "lr_in_velocity": SwitchWords(
        "the learning rate", "the learning rate multiplies", {True: "the gradient in the velocity", False: "the velocity in the step"}
    ),
    "first_buffer": SwitchWords("the first velocity", "the velocity begins with", {"zero": "0", "gradient": "the first gradient"}),
    "weight_decay_mode": SwitchWords(
        "the weight decay",
        "the weight decay is",
        {
            "l2": "added to the gradient",
            "decoupled": "subtracted from the params, times the learning rate",
            "decoupled_unscaled": "subtracted from the params, without the learning rate",
        },
    ),
    "amsgrad_max": SwitchWords(
        "the maximum", "the maximum is taken", {"raw": "before the bias correction", "corrected": "after the bias correction"}
    ),
    "momentum_schedule": SwitchWords(
        "the momentum", "the momentum is", {"warming": "smaller in the first steps", "constant": "always beta1"}
    ),
    "momentum_average": SwitchWords("the average m", "m is averaged with", {"beta1": "beta1", "warming": "the momentum of the step"}),
    "v_correction": SwitchWords("the correction of v", "v is divided by", {"plain": "1 - beta2^t", "scaled": "(1 - beta2^t) / beta2"}),
    "zero_accumulator": SwitchWords("0/0", "where the accumulator is 0 there is", {"divide": "0/0, which is no number", "stay": "no step"}),
    "at_threshold": SwitchWords(
        "the threshold", "at the threshold itself the step is", {True: "divided by the root", False: "not divided"}
    ),
    "nesterov": SwitchWords("Nesterov's momentum", "Nesterov's momentum is", ON_OR_OFF),
    "amsgrad": SwitchWords("the maximum of v", "the largest v is", ON_OR_OFF),
    "centered": SwitchWords("the mean gradient", "the square of the mean gradient under the root is", ON_OR_OFF),
}


def instead(name: str, value: Any, asked: Any) -> str:
    """What one value of a setting is instead of another: a clause, or a number."""
    words = SWITCH_WORDS.get(name)
    if words is None:
        return f"{name} is {shown(value)} instead of {shown(asked)}"
    return f"{words.clause} {words.ends[value]} instead of {words.ends[asked]}"


def about(names: Iterable[str]) -> str:
    """What settings are about."""
    return ", ".join(SWITCH_WORDS[name].about if name in SWITCH_WORDS else name for name in names)

"""What a switch of a convention says about a formula, for students, who never saw the switch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .candidate import shown


class SwitchWords(NamedTuple):
    """What a switch is about, and for each of its values what code does, and what a task does: "eps stands inside the root", "has it
    outside"."""

    about: str
    ends: Mapping[bool | str, tuple[str, str]]


def on_or_off(name: str) -> Mapping[bool | str, tuple[str, str]]:
    """The ends of what is used or not."""
    return {True: (f"{name} is used", "uses it"), False: (f"{name} is not used", "does not use it")}


SWITCH_WORDS: Mapping[str, SwitchWords] = {
    "eps_mode": SwitchWords(
        "the place of eps",
        {
            "outside": ("eps stands outside the root", "has it outside"),
            "inside": ("eps stands inside the root", "has it inside"),
            "hat": ("eps is added to the root of v before the bias correction", "adds it to the root of v before the bias correction"),
            "in_max": ("eps is added to |gradient| in the maximum", "adds it to |gradient| in the maximum"),
        },
    ),
    "bias_correction": SwitchWords(
        "the bias correction",
        {
            True: ("there is a bias correction", "corrects the running averages"),
            False: ("there is no bias correction", "has no bias correction"),
            "m": ("only m has a bias correction", "corrects only m"),
            "v": ("only v has a bias correction", "corrects only v"),
        },
    ),
    "momentum_form": SwitchWords(
        "the velocity",
        {
            "classic": ("the velocity adds the gradient as it is", "adds the gradient as it is"),
            "ema": ("the velocity adds (1 - momentum) * gradient", "adds (1 - momentum) * gradient"),
        },
    ),
    "lr_in_velocity": SwitchWords(
        "the learning rate",
        {
            True: ("the learning rate is in the velocity", "has it in the velocity"),
            False: ("the learning rate multiplies the velocity in the step", "multiplies the velocity by it in the step"),
        },
    ),
    "first_buffer": SwitchWords(
        "the first velocity",
        {
            "zero": ("the velocity starts at 0", "starts it at 0"),
            "gradient": ("the first velocity is the first gradient", "starts it at the first gradient"),
        },
    ),
    "weight_decay_mode": SwitchWords(
        "the weight decay",
        {
            "l2": ("weight_decay * x is added to the gradient", "adds weight_decay * x to the gradient"),
            "decoupled": ("lr * weight_decay * x is subtracted from x", "subtracts lr * weight_decay * x from x"),
            "decoupled_unscaled": ("weight_decay * x is subtracted from x", "subtracts weight_decay * x from x"),
            "proximal": (
                "the params after the step are divided by 1 + lr * weight_decay",
                "divides the params after the step by 1 + lr * weight_decay",
            ),
            "unscaled": ("weight_decay * x is subtracted from x", "subtracts weight_decay * x from x"),
            "in_ratio": ("weight_decay * x is added before the ratio", "adds weight_decay * x before the ratio"),
            "decoupled_first": ("lr * weight_decay * x is subtracted from x first", "subtracts lr * weight_decay * x from x first"),
        },
    ),
    "ratio_norm": SwitchWords(
        "the ratio",
        {
            "together": ("the ratio divides by one norm", "divides by the norm of gradient + weight_decay * x"),
            "apart": ("the ratio divides by two norms", "divides by the norm of the gradient + weight_decay * the norm of x"),
        },
    ),
    "amsgrad_max": SwitchWords(
        "the maximum",
        {
            "raw": ("the maximum is taken before the bias correction", "takes it before the bias correction"),
            "corrected": ("the maximum is taken after the bias correction", "takes it after the bias correction"),
        },
    ),
    "momentum_schedule": SwitchWords(
        "the momentum",
        {
            "warming": ("the momentum is smaller in the first steps", "makes it smaller in the first steps"),
            "constant": ("the momentum is beta1 in every step", "uses beta1 in every step"),
        },
    ),
    "momentum_average": SwitchWords(
        "the average m",
        {
            "beta1": ("m is averaged with beta1", "averages it with beta1"),
            "warming": ("m is averaged with the momentum of the step", "averages it with the momentum of the step"),
        },
    ),
    "v_correction": SwitchWords(
        "the correction of v",
        {
            "plain": ("v is divided by 1 - beta2^t", "divides it by 1 - beta2^t"),
            "scaled": ("v is divided by (1 - beta2^t) / beta2", "divides it by (1 - beta2^t) / beta2"),
        },
    ),
    "zero_accumulator": SwitchWords(
        "0/0",
        {
            "divide": ("the step is 0/0 if the accumulator is 0", "computes 0/0"),
            "stay": ("there is no step if the accumulator is 0", "takes no step then"),
        },
    ),
    "at_threshold": SwitchWords(
        "the threshold",
        {
            True: ("the step is divided by the root if rho_t is at the threshold", "divides it then"),
            False: ("the step is not divided by the root if rho_t is at the threshold", "does not divide it then"),
        },
    ),
    "nesterov": SwitchWords("Nesterov's momentum", on_or_off("Nesterov's momentum")),
    "amsgrad": SwitchWords("the maximum of v", on_or_off("the largest v")),
    "centered": SwitchWords("the mean gradient", on_or_off("the square of the mean gradient")),
}


def instead(name: str, value: Any, asked: Any) -> str:
    """What one value of a setting is and what the task has: a sentence without its end."""
    words = SWITCH_WORDS.get(name)
    if words is None or not {value, asked} <= words.ends.keys():
        return f"{name} is {shown(value)}, but this task has {shown(asked)}"
    yours, (_, of_task) = words.ends[value][0], words.ends[asked]
    return f"{yours}, but this task {of_task}"


def about(names: Iterable[str]) -> str:
    """What settings are about."""
    return ", ".join(SWITCH_WORDS[name].about if name in SWITCH_WORDS else name for name in names)

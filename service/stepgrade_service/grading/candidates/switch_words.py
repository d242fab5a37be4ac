"""What a switch of a convention says about a formula, for students, who never saw the switch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .candidate import shown


class SwitchWords(NamedTuple):
    """What a switch is about, and for each of its values what code does: "add eps inside the square root". The verb stands first; `You`
    and `This task` come before it."""

    about: str
    ends: Mapping[bool | str, str]


def on_or_off(name: str) -> Mapping[bool | str, str]:
    """The ends of what is used or not."""
    return {True: f"use {name}", False: f"do not use {name}"}


SWITCH_WORDS: Mapping[str, SwitchWords] = {
    "eps_mode": SwitchWords(
        "the place of eps",
        {
            "outside": "add eps outside the square root",
            "inside": "add eps inside the square root",
            "hat": "add eps to sqrt(v), before the bias correction",
            "in_max": "add eps to |gradient|, inside the maximum",
        },
    ),
    "bias_correction": SwitchWords(
        "the bias correction",
        {
            True: "correct the running averages for their bias",
            False: "use no bias correction",
            "m": "correct only m for its bias",
            "v": "correct only v for its bias",
        },
    ),
    "momentum_form": SwitchWords(
        "the velocity",
        {
            "classic": "add the gradient to the velocity as it is",
            "ema": "add (1 - momentum) * gradient to the velocity",
        },
    ),
    "lr_in_velocity": SwitchWords(
        "the learning rate",
        {
            True: "use the learning rate in the velocity",
            False: "use the learning rate in the step",
        },
    ),
    "first_buffer": SwitchWords(
        "the first velocity",
        {
            "zero": "start the velocity at 0",
            "gradient": "start the velocity at the first gradient",
        },
    ),
    "weight_decay_mode": SwitchWords(
        "the weight decay",
        {
            "l2": "add weight_decay * x to the gradient",
            "decoupled": "subtract lr * weight_decay * x from x",
            "decoupled_unscaled": "subtract weight_decay * x from x",
            "proximal": "divide the params after the step by 1 + lr * weight_decay",
            "unscaled": "subtract weight_decay * x from x",
            "in_ratio": "add weight_decay * x before the ratio",
            "decoupled_first": "subtract lr * weight_decay * x from x first",
        },
    ),
    "ratio_norm": SwitchWords(
        "the ratio",
        {
            "together": "divide by the norm of gradient + weight_decay * x",
            "apart": "divide by the norm of the gradient + weight_decay * the norm of x",
        },
    ),
    "amsgrad_max": SwitchWords(
        "the maximum",
        {
            "raw": "take the maximum before the bias correction",
            "corrected": "take the maximum after the bias correction",
        },
    ),
    "momentum_schedule": SwitchWords(
        "the momentum",
        {
            "warming": "make the momentum smaller in the first steps",
            "constant": "use beta1 as the momentum in every step",
        },
    ),
    "momentum_average": SwitchWords(
        "the average m",
        {
            "beta1": "average m with beta1",
            "warming": "average m with the momentum of the step",
        },
    ),
    "v_correction": SwitchWords(
        "the correction of v",
        {
            "plain": "divide v by 1 - beta2**t",
            "scaled": "divide v by (1 - beta2**t) / beta2",
        },
    ),
    "zero_accumulator": SwitchWords(
        "0/0",
        {
            "divide": "compute 0/0 if the accumulator is 0",
            "stay": "take no step if the accumulator is 0",
        },
    ),
    "at_threshold": SwitchWords(
        "the threshold",
        {
            True: "divide the step by the root if rho_t is at the threshold",
            False: "do not divide the step by the root if rho_t is at the threshold",
        },
    ),
    "nesterov": SwitchWords("Nesterov's momentum", on_or_off("Nesterov's momentum")),
    "amsgrad": SwitchWords("the maximum of v", on_or_off("the largest v")),
    "centered": SwitchWords("the mean gradient", on_or_off("the square of the mean gradient")),
}

#: What a value is called beside another one: where v is corrected, the root has a hat too, and a maximum has no root.
BESIDE: Mapping[frozenset[bool | str], Mapping[bool | str, str]] = {
    frozenset(("outside", "hat")): {"outside": "add eps to sqrt(v_hat), after the bias correction", "hat": "add eps to sqrt(v)"},
    frozenset(("outside", "in_max")): {"outside": "add eps to u"},
}


def instead(name: str, value: Any, asked: Any) -> str:
    """What code with one value of a setting does, and what the task does: two sentences without the last full stop."""
    words = SWITCH_WORDS.get(name)
    if words is None or not {value, asked} <= words.ends.keys():
        return f"You use {name} = {shown(value)}. This task has {shown(asked)}"
    ends = {**words.ends, **BESIDE.get(frozenset((value, asked)), {})}
    return f"You {ends[value]}. This task {_of_the_task(ends[asked])}"


def _of_the_task(done: str) -> str:
    """The same with the verb after `This task`: "adds eps ...", "does not use ..."."""
    verb, _, rest = done.partition(" ")
    return f"{verb}{'es' if verb == 'do' else 's'} {rest}"


def about(names: Iterable[str]) -> str:
    """What settings are about."""
    return ", ".join(SWITCH_WORDS[name].about if name in SWITCH_WORDS else name for name in names)

"""What a convention lacks, for which a rule cannot be written in it, and what to do instead where something helps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..conventions import CONVENTIONS
from ..conventions.choice import Choice
from ..conventions.declaration import Convention
from ..conventions.resolve import resolve
from ..optimizers.rule import grouped
from ..optimizers.wrapping import BESIDE, WRAPPERS
from ..reading.faults import Refusal
from .counterpart import Counterpart
from .spelling import Spelling, spellings

#: Conventions with one number for all tensors, and what they have for several.
ONE_FOR_ALL: Mapping[str, str] = {
    "keras": "use one keras optimizer for each group of tensors",
    "optax": "use optax.multi_transform, with one optimizer for each group of tensors",
}

#: What is said of MultiSteps beside a schedule of gradients.
COUNTED = ". Its schedule counts updates, and yours counts gradients: write the learning rate as lambda count: schedule({} * count + {})"

NEARLY = "It divides by the norm plus 1e-6, so the numbers differ a little"

#: What one writes beside an optimizer of a convention, for something that its arguments do not have; by the hyperparameter.
WAYS_ROUND: Mapping[str, Mapping[str, str]] = {
    "torch": {
        "clip_value": "call torch.nn.utils.clip_grad_value_(params, {value}) before each step",
        "clip_global_norm": f"call torch.nn.utils.clip_grad_norm_(params, {{value}}) before each step. {NEARLY}",
        "clip_norm": f"call torch.nn.utils.clip_grad_norm_ for each tensor by itself, with {{value}}, before each step. {NEARLY}",
        "loss_scale": "divide the gradients by {value} before each step",
        "accumulation_steps": "call backward() {value} times before each step, with the loss divided by {value}",
        "average_weights": "use torch.optim.swa_utils.AveragedModel",
        "weight_decay": "multiply the params by 1 - lr * weight_decay before each step",
        "weight_decay_mode": "set weight_decay to 0, and multiply the params by 1 - lr * weight_decay before each step",
    },
    "keras": {
        "maximize": "minimize the negative of the loss",
        "weight_decay_mode": "add keras.regularizers.L2(weight_decay / 2) to the layers: its gradient is weight_decay * params",
        "dampening": "use dampening 0 and lr * (1 - dampening): then only the first step differs",
    },
    "optax": {
        "maximize": "write a chain that begins with optax.scale(-1.0)",
        "clip_value": "write a chain that begins with optax.clip({value})",
        "clip_global_norm": "write a chain that begins with optax.clip_by_global_norm({value})",
        "loss_scale": "write a chain that begins with optax.scale(1 / {value})",
        "accumulation_steps": "use optax.MultiSteps(..., every_k_schedule={value})",
        "lookahead_steps": "use optax.lookahead",
        "lookahead_reset": "use optax.lookahead with reset_state=True",
        "average_weights": "average the params after each step in your program. optax.ema starts its average at 0, so its numbers differ",
        "weight_decay": "write a chain with optax.add_decayed_weights({value})",
        "weight_decay_mode": "write a chain that begins with optax.add_decayed_weights(weight_decay)",
    },
}

#: What an eps_mode means.
PLACES: Mapping[str, str] = {
    "outside": "added to the root",
    "inside": "added under the root",
    "hat": "added to the root before its bias correction",
    "in_max": "added to the size of the gradient inside the maximum",
    "squared": "added to the squared gradient",
    "floor": "the least value of the root",
    "added": "added to the norm",
}

#: What one does instead in every convention.
ANYWHERE: Mapping[str, str] = {
    "lr_in_velocity": "use a constant learning rate: then the steps are the same",
}


def no_groups(choice: Choice, convention: Convention) -> str | None:
    """Why parameter groups cannot be had in a convention; None where there are none, or it has them."""
    has_groups = bool(grouped(choice.settings)) or isinstance(choice.settings["lr"], Mapping)
    if not has_groups or convention.name not in ONE_FOR_ALL:
        return None
    return f"{convention.name} has one number for all tensors, and no parameter groups: {ONE_FOR_ALL[convention.name]}"


def lacking(choice: Choice, ways: Sequence[Spelling], counterparts: Sequence[Counterpart], convention: Convention) -> list[str]:
    """What the nearest optimizer of a convention lacks, a sentence for each thing."""
    if not counterparts:
        having = convention.name
        return [f"{having} has no {choice.optimizer.name}, and no optimizer that makes the same steps with other arguments"]
    told = [found for way in ways for counterpart in counterparts if (found := _differences(way, counterpart))]
    if choice.schedule is not None and not CONVENTIONS[choice.convention].counts_updates and convention.counts_updates:
        steps = f"{choice.settings.get('accumulation_steps', 1.0):g}"
        told = [[each + COUNTED.format(steps, int(float(steps)) - 1) * ("MultiSteps" in each) for each in found] for found in told]
    told += [found for counterpart in counterparts if (found := _uncorrected(ways[0], counterpart))]
    return min(told, key=len) if told else [f"{convention.name} has no optimizer that makes these steps"]


def _uncorrected(way: Spelling, counterpart: Counterpart) -> list[str]:
    """What differs where an average is corrected for its start, and nothing else would: another way to write it has no correction."""
    if way.optimizer.name != counterpart.optimizer.name or way.settings.get("bias_correction") is not True:
        return []
    shown = f"{counterpart.convention.name}'s {counterpart.constructor.name}"
    bare = replace(way, settings={**way.settings, "bias_correction": False})
    if any(not _differences(each, counterpart) for each in spellings(bare)):
        return [f"{shown} has no argument for bias_correction: its velocity is not corrected for its start, and yours is"]
    return []


def _differences(way: Spelling, counterpart: Counterpart) -> list[str]:
    """What differs between a rule and the nearest that a counterpart can be."""
    shown = f"{counterpart.convention.name}'s {counterpart.constructor.name}"
    try:
        theirs = resolve(counterpart.request(counterpart.said(way.settings)))
    except Refusal as refusal:
        return [f"{shown} refuses this: {fault.detail}" for fault in refusal.faults]
    names = [name for name in (*theirs.optimizer.by_name, *WRAPPERS) if _matters(name, way, theirs)]
    told = [name for name in names if {**BESIDE, "weight_decay_mode": "weight_decay"}.get(name) not in names]
    return [_told(name, way.settings, theirs.settings, counterpart, shown) for name in told]


def _eps_told(value: str, other: str, counterpart: Counterpart, shown: str) -> str:
    """The difference where eps has another place; of Adafactor's two it is the first."""
    eps = "the first eps, eps1," if "eps1" in counterpart.optimizer.by_name else "eps"
    after = " after its bias correction" if (other, value) == ("hat", "outside") else ""
    return (
        f'{shown} has another eps_mode: "{other}", where eps is {PLACES[other]}. Yours is "{value}", where eps is {PLACES[value]}{after}. '
        f"Instead, set {eps} to 0: then its place does not matter"
    )


def _matters(name: str, way: Spelling, theirs: Choice) -> bool:
    """Whether a hyperparameter differs, and the rule with it."""
    own, other = way.settings.get(name), theirs.settings.get(name)
    if own == other or (name not in way.optimizer.by_name and name not in WRAPPERS):
        return False
    changed = {key: value for key, value in {**way.settings, name: other}.items() if value is not None}
    try:
        return Spelling(way.optimizer, changed).rule.formula != way.rule.formula
    except (KeyError, ValueError, ZeroDivisionError):
        return True


def _told(name: str, own: Mapping[str, Any], theirs: Mapping[str, Any], counterpart: Counterpart, shown: str) -> str:
    """One difference, and what to do instead."""
    value, other = own.get(name), theirs.get(name)
    if name == "eps_mode" and isinstance(value, str) and isinstance(other, str):
        return _eps_told(value, other, counterpart, shown)
    way = {**ANYWHERE, **WAYS_ROUND.get(counterpart.convention.name, {})}.get(name)
    round_it = f". Instead, {way.format(value=_shown(value))}" if way else ""
    if name in WRAPPERS:
        return f"{shown} has no {name}, and you have {_shown(value)}{round_it}"
    return f"{shown} has no argument for {name}: it has {_shown(other)}, and you have {_shown(value)}{round_it}"


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else json.dumps(value)

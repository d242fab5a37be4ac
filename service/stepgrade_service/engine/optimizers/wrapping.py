"""What may stand around any optimizer: the gradient uphill, with another sign, scaled, accumulated or clipped; a factor of the steps that
is found on the way; averages of the params; lookahead.

Each is one link of a chain. The order is that of Keras's base class (keras/src/optimizers/base_optimizer.py): the gradient is divided by
the loss scale, averaged over calls, and clipped; then the optimizer steps; then lookahead and the average see the new params. SAM's
gradient uphill is there before all of them. Mechanic stands around the optimizer and its clips.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from math import isnan
from typing import Any

import numpy as np

from ..compiled.arithmetic import norms
from ..reading.faults import Fault
from .chain import Chain, Link
from .declaration import Hyperparameter
from .kinds import elementwise, global_norm, tensor_norm
from .mechanic import MECHANICS, mechanic, mechanic_rule
from .rule import FROM_PARAMS, Rule
from .sharpness import SAM_PERIOD, SAM_RHO, SAM_VISIBLE, sharpness, sharpness_aware, sharpness_seen
from .slots import Slot


@elementwise
def negated(t, x, g, step, lr):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        step[i] = -g[i]


@elementwise
def divided(t, x, g, step, lr, divisor):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        step[i] = g[i] / divisor


@elementwise
def scaled(t, x, g, step, lr, factor):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        step[i] = factor * g[i]


@elementwise
def accumulated(t, x, g, step, lr, accumulated: Slot, calls):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        total = accumulated[i] + g[i]
        step[i] = total / calls
        accumulated[i] = 0.0 if t % calls == 0.0 else total


@elementwise
def clipped_by_value(t, x, g, step, lr, largest):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        step[i] = min(max(g[i], -largest), largest)


@tensor_norm
def clipped_by_norm(t, x, g, step, lr, largest):  # type: ignore[no-untyped-def]
    length = np.empty(x.shape[1])
    norms(g, length)
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            step[i, r] = g[i, r] * (largest / max(length[r], largest))


@global_norm
def clipped_by_global_norm(t, x, g, step, lr, largest):  # type: ignore[no-untyped-def]
    length = np.empty(x.shape[1])
    norms(g, length)
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            step[i, r] = g[i, r] * (largest[i] / max(length[r], largest[i]))


@elementwise
def looked_ahead(t, x, g, step, lr, slow: Slot, steps, rate):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        slow[i] = x[i] if isnan(slow[i]) else slow[i]
        step[i] = g[i]
        if t % steps == 0.0:
            slow[i] += rate * (x[i] + g[i] - slow[i])
            step[i] = slow[i] - x[i]


@elementwise
def averaged(t, x, g, step, lr, average: Slot, momentum, is_mean, calls, overwrite_every):  # type: ignore[no-untyped-def]
    update = (t - 1) // calls
    kept = 0.0 if update == 0.0 else 1.0 - 1.0 / t if is_mean else momentum
    overwrites = overwrite_every > 0.0 and (update + 1) % overwrite_every == 0.0
    for i in range(x.size):
        average[i] = kept * average[i] + (1.0 - kept) * (x[i] + g[i])
        step[i] = average[i] - x[i] if overwrites else g[i]


MAXIMIZE = Hyperparameter("maximize", "go uphill: the gradient with the other sign, before anything else", False)
LOSS_SCALE = Hyperparameter("loss_scale", "the gradient is divided by this", 1.0, above=0.0)
ACCUMULATION_STEPS = Hyperparameter(
    "accumulation_steps",
    "of so many calls one moves the params, with the mean of the gradients; a schedule counts all calls, but the one that stands in an "
    "optimizer of optax counts the moves",
    1.0,
    minimum=1.0,
    maximum=1e6,
    whole=True,
)
CLIP_VALUE = Hyperparameter("clip_value", "each number of the gradient is at most this in size", above=0.0)
CLIP_NORM = Hyperparameter("clip_norm", "the gradient of each tensor has at most this norm: a longer one is scaled", above=0.0)
CLIP_GLOBAL_NORM = Hyperparameter(
    "clip_global_norm", "the gradient of all tensors together has at most this norm: a longer one is scaled", above=0.0
)
LOOKAHEAD_STEPS = Hyperparameter(
    "lookahead_steps",
    "after so many steps the slow params take a part of the way, and the params return to them",
    minimum=1.0,
    maximum=1e6,
    whole=True,
)
LOOKAHEAD_RATE = Hyperparameter("lookahead_rate", "the part of the way that the slow params take", 0.5, minimum=0.0, maximum=1.0)
LOOKAHEAD_RESET = Hyperparameter(
    "lookahead_reset",
    "after each return to the slow params the optimizer starts anew: its steps count from 1, and its slots are as at the start. A schedule "
    "goes on",
    False,
)
AVERAGE_WEIGHTS = Hyperparameter("average_weights", "keep an average of the params beside them, the slot average", False)
AVERAGE_FORM = Hyperparameter(
    "average_form",
    "exponential: average_momentum * average + (1 - average_momentum) * params; mean: the mean of the params after every step",
    "exponential",
    choices=("exponential", "mean"),
)
AVERAGE_MOMENTUM = Hyperparameter("average_momentum", "share of the last average that is kept", 0.99, minimum=0.0, maximum=1.0)
AVERAGE_OVERWRITE_EVERY = Hyperparameter(
    "average_overwrite_every", "after so many steps the params become the average", minimum=1.0, maximum=1e9, whole=True
)

#: The kernels of all that may stand around an optimizer.
WRAPPING_KERNELS = (
    sharpness_aware, sharpness_seen, negated, divided, scaled, accumulated, clipped_by_value, clipped_by_norm, clipped_by_global_norm,
    mechanic, looked_ahead, averaged,
)  # fmt: skip

#: In the order in which they act. An answer has those that are not at their default; one without a default does nothing if it is left out.
WRAPPERS: dict[str, Hyperparameter] = {
    each.name: each
    for each in (
        SAM_RHO, SAM_PERIOD, SAM_VISIBLE, MAXIMIZE, LOSS_SCALE, ACCUMULATION_STEPS, CLIP_VALUE, CLIP_NORM, CLIP_GLOBAL_NORM, *MECHANICS,
        LOOKAHEAD_STEPS, LOOKAHEAD_RATE, LOOKAHEAD_RESET, AVERAGE_WEIGHTS, AVERAGE_FORM, AVERAGE_MOMENTUM, AVERAGE_OVERWRITE_EVERY,
    )
}  # fmt: skip

#: What does nothing by itself, by what it needs beside it.
BESIDE: Mapping[str, str] = {
    **dict.fromkeys(("sam_period", "sam_visible"), "sam_rho"),
    **dict.fromkeys((each.name for each in MECHANICS[1:]), "mechanic"),
    **dict.fromkeys(("lookahead_rate", "lookahead_reset"), "lookahead_steps"),
    "average_form": "average_weights",
    "average_momentum": "average_weights",
    "average_overwrite_every": "average_weights",
}


def set_in(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The wrappers among settings that do something: without those at their default, and those that need another."""
    if WRAPPERS.keys().isdisjoint(settings):
        return {}
    away = {name: settings[name] for name, wrapper in WRAPPERS.items() if name in settings and settings[name] != wrapper.default}
    return {name: value for name, value in away.items() if BESIDE.get(name, name) in away}


def wrapped(rule: Rule, settings: Mapping[str, Any]) -> Rule:
    """A rule with the wrappers that settings ask for; the rule itself where they ask for none."""
    values = set_in(settings)
    if not values:
        return rule
    inner = [*_clips(values), Link(rule, is_rated=True)]
    if values.get("mechanic"):
        inner = [replace(inner[0], keeps=True), *inner[1:], Link(mechanic_rule(values), around=True)]
    if calls := int(values.get("accumulation_steps", 0)):
        inner.insert(0, Link(Rule(accumulated, {"calls": calls}), every=calls, waiting=len(inner)))
    if values.get("lookahead_reset"):
        inner = [Link(Chain.of(inner), is_rated=True, restarts=int(values["lookahead_steps"]))]
    links = [*_before(values), *inner, *_after(values)]
    if "sam_rho" in values:
        links.insert(0, sharpness(values, len(links)))
    return Chain.of(links)


def _before(values: Mapping[str, Any]) -> Iterator[Link]:
    if values.get("maximize"):
        yield Link(Rule(negated, {}))
    if "loss_scale" in values:
        yield Link(Rule(divided, {"divisor": values["loss_scale"]}))


def _clips(values: Mapping[str, Any]) -> Iterator[Link]:
    clips = {"clip_value": clipped_by_value, "clip_norm": clipped_by_norm, "clip_global_norm": clipped_by_global_norm}
    for name, kernel in clips.items():
        if name in values:
            yield Link(Rule(kernel, {"largest": values[name]}))


def _after(values: Mapping[str, Any]) -> Iterator[Link]:
    if "lookahead_steps" in values:
        numbers = {"steps": values["lookahead_steps"], "rate": values.get("lookahead_rate", LOOKAHEAD_RATE.default)}
        yield Link(Rule(looked_ahead, numbers, starts={"slow": FROM_PARAMS}))
    if "average_weights" in values:
        numbers = {
            "momentum": values.get("average_momentum", AVERAGE_MOMENTUM.default),
            "is_mean": values.get("average_form") == "mean",
            "calls": values.get("accumulation_steps", 1.0),
            "overwrite_every": values.get("average_overwrite_every", 0.0),
        }
        yield Link(Rule(averaged, numbers))


#: What cannot stand around an optimizer, by what that needs beside the gradient: `{name}` is the member.
TURNS = "expected no {name}: it changes the sign of the gradient, but not that of the {needed}"
CLIMBS = "expected no {name}: the gradient would be that of a point uphill, and the {needed} that of the params"
SEES_MORE = "expected no {name}: this optimizer evaluates the objective itself, and the gradients that it finds there are not changed"
REFUSED_AROUND: Mapping[str, Mapping[str, str]] = {
    "value": {"maximize": TURNS, "sam_rho": CLIMBS},
    "hessian_diagonal": {"maximize": TURNS, "sam_rho": CLIMBS},
    "objective": {
        "maximize": TURNS,
        "sam_rho": CLIMBS,
        **dict.fromkeys(("loss_scale", "clip_value", "clip_norm", "clip_global_norm"), SEES_MORE),
    },
}
WORDS = {"value": "loss", "hessian_diagonal": "curvature", "objective": "objective"}


def wrapper_faults(settings: Mapping[str, Any], needs: Sequence[str], always: Collection[str] = ()) -> Sequence[Fault]:
    """What does not go together; `needs` are what the optimizer wants beside the gradient.

    A framework's configuration has those that are `always` there, also where they do nothing; so has any with a default.
    """
    asked, found = set_in(settings), dict[str, str]()
    for name, switch in BESIDE.items():
        if settings.get(name, WRAPPERS[name].default) != WRAPPERS[name].default and name not in always and switch not in asked:
            found[name] = f"{name} has no effect without {switch}"
    for needed in needs:
        for name, told in REFUSED_AROUND[needed].items():
            if name in asked:
                found.setdefault(name, told.format(name=name, needed=WORDS[needed]))
    if "sam_visible" in asked and "accumulation_steps" in asked:
        detail = "expected no accumulation_steps with sam_visible: sam_period already says how many gradients one step takes"
        found.setdefault("accumulation_steps", detail)
    return [Fault((name,), detail) for name, detail in found.items()]

"""Why a run left the finite numbers: one sentence for whoever reads its answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..optimizers import Rule
from ..optimizers.chain import Chain
from ..optimizers.memory import handed, packed, rooms_of
from ..reading.tensors import Layout

Array = NDArray[np.float64]

#: So begin the names of a kernel's numbers that are added to what it divides by.
EPSILON = "eps"

ZERO_BY_ZERO = "Step {step} divides 0 by 0 at {places}: the gradient is 0 there, and eps is 0. Use an eps above 0."
BY_ZERO = "Step {step} divides by 0 at {places}: the gradient is 0 there, and eps is 0. Use an eps above 0."
TOO_LARGE = "Step {step} is not finite at {places}: the numbers are too large, or the formula is not defined there."
GROWS = "rho is {rho:g}, so 1 - rho is negative: v, an average of squares, has no root. Use a rho of at most 1."
NEGATIVE = "Step {step} is not defined at {places}: {slot} is negative there, and a negative number has no root."
AFTER_IT = "After step {step} a number is infinite or not a number: it is too large, or the formula is not defined there."


def can_divide_by_zero(rule: Rule) -> bool:
    """Whether a rule adds no eps to what it divides by, at least for some tensor."""
    if isinstance(rule, Chain):
        return any(map(can_divide_by_zero, rule.parts))
    known = [name for name in rule.kernel.hyperparameters if name.startswith(EPSILON)]
    rules = rule.groups.values() or (rule,)
    return bool(known) and any(not any(each.values[name] for name in known) for each in rules)


def update_of(
    rule: Rule, layout: Layout, rates: Array, t: int, x: Array, gradient: Array, slots: Array, asked: tuple[Any, ...] = ()
) -> Array:
    """The step that follows t others from the params x; all flat, and left as they are. `asked` is for a rule that asks the objective."""
    update, memory, at = np.empty_like(x), slots.reshape(-1, 1).copy(), np.ascontiguousarray(x)
    numbers, tensors = handed(rule, layout, 1)
    rule.kernel.apply(t + 1, at, np.ascontiguousarray(gradient), update, rates, packed(rule.kernel, memory), numbers, tensors, *asked)
    return update


#: Slots whose root is taken: none that an optimizer wrote itself is negative, but a posted one may be.
SQUARES = frozenset(("v", "v_max", "u", "accumulator"))


def growing_rho(rule: Rule) -> float | None:
    """A decay above 1, which torch's and Keras's RMSprop take; None where there is none."""
    if isinstance(rule, Chain):
        return next(filter(None, map(growing_rho, rule.parts)), None)
    rho = rule.largest.get("rho", 0.0) if "v" in rule.kernel.slots else 0.0
    return rho if rho > 1.0 else None


def negative_squares(rule: Rule, layout: Layout, memory: Array) -> dict[str, set[int]]:
    """The coordinates at which a slot that holds squares is negative, by the slot, and a variance; memory: (rows,)."""
    held = {room.name: room.public(memory[room.rows]) for room in rooms_of(rule, layout) if room.layout == layout}
    squares = {name: numbers for name, numbers in held.items() if name in SQUARES}
    if "v" in held and "g_mean" in held:
        squares["v - g_mean^2"] = held["v"] - held["g_mean"] * held["g_mean"]
    return {name: set(np.flatnonzero(numbers < 0.0).tolist()) for name, numbers in squares.items() if (numbers < 0.0).any()}


def why_diverged(
    rule: Rule, layout: Layout, step: int, gradient: Array | None = None, update: Array | None = None, memory: Array | None = None
) -> str:
    """What is said of a run whose step number `step` was not finite; its gradient and update, flat, where they are known.

    `memory` are the slots before that step, (rows,).
    """
    if (rho := growing_rho(rule)) and (update is None or np.isnan(update).any()):
        return f"Step {step} is not defined: {GROWS.format(rho=rho)}"
    if update is None or gradient is None or np.isfinite(update).all():
        return AFTER_IT.format(step=step)
    lost = np.flatnonzero(~np.isfinite(update)).tolist()
    if memory is not None and np.isnan(update).any():
        for slot, below in negative_squares(rule, layout, memory).items():
            if found := [i for i in lost if i in below]:
                return NEGATIVE.format(step=step, places=_places(layout, found), slot=slot)
    divided = [i for i in lost if gradient[i] == 0.0] if can_divide_by_zero(rule) else []
    undefined = [i for i in divided if np.isnan(update[i])]
    for sentence, found in ((ZERO_BY_ZERO, undefined), (BY_ZERO, divided)):
        if found:
            return sentence.format(step=step, places=_places(layout, found))
    return TOO_LARGE.format(step=step, places=_places(layout, lost))


def _places(layout: Layout, coordinates: Sequence[int]) -> str:
    """The first of the coordinates in words, and how many more there are."""
    first, more = coordinates[0], len(coordinates) - 1
    return layout.place(first) + (f" and {more} more {'place' if more == 1 else 'places'}" if more else "")

"""What a replay is posted beside its gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..conventions.choice import Choice
from ..reading.bounds import MOST_STEPS
from ..reading.faults import Collector, refuse
from ..reading.tensors import MOST_WRONG_ROWS, Layout, expected, read_like, read_rows

Array = NDArray[np.float64]

#: Where a replay has the diagonals of the Hessian.
DIAGONALS = "hessian_diagonals"


def no_list_of_gradients(value: Any) -> str | None:
    """Why a value is no list of gradients, whatever they are; None where it is one."""
    if not isinstance(value, list | tuple | np.ndarray):
        return expected("a list of gradients, one per step", value)
    if len(value) == 0:
        return "expected a list of gradients, one per step, at least one"
    return f"expected at most {MOST_STEPS} gradients, got {len(value)}" if len(value) > MOST_STEPS else None


def read_values(values: Any, steps: int) -> Array:
    """The losses that were posted, (steps,); raises Refusal."""
    if not isinstance(values, list | tuple | np.ndarray):
        raise refuse(expected(f"a list of {steps} numbers, one per gradient", values))
    if len(values) != steps:
        raise refuse(f"expected a list of {steps} numbers, one per gradient")
    return read_rows(values, Layout(None, ((),)), "a value").reshape(-1)


def read_diagonals(posted: Any, choice: Choice, layout: Layout, taken: int, steps: int) -> Array | None:
    """The diagonals of the Hessian that were posted, (steps, dimension); None where there are none, and none is needed.

    An entry may be null where its step does not look at the curvature, and then is 0. `taken` is how many steps were taken before.
    """
    needed = [choice.rule.looks_at_curvature(taken + k) for k in range(steps)]
    if posted is None and not any(needed):
        return None
    told = f"a list of {steps} arrays like the params, one per gradient; null in the steps that do not need it"
    if posted is None:
        raise refuse(f"expected {told}: {choice.optimizer.name} needs the diagonal of the Hessian")
    if not isinstance(posted, list | tuple | np.ndarray):
        raise refuse(expected(told, posted))
    if len(posted) != steps:
        raise refuse(f"expected {told}")
    rows, faults = np.zeros((steps, layout.dimension)), Collector()
    for number, entry in enumerate(posted):
        if entry is not None or needed[number]:
            with faults.at(number):
                rows[number] = read_like(entry, layout, "start")
        if len(faults.faults) >= MOST_WRONG_ROWS:
            break
    faults.settle()
    return rows

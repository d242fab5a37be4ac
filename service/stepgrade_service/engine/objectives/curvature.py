"""The diagonal of the Hessian, for an update that goes by it: exact where the objective has a formula, else found from its gradients, or
posted.

What finds it has an objective's signature, and writes the diagonal where an objective writes its gradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled.arithmetic import finite
from ..compiled.jit import Kernel, by_address, compiled
from ..compiled.rotation import turn_planes, turn_planes_back
from ..compiled.signatures import ALONG, OBJECTIVE
from . import OBJECTIVES
from .along import along
from .declaration import objective_kernel
from .expression.curvatures import TAPE_ALONG, TAPE_CURVATURES
from .expression.kernel import TAPE
from .quadratic import QUADRATIC, QUADRATIC_CURVATURES
from .replay import CLOCK, REPLAYS, START, VALUES
from .turned import straight

Array = NDArray[np.float64]

#: The first distance, relative to a coordinate of at least 1 in size; each is half of the one before.
WIDEST, DISTANCES = 0.0625, 10

#: An estimate that differs by no more from the one before is taken.
AGREES = 1e-14

objective_at, along_at = by_address(OBJECTIVE), by_address(ALONG)


@compiled
def extrapolate(quotient, level, row, errors, diagonal, i, r):  # type: ignore[no-untyped-def]
    """Take in the quotient of the next distance: the error of a symmetric quotient has even powers of the distance only, which are removed
    one by one; of all estimates that one is kept that differs least from the ones before (Ridders 1982)."""
    before, row[0, r] = row[0, r], quotient
    if level == 0:
        diagonal[i, r] = quotient
    factor = 1.0
    for k in range(1, level + 1):
        factor *= 4.0
        estimate = row[k - 1, r] + (row[k - 1, r] - before) / (factor - 1.0)
        error = max(abs(estimate - row[k - 1, r]), abs(estimate - before))
        before, row[k, r] = row[k, r], estimate
        if error < errors[r]:
            errors[r], diagonal[i, r] = error, estimate


@compiled
def slopes(objective, i, distance, sign, x, parameters, at, values, gradients):  # type: ignore[no-untyped-def]
    """The gradients where coordinate i of each run is moved by its distance."""
    for r in range(x.shape[1]):
        at[i, r] = x[i, r] + sign * distance[r]
    objective(at, parameters, values, gradients)


@compiled
def look_nearer(objective, i, x, parameters, at, values, ahead, behind, row, errors, distance, levels, diagonal):  # type: ignore[no-untyped-def]
    """Halve the distances along coordinate i and take in the quotients there; returns for how many runs that was needed."""
    for r in range(x.shape[1]):
        distance[r] *= 0.5
    slopes(objective, i, distance, 1.0, x, parameters, at, values, ahead)
    slopes(objective, i, distance, -1.0, x, parameters, at, values, behind)
    needed = 0
    for r in range(x.shape[1]):
        if levels[r] > 1 and not errors[r] > AGREES * abs(diagonal[i, r]):
            continue
        needed += 1
        quotient = (ahead[i, r] - behind[i, r]) / ((x[i, r] + distance[r]) - (x[i, r] - distance[r]))
        if finite(quotient):
            extrapolate(quotient, levels[r], row, errors, diagonal, i, r)
            levels[r] += 1
    return needed


@compiled
def by_differences(x, parameters, values, diagonal):  # type: ignore[no-untyped-def]
    """The diagonal of the Hessian, from the gradients of the objective whose address stands before its own parameters."""
    objective, own = objective_at(int(parameters[0])), parameters[1:]
    n, runs = x.shape
    at, ahead, behind = np.empty((n, runs)), np.empty((n, runs)), np.empty((n, runs))
    row, errors, distance, levels = np.empty((DISTANCES, runs)), np.empty(runs), np.empty(runs), np.empty(runs, np.int64)
    for i in range(n):
        for r in range(runs):
            at[i, r] = x[i, r]
    for i in range(n):
        for r in range(runs):
            errors[r], levels[r], diagonal[i, r] = np.inf, 0, np.nan
            distance[r] = 2.0 * WIDEST * 2.0 ** np.ceil(np.log2(max(abs(x[i, r]), 1.0)))
        for _ in range(DISTANCES):
            if look_nearer(objective, i, x, own, at, values, ahead, behind, row, errors, distance, levels, diagonal) == 0:
                break
        for r in range(runs):
            at[i, r] = x[i, r]


@compiled
def as_posted(x, parameters, values, diagonal):  # type: ignore[no-untyped-def]
    """The diagonal that was posted for this step."""
    place = VALUES + x.shape[0] * int(parameters[CLOCK] - parameters[START])
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            diagonal[i, r] = parameters[place + i]


@compiled
def by_derivatives(x, parameters, values, diagonal):  # type: ignore[no-untyped-def]
    """The exact diagonal, from the derivatives along each coordinate by the function whose address stands before the parameters."""
    along = along_at(int(parameters[0]))
    own, shape = parameters[1:], x.shape
    gradients, slope, values_slope, gradients_slope = np.empty(shape), np.zeros(shape), np.empty(shape[1]), np.empty(shape)
    for i in range(shape[0]):
        slope[i] = 1.0
        along(x, own, values, gradients, slope, values_slope, gradients_slope)
        slope[i] = 0.0
        diagonal[i] = gradients_slope[i]


@compiled
def by_turned_derivatives(x, parameters, values, diagonal):  # type: ignore[no-untyped-def]
    """The same for a turned objective, whose parameters begin with the cosine and the sine of its angle."""
    along = along_at(int(parameters[0]))
    cosine, sine, own, shape = parameters[1], parameters[2], parameters[3:], x.shape
    gradients, slope, values_slope, gradients_slope = np.empty(shape), np.empty(shape), np.empty(shape[1]), np.empty(shape)
    straight = x.copy()
    turn_planes_back(straight, cosine, sine)
    for i in range(shape[0]):
        slope[:] = 0.0
        slope[i] = 1.0
        turn_planes_back(slope, cosine, sine)
        along(straight, own, values, gradients, slope, values_slope, gradients_slope)
        turn_planes(gradients_slope, cosine, sine)
        diagonal[i] = gradients_slope[i]


DIFFERENCES, POSTED = objective_kernel(by_differences), objective_kernel(as_posted)
DERIVATIVES, TURNED_DERIVATIVES = objective_kernel(by_derivatives), objective_kernel(by_turned_derivatives)

#: What finds the diagonal of these at once, without the derivatives along each coordinate.
SHORTER = {QUADRATIC.kernel: QUADRATIC_CURVATURES, TAPE: TAPE_CURVATURES}
FINDERS = (DIFFERENCES, POSTED, DERIVATIVES, TURNED_DERIVATIVES, *SHORTER.values())

#: What has its derivatives written from its kernel.
FORMULAS = frozenset(entry.kernel for entry in OBJECTIVES.values())


def exact_derivatives(objective: Kernel) -> Kernel | None:
    """The derivatives along a direction of an objective that is not turned; None where it has no formula, as a model on data."""
    if objective is TAPE:
        return TAPE_ALONG
    return along(objective) if objective in FORMULAS else None


def addressed(objective: Kernel, parameters: Array) -> Array:
    """The parameters, copied to where the address of their objective stands before them."""
    room = np.empty(parameters.size + 1)
    room[0], room[1:] = objective.address, parameters
    return room[1:]


def diagonal_parameters(t: int, diagonals: Array) -> Array:
    """The parameters of a replay that starts after t steps with these diagonals, (steps, dimension)."""
    return np.concatenate([np.array([t, t], dtype=np.float64), diagonals.reshape(-1)])


def asked_of(kernel: Any, values: Array, objective: Kernel, parameters: Array) -> tuple[Any, ...]:
    """What an update is handed beside the gradient: nothing, or values (runs,), the objective, or what finds its curvature, and the
    parameters, those of a landscape: they are `addressed`. Raises ValueError where they are not, and have to be."""
    if not kernel.asks:
        return ()
    if kernel.needs != "hessian_diagonal":
        return values, objective, parameters
    if objective in REPLAYS:
        return values, POSTED, parameters
    if objective in SHORTER:
        return values, SHORTER[objective], parameters
    derivatives = exact_derivatives(straight(objective))
    if derivatives is not None:
        finder = DERIVATIVES if straight(objective) is objective else TURNED_DERIVATIVES
        return values, finder, np.concatenate([np.array([derivatives.address]), parameters])
    room = parameters.base
    if room is None or room.size != parameters.size + 1 or room[0] != objective.address:  # what stands there is called
        raise ValueError("the parameters are not addressed: the address of their objective does not stand before them")
    return values, DIFFERENCES, room

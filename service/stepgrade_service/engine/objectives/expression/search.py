"""The search for minima that nobody posted: Newton's method from many points, always the same ones for the same expression.

Gradients are exact; the Hessian is their central difference. Where it is not positive, its eigenvalues' sizes serve, so that a step
leads down (Nocedal & Wright, Numerical Optimization, 2006, 3.4). What it finds are candidates: a lower minimum may have been missed,
and one at a kink is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...reading.faults import Refusal, refuse
from .around import Window
from .minima import CANDIDATE, Minimum, evaluate, held_minimum
from .tape import Tape

Array = NDArray[np.float64]

#: Points that are looked at, and those among them that the search starts from beside the named starts: half of these the lowest.
LOOKED_AT, POINTS = 2000, 48

#: Steps of the search at most, the shares of a step that are tried, and the last steps, which go by the gradient alone.
STEPS, SHARES, LAST_STEPS = 60, 0.5 ** np.arange(0.0, 12.0, 1.5), 6

#: Variables, and units of work for evaluating the expression, at most.
MOST_VARIABLES, MOST_WORK = 10, 5e6

#: A coordinate is moved so far for the Hessian, in parts of its size.
NUDGE = 1e-5

#: What a search takes besides, and how many times the work of evaluating.
A_SEARCH, BESIDES = 3e5, 1.2

#: A point has arrived where the next step is so short, and no curvature is below minus so much of the largest.
ARRIVED, LEAST_CURVATURE = 1e-7, 1e-6

#: So many times the size of the window from its middle nothing is searched. Points so near are one. So many candidates are kept.
REACH, NEAR, MOST_CANDIDATES = 10.0, 1e-4, 20

#: A point is told with so many digits behind the point where it is as good.
DIGITS = (12, 9, 6, 4)

PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)


def search_work(tape: Tape, dimension: int) -> float:
    """The units of work of evaluating the expression in a search, at most."""
    return 0.05 * tape.work * (LOOKED_AT + POINTS * (STEPS + LAST_STEPS) * (2 * dimension + len(SHARES) + 1))


def find_minima(tape: Tape, dimension: int, window: Window, starts: Sequence[Sequence[float]]) -> list[Minimum]:
    """Candidates for minima, the lowest first; raises Refusal where the search would cost too much."""
    if dimension > MOST_VARIABLES:
        raise refuse(f"expected at most {MOST_VARIABLES} variables for a search, got {dimension}; give minima in place of it")
    if search_work(tape, dimension) > MOST_WORK:
        raise refuse("expected a shorter expression for a search; give minima in place of it")
    low, high = np.array(window).T
    spread = low[:, None] + (high - low)[:, None] * halton(LOOKED_AT, dimension)
    lowest = np.argsort(evaluate(tape, spread)[0], kind="stable")[: POINTS // 2]
    points = [spread[:, : POINTS // 2], spread[:, lowest], np.array(starts[:POINTS]).reshape(-1, dimension).T]
    reach = REACH * float((high - low).max())
    with np.errstate(all="ignore"):
        ends, arrived = descend(tape, np.concatenate(points, axis=1), (low + high) / 2.0, reach)
        return kept(tape, polished(tape, ends[:, arrived], reach))


def halton(count: int, dimension: int) -> Array:
    """Points that fill the unit cube evenly, (dimension, count); Halton 1960."""
    points = np.zeros((dimension, count))
    for axis, prime in enumerate(PRIMES[:dimension]):
        left, weight = np.arange(1, count + 1), 1.0 / prime
        while left.any():
            points[axis] += weight * (left % prime)
            left, weight = left // prime, weight / prime
    return points


def descend(tape: Tape, x: Array, middle: Array, reach: float) -> tuple[Array, NDArray[np.bool_]]:
    """Where Newton's method ends from the points x (dimension, points), and which of them arrived at a minimum."""
    values, gradients = evaluate(tape, x)
    arrived = np.zeros(x.shape[1], dtype=bool)
    going = np.isfinite(values) & np.isfinite(gradients).all(axis=0)
    for _ in range(STEPS):
        if not going.any():
            break
        at = np.flatnonzero(going)
        steps, curved = newton_steps(tape, x[:, at], gradients[:, at], reach)
        short = np.linalg.norm(steps, axis=0) <= ARRIVED * (1.0 + np.abs(x[:, at]).max(axis=0))
        arrived[at] = short & curved
        tried = (x[:, at, None] + steps[:, :, None] * SHARES).reshape(len(x), -1)
        there, _ = evaluate(tape, tried)
        there = np.where(np.isfinite(there), there, np.inf).reshape(at.size, -1)
        best = there.argmin(axis=1)
        lower = there[np.arange(at.size), best] < values[at]
        moved = at[lower]
        x[:, moved] = tried.reshape(len(x), at.size, -1)[:, np.flatnonzero(lower), best[lower]]
        values[moved], gradients[:, moved] = evaluate(tape, x[:, moved])
        going[at[~lower]] = False
        going &= np.isfinite(gradients).all(axis=0) & (np.abs(x - middle[:, None]).max(axis=0) <= reach)
    return x, arrived & np.isfinite(values)


def polished(tape: Tape, x: Array, reach: float) -> Array:
    """The points after some more steps, each taken where the gradient gets shorter: values near a minimum differ in no digit."""
    for _ in range(LAST_STEPS):
        gradients = evaluate(tape, x)[1]
        tried = x + newton_steps(tape, x, gradients, reach)[0]
        shorter = np.linalg.norm(evaluate(tape, tried)[1], axis=0) < np.linalg.norm(gradients, axis=0)
        x = np.where(shorter, tried, x)
    return x


def neat(tape: Tape, x: Array) -> Array:
    """The points with few digits, where the gradient is no longer there."""
    x = np.where(np.abs(x) < 1e-15 * np.abs(x).max(axis=0, initial=0.0), 0.0, x)
    for digits in DIGITS:
        rounded = np.round(x, digits) + 0.0
        as_short = np.linalg.norm(evaluate(tape, rounded)[1], axis=0) <= np.linalg.norm(evaluate(tape, x)[1], axis=0)
        x = np.where(as_short, rounded, x)
    return x


def newton_steps(tape: Tape, x: Array, gradients: Array, reach: float) -> tuple[Array, NDArray[np.bool_]]:
    """Newton's steps, (dimension, points), none longer than the window; and where the expression is curved as at a minimum."""
    dimension, points = x.shape
    nudges = NUDGE * (1.0 + np.abs(x))
    moved = x[:, None, :] + np.eye(dimension)[:, :, None] * nudges[:, None, :]
    back = x[:, None, :] - np.eye(dimension)[:, :, None] * nudges[:, None, :]
    _, slopes = evaluate(tape, np.concatenate([moved.reshape(dimension, -1), back.reshape(dimension, -1)], axis=1))
    ahead, behind = slopes.reshape(dimension, 2, dimension, points).transpose(1, 0, 2, 3)
    hessians = ((ahead - behind) / (2.0 * nudges)).transpose(2, 0, 1)
    hessians = (hessians + hessians.transpose(0, 2, 1)) / 2.0
    sound: NDArray[np.bool_] = np.asarray(np.isfinite(hessians).all(axis=(1, 2)))
    curvatures, axes = np.linalg.eigh(np.where(sound[:, None, None], hessians, np.eye(dimension)))
    largest = np.abs(curvatures).max(axis=1)
    sizes = np.maximum(np.abs(curvatures), np.maximum(1e-10 * largest, 1e-300)[:, None])
    steps = -np.einsum("pij,pj->ip", axes, np.einsum("pji,jp->pi", axes, gradients).reshape(points, dimension) / sizes)
    lengths = np.linalg.norm(steps, axis=0)
    steps *= np.where(lengths > reach / REACH, reach / REACH / np.where(lengths > 0, lengths, 1.0), 1.0)
    curved: NDArray[np.bool_] = sound & (curvatures[:, 0] >= -LEAST_CURVATURE * largest) & (largest > 0)
    return steps, curved


def kept(tape: Tape, ends: Array) -> list[Minimum]:
    """The points that differ, the lowest first; with few digits where these are as low."""
    points = neat(tape, ends)
    values = evaluate(tape, points)[0]
    found = list[Minimum]()
    for number in np.lexsort([*points[::-1], values]):
        point = points[:, number]
        if any(np.abs(point - np.array(each.point)).max() <= NEAR * (1.0 + np.abs(point).max()) for each in found):
            continue
        try:
            found.append(held_minimum(point.tolist(), tape, CANDIDATE))
        except Refusal:
            continue
        if len(found) == MOST_CANDIDATES:
            break
    return found

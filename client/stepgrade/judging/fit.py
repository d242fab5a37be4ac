"""How well another formula reproduces submitted numbers, and which of the formulas are reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from stepgrade.judging.float32 import EPS32
from stepgrade.judging.submission import Flat, Misshapen
from stepgrade.judging.tolerance import Tolerance, agree

#: No more findings than this are told; where one fits to within rounding, those that fit within the tolerance alone are not.
MOST_FINDINGS = 8
ROUNDING = 1e-9

#: What is further off than so many times the nearest is not told beside it; what is further off but fits to within rounding is told
#: after it, unless it is below what the order of a formula's operations changes.
NEARLY, REORDERED = 8.0, 1e-12

#: Of what is off, no more than this share may be left unexplained: by one change, by two.
EXPLAINED, EXPLAINED_BY_TWO = 0.1, 0.001

#: No difference is divided by less: as a share of the tolerance, relative to a number.
TINY, SMALL = 1e-300, 1e-12

Found = TypeVar("Found")


class Quantity(NamedTuple):
    """Submitted numbers, what a formula gives for them, what is right there (None: not known), and float32's room."""

    got: Flat | Misshapen
    expected: NDArray[Any]
    right: NDArray[Any] | None
    room: Any = 0.0


#: A quantity that nothing reproduces.
UNLIKE = Quantity(Misshapen("nothing alike"), np.zeros(0), None)


@dataclass
class Fit:
    """How far a formula is off: as a share of the tolerance, relative to the numbers, and at most; and how far from the right answer
    it is at most."""

    share: float = 0.0
    residual: float = 0.0
    error: float = 0.0
    deviation: float = 0.0


def fitted(quantities: Iterable[Quantity], tolerance: Tolerance) -> Fit | None:
    """How far a formula is off; None at the first quantity that it does not reproduce, after which no more is asked for."""
    alike, allowed = list[Quantity](), list[NDArray[Any]]()
    for quantity in quantities:
        around = tolerance.around(quantity.expected) + quantity.room
        if isinstance(quantity.got, Misshapen) or not agree(quantity.got, quantity.expected, around).all():
            return None
        alike.append(quantity)
        allowed.append(around)
    return _fit(alike, allowed) if alike else Fit()


def fits_of_rows(got: Flat, expected: NDArray[np.float64], right: NDArray[Any], tolerance: Tolerance) -> dict[int, Fit]:
    """How far each of many formulas is off that give one quantity alone, (formulas, numbers): as `fitted` of each, without float32's room.

    They are by the numbers of the formulas; those that do not reproduce the quantity are left out.
    """
    around = tolerance.around(expected)
    rows = np.flatnonzero(agree(got, expected, around).all(axis=1))
    measured = _measured(got, expected[rows], right, True, around[rows])
    return {row: Fit(*numbers) for row, *numbers in zip(rows.tolist(), *(each.tolist() for each in measured), strict=True)}


def _fit(alike: Sequence[Quantity], allowed: Sequence[NDArray[Any]]) -> Fit:
    """How far quantities that agree are off, all of them at once."""
    expected = np.concatenate([each.expected for each in alike])
    got: NDArray[Any] = np.concatenate([each.got for each in alike])
    right = np.concatenate([each.expected if each.right is None else each.right for each in alike])
    compared = np.repeat([each.right is not None for each in alike], [each.expected.size for each in alike])
    room = None
    if any(np.any(each.room) for each in alike):
        room = np.concatenate([np.broadcast_to(each.room, each.expected.shape) for each in alike])
    return Fit(*map(float, _measured(got, expected, right, compared, np.concatenate(allowed), room)))


def _measured(got: Any, expected: Any, right: Any, compared: Any, allowed: Any, room: Any = None) -> list[NDArray[np.float64]]:
    """The members of a fit, along the last axis. What is closer than one rounding of float32 is as near as can be where there is room for
    that: the last digit tells nothing then."""
    known = np.isfinite(expected)
    with np.errstate(all="ignore"):
        error = np.abs(got - expected)
        error = np.where(np.isfinite(error), error, 0.0)
        apart = np.abs(expected - right).max(axis=-1, initial=0.0, where=compared)
        size = np.abs(expected)
        beyond = error if room is None else np.maximum(error - np.where(room > 0, EPS32 * size, 0.0), 0.0)
        shares = error / np.maximum(allowed, TINY), beyond / np.maximum(size, SMALL), error
        return [*(each.max(axis=-1, initial=0.0, where=known) for each in shares), np.where(np.isnan(apart), np.inf, apart)]


def explain(fits: Sequence[Fit | None], explained: float) -> Fit | None:
    """The fit of a formula to all cases; None where it does not fit one, or of what is off leaves more than a share unexplained."""
    known = [fit for fit in fits if fit is not None]
    if len(known) < len(fits):
        return None
    whole = Fit(*(max(getattr(fit, name) for fit in known) for name in ("share", "residual", "error", "deviation")))
    return whole if whole.error <= explained * whole.deviation else None


def nearest(found: Sequence[Found], residual: Callable[[Found], float], code: Callable[[Found], str]) -> list[Found]:
    """Those that are reported: what is near, the nearest before what is less so, else in their order; those of one code as the first of
    them, and not too many."""
    least = NEARLY * min(map(residual, found), default=0.0)
    firsts: dict[str, Found] = {}
    for each in sorted(found, key=lambda each: residual(each) > max(REORDERED, least)):
        if residual(each) <= max(ROUNDING, least):
            firsts.setdefault(code(each), each)
    return list(firsts.values())[:MOST_FINDINGS]

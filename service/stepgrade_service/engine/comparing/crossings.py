"""At which factor on a learning rate a length is as wanted: brackets around a crossing, divided until no float is between."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Lengths = Callable[[Array], Array]

#: Where a learning rate has to be searched for, these many factors between these bounds are tried first.
LEAST_FACTOR, MOST_FACTOR, FIRST_FACTORS = 1e-9, 1e9, 73

#: Then the bracket around a crossing is divided into so many parts, so many times: until no float is between.
PARTS, ROUNDS = 16, 14

#: A length counts as matched within this share of it.
CLOSE = 1e-9

#: A crossing is guessed from so many lengths on either side.
BESIDE = 2


def factor_for(lengths_of: Lengths, wanted: float, ahead: int = 1) -> tuple[float, float] | None:
    """The factor on a learning rate, and the length it gives, that is as wanted; None where none was found.

    lengths_of: (factors,) -> (factors,), inf where a run diverges. Where the length crosses what is wanted, the bracket is
    divided until no float is between; the crossing nearest 1 at which the length is not torn apart is taken. So many divisions may be
    looked at `ahead`, where a call takes longer than its runs: what is found is the same to the last bit.
    """
    factors = np.geomspace(LEAST_FACTOR, MOST_FACTOR, FIRST_FACTORS)
    lengths = lengths_of(factors)
    is_below = (lengths < wanted).tolist()
    crossings = [number for number, (below, above) in enumerate(pairwise(is_below)) if below != above]
    for number in sorted(crossings, key=lambda each: abs(np.log(factors[each] * factors[each + 1]))):
        bracket, guess = (factors[number], factors[number + 1]), _guessed(factors, lengths, number, wanted)
        factor, length = _narrowed(lengths_of, wanted, bracket, guess, ahead)
        if abs(length - wanted) <= CLOSE * wanted:
            return factor, length
    return None


def _narrowed(lengths_of: Lengths, wanted: float, bracket: tuple[float, float], guess: float, ahead: int) -> tuple[float, float]:
    """The end of a bracket, narrowed down, whose length is nearer to what is wanted; and that length."""
    (low, high), taken, depth = bracket, 0, min(2, ahead)
    while True:
        divisions = _divisions(low, high, guess, min(depth, ROUNDS - taken))
        found = lengths_of(np.concatenate(divisions)).reshape(len(divisions), -1)
        for factors, lengths in zip(divisions, found, strict=True):
            if factors[0] != low or factors[-1] != high:  # it was guessed wrong
                depth = 1
                break
            crossing = int(np.flatnonzero((lengths[:-1] < wanted) != (lengths[1:] < wanted))[0])
            low, high = float(factors[crossing]), float(factors[crossing + 1])
            taken += 1
            if taken == ROUNDS or high - low <= 2e-16 * high:
                ends = lengths[crossing : crossing + 2]
                nearer = int(np.argmin(np.abs(ends - wanted)))
                return (low, high)[nearer], float(ends[nearer])
            guess = _guessed(factors, lengths, crossing, wanted)
        depth = min(2 * depth, ahead)


def _divisions(low: float, high: float, guess: float, count: int) -> list[Array]:
    """A bracket divided, and of its parts the one in which the crossing is guessed to be, so many times."""
    divisions = [np.linspace(low, high, PARTS + 1)]
    while len(divisions) < count:
        part = int(np.searchsorted(divisions[-1], guess, side="right")) - 1
        if not 0 <= part < PARTS:
            break
        divisions.append(np.linspace(divisions[-1][part], divisions[-1][part + 1], PARTS + 1))
    return divisions


def _guessed(factors: Array, lengths: Array, crossing: int, wanted: float) -> float:
    """Where the length is as wanted, by the polynomial through the factors on either side of a crossing; nan where there is none."""
    around = slice(max(0, crossing + 1 - BESIDE), crossing + 1 + BESIDE)
    at, off = factors[around].tolist(), (lengths[around] - wanted).tolist()
    if not np.isfinite(off).all() or len(set(off)) < len(off):
        return float("nan")
    for apart in range(1, len(at)):
        at = [(off[i + apart] * at[i] - off[i] * at[i + 1]) / (off[i + apart] - off[i]) for i in range(len(at) - 1)]
    return float(at[0])

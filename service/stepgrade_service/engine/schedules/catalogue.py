"""The catalogue of schedules, and the one kernel that runs pieces of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import Kernel, compiled, made
from ..compiled.signatures import SCHEDULE
from . import cosines, cycles, decaying, nesting, plateau
from .declaration import GIVEN, Piece, ScheduleKind, kernel

SCHEDULES: dict[str, ScheduleKind] = {kind.name: kind for family in (decaying, cosines, cycles, nesting, plateau) for kind in family.KINDS}

EXPLICIT = kernel(decaying.explicit)

#: The kernels that can be a piece, by the kind's name.
PIECES = {GIVEN: decaying.given, **{name: kind.kernel.function for name, kind in SCHEDULES.items() if kind.kernel and not kind.remembers}}

#: What stands before the numbers of a piece: its first step, the one after its last, its offset, how many steps it counts as one, its
#: kernel, and how many they are.
HEAD = 6


def _choosing() -> str:
    """The text of a function that calls the kernel of a number."""
    call = "(s, base, parameters, lr)"
    cases = [f"    {'el' if number else ''}if code == {number}:\n        {name}{call}\n" for number, name in enumerate(PIECES)]
    return "def write_piece(code, s, base, parameters, lr):\n" + "".join(cases)


write_piece = made("write_piece", _choosing(), __name__, allocates=True, **PIECES)


@compiled
def composed(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = base, then each piece in whose steps s is, from the rate that the one before has left"""
    for i in range(lr.size):
        lr[i] = base[i]
    at = 0
    while at < parameters.size:
        count = int(parameters[at + 5])
        if parameters[at] <= s < parameters[at + 1]:
            numbers = parameters[at + HEAD : at + HEAD + count]
            counted = int((s - int(parameters[at + 2])) // parameters[at + 3])
            write_piece(int(parameters[at + 4]), counted, lr, numbers, lr)
        at += HEAD + count


COMPOSED = Kernel(composed, SCHEDULE)


def packed(pieces: Sequence[Piece]) -> NDArray[np.float64]:
    """Pieces as the kernel takes them."""
    codes = list(PIECES)
    rows = [
        [piece.first, piece.last, piece.offset, piece.every, codes.index(piece.kind), len(piece.numbers), *piece.numbers]
        for piece in pieces
    ]
    return np.array([number for row in rows for number in row], dtype=np.float64)

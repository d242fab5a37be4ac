"""Choices, numbers and texts at random: the same for the same seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")

#: Numbers at the edge of what a float64, a request or a program holds.
EDGES = (
    *(0.0, -0.0, 5e-324, 1e-320, 2.2250738585072014e-308, 1e-300, 1e-160, 1e-17, 1.0, -1.0, 0.9999999999999999, 1.0000000000000002),
    *(1e9, 1e17, 1e150, 1e154, 1e160, 1e299, 1e300, -1e300, 1.0000000000000001e300, 1e308, -1e308, 1.7976931348623157e308),
)
WHOLE_EDGES = (0, 1, -1, 2, 100, 2**31, 2**53 - 1, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), 10**30, 10**400)

#: Which share of a case's numbers is at the edge; each case has one of these shares.
AT_THE_EDGE = (0.0, 0.0, 0.02, 0.1, 0.5)

PLAIN_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_"
LETTERS = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789_-. /~%\"'\\<>&$\t\n\0\x7f\u00e9\u0416\u4f60\U0001f600\u202e\ufeff\u2028"


class Dice:
    """What a case is made with."""

    def __init__(self, seed: str) -> None:
        self.random = Random(seed)
        self.edge = self.one_of(AT_THE_EDGE)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def one_of(self, among: Sequence[T]) -> T:
        return among[int(self.random.random() * len(among))]

    def below(self, end: int) -> int:
        return int(self.random.random() * end)

    def size(self, low: int, high: int) -> int:
        """A whole number, each order of magnitude as often as another."""
        span = math.log((high + 1) / (low + 1))
        return min(high, max(low, int((low + 1) * math.exp(self.random.random() * span)) - 1))

    def few(self, low: int, high: int) -> int:
        """A count: mostly small, once in a hundred times any."""
        return self.size(low, high) if self.chance(0.01) else self.size(low, min(high, max(low, 8)))

    def number(self) -> float:
        """Mostly an ordinary number."""
        if self.chance(self.edge):
            return self.one_of(EDGES)
        if self.chance(0.5):
            return self.one_of((0.1, 0.5, 0.9, 1.0, 2.0, -1.0, 3.0, 0.01))
        return self.random.uniform(-3.0, 3.0)

    def text(self, longest: int = 12) -> str:
        """Mostly a word of plain letters."""
        letters = LETTERS if self.chance(0.2) else PLAIN_LETTERS
        return "".join(self.one_of(letters) for _ in range(self.below(longest) + 1))

    def picked(self, among: Sequence[T], share: float) -> list[T]:
        """Each of them with the same chance, in their order."""
        return [each for each in among if self.chance(share)]

    def call(self, among: Sequence[Callable[..., T]], *arguments: Any) -> T:
        """What one of these functions makes."""
        return self.one_of(among)(self, *arguments)

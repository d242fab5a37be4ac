"""What a bundle keeps of one reference, and what was submitted to it, as the judge takes them: flat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from stepgrade.judging import POINTS, STATE, Flat, Numbers, Room, Submission, as_count, as_flat, end_or_points, paired
from stepgrade.messages import Json


@dataclass(frozen=True)
class KeptLayout:
    """Names and shapes of the params: those of the numbers that are kept."""

    names: tuple[str, ...] | None
    shapes: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, params: Any) -> KeptLayout:
        """That of params as an answer has them."""
        if isinstance(params, Mapping):
            return cls(tuple(params), tuple(np.shape(part) for part in params.values()))
        return cls(None, (np.shape(params),))

    @property
    def dimension(self) -> int:
        """How many numbers there are."""
        return sum(map(prod, self.shapes))

    def rows(self, values: Any) -> Flat:
        """Rows of params, each by itself or as named columns: (rows, dimension), nan for null."""
        if self.names is None:
            return np.array(values, dtype=np.float64).reshape(len(values), self.dimension)
        columns = values if isinstance(values, Mapping) else {name: [row[name] for row in values] for name in self.names}
        sizes = zip(self.names, map(prod, self.shapes), strict=True)
        parts: list[Flat] = [np.array(columns[name], dtype=np.float64).reshape(-1, size) for name, size in sizes]
        return np.concatenate(parts, axis=1)

    def listed(self) -> Any:
        """The shapes as lists, by name where there are names."""
        shapes = [list(shape) for shape in self.shapes]
        return shapes[0] if self.names is None else dict(zip(self.names, shapes, strict=True))


def flat_slot(value: Any) -> Flat:
    """A slot of the state, in the layout that it has there; nan for null."""
    flat: Flat = KeptLayout.of(value).rows([value])[0]
    return flat


@dataclass(frozen=True, eq=False)
class KeptReference:
    """A reference of a check: its request, and the answers of a bundle to it."""

    asked: Json
    kept: Json

    @cached_property
    def layout(self) -> KeptLayout:
        """That of its params."""
        expected = self.kept["expected"]
        if "params" in expected:
            return KeptLayout.of(expected["params"])
        points = expected["points"]
        return KeptLayout.of({name: column[0] for name, column in points.items()} if isinstance(points, Mapping) else points[0])

    @property
    def steps(self) -> list[int]:
        """The compared steps."""
        return list(self.kept["expected"].get("recorded", [1]))

    @cached_property
    def start(self) -> Flat | None:
        """Where it starts; None in a bundle that was built when that was not kept."""
        start = self.asked.get("params", self.kept["expected"].get("start"))
        return None if start is None else self.layout.rows([start])[0]

    @property
    def taken(self) -> Any:
        """The steps that were taken before it."""
        return (self.asked.get("state") or {}).get("t", 0)

    @cached_property
    def right(self) -> Numbers:
        """The right numbers."""
        return self.numbers(self.kept["expected"])

    def numbers(self, told: Json) -> Numbers:
        """The numbers of one formula; an update is what the point moved by, as the service has it."""
        rows = self.layout.rows([told["params"]] if "params" in told else told["points"])
        points = dict(zip(self.steps, rows, strict=False))  # of a reference that diverges a formula may have more
        update = points[1] - self.start if self.steps == [1] and self.start is not None else None
        state = {name: flat_slot(slot) for name, slot in told["state"].items() if name != "t"}
        layouts = {STATE + name: layout for name, layout in self.slot_layouts.items() if layout != self.layout}
        return Numbers(points, update, state, told["state"].get("t"), layouts)

    @cached_property
    def slot_layouts(self) -> dict[str, KeptLayout]:
        """Those of the slots."""
        return {name: KeptLayout.of(slot) for name, slot in self.kept["expected"]["state"].items() if name != "t"}

    def room(self, told: Json | None) -> Room:
        """What float32 arithmetic may be off by around these numbers."""
        if told is None:
            return Room()
        rows = self.layout.rows(told["points"])
        return Room(dict(zip(self.steps, rows, strict=False)), {name: flat_slot(slot) for name, slot in told["state"].items()})

    def read(self, submission: Json) -> Submission:
        """What was submitted to it; slots that are null were not."""
        state, steps, layout = submission.get("state") or {}, self.steps, self.layout
        kind = end_or_points(submission)
        if kind == POINTS:
            points = paired(submission["points"], layout, steps, self.start)
        else:
            points = {step: as_flat(submission["params"], layout) for step in steps[-1:]}
        update = submission.get("update") if self.right.update is not None else None
        return Submission(
            points,
            None if update is None else as_flat(update, layout),
            {name: as_flat(slot, self.slot_layouts[name]) for name, slot in state.items() if name != "t" and slot is not None},
            as_count(state.get("t")),
            tuple(submission.get("side_effects") or ()),
            is_end_alone=kind != POINTS,
        )

"""One step, as POST /step answers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, cast

import numpy as np

from stepgrade.checked import members, named, number_or_none, text, text_or_none, whole
from stepgrade.choices import Status
from stepgrade.encoding import Arrays, Layout_co, tensor, thawed
from stepgrade.messages import Json
from stepgrade.plain_text import harmless
from stepgrade.results.base import Shown, called, common
from stepgrade.results.blocks import LEFT_OUT, Block, Table, as_markdown
from stepgrade.results.columns import columns, listed
from stepgrade.results.layout import refuse_other_layout
from stepgrade.results.measures import StepMeasures
from stepgrade.results.solution import Solution

MOST_ROWS = 24


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Step(Shown, Generic[Layout_co]):
    """One step. `params` and `state` go into the next call as they are.

    A type checker knows the layout: `Step[Floats]` has arrays, `Step[NamedFloats]` has dicts of arrays.

    Attributes
    ----------
    status : str
        `completed`, or `diverged` if the step is not finite.
    params : array, or dict of arrays
        The point after the step, in the layout of the request's params. A number becomes a 0-d array.
    update : array, dict of arrays, or None
        The step as it was computed.
    state : dict
        `t`, the number of steps so far, and the optimizer's slots.
    optimizer : dict
        As resolved: every hyperparameter and switch. The same request with it gives the same bytes.
    detail : str or None
        Why the step is not finite, if it is not.
    measures : dict
        `gradient_norm`, `update_norm`, `descent_cosine` (a float, None if undefined), `effective_lr` (in the layout of the params,
        NaN where the gradient is 0).
    work : Solution or None
        The worked solution, if `include=["work"]` asked for it: the formula line by line, with letters and with numbers.
    """

    status: Status
    params: Layout_co
    update: Layout_co | Any
    state: Json
    optimizer: Json
    measures: StepMeasures
    detail: str | None = None
    work: Solution | None = None

    @classmethod
    def read(cls, raw: Json, request: Json, request_id: str) -> Step[Any]:
        """Read an answer; raises KeyError, TypeError or ValueError if it is not one."""
        params: Any = tensor(raw["params"])
        update = None if raw["update"] is None else tensor(raw["update"])
        refuse_other_layout(request.get("params"), (params, update))
        whole(raw["state"]["t"]), number_or_none(raw["measures"].get("update_norm"))
        return cls(
            **common(raw, request, request_id),
            status=cast(Status, text(raw["status"])),
            params=params,
            update=update,
            state=thawed(members(raw["state"])),
            optimizer=named(raw["optimizer"]),
            measures=thawed(members(raw["measures"])),
            detail=text_or_none(raw.get("detail")),
            work=Solution.read(raw),
        )

    def __repr__(self) -> str:
        """One line: the optimizer, the status, the number of steps so far, and the length of the step."""
        norm = self.measures.get("update_norm")
        length = "" if norm is None else f", |update| = {norm:.3g}"
        return f"Step({called(self.optimizer)}, {harmless(self.status)}, t = {self.state['t']}{length})"

    def _repr_html_(self) -> str | None:
        """Nothing if there are formulas: a notebook prefers HTML, and not every notebook renders formulas in it."""
        return super()._repr_html_() if self.work is None else None

    def _repr_markdown_(self) -> str | None:
        """The table, and below it the worked solution."""
        return None if self.work is None else f"{as_markdown(self._blocks())}\n\n{self.work.markdown()}"

    def _blocks(self) -> list[Block]:
        """One row per parameter: the point before, its gradient, the step, the point after. Then the state and the measures."""
        convention = self.optimizer.get("convention", "the service")
        title = f"{self.optimizer['name']} in the convention of {convention}: {self.status}, t = {self.state['t']}"
        title += "" if self.detail is None else f". {self.detail}"
        state = [(name, listed(value)) for name, value in self.state.items() if name != "t"]
        measures = [(name, listed(value)) for name, value in self.measures.items()]
        return [self._rows(title), *([Table(("state", ""), state)] if state else []), Table(("measures", ""), measures)]

    def _rows(self, title: str) -> Table:
        asked = {name: self.request.get(name) for name in ("params", "gradient")}
        posted = {name: None if value is None else tensor(value) for name, value in asked.items()}
        parts = {**posted, "update": self.update, "new params": self.params}
        found = [_column(part) for part in parts.values()]
        names = list(_column(self.params)) if self.update is not None else list(found[0])
        rows: list[tuple[Any, ...]] = [(name, *(column.get(name) for column in found)) for name in names[:MOST_ROWS]]
        if len(names) > MOST_ROWS:
            rows.append((LEFT_OUT,) * (1 + len(parts)))
        return Table(("", *parts), rows, title)


def _column(arrays: Arrays | None) -> dict[str, float]:
    """Each number under its place: `0`, `W.0.1`."""
    if arrays is None:
        return {}
    one_row = {name: np.asarray(each)[None] for name, each in arrays.items()} if isinstance(arrays, dict) else np.asarray(arrays)[None]
    return {name.removeprefix("x.") or "x": float(column[0]) + 0.0 for name, column in columns("x", one_row, MOST_ROWS + 1).items()}

"""A trajectory in each of its forms: JSON, NDJSON, CSV, NumPy arrays."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from flask import Response
from numpy.typing import NDArray

from ...engine import VERSION
from ...engine.optimizers.memory import rooms_of
from ...engine.reading.cost import Price
from ...engine.reading.faults import refuse
from ...engine.reading.tensors import MAX_DEPTH, Layout
from ...engine.running.recorded import QUANTITIES, Recorded
from ...engine.running.trajectory import Trajectory
from ...engine.running.trajectory_plan import Plan
from ..negotiation import json_bytes
from .writing import CSV, JSON, NDJSON, NPZ, FormPrice, csv_head, csv_rows, ndjson, npz

Array = NDArray[np.float64]

#: An echo that is longer is left out of a header: what is on the way refuses long headers, and the answer with them.
LONGEST_HEADER = 2000


def rows(table: Array, layout: Layout, missing: int | None = None) -> list[Any] | Array:
    """The rows of a table (rows, dimension), each laid out like the params; the row that is missing is None."""
    if is_deepest(layout):
        entries = [layout.unflatten(row) for row in table]
    else:
        seen = layout.unflatten(table)
        if layout.names is None and missing is None:
            whole: Array = seen
            return whole
        entries = list(seen) if layout.names is None else [{name: seen[name][k] for name in layout.names} for k in range(len(table))]
    if missing is not None:
        entries[missing] = None
    return entries


def is_deepest(layout: Layout) -> bool:
    """Whether the params are nested as deep as arrays can be, so that there is no array of several of them."""
    return max(map(len, layout.shapes)) == MAX_DEPTH


def echoes(trajectory: Trajectory) -> dict[str, Any]:
    """What was run: optimizer, objective and the rest of the request as resolved."""
    plan = trajectory.plan
    objective = plan.problem.echo if plan.problem is not None else None
    return {"optimizer": plan.choice.echo, "objective": objective, **plan.echoes}


def outcome(trajectory: Trajectory) -> dict[str, Any]:
    """How it ended."""
    ended = {"status": trajectory.status, "stopped_by": trajectory.stopped_by, "steps": trajectory.steps}
    if trajectory.diverged_at is not None:
        ended |= {"diverged_at": trajectory.diverged_at, "detail": trajectory.detail}
    return ended


def ending(trajectory: Trajectory) -> dict[str, Any]:
    """The state to go on from, and the summary."""
    return {"state": trajectory.state, "summary": trajectory.summary}


def columns(trajectory: Trajectory) -> dict[str, Any]:
    """What was recorded, each quantity a list with an entry a recorded step."""
    told = recorded_columns(trajectory, trajectory.plan.layout, -1 if trajectory.ends_without_gradient else None)
    measures = told.pop("measures", None)
    if trajectory.states is not None:
        told["states"] = trajectory.states
    return told if measures is None else {**told, "measures": measures}


def recorded_columns(kept: Recorded | Trajectory, layout: Layout, without_gradient: int | None = None) -> dict[str, Any]:
    """The same without states; the row `without_gradient` has none."""
    recorded: dict[str, Any] = {"recorded": kept.recorded}
    if kept.points is not None:
        recorded["points"] = rows(kept.points, layout)
    if kept.values is not None:
        recorded["values"] = kept.values
    if kept.gradients is not None:
        recorded["gradients"] = rows(kept.gradients, layout, without_gradient)
    if kept.updates is not None:
        recorded["updates"] = rows(kept.updates, layout, 0)
    if kept.measures is not None:
        recorded["measures"] = {name: column if column.ndim == 1 else rows(column, layout, 0) for name, column in kept.measures.items()}
    return recorded


def as_json(trajectory: Trajectory) -> Response:
    """One object."""
    document = {**outcome(trajectory), **columns(trajectory), **ending(trajectory), **echoes(trajectory), "engine": VERSION}
    return Response(json_bytes(document), mimetype=JSON)


SINGULAR = {"points": "point", "values": "value", "gradients": "gradient", "updates": "update", "states": "state"}


def as_ndjson(trajectory: Trajectory) -> Response:
    """A first line with the echoes, a line a recorded step, a last line with status, state and summary."""
    return Response(ndjson(_lines(trajectory)), mimetype=NDJSON)


def _lines(trajectory: Trajectory) -> Iterator[dict[str, Any]]:
    recorded = columns(trajectory)
    steps, measures = recorded.pop("recorded"), recorded.pop("measures", None)
    yield {**echoes(trajectory), "engine": VERSION}
    for k, step in enumerate(steps):
        line = {"step": int(step), **{SINGULAR[quantity]: entries[k] for quantity, entries in recorded.items()}}
        if measures is not None:
            line["measures"] = {name: column[k] for name, column in measures.items()}
        yield line
    yield {**outcome(trajectory), **ending(trajectory)}


def names_of(prefix: str, layout: Layout) -> list[str]:
    """A column's name for each number: `point.0`, `point.1.2`, `point.W1.0.3`."""
    names = layout.names or ("",)
    return [
        ".".join([prefix, *([name.replace("\\", "\\\\").replace(".", "\\.")] if name else []), *map(str, index)])
        for name, shape in zip(names, layout.shapes, strict=True)
        for index in np.ndindex(*shape)
    ]


def _table(trajectory: Trajectory) -> tuple[list[str], list[NDArray[Any]]]:
    """Names and columns of everything that was recorded."""
    return recorded_table(trajectory, trajectory.plan.layout, _state_columns(trajectory))


def recorded_table(
    kept: Recorded | Trajectory, layout: Layout, states: Iterable[tuple[str, NDArray[Any]]] = ()
) -> tuple[list[str], list[NDArray[Any]]]:
    """Names and columns of what was recorded, the states before the measures."""
    names, table = ["step"], list[NDArray[Any]]([kept.recorded])
    blocks = [(SINGULAR[quantity], getattr(kept, quantity)) for quantity in QUANTITIES if getattr(kept, quantity) is not None]
    for name, block in (*blocks, *states, *(kept.measures or {}).items()):
        names += [name] if block.ndim == 1 else names_of(name, layout)
        table += [block] if block.ndim == 1 else list(block.T)
    return names, table


def _state_columns(trajectory: Trajectory) -> Iterator[tuple[str, NDArray[Any]]]:
    """The recorded states as columns, nan where a slot had not begun."""
    states = trajectory.states or []
    layouts = {room.name: room.layout for room in rooms_of(trajectory.plan.choice.rule, trajectory.plan.layout)}
    slots = dict.fromkeys(name for state in states for name in state if name != "t")
    if states:
        yield "state.t", np.array([state["t"] for state in states])
    for slot in slots:
        flat = [_flat(state[slot]) if slot in state else [] for state in states]
        names = names_of(f"state.{slot}", layouts[slot])
        yield from zip(names, np.array([row or [np.nan] * len(names) for row in flat]).T, strict=True)


def _flat(slot: Any) -> list[float]:
    parts = slot.values() if isinstance(slot, dict) else [slot]
    return [float(number) for part in parts for number in np.asarray(part).reshape(-1)]


def as_csv(trajectory: Trajectory) -> Response:
    """A row a recorded step; status and engine in headers."""
    names, table = _table(trajectory)
    answer = Response(csv_head(names) + csv_rows(table), mimetype=CSV)
    answer.headers["Stepgrade-Status"] = trajectory.status
    echoed: dict[str, Mapping[str, Any]] = {"Stepgrade-Optimizer": trajectory.plan.choice.echo}
    if trajectory.plan.problem is not None:
        echoed["Stepgrade-Objective"] = trajectory.plan.problem.echo
    for header, echo in echoed.items():
        in_ascii = json.dumps(echo, separators=(",", ":"))
        if len(in_ascii) <= LONGEST_HEADER:
            answer.headers[header] = in_ascii
    return answer


def as_npz(trajectory: Trajectory) -> Response:
    """NumPy arrays by name, `points/W1` for named tensors; the rest as JSON in `meta`."""
    arrays = recorded_arrays(trajectory, trajectory.plan.layout)
    meta = {**outcome(trajectory), **ending(trajectory), **echoes(trajectory), "engine": VERSION}
    if trajectory.states is not None:
        meta["states"] = list(trajectory.states)
    return Response(npz(meta, arrays), mimetype=NPZ)


def recorded_arrays(kept: Recorded | Trajectory, layout: Layout, where: str = "") -> dict[str, Any]:
    """What was recorded as arrays by name, `where` before each; raises Refusal where the params are nested too deep."""
    if is_deepest(layout):
        raise refuse(f"expected at most {MAX_DEPTH - 1} nested lists: as NumPy arrays the steps are a dimension too", "start")
    arrays: dict[str, Any] = {f"{where}recorded": kept.recorded}
    blocks = [(quantity, getattr(kept, quantity)) for quantity in QUANTITIES if getattr(kept, quantity) is not None]
    blocks += [(f"measures/{name}", column) for name, column in (kept.measures or {}).items()]
    for name, block in blocks:
        arrays |= _named(where + name, block if block.ndim == 1 else layout.unflatten(block))
    return arrays


def _named(prefix: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {f"{prefix}/{name}": entry for name, entry in value.items()}
    return {prefix: value}


FORMS = {JSON: as_json, NDJSON: as_ndjson, CSV: as_csv, NPZ: as_npz}

#: What each form costs, an entry being a quantity in a line, and in CSV a column.
PRICES = {
    JSON: FormPrice(number=3.4, entry=6.5, named=44.0, bytes=20.0, row_bytes=30.0),
    NDJSON: FormPrice(number=2.4, row=113.0, entry=125.0, named=51.0, bytes=32.0, row_bytes=60.0),
    CSV: FormPrice(number=19.0, entry=220.0, named=39.0, bytes=60.0, row_bytes=70.0),
    NPZ: FormPrice(number=2.5, bytes=18.0),
}

#: What a number takes up in the text of npz's `meta`, in bytes: states and echoes stand there, and NumPy has four bytes for a character.
META_BYTES = 120.0


def price_of(plan: Plan, form: str) -> Price:
    """What a form of a trajectory costs: names stand in every line of JSON, and once in the other forms."""
    names = plan.names_in_lines if form in (JSON, NDJSON) else plan.names_in_headings
    tensors = len(plan.layout.names or ()) * plan.named
    entries = plan.row if form == CSV else plan.rows * plan.row_parts.quantities
    price = PRICES[form].of(plan.numbers + names + plan.echoed, plan.rows, entries, plan.rows * tensors)
    in_meta = plan.echoed + (plan.rows * plan.state_numbers if "states" in plan.include else 0)
    return price + Price(memory=META_BYTES * in_meta) if form == NPZ else price

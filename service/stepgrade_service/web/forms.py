"""A trajectory in each of its forms: JSON, NDJSON, CSV, NumPy arrays."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO, StringIO
from typing import Any

import numpy as np
from flask import Response
from numpy.typing import NDArray

from ..engine import VERSION
from ..engine.tensors import Layout
from ..engine.trajectory import Trajectory
from .exchange import json_bytes

JSON, NDJSON, CSV, NPZ = "application/json", "application/x-ndjson", "text/csv", "application/x-npz"

Array = NDArray[np.float64]


def rows(table: Array, layout: Layout, missing: int | None = None) -> list[Any] | Array:
    """The rows of a table (rows, dimension), each laid out like the params; the row that is missing is None."""
    seen = layout.unflatten(table)
    if layout.names is None and missing is None:
        whole: Array = seen
        return whole
    entries = list(seen) if layout.names is None else [{name: seen[name][k] for name in layout.names} for k in range(len(table))]
    if missing is not None:
        entries[missing] = None
    return entries


def echoes(trajectory: Trajectory) -> dict[str, Any]:
    """What was run: optimizer, objective and the rest of the request as resolved."""
    plan = trajectory.plan
    objective = plan.problem.echo if plan.problem is not None else None
    return {"optimizer": plan.choice.echo, "objective": objective, **plan.echoes}


def outcome(trajectory: Trajectory) -> dict[str, Any]:
    """How it ended."""
    ended = {"status": trajectory.status, "stopped_by": trajectory.stopped_by, "steps": trajectory.steps}
    if trajectory.diverged_at is not None:
        ended["diverged_at"] = trajectory.diverged_at
    return ended


def ending(trajectory: Trajectory) -> dict[str, Any]:
    """The state to go on from, and the summary."""
    return {"state": trajectory.state, "summary": trajectory.summary}


def columns(trajectory: Trajectory) -> dict[str, Any]:
    """What was recorded, each quantity a list with an entry a recorded step."""
    layout = trajectory.plan.layout
    recorded: dict[str, Any] = {"recorded": trajectory.recorded}
    if trajectory.points is not None:
        recorded["points"] = rows(trajectory.points, layout)
    if trajectory.values is not None:
        recorded["values"] = trajectory.values
    if trajectory.gradients is not None:
        recorded["gradients"] = rows(trajectory.gradients, layout, -1 if trajectory.ends_without_gradient else None)
    if trajectory.updates is not None:
        recorded["updates"] = rows(trajectory.updates, layout, 0)
    if trajectory.states is not None:
        recorded["states"] = trajectory.states
    if trajectory.measures is not None:
        recorded["measures"] = dict(trajectory.measures)
    return recorded


def as_json(trajectory: Trajectory) -> Response:
    """One object."""
    document = {**outcome(trajectory), **columns(trajectory), **ending(trajectory), **echoes(trajectory), "engine": VERSION}
    return Response(json_bytes(document), mimetype=JSON)


SINGULAR = {"points": "point", "values": "value", "gradients": "gradient", "updates": "update", "states": "state"}


def as_ndjson(trajectory: Trajectory) -> Response:
    """A first line with the echoes, a line a recorded step, a last line with status, state and summary."""
    return Response(b"".join(_lines(trajectory)), mimetype=NDJSON)


def _lines(trajectory: Trajectory) -> Iterator[bytes]:
    recorded = columns(trajectory)
    steps, measures = recorded.pop("recorded"), recorded.pop("measures", None)
    yield json_bytes({**echoes(trajectory), "engine": VERSION}) + b"\n"
    for k, step in enumerate(steps):
        line = {"step": int(step), **{SINGULAR[quantity]: entries[k] for quantity, entries in recorded.items()}}
        if measures is not None:
            line["measures"] = {name: float(column[k]) for name, column in measures.items()}
        yield json_bytes(line) + b"\n"
    yield json_bytes({**outcome(trajectory), **ending(trajectory)}) + b"\n"


def _names(prefix: str, layout: Layout) -> list[str]:
    """A column's name for each number: `point.0`, `point.1.2`, `point.W1.0.3`."""
    names = layout.names or ("",)
    return [
        ".".join([prefix, *([name] if name else []), *map(str, index)])
        for name, shape in zip(names, layout.shapes, strict=True)
        for index in np.ndindex(*shape)
    ]


def _table(trajectory: Trajectory) -> tuple[list[str], list[list[Any]]]:
    """Names and columns of everything that was recorded; nan is None."""
    layout = trajectory.plan.layout
    names, table = ["step"], [trajectory.recorded.tolist()]
    for quantity in ("points", "values", "gradients", "updates"):
        block = getattr(trajectory, quantity)
        if block is None:
            continue
        flat = block[:, np.newaxis] if block.ndim == 1 else block
        names += [SINGULAR[quantity]] if block.ndim == 1 else _names(SINGULAR[quantity], layout)
        table += flat.T.tolist()
    for name, cells in _state_columns(trajectory):
        names.append(name)
        table.append(cells)
    for measure, column in (trajectory.measures or {}).items():
        names.append(measure)
        table.append(column.tolist())
    return names, table


def _state_columns(trajectory: Trajectory) -> Iterator[tuple[str, list[Any]]]:
    """The recorded states as columns, a slot that had not begun as None."""
    states = trajectory.states or []
    layout = trajectory.plan.layout
    slots = dict.fromkeys(name for state in states for name in state if name != "t")
    if states:
        yield "state.t", [state["t"] for state in states]
    for slot in slots:
        flat = [None if slot not in state else _flat(state[slot]) for state in states]
        width = next(len(row) for row in flat if row is not None)
        names = _names(f"state.{slot}", layout) if width == layout.dimension else [f"state.{slot}"]
        for i, name in enumerate(names):
            yield name, [None if row is None else row[i] for row in flat]


def _flat(slot: Any) -> list[float]:
    parts = slot.values() if isinstance(slot, dict) else [slot]
    return [float(number) for part in parts for number in np.asarray(part).reshape(-1)]


def as_csv(trajectory: Trajectory) -> Response:
    """A row a recorded step; status and engine in headers."""
    names, table = _table(trajectory)
    text = StringIO()
    text.write(",".join(f'"{name}"' if set(name) & set(',"\n') else name for name in (n.replace('"', '""') for n in names)) + "\r\n")
    for row in zip(*table, strict=True):
        text.write(",".join("" if cell is None or cell != cell else repr(cell) for cell in row) + "\r\n")
    answer = Response(text.getvalue(), mimetype=CSV)
    answer.headers["Stepgrade-Status"] = trajectory.status
    answer.headers["Stepgrade-Optimizer"] = json_bytes(trajectory.plan.choice.echo).decode()
    if trajectory.plan.problem is not None:
        answer.headers["Stepgrade-Objective"] = json_bytes(trajectory.plan.problem.echo).decode()
    return answer


def as_npz(trajectory: Trajectory) -> Response:
    """NumPy arrays by name, `points/W1` for named tensors; the rest as JSON in `meta`."""
    layout = trajectory.plan.layout
    arrays: dict[str, Any] = {"recorded": trajectory.recorded}
    for quantity in ("points", "values", "gradients", "updates"):
        block = getattr(trajectory, quantity)
        if block is not None:
            arrays |= _named(quantity, block if block.ndim == 1 else layout.unflatten(block))
    for name, column in (trajectory.measures or {}).items():
        arrays[f"measures/{name}"] = column
    meta = {**outcome(trajectory), **ending(trajectory), **echoes(trajectory), "engine": VERSION}
    if trajectory.states is not None:
        meta["states"] = list(trajectory.states)
    buffer = BytesIO()
    np.savez(buffer, allow_pickle=False, meta=np.array(json_bytes(meta).decode()), **arrays)
    return Response(buffer.getvalue(), mimetype=NPZ)


def _named(prefix: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {f"{prefix}/{name}": entry for name, entry in value.items()}
    return {prefix: value}


FORMS = {JSON: as_json, NDJSON: as_ndjson, CSV: as_csv, NPZ: as_npz}

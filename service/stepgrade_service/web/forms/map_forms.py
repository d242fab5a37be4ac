"""A map in each of its forms: JSON, NDJSON, CSV, NumPy arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import numpy as np
from flask import Response
from numpy.typing import NDArray

from ...engine import VERSION
from ...engine.comparing.map import Map, outcomes_told
from ...engine.comparing.map_plan import MapPlan
from ...engine.reading.cost import Price
from ..negotiation import json_bytes
from .writing import CSV, JSON, NDJSON, NPZ, FormPrice, csv_head, csv_rows, ndjson, npz

Array = NDArray[np.float64]

#: Arrays of whole numbers.
WHOLE = ("settling_step", "steps_to_target", "minimum_reached", "outcome", "standing")


def arrays(made: Map) -> dict[str, Mapping[str, Array] | Array]:
    """Everything that has a number at each point of the grid: for each optimizer, or for the two together."""
    told = dict(made.measures)
    if made.rates:
        told["lr"] = made.rates
    if made.outcome is not None:
        told["outcome"] = made.outcome
    return told


def rest(made: Map) -> dict[str, Any]:
    """What is not an array over the grid: the counts, what numbers in arrays stand for, the echoes."""
    told: dict[str, Any] = {"counts": made.counts}
    if made.outcome is not None:
        told["outcomes"] = outcomes_told(made.plan)
    return {**told, "minima": made.problem.facts.minima, **made.plan.echoes, "engine": VERSION}


def in_json(name: str, numbers: Array) -> Any:
    """An array as JSON has it: whole numbers without a point, null where there is nothing."""
    if name not in WHOLE:
        return numbers
    if numbers.ndim == 2:
        return [in_json(name, row) for row in numbers]
    return [int(number) if number == number else None for number in numbers.tolist()]  # nan is not itself


def as_json(made: Map) -> Response:
    """One object."""
    told = {
        name: {label: in_json(name, of_one) for label, of_one in numbers.items()}
        if isinstance(numbers, Mapping)
        else in_json(name, numbers)
        for name, numbers in arrays(made).items()
    }
    standing = {name: in_json("standing", of_one) for name, of_one in made.standing.items()}
    document = {
        "axes": [{"name": axis.name, "values": axis.values} for axis in made.axes],
        "labels": made.labels,
        "measures": {name: told.pop(name) for name in made.measures},
        **told,
        **({"standing": standing, "standings": made.standings} if standing else {}),
        **rest(made),
    }
    return Response(json_bytes(document), mimetype=JSON)


def tables(made: Map) -> Iterator[dict[str, list[Any]]]:
    """Columns by name, an entry a point: where it is, and every number there. A table for each row of the grid, so that none is large."""
    for row in range(made.plan.shape[0] if len(made.axes) == 2 else 1):
        yield _row(made, row)


def _row(made: Map, row: int) -> dict[str, list[Any]]:
    """The columns of one row of the grid; a grid of one axis is a row."""
    along, *across = made.axes
    columns: dict[str, list[Any]] = {along.name: along.values.tolist()}
    columns |= {axis.name: [float(axis.values[row])] * len(along.values) for axis in across}
    for name, numbers in arrays(made).items():
        named = {f"{name}.{label}": of_one for label, of_one in numbers.items()} if isinstance(numbers, Mapping) else {name: numbers}
        columns |= {column: _plain(name, of_one[row] if across else of_one) for column, of_one in named.items()}
    return columns


def _plain(name: str, numbers: Array) -> list[Any]:
    flat = in_json(name, numbers)
    return flat if isinstance(flat, list) else [number if number == number else None for number in flat.tolist()]


def as_ndjson(made: Map) -> Response:
    """A first line with the echoes, a line a point of the grid, a last line with counts and minima."""
    first = {**made.plan.echoes, "engine": VERSION}
    last = {name: part for name, part in rest(made).items() if name not in first}
    points = (dict(zip(columns, row, strict=True)) for columns in tables(made) for row in zip(*columns.values(), strict=True))
    return Response(ndjson(chain([first], points, [last])), mimetype=NDJSON)


def as_csv(made: Map) -> Response:
    """A row a point of the grid."""
    blocks = list[bytes]()
    for columns in tables(made):
        blocks += [csv_rows(columns.values())] if blocks else [csv_head(list(columns)), csv_rows(columns.values())]
    return Response(b"".join(blocks), mimetype=CSV)


def as_npz(made: Map) -> Response:
    """NumPy arrays: each axis, and `settling_step/gd` and its like; the rest as JSON in `meta`."""
    named: dict[str, Array] = {axis.name: axis.values for axis in made.axes}
    for name, numbers in arrays(made).items():
        if isinstance(numbers, Mapping):
            named |= {f"{name}/{label}": of_one for label, of_one in numbers.items()}
        else:
            named[name] = numbers
    meta = {"axes": [axis.name for axis in made.axes], "labels": made.labels, "measures": list(made.measures), **rest(made)}
    return Response(npz(meta, named), mimetype=NPZ)


MAP_FORMS = {JSON: as_json, NDJSON: as_ndjson, CSV: as_csv, NPZ: as_npz}

#: What each form costs, a row being a point of the grid, and an entry a number of it that stands under its name.
PRICES = {
    JSON: FormPrice(number=3.3, bytes=32.0, row_bytes=220.0),
    NDJSON: FormPrice(number=5.0, row=136.0, entry=22.0, bytes=10.0, row_bytes=350.0),
    CSV: FormPrice(number=12.0, row=51.0, bytes=20.0, row_bytes=250.0),
    NPZ: FormPrice(number=1.5, bytes=40.0, row_bytes=150.0),
}


def price_of(plan: MapPlan, form: str) -> Price:
    """What a form of a map costs: a line of NDJSON has the name of each of its numbers."""
    standing = plan.points * plan.races if form == JSON else 0
    return PRICES[form].of(plan.answer + standing, plan.points, plan.points * plan.row)

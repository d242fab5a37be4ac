"""What was recorded of a run, as /trajectory and /compare answer it: columns with an entry per recorded step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from stepgrade.checked import listed, whole
from stepgrade.encoding import Arrays, Floats, floats, stacked
from stepgrade.messages import Json


def recorded_steps(raw: Json) -> dict[str, Any]:
    """The recorded columns as arrays, None where they were not included; raises KeyError, TypeError or ValueError."""
    values, measures = raw.get("values"), raw.get("measures")
    recorded = np.asarray([whole(step) for step in listed(raw["recorded"])], dtype=np.int64)
    parts: dict[str, Any] = {name: _rows(raw.get(name)) for name in ("points", "gradients", "updates")}
    parts |= {"values": None if values is None else _stacked_floats(values)}
    _refuse_other_lengths(len(recorded), list(parts.values()))
    return {"recorded": recorded, **parts, "measures": None if measures is None else _columns(measures)}


def _stacked_floats(values: Any) -> Floats:
    numbers = floats(listed(values)) if values else np.zeros(0)
    if numbers.ndim != 1:
        raise ValueError("values are a list of numbers")
    return numbers


def _refuse_other_lengths(count: int, parts: Sequence[Arrays | None]) -> None:
    """Raise ValueError if something does not have one row per recorded step."""
    arrays = [array for part in parts for array in (part.values() if isinstance(part, dict) else [part]) if array is not None]
    if any(array.shape[:1] != (count,) for array in arrays):
        raise ValueError("there is one row per recorded step")


def _rows(rows: Any) -> Arrays | None:
    return None if rows is None else stacked(rows)


def _columns(measures: Json | Sequence[Json]) -> dict[str, Arrays]:
    """Measures by name, from columns or from rows."""
    if not isinstance(measures, dict):
        measures = {name: [row[name] for row in measures] for name in (measures[0] if measures else ())}
    return {name: stacked(column) for name, column in measures.items()}

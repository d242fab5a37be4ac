"""Keys that a request does not have: what is said of one that stands a level too high, or that has another name here."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from ..engine.conventions.arguments import members_of
from ..engine.objectives import OBJECTIVES
from ..engine.optimizers import OPTIMIZERS
from ..engine.reading.faults import unknown
from ..engine.reading.tensors import is_number
from ..engine.running.noises import NOISE_MEMBERS
from ..engine.running.stops import TARGET_MEMBERS
from ..engine.schedules import SCHEDULES
from ..grading.checking.exercise import TOLERANCE_MEMBERS

#: Names that people write for a field, and the field.
SPOKEN_NAMES = {
    "grad": "gradient",
    "x0": "start",
    "params": "start",
    "initial_params": "start",
    "weights": "params",
    "theta": "params",
    "epochs": "steps",
    "iterations": "steps",
    "max_iter": "steps",
    "num_steps": "steps",
    "function": "objective",
    "loss": "objective",
    "method": "optimizer",
    "algorithm": "optimizer",
    "methods": "optimizers",
    "x": "grid",
    "y": "grid",
}

#: A longer value is not repeated.
LONGEST_SHOWN = 20


@cache
def _members() -> Mapping[str, frozenset[str]]:
    """What stands within a part of a request, by the name of the part."""
    return {
        "optimizer": frozenset(("name",)).union(*map(members_of, OPTIMIZERS)),
        "objective": frozenset(("expression", "dimension")).union(
            parameter.name for each in OBJECTIVES.values() for parameter in each.parameters
        ),
        "noise": NOISE_MEMBERS,
        "schedule": frozenset(parameter.name for each in SCHEDULES.values() for parameter in each.parameters),
        "target": frozenset(TARGET_MEMBERS),
        "tolerance": frozenset(TOLERANCE_MEMBERS),
    }


def told_of_unknown(key: str, document: Mapping[str, Any], fields: Collection[str], before: int) -> str:
    """What is said of a key that a request does not have; `before` is how many faults are told before it."""
    fits = [(part, name) for part, members in _members().items() for name in (part, f"{part}s") if name in fields and key in members]
    if fits:
        part, field = fits[-1] if _is_refused(key, document.get(fits[0][1])) else fits[0]
        inside = _example(key, document[key], document.get(field), has_name=part in ("optimizer", "objective", "schedule"))
        return f"unknown key {key!r}; write it inside {'each ' if field != part else ''}{part}: {inside}"
    meant = {theirs: own for theirs, own in SPOKEN_NAMES.items() if own in fields}
    return unknown("key", key, fields, before=before, meant=meant)


def _is_refused(key: str, part: Any) -> bool:
    """Whether a part names an optimizer that does not take this."""
    name = _name_of(part)
    return isinstance(name, str) and name in OPTIMIZERS and key not in members_of(name)


def _name_of(part: Any) -> Any:
    """The name in a part of a request, or in the first of several."""
    first = part[0] if isinstance(part, list) and part else part
    return first.get("name") if isinstance(first, Mapping) else first


def _example(key: str, value: Any, part: Any, *, has_name: bool) -> str:
    """The part with the key inside it: `{"name": "adam", "lr": 0.1}`."""
    name = _name_of(part)
    members = [(key, _shown(value))]
    if has_name and key not in ("name", "expression"):
        members.insert(0, ("name", _shown(name) if isinstance(name, str) else "..."))
    return "{" + ", ".join(f'"{each}": {told}' for each, told in members) + "}"


def _shown(value: Any) -> str:
    """A value as JSON where it is short."""
    is_short = is_number(value) or isinstance(value, bool) or (isinstance(value, str) and len(value) <= LONGEST_SHOWN)
    return json.dumps(value, ensure_ascii=False) if is_short else "..."

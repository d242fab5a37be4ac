"""What a bundle keeps of one reference of a check: the right numbers, and what every known formula gives in their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stepgrade.asker import Asker
from stepgrade.errors import BadRequest, InvalidArgument, InvalidRequest, NotFound, UnexpectedAnswer
from stepgrade.messages import Json


def references_of(body: Any) -> list[Json]:
    """The references of a check; raises InvalidArgument where there is none."""
    given = body.get("reference") if isinstance(body, Mapping) else None
    listed: list[Any] = given if isinstance(given, list) else [given]
    if not listed or not all(isinstance(each, Mapping) for each in listed):
        raise InvalidArgument("expected a /step or /trajectory request, or a list of them", pointer="/reference")
    return [dict(each) for each in listed]


def from_the_first_step(references: Sequence[Json]) -> list[Json]:
    """The references that have a state, without it: those that code is checked against which cannot be given a state."""
    return [{name: part for name, part in each.items() if name != "state"} for each in references if "state" in each]


def reference_data(reference: Json, client: Asker) -> tuple[Json, str]:
    """Fetch them, and the engine's version.

    `expected` and the `numbers` of each candidate are laid out like a submission: `params`, `update` and `state` of a step, `points`
    (one row per recorded step, without the start, which `expected` has in `start`) and `state` of a trajectory. Each has a `room` that
    float32 arithmetic may be off by: `points` (a row, for a step) and `state`. A candidate without numbers is a note: a side effect, or
    that the numbers are float32's.
    """
    is_step = "gradient" in reference
    asked = reference if is_step else {**reference, "include": ["points"]}
    answer = client.request("POST", "/step" if is_step else "/trajectory", asked).json()
    try:
        data = {"optimizer": answer["optimizer"], "expected": _step(answer) if is_step else _trajectory(answer)}
        return {**data, **_candidates(reference, client)}, answer["engine"]
    except (KeyError, TypeError, AttributeError):
        raise UnexpectedAnswer("The answer to a reference is not from Stepgrade. Check base_url (or STEPGRADE_URL).") from None


def _step(answer: Json) -> Json:
    return {name: answer[name] for name in ("params", "update", "state")}


def _trajectory(answer: Json) -> Json:
    points = answer["points"]
    rows = {name: column[1:] for name, column in points.items()} if isinstance(points, dict) else points[1:]
    start = {name: column[0] for name, column in points.items()} if isinstance(points, dict) else points[0]
    return {"start": start, "points": rows, "state": answer["state"], "recorded": answer["recorded"][1:]}


def _candidates(reference: Json, client: Asker) -> Json:
    """What may explain other numbers; nothing where the service is too old to say."""
    try:
        told = client.request("POST", "/check", {"reference": reference, "candidates": True}).json()
    except (BadRequest, InvalidRequest, NotFound) as refusal:
        if not {"/candidates", "/submission"} >= {fault.pointer for fault in refusal.errors}:
            raise
        return {"room": None, "candidates": []}
    return {"room": told["room"], "candidates": told["candidates"]}

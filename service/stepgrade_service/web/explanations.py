"""POST /check with `candidates`: what every known formula gives, for a bundle to keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine import VERSION
from ..engine.optimizers.memory import rooms_of
from ..engine.reading.nulls import given
from ..engine.running.trajectory_plan import Plan
from ..grading.candidates.candidate import Candidate
from ..grading.candidates.notes import SIDE_EFFECT_HINTS, in_float32, side_effect
from ..grading.checking.explanations import Explanation, explanations, right_answer
from ..grading.checking.submissions import SIDE_EFFECTS
from .forms.trajectory_forms import rows


def document(plan: Plan, written: Mapping[str, Any]) -> dict[str, Any]:
    """The answer: float32's room around the right numbers, and every candidate with its numbers and room."""
    is_step = "gradient" in written
    notes = [side_effect(plan.choice, code, SIDE_EFFECTS[code]) for code in SIDE_EFFECT_HINTS]
    listed = [
        {**told(each.candidate), "numbers": numbers(plan, each, is_step), "room": room(plan, each)}
        for each in explanations(plan, given(written.get("optimizer")))
        if each.candidate is not None
    ]
    listed += [{**told(note), "numbers": None, "room": None} for note in (*notes, in_float32(plan.choice))]
    return {"room": room(plan, right_answer(plan)), "candidates": listed, "optimizer": plan.choice.echo, "engine": VERSION}


def told(candidate: Candidate) -> dict[str, Any]:
    """What is said of a candidate, at every level of hints."""
    formula = {"wrong": candidate.wrong, "right": candidate.right} if candidate.wrong else None
    named = {name: getattr(candidate, name) for name in ("code", "title", "kind", "where")}
    return {**named, "hints": list(candidate.hints), "formula": formula}


def numbers(plan: Plan, explained: Explanation, is_step: bool) -> dict[str, Any]:
    """The numbers, laid out like a submission."""
    state = slots(plan, explained.slots)
    if is_step:
        return {"params": plan.layout.unflatten(explained.points[-1]), "update": plan.layout.unflatten(explained.update), "state": state}
    return {"points": rows(explained.points, plan.layout), "state": state}


def room(plan: Plan, explained: Explanation) -> dict[str, Any]:
    """How far float32 arithmetic may be off."""
    return {"points": rows(explained.room, plan.layout), "state": slots(plan, explained.slot_room)}


def slots(plan: Plan, flat: Mapping[str, NDArray[np.float64]]) -> dict[str, Any]:
    """The slots that the reference has, laid out as in its answer; another optimizer may have one of that name in another layout.

    One that params of this shape do not have is left out.
    """
    rule = plan.choice.rule
    rooms = [room for room in rooms_of(rule, plan.layout) if room.layout.shapes and room.name in rule.slots and room.name in flat]
    return {room.name: room.value(flat[room.name]) for room in rooms if len(flat[room.name]) == room.count}

"""What a student's code returned, read without complaint about what is wrong with it: that is what a check is to find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stepgrade.judging import POINTS, Flat, Misshapen, Submission, as_count, as_flat, end_or_points, paired

from ...engine.optimizers.memory import rooms_of
from ...engine.reading.bounds import MOST_QUANTITIES, few_keys
from ...engine.reading.faults import Collector, refuse, unknown
from ...engine.reading.tensors import expected
from ...engine.running.trajectory_plan import Plan

#: What only the student's own process can show, and what is said of it.
SIDE_EFFECTS = {
    "grad_mutated": "the gradient that was passed in was changed",
    "state_aliased": "the returned state shares memory with what was passed in, or with another part of the state",
    "params_mutated_in_place": "the params that were passed in are changed",
    "int_state": "the state is stored as whole numbers",
}
KEYS = ("params", "points", "update", "state", "side_effects")


def read_submission(value: Any, plan: Plan, compared: Sequence[int]) -> Submission:
    """Read a submission to a reference; raises Refusal where it is not an object with params or points.

    `compared` are the steps whose points are looked at. Numbers in another shape, or that are none, are no fault of the request.
    """
    faults, effects = look_at(value)
    state = _state(value.get("state"), plan, faults)
    faults.settle()
    points: dict[int, Flat | Misshapen] = {}
    kind = end_or_points(value)
    if kind == POINTS:
        points = paired(value["points"], plan.layout, compared, plan.start)
    elif compared:
        points = {compared[-1]: as_flat(value["params"], plan.layout)}
    update = as_flat(value["update"], plan.layout) if value.get("update") is not None else None
    t = as_count(value["state"].get("t")) if isinstance(value.get("state"), Mapping) else None
    return Submission(points, update, state, t, effects, is_end_alone=kind != POINTS)


def look_at(value: Any) -> tuple[Collector, tuple[str, ...]]:
    """What is wrong with a submission whatever its reference is, and its side effects; raises Refusal where it is no object."""
    if not isinstance(value, Mapping):
        raise refuse(expected('an object with params or points, such as {"params": [1.0, 2.0]}', value))
    if many := few_keys(value):
        raise refuse(many)
    faults = Collector()
    for key in value:
        if key not in KEYS:
            faults.add(unknown("key", str(key), KEYS, before=len(faults.faults)), str(key))
    if end_or_points(value) is None:
        faults.add("expected either params or points")
    return faults, _side_effects(value.get("side_effects"), faults)


def _state(posted: Any, plan: Plan, faults: Collector) -> dict[str, Flat | Misshapen]:
    """The slots that were returned; those that are null were not."""
    if posted is None:
        return {}
    if not isinstance(posted, Mapping):
        faults.add(expected("an object of slots", posted), "state")
        return {}
    if many := few_keys(posted):
        faults.add(many, "state")
        return {}
    slots = plan.choice.rule.slots
    for name in posted:
        if name != "t" and name not in slots:
            told = unknown(f"slot of {plan.choice.optimizer.name}", str(name), [*slots, "t"], before=len(faults.faults))
            faults.add(told, "state", str(name))
    return {name: _slot(plan, name, slot) for name, slot in posted.items() if name in slots and slot is not None}


def _slot(plan: Plan, name: str, slot: Any) -> Flat | Misshapen:
    """A slot in the layout that the public sees."""
    room = next(room for room in rooms_of(plan.choice.rule, plan.layout) if room.name == name)
    return as_flat(slot, room.layout)


def _side_effects(effects: Any, faults: Collector) -> tuple[str, ...]:
    """The codes of what the student's process showed."""
    if effects is None:
        return ()
    wanted = f"a list of any of {', '.join(SIDE_EFFECTS)}, at most {MOST_QUANTITIES} of them"
    if not isinstance(effects, list | tuple):
        faults.add(expected(wanted, effects), "side_effects")
        return ()
    if len(effects) > MOST_QUANTITIES:
        faults.add(f"expected {wanted}", "side_effects")
        return ()
    for number, effect in enumerate(effects):
        if not isinstance(effect, str):
            faults.add(expected(f"one of {', '.join(SIDE_EFFECTS)}", effect), "side_effects", number)
        elif effect not in SIDE_EFFECTS:
            faults.add(unknown("side effect", effect, SIDE_EFFECTS), "side_effects", number)
    return tuple(effect for effect in effects if isinstance(effect, str) and effect in SIDE_EFFECTS)

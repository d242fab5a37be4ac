"""A schedule that stands as the learning rate of an optimizer, as Keras and optax write it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..optimizers.sharpness import SAM_PERIOD
from ..reading.faults import Refusal, refuse
from ..schedules import Schedule
from ..schedules.frameworks.translate import CLASS
from ..schedules.resolve import held
from ..schedules.resolve import resolve as resolve_schedule
from .declaration import Convention, Row


def is_schedule(value: Any) -> bool:
    """Whether a learning rate is written as a schedule: an object with a name that is text, and no object of rates by tensor."""
    return isinstance(value, Mapping) and (CLASS in value or isinstance(value.get("name"), str))


def nested_schedule(written: Mapping[str, Any], convention: Convention, row: Row) -> tuple[str, Schedule] | None:
    """The schedule that stands as the learning rate, and the key under which it stands; None where there is none. Raises Refusal."""
    arguments = {**convention.arguments, **row.arguments}
    keys = ["lr", *(key for key, argument in arguments.items() if argument.targets == ("lr",))]
    key = next((key for key in keys if key in written and is_schedule(written[key])), None)
    if key is None:
        return None
    try:
        return key, own_rates(written[key])
    except Refusal as refusal:
        raise refusal.under(key) from None


def own_rates(written: Any) -> Schedule:
    """A schedule that has learning rates of its own; raises Refusal."""
    schedule = resolve_schedule(written)
    if not schedule.sets_rates:
        raise refuse("expected a schedule with learning rates of its own, or lr in it: there is no other learning rate here")
    return schedule


def counted(schedule: Schedule | None, settings: Mapping[str, Any], convention: Convention, key: str) -> Schedule | None:
    """The schedule that stands under a key of an optimizer with these settings, as a schedule of gradients; raises Refusal."""
    if schedule is None or not convention.counts_updates:
        return schedule
    if settings.get("lookahead_reset"):
        raise refuse(f"expected no schedule with lookahead_reset: {convention.name} starts a schedule anew after each return", key)
    gradients = settings.get("accumulation_steps", 1.0)
    if settings.get("sam_visible"):
        gradients *= settings.get("sam_period", SAM_PERIOD.default)
    try:
        return held(schedule, gradients)
    except Refusal as refusal:
        raise refusal.under(key) from None

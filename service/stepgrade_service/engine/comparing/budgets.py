"""Steps and schedules by label: what each optimizer has for itself, and what is said of a comparison that gives them unequal ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..reading.bounds import MOST_STEPS
from ..reading.faults import Collector, refuse, unknown, whole
from ..reading.tensors import expected, is_number
from ..schedules import Schedule
from ..schedules.resolve import CONSTANT
from ..schedules.resolve import resolve as resolve_schedule

#: What may differ from label to label, and what an answer says of it.
STEPS, SCHEDULE = "steps", "schedule"
NOTES = {
    (STEPS,): "The optimizers have different numbers of steps. So the ranking is not fair.",
    (SCHEDULE,): "The optimizers have different schedules of the learning rate. So the ranking is not fair.",
    (STEPS, SCHEDULE): "The optimizers have different numbers of steps and different schedules. So the ranking is not fair.",
}


@dataclass(frozen=True)
class Budgets:
    """Steps and schedules, each in the order of the labels, where they were given by label and are not all the same."""

    steps: Mapping[str, int] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)

    @property
    def differing(self) -> tuple[str, ...]:
        """What differs from label to label."""
        return (*((STEPS,) if self.steps else ()), *((SCHEDULE,) if self.schedules else ()))

    @property
    def note(self) -> str | None:
        """What is said of it; None where nothing differs."""
        return NOTES.get(self.differing)

    @property
    def echo(self) -> dict[str, Any]:
        """As one writes it."""
        schedules = {label: schedule.echo for label, schedule in self.schedules.items()}
        return {**({STEPS: dict(self.steps)} if self.steps else {}), **({SCHEDULE: schedules} if schedules else {})}


def is_by_label(value: Mapping[str, Any], labels: Sequence[str]) -> bool:
    """Whether the keys of an object are all labels."""
    return bool(value) and set(value) <= set(labels)


def read_steps(value: Mapping[str, Any], labels: Sequence[str]) -> dict[str, int]:
    """The steps of each optimizer; raises Refusal with every fault."""
    faults, steps = Collector(), dict[str, int]()
    wanted = f"a whole number from 0 to {MOST_STEPS}"
    for before, (label, count) in enumerate(value.items()):
        with faults.at(label):
            if label not in labels:
                raise refuse(unknown("label", label, labels, before=before))
            number = whole(count)
            if number is None or not 0 <= number <= MOST_STEPS:
                raise refuse(f"expected {wanted}" if is_number(count) else expected(wanted, count))
            steps[label] = number
    missing = [label for label in labels if label not in value]
    if missing and not faults.faults:
        faults.add(f"expected the steps of every label; there are none for {', '.join(missing)}")
    faults.settle()
    return {label: steps[label] for label in labels}


def read_schedules(value: Mapping[str, Any], labels: Sequence[str]) -> dict[str, Schedule]:
    """The schedule of each optimizer, none for a label that is left out; raises Refusal with every fault."""
    faults, schedules = Collector(), dict.fromkeys(labels, CONSTANT)
    for label, written in value.items():
        with faults.at(label):
            schedules[label] = resolve_schedule(written)
    faults.settle()
    return schedules


def hold_length(schedule: Schedule, steps: int) -> None:
    """Raise Refusal where a list of learning rates is too short."""
    if schedule.length is not None and schedule.length < steps:
        raise refuse(f"expected a learning rate for each of {steps} steps, got {schedule.length}")

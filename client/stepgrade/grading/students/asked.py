"""What a teacher asked for: the optimizer as the service resolves it, its state, and the inputs that are not random."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from stepgrade.caller import Caller
from stepgrade.encoding import body
from stepgrade.errors import NotFound, NotInBundle, UnexpectedAnswer
from stepgrade.grading.catalogue import Probe
from stepgrade.grading.students import inputs
from stepgrade.grading.students.memory import Memory
from stepgrade.grading.students.styles.style import arrays_in
from stepgrade.messages import Json
from stepgrade.results import Result, Step


@dataclass(frozen=True)
class Asked:
    """What was asked for: the optimizer as it is written and as it is resolved, its slots, and the inputs that are not random.

    `memory` is what the code keeps outside of its arguments: each case begins as if the code were new.
    """

    optimizer: str | Mapping[str, Any]
    echo: Json
    slots: Json
    requests: Sequence[Mapping[str, Any]]
    memory: Memory


def known(
    client: Caller, optimizer: str | Mapping[str, Any], references: Sequence[Mapping[str, Any]] | None
) -> tuple[Json, dict[str, Any], Sequence[Mapping[str, Any]]]:
    """The optimizer as resolved, its slots, and the inputs that are not random."""
    probe = None if references else _probe(client, optimizer)
    if probe is not None:
        return probe.optimizer, _slots_of(probe), probe.reference
    try:
        first: Step[Any] = client.ask("/step", body(optimizer=optimizer, params=[1.0], gradient=[1.0]), Step.read)
    except NotInBundle:
        if not references:
            raise
        return mapping(optimizer), inputs.slots_in(references), references
    slots = {name: slot for name, slot in first.state.items() if name != "t"}
    with _told_of(first):
        return first.optimizer, slots, references or inputs.built_in(first.optimizer, slots)


def with_fixed(request: Mapping[str, Any], optimizer: str | Mapping[str, Any], fixed: Mapping[str, Any]) -> Json:
    """The request with the hyperparameters that the student's code has no argument for; unchanged if they are the same."""
    own = request.get("optimizer", optimizer)
    changed = {name: fixed[name] for name, value in mapping(own).items() if name in fixed and fixed[name] != value}
    return {**request, "optimizer": {**mapping(own), **changed} if changed else own}


def mapping(optimizer: Any) -> Json:
    """An optimizer as an object: its name alone will do."""
    return dict(optimizer) if isinstance(optimizer, Mapping) else {"name": optimizer}


def _probe(client: Caller, optimizer: str | Mapping[str, Any]) -> Probe | None:
    """The service's probe; None where it has none."""
    try:
        return client.ask("/probe", body(optimizer=optimizer), Probe.read)
    except NotFound:
        return None


def _slots_of(probe: Probe) -> dict[str, Any]:
    """The slots in the states of a probe, all of whose requests are inputs."""
    with _told_of(probe):
        slots = inputs.slots_in(probe.reference)
        cases = [inputs.case(each, {**probe.optimizer, **mapping(each.get("optimizer", {}))}, slots) for each in probe.reference]
        if not cases or not all(any(part.size for part in arrays_in(case.start)) for case in cases):
            raise ValueError("a probe has inputs, and these have numbers")
    return slots


@contextmanager
def _told_of(answer: Result) -> Iterator[None]:
    """Raise UnexpectedAnswer where no input can be made of an answer: neither the student nor the caller made a mistake."""
    try:
        yield
        return
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
        pass
    message = "The numbers of the service cannot be inputs for a student's code. Check base_url (or STEPGRADE_URL)."
    raise UnexpectedAnswer(message, request_id=answer.request_id)

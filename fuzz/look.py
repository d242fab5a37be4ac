"""What was seen of a case: whether it is a finding, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .case import Case
from .dice import Dice


@dataclass(frozen=True)
class Look:
    """`found` says what is wrong, or is empty; `label` is what the case is counted under."""

    label: str
    found: str = ""
    cpu: float = 0.0
    parse: float = 0.0


@dataclass(frozen=True)
class Limits:
    """What a case may cost: seconds of a processor, seconds of a clock, and the memory of a worker in MiB."""

    cpu: float = 20.0
    seconds: float = 20.0
    memory: int = 1024


class Surface(Protocol):
    """One of the sides from which the service is fuzzed. A worker has one of its own."""

    #: So many cases a worker gets at a time.
    chunk: int

    def case(self, dice: Dice) -> Case:
        """A case at random."""

    def look(self, case: Case, often: bool = False) -> Look:
        """Send a case and judge what comes back, `often`: with all that is otherwise looked at in a part of the cases alone."""

    def smaller(self, case: Case, found: str) -> Case:
        """A smaller case with the same finding."""

    def memory(self) -> float:
        """Resident memory of the process that works on the cases, in MiB."""

    def close(self) -> None:
        """End what was started."""

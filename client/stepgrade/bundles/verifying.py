"""Hold a bundle to what a service answers now."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from stepgrade.asker import Asker
from stepgrade.bundles.building import REFUSED, ask
from stepgrade.bundles.bundle import Bundle, Kept
from stepgrade.bundles.calls import MISSING, Call, differences
from stepgrade.results.blocks import Block, Table, as_text

DIGITS = 1e-9  # numbers that differ by less are those of another kind of processor


@dataclass(frozen=True)
class Change:
    """One answer that is another now.

    Attributes
    ----------
    call : Call
        `path`, `form` and `body`.
    pointer : str
        Where in the answer the first difference is.
    kept, now : Any
        What stands there.
    largest : float or None
        The largest relative difference of its numbers; None where something else differs too.
    """

    call: Call
    pointer: str
    kept: Any
    now: Any
    largest: float | None


@dataclass(frozen=True)
class Verification:
    """What has become of a bundle's answers.

    Attributes
    ----------
    bundle : Bundle
    engine : str
        The service's version now.
    changes : tuple of Change
        The answers that are others now.
    """

    bundle: Bundle
    engine: str
    changes: tuple[Change, ...]

    @property
    def same_engine(self) -> bool:
        """Whether the bundle was built with the service's version."""
        return self.engine == self.bundle.engine

    @property
    def passed(self) -> bool:
        """Whether every answer and the version are the same."""
        return self.same_engine and not self.changes

    def table(self) -> str:
        """Write it as text for people."""
        count = len(self.bundle.answers)
        told: list[Block] = [f"{self.bundle.title or 'the bundle'}: {count - len(self.changes)} of {count} answers are the same."]
        if not self.same_engine:
            told.append(f"The bundle is of engine {self.bundle.engine}; the service has {self.engine}.")
        if self.changes:
            rows = [(each.call.path, each.pointer, _shown(each.kept), _shown(each.now), each.largest) for each in self.changes]
            told.append(Table(("call", "first difference", "kept", "now", "largest"), rows))
            if all(each.largest is not None and each.largest < DIGITS for each in self.changes):
                told.append("Only last digits differ, as on another kind of processor.")
        return as_text(told)


def verify(bundle: Bundle | str | os.PathLike[str], client: Asker) -> Verification:
    """Ask again for everything in a bundle, and say what is another answer now.

    Raises
    ------
    ConfigurationError
        The file is no bundle.
    ServiceUnreachable, ServerError, TooManyRequests
        As any call of the client.
    """
    kept = bundle if isinstance(bundle, Bundle) else Bundle.read(bundle)
    engine = kept.engine
    changes = list[Change]()
    for each in kept.answers:
        try:
            again, engine = next(ask(each.call, client))
            answer = again.answer
        except REFUSED as error:
            answer = {"refused": error.detail or error.message}
        changes += _change(each, answer)
    return Verification(kept, engine, tuple(changes))


def _change(kept: Kept, answer: Any) -> list[Change]:
    found = [each for each in differences(kept.answer, answer) if each[0] != "/engine"]
    if not found:
        return []
    sizes = [_apart(one, other) for _, one, other in found]
    known = [size for size in sizes if size is not None]
    return [Change(kept.call, *found[0], max(known) if len(known) == len(sizes) else None)]


def _apart(one: Any, other: Any) -> float | None:
    if any(isinstance(each, bool) or not isinstance(each, (int, float)) for each in (one, other)):
        return None
    return float(abs(one - other) / max(abs(one), abs(other)))


def _shown(value: Any) -> Any:
    if value is MISSING:
        return "missing"
    return value if isinstance(value, (str, int, float)) and not isinstance(value, bool) else str(value)

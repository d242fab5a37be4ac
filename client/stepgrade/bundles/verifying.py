"""Compare a bundle with the present answers of a service."""

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
    """One answer that changed.

    Attributes
    ----------
    call : Call
        `path`, `form` and `body`.
    pointer : str
        The place of the first difference in the answer.
    kept, now : Any
        The value there in the bundle, and now.
    largest : float or None
        The largest relative difference of its numbers. None if something that is no number changed.
    """

    call: Call
    pointer: str
    kept: Any
    now: Any
    largest: float | None


@dataclass(frozen=True)
class Verification:
    """The comparison of a bundle with a service.

    Attributes
    ----------
    bundle : Bundle
        The bundle that was compared.
    engine : str
        The present version of the service.
    changes : tuple of Change
        The answers that changed.
    """

    bundle: Bundle
    engine: str
    changes: tuple[Change, ...]

    @property
    def same_engine(self) -> bool:
        """Whether the bundle and the service have the same engine version."""
        return self.engine == self.bundle.engine

    @property
    def passed(self) -> bool:
        """Whether all answers and the version are the same."""
        return self.same_engine and not self.changes

    def table(self) -> str:
        """Write it as text for people."""
        count = len(self.bundle.answers)
        blocks: list[Block] = [f"{self.bundle.title or 'the bundle'}: {count - len(self.changes)} of {count} answers are the same."]
        if not self.same_engine:
            blocks.append(f"The bundle is from engine {self.bundle.engine}. The service has engine {self.engine}.")
        if self.changes:
            rows = [(each.call.path, each.pointer, _shown(each.kept), _shown(each.now), each.largest) for each in self.changes]
            blocks.append(Table(("call", "first difference", "in the bundle", "now", "largest"), rows))
            if all(each.largest is not None and each.largest < DIGITS for each in self.changes):
                blocks.append("Only the last digits differ. Another kind of processor can cause this.")
        return as_text(blocks)


def verify(bundle: Bundle | str | os.PathLike[str], client: Asker) -> Verification:
    """Send all requests of a bundle again, and find the answers that changed.

    Parameters
    ----------
    bundle : Bundle or path
        The bundle, or its file.
    client : Client
        A client of the service.

    Raises
    ------
    ConfigurationError
        The file is no bundle.
    ServiceUnreachable, ServerError, TooManyRequests
        As for every call of the client.
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

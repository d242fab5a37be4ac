"""What is wrong with a request: every fault at once, each with the place it was found."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher, get_close_matches
from itertools import islice, takewhile
from types import TracebackType
from typing import Any

Path = tuple[str | int, ...]

#: So many faults are told, and how many more known names: who made more of them made one of them often.
MOST_FAULTS = 100

#: For so many unknown names of one object the nearest known ones are looked up, and for none that is longer: looking up is slow.
MOST_LOOKED_UP, LONGEST_LOOKED_UP = 10, 64

#: Of more known names only some are told.
MOST_LISTED, SOME_LISTED = 40, 12

#: A name that is so much less like than the nearest one is not told beside it.
LESS_ALIKE = 0.15

#: What is said of a part of a request that has to be there.
MISSING = "this field is missing"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: `path` leads to it from the part of the request that was looked at.

    In a text that is read character by character, `position` is where it is there: offset and length, in characters.
    """

    path: Path
    detail: str
    position: tuple[int, int] | None = None

    def under(self, *prefix: str | int) -> Fault:
        """The same fault, seen from further out."""
        return Fault((*prefix, *self.path), self.detail, self.position)


class Refusal(ValueError):
    """The request was understood and cannot be served; `faults` lists what is wrong, `more` is how many faults there are besides."""

    def __init__(self, faults: Iterable[Fault], more: int = 0) -> None:
        given = iter(faults)
        self.faults = tuple(islice(given, MOST_FAULTS))
        self.more = more + sum(1 for _ in given)
        super().__init__()

    def __str__(self) -> str:
        return "; ".join(f"{'/'.join(map(str, fault.path)) or 'request'}: {fault.detail}" for fault in self.faults)

    def under(self, *prefix: str | int) -> Refusal:
        """The same refusal, its faults seen from further out."""
        return Refusal((fault.under(*prefix) for fault in self.faults), self.more)

    def at_text(self, *path: str, beside: Collection[str] = ()) -> Refusal:
        """The same faults, all told at one text: it has one place. Those of the members `beside` it stay where they are."""
        apart = [fault for fault in self.faults if fault.path and fault.path[0] in beside]
        within = [fault for fault in self.faults if fault not in apart]
        told = [f"{'.'.join(map(str, fault.path))}: {fault.detail}" if fault.path else fault.detail for fault in within]
        return Refusal([*apart, *([Fault(path, "; ".join(told))] if told else [])])

    def of_a_name(self) -> Refusal:
        """The same refusal where the name was written alone, and not in an object: what is wrong with it is wrong with the whole."""
        told = (replace(fault, path=fault.path[1:]) if fault.path[:1] == ("name",) else fault for fault in self.faults)
        return Refusal(told, self.more)


def refuse(detail: str, *path: str | int) -> Refusal:
    """A refusal for one fault."""
    return Refusal([Fault(path, detail)])


def plain(name: str) -> str:
    """A name as it is looked up: without regard to case and underscores."""
    return name.replace("_", "").replace("-", "").casefold()


def unspaced(name: str) -> str:
    """A name as it is compared with those that are known: as it is looked up, and without spaces."""
    return plain(name).replace(" ", "")


def no_name(written: Mapping[str, Any], known: Container[str], listed: Collection[str]) -> str:
    """What is said of an object without a `name`: that another of its keys has it, or which names there are; `known` are plain names."""
    other = next((key for key, value in written.items() if isinstance(value, str) and plain(value) in known), None)
    return f"{MISSING}: write name in place of {other}" if other else f"{MISSING}: expected a name, one of: {names(listed)}"


def unknown(
    what: str, name: str, known: Iterable[str], also: Iterable[str] = (), before: int = 0, meant: Mapping[str, str] | None = None
) -> str:
    """Say that `name` is not one of `known`, which come nearest, those of `also` included, and which there are.

    `before` is how many such names were told before it: the nearest are looked up for the first few. `meant` are names that others
    use, each with the known one to tell in its place.
    """
    listed = list(dict.fromkeys(known))
    near = nearest(name, (*also, *listed), before, meant)
    shown = name if len(name) <= 40 else name[:37] + "..."
    if near and len(listed) > MOST_LISTED:
        return f"unknown {what} {shown!r}; did you mean {' or '.join(near)}?"
    hint = f"did you mean {' or '.join(near)}? Known names: " if near else "known names: "
    return f"unknown {what} {shown!r}; {hint}{names(listed)}"


def names(known: Collection[str]) -> str:
    """Names in a row; of very many the first, and how many more."""
    if len(known) <= MOST_LISTED:
        return ", ".join(known)
    return f"{', '.join(islice(known, SOME_LISTED))} and {len(known) - SOME_LISTED} more"


def nearest(name: str, known: Iterable[str], before: int = 0, meant: Mapping[str, str] | None = None) -> list[str]:
    """The names that come nearest; none for a long name, or behind the first few, since looking up is slow.

    One of `meant` that is near is told as the name that it stands for.
    """
    if before >= MOST_LOOKED_UP or len(name) > LONGEST_LOOKED_UP:
        return []
    asked = unspaced(name)
    by_plain = {unspaced(theirs): own for theirs, own in (meant or {}).items()} | {unspaced(each): each for each in known}
    if asked in by_plain:
        return [by_plain[asked]]
    close = sorted(get_close_matches(asked, by_plain, n=8, cutoff=0.6), key=lambda match: _unlikeness(asked, match))
    alike = [match for match in close if _unlikeness(asked, match) - _unlikeness(asked, close[0]) <= LESS_ALIKE]
    return list(dict.fromkeys(by_plain[match] for match in alike))[:3]


def _unlikeness(name: str, other: str) -> float:
    """How unlike two names are; of names that are as like, those come first that begin in the same way."""
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(name, other, strict=False)))
    return -SequenceMatcher(None, other, name).ratio() - 1e-3 * alike


class Collector:
    """Gathers faults from the parts of a request, so that all of them are told at once; of very many the first, and how many more."""

    def __init__(self, known: Iterable[Fault] = ()) -> None:
        self.faults, self.more = list[Fault](), 0
        self.gather(known)

    def at(self, *path: str | int) -> Place:
        """`with faults.at("optimizer"):` notes what is refused within, as seen from there, and goes on."""
        return Place(self, path)

    def add(self, detail: str, *path: str | int) -> None:
        """Note one fault."""
        self.gather((Fault(path, detail),))

    def gather(self, faults: Iterable[Fault], more: int = 0) -> None:
        """Note some faults, and that there are more of them."""
        given = iter(faults)
        self.faults += islice(given, max(MOST_FAULTS - len(self.faults), 0))
        self.more += more + sum(1 for _ in given)

    @property
    def is_full(self) -> bool:
        """Whether no more faults are told: who goes on looking finds nothing that anybody reads."""
        return len(self.faults) >= MOST_FAULTS

    def settle(self) -> None:
        """Raise Refusal if anything was noted."""
        if self.faults:
            raise Refusal(self.faults, self.more)


class Place:
    """The context in which a Collector notes a refusal."""

    def __init__(self, collector: Collector, path: Path) -> None:
        self.collector, self.path = collector, path

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        if not isinstance(error, Refusal):
            return False
        self.collector.gather(error.under(*self.path).faults, error.more)
        return True


def whole(value: object) -> int | None:
    """A whole number as it may be written in JSON, 3 or 3.0; None where `value` is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, float) and value.is_integer() else None

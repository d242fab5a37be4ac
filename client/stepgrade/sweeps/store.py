"""A directory with the results of a sweep: a shard per chunk, written whole or not at all, so that a sweep that ended can go on."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np

from stepgrade.choices import Keep, Method
from stepgrade.errors import ConfigurationError
from stepgrade.sweeps.calls import CallLines, Calls, digest_of, line_of
from stepgrade.sweeps.flow import Lines, Ranges
from stepgrade.sweeps.grids import Combinations
from stepgrade.sweeps.packing import Packed
from stepgrade.sweeps.shard import DIGEST, read

try:
    import fcntl
except ImportError:  # Windows: there two sweeps into one directory are not found out
    fcntl = None  # type: ignore[assignment]

#: What a directory of ours is known by, and what is in it.
MANIFEST, FORMAT = "sweep.json", {"stepgrade_sweep": 2}
DRAFT, LOCK = ".part", ".lock"
NAME = re.compile(r"(\d{12})-(\d{12})(\.unanswered)?\.npz")


@dataclass(frozen=True)
class Shard:
    """A file with the results of the calls `first` to `last`: all of them are `answered`, or none is."""

    path: Path
    first: int
    last: int
    answered: bool

    @property
    def count(self) -> int:
        """How many calls."""
        return self.last - self.first + 1


class Store:
    """The directory while a sweep writes it.

    Parameters
    ----------
    path : path
        A directory of a sweep of the same calls, or a new one.
    method, keep : str
        What is called, and what is kept.

    Raises
    ------
    ConfigurationError
        The directory is something else, another sweep writes it, or it cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], method: Method, keep: Keep) -> None:
        self.path = Path(path)
        self._facts = {**FORMAT, "method": method, "keep": keep}
        self.engines = set[str]()
        self._lock: BinaryIO | None = None
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._hold()
            found = shards_in(self.path)
            for shard in found:
                if not shard.answered:  # its calls are made again
                    shard.path.unlink()
            self.shards = [shard for shard in found if shard.answered]
        except OSError as error:
            self.close()
            raise _unusable(self.path, error) from error
        except ConfigurationError:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Return the store itself; no other sweep writes it until the end."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Let others write."""
        self.close()

    def close(self) -> None:
        """Let others write."""
        if self._lock is not None:
            self._lock.close()

    @property
    def done(self) -> int:
        """How many calls have their result here."""
        return sum(shard.count for shard in self.shards)

    def missing(self, calls: Iterable[Any]) -> Lines | Ranges:
        """The calls without a result here; raises ConfigurationError where those with one are other calls, and did not fail."""
        if isinstance(calls, Combinations) and (block := calls.block()) is not None:
            return Ranges(block, self._gaps(block, len(calls)))
        return Lines(self._lines(calls), len(calls) - self.done if isinstance(calls, Sized) else None)

    def _gaps(self, block: Callable[[int, int], Calls], count: int) -> Iterator[range]:
        """The numbers of calls between the shards."""
        reached = 0
        for shard in [*self.shards]:
            yield range(reached, min(shard.first, count))
            if not self._holds(shard, block(shard.first, min(shard.last + 1, count)) if shard.first < count else CallLines(())):
                yield range(shard.first, min(shard.last + 1, count))
            reached = shard.last + 1
        yield range(reached, count)

    def _lines(self, calls: Iterable[Any]) -> Iterator[tuple[int, str]]:
        numbered, reached = ((number, line_of(call)) for number, call in enumerate(calls)), 0
        for shard in [*self.shards]:
            for _ in range(reached, shard.first):
                yield from _one(numbered)
            there = [each for _ in range(shard.count) for each in _one(numbered)]
            if not self._holds(shard, CallLines(tuple(line for _, line in there))):
                yield from there
            reached = shard.last + 1
        yield from numbered

    def add(self, made: Packed) -> None:
        """Write the shards of some calls; each is there whole, or not at all."""
        self._hold_engine(made.engines)
        try:
            for piece in made.shards:
                kind = "" if piece.answered else ".unanswered"
                _write(self.path / f"{piece.first:012d}-{piece.last:012d}{kind}.npz", piece.content)
        except OSError as error:
            raise _unusable(self.path, error) from error

    def _hold(self) -> None:
        """Lock the directory, and hold what it has to what this sweep is."""
        manifest = self.path / MANIFEST
        if not manifest.exists():
            if any(entry.suffix not in (DRAFT, LOCK) for entry in self.path.iterdir()):
                raise ConfigurationError(f"{self.path} has other files. Name a new directory for the sweep, or an empty one.")
            _write(manifest, json.dumps(self._facts).encode())
        self._lock = manifest.with_suffix(LOCK).open("wb")
        if fcntl is not None:
            try:
                fcntl.lockf(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # unlike flock's, no forked worker has it too
            except (BlockingIOError, PermissionError):
                raise ConfigurationError(f"Another sweep writes into {self.path} now. Wait, or name another directory.") from None
        facts = facts_of(self.path)
        if facts != self._facts:
            its = ", ".join(f"{name} {facts.get(name)}" for name in ("method", "keep"))
            raise ConfigurationError(f"{self.path} has another sweep ({its}). Name another directory.")

    def _holds(self, shard: Shard, calls: Calls) -> bool:
        """Whether a shard has the results of these calls. Calls that failed are forgotten where others are in their place."""
        arrays = read(shard.path, (DIGEST, "engine", "error"))
        if str(arrays.get(DIGEST)) == digest_of(calls):
            self._hold_engine(frozenset(map(str, np.unique(arrays["engine"]))) - {""} if "engine" in arrays else frozenset())
            return True
        if (arrays.get("error", np.array("")) != "").all():
            shard.path.unlink()
            self.shards.remove(shard)
            return False
        which = f"call {shard.first}" if shard.count == 1 else f"calls {shard.first} to {shard.last}"
        raise ConfigurationError(f"{self.path} has the results of other calls ({which}). Name another directory.")

    def _hold_engine(self, engines: frozenset[str]) -> None:
        self.engines |= engines
        if len(self.engines) > 1:
            versions = ", ".join(sorted(self.engines))
            raise ConfigurationError(
                f"{self.path} would have results of several versions of the engine ({versions}). Name another directory."
            )


def shards_in(path: Path) -> list[Shard]:
    """The shards of a directory, in the order of their calls."""
    found = [(entry, NAME.fullmatch(entry.name)) for entry in path.iterdir()]
    shards = [Shard(entry, int(name[1]), int(name[2]), name[3] is None) for entry, name in found if name]
    return sorted(shards, key=lambda shard: shard.first)


def facts_of(path: Path) -> dict[str, Any]:
    """What a directory says of its sweep; raises ConfigurationError where it is none of ours."""
    try:
        facts = json.loads((path / MANIFEST).read_bytes())
    except (OSError, ValueError):
        facts = None
    if not isinstance(facts, dict) or not facts.items() >= FORMAT.items():
        raise ConfigurationError(f"{path} is not the directory of a sweep, or another version wrote it.")
    return facts


def _one(numbered: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    found = next(numbered, None)
    return iter(() if found is None else (found,))


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, also where the power fails."""
    draft = path.with_suffix(DRAFT)
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _unusable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"The directory {path} cannot be used: {error.strerror or error}.")

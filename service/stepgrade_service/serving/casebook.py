"""Which requests ended workers: a file for each worker that lives, a file for each time that one was ended.

What a worker works on stands in a file of its own, in memory: of a worker that is gone, whatever ended it, the others learn from
there which request that was. Of several it is the one that had run the longest.
"""

from __future__ import annotations

import os
import struct
from hashlib import blake2b
from mmap import mmap
from pathlib import Path
from time import monotonic, time

from .directory import lives

#: A request is refused once it has ended so many workers, for so many seconds.
MOST_ENDED, REFUSED_FOR = 2, 600.0

#: What is worked on: a request's digest, and when it began.
ENTRY = struct.Struct("16sd")
NOTHING = bytes(16)

#: A request is known by its length and by so many bytes of its body from the beginning.
KNOWN_BY = 1 << 16


def digest_of(asked: str, body: bytes) -> bytes:
    """What a request is known by: what is asked of it, and its body."""
    return blake2b(asked.encode() + b"\n%d\n" % len(body) + body[:KNOWN_BY], digest_size=len(NOTHING)).digest()


class Casebook:
    """Which requests ended workers; `places` is how many requests this one works on at a time."""

    def __init__(self, directory: Path, places: int) -> None:
        self.directory = directory
        own = directory / f"worker-{os.getpid()}"
        own.write_bytes(bytes(ENTRY.size * places))
        with own.open("r+b") as file:
            self._working_on = mmap(file.fileno(), ENTRY.size * places)
        self._ended: dict[bytes, list[float]] = {}

    def begin(self, place: int, digest: bytes) -> None:
        """Note what is worked on."""
        ENTRY.pack_into(self._working_on, place * ENTRY.size, digest, monotonic())

    def finish(self, place: int) -> None:
        """Note that nothing is."""
        self._working_on[place * ENTRY.size : place * ENTRY.size + len(NOTHING)] = NOTHING

    def blame(self, place: int) -> None:
        """This worker is about to end because of what is worked on here, and of nothing else."""
        for other in range(len(self._working_on) // ENTRY.size):
            if other != place:
                self.finish(other)

    def has_ended_workers(self, digest: bytes) -> bool:
        """Whether a request has ended too many workers in the last while."""
        if not self._ended:
            return False
        now = monotonic()
        return sum(now - ended < REFUSED_FOR for ended in self._ended.get(digest, ())) >= MOST_ENDED

    def look(self) -> None:
        """Read what the workers that are gone were working on, and what others have read before."""
        for path in self.directory.glob("worker-*"):
            if not lives(int(path.name.removeprefix("worker-"))):
                digest = _longest(_read(path))
                path.unlink(missing_ok=True)
                if digest is not None:
                    (self.directory / f"ended-{digest.hex()}-{path.name}").touch()
        now, known = monotonic(), dict[bytes, list[float]]()
        for path in self.directory.glob("ended-*"):
            try:
                age = max(0.0, time() - path.stat().st_mtime)
            except OSError:  # another worker has just removed it
                continue
            if age > REFUSED_FOR:
                path.unlink(missing_ok=True)
            else:
                known.setdefault(bytes.fromhex(path.name.split("-")[1]), []).append(now - age)
        self._ended = known


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _longest(entries: bytes) -> bytes | None:
    """The digest of the request that had run the longest, None where nothing ran."""
    whole = entries[: len(entries) // ENTRY.size * ENTRY.size]
    working = [(began, digest) for digest, began in ENTRY.iter_unpack(whole) if digest != NOTHING]
    return min(working)[1] if working else None

"""Which requests ended workers: a file for each worker that lives, a file for each time that one was ended.

What a worker works on stands in a file of its own, in memory: of a worker that is gone, whatever ended it, the others learn from
there which requests it worked on. If the watchdog ended it, only the request that ran too long stands there. Otherwise each of them
is a suspect until it is answered. A worker works on one suspect at a time, so the next end tells which of them it was.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection
from hashlib import blake2b
from mmap import mmap
from pathlib import Path
from threading import Lock
from time import monotonic, time

from .directory import lives

logger = logging.getLogger("stepgrade_service")

#: A request is refused once it has ended so many workers, for so many seconds.
MOST_ENDED, REFUSED_FOR = 2, 600.0

#: A file may be so many seconds younger than the clock says it can be.
JITTER = 1.0

#: The bytes of a digest, and what stands in the place of one where nothing is worked on.
SIZE = 16
NOTHING = bytes(SIZE)

#: A request is known by its length and by so many bytes of its body from the beginning.
KNOWN_BY = 1 << 16


def digest_of(asked: str, body: bytes) -> bytes:
    """What a request is known by: what is asked of it, and its body."""
    return blake2b(asked.encode() + b"\n%d\n" % len(body) + body[:KNOWN_BY], digest_size=len(NOTHING)).digest()


class Casebook:
    """Which requests ended workers; `places` is how many requests this one works on at a time."""

    def __init__(self, directory: Path, places: int) -> None:
        self.directory = directory
        self._working_on = _noted(file_of(directory, os.getpid()), SIZE * places)
        self._ended: dict[bytes, list[float]] = {}
        self._lock = Lock()

    def begin(self, place: int, digest: bytes) -> bool:
        """Note what is worked on; False, and nothing is noted, for a suspect while another is worked on."""
        with self._lock:
            if digest in self._ended and not self._ended.keys().isdisjoint(_digests(self._working_on)):
                return False
            self._working_on[place * SIZE : (place + 1) * SIZE] = digest
        return True

    def finish(self, place: int) -> None:
        """Note that nothing is. Whatever was worked on here is answered, so it is no suspect any more."""
        digest = self._working_on[place * SIZE : (place + 1) * SIZE]
        self._clear(place)
        if digest in self._ended:
            self._acquit(digest)

    def blame(self, place: int) -> None:
        """This worker is about to end because of what is worked on here, and of nothing else."""
        for other in range(len(self._working_on) // SIZE):
            if other != place:
                self._clear(other)

    def has_ended_workers(self, digest: bytes) -> bool:
        """Whether a request has ended too many workers in the last while."""
        if not self._ended:
            return False
        now = monotonic()
        return sum(now - ended < REFUSED_FOR for ended in self._ended.get(digest, ())) >= MOST_ENDED

    def look(self) -> None:
        """Read what the workers that are gone were working on, and what others have read before."""
        self._ended = self._marks()
        gone = [path for path in self.directory.glob("worker-*") if not lives(int(path.name.removeprefix("worker-")))]
        for path in gone:
            for digest in _suspects(_digests(_read(path)), self._ended):
                (self.directory / f"ended-{digest.hex()}-{path.name}").touch()
            path.unlink(missing_ok=True)
        if gone:
            self._ended = self._marks()

    def _marks(self) -> dict[bytes, list[float]]:
        """When each suspect's workers ended; marks that are too old are removed."""
        now, known = monotonic(), dict[bytes, list[float]]()
        for path in self.directory.glob("ended-*"):
            try:
                age = time() - path.stat().st_mtime
            except OSError:  # another worker has just removed it
                continue
            if not -JITTER <= age <= REFUSED_FOR:  # the clock of the machine may have been set back, by a day too
                path.unlink(missing_ok=True)
            else:
                known.setdefault(bytes.fromhex(path.name.split("-")[1]), []).append(now - age)
        return known

    def _clear(self, place: int) -> None:
        self._working_on[place * SIZE : (place + 1) * SIZE] = NOTHING

    def _acquit(self, digest: bytes) -> None:
        self._ended = {other: ended for other, ended in self._ended.items() if other != digest}
        for path in self.directory.glob(f"ended-{digest.hex()}-*"):
            path.unlink(missing_ok=True)


def file_of(directory: Path, pid: int) -> Path:
    """Where a worker notes what it works on."""
    return directory / f"worker-{pid}"


def blame_nothing(directory: Path, pid: int) -> None:
    """A worker is about to be ended, and not because of what it works on."""
    file_of(directory, pid).unlink(missing_ok=True)


def _noted(path: Path, size: int) -> mmap:
    """A file in memory, of zeros. Where the disk is full there is none: then the others do not learn why this worker ended."""
    try:
        path.write_bytes(bytes(size))
        with path.open("r+b") as file:
            return mmap(file.fileno(), size)
    except OSError as error:
        logger.warning("A worker cannot write down its requests: %s. If one of them ends it, the service cannot tell which one.", error)
        return mmap(-1, size)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _digests(entries: bytes | mmap) -> set[bytes]:
    """What is worked on."""
    return {entries[begin : begin + SIZE] for begin in range(0, len(entries) - SIZE + 1, SIZE)} - {NOTHING}


def _suspects(worked_on: set[bytes], suspects: Collection[bytes]) -> set[bytes]:
    """Which of the requests of a worker that is gone may have ended it: those that were suspects before, else all."""
    return worked_on & set(suspects) or worked_on

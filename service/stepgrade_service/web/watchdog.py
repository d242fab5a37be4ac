"""Ends a worker whose request runs past its time, and refuses a request that ended workers before.

A worker works on one request at a time. What it works on stands in a file of its own, in memory: of a worker that is gone, whatever
ended it, the others learn from there which request that was.
"""

from __future__ import annotations

import logging
import os
import signal
import tempfile
from hashlib import blake2b
from mmap import mmap
from pathlib import Path
from threading import Thread
from time import monotonic, sleep, time

from flask import Flask, current_app, g, request

from .problems import ApiProblem

#: How often the watchdog looks, and how long after it the system ends a worker in which nothing looks any more, in seconds.
INTERVAL, GRACE = 0.2, 1.0

#: A request is refused once it has ended so many workers, for so many seconds.
MOST_ENDED, REFUSED_FOR = 2, 600.0

#: The exit code of a worker that ends itself: EX_TEMPFAIL.
EXIT_CODE = 75

DIGEST = 16
NOTHING = bytes(DIGEST)

#: A request is known by its length and by so many bytes of its body from the beginning.
KNOWN_BY = 1 << 16

logger = logging.getLogger("stepgrade_service")


def digest_of(asked: str, body: bytes) -> bytes:
    """What a request is known by: what is asked of it, and its body."""
    return blake2b(asked.encode() + b"\n%d\n" % len(body) + body[:KNOWN_BY], digest_size=DIGEST).digest()


class Casebook:
    """Which requests ended workers: a file for each worker that lives, a file for each time that one was ended."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        own = directory / f"worker-{os.getpid()}"
        own.write_bytes(NOTHING)
        with own.open("r+b") as file:
            self._working_on = mmap(file.fileno(), DIGEST)
        self._ended: dict[bytes, list[float]] = {}
        self._looked = float("-inf")

    def begin(self, digest: bytes) -> None:
        """Note what is worked on."""
        self._working_on[:] = digest

    def finish(self) -> None:
        """Note that nothing is."""
        self._working_on[:] = NOTHING

    def has_ended_workers(self, digest: bytes) -> bool:
        """Whether a request has ended too many workers in the last while."""
        now = monotonic()
        if now - self._looked > 1.0:
            self._looked = now
            self._look(now)
        return sum(now - ended < REFUSED_FOR for ended in self._ended.get(digest, ())) >= MOST_ENDED

    def _look(self, now: float) -> None:
        """Read what the workers that are gone were working on, and what others have read before."""
        for path in self.directory.glob("worker-*"):
            if not _lives(int(path.name.removeprefix("worker-"))):
                digest = _read(path)
                path.unlink(missing_ok=True)
                if digest not in (NOTHING, b""):
                    (self.directory / f"ended-{digest.hex()}-{path.name}").touch()
        known: dict[bytes, list[float]] = {}
        for path in self.directory.glob("ended-*"):
            try:
                age = _age(path)
            except OSError:  # another worker has just removed it
                continue
            if age > REFUSED_FOR:
                path.unlink(missing_ok=True)
            else:
                known.setdefault(bytes.fromhex(path.name.split("-")[1]), []).append(now - age)
        self._ended = known


def _lives(pid: int) -> bool:
    """Whether there is a process of that number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _age(path: Path) -> float:
    """Seconds since a file was made, by the clock of files."""
    return max(0.0, time() - path.stat().st_mtime)


class Watchdog:
    """Watches over the request of this worker; `seconds` is how long one may take."""

    def __init__(self, seconds: float, directory: Path) -> None:
        self.seconds = seconds
        self.casebook = Casebook(directory)
        self._began = float("inf")
        self._request_id = ""
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        Thread(target=self._watch, name="watchdog", daemon=True).start()

    def begin(self, request_id: str, digest: bytes) -> None:
        """A request is worked on from now on. The timer is the system's: it also ends code that lets no thread run."""
        self.casebook.begin(digest)
        self._request_id, self._began = request_id, monotonic()
        signal.setitimer(signal.ITIMER_REAL, self.seconds + GRACE)

    def finish(self) -> None:
        """It is done."""
        self._began = float("inf")
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        self.casebook.finish()

    def _watch(self) -> None:
        while True:
            sleep(INTERVAL)
            if monotonic() - self._began > self.seconds:
                logger.error("request %s ran for more than %g s: this worker ends, and a new one starts", self._request_id, self.seconds)
                os._exit(EXIT_CODE)


def directory_of(port: int) -> Path:
    """Where the workers of one server note what they work on."""
    return Path(tempfile.gettempdir()) / f"stepgrade-{os.getuid()}-{port}"


def begin(body: bytes) -> None:
    """The body of a request is read, and work on it begins; raises ApiProblem for a request that ended workers before."""
    watchdog: Watchdog | None = current_app.config.get("WATCHDOG")
    if watchdog is None:
        return
    digest = digest_of(f"{request.full_path} {request.headers.get('Accept', '')}", body)
    if watchdog.casebook.has_ended_workers(digest):
        detail = "this request ran for too long and was ended; it is not tried again for some minutes. Ask for less"
        raise ApiProblem(503, "ended-before", "The request was ended before", detail, headers={"Retry-After": f"{REFUSED_FOR:.0f}"})
    watchdog.begin(g.get("request_id", ""), digest)


def _finish(_: BaseException | None) -> None:
    watchdog: Watchdog | None = current_app.config.get("WATCHDOG")
    if watchdog is not None:
        watchdog.finish()


def install(app: Flask, watchdog: Watchdog) -> None:
    """Let the requests of this app be watched over; one worker, one request at a time."""
    app.config["WATCHDOG"] = watchdog
    app.teardown_request(_finish)

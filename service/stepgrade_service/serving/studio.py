"""Pictures are drawn in a process of their own, so that no step waits for one: matplotlib holds Python's lock most of the time.

A worker has a *template*: a process that was forked before the worker had threads, with everything loaded. The worker asks it for a
*drawer*, which is forked from it, and draws one picture after another. So a drawer shares its memory with the worker, and if it ends, by
a fault or because the system has no memory left, the worker gets a new one.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import pickle
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from math import inf
from multiprocessing.connection import Connection
from pathlib import Path
from select import select
from threading import Condition
from time import monotonic
from typing import Any, NamedTuple, NoReturn

from ..engine.running.giving_way import aside
from ..web.problems import ApiProblem, NotBegun

#: Where a drawer and its worker want the same processor, the drawer gets a tenth of it (nice(2)).
NICE = 10

#: Where memory is short, the system ends first what has the highest score (proc(5), oom_score_adj): a drawer has so much more than its
#: worker.
ENDED_FIRST, HIGHEST = 500, 1000

#: After so many pictures a drawer ends, and with it what its pictures have left in memory.
PICTURES = 200

#: So many drawers may end while they draw one picture.
TRIES = 2

#: So many seconds a picture waits for the one before it; then it gets a drawer of its own, if there are not so many already. One is for
#: what takes long, and one for the others: more would share the same processors, so that none ends in time, and each needs memory.
WAITS, MOST = 0.5, 2

STANDARD_ERROR = 2

#: What the worker and its template say to each other: a drawer is asked for, it could not be had. One that could is told by the number of
#: its process.
ASKED, NONE, LONGEST = b"?", b"-", 20

#: A template that has not answered after so many seconds never will. Before its first answer it loads what draws.
ANSWERS_WITHIN = 15.0

#: Asks the system for a signal when the process that has forked this one is gone (prctl(2)).
PR_SET_PDEATHSIG = 1

#: Loaded by the template when a picture is asked for, or after so many seconds: then a worker that has just started has begun to answer.
LOADS_AFTER = 5.0
DRAWING = ("comparison", "curves", "heat", "paths")

Draw = Callable[[Any], Any]

logger = logging.getLogger("stepgrade_service")


class Raised(NamedTuple):
    """An exception on its way to another process: many cannot be pickled, because they are not made from their `args`."""

    kind: type[Exception]
    arguments: tuple[Any, ...]
    state: dict[str, Any]

    def again(self) -> Exception:
        """The exception; its notes say where it was raised."""
        error = self.kind.__new__(self.kind, *self.arguments)
        vars(error).update(self.state)
        return error


class Drawer:
    """A process that draws, as its worker sees it."""

    def __init__(self, descriptor: int, process: int) -> None:
        self.drawn, self._process = 0, process
        self._pipe: Connection[Any, Any] = Connection(descriptor)

    def draw(self, errand: Any, seconds: float) -> tuple[Any, Raised | None]:
        """What it answers; raises EOFError or OSError where it has ended, ApiProblem 503 where it takes longer: then it is ended."""
        self.drawn += 1
        self._pipe.send(errand)
        if not self._pipe.poll(max(seconds, 0.0) if seconds < inf else None):
            os.kill(self._process, signal.SIGKILL)
            raise took_too_long()
        answer: tuple[Any, Raised | None] = self._pipe.recv()
        return answer

    def dismiss(self) -> None:
        """It ends when it has nobody to draw for."""
        self._pipe.close()


class Studio:
    """The worker's side: who draws for it. One drawer draws the pictures one after another; another is there only while one takes long.

    A picture waits at most so many seconds for them.
    """

    def __init__(self, template: socket.socket, seconds: float) -> None:
        template.settimeout(ANSWERS_WITHIN)
        self._template: socket.socket | None = template
        self._idle: Drawer | None = None
        self._seconds, self._busy, self._changed = seconds, 0, Condition()

    def __call__(self, errand: Any, seconds: float = inf) -> Any:
        """What a drawer answers to an errand within so many seconds; None where no drawer can be had.

        Raises what the drawer raised, or ApiProblem 503.
        """
        ends = monotonic() + seconds
        with aside():
            for _ in range(TRIES):
                drawer = self._take()
                if drawer is None:
                    return None
                is_sound = False
                try:
                    answer, raised = drawer.draw(errand, ends - monotonic())
                    is_sound = drawer.drawn < PICTURES and not (raised and issubclass(raised.kind, MemoryError))
                except (EOFError, OSError):
                    continue
                finally:
                    self._give_back(drawer, is_sound)
                if raised is not None:
                    raise raised.again()
                return answer
        raise ended_twice()

    def _take(self) -> Drawer | None:
        """The drawer that has nothing to do, after a while a new one; None where none can be had. Raises ApiProblem 503."""
        with self._changed:
            is_free = self._changed.wait_for(lambda: self._idle or not self._busy, WAITS)
            if not is_free and not self._changed.wait_for(lambda: self._idle or self._busy < MOST, self._seconds):
                raise others_are_drawn()
            drawer, self._idle = self._idle or self._hire(), None
            self._busy += drawer is not None
            return drawer

    def _give_back(self, drawer: Drawer, is_sound: bool) -> None:
        with self._changed:
            self._busy -= 1
            if is_sound and self._idle is None:
                self._idle = drawer
            else:
                drawer.dismiss()
            self._changed.notify_all()  # they do not all wait for the same

    def _hire(self) -> Drawer | None:
        if self._template is None:
            return None
        try:
            self._template.sendall(ASKED)
            answer, descriptors, *_ = socket.recv_fds(self._template, LONGEST, 1)
        except OSError:
            answer, descriptors = b"", []
        if not answer:
            self._template.close()
            self._template = None
            logger.warning(
                "a process that helps this worker to draw pictures has ended, or does not answer."
                " From now on the worker draws them itself, and steps wait for them. Restart the server to change that"
            )
        return Drawer(descriptors[0], int(answer)) if descriptors else None


def opened(draw: Draw, seconds: float) -> Studio | None:
    """A studio whose drawers call `draw`, and for which a picture waits at most so many seconds.

    None where a process cannot be forked safely: it has threads, or the system is not Linux.
    """
    if sys.platform != "linux":
        return None
    if (threads := len(os.listdir("/proc/self/task"))) > 1:
        logger.warning("a worker draws its pictures itself, and steps wait for them: it has %d threads at its start", threads)
        return None
    ours, theirs = socket.socketpair()
    worker = os.getpid()
    with theirs:
        try:
            if os.fork() == 0:
                _run(_be_template, draw, theirs, worker)
        except OSError as error:
            logger.warning("a worker draws its pictures itself, and steps wait for them: no process could be started for them (%s)", error)
            ours.close()
            return None
    return Studio(ours, seconds)


def _run(act: Callable[..., None], *arguments: Any) -> NoReturn:
    """What a forked process does. It never returns into the code of the worker that has forked it."""
    code = 1
    try:
        act(*arguments)
        code = 0
    except BaseException:
        with suppress(BaseException):
            traceback.print_exc()
    finally:
        os._exit(code)


def _be_alone(kept: int, parent: int) -> None:
    """Leave the worker's connections and signals to it, and end when it does."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries those that end
    signal.set_wakeup_fd(-1)
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        if descriptor > STANDARD_ERROR and descriptor != kept:
            with suppress(OSError):  # the one with which the directory was read
                os.close(descriptor)
    _end_with(parent)
    os.setsid()


def _step_back() -> None:
    """Let those who answer come first at the processor."""
    os.nice(NICE)
    _tell_system("autogroup", NICE)


def _load() -> None:
    for name in DRAWING:
        import_module(f"stepgrade_service.pictures.{name}")
    gc.freeze()


def _tell_system(name: str, value: int) -> None:
    with suppress(OSError):  # not every system has it, or lets us
        Path(f"/proc/self/{name}").write_text(str(value), encoding="ascii")


def _end_with(parent: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _be_template(draw: Draw, worker: socket.socket, parent: int) -> None:
    """Fork a drawer each time that the worker asks for one."""
    _be_alone(worker.fileno(), parent)
    is_awaited, _, _ = select([worker], [], [], LOADS_AFTER)
    # With a tenth of a busy processor to load with, the first picture would take several seconds.
    for prepare in (_load, _step_back) if is_awaited else (_step_back, _load):
        prepare()
    own = os.getpid()
    while worker.recv(1):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            try:
                if (drawer := os.fork()) == 0:
                    _run(_be_drawer, draw, theirs, own, (worker, ours))
            except OSError:  # there are too many processes just now
                worker.sendall(NONE)
            else:
                socket.send_fds(worker, [str(drawer).encode()], [ours.fileno()])


def _be_drawer(draw: Draw, worker: socket.socket, parent: int, others: Sequence[socket.socket]) -> None:
    """Draw what the worker asks for, until it asks for no more."""
    for other in others:
        other.close()
    _end_with(parent)
    with suppress(OSError):  # not the template: its end would free nothing, for what it has others have too
        own = int(Path("/proc/self/oom_score_adj").read_text())
        _tell_system("oom_score_adj", min(own + ENDED_FIRST, HIGHEST))
    pipe: Connection[Any, Any] = Connection(worker.detach())
    with suppress(EOFError, OSError):  # the worker is gone, or has sent this drawer away
        while True:
            pipe.send(_answer(draw, pipe.recv()))


def _answer(draw: Draw, errand: Any) -> tuple[Any, Raised | None]:
    """What was drawn, or what was raised."""
    try:
        return draw(errand), None
    except Exception as error:
        where = "".join(traceback.format_tb(error.__traceback__))
        error.add_note(f"in the process that draws:\n{where}")  # without its text, which may quote what was posted, for the log
        raised = Raised(type(error), error.args, vars(error))
        try:
            pickle.dumps(raised)
        except Exception:
            return None, Raised(RuntimeError, (f"{type(error).__name__}: {error}",), {"__notes__": error.__notes__})
        return None, raised


def ended_twice() -> ApiProblem:
    """503 for a picture for which drawers have ended."""
    detail = (
        "the process that draws pictures ended twice while it drew this one. Ask for less, for example for fewer steps, or send the request"
        " again later"
    )
    return ApiProblem(503, "ended-before", "The request was ended before", detail, headers={"Retry-After": "10"})


def took_too_long() -> ApiProblem:
    """503 for a picture that was not ready in the time that a request has."""
    detail = "the picture was not ready in time. Ask for less, for example for fewer steps, or send the request again later"
    return ApiProblem(503, "overloaded", "Too many requests wait", detail, headers={"Retry-After": "5"})


def others_are_drawn() -> NotBegun:
    """503 for a picture that nobody was free to draw."""
    detail = "the service draws other pictures now, and each of them takes long; send this request again later"
    return NotBegun(503, "overloaded", "Too many requests wait", detail, headers={"Retry-After": "5"})

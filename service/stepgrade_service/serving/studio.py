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
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Condition
from typing import Any, NamedTuple, NoReturn

from ..engine.running.giving_way import aside
from ..web.problems import ApiProblem

#: Where a drawer and its worker want the same processor, the drawer gets a third of it (nice(2)). With much less than that, a large
#: picture would run past the time of a request.
NICE = 3

#: Where memory is short, the system ends first what has the highest score (proc(5), oom_score_adj): a drawer has so much more than its
#: worker.
ENDED_FIRST, HIGHEST = 500, 1000

#: After so many pictures a drawer ends, and with it what its pictures have left in memory.
PICTURES = 500

#: So many drawers may end while they draw one picture.
TRIES = 2

#: So many seconds a picture waits for the one before it; then it gets a drawer of its own.
WAITS = 0.5

STANDARD_ERROR = 2

#: Has a process get a signal when the one that has forked it is gone (prctl(2)).
PR_SET_PDEATHSIG = 1

#: Loaded by the template before the first drawer is forked.
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

    def __init__(self, descriptor: int) -> None:
        self.drawn = 0
        self._pipe: Connection[Any, Any] = Connection(descriptor)

    def draw(self, errand: Any) -> tuple[Any, Raised | None]:
        """What it answers; raises EOFError or OSError where it has ended."""
        self.drawn += 1
        self._pipe.send(errand)
        answer: tuple[Any, Raised | None] = self._pipe.recv()
        return answer

    def dismiss(self) -> None:
        """It ends when it has nobody to draw for."""
        self._pipe.close()


class Studio:
    """The worker's side: who draws for it. One drawer draws the pictures one after another; others are there only while one takes long."""

    def __init__(self, template: socket.socket) -> None:
        self._template: socket.socket | None = template
        self._idle: Drawer | None = None
        self._busy, self._changed = 0, Condition()

    def __call__(self, errand: Any) -> Any:
        """What a drawer answers to an errand; None where there are no drawers any more. Raises what it raised, or ApiProblem 503."""
        with aside():
            for _ in range(TRIES):
                drawer = self._take()
                if drawer is None:
                    return None
                is_sound = False
                try:
                    answer, raised = drawer.draw(errand)
                    is_sound = drawer.drawn < PICTURES
                except (EOFError, OSError):
                    continue
                finally:
                    self._give_back(drawer, is_sound)
                if raised is not None:
                    raise raised.again()
                return answer
        raise ended_twice()

    def _take(self) -> Drawer | None:
        """The drawer that has nothing to do, after a while a new one; None where the template is gone."""
        with self._changed:
            self._changed.wait_for(lambda: self._idle or not self._busy, WAITS)
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
            self._changed.notify()

    def _hire(self) -> Drawer | None:
        if self._template is None:
            return None
        try:
            self._template.sendall(b"1")
            _, [descriptor], *_ = socket.recv_fds(self._template, 1, 1)
        except (OSError, ValueError):
            self._template.close()
            self._template = None
            return None
        return Drawer(descriptor)


def opened(draw: Draw) -> Studio | None:
    """A studio whose drawers call `draw`. None where a process cannot be forked safely: it has threads, or the system is not Linux."""
    if sys.platform != "linux":
        return None
    if (threads := len(os.listdir("/proc/self/task"))) > 1:
        logger.warning("a worker draws its pictures itself, and steps wait for them: it has %d threads at its start", threads)
        return None
    ours, theirs = socket.socketpair()
    worker = os.getpid()
    if os.fork() == 0:
        _be_alone(theirs.fileno(), worker)
        _run(_be_template, draw, theirs)
    theirs.close()
    return Studio(ours)


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
    os.nice(NICE)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICE), encoding="ascii")
    with suppress(OSError):
        score = Path("/proc/self/oom_score_adj")
        score.write_text(str(min(int(score.read_text()) + ENDED_FIRST, HIGHEST)), encoding="ascii")


def _end_with(parent: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _be_template(draw: Draw, worker: socket.socket) -> None:
    """Fork a drawer each time that the worker asks for one."""
    own = os.getpid()
    while worker.recv(1):
        for name in DRAWING:
            import_module(f"stepgrade_service.pictures.{name}")
        gc.freeze()
        ours, theirs = socket.socketpair()
        if os.fork() == 0:
            worker.close()
            ours.close()
            _end_with(own)
            _run(_be_drawer, draw, Connection(theirs.detach()))
        socket.send_fds(worker, [b"1"], [ours.fileno()])
        ours.close()
        theirs.close()


def _be_drawer(draw: Draw, worker: Connection[Any, Any]) -> None:
    """Draw what the worker asks for, until it asks for no more."""
    with suppress(EOFError):
        while True:
            worker.send(_answer(draw, worker.recv()))


def _answer(draw: Draw, errand: Any) -> tuple[Any, Raised | None]:
    """What was drawn, or what was raised."""
    try:
        return draw(errand), None
    except Exception as error:
        where = "".join(traceback.format_exception(error))
        error.add_note(where)
        raised = Raised(type(error), error.args, vars(error))
        try:
            pickle.dumps(raised)
        except Exception:
            return None, Raised(RuntimeError, (where,), {})
        return None, raised


def ended_twice() -> ApiProblem:
    """503 for a picture for which drawers have ended."""
    detail = (
        "the process that draws pictures ended twice while it drew this one. Ask for less, for example for fewer steps, or send the request"
        " again later"
    )
    return ApiProblem(503, "ended-before", "The request was ended before", detail, headers={"Retry-After": "10"})

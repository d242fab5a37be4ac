"""The processes that draw pictures for a worker: a template, forked from the worker before that has threads, and drawers, forked from it.

They come after who answers requests, at the processor and where memory is short. Each ends when the process that forked it does.
"""

from __future__ import annotations

import ctypes
import gc
import os
import pickle
import signal
import socket
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from select import select
from typing import Any, NamedTuple, NoReturn

#: Where a drawer and its worker want the same processor, the drawer gets a tenth of it (nice(2)).
NICE = 10

#: Where memory is short, the system ends first what has the highest score (proc(5), oom_score_adj): a drawer has so much more than its
#: worker.
ENDED_FIRST, HIGHEST = 500, 1000

STANDARD_ERROR = 2

#: What the worker and its template say to each other: a drawer is asked for, it could not be had. One that could is told by the number of
#: its process.
ASKED, NONE, LONGEST = b"?", b"-", 20

#: Asks the system for a signal when the process that has forked this one is gone (prctl(2)).
PR_SET_PDEATHSIG = 1

#: Loaded by the template when a picture is asked for, or after so many seconds: then a worker that has just started has begun to answer.
LOADS_AFTER = 5.0
DRAWING = ("comparison", "curves", "heat", "paths")

Draw = Callable[[Any], Any]


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


def fork_template(draw: Draw) -> socket.socket:
    """Fork a template whose drawers call `draw`; returns the connection to it. Raises OSError where no process can be had."""
    ours, theirs = socket.socketpair()
    worker = os.getpid()
    with theirs:
        try:
            if os.fork() == 0:
                _run(_be_template, draw, theirs, worker)
        except OSError:
            ours.close()
            raise
    return ours


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

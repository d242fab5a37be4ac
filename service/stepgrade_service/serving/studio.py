"""Pictures are drawn in a process of their own, so that no step waits for one: matplotlib holds Python's lock most of the time.

A worker has a *template*: a process that is forked before the worker has threads, and loads what draws. The worker asks it for a
*drawer*, which is forked from it, and draws one picture after another. So a drawer shares its memory with the worker, and if it ends, by
a fault or because the system has no memory left, the worker gets a new one.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from math import inf
from multiprocessing.connection import Connection
from threading import Condition
from time import monotonic
from typing import Any

from ..engine.running.giving_way import aside
from ..web.problems import ApiProblem, NotBegun
from .drawers import ASKED, LONGEST, Draw, Raised, fork_template

#: After so many pictures a drawer ends, and with it what its pictures have left in memory.
PICTURES = 200

#: So many drawers may end while they draw one picture.
TRIES = 2

#: So many seconds a picture waits for the one before it; then it gets a drawer of its own, if there are not so many already. One is for
#: what takes long, and one for the others: more would share the same processors, so that none ends in time, and each needs memory.
WAITS, MOST = 0.5, 2

#: A template that has not answered after so many seconds never will. Before its first answer it loads what draws.
ANSWERS_WITHIN = 15.0

logger = logging.getLogger("stepgrade_service")


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
    try:
        return Studio(fork_template(draw), seconds)
    except OSError as error:
        logger.warning("a worker draws its pictures itself, and steps wait for them: no process could be started for them (%s)", error)
        return None


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

"""What takes many times as long as a step gives way: where a process answers several requests at once, it waits while there are others.

Python has one lock for all threads, and no priorities. So what may be long says so, with `patient`, and calls `give_way` often. Once it
has worked for a while it waits there. Of several that are long one works at a time, the one that has worked least so far: then none waits
until a much longer one has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, local
from time import perf_counter, sleep, thread_time

#: Seconds after which what waits looks again whether it may go on.
LOOKS_AFTER = 0.001

#: What ends within so many seconds of work waits for nobody: the others gain less than it would lose.
AS_SHORT = 0.01

#: So many seconds of work more than one that waits has, and what is long lets it go first.
A_TURN = 0.005

#: The longest wait: so many seconds, and so many times as long as it has worked, but never more than the most. Under load without end it
#: still goes on, and a request has only so much time.
AT_LEAST, TIMES_ITS_WORK, AT_MOST = 0.1, 3.0, 5.0


class LongWork:
    """What a thread does that may be long: the seconds of work that count as short, those that it has worked, and waited; whether it wants
    to go on, or waits for a lock.
    """

    def __init__(self, as_short: float = AS_SHORT) -> None:
        self.as_short = as_short
        self.began, self.worked, self.waited, self.is_ready = thread_time(), 0.0, 0.0, True

    def become_long(self) -> None:
        """From now on it counts as long."""
        with _lock:
            _long.append(self)
        _note_long()

    def is_long(self) -> bool:
        """Whether it counts as long."""
        return self in _long

    def end(self) -> None:
        """It is done."""
        with _lock:
            if self in _long:
                _long.remove(self)
            _leave(self)

    def may_wait(self) -> bool:
        """Whether it has not waited too long for what it has worked."""
        return self.waited < min(AT_LEAST + TIMES_ITS_WORK * self.worked, AT_MOST)


def _nobody() -> int:
    return 0


def _tell_nobody() -> None:
    pass


_here, _lock = local(), Lock()
_long: list[LongWork] = []
_working: LongWork | None = None
_busy: Callable[[], int] = _nobody
_note_long: Callable[[], None] = _tell_nobody


def give_way_to(busy: Callable[[], int], note_long: Callable[[], None] = _tell_nobody) -> None:
    """Have what is long give way in this process; `busy` is how many requests it works on, those that are long among them. `note_long` is
    called in the thread of each that is long, when it begins to be so.
    """
    global _busy, _note_long
    _busy, _note_long = busy, note_long


@contextmanager
def patient(as_short: float = AS_SHORT) -> Iterator[None]:
    """Within the block this thread does what may be long: after so many seconds of work it gives way to the others."""
    if getattr(_here, "work", None) is not None:
        yield
        return
    own = _here.work = LongWork(as_short)
    try:
        give_way()
        yield
    finally:
        own.end()
        _here.work = None


@contextmanager
def holding(lock: Lock) -> Iterator[None]:
    """Hold a lock within the block; nobody gives way to who waits for one."""
    own: LongWork | None = getattr(_here, "work", None)
    if own is not None:
        with _lock:
            own.is_ready = False
            _leave(own)
    with lock:
        if own is not None:
            own.is_ready = True
        yield


@contextmanager
def aside() -> Iterator[None]:
    """Within the block this thread waits for what others will give back; nobody gives way to it. Not within `patient`."""
    own = LongWork()
    own.is_ready = False
    own.become_long()
    try:
        yield
    finally:
        own.end()


def give_way() -> None:
    """Between two parts of what is long: wait while it is the turn of others, but not without end."""
    own: LongWork | None = getattr(_here, "work", None)
    if own is None:
        return
    own.worked = thread_time() - own.began
    if own.worked < own.as_short:
        return
    if not own.is_long():
        own.become_long()
    if _busy() < 2:
        return
    while not _has_its_turn(own) and own.may_wait():
        since = perf_counter()
        sleep(LOOKS_AFTER)
        own.waited += perf_counter() - since


def _has_its_turn(own: LongWork) -> bool:
    """Whether it may go on; it leaves its turn to what is short, or has worked less."""
    global _working
    with _lock:
        room = A_TURN if _working is own else 0.0
        others = [other for other in _long if other is not own and other.is_ready]
        if _busy() > len(_long) or any(other.worked + room < own.worked for other in others):
            _leave(own)
            return False
        if _working is None:
            _working = own
        return _working is own


def _leave(own: LongWork) -> None:
    """Leave the turn to others, if it has it; the lock is held."""
    global _working
    if _working is own:
        _working = None

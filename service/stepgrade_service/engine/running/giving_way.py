"""What takes many times as long as a step gives way: where a process answers several requests at once, it waits while there are others.

Python has one lock for all threads, and no priorities. So what is long says that it is, with `patient`, and calls `give_way` often. Of
several that are long one works at a time, the one that has worked least so far: then none waits until a much longer one has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, local
from time import perf_counter, sleep, thread_time

#: Seconds after which what waits looks again whether it may go on.
LOOKS_AFTER = 0.001

#: So many seconds of work more than one that waits has, and what is long lets it go first.
A_TURN = 0.005

#: The longest wait: so many seconds, and so many times as long as it has worked, but never more than the most. Under load without end it
#: still goes on, and a request has only so much time.
AT_LEAST, TIMES_ITS_WORK, AT_MOST = 0.1, 3.0, 5.0


class LongWork:
    """What a thread does that is long: the seconds that it has worked, and waited; whether it wants to go on, or waits for a lock."""

    def __init__(self) -> None:
        self.began, self.worked, self.waited, self.is_ready = thread_time(), 0.0, 0.0, True

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
    called in the thread of each that is long, when it begins to be.
    """
    global _busy, _note_long
    _busy, _note_long = busy, note_long


@contextmanager
def patient() -> Iterator[None]:
    """Within the block this thread does what is long, and gives way to the others."""
    if getattr(_here, "work", None) is not None:
        yield
        return
    own = _here.work = LongWork()
    with _lock:
        _long.append(own)
    try:
        _note_long()
        give_way()
        yield
    finally:
        with _lock:
            _long.remove(own)
            _leave(own)
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
    with _lock:
        _long.append(own)
    try:
        _note_long()
        yield
    finally:
        with _lock:
            _long.remove(own)


def give_way() -> None:
    """Between two parts of what is long: wait while it is the turn of others, but not without end."""
    own: LongWork | None = getattr(_here, "work", None)
    if own is None or _busy() < 2:
        return
    own.worked = thread_time() - own.began
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

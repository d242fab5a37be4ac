"""What takes many times as long as a step gives way: where a process answers several requests at once, it waits while there are others.

Python has one lock for all threads, and no priorities. So what is long says that it is, with `patient`, and calls `give_way` often. Of
several that are long, the one goes on that has worked least so far: then none has to wait until a much longer one has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, local
from time import perf_counter, sleep, thread_time

#: Seconds after which what waits looks again whether it may go on.
LOOKS_AFTER = 0.002

#: So many seconds of work more than another has, and what is long waits for it.
A_TURN = 0.005

#: The longest wait, in seconds, and how many times as long as it has worked: under load without end it still goes on, at a quarter of its
#: speed.
AT_LEAST, TIMES_ITS_WORK = 0.1, 3.0


class LongWork:
    """A thread that does what is long: the seconds that it has worked, and waited for others; None of work while it waits for a lock."""

    def __init__(self) -> None:
        self.began, self.waited = thread_time(), 0.0
        self.worked: float | None = 0.0


def _nobody() -> int:
    return 0


_here, _lock = local(), Lock()
_long: list[LongWork] = []
_busy: Callable[[], int] = _nobody


def give_way_to(busy: Callable[[], int]) -> None:
    """Have what is long give way in this process; `busy` is how many requests it works on, those that are long among them."""
    global _busy
    _busy = busy


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
        yield
    finally:
        with _lock:
            _long.remove(own)
        _here.work = None


@contextmanager
def holding(lock: Lock) -> Iterator[None]:
    """Hold a lock within the block; nobody gives way to who waits for one."""
    own: LongWork | None = getattr(_here, "work", None)
    if own is None:
        with lock:
            yield
        return
    own.worked = None
    with lock:
        own.worked = thread_time() - own.began
        yield


def give_way() -> None:
    """Between two parts of what is long: wait while it is the turn of others, but not without end."""
    own: LongWork | None = getattr(_here, "work", None)
    if own is None or _busy() < 2:
        return
    own.worked = thread_time() - own.began
    while own.waited < AT_LEAST + TIMES_ITS_WORK * own.worked and _is_turn_of_others(own.worked):
        since = perf_counter()
        sleep(LOOKS_AFTER)
        own.waited += perf_counter() - since


def _is_turn_of_others(worked: float) -> bool:
    if _busy() > len(_long):
        return True
    with _lock:
        return any(other.worked is not None and other.worked + A_TURN < worked for other in _long)

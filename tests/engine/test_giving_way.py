"""What is long gives way to what is short, and to what is less long; but it always goes on."""

from threading import Barrier, Event, Lock, Thread
from time import perf_counter, thread_time

import pytest

from stepgrade_service.engine.running.giving_way import (
    A_TURN,
    AS_SHORT,
    AT_LEAST,
    TIMES_ITS_WORK,
    aside,
    give_way,
    give_way_to,
    holding,
    patient,
)


@pytest.fixture
def busy():
    """How many requests are worked on, as a server tells it."""
    count = [0]
    give_way_to(lambda: count[0])
    yield count
    give_way_to(lambda: 0)


def work(seconds):
    """Use the processor for so many seconds."""
    ends = thread_time() + seconds
    while thread_time() < ends:
        pass


class Long(Thread):
    """A thread whose long work has parts; it notes when each of them ends."""

    def __init__(self, parts, part=0.002, before=lambda: None):
        super().__init__(daemon=True)
        self.parts, self.part, self.before, self.is_begun, self.ended = parts, part, before, Event(), 0
        self.start()

    def run(self):
        with patient(as_short=0.0):
            self.before()
            for _ in range(self.parts):
                work(self.part)
                self.is_begun.set()
                give_way()
                self.ended += 1

    def end(self):
        self.join(20)
        assert not self.is_alive()


def test_what_is_long_waits_while_something_short_is_worked_on(busy):
    busy[0] = 2
    long = Long(1, part=0.05)
    assert long.is_begun.wait(20)
    assert long.ended == 0
    busy[0] = 1
    long.end()
    assert long.ended == 1


def test_nobody_gives_way_to_what_waits_itself(busy):
    is_aside, is_over = Event(), Event()

    def wait():
        with aside():
            is_aside.set()
            is_over.wait(20)

    waiting = Thread(target=wait, daemon=True)
    with patient(as_short=0.0):
        busy[0] = 2
        waiting.start()
        assert is_aside.wait(20)
        began = perf_counter()
        give_way()
        assert perf_counter() - began < AT_LEAST
        is_over.set()
        waiting.join(20)
        began = perf_counter()
        give_way()
        assert perf_counter() - began >= AT_LEAST, "but to what is short, once it is done with waiting"


def test_it_goes_on_however_much_else_there_is(busy):
    busy[0], began = 100, perf_counter()
    long = Long(10)
    long.end()
    assert long.ended == 10
    assert perf_counter() - began >= AT_LEAST + TIMES_ITS_WORK * 10 * long.part, "and waits as long as it may"


def test_of_two_that_are_long_the_one_that_has_worked_less_goes_first(busy):
    busy[0], may_begin = 2, Event()
    first = Long(2, part=10 * A_TURN)
    second = Long(1, before=lambda: may_begin.wait(20) and None)
    assert first.is_begun.wait(20)
    may_begin.set()
    second.end()
    assert first.ended < 2
    first.end()


def test_nobody_waits_for_who_waits_for_a_lock(busy):
    busy[0], lock, are_here, waits = 2, Lock(), Barrier(2), []

    def draw():
        with patient(as_short=0.0):
            are_here.wait(20)
            with holding(lock):
                work(2 * A_TURN)
                began = perf_counter()
                give_way()
                waits.append(perf_counter() - began)
                busy[0] -= 1

    threads = [Thread(target=draw, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(waits) == 2
    assert max(waits) < AT_LEAST


def test_what_does_not_say_that_it_is_long_never_waits(busy):
    busy[0] = 100
    began = perf_counter()
    give_way()
    assert perf_counter() - began < AT_LEAST


def test_what_ends_soon_waits_for_nobody(busy):
    busy[0] = 100
    with patient():
        began = perf_counter()
        give_way()
        assert perf_counter() - began < AT_LEAST
        work(AS_SHORT)
        began = perf_counter()
        give_way()
        assert perf_counter() - began >= AT_LEAST, "but what has worked for longer does"


def test_long_work_within_long_work_is_the_same_work(busy):
    with patient(as_short=0.0):
        with patient(as_short=0.0):
            pass
        busy[0] = 2
        began = perf_counter()
        give_way()
        assert perf_counter() - began >= AT_LEAST

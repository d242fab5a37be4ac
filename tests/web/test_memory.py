"""Large requests of one worker wait for memory until they fit together; small ones never wait, and nothing is kept after a request."""

from __future__ import annotations

import dataclasses
from threading import Event, Thread
from time import monotonic, sleep

import pytest

from stepgrade_service.web import create_app, memory
from stepgrade_service.web.compare import comparison
from stepgrade_service.web.settings import LEAST_MEMORY, Settings

#: It needs some 20 MiB, and a step nearly nothing.
LARGE = {"objective": "rosenbrock", "optimizers": ["gd", "adam"], "steps": 1000}
STEP = {"optimizer": "gd", "params": [1.0], "gradient": [1.0]}
PNG = {"Accept": "image/png"}


def settled(condition):
    ends = monotonic() + 60
    while not condition():
        assert monotonic() < ends
        sleep(0.001)


class Asked(Thread):
    """A thread that waits for something; `answer` is what it got."""

    def __init__(self, ask):
        super().__init__(daemon=True)
        self.ask, self.answer = ask, None
        self.start()

    def run(self):
        self.answer = self.ask()

    def end(self):
        self.join(60)
        assert not self.is_alive()
        return self.answer


class Worker:
    """A service with this much memory for requests; each picture is computed only once `go` is set, and notes that it began."""

    def __init__(self, monkeypatch, mebibytes=30, max_seconds=400.0, **settings):
        self.app = create_app(Settings(max_memory=LEAST_MEMORY + mebibytes, max_seconds=max_seconds, **settings))
        memory.install(self.app)
        self.go, self.begun, run = Event(), [], comparison.run
        replaced = dataclasses.replace(comparison, run=lambda plan: self.begun.append(plan) or (self.go.wait(60) and run(plan)))
        monkeypatch.setattr("stepgrade_service.web.compare.comparison", replaced)

    @property
    def room(self):
        return self.app.extensions["memory"]

    def large(self):
        return Asked(lambda: self.app.test_client().post("/compare", json=LARGE, headers=PNG))


@pytest.fixture
def worker(monkeypatch):
    return Worker(monkeypatch)


def test_two_that_fit_alone_but_not_together_are_both_answered_one_after_the_other(worker):
    first, second = worker.large(), worker.large()
    settled(lambda: worker.begun and len(worker.room._waiting) == 1)
    assert len(worker.begun) == 1
    assert worker.room.taken() <= worker.room.size < 2 * worker.room.taken()
    worker.go.set()
    assert [first.end().status_code, second.end().status_code] == [200, 200]
    assert (worker.room.taken(), len(worker.begun)) == (0, 2)


def test_two_that_fit_together_do_not_wait(monkeypatch):
    worker = Worker(monkeypatch, mebibytes=60)
    both = worker.large(), worker.large()
    settled(lambda: len(worker.begun) == 2)
    worker.go.set()
    assert [each.end().status_code for each in both] == [200, 200]


def test_a_small_request_does_not_wait(worker):
    first, second = worker.large(), worker.large()
    settled(lambda: worker.begun and len(worker.room._waiting) == 1)
    assert worker.app.test_client().post("/step", json=STEP).status_code == 200
    assert not worker.go.is_set()
    worker.go.set()
    first.end(), second.end()


def test_who_waits_too_long_is_told_so_and_pays_only_for_reading(monkeypatch, problem):
    worker = Worker(monkeypatch, max_seconds=0.4, budget=1e9)
    first = worker.large()
    settled(lambda: worker.begun)
    refused = worker.large().end()
    told = problem(refused, 503)
    assert told["type"] == "urn:stepgrade:problem:overloaded"
    assert "other requests use the memory now" in told["detail"]
    assert int(refused.headers["Retry-After"]) >= 1
    spent = 1e9 - int(refused.headers["RateLimit"].split(";")[1].removeprefix("r="))
    worker.go.set()
    assert first.end().status_code == 200
    assert spent < 3e7, "of the first, which is 2e7, and what reading the second took"
    assert (worker.room.taken(), len(worker.room._waiting)) == (0, 0)


@pytest.mark.parametrize("fault", [ValueError, MemoryError])
def test_a_fault_gives_back_what_its_request_had(worker, monkeypatch, fault):
    def fail(_):
        raise fault

    monkeypatch.setattr("stepgrade_service.web.compare.comparison", dataclasses.replace(comparison, run=fail))
    answer = worker.large().end()
    assert answer.status_code == {ValueError: 500, MemoryError: 503}[fault]
    assert worker.room.taken() == 0


def test_a_request_that_never_fits_is_refused_with_the_limit_which_the_index_tells(problem):
    client = create_app(Settings(max_memory=LEAST_MEMORY + 18)).test_client()
    told = problem(client.post("/compare", json=LARGE, headers=PNG), 422)
    assert (told["what"], told["limit"]) == ("bytes of memory", 18 * 2**20)
    assert client.get("/", headers={"Accept": "application/json"}).json["limits"]["memory_bytes"] == told["limit"]


def test_nothing_waits_where_no_memory_is_limited():
    """So it is with 0, and in a program's own process, where no server has set a limit."""
    unlimited, without_server = create_app(Settings(max_memory=0)), create_app(Settings())
    memory.install(unlimited)
    for app in (unlimited, without_server):
        assert "memory" not in app.extensions
        assert app.test_client().post("/compare", json=LARGE, headers=PNG).status_code == 200


# The memory itself.


class Taker(Asked):
    """A thread that takes its part, and keeps it until it is told to give it back."""

    def __init__(self, room, needed):
        self.room, self.needed, self.is_over = room, needed, Event()
        super().__init__(self.take)

    def take(self):
        fits = self.room.take(self.needed)
        self.is_over.wait(60)
        self.room.give_back()
        return fits

    def end(self):
        self.is_over.set()
        return super().end()


def parts(room):
    return sorted(room.parts.values())


def test_the_order_is_that_of_asking_and_a_smaller_one_does_not_go_ahead():
    room, takers = memory.WorkerMemory(10, 60), []
    for needed in (8, 9, 1, 2):
        takers.append(Taker(room, needed))
        settled(lambda: len(room._waiting) == len(takers) - 1 and parts(room) == [8])
    for taker, left in zip(takers, ([1, 9], [1, 2], [2], []), strict=True):
        assert taker.end()
        settled(lambda left=left: parts(room) == left)


def test_one_that_gives_up_lets_the_next_one_go():
    room = memory.WorkerMemory(10, 1)
    first = Taker(room, 5)
    settled(lambda: parts(room) == [5])
    too_large = Taker(room, 6)
    settled(lambda: len(room._waiting) == 1)
    room.seconds = 60
    fits = Taker(room, 5)
    settled(lambda: parts(room) == [5, 5])
    assert [each.end() for each in (first, too_large, fits)] == [True, False, True]
    assert parts(room) == []

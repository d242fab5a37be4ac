"""A sweep whose budget is spent waits, all threads together, and loses no call."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from time import monotonic, sleep

import pytest
from requests.structures import CaseInsensitiveDict

from stepgrade import Answer, Client, Request, ServiceUnreachable, grid, load_sweep
from stepgrade.cli import main
from stepgrade.sweeps import pacing

CALLS = grid({"objective": "quadratic", "optimizer": "sgd"}, steps=[*range(1, 25)])


def refused(seconds):
    after = {} if seconds is None else {"Retry-After": str(seconds)}
    headers = CaseInsensitiveDict({"Content-Type": "application/problem+json", **after})
    return Answer(429, headers, b'{"title": "Too much", "detail": "the budget is spent"}')


class Budget:
    """A service whose first four requests are under way together, and refused; later each one is that comes too early or in a crowd."""

    def __init__(self, body, threads, seconds=1):
        self.body, self.seconds, self.lock, self.together = json.dumps(body).encode(), seconds, Lock(), Barrier(threads)
        self.first, self.sent, self.now, self.most, self.until = threads, 0, 0, 0, None

    def send(self, _):
        with self.lock:
            self.sent += 1
            number = self.sent
        if number <= self.first:
            self.together.wait(60)
            with self.lock:
                self.until = monotonic() + self.seconds
            self.together.wait(60)
            return refused(self.seconds)
        with self.lock:
            assert monotonic() >= self.until
            self.now += 1
            self.most = max(self.most, self.now)
        sleep(0.005)
        with self.lock:
            self.now -= 1
        return Answer(200, CaseInsensitiveDict({"Content-Type": "application/json"}), self.body)

    def close(self):
        """Nothing is open."""


@pytest.mark.parametrize("kind", ["into", "iterator", "journal"])
def test_all_threads_wait_until_the_service_takes_more(trajectory_body, tmp_path, kind):
    transport = Budget(trajectory_body, 4)
    client = Client(transport=transport)
    if kind == "into":
        results = client.sweep(CALLS, into=tmp_path / "runs", workers=4)
        assert (results.count, results.errors) == (24, {})
    else:
        sweep = client.sweep(CALLS, workers=4, journal=tmp_path / "journal" if kind == "journal" else None)
        assert (len(list(sweep)), sweep.errors) == (24, [])
    assert transport.sent == 24 + 4, "each refused request is sent once more"


def test_after_a_refusal_one_request_goes_at_a_time_and_later_more(trajectory_body, monkeypatch):
    transport = Budget(trajectory_body, 4, 0)
    monkeypatch.setattr(pacing, "EASE", 10**9)
    list(Client(transport=transport).sweep(CALLS, workers=4))
    assert transport.most == 1
    easing = pacing.Pacing(transport, 4)
    easing._wait(0)
    monkeypatch.setattr(pacing, "EASE", 3)
    for _ in range(3):
        easing._ease()
    assert easing._most == 2


class Refusing:
    """A service that refuses each request."""

    def __init__(self, seconds):
        self.seconds, self.sent = seconds, 0

    def send(self, _):
        self.sent += 1
        return refused(self.seconds)

    def close(self):
        """Nothing is open."""


@pytest.mark.parametrize(("seconds", "tries"), [(None, 1), (0, pacing.TRIES)])
def test_a_call_that_never_fits_is_unanswered(tmp_path, seconds, tries):
    transport = Refusing(seconds)
    results = Client(transport=transport).sweep([*CALLS][:2], into=tmp_path, workers=1)
    assert results.unanswered == dict.fromkeys(range(2), "TooManyRequests: the budget is spent")
    assert transport.sent == 2 * tries


def test_the_end_of_a_sweep_ends_the_waiting():
    transport = Refusing(10**6)
    pace = pacing.Pacing(transport, 1)
    with ThreadPoolExecutor(1) as pool:
        request = Request.make("POST", "/trajectory", {}, None, "application/json")
        waiting = pool.submit(pace.send, request)
        while not transport.sent:
            sleep(0.01)
        pace.stop()
        assert isinstance(waiting.exception(60), ServiceUnreachable)
        assert (pool.submit(pace.send, request).result(60).status, transport.sent) == (429, 2), "a result may still fetch its picture"


def test_over_http_a_429_is_sent_once_and_said_on_stderr(service, trajectory_body, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    problem = {"title": "Too much", "detail": "the budget is spent"}
    service.plays({"status": 429, "body": problem, "headers": {"Retry-After": "1"}}, {"body": trajectory_body})
    command = ["sweep", "--objective", "quadratic", "--optimizer", "sgd", "--vary", "steps=1:3:3", "--workers", "1"]
    assert main([*command, "--url", service.url, "--into", "runs"]) == 0
    said = "stepgrade sweep: The service answered 429: too many requests. The sweep waits 1 s."
    said += " It waits again whenever the service asks for it.\n"
    assert capsys.readouterr() == ("runs: 3 calls, 0 failed\n", said)
    assert (len(service.seen), load_sweep("runs").errors) == (4, {})

"""The service without a gateway: nobody is kept waiting by what another sends, does not send, or does not read."""

from __future__ import annotations

import json
import threading
import time
from contextlib import ExitStack

import pytest

STEP = json.dumps({"optimizer": "gd", "params": [1], "gradient": [1]}).encode()
HEAD = b"POST %b HTTP/1.1\r\nHost: service\r\nContent-Type: application/json\r\n"


def work_of(steps):
    """A request whose answer is a few bytes."""
    objective = {"name": "rosenbrock", "dimension": 2000}
    return json.dumps({"optimizer": "adam", "objective": objective, "steps": steps, "record_every": steps, "include": ["values"]}).encode()


#: About a second of work, and more than a test takes that looks several times while it lasts.
WORK, LONGER_WORK = work_of(40_000), work_of(80_000)

#: An answer of some megabytes.
LARGE = json.dumps({"optimizer": "adam", "objective": {"name": "rosenbrock", "dimension": 100}, "steps": 2500}).encode()

#: Far more than an answer takes that nobody keeps waiting, far less than what keeps it waiting here lasts.
AT_ONCE = 2.0


def posting(path, body):
    """A whole request."""
    return HEAD % path + b"Content-Length: %d\r\n\r\n" % len(body) + body


def seconds_of(ask):
    """How long a request takes that must be answered with 200."""
    began = time.monotonic()
    assert ask().status == 200
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("sent", "count"),
    [
        pytest.param(HEAD % b"/step" + b"Content-Length: 99\r\n\r\n{", 64, id="half a body"),
        pytest.param(b"POST /step HTTP/1.1\r\nHo", 64, id="half a head"),
        pytest.param(posting(b"/step", STEP), 70, id="idle after an answer"),
        pytest.param(b"", 70, id="idle"),
        pytest.param(posting(b"/trajectory", LARGE), 1, id="an answer that is not read"),
    ],
)
def test_nobody_waits_for_a_client_that_does_nothing(bare, sent, count):
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(bare.open(sent))
        time.sleep(0.5)
        assert seconds_of(lambda: bare.post("/step", STEP)) < AT_ONCE
        assert seconds_of(lambda: bare.get("/healthz")) < AT_ONCE


def working(bare, client, work=WORK):
    """A thread that lets a client's long request be worked on."""
    asker = threading.Thread(target=bare.request, args=("POST", "/trajectory", work, {"Content-Type": "application/json"}, 60, client))
    asker.start()
    return asker


def numbers(bare):
    lines = [line for line in bare.get("/metrics").body.decode().splitlines() if not line.startswith("#")]
    return {name: float(number) for name, number in (line.rsplit(" ", 1) for line in lines)}


@pytest.fixture
def busy(bare):
    """The service while every work thread is busy, for a second or more."""
    askers = [working(bare, client, LONGER_WORK) for client in ("127.0.0.1", "127.0.0.2")]
    deadline = time.monotonic() + 10
    while numbers(bare)["stepgrade_busy_threads"] < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield bare
    for asker in askers:
        asker.join()


def test_probes_are_answered_while_every_work_thread_is_busy(busy):
    for path in ("/healthz", "/readyz", "/metrics"):
        assert seconds_of(lambda path=path: busy.get(path)) < 0.5, path
    assert numbers(busy)["stepgrade_busy_threads"] == 2


def test_a_full_queue_is_a_503_at_once_that_says_when_to_retry(replica_with):
    narrow = replica_with(BACKPRESSURE="2", REQUESTS_AT_A_TIME="1", MAX_WORK="1e9")
    askers = [working(narrow, "127.0.0.1")]
    time.sleep(0.3)
    with narrow.open(posting(b"/step", STEP)):  # waits, and is all that one address may let wait
        time.sleep(0.2)
        began = time.monotonic()
        refused = narrow.post("/step", STEP)
        assert time.monotonic() - began < AT_ONCE
        assert (refused.status, refused.json["type"]) == (503, "urn:stepgrade:problem:overloaded")
        assert int(refused.headers["Retry-After"]) >= 1
        assert refused.json["instance"] == refused.headers["X-Request-Id"]
    for asker in askers:
        asker.join()


def test_a_client_that_is_gone_is_not_worked_for(busy):
    before = numbers(busy)
    gone = [busy.open(posting(b"/step", STEP), "127.0.0.3") for _ in range(8)]
    time.sleep(0.3)
    assert numbers(busy)["stepgrade_queue_length"] == 8
    for channel in gone:
        channel.close()
    time.sleep(0.4)
    after = numbers(busy)
    assert after["stepgrade_busy_threads"] == 2, "the work that it waited for took too short"
    assert after["stepgrade_queue_length"] == 0
    counted = 'stepgrade_requests_total{route="/step",status="200"}'
    assert after.get(counted, 0.0) == before.get(counted, 0.0)


def test_requests_of_one_address_leave_a_thread_for_others(bare):
    askers = [working(bare, "127.0.0.1") for _ in range(4)]
    time.sleep(0.3)
    other = {"headers": {"Content-Type": "application/json"}, "client": "127.0.0.2"}
    assert seconds_of(lambda: bare.request("POST", "/step", STEP, **other)) < AT_ONCE
    assert numbers(bare)["stepgrade_queue_length"] > 0
    for asker in askers:
        asker.join()


def test_clients_behind_a_trusted_proxy_are_told_apart(replica_with):
    behind = replica_with(TRUSTED_PROXIES="127.0.0.1", MAX_WORK="1e9", REQUESTS_AT_A_TIME="2")
    asked = {"Content-Type": "application/json"}
    askers = [
        threading.Thread(target=behind.request, args=("POST", "/trajectory", WORK, {**asked, "X-Forwarded-For": "192.0.2.1"}, 60))
        for _ in range(3)
    ]
    for asker in askers:
        asker.start()
    time.sleep(0.3)
    assert numbers(behind)["stepgrade_queue_length"] == 2
    assert seconds_of(lambda: behind.post("/step", STEP, **{"X-Forwarded-For": "192.0.2.2"})) < AT_ONCE
    assert numbers(behind)["stepgrade_queue_length"] == 2
    for asker in askers:
        asker.join()


def test_a_body_that_does_not_arrive_is_a_408_and_the_connection_ends(bare):
    with bare.open(HEAD % b"/step" + b"Content-Length: 99\r\n\r\n{") as channel:
        answer = b""
        while part := channel.recv(4096):
            answer += part
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"urn:stepgrade:problem:request-timeout" in answer


def test_answers_that_were_asked_for_at_once_come_in_their_order(bare):
    with bare.open(posting(b"/step", STEP) + b"GET /healthz HTTP/1.1\r\nHost: service\r\nConnection: close\r\n\r\n") as channel:
        answers = b"".join(iter(lambda: channel.recv(4096), b""))
    assert answers.count(b"HTTP/1.1 200 OK") == 2
    assert answers.index(b'"params"') < answers.index(b'"alive"')


def test_a_slow_answer_arrives_whole(bare):
    quick = bare.post("/trajectory", LARGE)
    with bare.open(posting(b"/trajectory", LARGE).replace(b"Host", b"Connection: close\r\nHost")) as channel:
        time.sleep(1)
        answer = b"".join(iter(lambda: channel.recv(1 << 20), b""))
    assert answer.partition(b"\r\n\r\n")[2] == quick.body

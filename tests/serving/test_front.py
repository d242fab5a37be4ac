"""What receives requests: who is let go, what is counted, what a worker tells its port."""

import asyncio
import json
import signal
import socket
from hashlib import sha256
from types import SimpleNamespace

import pytest

from stepgrade_service.serving.environ import environ_of
from stepgrade_service.serving.fair_queue import FairQueue
from stepgrade_service.serving.front import Front
from stepgrade_service.serving.metrics import GAUGES, Metrics
from stepgrade_service.serving.slow_readers import SECONDS
from stepgrade_service.serving.work import Job, Workshop
from stepgrade_service.web import create_app
from stepgrade_service.web.settings import Settings


class Headers(dict):
    """As granian's."""


class Connection:
    """A connection whose client has sent this body, and is gone when `gone` is set."""

    def __init__(self, body=b""):
        self.body, self.statuses, self.gone = body, [], asyncio.Event()

    async def __call__(self):
        return self.body

    async def client_disconnect(self):
        await self.gone.wait()

    def response_bytes(self, status, *_):
        self.statuses.append(status)


def scope(method="GET", path="/optimizers", **headers):
    named = {"host": "a", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return SimpleNamespace(
        path=path, query_string="", method=method, http_version="1.1", scheme="http", client="127.0.0.1:5", headers=Headers(named)
    )


@pytest.fixture
def front(tmp_path):
    """A front whose work threads were not started: what is taken in waits."""
    queue = FairQueue(1, 8)
    settings = Settings()
    metrics = Metrics(tmp_path, lambda: dict.fromkeys(GAUGES, 0))
    return Front(create_app(settings), settings, Workshop(create_app(settings), queue, None, metrics))


def test_the_call_of_a_client_that_is_gone_ends(front):
    async def go():
        front._loop = asyncio.get_running_loop()
        first, second = Connection(), Connection()
        calls = [asyncio.create_task(front.__rsgi__(scope(), one)) for one in (first, second)]
        await asyncio.sleep(0.25)
        second.gone.set()
        await asyncio.wait_for(calls[1], 1)
        assert front.queue.waiting == 0
        calls[0].cancel()

    asyncio.run(go())


def lines_of(caplog):
    """What the log of requests tells: status, kind of error, name of the key."""
    read = [json.loads(record.message) for record in caplog.records if record.name == "stepgrade_service.access"]
    return [(line["path"], line["status"], line["problem"], line.get("key")) for line in read]


def test_what_the_server_answers_in_place_of_the_application_has_a_line_in_the_log_too(tmp_path, caplog):
    settings = Settings(api_keys=f"course:{sha256(b'secret').hexdigest()}")
    metrics, queue = Metrics(tmp_path, lambda: dict.fromkeys(GAUGES, 0)), FairQueue(1, 0)
    front = Front(create_app(settings), settings, Workshop(create_app(settings), queue, None, metrics))

    async def go():
        front._loop = asyncio.get_running_loop()
        call = asyncio.create_task(front.__rsgi__(scope(x_api_key="secret"), Connection()))
        await asyncio.sleep(0)
        await front.__rsgi__(scope(x_api_key="secret"), Connection())
        call.cancel()

    with caplog.at_level("INFO", "stepgrade_service.access"):
        asyncio.run(go())
    assert lines_of(caplog) == [("/optimizers", 503, "overloaded", "course")]


@pytest.mark.parametrize(("has_ended", "problem"), [(True, "ended-before"), (False, "one-at-a-time")])
def test_a_request_that_may_not_begin_has_a_line_in_the_log(has_ended, problem, tmp_path, caplog):
    metrics, settings = Metrics(tmp_path, lambda: dict.fromkeys(GAUGES, 0)), Settings()
    watchdog = SimpleNamespace(casebook=SimpleNamespace(has_ended_workers=lambda _: has_ended), begin=lambda *_: False)
    environ = {**environ_of(scope("POST", "/step"), ("a", "1")), "stepgrade.request_id": "one"}
    workshop = Workshop(create_app(settings), FairQueue(1, 8), watchdog, metrics)
    with caplog.at_level("INFO", "stepgrade_service.access"):
        answered = workshop._answer(0, Job("a", environ, b"{}", Connection(), 0.0, None))
    assert (answered.reply.status, answered.route) == (503, "/step")
    assert lines_of(caplog) == [("/step", 503, problem, None)]


def test_a_request_waits_in_the_line_of_its_client(tmp_path):
    """An API key is one, wherever it comes from; so is an address, and what comes with a key that nobody knows."""
    settings = Settings(api_keys=f"course:{sha256(b'secret').hexdigest()}:6e10", budget=6e9, shared_addresses="192.0.2.0/24=200")
    metrics, queue = Metrics(tmp_path, lambda: dict.fromkeys(GAUGES, 0)), FairQueue(1, 8)
    front = Front(create_app(settings), settings, Workshop(create_app(settings), queue, None, metrics))

    async def go():
        front._loop = asyncio.get_running_loop()
        asked = [scope(), scope(x_api_key="secret"), scope(authorization="Bearer secret"), scope(x_api_key="other"), scope()]
        asked[-1].client = "192.0.2.9:5"
        calls = [asyncio.create_task(front.__rsgi__(one, Connection())) for one in asked]
        await asyncio.sleep(0)
        for call in calls:
            call.cancel()

    asyncio.run(go())
    here = {client: (line.weight, line.working + len(line.waiting)) for client, line in queue._lines.items()}
    assert here == {"address:127.0.0.1": (1, 2), "key:course": (10, 2), "address:192.0.2.9": (200, 1)}


def test_a_request_that_no_thread_is_free_for_is_told_so_in_time(front):
    async def go():
        front._loop, connection = asyncio.get_running_loop(), Connection()
        call = asyncio.create_task(front.__rsgi__(scope(), connection))
        waits = asyncio.create_task(front.__rsgi__(scope(), Connection()))
        await asyncio.sleep(0)
        [_, job] = sorted(front._jobs, key=lambda each: each.queued)
        job.queued -= front.settings.max_seconds
        await asyncio.wait_for(waits, 1)
        assert (front.queue.busy, front.queue.waiting) == (1, 0), "the first is worked on, and has its own time"
        assert job.proto.statuses == [503]
        assert connection.statuses == []
        call.cancel()

    asyncio.run(go())
    assert b'stepgrade_requests_total{route="/optimizers",status="503"} 1' in front.metrics.text()


def test_a_job_that_is_done_leaves_no_task(front):
    async def go():
        front._loop = asyncio.get_running_loop()
        call = asyncio.create_task(front.__rsgi__(scope(), Connection()))
        await asyncio.sleep(0.25)
        [job] = front._jobs
        assert job.watch is not None
        front._finished.append(job)
        await asyncio.wait_for(call, 1)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert job.watch is None, "a job and its task would keep each other, with the body, until the collector comes"

    asyncio.run(go())


def test_what_the_server_refuses_itself_is_counted_and_logged(front, caplog):
    async def go():
        front._loop = asyncio.get_running_loop()
        await front.__rsgi__(scope(method="GET", content_length="x"), Connection())

    with caplog.at_level("INFO", "stepgrade_service.access"):
        asyncio.run(go())
    assert b'stepgrade_requests_total{route="/optimizers",status="400"} 1' in front.metrics.text()
    assert '"status":400' in caplog.text


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="an option of Linux")
def test_a_worker_tells_its_port_about_slow_readers_when_its_loop_begins(tmp_path):
    async def go(front):
        handler = signal.getsignal(signal.SIGTERM)
        front.__rsgi_init__(asyncio.get_running_loop())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, handler)

    with socket.create_server(("127.0.0.1", 0)) as ours:
        settings = Settings(port=ours.getsockname()[1])
        metrics = Metrics(tmp_path, lambda: dict.fromkeys(GAUGES, 0))
        app = create_app(settings)
        asyncio.run(go(Front(app, settings, Workshop(app, FairQueue(1, 8), None, metrics))))
        assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 1000 * SECONDS


def test_a_header_with_an_underscore_is_not_the_one_with_a_dash():
    environ = environ_of(scope(**{"x-forwarded-for": "1.2.3.4"}), ("a", "80"))
    assert environ["HTTP_X_FORWARDED_FOR"] == "1.2.3.4"
    spoofed = scope()
    spoofed.headers["x_forwarded_for"] = spoofed.headers["content_length"] = "5"
    assert not {"HTTP_X_FORWARDED_FOR", "CONTENT_LENGTH"} & set(environ_of(spoofed, ("a", "80")))

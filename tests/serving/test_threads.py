"""The threads of a worker outlive what fails in them."""

import signal
from queue import SimpleQueue
from threading import Event
from types import SimpleNamespace

from flask import Response, request

from stepgrade_service.engine.running.giving_way import give_way_to, patient
from stepgrade_service.serving import fair_queue, housekeeping
from stepgrade_service.serving.casebook import Casebook
from stepgrade_service.serving.fair_queue import FairQueue
from stepgrade_service.serving.housekeeping import do
from stepgrade_service.serving.metrics import GAUGES, Metrics
from stepgrade_service.serving.watchdog import Watchdog
from stepgrade_service.serving.work import Job, Workshop
from stepgrade_service.web import create_app
from stepgrade_service.web.settings import Settings
from stepgrade_service.web.transport import IDENTIFIED


class Connection:
    """A connection that takes an answer, or fails to."""

    def __init__(self, fault=None):
        self.fault, self.statuses = fault, []

    def response_bytes(self, status, *_):
        if self.fault is not None:
            raise self.fault
        self.statuses.append(status)


def get(path, request_id="one"):
    """The environ of a GET."""
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "a", "SERVER_PORT": "80"}
    return environ | {"wsgi.url_scheme": "http", "HTTP_HOST": "a", "wsgi.input": None, IDENTIFIED: request_id}


def test_a_task_that_fails_ends_nothing_and_is_told_once_until_it_succeeds(caplog):
    faults = [FileNotFoundError("it was tidied up")] * 3 + [None] + [FileNotFoundError("it was tidied up")]
    failing = set()

    def task():
        if fault := faults.pop(0):
            raise fault

    told = []
    for _ in range(5):
        caplog.clear()
        do(task, failing)
        told.append(sum("background task" in record.getMessage() and "it was tidied up" in caplog.text for record in caplog.records))
    assert told == [1, 0, 0, 0, 1]


def test_a_work_thread_goes_on_after_an_answer_that_could_not_be_sent(tmp_path):
    queue, ended = FairQueue(1, 8), Event()
    workshop = Workshop(create_app(Settings()), queue, None, Metrics(tmp_path, lambda: dict.fromkeys(GAUGES, 0)))
    broken, sound = Connection(TypeError("no header")), Connection()
    for connection in (broken, sound):
        queue.put("a", Job("a", get("/healthz"), b"", connection, 0.0, SimpleNamespace()))
    workshop.open(lambda job: ended.set() if job.proto is sound else None)
    assert ended.wait(10)
    assert (broken.statuses, sound.statuses) == ([], [200])
    assert (queue.busy, queue.waiting) == (0, 0)


def test_a_short_request_waits_for_another_but_not_for_one_that_says_it_is_long(tmp_path, monkeypatch):
    monkeypatch.setattr(fair_queue, "SHORT", 60.0)  # so that time alone makes nothing long
    app, queue, began, over, ended = create_app(Settings()), FairQueue(4, 8, 1), SimpleQueue(), Event(), SimpleQueue()

    def answer():
        number = request.environ[IDENTIFIED]
        began.put(number)
        if number == "long":
            with patient(as_short=0.0):
                assert over.wait(20)
        return Response("{}")

    monkeypatch.setattr(app, "full_dispatch_request", answer)
    workshop = Workshop(app, queue, None, Metrics(tmp_path, lambda: dict.fromkeys(GAUGES, 0)))
    give_way_to(lambda: queue.busy, workshop.note_long)
    try:
        for client in ("long", "short", "next"):
            queue.put(client, Job(client, get("/healthz", client), b"", Connection(), 0.0, SimpleNamespace()))
        assert (queue.busy, queue.waiting) == (1, 2)
        workshop.open(ended.put)
        assert [began.get(timeout=10) for _ in range(3)] == ["long", "short", "next"]
        assert [ended.get(timeout=10).client for _ in range(2)] == ["short", "next"]
        over.set()
        assert ended.get(timeout=10).client == "long"
    finally:
        give_way_to(lambda: 0)


def test_a_request_is_counted_under_its_route(tmp_path):
    app, queue, ended = create_app(Settings()), FairQueue(1, 8), Event()
    metrics = Metrics(tmp_path, lambda: dict.fromkeys(GAUGES, 0))
    workshop = Workshop(app, queue, None, metrics)
    queue.put("a", Job("a", get("/healthz"), b"", Connection(), 0.0, SimpleNamespace()))
    workshop.open(lambda _: ended.set())
    assert ended.wait(10)
    assert b'stepgrade_requests_total{route="/healthz",status="200"} 1' in metrics.text()


ROUTES = {(method, rule.rule) for rule in create_app(Settings()).url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}}


def test_every_route_has_a_time_within_which_it_answers_or_its_worker_ends(tmp_path, monkeypatch):
    """The work threads tell the watchdog of each request before the application sees it, with a body or without."""
    app, queue, watched = create_app(Settings()), FairQueue(1, 2 * len(ROUTES)), []
    watchdog = Watchdog(20.0, Casebook(tmp_path, 1))
    begin = watchdog.begin

    def watch(place, name, digest):
        watched.append((name, digest is not None))
        return begin(place, name, digest)

    monkeypatch.setattr(watchdog, "begin", watch)
    monkeypatch.setattr(app, "full_dispatch_request", lambda: Response("{}") if watchdog._running else Response(status=500))
    ended, connections = SimpleQueue(), {}
    workshop = Workshop(app, queue, watchdog, Metrics(tmp_path, lambda: dict.fromkeys(GAUGES, 0)))
    for number, (method, rule) in enumerate(sorted(ROUTES)):
        body, connection = b"{}" if method == "POST" else b"", Connection()
        environ = get(rule, f"{method} {rule}") | {"REQUEST_METHOD": method}
        connections[f"{method} {rule}"] = connection
        queue.put(f"client {number}", Job(f"client {number}", environ, body, connection, 0.0, SimpleNamespace()))
    workshop.open(lambda _: ended.put(None))
    for _ in ROUTES:
        ended.get(timeout=30)
    assert {name: connection.statuses for name, connection in connections.items()} == {name: [200] for name in connections}
    assert sorted(watched) == sorted((name, name.startswith("POST")) for name in connections)
    assert watchdog._running == {}
    signal.setitimer(signal.ITIMER_REAL, 0.0)


def test_a_worker_without_a_main_process_is_told_twice_to_end_and_no_third_time(monkeypatch):
    """Told a third time while a request was under way, a worker stopped for good."""
    now, told = [0.0], []
    monkeypatch.setattr(housekeeping, "monotonic", lambda: now[0])
    monkeypatch.setattr(housekeeping, "end", lambda: told.append(now[0]))
    keeper = housekeeping.Housekeeping(None, SimpleNamespace(look=None), SimpleNamespace(save=None), None)
    keeper._end_with_the_main_process()
    assert told == []
    keeper._main = -1
    for second in range(60):
        now[0] = float(second)
        keeper._end_with_the_main_process()
    assert told == [0.0, 6.0]

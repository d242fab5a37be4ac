"""How the service ends, and what it survives."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.running import free_port

from stepgrade_service.serving.directory import directory_of
from stepgrade_service.serving.supervisor import AGAIN

STEP = json.dumps({"optimizer": "gd", "params": [1], "gradient": [1]}).encode()
LONG = {"optimizer": "adam", "objective": {"name": "rosenbrock", "dimension": 2000}, "steps": 10_000, "record_every": 10_000}
WORK = json.dumps({**LONG, "include": ["values"]}).encode()
JSON = {"Content-Type": "application/json"}

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the workers are found in /proc")

#: Seconds for a server to end. How fast it is on a busy machine is no fact of a test: only that it ends.
PATIENCE = 60


def workers(server):
    """The numbers of a server's worker processes."""
    main = server.process.pid
    return [int(pid) for pid in Path(f"/proc/{main}/task/{main}/children").read_text().split()]


def listens(server):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", server.port)) == 0


def settled(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_readiness_goes_before_the_port_closes_and_what_is_under_way_is_finished(replica_with):
    server = replica_with(DRAIN_SECONDS="1.5")
    answers = []
    asker = threading.Thread(target=lambda: answers.append(server.post("/trajectory", WORK)))
    asker.start()
    time.sleep(0.3)
    os.kill(server.process.pid, signal.SIGTERM)
    assert settled(lambda: server.get("/readyz").status == 503, 1)
    unready = server.get("/readyz")
    assert unready.json["type"] == "urn:stepgrade:problem:shutting-down"
    assert int(unready.headers["Retry-After"]) >= 1
    assert server.get("/healthz").status == 200
    assert server.post("/step", STEP).status == 200
    assert settled(lambda: not listens(server), 10)
    asker.join()
    assert [answer.status for answer in answers] == [200]
    assert server.process.wait(PATIENCE) == 0


def under_way(server):
    """A request that has begun and does not end, and where an answer would come to."""
    answers = []
    body = json.dumps({**LONG, "steps": 10**7, "record_every": 10**7})

    def ask():
        with contextlib.suppress(OSError, http.client.HTTPException):
            answers.append(server.request("POST", "/trajectory", body, JSON, timeout=PATIENCE))

    asker = threading.Thread(target=ask)
    asker.start()
    assert settled(lambda: b"stepgrade_busy_threads 1" in server.get("/metrics").body, 10)
    return asker, answers


@pytest.mark.parametrize("tell", [os.kill, os.killpg], ids=["the main process", "all, as a terminal does on Ctrl-C"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_who_asks_twice_does_not_wait_for_what_is_under_way(replica_with, tell, how):
    server = replica_with(MAX_WORK="1e300", MAX_SECONDS="50")
    asker, answers = under_way(server)
    tell(server.process.pid, how)
    time.sleep(AGAIN + 0.2)
    assert server.process.poll() is None, "the first time it waits"
    tell(server.process.pid, how)
    began = time.monotonic()
    assert server.process.wait(PATIENCE) == 0
    assert time.monotonic() - began < 30
    asker.join()
    assert answers == []
    left = {path.name.split("-")[0] for path in directory_of("127.0.0.1", server.port).iterdir()}
    assert not left & {"worker", "ended"}, "no request is to blame for it"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_one_wish_to_end_that_is_told_several_times_is_one(replica_with, how):
    server = replica_with()
    answers = []
    asker = threading.Thread(target=lambda: answers.append(server.post("/trajectory", WORK)))
    asker.start()
    time.sleep(0.3)
    for _ in range(3):
        os.killpg(server.process.pid, how)
        time.sleep(0.05)
    asker.join()
    assert [answer.status for answer in answers] == [200]
    assert server.process.wait(PATIENCE) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full, as Linux has one")
def test_a_disk_that_is_full_for_the_log_costs_no_request_and_no_worker():
    port = free_port()
    ours = {"PORT": str(port), "ACCESS_LOG": "true", "MAX_SECONDS": "1", "MAX_WORK": "1e300", "DRAIN_SECONDS": "0"}
    environment = {**os.environ, **{f"STEPGRADE_SERVER_{name}": value for name, value in ours.items()}}
    with open("/dev/full", "wb") as full:
        process = subprocess.Popen([sys.executable, "-m", "stepgrade_service", "serve"], env=environment, stdout=full, stderr=full)
    try:

        def ask(method, path, body=None):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            with contextlib.closing(connection):
                connection.request(method, path, body, {"Content-Type": "application/json"})
                return connection.getresponse().status

        def is_ready():
            with contextlib.suppress(OSError):
                return ask("GET", "/readyz") == 200

        assert settled(is_ready, PATIENCE), process.poll()
        assert [ask("POST", "/step", STEP) for _ in range(20)] == [200] * 20
        assert ask("POST", "/step", b"{}") == 422
        endless = json.dumps({**LONG, "steps": 10**7, "record_every": 10**7}).encode()
        with contextlib.suppress(OSError, http.client.HTTPException):  # its worker ends, and says why to nobody
            ask("POST", "/trajectory", endless)
        assert settled(is_ready, PATIENCE)
        assert ask("POST", "/step", STEP) == 200
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0


def test_a_main_process_that_is_killed_leaves_no_worker_that_keeps_the_port(replica_with):
    server = replica_with(WORKERS="2")
    assert len(workers(server)) == 2
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    assert settled(lambda: not listens(server), 10)


def test_what_is_under_way_is_finished_when_the_main_process_is_killed(replica_with):
    server = replica_with()
    answers, asked = [], {"objective": "rosenbrock", "optimizers": ["gd", "rmsprop"], "steps": 10_000}
    body = json.dumps({**asked, "grid": {"x": [-3, 3, 90], "y": [-3, 3, 90]}, "measure": "settling_step"})
    asker = threading.Thread(target=lambda: answers.append(server.request("POST", "/map", body, JSON, timeout=PATIENCE)))
    asker.start()
    time.sleep(0.3)
    os.kill(server.process.pid, signal.SIGKILL)
    asker.join()
    assert [answer.status for answer in answers] == [200]


def test_workers_that_are_killed_soon_after_one_another_are_all_replaced(replica_with):
    server = replica_with()
    for _ in range(3):
        assert server.post("/step", STEP).status == 200
        server.get("/metrics")  # whoever is asked leaves its numbers at once
        [worker] = workers(server)
        os.kill(worker, signal.SIGKILL)
        assert settled(lambda gone=worker: workers(server) not in ([], [gone]), 10)
        server.wait_for("/readyz", 20)
    assert server.post("/step", STEP).status == 200
    numbers = server.get("/metrics").body
    assert b"stepgrade_worker_restarts_total 3" in numbers
    assert b'stepgrade_requests_total{route="/step",status="200"} 4' in numbers, "what the workers that ended have answered"
    directory = directory_of("127.0.0.1", server.port)
    assert len(list(directory.glob("*metrics-*"))) == 1


def test_a_request_is_not_refused_for_what_another_beside_it_does(replica_with):
    server = replica_with(MAX_WORK="1e9")
    innocent, guilty = (json.dumps({**LONG, "steps": steps, "include": ["values"]}).encode() for steps in (40_000, 40_001))

    def begin(body, client):
        asker = threading.Thread(target=lambda: asked(server, body, client))
        asker.start()
        return asker

    def end_the_worker(askers):
        os.kill(workers(server)[0], signal.SIGKILL)
        for asker in askers:
            asker.join()
        server.wait_for("/readyz", 20)
        time.sleep(1.1)  # a worker looks for those that ended once a second

    askers = [begin(innocent, "127.0.0.1"), begin(guilty, "127.0.0.2")]
    assert settled(lambda: b"stepgrade_busy_threads 2" in server.get("/metrics").body, 5)
    end_the_worker(askers)

    askers = [begin(guilty, "127.0.0.2")]
    assert settled(lambda: b"stepgrade_busy_threads 1" in server.get("/metrics").body, 5)
    waits = asked(server, innocent, "127.0.0.1")
    assert (waits.status, waits.json["type"]) == (503, "urn:stepgrade:problem:one-at-a-time")
    assert int(waits.headers["Retry-After"]) >= 1
    end_the_worker(askers)

    assert asked(server, guilty, "127.0.0.2").json["type"] == "urn:stepgrade:problem:ended-before"
    assert asked(server, innocent, "127.0.0.1").status == 200


def on_a_port():
    """This environment, with a port that no other test's server has."""
    return {**os.environ, "STEPGRADE_SERVER_PORT": str(free_port())}


def asked(server, body, client):
    """The answer to a client's long request, None where its worker ended."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        return server.request("POST", "/trajectory", body, {"Content-Type": "application/json"}, 60, client)


WITHOUT_THREADS = """
from stepgrade_service.serving import worker
from stepgrade_service.serving.work import Workshop

application, worker.load_core = worker.application, lambda: None

def fail(self, finished):
    raise RuntimeError("can't start new thread")

Workshop.open = fail
"""


@pytest.mark.parametrize("module", [None, WITHOUT_THREADS], ids=["no application", "no threads"])
def test_workers_that_never_get_ready_end_the_server(module, tmp_path):
    if module is not None:
        (tmp_path / "nowhere.py").write_text(module, encoding="utf-8")
    starting = f"import sys; sys.path.insert(0, {str(tmp_path)!r})"
    starting += "; from stepgrade_service.serving.server import run; raise SystemExit(run('nowhere:application'))"
    ended = subprocess.run([sys.executable, "-c", starting], env=on_a_port(), capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 1
    assert "3 workers ended before they were ready" in ended.stderr


def test_a_server_ends_when_its_terminal_is_closed(replica_with):
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup, under which the tests may run, would be inherited
    server = replica_with()
    signal.signal(signal.SIGHUP, before)
    os.kill(server.process.pid, signal.SIGHUP)
    assert server.process.wait(PATIENCE) == 0
    assert not listens(server)


def test_a_server_that_was_asked_to_stay_outlives_its_terminal():
    staying = """
import signal
from pathlib import Path
signal.signal(signal.SIGHUP, signal.SIG_IGN)
from stepgrade_service.serving.supervisor import Supervisor
supervisor = Supervisor("a:b", directory=Path("."))
supervisor.signal_handler_reload()
print(supervisor.interrupt_signal)
"""
    ended = subprocess.run([sys.executable, "-c", staying], capture_output=True, text=True, timeout=60, check=False)
    assert ended.stdout == "False\n"


def test_ctrl_c_while_it_starts_ends_it_without_a_word():
    command = [sys.executable, "-m", "stepgrade_service", "serve"]
    starting = subprocess.Popen(command, env=on_a_port(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(0.4)
    starting.send_signal(signal.SIGINT)
    out, err = starting.communicate(timeout=60)
    assert b"Traceback" not in out + err

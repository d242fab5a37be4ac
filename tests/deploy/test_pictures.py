"""A server's pictures are drawn beside its workers."""

import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from stepgrade_service.web import create_app
from stepgrade_service.web.settings import Settings

SVG, PNG = "image/svg+xml", "image/png"
STARTS = {"x": [-3, 3, 5], "y": [-3, 3, 5]}
PICTURES = [
    ("/trajectory", SVG, {"objective": "rosenbrock", "optimizer": "adam", "steps": 20}),
    ("/trajectory?theme=dark", PNG, {"gradients": [[1.0], [2.0]], "optimizer": "gd", "start": [1.0]}),
    ("/trajectory", SVG, {"objective": {"expression": "(a^2 + b^2)^2"}, "optimizer": "gd", "start": [1, 1], "steps": 5}),
    ("/compare", SVG, {"objective": "quadratic", "optimizers": ["gd", "rmsprop"], "starts": ["A", "B"], "steps": 50}),
    ("/map", PNG, {"objective": "quadratic", "optimizers": ["gd", "rmsprop"], "steps": 20, "grid": STARTS}),
]

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the processes are found in /proc")


@pytest.fixture(scope="module")
def here():
    return create_app(Settings()).test_client()


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def drawers(server):
    """The processes that draw for a server of one worker."""
    [worker] = children(server.process.pid)
    [template] = children(worker)
    return children(template)


def drawn(server, path, form, body):
    return server.request("POST", path, json.dumps(body), {"Content-Type": "application/json", "Accept": form}, timeout=60)


def test_a_picture_from_another_process_is_the_one_that_is_drawn_here(bare, here):
    for path, form, body in PICTURES:
        there = drawn(bare, path, form, body)
        own = here.post(path, json=body, headers={"Accept": form})
        assert (there.status, own.status_code) == (200, 200), (there.body, own.data)
        assert there.body == own.data
        assert {"compute", "encode"} <= {part.partition(";")[0] for part in there.headers["Server-Timing"].split(", ")}
    assert len(drawers(bare)) == 1


def test_a_picture_is_drawn_however_often_its_drawer_was_killed_between(bare):
    for _ in range(3):
        assert drawn(bare, *PICTURES[0]).status == 200
        [drawer] = drawers(bare)
        os.kill(drawer, signal.SIGKILL)
    assert drawn(bare, *PICTURES[0]).status == 200


def test_a_picture_whose_drawer_is_killed_while_it_draws_is_drawn_by_the_next(bare):
    answers = []
    large = {"objective": "rosenbrock", "optimizers": ["gd", "rmsprop"], "steps": 1000, "grid": {"x": [-3, 3, 60], "y": [-3, 3, 60]}}
    assert drawn(bare, *PICTURES[0]).status == 200
    [drawer] = drawers(bare)
    asker = threading.Thread(target=lambda: answers.append(drawn(bare, "/map", PNG, large)))
    asker.start()
    time.sleep(0.2)
    os.kill(drawer, signal.SIGKILL)
    asker.join()
    assert answers[0].status == 200


def test_a_picture_that_takes_too_long_is_refused_and_its_worker_stays(replica_with):
    server = replica_with(MAX_SECONDS="12", MAX_WORK="1e300", MAX_REQUEST_MEMORY="4000")
    assert drawn(server, *PICTURES[0]).status == 200
    workers = children(server.process.pid)
    endless = {"objective": "rosenbrock", "optimizers": ["gd", "rmsprop"], "steps": 1_000_000, "grid": {"x": [-3, 3, 60], "y": [-3, 3, 60]}}
    refused = drawn(server, "/map", PNG, endless)
    assert (refused.status, refused.json["type"]) == (503, "urn:stepgrade:problem:overloaded"), refused.body
    assert refused.json["detail"].startswith("the picture was not ready in time.")
    assert drawn(server, *PICTURES[0]).status == 200
    assert children(server.process.pid) == workers


def test_a_picture_has_most_of_a_short_time_too(replica_with):
    server = replica_with(MAX_SECONDS="1", WORKERS="1")
    answers = [drawn(server, *PICTURES[0]) for _ in range(5)]
    assert 200 in [answer.status for answer in answers], answers[-1].body


def test_no_drawer_outlives_its_server(replica_with):
    server = replica_with()
    assert drawn(server, *PICTURES[0]).status == 200
    [drawer] = drawers(server)
    server.end(signal.SIGTERM)
    ends = time.monotonic() + 60
    while Path(f"/proc/{drawer}").exists() and time.monotonic() < ends:
        time.sleep(0.05)
    assert not Path(f"/proc/{drawer}").exists()

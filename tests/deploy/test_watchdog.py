"""A request that runs past its time ends its worker and nothing else; one that needs too much memory ends nothing."""

from __future__ import annotations

import http.client
import json
import resource
import time
from pathlib import Path

import pytest

#: Minutes of work, for a service that is told to accept it.
LONG = {"optimizer": "adam", "objective": {"name": "rosenbrock", "dimension": 2000}, "steps": 10**7, "record_every": 10**7}
ENDLESS = json.dumps({**LONG, "include": ["values"]}).encode()
SHORT = json.dumps({**LONG, "steps": 10}).encode()
STEP = json.dumps({"optimizer": "gd", "params": [1], "gradient": [1]}).encode()


@pytest.fixture
def short(replica_with):
    """A service whose requests may run for a second, and cost what they like."""
    return replica_with(MAX_SECONDS="1", MAX_WORK="1e300")


def ended(server):
    """Send the long request; whether the connection ended without an answer."""
    try:
        server.request("POST", "/trajectory", ENDLESS, {"Content-Type": "application/json"}, timeout=20)
    except (http.client.HTTPException, OSError):
        return True
    return False


def test_a_request_past_its_time_ends_its_worker_which_comes_back_and_after_two_times_it_is_refused(short):
    began = time.monotonic()
    assert ended(short)
    assert time.monotonic() - began < 10
    short.wait_for("/readyz", 20)
    assert short.post("/step", STEP).status == 200
    assert "ran for more than 1 s" in short.log()

    assert ended(short)
    short.wait_for("/readyz", 20)
    time.sleep(1.1)  # a worker looks for those that ended once a second
    refused = short.post("/trajectory", ENDLESS)
    assert (refused.status, refused.json["type"]) == (503, "urn:stepgrade:problem:ended-before")
    assert int(refused.headers["Retry-After"]) > 0
    assert short.post("/trajectory", SHORT).status == 200


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="the limit of another process is set as Linux has it")
def test_too_much_memory_is_a_503_and_the_worker_goes_on(replica_with):
    """More than its price foretold: so the limit is set here, and the server knows of none."""
    server = replica_with(MAX_MEMORY="0", MAX_WORK="1e300", MAX_ANSWER="1e300", MAX_REQUEST_MEMORY="1000000")
    main = server.process.pid
    for worker in Path(f"/proc/{main}/task/{main}/children").read_text().split():
        resource.prlimit(int(worker), resource.RLIMIT_DATA, (400 << 20, 400 << 20))
    wide = {"optimizer": "adam", "objective": {"name": "rosenbrock", "dimension": 100_000}, "steps": 2000}
    refused = server.post("/trajectory", json.dumps(wide).encode())
    assert (refused.status, refused.json["type"]) == (503, "urn:stepgrade:problem:out-of-memory")
    assert server.post("/step", STEP).status == 200

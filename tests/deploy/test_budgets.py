"""Budgets as they are deployed: two replicas behind the gateway share them in Redis, which is ended and comes back."""

from __future__ import annotations

import json
import signal

import pytest
from tests.redis_server import redis_server, settled

from stepgrade_service.budgets.api_keys import made_key

STEP = json.dumps({"optimizer": "gd", "params": [1.0], "gradient": [1.0]}).encode()
KEY, ENTRY = made_key("course-a")

#: Some sixty small steps. So slowly does it come back that nothing does during the test.
BUDGET = {"MAX_WORK": "1e6", "BUDGET": "6e6", "BUDGET_SECONDS": "86400"}


@pytest.fixture
def redis(new_directory):
    with redis_server(new_directory()) as server:
        yield server


@pytest.fixture
def shared(redis, new_gateway, replica_with):
    """A gateway in front of two replicas that share their budgets."""
    settings = {**BUDGET, "REDIS_URL": redis.url, "API_KEYS": ENTRY, "TRUSTED_PROXIES": "127.0.0.1"}
    return new_gateway([replica_with(**settings).port for _ in range(2)])


def statuses(gateway, count, **headers):
    return [gateway.post("/step", STEP, **headers).status for _ in range(count)]


def test_replicas_share_the_budget_of_a_key_with_and_without_redis(redis, shared):
    key = {"Authorization": f"Bearer {KEY}"}
    answered = statuses(shared, 100, **key).count(200)
    assert 55 <= answered <= 75, "one budget, and not two"
    refused = shared.post("/step", STEP, **key)
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) >= 1
    assert refused.headers["RateLimit-Policy"] == '"work";q=6000000;qu="work";w=86400'
    assert shared.post("/step", STEP).status == 200, "its address has not spent anything"
    assert shared.post("/step", STEP, **{"X-Api-Key": "unknown"}).status == 401
    redis.end()
    assert statuses(shared, 10) == [200] * 10
    assert set(statuses(shared, 4, **key)) <= {200, 429}
    redis.start()
    assert settled(lambda: set(statuses(shared, 2, **key)) == {429}, 20)
    assert statuses(shared, 10) == [200] * 10
    assert KEY not in shared.log()


def test_a_redis_that_is_halted_costs_no_request(redis, shared):
    redis.tell(signal.SIGSTOP)
    assert statuses(shared, 20) == [200] * 20
    redis.tell(signal.SIGCONT)

"""What clients have spent, in a Redis that several replicas share; and what is done when it is gone."""

from __future__ import annotations

import re
import signal

import pytest
from tests.redis_server import redis_server, settled

from stepgrade_service.budgets.ledger import Budget
from stepgrade_service.budgets.shared_ledger import LEASE, SMALL, SharedLedger

#: So slowly does what is spent come back that nothing does during a test.
BUDGET = Budget(1e9, 1e8)

#: A busy machine may let a test wait; a request waits much less.
PATIENT = 30.0


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis(running):
    """A Redis that runs and is empty. A test that ended it has it started again."""
    if running.process is None:
        running.start()
    running.tell(signal.SIGCONT)
    return running


@pytest.fixture
def replica(redis):
    """`replica()`: the ledger of another replica."""
    return lambda wait=PATIENT: SharedLedger(redis.url, wait, pause=0.01)


def granted(ledgers, client, work, times):
    """How much is granted to a client that asks the replicas in turn."""
    return sum(work for number in range(times) if ledgers[number % len(ledgers)].take(client, BUDGET, work).fits)


def test_replicas_share_a_budget(replica, request):
    ledgers = [replica() for _ in range(3)]
    spent = granted(ledgers, request.node.name, 0.04 * BUDGET.work, 60)
    assert spent == pytest.approx(BUDGET.work), "and no part of it is lost"
    assert not ledgers[0].take(request.node.name, BUDGET, 0.5 * BUDGET.work).fits


def test_of_small_requests_few_ask_redis_and_nothing_is_given_twice(replica, request, monkeypatch):
    ledgers, asked = [replica(), replica()], []
    for ledger in ledgers:
        spend = ledger._store.spend
        monkeypatch.setattr(ledger._store, "spend", lambda *told, spend=spend: asked.append(told) or spend(*told))
    work = LEASE * BUDGET.work / 50
    spent = granted(ledgers, request.node.name, work, 2000)
    assert len(asked) < 200
    assert spent == pytest.approx(2000 * work)
    free, lease = BUDGET.work - spent, LEASE * BUDGET.work
    assert free - 2 * lease <= ledgers[0].take(request.node.name, BUDGET, 0.0).left <= free + lease


def test_what_is_left_is_what_is_left_for_all(replica, request):
    one, other = replica(), replica()
    one.take(request.node.name, BUDGET, 0.6 * BUDGET.work)
    assert other.take(request.node.name, BUDGET, 0.2 * BUDGET.work).left == pytest.approx(0.2 * BUDGET.work, rel=2 * LEASE / 0.2)
    assert one.add(request.node.name, BUDGET, BUDGET.work).left <= LEASE * BUDGET.work
    assert not other.take(request.node.name, BUDGET, 0.1 * BUDGET.work).fits


def test_what_is_given_back_is_left_for_all_and_is_no_more_than_was_spent(replica, request):
    one, other = replica(), replica()
    one.take(request.node.name, BUDGET, 0.6 * BUDGET.work)
    one.add(request.node.name, BUDGET, -0.5 * BUDGET.work)
    assert other.take(request.node.name, BUDGET, 0.5 * BUDGET.work).left == pytest.approx(0.4 * BUDGET.work)
    one.add(request.node.name, BUDGET, -BUDGET.work)
    assert other.take(request.node.name, BUDGET, BUDGET.work).fits
    assert not other.take(request.node.name, BUDGET, 0.01 * BUDGET.work).fits


def test_nothing_is_told_beyond_the_budget_though_an_advance_is_left_when_the_rest_has_come_back(replica, request):
    now = [0.0]
    ledger, client, slow = replica(), request.node.name, Budget(6e9, 86400.0)
    ledger.clock = lambda: now[0]
    for _ in range(2):
        balance = ledger.take(client, slow, 80_000.0)
        assert 0 <= balance.left <= slow.work
        assert balance.seconds_until_full >= 0
        now[0] += 86400.0


def test_what_is_refused_is_larger_than_what_is_left_and_fits_after_the_seconds_that_are_told(replica, request):
    ledger, client, work = replica(), request.node.name, 0.02 * BUDGET.work
    ledger.take(client, BUDGET, SMALL * BUDGET.work)  # and the rest of an advance stays free
    ledger.take(client, BUDGET, 0.975 * BUDGET.work)
    for refused in (ledger.take(client, BUDGET, work), ledger.refuses(client, BUDGET, 2 * work)):
        assert not refused.fits
        assert refused.left < work
        assert refused.seconds_until(work) >= (refused.spent + work - BUDGET.work) / BUDGET.rate > 0


@pytest.mark.parametrize("work", [1e8 / 3, 1e9 / 7, 91458.00049, 0.1, 0.0])
def test_no_digit_of_a_price_is_lost(replica, request, work):
    assert replica().take(request.node.name, BUDGET, work).fits


def test_a_budget_comes_back_by_the_clock_of_redis(replica, request):
    fast = Budget(1e9, 1e-3)
    ledger = replica()
    assert ledger.take(request.node.name, fast, 1e9).fits
    assert settled(lambda: ledger.take(request.node.name, fast, 1e9).fits, 10)


def test_without_redis_a_worker_goes_on_with_what_it_knew_and_comes_back(redis, replica, request, caplog):
    ledger, client = replica(), request.node.name
    ledger.take(client, BUDGET, 0.9 * BUDGET.work)
    redis.end()
    assert not ledger.take(client, BUDGET, 0.2 * BUDGET.work).fits, "it knows what was spent"
    assert ledger.take(client, BUDGET, 0.05 * BUDGET.work).fits
    assert ledger.add(client, BUDGET, 0.0).fits
    assert not ledger.is_in_touch
    redis.start()
    assert settled(lambda: ledger.is_in_touch, PATIENT)
    assert ledger.take("another", BUDGET, 1.0).fits
    lost, back = (record.message for record in caplog.records if record.name == "stepgrade_service")
    assert re.fullmatch(r"Redis does not answer \(ConnectionError.*\): each worker counts alone until it is back", lost)
    assert back == "Redis answers again"


def test_a_worker_starts_without_redis(redis, replica):
    redis.end()
    ledger = replica()
    assert not ledger.is_in_touch
    assert ledger.take("a", BUDGET, BUDGET.work).fits
    assert not ledger.take("a", BUDGET, 1.0).fits
    redis.start()
    assert settled(lambda: ledger.is_in_touch, PATIENT)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "no-such-host.invalid:6379"])
def test_where_there_is_no_redis_the_log_says_why_and_not_at_which_address(address, caplog):
    assert not SharedLedger(f"redis://:secret@{address}/0").is_in_touch
    [told] = [record.message for record in caplog.records if record.name == "stepgrade_service"]
    assert re.match(r"Redis does not answer \(ConnectionError: \w.*\): each worker counts alone", told)
    assert not [part for part in ("secret", *address.split(":")) if part in told]


def test_a_redis_that_is_halted_keeps_nobody_waiting(redis, replica, request):
    ledger = replica(wait=0.05)
    assert settled(lambda: ledger.is_in_touch, PATIENT)
    redis.tell(signal.SIGSTOP)
    assert all(ledger.take(request.node.name, BUDGET, 0.02 * BUDGET.work).fits for _ in range(20))
    assert not ledger.is_in_touch
    redis.tell(signal.SIGCONT)
    assert settled(lambda: ledger.is_in_touch, PATIENT)


@pytest.mark.parametrize(
    "command", [("CONFIG", "SET", "min-replicas-to-write", "1"), ("SCRIPT", "FLUSH"), ("CLIENT", "KILL", "TYPE", "normal")]
)
def test_whatever_redis_refuses_no_request_fails(redis, replica, command):
    ledger = replica()
    redis_client = __import__("redis").Redis.from_url(redis.url)
    try:
        redis_client.execute_command(*command)
        assert all(ledger.take("a", BUDGET, 0.001).fits and ledger.add("a", BUDGET, 0.001).fits for _ in range(3))
    finally:
        redis_client.execute_command("CONFIG", "SET", "min-replicas-to-write", "0")
    assert settled(lambda: ledger.is_in_touch, PATIENT)

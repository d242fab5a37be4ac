"""What clients have spent, in the memory of a process."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepgrade_service.budgets import ledger as module
from stepgrade_service.budgets.ledger import Budget, Ledger

BUDGET = Budget(600.0, 60.0)


class Clock:
    """A time that a test sets."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ledger(clock):
    return Ledger(clock)


def test_a_budget_may_be_spent_at_once_and_no_more(ledger):
    assert ledger.take("a", BUDGET, 600.0).fits
    refused = ledger.take("a", BUDGET, 1.0)
    assert (refused.fits, refused.left) == (False, 0)


def test_what_is_spent_comes_back_evenly(ledger, clock):
    ledger.take("a", BUDGET, 600.0)
    clock.now += 6.0
    assert not ledger.take("a", BUDGET, 61.0).fits
    assert ledger.take("a", BUDGET, 60.0).fits
    clock.now += 1e6
    assert ledger.take("a", BUDGET, 0.0).left == 600, "it does not grow beyond the budget"


def test_what_is_refused_costs_nothing(ledger):
    ledger.take("a", BUDGET, 500.0)
    assert not ledger.take("a", BUDGET, 101.0).fits
    assert ledger.take("a", BUDGET, 100.0).fits


def test_one_client_does_not_spend_what_is_another_s(ledger):
    ledger.take("a", BUDGET, 600.0)
    assert ledger.take("b", BUDGET, 600.0).fits


def test_work_that_is_done_is_added_but_brings_nobody_into_debt(ledger, clock):
    ledger.take("a", BUDGET, 500.0)
    assert ledger.add("a", BUDGET, 1e9).left == 0
    clock.now += 60.0
    assert ledger.take("a", BUDGET, 600.0).fits


def test_before_a_request_is_read_only_what_certainly_does_not_fit_is_refused(ledger):
    assert ledger.refuses("a", BUDGET, 1e9) is None, "nothing is known of this client"
    ledger.take("a", BUDGET, 590.0)
    assert ledger.refuses("a", BUDGET, 10.0) is None
    assert ledger.refuses("a", BUDGET, 11.0).seconds_until(11.0) == 1
    assert ledger.take("a", BUDGET, 10.0).fits, "asking costs nothing"


@given(st.lists(st.floats(0.0, 600.0)), st.floats(0.0, 600.0))
def test_a_request_fits_after_the_seconds_that_its_refusal_told(spent, asked):
    clock = Clock()
    ledger = Ledger(clock)
    for work in spent:
        ledger.take("a", BUDGET, work)
    balance = ledger.take("a", BUDGET, asked)
    if not balance.fits:
        clock.now += balance.seconds_until(asked)
        assert ledger.take("a", BUDGET, asked).fits


@given(st.lists(st.tuples(st.floats(0.0, 30.0), st.floats(0.0, 600.0))))
def test_no_client_gets_more_than_its_budget_and_what_came_back(requests):
    clock = Clock()
    ledger = Ledger(clock)
    granted = 0.0
    for pause, work in requests:
        clock.now += pause
        granted += work if ledger.take("a", BUDGET, work).fits else 0.0
    assert granted <= BUDGET.work + (clock.now - 1000.0) * BUDGET.rate + 1e-6


def test_what_is_given_back_can_be_spent_again_and_is_no_more_than_was_spent():
    ledger = Ledger(Clock())
    ledger.take("a", BUDGET, 500.0)
    assert ledger.add("a", BUDGET, -400.0).spent == pytest.approx(100.0)
    assert ledger.add("a", BUDGET, -400.0).spent == 0.0
    assert ledger.take("a", BUDGET, BUDGET.work).fits
    assert not ledger.take("a", BUDGET, 1.0).fits


def test_the_clients_that_asked_last_are_remembered(ledger, monkeypatch):
    monkeypatch.setattr(module, "MOST_CLIENTS", 2)
    for client in ("a", "b", "a", "c"):
        ledger.take(client, BUDGET, 300.0)
    assert not ledger.take("a", BUDGET, 1.0).fits
    assert ledger.take("b", BUDGET, 600.0).fits, "forgotten, as the one that had not asked for longest"

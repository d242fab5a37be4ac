"""Whose request it is, what that client may spend, and how many turns it has."""

from __future__ import annotations

import hashlib

import pytest

from stepgrade_service.budgets.ledger import Budget
from stepgrade_service.web.clients import Clients, Share
from stepgrade_service.web.settings import Settings

KEYS = ("plain", "large", "small", "free")
BUDGETS = {"plain": "", "large": ":6e10", "small": ":6e8", "free": ":0"}


def clients(**settings):
    entries = [f"{name}:{hashlib.sha256(name.encode()).hexdigest()}{BUDGETS[name]}" for name in KEYS]
    return Clients(Settings(api_keys=",".join(entries), **settings))


@pytest.mark.parametrize(
    ("address", "people"),
    [
        ("192.0.2.7", 200),
        ("192.0.2.128", 5),
        ("198.51.100.1", 1),
        ("2001:db8:1:2::/64", 30),
        ("2001:db9:1:2::/64", 1),
        ("unknown", 1),
    ],
)
def test_an_address_that_many_share_has_their_budgets_and_their_turns(address, people):
    told = Clients(Settings(budget=6e9, shared_addresses="192.0.2.0/24=200, 192.0.2.128/25=5, 2001:db8:1::/48=30"))
    assert told.of({"REMOTE_ADDR": address}) == Share(f"address:{address}", Budget(people * 6e9, 60.0), people)


@pytest.mark.parametrize(
    ("key", "work", "weight"), [("plain", 6e9, 1), ("large", 6e10, 10), ("small", 6e8, 1), ("free", None, 1), ("unknown", None, None)]
)
def test_a_key_with_a_larger_budget_has_more_turns(key, work, weight):
    found = clients(budget=6e9).of({"REMOTE_ADDR": "192.0.2.7", "HTTP_X_API_KEY": key})
    if weight is None:
        assert found is None
    else:
        assert found == Share(f"key:{key}", None if work is None else Budget(work, 60.0), weight, key=key)


def test_where_there_is_no_budget_all_have_one_turn_but_for_addresses_that_many_share():
    told = clients(shared_addresses="192.0.2.0/24=200")
    assert told.of({"REMOTE_ADDR": "198.51.100.1"}) == Share("address:198.51.100.1", None)
    assert told.of({"REMOTE_ADDR": "192.0.2.1"}) == Share("address:192.0.2.1", None, 200)
    assert told.of({"HTTP_X_API_KEY": "large"}) == Share("key:large", Budget(6e10, 60.0), key="large")

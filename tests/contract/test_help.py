"""What help() of the client's methods offers, the service accepts."""

from __future__ import annotations

import ast
import re
from typing import get_args

import pytest
from tests.client.test_help import entries_of

from stepgrade import Client, choices

#: A call of each method that every example in its help is tried in.
CALLS = {
    "step": {"optimizer": "adam", "params": [1.0, 2.0], "gradient": [0.5, -4.0]},
    "trajectory": {"optimizer": "adam", "objective": "quadratic", "steps": 5},
    "compare": {"objective": "quadratic", "optimizers": ["gd", "rmsprop"], "steps": 5},
    "map": {"objective": "quadratic", "optimizers": ["gd", "rmsprop"], "grid": {"x": [-1, 1, 2]}, "steps": 5},
    "contours": {"objective": "quadratic"},
    "convert": {"optimizer": "gd", "to": "paper"},
}

#: The arguments that are one of a closed list, or several, as a type of the client has it.
CLOSED = {
    ("trajectory", "include"): choices.RunPart,
    ("step", "include"): choices.StepPart,
    ("compare", "include"): choices.ComparedPart,
    ("compare", "match"): choices.Match,
    ("map", "match"): choices.Match,
    ("map", "measure"): choices.Measure,
}


@pytest.fixture(scope="module")
def local():
    """A client with the service in this process."""
    with Client.local() as client:
        yield client


def offers():
    """Each value that the help of a method shows for an argument."""
    for method in CALLS:
        for names, _, description in entries_of(getattr(Client, method)):
            shown = re.findall(r"`([{\[][^`]*)`", description)
            shown += re.findall(r"`(\"\w+\")`", description) if {*names} & {"optimizer", "objective"} else []
            yield from ((method, name, each) for name in names for each in shown)


OFFERS = [*offers()]


@pytest.mark.parametrize(("method", "name", "shown"), OFFERS)
def test_the_service_accepts_what_help_shows(local, method, name, shown):
    value = ast.literal_eval(shown)
    start = {"start": [1.0, 1.0]} if "expression" in value and method != "contours" else {}  # a formula has no start of its own
    assert getattr(local, method)(**{**CALLS[method], **start, name: value}) is not None


def test_help_shows_something_for_most_arguments():
    assert len({offer[:2] for offer in OFFERS}) >= 18


@pytest.mark.parametrize(("method", "name"), CLOSED)
def test_help_names_every_choice_and_the_service_accepts_each(local, method, name):
    told = next(description for names, _, description in entries_of(getattr(Client, method)) if name in names)
    for choice in get_args(CLOSED[method, name]):
        assert re.search(rf"`(\[\")?{choice}(\"\])?`", told)
        getattr(local, method)(**{**CALLS[method], name: [choice] if name == "include" else choice})


@pytest.mark.parametrize("schedule", ["step", "inverse_time", "cosine"])
def test_the_schedules_that_help_names_are_known(local, schedule):
    asked = {"step": {"step_size": 2}, "inverse_time": {"decay_rate": 0.1}, "cosine": {"decay_steps": 3}}[schedule]
    assert local.trajectory("adam", "quadratic", steps=5, schedule={"name": schedule, **asked}).steps == 5

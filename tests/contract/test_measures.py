"""The client's types of measures: their names are those of the service's answers, and a number has the kind that the type says."""

from __future__ import annotations

import types
import typing
from typing import get_args, get_type_hints

import numpy as np
import pytest

from stepgrade import Client
from stepgrade.results.measures import MapMeasures, RunMeasures, StepMeasures, Summary
from stepgrade_service.engine.comparing.map_plan import MEASURES
from stepgrade_service.engine.running.summary import MEANINGS

PAIR = ["gd", "rmsprop"]


@pytest.fixture(scope="module")
def local():
    """A client with the service in this process."""
    with Client.local() as client:
        yield client


def kinds(hint):
    """The classes that a type allows; none for Any, which allows all."""
    if hint is typing.Any:
        return ()
    return tuple(get_args(hint)) if isinstance(hint, types.UnionType) else (hint,)


def hold(found, declared):
    """A dict has the names of a type, and under each what the type says."""
    hints = get_type_hints(declared)
    assert found.keys() == hints.keys()
    wrong = {name: value for name, value in found.items() if kinds(hints[name]) and type(value) not in kinds(hints[name])}
    assert wrong == {}


def test_the_summary_s_names_are_the_service_s_meanings_and_the_minimum():
    assert Summary.__annotations__.keys() == {*MEANINGS, "minimum"}


@pytest.mark.parametrize(
    "run",
    [
        {"optimizer": {"name": "rmsprop", "lr": 0.2, "rho": 0.9}, "objective": "quadratic", "start": "A", "steps": 200},
        {"optimizer": "gd", "objective": "rosenbrock", "steps": 3, "noise": {"std": 0.1}},
        {"optimizer": {"name": "gd", "lr": 1e9}, "objective": "quadratic"},
        {"optimizer": "gd", "gradients": [[1.0, 2.0], [1.0, -2.0]], "start": [1.0, 2.0]},
        {"optimizer": "gd", "gradients": [{"W": [1.0], "b": 2.0}], "start": {"W": [1.0], "b": 2.0}},
    ],
)
def test_a_summary_is_as_its_type_says(local, run):
    hold(local.trajectory(**run).summary, Summary)


def test_a_comparison_s_summaries_are_too(local):
    for run in local.compare("quadratic", PAIR, starts=["A", "B"], steps=30, rotate=[45]):
        hold(run.summary, Summary)


def test_the_mean_over_seeds_has_the_same_names(local):
    for run in local.compare("quadratic", PAIR, steps=30, noise={"std": 0.1, "seeds": [1, 2]}):
        assert run.summary.keys() == Summary.__annotations__.keys()


def test_a_step_s_measures_are_as_their_type_says(local):
    hold(local.step("gd", [1.0, 2.0], [1.0, 0.0]).measures, StepMeasures)
    hold(local.step("gd", 1.0, 0.0).measures, StepMeasures)


def test_a_run_s_measures_are_as_their_type_says(local):
    found = local.trajectory("gd", "quadratic", steps=3, include=["measures"]).measures
    assert found.keys() == RunMeasures.__annotations__.keys()
    assert {array.dtype for array in found.values()} == {np.dtype(np.float64)}
    named = local.trajectory("gd", gradients=[{"b": 1.0}], start={"b": 2.0}, include=["measures"]).measures
    assert [name for name, each in named.items() if isinstance(each, dict)] == ["effective_lr"]


def test_a_map_s_measures_are_as_their_type_says(local):
    found = local.map("quadratic", PAIR, {"x": [-2, 2, 3]}, measure=[*MEASURES], steps=30).measures
    by_label = {name for name, each in found.items() if isinstance(each, dict)}
    assert found.keys() == MapMeasures.__annotations__.keys()
    assert by_label == {name for name, hint in get_type_hints(MapMeasures).items() if typing.get_origin(hint) is dict}

"""Probes: their answers tell the right formula from every mistake, and the mistakes from each other."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.running.trajectory_plan import plan_trajectory
from stepgrade_service.grading.candidates.runs import Course, plan_of
from stepgrade_service.grading.candidates.schedules import schedule_mistakes
from stepgrade_service.grading.candidates.single_and_double import mistakes, singles
from stepgrade_service.grading.probing.audit import FINE, shares
from stepgrade_service.grading.probing.probe import RIGHT, _between, fewest, points, probe_between, probes_for, true_points


def as_answered(points):
    """Points as an answer has them: what is not finite is null, whatever it is."""
    return np.where(np.isfinite(points), points, np.nan)


def test_probes_tell_every_two_formulas_apart(variant):
    choice = resolve(variant)
    found = probes_for(choice)
    courses = [Course(plan_of(request)) for request in found.requests]
    answers = {RIGHT: [as_answered(true_points(course)) for course in courses]}
    answers |= {candidate.code: [as_answered(points(course, candidate)) for course in courses] for candidate in mistakes(choice)}
    unseen = 2e-14 if 0 < (choice.settings.get("eps") or 1.0) <= 1e-15 else 0.0  # such an eps moves a number by less than a check sees
    codes, together = list(answers), np.array([np.concatenate(of_one, axis=None) for of_one in answers.values()])
    for number, one in enumerate(codes[:-1]):
        others = codes[number + 1 :]
        atol = np.array([[unseen if (one, other) in found.same else 0.0] for other in others])
        is_same = np.isclose(together[number + 1 :], together[number], rtol=1e-12, atol=atol, equal_nan=True).all(axis=1)
        assert dict(zip(others, is_same.tolist(), strict=True)) == {other: (one, other) in found.same for other in others}, one
    assert found.catalogue == len(answers) - 1
    assert found.gap is None if found.catalogue == 0 else found.gap > 0


def test_a_probe_is_a_trajectory_request_with_everything_said():
    for request in probes_for(resolve("adam")).requests:
        assert json.loads(json.dumps(request)) == request
        assert request["optimizer"] in (resolve("adam").echo, resolve({"name": "adam", "lr": 0.75e-3}).echo)
        assert plan_trajectory(request).steps == len(request["gradients"])


def test_one_probe_is_enough_where_eps_is_large():
    recommended = {"name": "adam", "lr": 0.03, "beta1": 0.8, "beta2": 0.95, "eps": 0.01}
    found = probes_for(resolve(recommended))
    assert len(found.requests) == 1
    assert found.gap > 1e-3


def test_a_small_eps_meets_gradients_of_its_size_in_each_tensor():
    found = probes_for(resolve({"name": "adam", "eps": 1e-8}))
    for request in found.requests:
        assert 1e-8 in np.abs(request["gradients"][0]["b"])
        assert (np.abs(request["gradients"][0]["W"]) < 1e-7).any()


@pytest.mark.parametrize(
    ("optimizer", "is_told"),
    [
        ({"name": "momentum", "lr": 0.1, "momentum": 0.9}, True),
        ({"name": "adam", "lr": 0.001}, True),
        ({"name": "rmsprop", "lr": 0.01, "rho": 0.99}, True),
        ({"name": "gd", "lr": 1.0}, True),
        ({"name": "adam", "lr": 0.003}, False),
    ],
)
def test_a_rate_that_equals_another_number_of_the_formula_is_not_the_only_one(optimizer, is_told):
    choice = resolve(optimizer)
    rates = {request["optimizer"]["lr"] for request in probes_for(choice).requests}
    assert rates == {optimizer["lr"], *([0.75 * optimizer["lr"]] if is_told else [])}


@pytest.mark.parametrize("optimizer", ["adamw", "adagrad", "rmsprop", "adamax", "nadam"])
@pytest.mark.parametrize("convention", ["torch", "keras", "optax"])
def test_no_mistake_passes_all_probes(optimizer, convention):
    choice = resolve({"name": optimizer, "convention": convention, "lr": 1e-3})
    found = probes_for(choice)
    courses = [Course(plan_of(request)) for request in found.requests]
    for candidate in mistakes(choice):
        if candidate.code == "wd_after_step" and choice.settings["weight_decay"] * 1e-3 < 1e-6:
            continue  # the decay of what a step adds is below every tolerance
        used = [shares(points(course, candidate), true_points(course), FINE).max() for course in courses]
        assert max(used) > 1, candidate.code


def seen_where_left_out(variant, has_state):
    """Of each number of the probes, whether one of them shows code that leaves it out."""
    seen = []
    for request in probes_for(resolve(variant)).requests:
        plan = plan_of(request if has_state else {**request, "state": {"t": 0}})
        moved = true_points(Course(plan))
        seen.append((shares(np.broadcast_to(plan.start, moved.shape), moved, FINE) > 1).any(axis=0))
    return np.any(seen, axis=0)


@pytest.mark.parametrize("has_state", [True, False])
@pytest.mark.parametrize("optimizer", ["gd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "adamw", "adamax", "nadam"])
def test_code_that_leaves_out_any_number_does_not_pass_the_probes(optimizer, has_state):
    assert seen_where_left_out({"name": optimizer, "lr": 0.02}, has_state).all()


def test_code_that_leaves_out_the_last_number_of_a_tensor_does_not_pass_the_probes(variant):
    if variant["name"] != "rprop":  # it asks for two gradients after one another that are not 0
        assert seen_where_left_out(variant, has_state=True)[[5, 9]].all()


REPLAY = {"optimizer": "adam", "start": [1.0], "gradients": [[1.0]]}


def test_formulas_that_are_the_same_here_are_named():
    found = probes_for(resolve({"name": "rmsprop", "rho": 0.5}))
    assert ("right", "beta_complement_v") in found.same


def test_a_learning_rate_for_each_tensor_names_the_tensors():
    for names in (["w"], ["w", "b"], ["a", "b", "c"]):
        choice = resolve({"name": "adam", "lr": dict.fromkeys(names, 0.1)})
        assert all(list(request["start"]) == names for request in probes_for(choice).requests)


def test_a_probe_between_two_mistakes_tells_them_apart():
    choice = resolve("adam")
    known = {candidate.code: candidate for candidate in mistakes(choice)}
    several = [known["not_accumulated"], known["state_not_returned"], known["int_state"]]
    course = Course(plan_of(probe_between(plan_of(REPLAY), several)))
    answers = [points(course, candidate) for candidate in several]
    assert all(np.abs(a - b).max() > 1e-5 for a, b in combinations(answers, 2))


def test_what_is_said_of_a_submission_changes_no_probe_and_no_probe_is_worked_out_twice():
    several = list(mistakes(resolve("adam")))[:2]
    request = probe_between(plan_of(REPLAY), several)
    known = _between.cache_info()
    retold = [replace(candidate, title="the same in other words", hints=("1", "2", "3")) for candidate in several]
    assert probe_between(plan_of(REPLAY), retold) == request
    assert _between.cache_info() == known._replace(hits=known.hits + 1)


@pytest.mark.parametrize("optimizer", ["gd", "momentum", "adam", {"name": "rmsprop", "lr": {"W": 0.1, "b": 0.2}}])
def test_candidates_are_of_one_formula_only_where_all_their_numbers_are_the_same(optimizer):
    choice = resolve(optimizer)
    gradients = [{"W": [0.5, -2.0], "b": 0.1}] * 3
    course = Course(plan_of({"optimizer": choice.echo, "start": {"W": [1.0, 2.0], "b": 3.0}, "gradients": gradients}))
    of_one = dict[tuple[object, ...], list[np.ndarray]]()
    for candidate in (*singles(choice, frozenset()), *mistakes(choice, in_all_ways=True)):
        if candidate.fits(course.plan.layout):
            of_one.setdefault(candidate.formula, []).append(as_answered(points(course, candidate)))
    assert len(of_one) > 10
    assert all(np.array_equal(each, answers[0], equal_nan=True) for answers in of_one.values() for each in answers)


def test_there_is_no_probe_between_one_formula_and_itself():
    choice = resolve("adam")
    candidate = next(iter(mistakes(choice)))
    assert probe_between(plan_of(REPLAY), [candidate, candidate]) is None


@pytest.mark.parametrize("optimizer", [{"name": "sm3", "lr": 0.1}, "adam", "gd"])
@pytest.mark.parametrize("taken", [0, 3])
def test_a_probe_between_mistakes_about_a_schedule_has_that_schedule(optimizer, taken):
    schedule = {"name": "cosine", "decay_steps": 6}
    reference = {
        "optimizer": optimizer,
        "start": [1.0, 2.0, 3.0],
        "gradients": [[1.0, 1.0, 1.0]] * 2,
        "schedule": schedule,
        "state": {"t": taken},
    }
    plan = plan_of(reference)
    several = list(schedule_mistakes([plan]))[:3]
    request = probe_between(plan, several)
    assert request["schedule"]["name"] == "cosine"
    course = Course(plan_of(request))
    answers = [points(course, candidate) for candidate in several]
    assert all(np.abs(a - b).max() > 1e-9 for a, b in combinations(answers, 2))


@pytest.mark.parametrize(
    ("covered", "taken"),
    [([[1, 0, 0], [1, 1, 0], [0, 0, 0]], [1]), ([[1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1]], [1, 2]), ([[0, 0]], [])],
)
def test_the_fewest_that_cover_what_can_be_covered(covered, taken):
    assert sorted(fewest(np.array(covered, dtype=bool))) == taken


def test_mistakes_about_a_schedule_have_rates_of_their_own():
    request = {"optimizer": {"name": "sgd", "lr": 1.0}, "start": [0.0], "gradients": [[1.0]] * 3}
    plan = plan_of({**request, "schedule": {"name": "inverse_time", "decay_rate": 1.0}})
    assert true_points(Course(plan))[:, 0] == pytest.approx([-1, -1.5, -1.5 - 1 / 3])
    moved = {candidate.code: points(Course(plan), candidate)[:, 0].tolist() for candidate in schedule_mistakes([plan])}
    assert moved["schedule_ignored"] == pytest.approx([-1, -2, -3])
    assert moved["schedule_late"] == pytest.approx([-1, -2, -2.5])
    assert moved["schedule_early"] == pytest.approx([-0.5, -0.5 - 1 / 3, -0.5 - 1 / 3 - 0.25])
    assert moved["schedule_in_place"] == pytest.approx([-1, -1.5, -1.5 - 1 / 6])
    assert list(schedule_mistakes([plan_of(request)])) == []


def test_without_eps_no_right_answer_of_a_probe_is_0_by_0():
    for optimizer in ({"name": "adam", "eps": 0}, {"name": "rmsprop", "convention": "paper", "lr": 0.1}):
        assert all(np.isfinite(true_points(Course(plan_of(request)))).all() for request in probes_for(resolve(optimizer)).requests)

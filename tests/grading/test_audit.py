"""Audits of published tests: what they let through, as far as the catalogues agree."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from stepgrade_service.engine.reading.cost import Limits, TooCostly
from stepgrade_service.engine.reading.faults import Collector
from stepgrade_service.grading.candidates.runs import Course, plan_of
from stepgrade_service.grading.candidates.single_and_double import mistakes
from stepgrade_service.grading.checking.case import Tolerance
from stepgrade_service.grading.checking.exercise import read_references, rules_of
from stepgrade_service.grading.probing.audit import FINE, audit, shares
from stepgrade_service.grading.probing.probe import points, true_points

VECTORS = Path(__file__).resolve().parents[1] / "parity" / "course_vectors.json"
PUBLISHED = {vector["id"]: vector for vector in json.loads(VECTORS.read_text())}

#: keras/src/optimizers/*_test.py, test_correctness_with_golden (keras-team/keras@3422977a): ten params, five steps.
GOLDEN_GRADIENTS = [[0.01] * 10] + [[k / 10 for k in range(1, 11)]] * 4
GOLDEN_TOLERANCE = Tolerance(5e-4, 5e-4)

#: adam_test.py, test_single_step (keras-team/keras@3422977a).
KERAS_STEP = {
    "optimizer": {"name": "adam", "convention": "keras", "learning_rate": 0.5},
    "params": [1.0, 2.0, 3.0, 4.0],
    "gradient": [1.0, 6.0, 7.0, 2.0],
}
ONE_STEP = Tolerance(1e-4, 1e-4)


def golden(optimizer):
    return {"optimizer": {"convention": "keras", **optimizer}, "start": [1.0] * 10, "gradients": GOLDEN_GRADIENTS}


def through(request, tolerance, **compares):
    return {hole.candidate.code for hole in audit([plan_of(request)], tolerance, **compares).lets_through}


def test_kerass_adam_step_of_which_only_the_params_are_compared():
    found = audit([plan_of(KERAS_STEP)], ONE_STEP, ["params"])
    missed = {hole.candidate.code for hole in found.lets_through}
    assert missed >= {"betas_swapped_everywhere", "state_not_returned", "state_overwritten"}
    assert missed >= {"eps_inside_sqrt", "eps_not_hat", "eps_missing", "eps_paren"}
    assert missed >= {"beta_missing_on_m", "beta_missing_on_v", "m_not_accumulated", "v_not_accumulated"}
    assert missed >= {"bias_no_power", "bias_mul_t", "raw_gradient_step", "t_not_advanced"}
    assert {candidate.code for candidate in found.catches} >= {"no_bias_correction", "wrong_sign", "sqrt_missing", "beta_complement"}


def test_kerass_golden_adam():
    request = golden({"name": "adam", "amsgrad": True})
    missed = through(request, GOLDEN_TOLERANCE)
    assert missed >= {"eps_inside_sqrt", "eps_not_hat", "eps_missing", "eps_paren"}
    assert missed >= {"t_off_by_one", "betas_swapped_everywhere", "beta_missing_on_m", "beta_missing_on_v"}
    assert not missed & {"no_bias_correction", "bias_no_power", "wrong_sign", "state_not_returned", "m_not_accumulated"}
    np.testing.assert_allclose(true_points(Course(plan_of(request))), PUBLISHED["keras_adam"]["expected"], atol=5e-4)


def test_kerass_golden_adamw_cannot_see_the_learning_rate_and_a_probe_at_another_rate_can():
    request = golden({"name": "adamw", "learning_rate": 1.0, "weight_decay": 0.5, "epsilon": 2.0})
    found = audit([plan_of(request)], GOLDEN_TOLERANCE)
    np.testing.assert_allclose(true_points(Course(plan_of(request))), PUBLISHED["keras_adamw"]["expected"], atol=5e-4)
    known = {"lr_missing", "lr_twice", "wd_without_lr", "lr_missing_beside_decay", "lr_twice_beside_decay"}
    probes = {hole.candidate.code: hole.probe for hole in found.lets_through}
    assert {probes[code]["optimizer"]["lr"] for code in known} == {0.75}, "with a learning rate of 1 they are the right formula"
    assert None not in probes.values()
    assert {"not_squared", "absolute_for_square"} <= {hole.candidate.code for hole in found.lets_through}


def test_d2ls_adagrad_sees_all_but_where_eps_stands():
    """d2l-ai/d2l-en@23d7a5a chapter_optimization/adagrad.md: 20 steps, of which six decimals of the last are printed."""
    request = {
        "optimizer": {"name": "adagrad", "convention": "keras", "lr": 0.4, "eps": 1e-6, "initial_accumulator": 0.0},
        "objective": "d2l_ravine",
        "start": [-5.0, -2.0],
        "steps": 20,
    }
    expected = PUBLISHED["d2l_adagrad_04"]["expected"]["x"]
    assert true_points(Course(plan_of(request)))[-1] == pytest.approx(expected, abs=1e-6)
    assert through(request, Tolerance(0.0, 1e-6), compares=["params"]) == {"eps_outside_sqrt", "eps_missing"}


@pytest.mark.parametrize("request_", [KERAS_STEP, golden({"name": "adam", "amsgrad": True})])
def test_the_probes_close_the_holes(request_):
    found = audit([plan_of(request_)], GOLDEN_TOLERANCE)
    known = {candidate.code: candidate for candidate in mistakes(plan_of(request_).choice)}
    for hole in found.lets_through:
        assert hole.probe in found.probes
        course = Course(plan_of(hole.probe))
        assert shares(points(course, known[hole.candidate.code]), true_points(course), hole.tolerance).max() > 1


def test_comparing_more_catches_more():
    with_state = through(KERAS_STEP, ONE_STEP, compares=["params", "state"])
    assert not with_state & {"state_not_returned", "state_overwritten", "int_state", "betas_swapped_everywhere"}
    assert with_state < through(KERAS_STEP, ONE_STEP)


def test_the_points_of_one_step_are_its_params():
    assert through(KERAS_STEP, ONE_STEP, compares=["points"]) == through(KERAS_STEP, ONE_STEP, compares=["params"])


def test_what_any_reference_catches_is_caught():
    two = [plan_of(KERAS_STEP), plan_of({**KERAS_STEP, "state": {"t": 3, "m": [1.0] * 4, "v": [2.0] * 4}})]
    found = audit(two, ONE_STEP)
    assert {hole.candidate.code for hole in found.lets_through} < through(KERAS_STEP, ONE_STEP)
    assert "m_not_accumulated" in {candidate.code for candidate in found.catches}


def test_a_probe_has_a_finer_tolerance_where_the_tests_own_sees_nothing():
    found = audit([plan_of(golden({"name": "adam", "amsgrad": True}))], GOLDEN_TOLERANCE)
    tolerances = {hole.candidate.code: hole.tolerance for hole in found.lets_through}
    assert tolerances["t_off_by_one"] == FINE
    assert tolerances["eps_missing"] == GOLDEN_TOLERANCE


def test_a_short_test_does_not_see_how_a_schedule_goes_on():
    optimizer = {"name": "sgd", "lr": 0.1}
    step = {"optimizer": optimizer, "start": [1.0], "gradients": [[1.0]], "schedule": {"name": "inverse_time", "decay_rate": 0.5}}
    holes = {hole.candidate.code: hole for hole in audit([plan_of(step)], Tolerance()).lets_through}
    assert {"schedule_ignored", "schedule_late", "schedule_in_place"} <= set(holes)
    assert all(hole.probe["schedule"]["name"] == "inverse_time" for code, hole in holes.items() if code.startswith("schedule"))
    assert "schedule_early" not in holes


def test_nothing_is_caught_by_a_test_of_no_steps():
    assert audit([plan_of({"optimizer": "adam", "objective": "quadratic", "steps": 0})], Tolerance()).catches == ()


def test_an_audit_is_priced_by_what_runs_to_the_end():
    reference, faults = {"optimizer": "adam", "objective": "rosenbrock", "steps": 2000}, Collector()
    assert read_references(reference, faults, Limits(), rules_of(["points"]))
    with pytest.raises(TooCostly):
        read_references(reference, faults, Limits(), rules_of(["params"]))


def test_a_gradient_of_zero_shows_whatever_divides_by_the_bare_root():
    reference = {
        "optimizer": {"name": "adagrad", "lr": 0.01},
        "params": [1.0, 2.0],
        "gradient": [0.0, 0.2],
        "state": {"t": 1, "accumulator": [0.0, 1.0]},
    }
    holes = through(reference, Tolerance(0.0, 5e-6))
    assert not {"eps_missing", "eps_paren", "eps_paren_times_lr", "eps_added_to_params"} & holes
    assert "eps_inside_sqrt" in holes

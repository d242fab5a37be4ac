"""Checks: right answers pass in any precision, a wrong one is told where it first differs, and never guessed at."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.reading.cost import Limits, TooCostly
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.trajectory import trajectory
from stepgrade_service.grading.candidates.runs import Course, plan_of, wrong
from stepgrade_service.grading.candidates.single_and_double import several, singles
from stepgrade_service.grading.catalogue.mistakes import MISTAKES
from stepgrade_service.grading.checking import openings
from stepgrade_service.grading.checking.case import Tolerance
from stepgrade_service.grading.checking.check import CheckResult, check
from stepgrade_service.grading.checking.exercise import CANDIDATES, read_exercise

ADAM = {"name": "adam", "lr": 0.05, "beta1": 0.8, "beta2": 0.95, "eps": 1e-2}
STATE = {"t": 3, "m": [0.2, -0.05, 1.0, 0.01], "v": [0.04, 0.003, 2.0, 1e-4]}
ONE = {"optimizer": ADAM, "params": [1.0, -2.0, 0.5, 3.0], "gradient": [0.3, -0.02, 4.0, -0.001], "state": STATE}
BOWL = {"optimizer": ADAM, "objective": {"name": "quadratic", "dimension": 4}, "steps": 10}


def checked(reference: Any, submission: Any, **more: Any) -> CheckResult:
    exercise = read_exercise({"reference": reference, "submission": submission, **more})
    return check(exercise.cases, exercise.tolerance)


def submitted(reference: Any, code: str | None = None, dtype: type = np.float64) -> dict[str, Any]:
    """What code with one mistake, or none, returns."""
    plan = plan_of(reference)
    update = wrong(plan.choice, MISTAKES[code].replaced if code else {}, plan)
    rows = list(Course(plan).run(plan.choice, update, dtype))
    points = [x.astype(float).tolist() for x, _ in rows]
    state = {name: slot.astype(float).tolist() for name, slot in rows[-1][1].items()}
    return {"params": points[0], "state": state} if "params" in reference else {"points": points, "state": state}


def codes(verdict: CheckResult) -> list[str]:
    return [finding.candidate.code for finding in verdict.findings]


@pytest.mark.parametrize("reference", [ONE, BOWL, {**BOWL, "noise": {"std": 0.1, "seed": 2}, "schedule": {"name": "step", "step_size": 3}}])
def test_the_services_own_numbers_pass(reference):
    verdict = checked(reference, submitted(reference), tolerance={"rtol": 1e-12, "atol": 1e-12})
    assert (verdict.passed, verdict.score, verdict.first_mismatch, verdict.findings) == (True, 1.0, None, ())


def test_a_trajectory_may_come_with_its_start_or_without_or_as_its_end_alone():
    points = submitted(BOWL)["points"]
    run = trajectory({**BOWL})
    assert run.points is not None
    assert checked(BOWL, {"points": run.points.tolist()}).passed
    assert checked(BOWL, {"points": points}).passed
    assert checked(BOWL, {"params": points[-1]}).passed
    assert not checked(BOWL, {"params": points[-2]}).passed
    short = checked(BOWL, {"points": points[:4]})
    assert short.first_mismatch is not None
    assert (short.first_mismatch.step, short.score) == (5, 0.4)


@pytest.mark.parametrize("reference", [ONE, BOWL])
@pytest.mark.parametrize("code", ["eps_inside_sqrt", "no_bias_correction", "t_off_by_one", "wrong_sign", "state_not_returned", "old_m"])
def test_a_mistake_is_named(reference, code):
    verdict = checked(reference, submitted(reference, code))
    assert not verdict.passed
    assert codes(verdict)[0] == code
    assert verdict.findings[0].residual < 1e-12


def test_two_mistakes_are_named_together_where_one_does_not_explain_the_numbers():
    plan = plan_of(BOWL)
    parts = {**MISTAKES["wrong_sign"].replaced, **MISTAKES["no_bias_v"].replaced}
    rows = Course(plan).run(plan.choice, wrong(plan.choice, parts, plan))
    verdict = checked(BOWL, {"points": [x.tolist() for x, _ in rows]})
    assert set(verdict.findings[0].candidate.codes) == {"wrong_sign", "no_bias_v"}


def test_another_frameworks_convention_is_told_from_a_mistake():
    keras = trajectory({**BOWL, "optimizer": {**ADAM, "convention": "keras"}})
    assert keras.points is not None
    finding = checked(BOWL, {"points": keras.points.tolist()}).findings[0]
    assert finding.candidate.kind == "convention"
    assert "as in Keras" in finding.candidate.title


@pytest.mark.parametrize(
    ("optimizer", "code", "kind"),
    [
        ({"name": "rmsprop", "lr": 0.05, "rho": 0.95, "eps": 1e-2}, "is_rmsprop", "optimizer"),
        ({"name": "sgd", "lr": 0.05}, "is_sgd", "optimizer"),
        ({**ADAM, "lr": 0.5}, "wrong_lr", "hyperparameter"),
        ({**ADAM, "beta2": 0.999}, "wrong_beta2", "hyperparameter"),
    ],
)
def test_another_optimizer_and_a_wrong_hyperparameter_are_named(optimizer, code, kind):
    run = trajectory({**BOWL, "optimizer": optimizer})
    assert run.points is not None
    candidate = checked(BOWL, {"points": run.points.tolist()}).findings[0].candidate
    assert (candidate.code, candidate.kind) == (code, kind)


def test_what_nothing_explains_is_not_guessed_at():
    random = np.random.default_rng(4).normal(size=(10, 4)).tolist()
    verdict = checked(BOWL, {"points": random})
    assert (verdict.passed, verdict.findings) == (False, ())


def test_numbers_that_are_none_are_a_mismatch_and_may_be_what_a_mistake_gives():
    first = {**ONE, "state": None}
    first.pop("state")
    nan = checked(first, {"params": [None] * 4})
    assert "t_zero" in codes(nan)
    assert nan.first_mismatch is not None
    assert np.isnan(nan.first_mismatch.got)
    assert checked(ONE, {"params": [1.0, None, 2.0, 3.0]}).findings == ()


def test_float32_is_no_mistake_unless_float64_is_asked_for():
    numbers = submitted(BOWL, dtype=np.float32)
    tight = {"rtol": 1e-12, "atol": 1e-12}
    passed = checked(BOWL, numbers, tolerance=tight)
    assert passed.passed
    assert passed.is_float32
    refused = checked(BOWL, numbers, tolerance=tight, precision="float64")
    assert not refused.passed
    assert refused.is_float32


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("params", "gradient"), [([1.0, 1e300], [1.0, 1.0]), ([1.0, 1.0], [1.0, 1e308]), ([1.0, 1.0], [1e-300, 1.0])])
def test_numbers_beyond_float32_are_checked_without_a_warning(params, gradient):
    reference = {"optimizer": ADAM, "params": params, "gradient": gradient, "state": {"t": 1, "v": [1.0, 1e300]}}
    assert checked(reference, submitted(reference)).passed
    verdict = checked(reference, submitted(reference, dtype=np.float32))
    assert verdict.passed or verdict.first_mismatch is not None


def test_a_mistake_made_in_float32_is_named():
    verdict = checked(BOWL, submitted(BOWL, "no_bias_v", np.float32), tolerance={"rtol": 1e-12, "atol": 1e-12})
    assert not verdict.passed
    assert codes(verdict)[0] == "no_bias_v"


def test_the_first_mismatch_is_told_with_its_place():
    named = {"optimizer": "gd", "params": {"W": [[1.0, 2.0]], "b": 3.0}, "gradient": {"W": [[1.0, 1.0]], "b": 1.0}}
    right = {"W": [[0.999, 1.999]], "b": 2.999}
    assert checked(named, {"params": right}).passed
    mismatch = checked(named, {"params": {**right, "W": [[0.999, 2.5]]}}).first_mismatch
    assert mismatch is not None
    assert (mismatch.case, mismatch.step, mismatch.quantity, mismatch.index) == (0, 1, "params", ("W", 0, 1))
    assert (mismatch.expected, mismatch.got) == (pytest.approx(1.999), 2.5)
    assert mismatch.relative_error == pytest.approx(0.501 / 1.999)


@pytest.mark.parametrize(
    ("params", "shown"),
    [
        ([1.0, 2.0], [2]),
        ([[1.0] * 4] * 4, [4, 4]),
        ("x", "not numbers"),
        ({"w": 1}, "named tensors"),
        (None, []),
        ([[1, 2], 3], "not numbers"),
    ],
)
def test_another_shape_is_a_mismatch_and_no_fault_of_the_request(params, shown):
    verdict = checked(ONE, {"params": params})
    assert not verdict.passed
    assert verdict.first_mismatch is not None
    assert (verdict.first_mismatch.got, verdict.first_mismatch.index) == (shown, None)


def test_a_column_against_a_flat_array_is_known_by_its_shape():
    column = {**ONE, "params": [[1.0], [2.0]], "gradient": [[1.0], [2.0]]}
    column.pop("state")
    assert codes(checked(column, {"params": [[1.0, 2.0], [2.0, 1.0]]})) == ["broadcast_shape"]


def test_several_cases_are_scored_together_and_explained_by_what_explains_them_all():
    other = {**ONE, "gradient": [1.0, 2.0, -3.0, 4.0]}
    verdict = checked([ONE, other], [submitted(ONE), submitted(other, "wrong_sign")])
    assert (verdict.passed, verdict.score) == (False, 0.5)
    assert verdict.first_mismatch is not None
    assert verdict.first_mismatch.case == 1
    assert verdict.findings == ()  # the first case is right
    assert codes(checked([ONE, other], [submitted(ONE, "wrong_sign"), submitted(other, "wrong_sign")]))[0] == "wrong_sign"


def test_the_count_and_the_slots_are_compared_where_they_are_returned():
    right = submitted(ONE)
    assert checked(ONE, {**right, "state": {**right["state"], "t": 4}}).passed
    late = checked(ONE, {**right, "state": {**right["state"], "t": 3}}).first_mismatch
    assert late is not None
    assert (late.quantity, late.expected, late.got) == ("state/t", 4, 3)


@pytest.mark.parametrize(
    ("change", "pointer", "told"),
    [
        ({"reference": 3}, "reference", "expected a /step or /trajectory request"),
        ({"reference": []}, "reference", "from 1 to 1000"),
        ({"reference": {**ONE, "gradient": [1.0]}}, "reference/gradient", "expected the layout of params, shape [4]"),
        ({"reference": {"optimizer": "adm", "params": [1.0], "gradient": [1.0]}}, "reference/optimizer", "did you mean adam"),
        ({"submission": 3}, "submission", "expected an object with params or points"),
        ({"submission": {}}, "submission", "expected either params or points"),
        ({"submission": {"params": [1.0], "prams": 1}}, "submission/prams", "did you mean params"),
        ({"submission": {"params": [1.0], "state": {"mm": 1}}}, "submission/state/mm", "unknown slot of adam 'mm'"),
        ({"submission": {"params": [1.0], "side_effects": ["x"]}}, "submission/side_effects/0", "unknown side effect"),
        ({"tolerance": {"rtol": -1}}, "tolerance/rtol", "at least 0"),
        ({"hints": 9}, "hints", "from 0 to 3"),
        ({"precision": "float16"}, "precision", "expected one of float32, float64"),
        ({"reference": [ONE, ONE]}, "submission", "expected a list of 2 submissions"),
    ],
)
def test_what_is_wrong_with_a_check_is_told_where_it_stands(change, pointer, told):
    with pytest.raises(Refusal) as refused:
        read_exercise({"reference": ONE, "submission": {"params": [1.0]}, **change})
    found = {"/".join(map(str, fault.path)): fault.detail for fault in refused.value.faults}
    assert pointer in found, found
    assert told in found[pointer]


def test_a_check_is_priced_before_it_starts():
    with pytest.raises(TooCostly):
        read_exercise({"reference": {**BOWL, "steps": 100_000}, "submission": {"params": [0.0] * 4}}, Limits())


def test_points_that_are_missing_are_explained_by_nothing():
    points = submitted(BOWL)["points"]
    for count in (0, 1, 9):
        verdict = checked(BOWL, {"points": points[:count]})
        assert verdict.first_mismatch is not None
        assert (verdict.first_mismatch.step, verdict.score, verdict.findings) == (count + 1, count / 10, ())


def test_the_start_is_known_in_a_short_list_too():
    points = submitted(BOWL)["points"]
    start = plan_of(BOWL).start.tolist()
    assert checked(BOWL, {"points": [start, *points[:4]]}).score == 0.4


def test_only_recorded_steps_are_compared():
    run = trajectory({**BOWL, "record_every": 4})
    assert run.points is not None
    assert checked({**BOWL, "record_every": 4}, {"points": run.points.tolist()}).passed


def test_a_count_alone_that_is_off_accuses_no_formula():
    right = submitted(ONE)
    assert codes(checked(ONE, {**right, "state": {**right["state"], "t": 3}})) == ["t_not_advanced"]
    assert codes(checked(ONE, {**right, "state": {**right["state"], "t": 5}})) == []


def test_a_state_that_another_optimizer_does_not_have_is_not_that_optimizers():
    reference = {"optimizer": {"name": "adam", "lr": 0.1}, "params": [1, 2], "gradient": [0.5, -4]}
    assert codes(checked(reference, {"params": [0.9, 2.1], "state": {"m": [[0.05, -0.4]]}})) == []
    assert codes(checked(reference, {"params": [0.9, 2.1], "state": {"m": [9, 9]}})) == []


def test_a_mistake_in_another_conventions_formula_is_named_with_it():
    reference = {
        "optimizer": {"name": "momentum", "convention": "course", "lr": 0.05},
        "start": [1, 2],
        "gradients": [[0.5, -4], [0.25, -2]],
    }
    velocity, x, points = np.zeros(2), np.array([1.0, 2.0]), []
    for gradient in ([0.5, -4.0], [0.25, -2.0]):
        velocity = 0.9 * velocity + 0.05 * np.array(gradient)
        x = x + velocity
        points.append(x.tolist())
    found = checked(reference, {"points": points}).findings[0].candidate
    assert "wrong_sign" in found.code
    assert found.kind == "mistake"


def test_a_learning_rate_that_nobody_lists_is_found():
    run = trajectory({**BOWL, "optimizer": {**ADAM, "lr": 0.05 * 3.7}})
    assert run.points is not None
    found = checked(BOWL, {"points": run.points.tolist()}).findings[0].candidate
    assert (found.code, found.title) == ("wrong_lr", "lr is 0.185 instead of 0.05")


@pytest.mark.parametrize("digits", [3, 4, 5])
def test_a_step_of_one_length_that_was_rounded_is_no_other_learning_rate(digits):
    """Adam's first step is as long in every coordinate: some rate gives any length, so only one that people type is told."""
    reference = {"optimizer": {"name": "adam", "lr": 0.1}, "params": [1.0, 2.0], "gradient": [0.5, -4.0]}
    without_correction = [round(x, digits) for x in (1 - 0.1 * 0.1 / 0.001**0.5, 2 + 0.1 * 0.1 / 0.001**0.5)]
    assert "wrong_lr" not in codes(checked(reference, {"params": without_correction}))
    found = checked(reference, {"params": without_correction}, tolerance={"rtol": 0, "atol": 0.5 * 10**-digits})
    assert codes(found)[0] == "no_bias_correction"
    typed = checked(reference, {"params": [1 - 0.35, 2 + 0.35]}).findings[0].candidate
    assert typed.title == "lr is 0.35 instead of 0.1"


def test_noise_is_not_explained_at_a_loose_tolerance():
    reference = {"optimizer": {"name": "adam", "lr": 0.1}, "params": [1.0, 2.0], "gradient": [0.5, -1.0]}
    rng = np.random.default_rng(0)
    accused = [
        bool(checked(reference, {"params": np.add([1.0, 2.0], rng.uniform(-0.2, 0.2, 2))}, tolerance={"rtol": 1e-2, "atol": 1e-2}).findings)
        for _ in range(40)
    ]
    assert sum(accused) <= 4


def test_a_search_that_costs_too_much_is_cut_short_at_the_same_place_each_time():
    long = {"optimizer": ADAM, "objective": {"name": "quadratic", "dimension": 4}, "steps": 300}
    end = {"params": [0.1, 0.2, 0.3, 0.4]}
    verdicts = [check(read_exercise({"reference": long, "submission": end}).cases, Tolerance(), work=2e6) for _ in range(2)]
    assert [(verdict.passed, verdict.findings, verdict.is_searched) for verdict in verdicts] == [(False, (), False)] * 2
    early = {"points": [[9.0] * 4] * 300}  # the first step rules out every candidate at no cost
    assert check(read_exercise({"reference": long, "submission": early}).cases, Tolerance(), work=2e6).is_searched


def test_what_was_found_before_the_allowance_was_spent_is_told():
    exercise = read_exercise({"reference": BOWL, "submission": {"params": submitted(BOWL, "no_bias_v")["points"][-1]}})
    whole, spent, none = (check(exercise.cases, Tolerance(), work=work) for work in (1e8, 4e6, 0.0))
    assert (codes(whole), whole.is_searched) == (["no_bias_v"], True)
    assert (codes(spent), spent.is_searched) == (["no_bias_v"], False)
    assert (codes(none), none.is_searched) == ([], False)


@pytest.mark.parametrize("reference", [ONE, BOWL])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_the_first_step_rules_out_would_not_fit(reference, dtype, monkeypatch):
    for code in ("eps_inside_sqrt", "no_bias_v", "wrong_sign", "t_zero"):
        numbers = submitted(reference, code, dtype)
        ruled_out = checked(reference, numbers)
        with monkeypatch.context() as patched:
            patched.setattr(openings, "MOST_COORDINATES", 0)
            tried = checked(reference, numbers)
        assert codes(ruled_out) == codes(tried)
        assert code in codes(tried)


def test_what_is_remembered_of_a_reference_is_of_that_reference_alone():
    for change in ({"lr": 0.1}, {"eps": 1e-3}, {"beta1": 0.7}):
        reference = {**ONE, "optimizer": {**ADAM, **change}}
        assert codes(checked(reference, submitted(reference, "wrong_sign")))[0] == "wrong_sign"
        for more in ({"gradient": [1.0, 2.0, 3.0, 4.0]}, {"params": [0.0, 0.5, 1.0, 2.0]}, {"state": {**STATE, "t": 7}}):
            assert codes(checked({**reference, **more}, submitted({**reference, **more}, "wrong_sign")))[0] == "wrong_sign"
    assert len(openings._remembered) <= openings.MOST_OPENINGS


@pytest.mark.parametrize("code", ["beta1_on_old_v", "raw_gradient_step", "t_not_advanced"])
def test_a_second_step_that_is_remembered_is_of_that_reference_alone(code):
    """Each of these mistakes takes the right first step, and the references have the first gradient in common."""
    replay = {"optimizer": ADAM, "start": [1.0, -2.0]}
    references = [{**replay, "gradients": [[0.5, -0.25], second, [0.1, 0.7]]} for second in ([0.4, 0.3], [-0.2, 0.6])]
    references += [{**replay, "gradients": references[0]["gradients"][:2]}]
    for reference in references * 2:
        points = {"points": submitted(reference, code)["points"]}
        assert points["points"][0] == submitted(reference)["points"][0]
        assert code in codes(checked(reference, points))


def test_what_is_remembered_of_a_reference_changes_no_verdict():
    """The second step rules out what the first does not, whether it was taken for this submission or for an earlier one."""
    wrong_rate = submitted({**BOWL, "optimizer": {**BOWL["optimizer"], "beta1": 0.6789}})
    once, again = (checked(BOWL, {"points": wrong_rate["points"]}) for _ in range(2))
    assert (once.findings, once.searched) == (again.findings, again.searched)


@pytest.mark.parametrize("decimals", [4, 6])
def test_rounded_numbers_are_named_rounded(decimals):
    for reference in (ONE, BOWL):
        numbers = submitted(reference)
        one = {name: np.round(numbers[name], decimals).tolist() for name in ("params", "points") if name in numbers}
        found = checked(reference, one, tolerance={"rtol": 1e-9, "atol": 1e-12}).findings
        assert [(finding.candidate.code, finding.candidate.kind) for finding in found] == [("rounded", "precision")]
        assert f"rounded to {decimals} decimals" in found[0].candidate.title


def test_an_update_or_a_count_that_is_wrong_is_not_called_rounded():
    right, coarse = submitted(ONE), {"rtol": 1e-9, "atol": 1e-12}
    update = np.subtract(right["params"], ONE["params"])
    rounded = {"params": np.round(right["params"], 4).tolist(), "update": np.round(update, 4).tolist()}
    assert codes(checked(ONE, rounded, tolerance=coarse)) == ["rounded"]
    for another in ({"update": [1.0, 2.0, 3.0, 4.0]}, {"update": [1.0]}, {"state": {"t": 7}}):
        assert "rounded" not in codes(checked(ONE, {**rounded, **another}, tolerance=coarse))


def test_numbers_that_only_have_few_decimals_are_not_called_rounded():
    verdict = checked(ONE, {"params": [1.1, -1.9, 0.4, 2.9]})
    assert "rounded" not in codes(verdict)


@pytest.mark.parametrize("taken", [{}, {"eps": 1e-2}])
def test_the_usual_numbers_in_the_place_of_those_asked_for_are_named_together(taken):
    run = trajectory({**BOWL, "optimizer": {"name": "adam", "lr": 0.05, **taken}})
    assert run.points is not None
    found = checked(BOWL, {"points": run.points.tolist()}).findings
    assert [(finding.candidate.code, finding.candidate.kind) for finding in found] == [("usual_numbers", "hyperparameter")]
    assert found[0].candidate.title.startswith("beta1 is 0.9 instead of 0.8, beta2 is 0.999 instead of 0.95")


def test_as_many_candidates_are_priced_as_there_are(any_variant):
    choice = resolve(any_variant)
    alone, together = len(list(singles(choice, frozenset(any_variant)))), len(several(choice, frozenset(any_variant)))
    assert alone + together <= CANDIDATES


@pytest.mark.parametrize("params", [[1e6] * 4, None, 1.0, [[1.0] * 4] * 4])
def test_an_end_alone_that_is_wrong_has_no_score(params):
    assert checked(BOWL, {"params": params}).score == 0.0


def test_no_learning_rate_is_fitted_to_one_number():
    for optimizer in ("adam", {"name": "sgd", "lr": 0.001}):
        for gradient in ([0.5], [0.5, 0.5], [0.0, 0.5]):
            reference = {"optimizer": optimizer, "params": [1.0] * len(gradient), "gradient": gradient}
            moved = [1.0 - 0.2684 * (g > 0) for g in gradient]
            assert checked(reference, {"params": moved}).findings == ()


@pytest.mark.parametrize("points", [[[1.0] * 4] * 13, "points", 3.0, {"x": 1}])
def test_too_many_points_and_no_list_of_them_are_the_students_fault(points):
    verdict = checked(BOWL, {"points": points})
    assert (verdict.passed, verdict.score) == (False, 0.0)
    assert verdict.first_mismatch is not None


def test_code_that_stores_nothing_is_named():
    reference = {"optimizer": "adam", "start": [1.0, -2.0, 0.5], "gradients": [[0.3, -0.02, 4.0]] * 2 + [[-0.3, 0.1, 1.0]] * 4}
    x, points = np.array(reference["start"]), []
    for gradient in reference["gradients"]:
        g = np.array(gradient)
        m, v = 0.1 * g, 0.001 * g**2
        x = x - 0.001 * (m / (1 - 0.9)) / (np.sqrt(v / (1 - 0.999)) + 1e-8)
        points.append(x.tolist())
    assert codes(checked(reference, {"points": points}))[0] == "nothing_stored"


@pytest.mark.parametrize("slip", ["uphill", "no rate", "rate twice", "no step"])
def test_adamw_in_its_usual_layout_is_named_with_its_mistake(slip):
    lr, decay, b1, b2 = 0.05, 0.1, 0.9, 0.999
    reference = {
        "optimizer": {"name": "adamw", "lr": lr, "weight_decay": decay},
        "start": [1.0, -2.0, 0.5],
        "gradients": [[0.3, -0.02, 4.0], [0.2, 0.5, -1.0], [-0.7, 0.1, 2.0]],
    }
    x, m, v, points = np.array(reference["start"]), 0.0, 0.0, []
    factor = {"uphill": -lr, "no rate": 1.0, "rate twice": lr * lr, "no step": 0.0}[slip]
    for t, gradient in enumerate(reference["gradients"], 1):
        g = np.array(gradient)
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        x = x * (1 - lr * decay) - factor * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + 1e-8)
        points.append(x.tolist())
    expected = {"uphill": "wrong_sign", "no rate": "lr_missing", "rate twice": "lr_twice", "no step": "no_step"}[slip]
    assert codes(checked(reference, {"points": points}))[0] == f"{expected}_beside_decay"


@pytest.mark.parametrize(
    "other", [{"name": "rmsprop"}, {"name": "rmsprop", "convention": "keras"}, {"name": "adagrad"}, {"name": "adadelta"}]
)
def test_another_optimizer_with_its_own_numbers_is_named(other):
    reference = {**BOWL, "optimizer": {"name": "adam", "lr": 0.05}}
    run = trajectory({**BOWL, "optimizer": {**other, "lr": 0.05}})
    assert run.points is not None
    assert f"is_{other['name']}" in codes(checked(reference, {"points": run.points.tolist()}))


def test_float32_state_under_float64_params_is_no_mistake():
    reference = {"optimizer": "adam", "start": [1.0, -2.0, 0.5], "gradients": [[0.3, -0.02, 4.0], [0.1, 0.7, -2.0]] * 100}
    x, m, v, points = np.array(reference["start"]), np.zeros(3, np.float32), np.zeros(3, np.float32), []
    for t, gradient in enumerate(reference["gradients"], 1):
        g = np.array(gradient, np.float32)
        m, v = np.float32(0.9) * m + np.float32(0.1) * g, np.float32(0.999) * v + np.float32(0.001) * g * g
        x = x - 0.001 * (m.astype(float) / (1 - 0.9**t)) / (np.sqrt(v.astype(float) / (1 - 0.999**t)) + 1e-8)
        points.append(x.tolist())
    submission = {"points": points, "state": {"m": m.astype(float).tolist(), "v": v.astype(float).tolist()}}
    verdict = checked(reference, submission, tolerance={"rtol": 1e-9, "atol": 1e-12})
    assert (verdict.passed, verdict.is_float32) == (True, True)


def test_faults_of_a_reference_do_not_hide_those_of_its_submission():
    with pytest.raises(Refusal) as refused:
        read_exercise({"reference": {**ONE, "optimizer": "adm"}, "submission": {"params": [1.0], "points": [], "prams": 1}})
    assert {"/".join(map(str, fault.path)) for fault in refused.value.faults} == {
        "reference/optimizer",
        "submission",
        "submission/prams",
    }


AT_ZERO = {"optimizer": {"name": "adam", "lr": 0.01}, "params": [1.0, -1.0, 0.5], "gradient": [0.0, 0.5, 0.25]}


@pytest.mark.parametrize("name", ["gd", "momentum", "rmsprop", "adagrad", "adadelta"])
def test_where_there_is_no_number_no_pair_of_mistakes_is_told(name):
    reference = {"optimizer": name, "params": [1.0, 2.0], "gradient": [0.1, 0.2]}
    assert not codes(checked(reference, {"params": [None, None]}))


def test_where_adam_leaves_no_number_t_is_told_first():
    reference = {"optimizer": "adam", "params": [1.0, 2.0], "gradient": [0.1, 0.2]}
    found = codes(checked(reference, {"params": [None, None]}))
    assert found[0] == "t_zero"
    assert not [code for code in found if "+" in code]


def test_nan_only_at_gradients_of_zero_is_eps_and_everywhere_else_t():
    only_there, everywhere = {"params": [None, -1.01, 0.49]}, {"params": [None] * 3}
    zeros = {**AT_ZERO, "gradient": [0.0] * 3}
    assert codes(checked(AT_ZERO, only_there))[0] == "eps_missing"
    told = codes(checked(AT_ZERO, everywhere))
    assert told[:3] == ["t_zero", "bias_brackets_missing", "t_not_advanced"]  # of one step they are the same
    where_both_are = codes(checked(zeros, everywhere))
    assert where_both_are[0] == "eps_missing"
    assert "t_zero" in where_both_are


def test_in_float32_the_last_digit_does_not_choose_among_mistakes_about_eps():
    in_float32 = {"params": [None, float(np.float32(-1.01)), float(np.float32(0.49))]}
    assert codes(checked(AT_ZERO, in_float32))[0] == "eps_missing"


def test_a_reference_that_is_0_by_0_takes_nan_there_and_nothing_else():
    reference = {**AT_ZERO, "optimizer": {**AT_ZERO["optimizer"], "eps": 0}}
    assert checked(reference, {"params": [None, -1.01, 0.49]}).passed
    missed = checked(reference, {"params": [0.0, -1.01, 0.49]}).first_mismatch
    assert missed is not None
    assert missed.index == (0,)


@pytest.mark.parametrize("code", ["eps_missing", "eps_paren"])
def test_what_fits_exactly_is_named_before_what_fits_to_within_rounding(code):
    adagrad = {"optimizer": {"name": "adagrad", "lr": 0.05}, "start": [0.5, 0.0], "gradients": [[0.7, 0.0], [0.3, 0.0]]}
    assert codes(checked(adagrad, submitted(adagrad, code)))[0] == code


def test_the_state_stays_finite_where_the_params_are_0_by_0():
    for name, slot in (("adagrad", "accumulator"), ("rmsprop", "v")):
        reference = {"optimizer": {"name": name, "lr": 0.05}, "start": [0.5, 0.0], "gradients": [[1.0, 0.0], [0.25, 0.0]]}
        student = submitted(reference, "eps_missing")
        assert student["state"][slot][1] == 0.0
        assert codes(checked(reference, student))[0] == "eps_missing"

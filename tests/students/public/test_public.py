"""Solutions as they are found in public, written anew: each does what is said of it, before any service sees it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.students.public.collection import SOLUTIONS
from tests.students.public.inputs import INPUTS, AuditInput
from tests.students.public.solution import RIGHT, TO_COME, Verdict, points_by_hand
from tests.students.public.tally import differences

from stepgrade.grading import CheckResult, Finding

GRADIENTS = (0.5, -2.0, 0.3)
START = 1.0
LAYERS = ("W1", "b1", "W2", "b2")


@pytest.mark.parametrize("solution", SOLUTIONS, ids=lambda solution: solution.name)
def test_a_solution_does_on_its_own_what_is_said_of_it(solution):
    names = LAYERS if solution.layered or solution.style == "dls" else ("",)
    moves = solution.moves if isinstance(solution.moves, dict) else dict.fromkeys(names, solution.moves)
    shape = (1, 1) if names == LAYERS else (1,)

    def laid_out(number):
        whole = {name: np.full(shape, number) for name in names}
        return whole if names == LAYERS else whole[""]

    with np.errstate(all="ignore"):
        points = solution.alone(laid_out(START), [laid_out(gradient) for gradient in GRADIENTS])
    for name in names:
        got = [float(np.squeeze(point[name] if names == LAYERS else point)) for point in points]
        by_hand = list(points_by_hand(moves[name], START, GRADIENTS))
        np.testing.assert_allclose(got, by_hand, rtol=solution.rtol, atol=0, err_msg=name)


def test_there_are_enough_of_them_right_and_wrong_in_every_shape():
    right = [each for each in SOLUTIONS if each.expected.passes]
    assert len(SOLUTIONS) >= 40
    assert len(right) >= 16
    assert len(SOLUTIONS) - len(right) >= 24
    assert {each.style for each in SOLUTIONS} == {"dls", "cs231n", "tuple", "object", "loop"}


def test_each_has_a_name_of_its_own_and_one_line_on_where_it_is_found():
    names = [each.name for each in SOLUTIONS]
    assert len(set(names)) == len(names)
    assert all(each.source and "\n" not in each.source for each in SOLUTIONS)


@pytest.fixture(scope="module")
def known():
    """The ids that a finding can have: those of the catalogue, and those of other optimizers."""
    catalogue = pytest.importorskip("stepgrade_service.grading.catalogue.mistakes", reason="the service is not installed")
    from stepgrade_service.engine.optimizers import OPTIMIZERS
    from stepgrade_service.grading.candidates.conventions import SWITCH_CODES
    from stepgrade_service.grading.candidates.of_tensors import TENSOR_MISTAKES

    effects = {"params_mutated_in_place", "grad_mutated", "state_aliased", "int_state", "float32", "rounded", "broadcast_shape"}
    numbers = {f"wrong_{name}" for optimizer in OPTIMIZERS.values() for name in optimizer.by_name}
    codes = {*catalogue.MISTAKES, *(mistake.code for mistake in TENSOR_MISTAKES), *SWITCH_CODES.values()}
    return {*codes, *(f"is_{name}" for name in OPTIMIZERS), *effects, *numbers, *TO_COME}


VERDICTS = {each.name: each.expected for each in [*SOLUTIONS, *INPUTS] if not isinstance(each, AuditInput)}


def test_every_expected_id_is_in_the_catalogue_or_is_to_come(known):
    expected = {code for verdict in VERDICTS.values() for code in (*verdict.first, *verdict.never, *verdict.notes)}
    audited = {code for each in INPUTS if isinstance(each, AuditInput) for code in (*each.catches, *each.lets_through)}
    assert (expected | audited) - known == set()


def test_an_id_that_is_to_come_is_not_in_the_catalogue_yet():
    catalogue = pytest.importorskip("stepgrade_service.grading.catalogue.mistakes", reason="the service is not installed")
    assert not set(TO_COME) & set(catalogue.MISTAKES)


@pytest.mark.parametrize("name", VERDICTS)
def test_a_verdict_says_either_that_it_passes_or_what_is_wrong(name):
    verdict = VERDICTS[name]
    assert verdict.passes != (bool(verdict.first) or verdict.kind == "convention" or verdict.or_silent)
    assert not set(verdict.first) & set(verdict.never)


def result(*told, passed=False):
    """A result with findings, each given by its code, kind and title."""
    return CheckResult(
        passed=passed, score=float(passed), findings=tuple(Finding(code, title, kind, 0.0, "") for code, kind, title in told)
    )


NOT_SQUARED = ("not_squared", "mistake", "in b1, the gradient is not squared; W1 is right")
SQUARE = Verdict(first=("not_squared",), tensors=("b1",), never=("eps_missing",))


@pytest.mark.parametrize(
    ("got", "expected", "said"),
    [
        (result(passed=True), RIGHT, []),
        (result(("state_aliased", "mistake", ""), passed=True), RIGHT, ["state_aliased is said of right code"]),
        (result(passed=True), SQUARE, ["wrong code passes"]),
        (result(), RIGHT, ["right code fails"]),
        (result(), SQUARE, ["nothing is named"]),
        (result(), Verdict(kind="convention", or_silent=True), []),
        (result(NOT_SQUARED), SQUARE, []),
        (result(("not_squared", "mistake", "the gradient is not squared")), SQUARE, ["that it is b1 is not said"]),
        (result(NOT_SQUARED, ("eps_missing", "mistake", "")), SQUARE, ["eps_missing is a false accusation"]),
        (result(("wrong_lr", "hyperparameter", "b1")), SQUARE, ["the kind is hyperparameter, not mistake", "wrong_lr is named first"]),
        (result(("momentum_convention", "convention", "")), Verdict(passes=True, or_convention=True), []),
    ],
)
def test_the_tally_agrees_only_with_what_a_careful_grader_says(got, expected, said):
    assert list(differences(got, expected)) == said

"""Every mistake of the catalogue, written in NumPy in each shape of student code, goes through `check_function` and is named.

What came out stands in found.json, of which docs/mistakes.md is made: `python -m tests.students.catalogue.collection` writes it. In the
normal run each mistake is checked in one shape, and the shapes take turns; with `--every-shape` in each of them.
"""

from __future__ import annotations

import json

import pytest
from tests.students.catalogue.collection import BESIDE, FIRST, PASSED, RIGHT, RULES, STORED, STUDENTS, outcome, sample

from stepgrade import Client
from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.grading.candidates.single_and_double import mistakes

FOUND = json.loads(STORED.read_text())


@pytest.fixture(scope="module")
def client():
    with Client.local() as service:
        yield service


def pytest_generate_tests(metafunc):
    """One test for each student."""
    if "student" in metafunc.fixturenames:
        asked = STUDENTS if metafunc.config.getoption("--every-shape") else sample(STUDENTS)
        metafunc.parametrize("student", asked, ids=str)


def test_a_mistake_is_named_first_or_beside_formulas_that_give_the_same_numbers(client, student):
    found = outcome(client, student)
    assert found == FOUND[student.rule.name][student.code][student.shape], "python -m tests.students.catalogue.collection writes it"
    assert found in (FIRST, BESIDE) or (found == PASSED and is_out_of_sight(student))


def is_out_of_sight(student):
    """Whether nothing that the code gets can show the mistake.

    An object starts without a state and takes a few steps: the first five of RAdam divide by nothing, and AMSGrad's v grows in them, so
    that its largest v is v itself. A velocity with the other sign moves the params to the same places.
    """
    return student.shape == "object" and (student.rule.name in ("radam", "amsgrad") or student.code == "velocity_sign")


@pytest.mark.parametrize("right", RIGHT, ids=str)
def test_right_code_passes_in_every_shape(client, right):
    assert outcome(client, right) == PASSED


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_mistake_that_can_be_made_is_written(rule):
    assert {candidate.code for candidate in mistakes(resolve(rule.optimizer))} == set(rule.wrong)


def test_there_are_enough_of_them_and_each_outcome_is_kept():
    assert len(STUDENTS) >= 400
    kept = {(name, code, shape) for name, codes in FOUND.items() for code, shapes in codes.items() for shape in shapes}
    assert kept == {(student.rule.name, student.code, student.shape) for student in STUDENTS}

"""What is worked out for many candidates at once is what each of them gives by itself, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

from stepgrade.judging import Tolerance
from stepgrade_service.grading.candidates.runs import Course
from stepgrade_service.grading.candidates.single_and_double import mistakes
from stepgrade_service.grading.candidates.together import MistakesOfOneFormula, can_be_together
from stepgrade_service.grading.catalogue.formulas import FORMULAS
from stepgrade_service.grading.checking import search
from stepgrade_service.grading.checking.check import check
from stepgrade_service.grading.checking.exercise import read_exercise
from stepgrade_service.grading.checking.openings import opening

OPTIMIZERS = (
    {"name": "adam", "lr": 0.01},
    {"name": "adam", "convention": "keras", "lr": 0.1},
    {"name": "adamw", "convention": "torch", "lr": 0.1, "weight_decay": 0.3},
    {"name": "adam", "lr": 0.1, "eps": 1e-3, "weight_decay": 0.1},
    {"name": "amsgrad", "lr": 0.1},
    {"name": "adagrad", "lr": 0.1},
    {"name": "adadelta", "lr": 1.0},
    {"name": "rmsprop", "lr": 0.01},
    {"name": "rmsprop", "convention": "torch", "lr": 0.1},
    {"name": "normalized_gd", "lr": 0.1},
)
POINTS = (
    {"params": [2.7795, 2.1102, -1.9594, -0.0365, 0.0], "gradient": [-0.4041, 1.2127, 2.3098, -3.2491, 0.0]},
    {"params": [0.3], "gradient": [1e-9]},
    {"params": {"W1": [[1.0, -2.0]], "b1": [0.5]}, "gradient": {"W1": [[1e200, 0.25]], "b1": [-1.0]}},
)


def case_of(reference, submitted=None):
    params = {"params": submitted if submitted is not None else reference["params"]}
    return read_exercise({"reference": reference, "submission": params}).cases[0]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
@pytest.mark.parametrize("numbers", POINTS, ids=["five", "one", "named"])
@pytest.mark.parametrize("t", [0, 3])
def test_the_first_points_of_candidates_are_those_of_each_alone(optimizer, numbers, t):
    case = case_of({"optimizer": optimizer, **numbers, **({"state": {"t": t}} if t else {})})
    known = opening(case, "singles")
    for maker, point in zip(known.makers, known.points, strict=True):
        candidate = maker()
        alone, _ = next(candidate.run(Course(case.plan)))
        assert np.array_equal(point, alone, equal_nan=True), candidate.code


def test_mistakes_in_the_formulas_that_say_so_are_taken_together():
    tried = set()
    for optimizer in OPTIMIZERS:
        choice = case_of({"optimizer": optimizer, **POINTS[0]}).plan.choice
        together = [each for each in mistakes(choice) if can_be_together(each)]
        assert bool(together) == FORMULAS[choice.rule.kernel.name].is_by_coordinate
        if together:
            assert len(MistakesOfOneFormula(together).candidates) > 20
            tried.add(choice.rule.kernel.name)
    assert tried == {name for name, formula in FORMULAS.items() if formula.is_by_coordinate}


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
@pytest.mark.parametrize("rate", [0.1, 0.05, 0.0])
def test_what_gives_a_single_point_is_found_as_it_is_by_running_it(optimizer, rate, monkeypatch):
    submitted = (np.array(POINTS[0]["params"]) - rate * np.array(POINTS[0]["gradient"])).tolist()
    exercise = read_exercise({"reference": {"optimizer": optimizer, **POINTS[0]}, "submission": {"params": submitted}})
    at_once = check(exercise.cases, Tolerance())
    monkeypatch.setattr(search, "giving_the_point", lambda *_: None)
    one_by_one = check(exercise.cases, Tolerance())
    told = [[(each.candidate.formula, each.fit, each.residual) for each in verdict.findings] for verdict in (at_once, one_by_one)]
    assert told[0] == told[1]
    assert at_once.searched == one_by_one.searched

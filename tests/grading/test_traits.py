"""An optimizer is known by what it does: a new one has its family's mistakes by itself, and no mistake knows an optimizer by name."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stepgrade_service.engine.conventions import CONVENTIONS, Row
from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.optimizers import OPTIMIZERS, Rule
from stepgrade_service.engine.optimizers import adam as family
from stepgrade_service.engine.optimizers.kinds import elementwise
from stepgrade_service.engine.optimizers.slots import Slot
from stepgrade_service.grading import candidates
from stepgrade_service.grading.candidates.candidate import applicable
from stepgrade_service.grading.candidates.other_formulas import other_optimizers
from stepgrade_service.grading.candidates.runs import Course, plan_of, right, wrong
from stepgrade_service.grading.catalogue import mistakes
from stepgrade_service.grading.catalogue.formulas import FORMULAS, Formula, Trait, formula_for, without_formula
from stepgrade_service.grading.catalogue.formulas.adam import ADAM
from stepgrade_service.grading.catalogue.mistakes import FILES, MISTAKES
from stepgrade_service.grading.checking.case import Case, Tolerance
from stepgrade_service.grading.checking.check import check
from stepgrade_service.grading.checking.submissions import Submission
from stepgrade_service.grading.order import Family

KERNELS = {kernel.function.__name__: kernel for optimizer in OPTIMIZERS.values() for kernel in optimizer.kernels}


@elementwise
def short_adam(t, x, g, step, lr, m: Slot, v: Slot, beta1, beta2, eps, eps_root, eps_hat, corrected_m, corrected_v, l2, decay):
    """Adam, no coordinate of whose direction is longer than 1."""
    c1, c2 = 1.0 - corrected_m * beta1 ** float(t), 1.0 - corrected_v * beta2 ** float(t)
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        m[i] = beta1 * m[i] + (1.0 - beta1) * gradient
        v[i] = beta2 * v[i] + (1.0 - beta2) * gradient * gradient
        direction = m[i] / c1 / (np.sqrt(v[i] / c2 + eps_root) + eps + eps_hat / np.sqrt(c2))
        step[i] = -lr[i] * (min(max(direction, -1.0), 1.0) + decay * x[i])


def shortened(w):
    return np.clip(w.numerator / w.denominator, -1.0, 1.0)


SHORT_ADAM = Formula(short_adam, {**ADAM.parts, "direction": shortened}, keeps=ADAM.keeps, states=ADAM.states, is_taught=True)


@pytest.fixture
def short(monkeypatch):
    """A new member of the Adam family: an optimizer, a row of a convention and a formula, and nothing else anywhere."""
    monkeypatch.setitem(
        OPTIMIZERS,
        "short_adam",
        replace(family.ADAM, name="short_adam", bind=lambda settings: Rule(short_adam, family.adam_terms(settings)), kernels=(short_adam,)),
    )
    row = Row("short_adam", defaults={"lr": 0.05})
    monkeypatch.setitem(CONVENTIONS, "paper", replace(CONVENTIONS["paper"], rows=(*CONVENTIONS["paper"].rows, row)))
    monkeypatch.setitem(FORMULAS, "short_adam", SHORT_ADAM)
    return {"name": "short_adam", "lr": 0.05, "eps": 0.01}


def course_of(optimizer, steps=4):
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(steps, 4)) * [3.0, 1.0, 0.3, 0.01]
    return Course(plan_of({"optimizer": optimizer, "start": rng.normal(size=4).tolist(), "gradients": gradients.tolist()}))


def test_a_new_member_of_a_family_has_the_familys_mistakes():
    assert {code for code, mistake in MISTAKES.items() if mistake.fits(SHORT_ADAM)} == {
        code for code, mistake in MISTAKES.items() if mistake.fits(ADAM)
    }


@pytest.mark.parametrize("settings", [{}, {"weight_decay": 0.1, "weight_decay_mode": "decoupled"}, {"bias_correction": "v"}])
def test_a_new_optimizer_has_the_mistakes_that_its_numbers_allow(short, settings):
    as_adam = resolve({**short, "name": "adam", "convention": "paper", **settings})
    assert applicable(resolve({**short, **settings})) == applicable(as_adam) != []


def test_the_mistakes_of_a_new_optimizer_are_found(short):
    course = course_of(short)
    choice = course.plan.choice
    engine, parts = (list(course.run(choice, rule)) for rule in (right(choice, course.plan), wrong(choice, {}, course.plan)))
    np.testing.assert_allclose([x for x, _ in parts], [x for x, _ in engine], rtol=1e-12)
    for code in ("no_bias_v", "sqrt_missing", "t_zero", "beta_complement_m"):
        points = [x for x, _ in course.run(choice, wrong(choice, MISTAKES[code].replaced, course.plan))]
        case = Case(course.plan, frozenset(short), Submission(dict(enumerate(points, 1)), None, {}, None, ()))
        assert code in [finding.candidate.code for finding in check([case], Tolerance()).findings]


def test_a_new_optimizer_is_tried_where_another_was_asked_for(short):
    reference = resolve({"name": "adam", "lr": 0.05, "beta1": 0.7})
    found = [candidate.choice for candidate in other_optimizers(reference) if candidate.code == "is_short_adam"]
    assert found[0].settings["beta1"] == 0.7


def test_one_that_is_not_taught_has_mistakes_and_is_not_tried_in_the_place_of_another(short, monkeypatch):
    monkeypatch.setitem(FORMULAS, "short_adam", replace(SHORT_ADAM, is_taught=False))
    assert applicable(resolve(short))
    reference = resolve({"name": "adam", "lr": 0.05, "beta1": 0.7})
    assert "is_short_adam" not in {candidate.code for candidate in other_optimizers(reference)}
    assert "is_lion" not in {candidate.code for candidate in other_optimizers(reference)}


def literals(tree):
    """The strings of a file, but for those in brackets: numbers["momentum"] is a hyperparameter."""
    keys = {id(node.slice) for node in ast.walk(tree) if isinstance(node, ast.Subscript)}
    return {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in keys
    }


def test_no_mistake_knows_an_optimizer_by_name():
    for file in Path(mistakes.__file__).parent.glob("*.py"):
        assert literals(ast.parse(file.read_text(encoding="utf-8"))).isdisjoint({*KERNELS, *OPTIMIZERS}), file.name
    for file in Path(candidates.__file__).parent.glob("*.py"):
        assert literals(ast.parse(file.read_text(encoding="utf-8"))).isdisjoint(OPTIMIZERS), file.name


@pytest.mark.parametrize("formula", FORMULAS.values(), ids=list(FORMULAS))
def test_a_formula_keeps_the_slots_of_its_kernel(formula):
    assert formula.kernel == KERNELS[formula.name]
    assert set(formula.keeps) == set(formula.kernel.slots)
    assert set(formula.keeps.values()) <= set(formula.parts)


def test_a_formula_that_does_not_fit_its_kernel_is_refused():
    with pytest.raises(TypeError, match="short_adam: its kernel has the slots m, v; keeps m"):
        replace(SHORT_ADAM, keeps={"m": "first"})
    with pytest.raises(TypeError, match="what is kept is a part"):
        replace(SHORT_ADAM, keeps={"m": "first", "v": "third"})


def test_every_kernel_has_a_formula_or_is_known_to_have_none():
    assert {*FORMULAS, *without_formula()} == set(KERNELS)
    assert {"sm3", "muon", "dog", "gd_backtracking"} <= set(without_formula())
    assert all(formula_for(KERNELS[name]) is None for name in without_formula())


def test_every_trait_is_some_formulas_and_some_mistake_asks_for_it():
    assert set().union(*(formula.traits for formula in FORMULAS.values())) == set(Trait)
    assert set().union(*(mistake.needs | mistake.lacks for mistake in MISTAKES.values())) == set(Trait)


def test_every_family_of_mistakes_is_a_file_and_has_its_place():
    assert {file.__name__.rpartition(".")[2].upper() for file in FILES} - {"DECLARATION"} == {family.name for family in Family}

"""The members of the families that are not taught everywhere: their formulas are the engine's, and their mistakes are found."""

from __future__ import annotations

import numpy as np
import pytest

from stepgrade_service.engine.conventions import CONVENTIONS
from stepgrade_service.engine.optimizers import OPTIMIZERS
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.grading.candidates.runs import Course, plan_of, right, wrong
from stepgrade_service.grading.candidates.single_and_double import mistakes
from stepgrade_service.grading.catalogue.formulas import FORMULAS, formula_for
from stepgrade_service.grading.checking.case import Case, Tolerance
from stepgrade_service.grading.checking.check import check
from stepgrade_service.grading.checking.submissions import Submission
from stepgrade_service.grading.probing.probe import points

MEMBERS = [name for name, entry in OPTIMIZERS.items() if any((f := formula_for(k)) and not f.is_taught for k in entry.kernels)]
SHARES = ("momentum", "beta", "beta1", "beta2", "beta3", "nu", "nu1", "nu2", "eps", "eps_root", "weight_decay", "alpha", "p", "max_norm")


def drawn(name, rng):
    """An optimizer with some of its numbers and switches, with parameter groups, in one of its conventions."""
    optimizer = OPTIMIZERS[name]
    conventions = [convention.name for convention in CONVENTIONS.values() if name in convention.by_optimizer]
    settings = {"name": name, "convention": str(rng.choice(conventions)), "lr": float(rng.choice([0.1, 0.01, 0.37]))}
    for one in optimizer.hyperparameters:
        if one.type == "switch" and rng.random() < 0.4:
            chosen = one.allowed[rng.integers(len(one.allowed))]
            settings[one.name] = chosen if isinstance(chosen, bool) else str(chosen)
        elif one.name in SHARES and rng.random() < 0.5:
            number = float(rng.uniform(0.05, 0.95))
            settings[one.name] = number if rng.random() < 0.6 else {"W": number, "b": number / 2}
    return settings


def course_of(optimizer, rng, steps=5):
    gradients = rng.normal(size=(steps, 6)) * [1.0, 10.0, 0.1, 1e-3, 1.0, 3.0]
    gradients[2, 4] = 0.0
    posted = [{"W": row[:4].reshape(2, 2).tolist(), "b": row[4:].tolist()} for row in gradients]
    start = rng.normal(size=6)
    return Course(plan_of({"optimizer": optimizer, "start": {"W": start[:4].reshape(2, 2).tolist(), "b": start[4:].tolist()},
                           "gradients": posted}))  # fmt: skip


@pytest.mark.parametrize("name", MEMBERS)
def test_a_formula_is_the_engines_rule_whatever_its_numbers_are(name):
    rng, tried = np.random.default_rng(len(name)), 0
    while tried < 12:
        try:
            course = course_of(drawn(name, rng), rng)
        except Refusal:
            continue
        tried += 1
        choice = course.plan.choice
        if choice.rule.kernel.name not in FORMULAS:
            continue
        engine = list(course.run(choice, right(choice, course.plan)))
        parts = list(course.run(choice, wrong(choice, {}, course.plan)))
        for (x, slots), (again, kept) in zip(engine, parts, strict=True):
            np.testing.assert_allclose(again, x, rtol=1e-13, atol=1e-15, err_msg=str(choice.echo))
            for slot in slots:
                np.testing.assert_allclose(kept[slot], slots[slot], rtol=1e-13, atol=1e-15, err_msg=f"{slot} {choice.echo}")


def is_said(code, told):
    """Whether a check names a mistake. A state of whole numbers that are all 0 is a state that is not stored, and is told as that."""
    return code in told or (code == "int_state" and bool(told))


#: A rate at which the numbers of each differ by more than the tolerance.
LR = 0.05


@pytest.mark.parametrize("name", MEMBERS)
def test_a_mistake_is_named_or_cannot_be_seen(name):
    optimizer = {"name": name, "lr": LR, **({"eps": 1e-2} if "eps" in OPTIMIZERS[name].by_name else {})}
    course = course_of(optimizer, np.random.default_rng(3), steps=4)
    seen, lost = set(), set()
    for candidate in mistakes(course.plan.choice):
        case = Case(course.plan, frozenset(optimizer), Submission(dict(enumerate(points(course, candidate), 1)), None, {}, None, ()))
        verdict = check([case], Tolerance())
        if not verdict.passed:
            named = is_said(candidate.code, [finding.candidate.code for finding in verdict.findings])
            (seen if named else lost).add(candidate.code)
    assert lost == set()
    assert len(seen) >= 5

"""The rules part by part are the engine's rules, in every convention; every mistake changes a rule that it applies to."""

from __future__ import annotations

from contextlib import suppress
from itertools import product

import numpy as np

from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.optimizers import OPTIMIZERS
from stepgrade_service.grading.candidates.runs import Course, plan_of, right, wrong
from stepgrade_service.grading.catalogue.formulas import FORMULAS, without_formula
from stepgrade_service.grading.catalogue.mistakes import MISTAKES
from stepgrade_service.grading.catalogue.mistakes.declaration import CATALOGUE
from stepgrade_service.grading.order import Family


def course_of(optimizer, seed=0, steps=6):
    rng = np.random.default_rng(seed)
    gradients = rng.normal(size=(steps, 5)) * [1.0, 10.0, 0.1, 1e-3, 1.0]
    gradients[2, 4] = 0.0
    start = {"W": rng.normal(size=(2, 2)).tolist(), "b": [0.7]}
    posted = [{"W": row[:4].reshape(2, 2).tolist(), "b": row[4:].tolist()} for row in gradients]
    return Course(plan_of({"optimizer": optimizer, "start": start, "gradients": posted}))


def test_a_formula_with_nothing_wrong_is_the_engines_rule(variant):
    choice = resolve(variant)
    if choice.rule.kernel.function.__name__ in without_formula():
        return
    course = course_of(variant)
    engine = list(course.run(choice, right(choice, course.plan)))
    parts = list(course.run(choice, wrong(choice, {}, course.plan)))
    for (x, slots), (again, kept) in zip(engine, parts, strict=True):
        np.testing.assert_allclose(again, x, rtol=1e-12, atol=1e-15)
        for name, slot in slots.items():
            np.testing.assert_allclose(kept[name], slot, rtol=1e-12, atol=1e-15, err_msg=name)


def test_every_mistake_applies_to_some_rule():
    applied = set()
    names = ("sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "adamw", "adamax", "nadam", "amsgrad")
    for name, convention in product(names, ("torch", "keras", "paper", "course")):
        with suppress(ValueError):
            more = {("adagrad", "torch"): {"lr_decay": 0.1}, ("rmsprop", "torch"): {"momentum": 0.9}}.get((name, convention), {})
            choice = resolve({"name": name, "convention": convention, "lr": 0.1, "weight_decay": 0.1, **more})
            formula = FORMULAS[choice.rule.kernel.function.__name__]
            applied |= {code for code, mistake in MISTAKES.items() if mistake.applies(formula, choice.rule.values)}
    of_families = set(MISTAKES) - applied
    for name in OPTIMIZERS:
        with suppress(ValueError):
            choice = resolve({"name": name, "lr": 0.1})
            formula = FORMULAS.get(choice.rule.kernel.name)
            applied |= {code for code, mistake in MISTAKES.items() if formula and mistake.applies(formula, choice.rule.values)}
    assert set(MISTAKES) - applied == set()
    assert of_families == {mistake.code for mistake in CATALOGUE[Family.VARIANTS]}

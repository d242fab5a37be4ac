"""What is tried, and in which order: each formula once, and a mistake that another convention makes right as that convention."""

from __future__ import annotations

from itertools import groupby, pairwise

import numpy as np
import pytest

from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.optimizers import OPTIMIZERS
from stepgrade_service.grading.candidates.other_formulas import is_taught
from stepgrade_service.grading.candidates.runs import plan_of, right
from stepgrade_service.grading.candidates.schedules import compounded
from stepgrade_service.grading.candidates.single_and_double import both, singles
from stepgrade_service.grading.candidates.switch_words import SWITCH_WORDS, about, instead
from stepgrade_service.grading.catalogue.mistakes import MISTAKES

ORDER = ["convention", "mistake", "optimizer", "hyperparameter"]


def tried(optimizer):
    return list(singles(resolve(optimizer), frozenset(optimizer)))


def one(optimizer, code):
    return next(candidate for candidate in tried(optimizer) if candidate.code == code)


def test_the_simplest_comes_first(any_variant):
    ranks = [ORDER.index(candidate.kind) for candidate in tried(any_variant) if not (candidate.replaced and candidate.kind == "convention")]
    assert all(one <= other for one, other in pairwise(ranks))


def test_every_code_of_the_catalogue_is_tried_once_in_each_of_its_ways(any_variant):
    found = [candidate for candidate in tried(any_variant) if candidate.codes]
    in_turn = [code for code, _ in groupby(candidate.code for candidate in found)]
    assert len(in_turn) == len(set(in_turn))
    assert len({candidate.title for candidate in found if MISTAKES[candidate.code].ways}) == sum(
        1 + len(MISTAKES[code].ways) for code in in_turn if MISTAKES[code].ways
    )


@pytest.mark.parametrize(
    ("optimizer", "code"),
    [
        ({"name": "adam"}, "eps_hat"),
        ({"name": "adam", "convention": "keras"}, "eps_not_hat"),
        ({"name": "adagrad"}, "eps_inside_sqrt"),
        ({"name": "adagrad", "convention": "keras"}, "eps_outside_sqrt"),
        ({"name": "adam", "amsgrad": True}, "amsgrad_order"),
        ({"name": "adam", "weight_decay": 0.1}, "wd_decoupled"),
        ({"name": "adamw"}, "wd_without_lr"),
    ],
)
def test_what_another_convention_does_is_a_convention_with_its_formulas(optimizer, code):
    found = one({"lr": 0.1, "eps": 1e-7, **optimizer}, code)
    assert found.kind == "convention"
    assert found.replaced == {}
    assert found.wrong != found.right != ""


def test_a_switch_that_changes_nothing_is_not_told():
    for candidate in tried({"name": "adam", "lr": 0.1}):
        if candidate.kind == "convention":
            assert "weight_decay_mode" not in candidate.title
            assert "amsgrad_max" not in candidate.title


def test_nesterov_and_amsgrad_stay_what_they_are_in_another_convention():
    for optimizer in ({"name": "sgd", "lr": 0.1, "momentum": 0.9, "nesterov": True}, {"name": "adam", "amsgrad": True}):
        for candidate in tried(optimizer):
            if candidate.kind == "convention":
                assert candidate.choice.settings.get("nesterov", True)
                assert candidate.choice.settings.get("amsgrad", True)


def test_there_is_no_mistake_about_what_is_not_there():
    codes = {candidate.code for candidate in tried({"name": "rmsprop", "convention": "paper", "lr": 0.1, "eps": 0.0})}
    assert not {code for code in codes if code.startswith(("eps", "wd", "momentum", "velocity"))} - {"eps_placement"}


def test_rates_compounded_in_place_cost_one_multiplication_a_step():
    base, asked = np.array([0.1, 0.3]), []

    def rates(k):
        asked.append(k)
        return base * (1.0 - 1e-9 * k) / 3.0

    left = compounded(base, rates)
    found = [left(k) for k in range(50)]
    assert len(asked) == 50
    expected = [base * np.prod([rates(i) / base for i in range(k + 1)], axis=0) for k in range(50)]
    assert np.array_equal(found, expected)
    assert np.array_equal(left(3), expected[3])


def test_a_rule_does_not_run_on_the_slots_of_another():
    plan = plan_of({"optimizer": "adam", "params": [1.0, 2.0], "gradient": [1.0, 1.0]})
    x = np.ones(2)
    with pytest.raises(ValueError, match="remembers 4 numbers of these params, not 3"):
        right(resolve("adam"), plan)(1, x, x, x, {"m": np.zeros(2), "v": np.zeros(1)})


def titles(optimizer):
    return [candidate.title for candidate in tried(optimizer) if candidate.kind == "convention"]


def test_another_velocity_is_told_with_both_formulas_and_by_the_name_that_students_know():
    both = "You write v = momentum * v - lr * g, and then x + v. This task writes v = momentum * v + g, and then x - lr * v"
    found = [title for title in titles({"name": "momentum", "lr": 0.1}) if both in title]
    assert found
    assert all(title.startswith("momentum as in ") for title in found)
    assert all(title.startswith("Nesterov's momentum as in ") for title in titles({"name": "nesterov", "lr": 0.1}) if " as in " in title)


def test_what_a_title_has_no_room_for_is_named_too():
    for name in ("adam", "adamax", "nadam", "rmsprop", "momentum", "adagrad"):
        for title in titles({"name": name, "lr": 0.1, **({"momentum": 0.9} if name == "rmsprop" else {})}):
            assert "other thing" not in title
            assert ":" not in title  # the message begins with "Another convention:", and may go on with "in b1"
    assert any("Another difference is the learning rate" in title for title in titles({"name": "rmsprop", "lr": 0.1, "momentum": 0.9}))


def test_every_value_of_every_switch_has_words_for_a_student():
    def values(optimizers):
        return {(one.name, value) for each in optimizers for one in each.hyperparameters if one.type == "switch" for value in one.allowed}

    told = {(name, value) for name, words in SWITCH_WORDS.items() for value in words.ends}
    assert values(filter(is_taught, OPTIMIZERS.values())) <= told <= values(OPTIMIZERS.values())


def test_a_convention_is_told_in_words_and_not_in_settings():
    assert instead("eps_mode", "inside", "outside") == "You add eps inside the square root. This task adds eps outside the square root"
    assert instead("eps_mode", "hat", "outside") == ("You add eps to sqrt(v). This task adds eps to sqrt(v_hat), after the bias correction")
    assert instead("eps_mode", "outside", "in_max") == "You add eps to u. This task adds eps to |gradient|, inside the maximum"
    assert instead("bias_correction", True, False) == "You correct the running averages for their bias. This task uses no bias correction"
    assert instead("amsgrad", True, False) == "You use the largest v. This task does not use the largest v"
    assert instead("eps", 1e-7, 1e-8) == "You use eps = 1e-07. This task has 1e-08"
    assert about(["eps_mode", "eps"]) == "the place of eps, eps"


def test_what_the_hints_of_two_mistakes_both_say_is_said_once():
    sign, rate, eps = (one("adam", code) for code in ("wrong_sign", "lr_missing", "eps_inside_sqrt"))
    assert both(sign, rate).hints[0] == sign.hints[0] == rate.hints[0]
    assert both(sign, rate).hints[2] == f"{sign.hints[2]} And: {rate.hints[2]}"
    assert both(sign, eps).hints[0] == f"{sign.hints[0]} And: {eps.hints[0]}"

"""What public code gets wrong, as students write it: each is named, and nobody is accused of what these numbers do not show."""

from __future__ import annotations

import numpy as np
import pytest

from stepgrade_service.grading.checking.check import check
from stepgrade_service.grading.checking.exercise import read_exercise

START = [1.0, -2.0, 0.5]
GRADIENTS = [[0.5, -3.0, 0.02], [-1.5, 0.4, 0.3], [0.25, 7.0, -0.1], [2.0, 0.1, 0.6]]


def returned(step, start=START, gradients=GRADIENTS, **state):
    """The points and the state of `step(w, g, state, t)`, which changes the state in place and returns the new w."""
    w, points = np.array(start), []
    state = {name: np.full_like(w, first) for name, first in state.items()}
    for t, gradient in enumerate(gradients, start=1):
        with np.errstate(all="ignore"):
            w = step(w, np.array(gradient), state, t)
        points.append(w.tolist())
    return {"points": points, "state": {name: slot.tolist() for name, slot in state.items()}}


def checked(optimizer, submission, **reference):
    asked = {"optimizer": optimizer, "start": START, "gradients": GRADIENTS, **reference}
    exercise = read_exercise({"reference": asked, "submission": submission})
    return check(exercise.cases, exercise.tolerance)


def found(verdict):
    return [finding.candidate for finding in verdict.findings]


def told(verdict):
    return [(each.code, each.kind) for each in found(verdict)]


def numbers_alone(submission):
    return {"points": submission["points"]}


def adam(m_line=None, v_line=None, divided=None, corrected=True):
    """Adam with a line or two written otherwise."""

    def step(w, g, state, t):
        state["m"] = m_line(state["m"], g) if m_line else 0.9 * state["m"] + 0.1 * g
        state["v"] = v_line(state["v"], g) if v_line else 0.999 * state["v"] + 0.001 * g**2
        m_hat, v_hat = state["m"] / (1 - 0.9**t), state["v"] / (1 - 0.999**t)
        change = divided(m_hat, v_hat) if divided else m_hat / (np.sqrt(v_hat) + 1e-8)
        return w - 0.1 * change

    return returned(step, m=0.0, v=0.0)


@pytest.mark.parametrize(
    ("submission", "code"),
    [
        (adam(m_line=lambda m, g: 0.9 * m + (1 - 0.999) * g), "one_minus_beta2_on_gradient"),
        (adam(m_line=lambda m, g: 0.999 * m + (1 - 0.9) * g), "beta2_on_old_m"),
        (adam(v_line=lambda v, g: 0.9 * v + (1 - 0.999) * g * g), "beta1_on_old_v"),
        (adam(v_line=lambda v, g: 0.999 * v + (1 - 0.9) * g * g), "one_minus_beta1_on_square"),
        (adam(divided=lambda m, v: m / (v**2 + 1e-8)), "square_for_root"),
        (adam(divided=lambda m, v: m * (np.sqrt(v) + 1e-8)), "times_root"),
    ],
)
def test_a_line_of_adam_that_is_wrong_is_named_alone(submission, code):
    for one in (submission, numbers_alone(submission)):
        assert told(checked({"name": "adam", "lr": 0.1}, one))[0] == (code, "mistake")


@pytest.mark.parametrize("stored", ["m", "v"])
def test_one_average_that_is_stored_corrected_is_named(stored):
    def step(w, g, state, t):
        m, v = 0.9 * state["m"] + 0.1 * g, 0.999 * state["v"] + 0.001 * g * g
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        state["m"], state["v"] = (m_hat if stored == "m" else m), (v_hat if stored == "v" else v)
        return w - 0.1 * m_hat / (np.sqrt(v_hat) + 1e-8)

    submission = returned(step, m=0.0, v=0.0)
    assert told(checked({"name": "adam", "lr": 0.1}, submission))[0][0] == f"state_overwritten_{stored}"


def test_a_count_that_stands_at_the_value_before_the_first_step_is_named():
    def step(w, g, state, _):
        t = 4  # what the caller gave, and nobody adds 1
        state["m"], state["v"] = 0.9 * state["m"] + 0.1 * g, 0.999 * state["v"] + 0.001 * g * g
        return w - 0.1 * (state["m"] / (1 - 0.9**t)) / (np.sqrt(state["v"] / (1 - 0.999**t)) + 1e-8)

    submission = returned(step, m=0.2, v=0.04)
    state = {"t": 4, "m": [0.2] * 3, "v": [0.04] * 3}
    verdict = checked({"name": "adam", "lr": 0.1}, submission, state=state)
    assert told(verdict)[0] == ("t_not_advanced", "mistake")
    assert found(verdict)[0].title == "t keeps the value that it has before the first step"


@pytest.mark.parametrize(("limit", "words"), [(1.0, "from -1 to 1"), (5.0, "from -5 to 5"), (0.1, "from -0.1 to 0.1")])
def test_a_gradient_that_is_clipped_is_named_with_the_limit(limit, words):
    def step(w, g, state, t):
        g = np.clip(g, -limit, limit)
        state["velocity"] = 0.9 * state["velocity"] + g
        return w - 0.1 * state["velocity"]

    verdict = checked({"name": "momentum", "lr": 0.1}, returned(step, velocity=0.0))
    assert told(verdict)[0] == ("gradient_clipped", "mistake")
    assert words in found(verdict)[0].title


def test_a_gradient_that_is_shortened_is_named():
    def step(w, g, state, t):
        return w - 0.1 * (g / np.linalg.norm(g) if np.linalg.norm(g) > 1 else g)

    assert told(checked({"name": "gd", "lr": 0.1}, numbers_alone(returned(step))))[0] == ("gradient_norm_clipped", "mistake")


def test_a_weight_decay_from_the_params_after_the_step_is_named():
    def step(w, g, state, t):
        state["m"], state["v"] = 0.9 * state["m"] + 0.1 * g, 0.999 * state["v"] + 0.001 * g * g
        w = w - 0.1 * (state["m"] / (1 - 0.9**t)) / (np.sqrt(state["v"] / (1 - 0.999**t)) + 1e-8)
        return w - 0.1 * 0.05 * w

    asked = {"name": "adamw", "lr": 0.1, "weight_decay": 0.05}
    assert told(checked(asked, returned(step, m=0.0, v=0.0)))[0] == ("wd_after_step", "mistake")


def students_nesterov(w, g, state, t):
    """The velocity is updated first, and the step takes it for the old one."""
    state["velocity"] = 0.9 * state["velocity"] - 0.1 * g
    return w + 0.81 * state["velocity"] - 1.9 * 0.1 * g


def test_a_velocity_that_is_updated_too_early_is_named():
    submission = returned(students_nesterov, velocity=0.0)
    assert told(checked({"name": "nesterov", "convention": "keras", "lr": 0.1}, submission))[0] == ("velocity_too_early", "mistake")
    assert told(checked({"name": "nesterov", "lr": 0.1}, numbers_alone(submission)))[0] == ("velocity_too_early", "mistake")


# What is right elsewhere.


def subtracted(lr, mu=0.9):
    def step(w, g, state, t):
        state["velocity"] = mu * state["velocity"] + lr * g
        return w - state["velocity"]

    return returned(step, velocity=0.0)


@pytest.mark.parametrize("convention", ["keras", "torch", "paper", "course"])
@pytest.mark.parametrize("lr", [0.1, 0.05])
def test_a_velocity_that_is_subtracted_is_a_convention_also_where_lr_is_one_minus_momentum(convention, lr):
    asked = {"name": "momentum", "convention": convention, "lr": lr, "momentum": 0.9}
    submission = subtracted(lr)
    found = checked(asked, submission)
    assert told(found) == [("velocity_sign", "convention")]
    assert found.findings[0].candidate.right
    by_points = checked(asked, numbers_alone(submission))
    assert by_points.passed or told(by_points)[0][1] == "convention"
    assert not [code for code, _ in told(by_points) if "lr_missing" in code]


def test_a_learning_rate_that_is_left_out_is_named_where_nothing_else_gives_the_numbers():
    def step(w, g, state, t):
        state["velocity"] = 0.9 * state["velocity"] + g
        return w - state["velocity"]

    assert told(checked({"name": "momentum", "lr": 0.1}, returned(step, velocity=0.0)))[0] == ("lr_missing", "mistake")


@pytest.mark.parametrize(("asked", "first"), [("gradient", 0.5), ("zero", 1.0)])
def test_the_first_velocity_is_told_alone(asked, first):
    def step(w, g, state, t):
        state["velocity"] = first * g if t == 1 else 0.9 * state["velocity"] + 0.5 * g
        return w - 0.1 * state["velocity"]

    optimizer = {"name": "momentum", "lr": 0.1, "dampening": 0.5, "first_buffer": asked}
    for submission in (returned(step, velocity=0.0), numbers_alone(returned(step, velocity=0.0))):
        [only] = found(checked(optimizer, submission))
        assert (only.kind, only.where) == ("convention", "first_buffer")


@pytest.mark.parametrize("convention", ["torch", "keras"])
def test_theta_in_the_place_of_the_look_ahead_point_is_a_convention(convention):
    theta, v, points = np.array([1.0, 2.0]), 0.0, []
    for _ in range(6):
        v = 0.9 * v + 0.01 * 2 * (theta - 0.9 * v)
        theta = theta - v
        points.append(theta.tolist())
    optimizer = {"name": "nesterov", "convention": convention, "lr": 0.01, "momentum": 0.9}
    reference = {"optimizer": optimizer, "objective": "sphere", "start": [1.0, 2.0], "steps": 6}
    exercise = read_exercise({"reference": reference, "submission": {"points": points}})
    assert told(check(exercise.cases, exercise.tolerance)) == [("theta_returned", "convention")]


def test_a_bias_correction_that_nobody_asked_for_is_named():
    def rmsprop(w, g, state, t):
        state["v"] = 0.9 * state["v"] + 0.1 * g**2
        return w - 0.1 * g / (np.sqrt(state["v"] / (1 - 0.9**t)) + 1e-8)

    def average(w, g, state, t):
        state["velocity"] = 0.9 * state["velocity"] + 0.1 * g
        return w - 0.1 * state["velocity"] / (1 - 0.9**t)

    asked = {"name": "rmsprop", "lr": 0.1, "rho": 0.9}
    [only] = found(checked(asked, returned(rmsprop, v=0.0)))
    assert (only.code, only.kind, only.where) == ("bias_correction_of_v_unasked", "convention", "bias_correction")
    asked = {"name": "momentum", "convention": "course", "lr": 0.1}
    assert told(checked(asked, returned(average, velocity=0.0)))[0] == ("bias_correction_unasked", "convention")


@pytest.mark.parametrize(("first", "words"), [(1.0, "1 instead of 0"), (0.1, "0.1 instead of 0"), (0.37, "0.37 instead of 0")])
def test_an_accumulator_that_starts_elsewhere_is_named(first, words):
    def step(w, g, state, t):
        state["accumulator"] = state["accumulator"] + g**2
        return w - 0.1 * g / (np.sqrt(state["accumulator"]) + 1e-10)

    verdict = checked({"name": "adagrad", "lr": 0.1}, returned(step, accumulator=first))
    assert told(verdict) == [("wrong_initial_accumulator", "hyperparameter")]
    assert words in found(verdict)[0].title


# State that was not touched.


def plain(w, g, state, t):
    return w - 0.1 * g


@pytest.mark.parametrize(("optimizer", "slots"), [("adam", ("m", "v")), ("rmsprop", ("v",)), ("adagrad", ("accumulator",))])
def test_plain_gradient_descent_is_named_with_the_state_that_it_never_updates(optimizer, slots):
    verdict = checked({"name": optimizer, "lr": 0.1}, returned(plain, **dict.fromkeys(slots, 0.0)))
    assert told(verdict)[0] == ("is_sgd", "optimizer")
    assert found(verdict)[0].title.endswith(f"; your code never updates {' and '.join(slots)}")
    assert f"Your code never updates {' and '.join(slots)}." in found(verdict)[0].hints[2]
    assert not [each for each in found(verdict) if "+" in each.code]


def test_rmsprop_for_adam_and_normalized_and_sign_descent_for_rmsprop_are_named():
    def rmsprop(w, g, state, t):
        state["v"] = 0.999 * state["v"] + 0.001 * g**2
        return w - 0.1 * g / (np.sqrt(state["v"]) + 1e-8)

    verdict = checked({"name": "adam", "lr": 0.1}, returned(rmsprop, m=0.0, v=0.0))
    assert told(verdict)[0] == ("is_rmsprop", "optimizer")
    assert "your code never updates m" in found(verdict)[0].title

    def normalized(w, g, state, t):
        return w - 0.1 * g / np.sqrt(np.sum(g**2))

    def by_sign(w, g, state, t):
        return w - 0.1 * np.sign(g)

    for step, code in ((normalized, "is_normalized_gd"), (by_sign, "is_sign_gd")):
        assert told(checked({"name": "rmsprop", "lr": 0.1}, returned(step, v=0.0)))[0] == (code, "optimizer")


def test_a_state_of_its_own_still_says_that_it_is_something_else():
    submission = returned(plain, m=0.0, v=0.0)
    assert told(checked({"name": "adam", "lr": 0.1}, {**submission, "state": {"m": [9.0, 8.0, 7.0]}})) == []


def test_right_points_are_no_other_optimizers_though_a_slot_was_not_updated():
    gradient, start = [0.5, -3.0, 0.02], {"start": START, "gradients": [[0.5, -3.0, 0.02]]}
    points = [[w - 0.1 * np.sign(g) for w, g in zip(START, gradient, strict=True)]]  # Adam's first step is Adagrad's and sign descent's
    state = {"m": [0.0] * 3, "v": [0.001 * g * g for g in gradient]}
    verdict = checked({"name": "adam", "lr": 0.1}, {"points": points, "state": state}, **start)
    assert not verdict.passed
    assert not [kind for _, kind in told(verdict) if kind == "optimizer"]


# Rounding.


def right_adam():
    return adam()


def test_rounding_is_half_a_unit_of_the_last_digit_and_in_every_step():
    asked, right = {"name": "adam", "lr": 0.1}, right_adam()["points"]
    [once] = checked(asked, {"points": np.round(right, 4).tolist()}).findings
    assert (once.candidate.code, 0 < once.fit <= 1) == ("rounded", True)
    assert told(checked(asked, {"points": (np.round(right, 4) + 1e-4).tolist()})) == []

    def step(w, g, state, t):
        state["m"], state["v"] = 0.9 * state["m"] + 0.1 * g, 0.999 * state["v"] + 0.001 * g * g
        return np.round(w - 0.1 * (state["m"] / (1 - 0.9**t)) / (np.sqrt(state["v"] / (1 - 0.999**t)) + 1e-8), 4)

    many = [row for row in GRADIENTS for _ in range(8)]
    verdict = checked(asked, numbers_alone(returned(step, gradients=many, m=0.0, v=0.0)), gradients=many)
    assert told(verdict) == [("rounded", "precision")]
    assert found(verdict)[0].title == "the params are rounded to 4 decimals in every step"


def test_a_mistake_that_gives_few_decimals_exactly_comes_before_rounding():
    asked = {"name": "gd", "lr": 0.1, "weight_decay": 0.0001}
    reference = {"start": [1.0, 2.0], "gradients": [[0.5, 0.25]]}
    verdict = checked(asked, {"points": [[0.95, 1.975]]}, **reference)
    assert told(verdict)[0][0] == "wd_ignored"


def test_a_rate_too_many_is_not_told_where_a_rate_of_1_minus_momentum_makes_it_another_formula():
    """At lr 0.1 and momentum 0.9, a running average of gradients is what a velocity with one learning rate more is."""
    x, v, points = 1.0, 0.0, []
    for g in (1.0, 2.0, 0.5, -1.0):
        v = 0.9 * v + 0.1 * g
        x -= 0.1 * (0.9 * v + 0.1 * g)
        points.append([x])
    for convention in ("torch", "keras"):
        reference = {"start": [1.0], "gradients": [[1.0], [2.0], [0.5], [-1.0]]}
        verdict = checked({"name": "nesterov", "convention": convention, "lr": 0.1}, {"points": points}, **reference)
        assert told(verdict) == [("momentum_convention", "convention")]


# Numbers that are lost.


@pytest.mark.parametrize("name", ["momentum", "gd", "sign_gd", "normalized_gd"])
def test_where_no_number_is_left_no_other_optimizer_is_named(name):
    verdict = checked({"name": name, "lr": 0.1}, {"points": [[None] * 3]}, gradients=[[0.0] * 3])
    assert not verdict.passed
    assert found(verdict) == []


@pytest.mark.parametrize(("name", "code"), [("rmsprop", "eps_missing"), ("adagrad", "eps_missing"), ("adamax", "eps_missing_in_max")])
@pytest.mark.parametrize("gradient", [[0.0, 0.0, 0.0], [0.0, 0.3, -2.0]])
def test_a_missing_eps_is_named_first_where_a_gradient_is_0(name, code, gradient):
    def step(w, g, state, t):
        largest = {"rmsprop": np.sqrt(0.01 * g * g), "adagrad": np.abs(g), "adamax": np.abs(g)}[name]
        return w - 0.1 * g / largest

    submission = numbers_alone(returned(step, gradients=[gradient]))
    assert np.isnan(submission["points"][0][0])
    submission["points"] = [[None if np.isnan(number) else number for number in point] for point in submission["points"]]
    verdict = checked({"name": name, "lr": 0.1}, submission, gradients=[gradient])
    assert told(verdict)[0] == (code, "mistake")
    assert any(gradient) or {each.kind for each in found(verdict)} == {"mistake"}


def test_the_velocity_of_keras_returned_in_the_place_of_the_params_is_named():
    def step(w, g, state, t):
        state["velocity"] = 0.9 * state["velocity"] - 0.01 * g
        return state["velocity"]

    submission = returned(step, velocity=0.0)
    assert told(checked({"name": "momentum", "convention": "keras", "lr": 0.01}, submission)) == [("update_returned", "mistake")]


@pytest.mark.parametrize("is_adam", [True, False])
def test_squares_of_the_params_in_v_are_named(is_adam):
    def step(w, g, state, t):
        state["v"] = 0.9 * state["v"] + 0.1 * w**2
        if not is_adam:
            return w - 0.1 * g / (np.sqrt(state["v"]) + 1e-8)
        state["m"] = 0.9 * state["m"] + 0.1 * g
        return w - 0.1 * state["m"] / (1 - 0.9**t) / (np.sqrt(state["v"] / (1 - 0.9**t)) + 1e-8)

    optimizer = {"name": "adam", "lr": 0.1, "beta2": 0.9} if is_adam else {"name": "rmsprop", "lr": 0.1, "rho": 0.9}
    submission = returned(step, v=0.0, **({"m": 0.0} if is_adam else {}))
    assert told(checked(optimizer, submission)) == [("v_of_params", "mistake")]

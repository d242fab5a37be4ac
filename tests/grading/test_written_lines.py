"""One line of an update rule as a student writes it wrong: it is named first, with the state and by the points alone."""

from __future__ import annotations

import numpy as np
import pytest
from tests.grading.test_common_mistakes import adam, checked, numbers_alone, returned, told

LION = {"name": "lion", "lr": 0.01}


def lion(c_line, m_line):
    """Lion with its two lines written otherwise."""

    def step(w, g, state, t):
        c = c_line(state["m"], g)
        state["m"] = m_line(state["m"], g)
        return w - 0.01 * np.sign(c)

    return returned(step, m=0.0)


def sign_of_one_average(w, g, state, t):
    state["m"] = 0.9 * state["m"] + 0.1 * g
    return w - 0.01 * np.sign(state["m"])


def test_what_only_lion_does_is_named_before_what_all_averages_do():
    swapped = lion(lambda m, g: 0.99 * m + 0.01 * g, lambda m, g: 0.9 * m + 0.1 * g)
    one_average = returned(sign_of_one_average, m=0.0)
    for submission, code in ((swapped, "mix_betas_swapped"), (one_average, "sign_of_m")):
        for one in (submission, numbers_alone(submission)):
            assert told(checked(LION, one))[0] == (code, "mistake")


def test_a_state_that_is_lost_is_not_called_whole_numbers_where_there_are_none():
    def forgetful(w, g, state, t):
        m, v = 0.1 * g, 0.001 * g**2
        return w - 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)

    asked, whole = {"name": "adam", "lr": 0.1}, [1.0, -2.0, 3.0]
    assert [code for code, _ in told(checked(asked, numbers_alone(returned(forgetful))))] == ["not_accumulated", "state_not_returned"]
    of_whole = checked(asked, numbers_alone(returned(forgetful, start=whole)), start=whole)
    assert "int_state" in [code for code, _ in told(of_whole)]


def test_the_number_of_the_layer_is_no_explanation_for_one_array():
    def still_first(w, g, state, _):
        state["m"], state["v"] = 0.9 * state["m"] + 0.1 * g, 0.999 * state["v"] + 0.001 * g * g
        return w - 0.1 * (state["m"] / (1 - 0.9)) / (np.sqrt(state["v"] / (1 - 0.999)) + 1e-8)

    codes = [code for code, _ in told(checked({"name": "adam", "lr": 0.1}, numbers_alone(returned(still_first, m=0.0, v=0.0))))]
    assert codes
    assert "layer_for_t" not in codes


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_gradient_that_is_divided_by_its_length_is_named_and_not_only_the_rate(momentum):
    def step(w, g, state, t):
        state["velocity"] = momentum * state["velocity"] + g
        return w - 0.05 * state["velocity"] / len(g)

    submission = numbers_alone(returned(step, velocity=0.0))
    assert told(checked({"name": "sgd", "lr": 0.05, "momentum": momentum}, submission))[0] == ("gradient_divided", "mistake")


def test_a_tenth_of_the_rate_is_a_decimal_point_before_it_is_a_division_by_ten():
    start, gradients = [0.5] * 10, [[float(k + 1) for k in range(10)], [-0.5 * k for k in range(10)]]
    points = returned(lambda w, g, *_: w - 0.005 * g, start=start, gradients=gradients)["points"]
    found_codes = [code for code, _ in told(checked({"name": "sgd", "lr": 0.05}, {"points": points}, start=start, gradients=gradients))]
    assert found_codes == ["wrong_lr", "gradient_divided"]


def momentum_with_plus(w, g, state, t):
    state["velocity"] += 0.9 * state["velocity"] + g
    return w - 0.1 * state["velocity"]


def rmsprop(v_line=None, change=None):
    """RMSprop with a line written otherwise; rho is 0.9 and lr is 0.1."""

    def step(w, g, state, t):
        state["v"] = v_line(state["v"], g) if v_line else 0.9 * state["v"] + 0.1 * g**2
        return w - 0.1 * (change(g, state["v"]) if change else g / (np.sqrt(state["v"]) + 1e-8))

    return returned(step, v=0.0)


RMSPROP, ADAM = {"name": "rmsprop", "lr": 0.1, "rho": 0.9}, {"name": "adam", "lr": 0.1}


@pytest.mark.parametrize(
    ("optimizer", "submission", "code"),
    [
        ({"name": "momentum", "lr": 0.1}, returned(momentum_with_plus, velocity=0.0), "velocity_added_to_itself"),
        (RMSPROP, rmsprop(v_line=lambda v, g: v + 0.9 * v + 0.1 * g**2), "v_added_to_itself"),
        (RMSPROP, rmsprop(v_line=lambda v, g: 0.9 * v + 1 - 0.9 * g**2), "average_brackets_missing_v"),
        (RMSPROP, rmsprop(v_line=lambda v, g: 0.9 * v + 0.1 * np.mean(g**2)), "norm_instead_of_elementwise"),
        (RMSPROP, rmsprop(change=lambda g, _: g / (np.sqrt(g**2) + 1e-8)), "current_square"),
        (RMSPROP, rmsprop(change=lambda g, v: g**2 / (np.sqrt(v) + 1e-8)), "gradient_squared_in_step"),
        (ADAM, adam(m_line=lambda m, g: m + 0.9 * m + 0.1 * g), "m_added_to_itself"),
        (ADAM, adam(m_line=lambda m, g: 0.9 * m + 1 - 0.9 * g), "average_brackets_missing_m"),
    ],
)
def test_an_average_that_is_added_to_itself_or_has_no_brackets_is_named_alone(optimizer, submission, code):
    for one in (submission, numbers_alone(submission)):
        assert told(checked(optimizer, one))[0] == (code, "mistake")


def test_a_step_that_is_returned_without_params_and_without_minus_is_named():
    for step in (lambda _w, g, *_: 0.1 * g, lambda _w, g, *_: -0.1 * g):
        assert told(checked({"name": "gd", "lr": 0.1}, numbers_alone(returned(step))))[0] == ("update_returned", "mistake")


def adadelta(change, u_line=lambda u, delta: 0.9 * u + 0.1 * delta**2):
    """Adadelta with one of its two last lines written otherwise."""

    def step(w, g, state, t):
        state["v"] = 0.9 * state["v"] + 0.1 * g**2
        delta = change(g, state["u"], state["v"])
        state["u"] = u_line(state["u"], delta)
        return w - delta

    return returned(step, v=0.0, u=0.0)


def right_change(g, u, v):
    return np.sqrt(u + 1e-6) / np.sqrt(v + 1e-6) * g


@pytest.mark.parametrize(
    ("submission", "code"),
    [
        (adadelta(lambda g, u, v: np.sqrt(v + 1e-6) / np.sqrt(u + 1e-6) * g), "adadelta_inverted"),
        (adadelta(lambda g, u, v: (u + 1e-6) / np.sqrt(v + 1e-6) * g), "adadelta_sqrt_missing_above"),
        (adadelta(lambda g, u, v: (u + 1e-6) / (v + 1e-6) * g), "adadelta_sqrt_missing_in_both"),
        (adadelta(lambda g, u, v: (np.sqrt(u) + 1e-6) / (np.sqrt(v) + 1e-6) * g), "adadelta_eps_outside_both"),
        (adadelta(lambda g, _, v: g / np.sqrt(v + 1e-6)), "adadelta_updates_unused"),
        (adadelta(right_change, lambda u, delta: 0.1 * u + 0.9 * delta**2), "adadelta_u_complement"),
        (adadelta(right_change, lambda u, delta: 0.9 * u + 0.1 * delta), "adadelta_u_not_squared"),
        (adadelta(right_change, lambda u, _: u), "adadelta_u_not_stored"),
    ],
)
def test_a_line_of_adadelta_that_is_wrong_is_named(submission, code):
    asked = {"name": "adadelta", "lr": 1.0, "rho": 0.9, "eps": 1e-6}
    for one in (submission, numbers_alone(submission)):
        assert told(checked(asked, one))[0] == (code, "mistake")


@pytest.mark.parametrize(
    ("corrected", "told_first"),
    [(True, ("nadam_same_correction", "convention")), (False, ("nadam_gradient_uncorrected", "mistake"))],
)
def test_nadam_with_one_correction_for_both_parts_is_told(corrected, told_first):
    def step(w, g, state, t):
        state["m"], state["v"] = 0.9 * state["m"] + 0.1 * g, 0.999 * state["v"] + 0.001 * g**2
        m_hat, v_hat = state["m"] / (1 - 0.9**t), state["v"] / (1 - 0.999**t)
        ahead = 0.9 * m_hat + 0.1 * g / ((1 - 0.9**t) if corrected else 1)
        return w - 0.1 * ahead / (np.sqrt(v_hat) + 1e-8)

    assert told(checked({"name": "nadam", "lr": 0.1}, numbers_alone(returned(step, m=0.0, v=0.0))))[0] == told_first


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda w, m, v: (m + 0.05 * w) / (np.sqrt(v) + 1e-8), "wd_in_fraction"),
        (lambda _, m, v: m / (np.sqrt(v) + 1e-8) + 0.05, "wd_without_params"),
    ],
)
def test_a_weight_decay_in_the_fraction_or_without_the_params_is_named(change, code):
    def step(w, g, state, t):
        state["m"], state["v"] = 0.9 * state["m"] + 0.1 * g, 0.999 * state["v"] + 0.001 * g**2
        return w - 0.1 * change(w, state["m"] / (1 - 0.9**t), state["v"] / (1 - 0.999**t))

    asked = {"name": "adamw", "lr": 0.1, "weight_decay": 0.05}
    assert told(checked(asked, returned(step, m=0.0, v=0.0)))[0] == (code, "mistake")


@pytest.mark.parametrize(
    ("u_line", "divided", "code"),
    [
        (lambda u, g: np.maximum(0.999 * u, np.abs(g)), lambda u, t: u / (1 - 0.999**t), "bias_correction_of_u"),
        (lambda u, g: np.minimum(0.999 * u, np.abs(g)), lambda u, _: u, "minimum_for_maximum"),
    ],
)
def test_a_largest_gradient_that_is_corrected_or_is_the_smallest_is_named(u_line, divided, code):
    def step(w, g, state, t):
        state["m"], state["u"] = 0.9 * state["m"] + 0.1 * g, u_line(state["u"], g)
        return w - 0.1 * state["m"] / (1 - 0.9**t) / (divided(state["u"], t) + 1e-3)

    asked = {"name": "adamax", "convention": "keras", "lr": 0.1, "eps": 1e-3}
    assert told(checked(asked, returned(step, m=0.0, u=0.0)))[0] == (code, "mistake")

"""What a check makes of tensors that have numbers of their own: parameter groups, and slots that are not laid out like the params.

The students' code here is plain Python, a number at a time, as a student writes it.
"""

from __future__ import annotations

from math import sqrt

import pytest

from stepgrade_service.grading.checking.check import check
from stepgrade_service.grading.checking.exercise import read_exercise

START = {"W": [[1.0, -2.0], [0.5, 3.0]], "b": [0.3, -0.7]}
GRADIENTS = [
    {"W": [[0.5, -1.0], [2.0, 0.3]], "b": [1.0, -2.0]},
    {"W": [[0.2, -0.4], [1.0, 0.7]], "b": [0.6, -1.0]},
    {"W": [[-0.5, 1.0], [0.1, 0.4]], "b": [0.2, 0.9]},
]


def checked(optimizer, points, start=START, gradients=GRADIENTS, state=None):
    submission = {"points": points} if state is None else {"points": points, "state": state}
    exercise = read_exercise({"reference": {"optimizer": optimizer, "start": start, "gradients": gradients}, "submission": submission})
    return check(exercise.cases, exercise.tolerance)


def named(verdict):
    return [(finding.candidate.code, finding.candidate.title) for finding in verdict.findings]


def flat(tensors):
    return {"W": [number for row in tensors["W"] for number in row], "b": list(tensors["b"])}


def laid_out(numbers):
    return {"W": [numbers["W"][:2], numbers["W"][2:]], "b": list(numbers["b"])}


def students_sgd(lr, momentum, weight_decay):
    """Momentum as torch has it, with numbers for each tensor."""
    x, points = flat(START), []
    velocity = dict.fromkeys(x)
    for gradient in map(flat, GRADIENTS):
        for name in x:
            g = [a + weight_decay[name] * b for a, b in zip(gradient[name], x[name], strict=True)]
            before = velocity[name]
            velocity[name] = g if before is None else [momentum[name] * a + b for a, b in zip(before, g, strict=True)]
            x[name] = [a - lr[name] * b for a, b in zip(x[name], velocity[name], strict=True)]
        points.append(laid_out(x))
    return points


def students_adam(lr, beta1, beta2=0.999, eps=1e-8, *, counts_tensors=False, corrects=True):
    """Adam with a beta1 for each tensor; `counts_tensors` adds 1 to t for every tensor."""
    x, points, t = flat(START), [], 0
    m, v = ({name: [0.0] * len(x[name]) for name in x} for _ in range(2))
    for step, gradient in enumerate(map(flat, GRADIENTS), start=1):
        for name in x:
            t = t + 1 if counts_tensors else step
            for i, g in enumerate(gradient[name]):
                m[name][i] = beta1[name] * m[name][i] + (1 - beta1[name]) * g
                v[name][i] = beta2 * v[name][i] + (1 - beta2) * g * g
                m_hat = m[name][i] / (1 - beta1[name] ** t) if corrects else m[name][i]
                v_hat = v[name][i] / (1 - beta2**t) if corrects else v[name][i]
                x[name][i] -= lr * m_hat / (sqrt(v_hat) + eps)
        points.append(laid_out(x))
    return points, {"m": laid_out(m), "v": laid_out(v)}


ALIKE, APART = {"W": 0.9, "b": 0.9}, {"W": 0.9, "b": 0.5}


@pytest.mark.parametrize("beta1", [ALIKE, APART])
def test_with_parameter_groups_the_right_answer_passes_and_a_count_of_tensors_is_named(beta1):
    asked = {"name": "adam", "lr": 0.1, "beta1": beta1}
    points, state = students_adam(0.1, beta1)
    assert checked(asked, points, state=state).passed
    wrong, _ = students_adam(0.1, beta1, counts_tensors=True)
    assert [code for code, _ in named(checked(asked, wrong))] == ["t_per_tensor"]


SGD = {"lr": {"W": 0.1, "b": 0.02}, "momentum": {"W": 0.9, "b": 0.5}, "weight_decay": {"W": 0.2, "b": 0.0}}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"lr": {"W": 0.1, "b": 0.1}}, "lr is 0.1 for every tensor"),
        ({"lr": {"W": 0.02, "b": 0.1}}, "lr is exchanged between W and b"),
        ({"lr": {"W": 1.0, "b": 0.2}}, "lr is 10 times the correct value"),
        ({"momentum": {"W": 0.9, "b": 0.9}}, "momentum is 0.9 for every tensor"),
        ({"momentum": {"W": 0.5, "b": 0.9}}, "momentum is exchanged between W and b"),
        ({"weight_decay": {"W": 0.2, "b": 0.2}}, "weight_decay is 0.2 for every tensor"),
    ],
)
def test_a_wrong_number_of_a_parameter_group_is_named(changed, told):
    assert checked({"name": "sgd", **SGD}, students_sgd(**SGD)).passed
    code = f"wrong_{next(iter(changed))}"
    assert (code, told) in named(checked({"name": "sgd", **SGD}, students_sgd(**{**SGD, **changed})))


def test_a_decay_that_is_left_out_is_named_and_numbers_are_told_tensor_by_tensor():
    verdict = checked({"name": "sgd", **SGD}, students_sgd(**{**SGD, "weight_decay": {"W": 0.0, "b": 0.0}}))
    told = "these are sgd's numbers, with momentum = 0.9 for W, 0.5 for b, without weight_decay"
    assert named(verdict) == [("wd_ignored", "the weight decay is left out"), ("is_sgd", told)]


def test_what_was_left_out_of_the_optimizer_that_was_asked_for_is_said():
    off = {"W": 0.0, "b": 0.0}
    verdict = checked({"name": "sgd", **SGD}, students_sgd(SGD["lr"], off, off))
    assert named(verdict) == [("is_sgd", "these are sgd's numbers, without momentum and weight_decay")]
    assert verdict.findings[0].candidate.hints[-1] == "You computed sgd without momentum and weight_decay."


M = [[1.0, -2.0], [0.5, 3.0]]


@pytest.mark.parametrize(
    ("optimizer", "slot", "start", "expected"),
    [
        ("novograd", "v", M, "a number"),
        ("novograd", "v", START, "{W: a number, b: a number}"),
        ("sm3", "row", M, "shape [2]"),
        ("sm3", "row", START, "{W: [2], b: [2]}"),
        ("sm3", "column", START, "{W: [2]}"),
        ("nadam", "mu_product", M, "a number"),
        ("adam", "v", START, "{W: [2, 2], b: [2]}"),
    ],
)
def test_a_slot_in_a_wrong_shape_is_told_the_shape_of_that_slot(optimizer, slot, start, expected):
    asked = {"optimizer": {"name": optimizer, "lr": 0.1}, "start": start, "gradients": [start, start]}
    right = check_right(asked)
    verdict = checked(asked["optimizer"], right, start, asked["gradients"], {slot: [[1.0, 2.0, 3.0]]})
    assert verdict.first_mismatch is not None
    assert (verdict.first_mismatch.quantity, verdict.first_mismatch.index) == (f"state/{slot}", None)
    assert verdict.first_mismatch.expected == expected


def check_right(asked):
    """The points of a reference."""
    [case] = read_exercise({"reference": asked, "submission": {"points": []}}).cases
    return [case.plan.layout.unflatten(point) for point in case.right_numbers.points.values()]


@pytest.mark.parametrize(
    ("more", "value", "index"), [({}, 0.5, ()), ({"beta1": APART}, {"W": 0.5, "b": 0.5}, ("W",))], ids=["alone", "in groups"]
)
def test_a_slot_that_is_a_number_is_no_place_in_a_matrix(more, value, index):
    asked = {"optimizer": {"name": "nadam", **more}, "start": START, "gradients": GRADIENTS}
    verdict = checked(asked["optimizer"], check_right(asked), state={"mu_product": value})
    assert verdict.first_mismatch is not None
    assert (verdict.first_mismatch.quantity, verdict.first_mismatch.index) == ("state/mu_product", index)


def test_a_slot_in_a_wrong_shape_does_not_hide_what_explains_the_points():
    asked = {"name": "adam", "lr": 0.1}
    points, state = students_adam(0.1, ALIKE, corrects=False)
    for wrong in (state, {**state, "m": [1.0, 2.0]}, {**state, "v": "many"}, {"v": None}):
        assert named(checked(asked, points, state=wrong))[0][0] == "no_bias_correction"


def test_another_optimizer_is_named_though_its_slots_have_another_layout():
    points, state = students_adam(0.1, ALIKE)
    assert named(checked({"name": "novograd", "lr": 0.1}, points, state=state))[0][0] == "is_adam"


def students_radam(threshold):
    """RAdam of one number, as the paper has it."""
    x, m, v, points = 1.0, 0.0, 0.0, []
    limit = 2 / (1 - 0.999) - 1
    for t in range(1, 9):
        g = 0.3 * t - 1.0
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        rho = limit - 2 * t * 0.999**t / (1 - 0.999**t)
        step = m / (1 - 0.9**t)
        if rho > threshold:
            share = (rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)
            step = sqrt(share) * step / (sqrt(v / (1 - 0.999**t)) + 1e-8)
        x -= 0.1 * step
        points.append([x])
    return points


def test_the_other_threshold_of_radam_is_named():
    asked, gradients = {"name": "radam", "lr": 0.1}, [[0.3 * t - 1.0] for t in range(1, 9)]
    assert checked(asked, students_radam(5), [1.0], gradients).passed
    told = named(checked(asked, students_radam(4), [1.0], gradients))
    assert told[0] == ("wrong_threshold", "threshold is 4 instead of 5")

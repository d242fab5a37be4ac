"""Where one tensor is right and another is not: the wrong one is named, and diagnosed by itself. Students' code, a tensor at a time."""

from __future__ import annotations

import numpy as np
import pytest

from stepgrade_service.grading.checking.check import check
from stepgrade_service.grading.checking.exercise import read_exercise

START = {"W1": [[1.0, -2.0]], "b1": [[0.5]], "W2": [[3.0], [0.2]], "b2": [[-1.0]]}
GRADIENTS = [
    {"W1": [[0.5, -1.0]], "b1": [[2.0]], "W2": [[0.3], [-0.7]], "b2": [[1.5]]},
    {"W1": [[0.2, -0.4]], "b1": [[-1.0]], "W2": [[0.6], [0.1]], "b2": [[0.4]]},
    {"W1": [[-0.5, 1.0]], "b1": [[0.1]], "W2": [[0.2], [0.9]], "b2": [[-0.8]]},
]
ADAM = {"name": "adam", "lr": 0.1}


def checked(optimizer, submission, start=START, gradients=GRADIENTS):
    exercise = read_exercise({"reference": {"optimizer": optimizer, "start": start, "gradients": gradients}, "submission": submission})
    return check(exercise.cases, exercise.tolerance)


def as_lists(tensors):
    return {name: np.asarray(tensor).tolist() for name, tensor in tensors.items()}


def students_adam(slip):
    """Adam over the layers; `slip` says what is wrong with which tensor."""
    w = {name: np.array(tensor) for name, tensor in START.items()}
    m = {name: np.zeros_like(tensor) for name, tensor in w.items()}
    v = {name: np.zeros_like(tensor) for name, tensor in w.items()}
    points = []
    for t, gradient in enumerate(GRADIENTS, start=1):
        for name in w:
            wrong, g = slip.get(name), np.array(gradient[name])
            if wrong == "skipped":
                continue
            beta1, square = (0.999 if wrong == "beta2 in m" else 0.9), (g if wrong == "not squared" else g * g)
            m[name] = beta1 * m[name] + (1 - beta1) * g
            v[name] = 0.999 * v[name] + 0.001 * square
            power = int(name[1:]) if wrong == "layer" else t
            with np.errstate(invalid="ignore"):
                change = 0.1 * (m[name] / (1 - 0.9**power)) / (np.sqrt(v[name] / (1 - 0.999**power)) + 1e-8)
            if wrong != "not subtracted":
                w[name] = w[name] - change
            if wrong == "twice":
                w[name] = w[name] - change
            if wrong == "uphill":
                w[name] = w[name] + 2 * change
        points.append(as_lists(w))
    return {"points": points, "state": {"m": as_lists(m), "v": as_lists(v)}}


def first(verdict):
    return verdict.findings[0].candidate


BIASES = "b1 and b2"


@pytest.mark.parametrize(
    ("slip", "code", "title"),
    [
        (dict.fromkeys(("b1", "b2"), "skipped"), "tensor_not_updated", f"{BIASES} are never updated; W1 and W2 are right"),
        ({"b2": "not subtracted"}, "tensor_not_updated", "b2 is never updated; W1, b1 and W2 are right"),
        (dict.fromkeys(("b1", "b2"), "twice"), "tensor_updated_twice", f"{BIASES} are updated twice in each step; W1 and W2 are right"),
        ({"b1": "not squared"}, "not_squared", "in b1: the gradient is not squared in v; W1, W2 and b2 are right"),
        (dict.fromkeys(("b1", "b2"), "beta2 in m"), "beta2_in_m", f"in {BIASES}: m is averaged with beta2; W1 and W2 are right"),
        ({"W2": "uphill"}, "wrong_sign", "in W2: the step goes uphill; W1, b1 and b2 are right"),
    ],
)
def test_a_wrong_tensor_is_named_beside_those_that_are_right(slip, code, title):
    submission = students_adam(slip)
    for submitted in (submission, {"points": submission["points"]}):
        found = [finding.candidate for finding in checked(ADAM, submitted).findings]
        assert found[0].code == code
        assert found[0].title == title
        assert " never change" in found[0].hints[2] or found[0].hints[2].startswith("In b" if "b" in title[:5] else "In W")
        assert not [each.code for each in found if each.kind == "hyperparameter"]


def test_a_tensor_that_never_changes_and_a_gradient_that_is_summed_are_told_by_their_names():
    skipped = first(checked(ADAM, students_adam(dict.fromkeys(("b1", "b2"), "skipped"))))
    assert skipped.hints[2] == "b1 and b2 never change. Write an update line for them."
    points, w = [], {name: np.array(tensor) for name, tensor in START.items()}
    for gradient in GRADIENTS:
        for name in w:
            w[name] = w[name] - 0.1 * (np.sum(gradient[name]) if name == "W2" else np.array(gradient[name]))
        points.append(as_lists(w))
    told = first(checked({"name": "gd", "lr": 0.1}, {"points": points}))
    assert told.title == "in W2: the gradient is summed over its numbers; W1 is right"
    assert told.hints[2] == "W2: you use np.sum(dW2), one number for the whole array. Use dW2."


def test_two_tensors_that_are_wrong_in_two_ways_are_told_together():
    told = first(checked(ADAM, students_adam({"b1": "not squared", "b2": "uphill"})))
    assert told.code == "not_squared+wrong_sign"
    assert told.title == "in b1: the gradient is not squared in v; in b2: the step goes uphill; W1 and W2 are right"


def test_a_tensor_that_nothing_explains_is_not_guessed_at():
    submission = students_adam({"b1": "uphill"})
    for point in submission["points"]:
        point["b2"] = [[0.123]]
    assert checked(ADAM, submission).findings == ()


def test_the_number_of_the_layer_for_t_is_one_mistake_of_all_tensors():
    assert first(checked(ADAM, students_adam(dict.fromkeys(START, "layer")))).code == "layer_for_t"


def test_a_bias_that_takes_the_gradient_is_named_as_gradient_descent_with_a_velocity_of_no_use():
    w, velocity, points = {name: np.array(each) for name, each in START.items()}, dict.fromkeys(START, 0.0), []
    for gradient in GRADIENTS:
        for name in w:
            velocity[name] = 0.9 * velocity[name] + 0.1 * np.array(gradient[name])
            w[name] = w[name] - 0.1 * (velocity[name] if name[0] == "W" else np.array(gradient[name]))
        points.append(as_lists(w))
    asked = {"name": "momentum", "convention": "course", "lr": 0.1}
    told = first(checked(asked, {"points": points, "state": {"velocity": as_lists(velocity)}}))
    assert (told.code, told.kind) == ("is_sgd", "optimizer")
    assert told.title.startswith("in b1 and b2: these are sgd's numbers")


def in_two_layouts(step, tiny=()):
    """The verdict on `step(name, w, g)`, a step of RMSprop or gradient descent, for the tensors of one layer and of two.

    The gradients of the `tiny` tensors are as small as eps.
    """

    def case(names, optimizer):
        start = {name: [1.0, -2.0] for name in names}
        gradients = [{name: [1e-8, -2e-8] if name in tiny else [5.0, -10.0] for name in names}]
        points = [as_lists({name: step(name, np.array(start[name]), np.array(gradients[0][name])) for name in names})]
        return {"optimizer": optimizer, "start": start, "gradients": gradients}, {"points": points}

    def verdict(optimizer):
        references, submissions = zip(*(case(names, optimizer) for names in (("W", "b"), ("W1", "b1", "W2", "b2"))), strict=True)
        exercise = read_exercise({"reference": list(references), "submission": list(submissions)})
        return check(exercise.cases, exercise.tolerance)

    return verdict


def test_a_tensor_in_which_the_mistake_would_not_show_is_not_called_right():
    def step(name, w, g):
        root = np.sqrt(0.01 * g * g + 1e-8) if name[0] == "b" else np.sqrt(0.01 * g * g) + 1e-8
        return w - 0.1 * g / root

    told = first(in_two_layouts(step, tiny=("W", "b", "W1", "b1"))({"name": "rmsprop", "lr": 0.1}))
    assert told.code == "eps_inside_sqrt"
    assert told.title.startswith("in b1, rmsprop as in ")
    assert told.title.endswith("; W1 is right")


def test_names_of_two_inputs_that_contradict_each_other_are_not_mixed():
    def step(name, w, g):
        return w if name in ("b", "b2") else w - 0.1 * g

    assert first(in_two_layouts(step)({"name": "gd", "lr": 0.1})).title == "b1 is never updated; W1 is right"

"""Functions on lists of tensors: `for p, g in zip(params, grads)`, in place or not, and the trainers of a well-known book."""

# ruff: noqa: B905 (students zip without strict)

import numpy as np
import pytest

from stepgrade import Client

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

GD, MOMENTUM, ADAM = {"name": "gd", "lr": 0.1}, {"name": "momentum", "lr": 0.1}, {"name": "adam", "lr": 0.05}


@pytest.fixture(scope="module")
def client():
    return Client.local()


def in_place(params, grads, lr):
    for p, g in zip(params, grads):
        p -= lr * g


def in_place_and_returned(params, grads, lr):
    for p, g in zip(params, grads):
        p -= lr * g
    return params


def in_a_new_list(params, grads, lr):
    return [p - lr * g for p, g in zip(params, grads)]


def in_a_tuple(params, grads, lr):
    return tuple(p - lr * g for p, g in zip(params, grads))


def by_a_function_for_one(params, grads, lr):
    return list(map(lambda p, g: p - lr * g, params, grads))


def momentum_in_place(params, grads, velocities, lr, momentum):
    for p, g, v in zip(params, grads, velocities):
        v[:] = momentum * v + g
        p -= lr * v


def momentum_in_new_lists(params, grads, velocities, lr, momentum):
    velocities = [momentum * v + g for v, g in zip(velocities, grads)]
    for p, v in zip(params, velocities):
        p -= lr * v
    return params, velocities


def adam_in_place(params, grads, ms, vs, t, lr, beta1, beta2, eps):
    for p, g, m, v in zip(params, grads, ms, vs):
        m[:] = beta1 * m + (1 - beta1) * g
        v[:] = beta2 * v + (1 - beta2) * g * g
        p -= lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)


def adam_of_a_trainer(params, states, hyperparams):
    beta1, beta2, eps = 0.9, 0.999, 1e-8
    for p, (v, s) in zip(params, states):
        v[:] = beta1 * v + (1 - beta1) * p.grad
        s[:] = beta2 * s + (1 - beta2) * np.square(p.grad)
        v_hat = v / (1 - beta1 ** hyperparams["t"])
        s_hat = s / (1 - beta2 ** hyperparams["t"])
        p[:] -= hyperparams["lr"] * v_hat / (np.sqrt(s_hat) + eps)
    hyperparams["t"] += 1


def descent_of_a_trainer(params, states, hyperparams):
    for p in params:
        p -= hyperparams["lr"] * p.grad


RIGHT = [
    *((student, GD) for student in (in_place, in_place_and_returned, in_a_new_list, in_a_tuple, by_a_function_for_one)),
    *((student, MOMENTUM) for student in (momentum_in_place, momentum_in_new_lists)),
    *((adam_in_place, ADAM), (adam_of_a_trainer, ADAM), (descent_of_a_trainer, GD)),
]


@pytest.mark.parametrize("style", [None, "tuple", "dls"])
@pytest.mark.parametrize(("student", "optimizer"), RIGHT, ids=[student.__name__ for student, _ in RIGHT])
def test_right_code_on_lists_passes(client, student, optimizer, style):
    verdict = client.check_function(student, optimizer, style)
    assert (verdict.passed, verdict.findings) == (True, ())


def uphill_in_place(params, grads, lr):
    for p, g in zip(params, grads):
        p += lr * g


def uphill_in_place_and_returned(params, grads, lr):
    for p, g in zip(params, grads):
        p += lr * g
    return params


def adam_without_the_square(params, grads, ms, vs, t, lr, beta1, beta2, eps):
    for p, g, m, v in zip(params, grads, ms, vs):
        m[:] = beta1 * m + (1 - beta1) * g
        v[:] = beta2 * v + (1 - beta2) * g
        p -= lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)


def nothing_but_a_name(params, grads, lr):
    for p, g in zip(params, grads):
        p = p - lr * g
    return params


def uphill_trainer(params, states, hyperparams):
    for p in params:
        p += hyperparams["lr"] * p.grad


@pytest.mark.parametrize(
    ("student", "optimizer", "code"),
    [
        (uphill_in_place, GD, "wrong_sign"),
        (uphill_in_place_and_returned, GD, "wrong_sign"),
        (adam_without_the_square, ADAM, "not_squared"),
        (nothing_but_a_name, GD, "no_step"),
        (uphill_trainer, GD, "wrong_sign"),
    ],
)
def test_the_mistake_is_named_on_lists_too(client, student, optimizer, code):
    assert client.check_function(student, optimizer).findings[0].code == code


def test_what_should_be_returned_is_no_tuple_where_it_is_one_thing(client):
    def student(w, g, lr):
        w = w - lr * g

    assert client.check_function(student, GD).message == "Your function should return params; it returned None (is the return missing?)."

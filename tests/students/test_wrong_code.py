"""Wrong code as students write it that must not pass: what is wrong shows only on arrays, in one tensor, or at one learning rate."""

# ruff: noqa: N803, N806 (students write W and dW)

import math

import numpy as np
import pytest

from stepgrade import Client

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

GD, MOMENTUM = {"name": "gd", "lr": 0.1}, {"name": "momentum", "lr": 0.1}
RMSPROP, ADAM = {"name": "rmsprop", "lr": 0.05}, {"name": "adam", "lr": 0.05}


@pytest.fixture(scope="module")
def client():
    return Client.local()


def adam_with_a_mean(w, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * np.mean(g**2)
    return w - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def rmsprop_with_a_mean(w, g, v, lr, rho, eps):
    v = rho * v + (1 - rho) * np.mean(g**2)
    return w - lr * g / (np.sqrt(v) + eps), v


def rmsprop_with_a_maximum(w, g, v, lr, rho, eps):
    v = rho * v + (1 - rho) * np.max(g**2)
    return w - lr * g / (np.sqrt(v) + eps), v


def rmsprop_with_a_product(w, g, v, lr, rho, eps):
    v = rho * v + (1 - rho) * np.dot(g, g)
    return w - lr * g / (np.sqrt(v) + eps), v


def momentum_with_a_mean(w, g, velocity, lr, momentum):
    velocity = momentum * velocity + g.mean()
    return w - lr * velocity, velocity


def loop_with_a_mean(grad, x0, lr, n):
    x = np.array(x0, float)
    for _ in range(n):
        x = x - lr * np.mean(grad(x))
    return x


WRONG_ON_ARRAYS = {
    "mean": (lambda w, g, lr: w - lr * np.mean(g), "tuple", GD),
    "sum": (lambda w, g, lr: w - lr * np.sum(g), "tuple", GD),
    "divided by the size": (lambda w, g, lr: w - lr * g / g.size, "tuple", GD),
    "reversed": (lambda w, g, lr: w - lr * np.flip(g), "tuple", GD),
    "mean of the params": (lambda w, g, lr: w.mean() - lr * g, "tuple", GD),
    "first of the params": (lambda w, g, lr: np.ravel(w)[0] - lr * g, "tuple", GD),
    "centred": (lambda w, g, lr: w - lr * (g - g.mean()), "tuple", GD),
    "adam": (adam_with_a_mean, "tuple", ADAM),
    "rmsprop": (rmsprop_with_a_mean, "tuple", RMSPROP),
    "rmsprop, maximum": (rmsprop_with_a_maximum, "tuple", RMSPROP),
    "rmsprop, product": (rmsprop_with_a_product, "tuple", RMSPROP),
    "momentum": (momentum_with_a_mean, "tuple", MOMENTUM),
    "loop": (loop_with_a_mean, "loop", GD),
}


@pytest.mark.parametrize("name", WRONG_ON_ARRAYS)
def test_what_does_nothing_on_one_number_does_not_pass_as_code_for_one_number(client, name):
    student, style, optimizer = WRONG_ON_ARRAYS[name]
    verdict = client.check_function(student, optimizer, style)
    assert not verdict.passed
    assert "no_update" not in [finding.code for finding in verdict.findings]
    assert "do not change" not in verdict.message


def on_one_number(w, g, s, lr, rho, eps):
    s = rho * s + (1 - rho) * g**2
    return w - lr * g / (math.sqrt(s) + eps), s


def on_one_number_with_a_branch(w, g, lr):
    if g > 0:
        return w - lr * g
    return w + lr * abs(g)


def loop_on_one_number(df, x0, lr, n):
    x = float(x0)
    for _ in range(n):
        x = x - lr * df(x)
    return x


@pytest.mark.parametrize(
    ("student", "style", "optimizer"),
    [(on_one_number, "tuple", RMSPROP), (on_one_number_with_a_branch, "tuple", GD), (loop_on_one_number, "loop", GD)],
)
def test_code_that_raises_on_arrays_is_run_on_single_numbers(client, student, style, optimizer):
    assert client.check_function(student, optimizer, style).passed


def b_is_kept(W, b, dW, db, lr):
    return W - lr * dW, b


def b_is_kept_with_names_of_its_own(w, b, g1, g2, lr):
    return w - lr * g1, b


def b_twice(W, b, dW, db, lr):
    b = b - lr * db
    return W - lr * dW, b - lr * db


def b_uphill(W, b, dW, db, lr):
    return W - lr * dW, b + lr * db


def b_from_the_gradient_of_w(w, b, dw, db, learning_rate):
    return w - learning_rate * dw, b - learning_rate * dw.sum()


def b_is_zero(w, b, dw, db, lr):
    return w - lr * dw, 0


def momentum_whose_b_has_no_momentum(W, b, dW, db, vW, vb, lr, momentum):
    vW = momentum * vW + dW
    vb = momentum * vb + db
    return W - lr * vW, b - lr * db, vW, vb


def adam_whose_b_is_not_corrected(W, b, dW, db, vdW, vdb, sdW, sdb, t, lr, beta1, beta2, eps):
    vdW, sdW = beta1 * vdW + (1 - beta1) * dW, beta2 * sdW + (1 - beta2) * dW**2
    vdb, sdb = beta1 * vdb + (1 - beta1) * db, beta2 * sdb + (1 - beta2) * db**2
    W = W - lr * (vdW / (1 - beta1**t)) / (np.sqrt(sdW / (1 - beta2**t)) + eps)
    b = b - lr * vdb / (np.sqrt(sdb) + eps)
    return W, b, vdW, vdb, sdW, sdb


@pytest.mark.parametrize(
    ("student", "optimizer", "said"),
    [
        (b_is_kept, GD, "b is never updated; W is right"),
        (b_is_kept_with_names_of_its_own, GD, "b is never updated; W is right"),
        (b_twice, GD, "b is updated twice in each step; W is right"),
        (b_uphill, GD, "in b: "),
        (b_from_the_gradient_of_w, GD, None),
        (b_is_zero, GD, None),
        (momentum_whose_b_has_no_momentum, MOMENTUM, "in b: "),
        (adam_whose_b_is_not_corrected, ADAM, "in b: "),
    ],
)
def test_w_and_b_as_two_arguments_are_both_checked(client, student, optimizer, said):
    verdict = client.check_function(student, optimizer, "tuple")
    assert not verdict.passed
    assert said is None or said in verdict.message.splitlines()[0]


def right_w_and_b(W, b, dW, db, lr):
    return W - lr * dW, b - lr * db


def right_w_and_b_in_place(w, b, dw, db, learning_rate):
    w -= learning_rate * dw
    b -= learning_rate * db


def right_momentum(W, b, dW, db, v_W, v_b, lr=0.1, beta=0.9):
    v_W = beta * v_W + dW
    v_b = beta * v_b + db
    return W - lr * v_W, b - lr * v_b, v_W, v_b


def right_adam(w, b, dw, db, m_w, v_w, m_b, v_b, t, alpha, beta1, beta2, epsilon):
    m_w, v_w = beta1 * m_w + (1 - beta1) * dw, beta2 * v_w + (1 - beta2) * dw**2
    m_b, v_b = beta1 * m_b + (1 - beta1) * db, beta2 * v_b + (1 - beta2) * db**2
    w = w - alpha * (m_w / (1 - beta1**t)) / (np.sqrt(v_w / (1 - beta2**t)) + epsilon)
    b = b - alpha * (m_b / (1 - beta1**t)) / (np.sqrt(v_b / (1 - beta2**t)) + epsilon)
    return w, b, m_w, v_w, m_b, v_b


def right_rmsprop_in_place(W, b, dW, db, sdW, sdb, lr, rho, eps):
    sdW[:] = rho * sdW + (1 - rho) * dW**2
    sdb[:] = rho * sdb + (1 - rho) * db**2
    return W - lr * dW / (np.sqrt(sdW) + eps), b - lr * db / (np.sqrt(sdb) + eps)


@pytest.mark.parametrize(
    ("student", "optimizer"),
    [
        (right_w_and_b, GD),
        (right_w_and_b_in_place, GD),
        (right_momentum, MOMENTUM),
        (right_adam, ADAM),
        (right_rmsprop_in_place, RMSPROP),
    ],
)
def test_w_and_b_that_are_right_pass(client, student, optimizer):
    assert client.check_function(student, optimizer, "tuple").passed


def momentum_with_the_letters_of_torch(w, b, g, lr, momentum):
    b = momentum * b + g
    return w - lr * b, b


def momentum_with_the_gradient_called_dw(w, b, dw, lr, mu):
    b = mu * b + dw
    return w - lr * b, b


@pytest.mark.parametrize("student", [momentum_with_the_letters_of_torch, momentum_with_the_gradient_called_dw])
def test_b_beside_one_gradient_is_the_state_of_an_optimizer_that_has_one(client, student):
    assert client.check_function(student, MOMENTUM, "tuple").passed

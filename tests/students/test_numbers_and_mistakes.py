"""Students who write a hyperparameter as a number: where it is not the one asked for, a mistake beside it is still named."""

import numpy as np
import pytest

from stepgrade import Client

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

MOMENTUM, NESTEROV, RMSPROP = {"name": "momentum", "lr": 0.1}, {"name": "nesterov", "lr": 0.1}, {"name": "rmsprop", "lr": 0.05}
ADAM = {"name": "adam", "lr": 0.05}


@pytest.fixture(scope="module")
def client():
    return Client.local()


class AdamWithoutTheRoot:
    def __init__(self, lr=0.001):
        self.lr, self.b1, self.b2, self.eps = lr, 0.9, 0.99, 1e-8
        self.m, self.v, self.t = 0, 0, 0

    def update(self, w, grad):
        self.t += 1
        self.m = self.b1 * self.m + (1 - self.b1) * grad
        self.v = self.b2 * self.v + (1 - self.b2) * grad * grad
        m_hat = self.m / (1 - self.b1**self.t)
        v_hat = self.v / (1 - self.b2**self.t)
        return w - self.lr * m_hat / (v_hat + self.eps)


class AdamWithoutCorrection:
    def __init__(self, lr=0.001):
        self.lr, self.b1, self.b2, self.m, self.v = lr, 0.9, 0.99, 0, 0

    def update(self, w, grad):
        self.m = self.b1 * self.m + (1 - self.b1) * grad
        self.v = self.b2 * self.v + (1 - self.b2) * grad**2
        return w - self.lr * self.m / (np.sqrt(self.v) + 1e-8)


def rmsprop_with_the_decay_on_the_wrong_term(w, dw, s, lr):
    s = 0.05 * s + 0.95 * dw**2
    return w - lr * dw / (np.sqrt(s) + 1e-8), s


def momentum_uphill(w, dw, v, lr):
    v = 0.99 * v + dw
    return w + lr * v, v


@pytest.mark.parametrize(
    ("student", "optimizer", "code", "said"),
    [
        (AdamWithoutTheRoot, ADAM, "sqrt_missing+wrong_beta2", "the square root is left out, and beta2 is 0.99 instead of 0.999"),
        (AdamWithoutCorrection, ADAM, "no_bias_correction+wrong_beta2", "there is no bias correction, and beta2 is 0.99 instead of 0.999"),
        (
            rmsprop_with_the_decay_on_the_wrong_term,
            RMSPROP,
            "beta_complement_v+wrong_rho",
            "the decay and 1 - decay are exchanged in v, and rho is 0.95 instead of 0.99",
        ),
        (momentum_uphill, MOMENTUM, "wrong_sign+wrong_momentum", "the step goes uphill, and momentum is 0.99 instead of 0.9"),
    ],
)
def test_a_mistake_beside_a_number_of_ones_own_is_named(client, student, optimizer, code, said):
    verdict = client.check_function(student, optimizer, hints=3)
    assert [finding.code for finding in verdict.findings] == [code]
    assert verdict.message.splitlines()[0] == f"Mistake: {said}."
    assert "the task asks for" in verdict.message


def minus_a_velocity_that_is_the_step(w, dw, v, lr, mu):
    v = mu * v - lr * dw
    return w - v, v


def without_looking_ahead(w, dw, v, lr, mu):
    v = mu * v - lr * dw
    return w + v, v


@pytest.mark.parametrize(
    ("student", "optimizer", "code"),
    [
        (minus_a_velocity_that_is_the_step, MOMENTUM, "momentum_convention+wrong_sign_of_velocity"),
        (without_looking_ahead, NESTEROV, "momentum_convention+nesterov_plain"),
    ],
)
def test_a_mistake_in_another_convention_is_told_once(client, student, optimizer, code):
    verdict = client.check_function(student, optimizer)
    assert [finding.code for finding in verdict.findings] == [code]

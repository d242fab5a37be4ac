"""Arguments with a default whose names are in no table: each is tried as the hyperparameter that the code is else not given."""

import numpy as np
import pytest

from stepgrade import Client

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

GD, ADAM = {"name": "gd", "lr": 0.05}, {"name": "adam", "lr": 0.05}
MOMENTUM, RMSPROP = {"name": "momentum", "lr": 0.05, "momentum": 0.8}, {"name": "rmsprop", "lr": 0.05, "rho": 0.8, "eps": 1e-3}


@pytest.fixture(scope="module")
def client():
    return Client.local()


def french(poids, gradient, taux=0.01):
    return poids - taux * gradient


def misspelt(w, g, lernrate=0.01):
    return w - lernrate * g


def begun_where_it_is_none(w, g, pas=None):
    pas = 0.01 if pas is None else pas
    return w - pas * g


def beside_others(w, g, verbose=False, label="gd", pas=0.01, digits=3):
    if verbose:
        print(label, round(pas, digits))
    return w - pas * g


def momentum(w, g, v, lr=0.01, inertie=0.9):
    v = inertie * v + g
    return w - lr * v, v


def momentum_of_nothing(w, g, vitesse=0, pas=0.01, inertie=0.9):
    vitesse = inertie * vitesse + g
    return w - pas * vitesse, vitesse


def rmsprop(x, dx, cache, rate=0.01, keep=0.99, eps=1e-8):
    cache = keep * cache + (1 - keep) * dx**2
    return x - rate * dx / (np.sqrt(cache) + eps), cache


def rmsprop_of_w_and_b(W, b, dW, db, sW, sb, pas=0.01, garde=0.99, petit=1e-8):  # noqa: N803 (as students write it)
    sW, sb = garde * sW + (1 - garde) * dW**2, garde * sb + (1 - garde) * db**2  # noqa: N806
    return W - pas * dW / (np.sqrt(sW) + petit), b - pas * db / (np.sqrt(sb) + petit), sW, sb


def adam(w, g, m, v, t, pas=0.001, oubli1=0.9, oubli2=0.999, petit=1e-8):
    m, v = oubli1 * m + (1 - oubli1) * g, oubli2 * v + (1 - oubli2) * g * g
    return w - pas * (m / (1 - oubli1**t)) / (np.sqrt(v / (1 - oubli2**t)) + petit), m, v


def adam_on_layers(parameters, grads, v, s, t, pas=0.001, oubli1=0.9, oubli2=0.999, petit=1e-8):
    for k in parameters:
        parameters[k], v["d" + k], s["d" + k] = adam(parameters[k], grads["d" + k], v["d" + k], s["d" + k], t, pas, oubli1, oubli2, petit)
    return parameters, v, s


class Momentum:
    def __init__(self, taux=0.01, inertie=0.9):
        self.taux, self.inertie, self.v = taux, inertie, 0

    def update(self, w, g):
        self.v = self.inertie * self.v + g
        return w - self.taux * self.v


class WithTheRateInItsStep:
    def __init__(self, inertie=0.9):
        self.inertie, self.v = inertie, 0

    def step(self, w, g, taux=0.01):
        self.v = self.inertie * self.v + g
        return w - taux * self.v


def whole_loop(grad, x0, taux=0.1, n_iters=100):
    x = np.array(x0)
    for _ in range(n_iters):
        x = x - taux * grad(x)
    return x


def whole_loop_of_no_known_name(pente, debut, taux=0.1, nombre=100):
    x = np.array(debut)
    for _ in range(nombre):
        x = x - taux * pente(x)
    return x


RIGHT = [
    *((student, GD) for student in (french, misspelt, begun_where_it_is_none, beside_others, whole_loop, whole_loop_of_no_known_name)),
    *((student, MOMENTUM) for student in (momentum, momentum_of_nothing, Momentum, WithTheRateInItsStep)),
    *((student, RMSPROP) for student in (rmsprop, rmsprop_of_w_and_b)),
    *((student, ADAM) for student in (adam, adam_on_layers)),
]


@pytest.mark.parametrize(("student", "optimizer"), RIGHT, ids=[student.__name__ for student, _ in RIGHT])
def test_right_code_passes_whatever_its_defaults_are(client, student, optimizer):
    verdict = client.check_function(student, optimizer)
    assert (verdict.passed, [each.code for each in verdict.findings if each.code != "params_mutated_in_place"]) == (True, [])


def french_uphill(poids, gradient, taux=0.01):
    return poids + taux * gradient


def without_a_root(x, dx, cache, rate=0.01, keep=0.99, eps=1e-8):
    cache = keep * cache + (1 - keep) * dx**2
    return x - rate * dx / (cache + eps), cache


def without_a_correction(w, g, m, v, t, pas=0.001, oubli1=0.9, oubli2=0.999, petit=1e-8):
    m, v = oubli1 * m + (1 - oubli1) * g, oubli2 * v + (1 - oubli2) * g * g
    return w - pas * m / (np.sqrt(v) + petit), m, v


class Uphill(Momentum):
    def update(self, w, g):
        self.v = self.inertie * self.v + g
        return w + self.taux * self.v


def loop_uphill(pente, debut, taux=0.1, nombre=100):
    x = np.array(debut)
    for _ in range(nombre):
        x = x + taux * pente(x)
    return x


def that_does_not_use_it(poids, gradient, taux=0.01):
    return poids - 0.01 * gradient


@pytest.mark.parametrize(
    ("student", "optimizer", "code"),
    [
        (french_uphill, GD, "wrong_sign"),
        (without_a_root, RMSPROP, "sqrt_missing"),
        (without_a_correction, ADAM, "no_bias_correction"),
        (Uphill, MOMENTUM, "wrong_sign"),
        (loop_uphill, GD, "wrong_sign"),
        (that_does_not_use_it, GD, "wrong_lr"),
    ],
)
def test_the_mistake_is_named_and_not_the_default(client, student, optimizer, code):
    assert [each.code for each in client.check_function(student, optimizer).findings] == [code]


def with_two_exchanged(w, g, m, v, t, pas=0.001, oubli1=0.9, oubli2=0.999, petit=1e-8):
    return adam(w, g, m, v, t, pas, oubli1=oubli2, oubli2=oubli1, petit=petit)


def with_the_rate_exchanged(w, g, v, taux=0.01, inertie=0.9):
    return momentum(w, g, v, lr=inertie, inertie=taux)


def with_a_rate_of_its_own(w, g, v, lr=0.01, inertie=0.9):
    v = inertie * v + g
    return w - 0.03 * v, v


def with_another_beside_it(w, g, lr=0.01, taux=0.05):
    return w - taux * g


@pytest.mark.parametrize(
    ("student", "optimizer"),
    [
        (with_two_exchanged, ADAM),
        (with_the_rate_exchanged, MOMENTUM),
        (with_a_rate_of_its_own, MOMENTUM),
        (with_another_beside_it, {"name": "gd", "lr": 0.1}),
    ],
)
def test_a_default_makes_no_wrong_code_right(client, student, optimizer):
    assert not client.check_function(student, optimizer).passed

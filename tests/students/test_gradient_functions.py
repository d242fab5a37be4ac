"""Code that calls one of its arguments: that is its gradient function, whatever its name. Whole loops, and a step that looks ahead."""

import numpy as np
import pytest

from stepgrade import Client, ConfigurationError, InvalidArgument

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

GD, NESTEROV = {"name": "gd", "lr": 0.05}, {"name": "nesterov", "lr": 0.05}


@pytest.fixture(scope="module")
def client():
    return Client.local()


def spanish(gradiente, x0, lr=0.1, steps=100):
    x = x0
    for _ in range(steps):
        x = x - lr * gradiente(x)
    return x


def all_spanish(gradiente, inicio, tasa, pasos):
    x = inicio
    for _ in range(pasos):
        x = x - tasa * gradiente(x)
    return x


def with_points(gradiente, inicio, tasa, pasos):
    puntos = [inicio]
    while len(puntos) <= pasos:
        puntos.append(puntos[-1] - tasa * gradiente(puntos[-1]))
    return puntos


class Bajada:
    def __init__(self, tasa):
        self.tasa = tasa

    def buscar(self, gradiente, inicio, pasos):
        x = inicio
        for _ in range(pasos):
            x = x - self.tasa * gradiente(x)
        return x


def one_step(w, grad_fn, lr):
    return w - lr * grad_fn(w)


@pytest.mark.parametrize("style", [None, "tuple", "loop"])
@pytest.mark.parametrize("student", [spanish, all_spanish, with_points, one_step], ids=lambda student: student.__name__)
def test_what_is_called_is_the_gradient(client, student, style):
    assert client.check_function(student, GD, style).passed


@pytest.mark.parametrize("style", [None, "loop"])
@pytest.mark.parametrize("student", [all_spanish, Bajada])
def test_names_reach_the_arguments_of_a_loop(client, student, style):
    names = {"gradient": "gradiente", "params": "inicio", "lr": "tasa", "steps": "pasos"}
    assert client.check_function(student, GD, style, names=names).passed


def test_a_name_that_a_loop_does_not_have_is_an_error_that_says_what_is_known(client):
    with pytest.raises(InvalidArgument, match="Known names are params, gradient, steps, objective, tolerance, t, lr"):
        client.check_function(spanish, GD, names={"pasos": "steps"})


def uphill(gradiente, x0, lr=0.1, steps=100):
    x = x0
    for _ in range(steps):
        x = x + lr * gradiente(x)
    return x


def all_spanish_uphill(gradiente, inicio, tasa, pasos):
    x = inicio
    for _ in range(pasos):
        x = x + tasa * gradiente(x)
    return x


def one_step_uphill(w, grad_fn, lr):
    return w + lr * grad_fn(w)


@pytest.mark.parametrize("student", [uphill, all_spanish_uphill, one_step_uphill])
def test_the_mistake_is_named(client, student):
    assert client.check_function(student, GD).findings[0].code == "wrong_sign"


def look_ahead(w, grad_fn, v, lr, mu):
    v = mu * v + grad_fn(w - lr * mu * v)
    return w - lr * v, v


def look_ahead_in_the_other_form(w, grad_fn, v, lr=0.01, mu=0.9):
    v = mu * v - lr * grad_fn(w + mu * v)
    return w + v, v


def no_look_ahead(w, grad_fn, v, lr, mu):
    v = mu * v + grad_fn(w)
    return w - lr * v, v


@pytest.mark.parametrize(
    ("student", "code"),
    [(look_ahead, "theta_returned"), (look_ahead_in_the_other_form, "theta_returned"), (no_look_ahead, "nesterov_plain")],
)
def test_a_step_that_asks_for_its_gradient_is_graded_as_a_loop_of_such_steps(client, student, code):
    assert client.check_function(student, NESTEROV).findings[0].code == code


def test_a_step_that_returns_the_point_ahead_passes(client):
    def student(w, grad_fn, v, lr, mu):
        g = grad_fn(w)
        v = mu * v + g
        return w - lr * (g + mu * v), v

    assert client.check_function(student, NESTEROV).passed


def test_an_error_in_it_is_the_student_s(client):
    def student(gradiente, inicio, lr, steps):
        x = inicio
        for _ in range(steps):
            x = x - lr * gradiente(x)[7]
        return x

    assert client.check_function(student, GD).message.startswith("Your code raised IndexError")


def called_back(w, g, lr, on_step=None):
    if on_step is not None:
        on_step(w)
    return w + lr * g


class WithAClosure:
    def __init__(self, params, lr):
        self.params, self.lr = params, lr

    def step(self, closure=None):
        loss = closure() if closure is not None else None
        for p in self.params:
            p.data += self.lr * p.grad
        return loss


def without_a_star(poids, pente, lr):
    return poids - lr(pente)


def test_a_callback_is_no_gradient(client):
    assert client.check_function(called_back, GD).findings[0].code == "wrong_sign"
    assert client.check_function(WithAClosure, GD).findings[0].code == "wrong_sign"


def test_a_number_is_no_gradient(client):
    assert client.check_function(without_a_star, GD).message.startswith("Your code raised TypeError: 'float' object is not callable")


def with_differences(f, x0, lr, n_iters):
    x = np.array(x0, dtype=float)
    for _ in range(n_iters):
        x = x - lr * np.array([(f(x + h) - f(x - h)) / 2e-6 for h in 1e-6 * np.eye(len(x))])
    return x


def test_an_objective_is_no_gradient(client):
    with pytest.raises(ConfigurationError):
        client.check_function(with_differences, GD)

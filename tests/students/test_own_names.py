"""Code on dictionaries whose tensors have names of its own, as in the first week of a course: w and b, dw and db."""

import numpy as np
import pytest

from stepgrade import Client

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

GD, MOMENTUM, ADAM = {"name": "gd", "lr": 0.05}, {"name": "momentum", "convention": "course", "lr": 0.1}, {"name": "adam"}


@pytest.fixture(scope="module")
def client():
    return Client.local()


def in_place(params, grads, learning_rate):
    params["w"] = params["w"] - learning_rate * grads["dw"]
    params["b"] = params["b"] - learning_rate * grads["db"]
    return params


def anew(parameters, grads, lr):
    w, b = parameters["w"], parameters["b"]
    dw, db = grads["dw"], grads["db"]
    w = w - lr * dw
    b = b - lr * db
    return {"w": w, "b": b}


def without_d(params, grads, lr):
    return {"weights": params["weights"] - lr * grads["weights"], "bias": params["bias"] - lr * grads["bias"]}


def theta(params, grads, lr):
    return {"theta": params["theta"] - lr * grads["theta"]}


def momentum(params, grads, v, beta, learning_rate):
    v["dw"] = beta * v["dw"] + (1 - beta) * grads["dw"]
    v["db"] = beta * v["db"] + (1 - beta) * grads["db"]
    params["w"] = params["w"] - learning_rate * v["dw"]
    params["b"] = params["b"] - learning_rate * v["db"]
    return params, v


def adam(params, grads, v, s, t, lr, beta1=0.9, beta2=0.999, epsilon=1e-8):
    new = {}
    for k in ("w", "b"):
        v["d" + k] = beta1 * v["d" + k] + (1 - beta1) * grads["d" + k]
        s["d" + k] = beta2 * s["d" + k] + (1 - beta2) * grads["d" + k] ** 2
        new[k] = params[k] - lr * (v["d" + k] / (1 - beta1**t)) / (np.sqrt(s["d" + k] / (1 - beta2**t)) + epsilon)
    return new, v, s


RIGHT = [(in_place, GD), (anew, GD), (without_d, GD), (theta, GD), (momentum, MOMENTUM), (adam, ADAM)]


@pytest.mark.parametrize("style", [None, "dls"])
@pytest.mark.parametrize(("student", "optimizer"), RIGHT, ids=[student.__name__ for student, _ in RIGHT])
def test_right_code_passes_whatever_its_tensors_are_called(client, student, optimizer, style):
    assert client.check_function(student, optimizer, style=style).passed


def uphill(params, grads, lr):
    params["w"] = params["w"] + lr * grads["dw"]
    params["b"] = params["b"] + lr * grads["db"]
    return params


def uphill_in_w(params, grads, lr):
    params["w"] = params["w"] + lr * grads["dw"]
    params["b"] = params["b"] - lr * grads["db"]
    return params


def gradient_of_the_other(params, grads, lr):
    params["w"] = params["w"] - lr * grads["dw"]
    params["b"] = params["b"] - lr * grads["dw"]
    return params


def bias_forgotten(params, grads, lr):
    params["w"] = params["w"] - lr * grads["dw"]
    return {"w": params["w"], "b": params["b"]}


def cubed(params, grads, lr):
    return {"w": params["w"] - lr * grads["dw"] ** 3, "b": params["b"] - lr * grads["db"] ** 3}


@pytest.mark.parametrize("style", [None, "dls"])
@pytest.mark.parametrize("student", [uphill, uphill_in_w, gradient_of_the_other, bias_forgotten, cubed])
def test_wrong_code_fails_with_its_own_numbers(client, student, style):
    verdict = client.check_function(student, GD, style=style)
    assert not verdict.passed
    assert verdict.first_mismatch is not None, "not with the error of another shape"


def test_a_mistake_is_named(client):
    assert client.check_function(uphill, GD).findings[0].code == "wrong_sign"

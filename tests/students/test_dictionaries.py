"""Wrong code on dictionaries: it is known by what it reads, so it fails; right code that cannot be called is still not graded."""

import copy

import numpy as np
import pytest

from stepgrade import Client, ConfigurationError

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

GD, MOMENTUM, ADAM = {"name": "gd", "lr": 0.05}, {"name": "momentum", "convention": "course", "lr": 0.05}, {"name": "adam", "lr": 0.05}
RMSPROP = {"name": "rmsprop", "lr": 0.05}


@pytest.fixture(scope="module")
def client():
    return Client.local()


def of_all(params, grads, lr):
    for k in params:
        params[k] = params[k] - lr * grads[k]
    return params


def of_items(params, grads, lr):
    return {k: p - lr * grads[k] for k, p in params.items()}


def of_copies(params, grads, lr):
    params = copy.deepcopy(params)
    for k, g in grads.items():
        params[k] -= lr * g
    return params


def with_d(params, grads, lr):
    for k in params:
        params[k] = params[k] - lr * grads["d" + k]
    return params


def adam_in_another_order(params, grads, m, v, t, lr, beta1, beta2, eps):
    for k in params:
        m[k] = beta1 * m[k] + (1 - beta1) * grads[k]
        v[k] = beta2 * v[k] + (1 - beta2) * grads[k] ** 2
        params[k] = params[k] - lr * m[k] / (1 - beta1**t) / (np.sqrt(v[k] / (1 - beta2**t)) + eps)
    return m, v, params


steps_taken = 0


def adam_that_counts(params, grads, m, v, lr, beta1, beta2, eps):
    global steps_taken
    steps_taken += 1
    m, v, params = adam_in_another_order(params, grads, m, v, steps_taken, lr, beta1, beta2, eps)
    return params, m, v


def of_single_numbers(w, g, lr):
    if abs(g) > 1e6:
        g = np.sign(g)
    return w - lr * g


def of_one_axis(w, g, lr):
    w = w.copy()
    for i in range(len(w)):
        if g[i] != 0:
            w[i] = w[i] - lr * g[i]
    return w


@pytest.mark.parametrize(
    ("student", "optimizer"),
    [
        *((each, GD) for each in (of_all, of_items, of_copies, with_d, of_single_numbers, of_one_axis)),
        (adam_in_another_order, ADAM),
        (adam_that_counts, ADAM),
    ],
)
def test_right_code_on_dictionaries_numbers_and_one_axis_passes(client, student, optimizer):
    verdict = client.check_function(student, optimizer)
    assert verdict.passed, verdict.message


def no_params(params, grads, lr):
    for k in params:
        params[k] = lr * grads[k]
    return params


def return_in_the_loop(params, grads, lr):  # noqa: RET503
    for k in params:
        params[k] = params[k] - lr * grads[k]
        return params


def mean_of_squares(params, grads, v, lr, rho, eps):
    for k in params:
        v[k] = rho * v[k] + (1 - rho) * 3 * np.mean(grads[k] ** 2)
        params[k] = params[k] - lr * grads[k] / (np.sqrt(v[k]) + eps)
    return params, v


def added_twice(params, grads, m, v, t, lr, beta1, beta2, eps):
    for k in params:
        m[k] += beta1 * m[k] + (1 - beta1) * grads[k]
        v[k] = beta2 * v[k] + (1 - beta2) * grads[k] ** 2
        params[k] = params[k] - lr * m[k] / (1 - beta1**t) / (np.sqrt(v[k] / (1 - beta2**t)) + eps)
    return params, m, v


def wrong_with_d(params, grads, lr):
    for k in params:
        params[k] = 1.5 * params[k] - lr * grads["d" + k]
    return params


def by_two_names(params, grads, lr):
    params["W"] = params["W"] - lr * grads["W"]
    params["b"] = params["b"] - 2.2 * lr * grads["W"].sum()
    return params


def wrong_on_single_numbers(w, g, lr):
    if abs(g) > 1e6:
        g = np.sign(g)
    return 1.1 * w - lr * g


def wrong_on_one_axis(w, g, lr):
    w = w.copy()
    for i in range(len(w)):
        if g[i] != 0:
            w[i] = 1.1 * w[i] - lr * g[i]
    return w


@pytest.mark.parametrize(
    ("student", "optimizer"),
    [
        *((each, GD) for each in (no_params, return_in_the_loop, wrong_with_d, by_two_names, wrong_on_single_numbers, wrong_on_one_axis)),
        (mean_of_squares, RMSPROP),
        (added_twice, ADAM),
    ],
)
def test_code_that_runs_in_one_shape_alone_fails_where_its_numbers_are_wrong(client, student, optimizer):
    verdict = client.check_function(student, optimizer)
    assert not verdict.passed
    assert verdict.first_mismatch is not None


def layers_in_layers(params, grads, lr):
    for layer in params:
        for name in params[layer]:
            params[layer][name] = params[layer][name] - lr * grads[layer][name]
    return params


MASK = {"W1": np.ones((5, 4)), "b1": np.ones((5, 1))}


def with_a_mask_of_its_own(parameters, grads, learning_rate):
    return {k: p - learning_rate * MASK[k] * grads["d" + k] for k, p in parameters.items()}


@pytest.mark.parametrize("student", [layers_in_layers, with_a_mask_of_its_own])
def test_right_code_on_other_dictionaries_is_not_graded(client, student):
    with pytest.raises(ConfigurationError):
        client.check_function(student, GD)


def bias_with_the_gradient_of_the_weights(parameters, grads, learning_rate):
    for layer in range(1, len(parameters) // 2 + 1):
        parameters["W" + str(layer)] = parameters["W" + str(layer)] - learning_rate * grads["dW" + str(layer)]
        parameters["b" + str(layer)] = parameters["b" + str(layer)] - learning_rate * grads["dW" + str(layer)]
    return parameters


def weights_with_the_gradient_of_the_bias(parameters, grads, learning_rate):
    for layer in range(1, len(parameters) // 2 + 1):
        parameters["W" + str(layer)] = parameters["W" + str(layer)] - learning_rate * grads["db" + str(layer)]
        parameters["b" + str(layer)] = parameters["b" + str(layer)] - learning_rate * grads["db" + str(layer)]
    return parameters


def one_gradient_for_all_layers(parameters, grads, learning_rate):
    for layer in range(1, len(parameters) // 2 + 1):
        parameters["W" + str(layer)] = parameters["W" + str(layer)] - learning_rate * grads["dW1"]
        parameters["b" + str(layer)] = parameters["b" + str(layer)] - learning_rate * grads["db1"]
    return parameters


def product_of_matrices(parameters, grads, learning_rate):
    for k in parameters:
        parameters[k] = parameters[k] - learning_rate * np.dot(grads["d" + k], grads["d" + k])
    return parameters


def velocity_of_the_weights(parameters, grads, v, beta, learning_rate):
    for layer in range(1, len(parameters) // 2 + 1):
        v["dW" + str(layer)] = beta * v["dW" + str(layer)] + (1 - beta) * grads["dW" + str(layer)]
        v["db" + str(layer)] = beta * v["db" + str(layer)] + (1 - beta) * grads["dW" + str(layer)]
        parameters["W" + str(layer)] = parameters["W" + str(layer)] - learning_rate * v["dW" + str(layer)]
        parameters["b" + str(layer)] = parameters["b" + str(layer)] - learning_rate * v["db" + str(layer)]
    return parameters, v


def adam_with_one_root(parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
    v_corrected, s_corrected = {}, {}
    for layer in range(1, len(parameters) // 2 + 1):
        for k in ("dW" + str(layer), "db" + str(layer)):
            v[k] = beta1 * v[k] + (1 - beta1) * grads[k]
            s[k] = beta2 * s[k] + (1 - beta2) * grads[k] ** 2
            v_corrected[k], s_corrected[k] = v[k] / (1 - beta1**t), s[k] / (1 - beta2**t)
        for name in ("W" + str(layer), "b" + str(layer)):
            root = np.sqrt(s_corrected["dW" + str(layer)]) + epsilon
            parameters[name] = parameters[name] - learning_rate * v_corrected["d" + name] / root
    return parameters, v, s


class PasteInAClass:
    def __init__(self, lr=0.01):
        self.lr = lr

    def update(self, params, grads):
        for i in range(1, len(params) // 2 + 1):
            params["W" + str(i)] = params["W" + str(i)] - self.lr * grads["dW" + str(i)]
            params["b" + str(i)] = params["b" + str(i)] - self.lr * grads["dW" + str(i)]


@pytest.mark.parametrize(
    ("student", "optimizer"),
    [
        (bias_with_the_gradient_of_the_weights, GD),
        (weights_with_the_gradient_of_the_bias, GD),
        (one_gradient_for_all_layers, GD),
        (product_of_matrices, GD),
        (velocity_of_the_weights, MOMENTUM),
        (adam_with_one_root, ADAM),
        (PasteInAClass, GD),
    ],
)
@pytest.mark.parametrize("style", [None, "dls"])
def test_tensors_that_do_not_go_together_are_the_students_fault(client, student, optimizer, style):
    verdict = client.check_function(student, optimizer, style)
    assert not verdict.passed
    assert verdict.fault.startswith("Your code raised ValueError: ")
    assert "of test_dictionaries.py: " in verdict.fault


def misspelt(parameters, grads, learning_rate):
    for layer in range(1, len(parameters) // 2 + 1):
        parameters["W" + str(layer)] = parameters["W" + str(layer)] - learning_rate * grads["dw" + str(layer)]
        parameters["b" + str(layer)] = parameters["b" + str(layer)] - learning_rate * grads["db" + str(layer)]
    return parameters


def misspelt_in_a_copy(parameters, grads, learning_rate):
    parameters = copy.deepcopy(parameters)
    for layer in range(1, len(parameters) // 2 + 1):
        parameters["b" + str(layer)] -= learning_rate * grads["dB" + str(layer)]
    return parameters


@pytest.mark.parametrize(("student", "name"), [(misspelt, "dw1"), (misspelt_in_a_copy, "dB1")])
@pytest.mark.parametrize("style", [None, "dls"])
def test_a_name_with_other_capital_letters_is_the_students_fault(client, student, name, style):
    verdict = client.check_function(student, GD, style)
    assert not verdict.passed
    assert verdict.fault.startswith(f"Your code raised KeyError: '{name}'")

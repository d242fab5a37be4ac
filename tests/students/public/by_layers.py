"""Solutions on dictionaries of layers, W1, b1, W2, b2: the shape of a well-known course's second week, and of many copies of it."""

# ruff: noqa: N806, ARG005, UP031 (students name arrays as their course does, take what they are given, and use old Python)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from tests.students.public.solution import RIGHT, Solution, Verdict, average, corrected, over, root, squares

ADAM = {"name": "adam", "convention": "course", "lr": 0.01}
MOMENTUM = {"name": "momentum", "convention": "course", "lr": 0.1}
RMSPROP = {"name": "rmsprop", "convention": "course", "lr": 0.05}
EPS = 1e-8


def adam_with_powers_by_numpy(parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
    how_many = len(parameters) // 2
    v_hat, s_hat = {}, {}
    for number in range(how_many):
        for letter in "Wb":
            key = letter + str(number + 1)
            dkey = "d" + key
            v[dkey] = beta1 * v[dkey] + (1 - beta1) * grads[dkey]
            v_hat[dkey] = v[dkey] / (1 - np.power(beta1, t))
            s[dkey] = beta2 * s[dkey] + (1 - beta2) * np.power(grads[dkey], 2)
            s_hat[dkey] = s[dkey] / (1 - np.power(beta2, t))
            parameters[key] = parameters[key] - learning_rate * v_hat[dkey] / (np.sqrt(s_hat[dkey]) + epsilon)
    return parameters, v, s, v_hat, s_hat


def adam_eps_under_the_root(parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
    for name in parameters:
        g = grads["d" + name]
        v["d" + name] = beta1 * v["d" + name] + (1 - beta1) * g
        s["d" + name] = beta2 * s["d" + name] + (1 - beta2) * g * g
        first = v["d" + name] / (1 - beta1**t)
        second = s["d" + name] / (1 - beta2**t)
        parameters[name] = parameters[name] - learning_rate * first / np.sqrt(second + epsilon)
    return parameters, v, s


def adam_layer_number_as_power(parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
    for i in range(len(parameters) // 2):
        layer = i + 1
        for kind in ("W", "b"):
            d = f"d{kind}{layer}"
            v[d] = beta1 * v[d] + (1 - beta1) * grads[d]
            s[d] = beta2 * s[d] + (1 - beta2) * np.square(grads[d])
            v_c = v[d] / (1 - beta1**layer)
            s_c = s[d] / (1 - beta2**layer)
            parameters[f"{kind}{layer}"] = parameters[f"{kind}{layer}"] - learning_rate * v_c / (np.sqrt(s_c) + epsilon)
    return parameters, v, s


def adam_bias_not_squared(parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
    layers = len(parameters) // 2
    for layer in range(1, layers + 1):
        dW, db = grads["dW%d" % layer], grads["db%d" % layer]
        v["dW%d" % layer] = beta1 * v["dW%d" % layer] + (1 - beta1) * dW
        v["db%d" % layer] = beta1 * v["db%d" % layer] + (1 - beta1) * db
        s["dW%d" % layer] = beta2 * s["dW%d" % layer] + (1 - beta2) * dW**2
        s["db%d" % layer] = beta2 * s["db%d" % layer] + (1 - beta2) * db
        vW, vb = v["dW%d" % layer] / (1 - beta1**t), v["db%d" % layer] / (1 - beta1**t)
        sW, sb = s["dW%d" % layer] / (1 - beta2**t), s["db%d" % layer] / (1 - beta2**t)
        parameters["W%d" % layer] = parameters["W%d" % layer] - learning_rate * (vW / (np.sqrt(sW) + epsilon))
        parameters["b%d" % layer] = parameters["b%d" % layer] - learning_rate * (vb / (np.sqrt(sb) + epsilon))
    return parameters, v, s


def adam_s_corrected_but_not_used(parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
    v_corrected, s_corrected = {}, {}
    for d in grads:
        v[d] = beta1 * v[d] + (1 - beta1) * grads[d]
        v_corrected[d] = v[d] / (1 - beta1**t)
        s[d] = beta2 * s[d] + (1 - beta2) * grads[d] ** 2
        s_corrected[d] = s[d] / (1 - beta2**t)
        parameters[d[1:]] = parameters[d[1:]] - learning_rate * v_corrected[d] / (np.sqrt(s[d]) + epsilon)
    return parameters, v, s


def adam_bias_updated_twice(parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
    def change(d):
        v[d] = beta1 * v[d] + (1 - beta1) * grads[d]
        s[d] = beta2 * s[d] + (1 - beta2) * grads[d] ** 2
        return learning_rate * (v[d] / (1 - beta1**t)) / (np.sqrt(s[d] / (1 - beta2**t)) + epsilon)

    for layer in range(1, len(parameters) // 2 + 1):
        w_step, b_step = change(f"dW{layer}"), change(f"db{layer}")
        parameters[f"W{layer}"] = parameters[f"W{layer}"] - w_step
        parameters[f"b{layer}"] = parameters[f"b{layer}"] - b_step
        parameters[f"b{layer}"] = parameters[f"b{layer}"] - b_step
    return parameters, v, s


def adam_without_the_last_layer(parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
    L = len(parameters) // 2
    for layer in range(1, L):
        for key in ("W" + str(layer), "b" + str(layer)):
            d = "d" + key
            v[d] = beta1 * v[d] + (1 - beta1) * grads[d]
            s[d] = beta2 * s[d] + (1 - beta2) * grads[d] ** 2
            step = (v[d] / (1 - beta1**t)) / (np.sqrt(s[d] / (1 - beta2**t)) + epsilon)
            parameters[key] = parameters[key] - learning_rate * step
    return parameters, v, s


def adam_that_forgets_everything(parameters, grads, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
    new = {}
    for name, value in parameters.items():
        v = np.zeros_like(value)
        s = np.zeros_like(value)
        v = beta1 * v + (1 - beta1) * grads["d" + name]
        s = beta2 * s + (1 - beta2) * grads["d" + name] ** 2
        v_hat, s_hat = v / (1 - beta1), s / (1 - beta2)
        new[name] = value - learning_rate * v_hat / (np.sqrt(s_hat) + epsilon)
    return new


def momentum_as_an_average(parameters, grads, v, beta=0.9, learning_rate=0.01):
    for layer in range(len(parameters) // 2):
        W, b = f"W{layer + 1}", f"b{layer + 1}"
        v["d" + W] = beta * v["d" + W] + (1 - beta) * grads["d" + W]
        v["d" + b] = beta * v["d" + b] + (1 - beta) * grads["d" + b]
        parameters[W] = parameters[W] - learning_rate * v["d" + W]
        parameters[b] = parameters[b] - learning_rate * v["d" + b]
    return parameters, v


def momentum_bias_takes_the_gradient(parameters, grads, v, beta=0.9, learning_rate=0.01):
    for layer in range(1, len(parameters) // 2 + 1):
        W, b = f"W{layer}", f"b{layer}"
        v["d" + W] = beta * v["d" + W] + (1 - beta) * grads["d" + W]
        v["d" + b] = beta * v["d" + b] + (1 - beta) * grads["d" + b]
        parameters[W] = parameters[W] - learning_rate * v["d" + W]
        parameters[b] = parameters[b] - learning_rate * grads["d" + b]
    return parameters, v


def gd_weights_only(parameters, grads, learning_rate=0.01):
    for layer in range(1, len(parameters) // 2 + 1):
        parameters["W" + str(layer)] = parameters["W" + str(layer)] - learning_rate * grads["dW" + str(layer)]
    return parameters


def rmsprop_divides_by_the_root_alone(parameters, grads, s, learning_rate=0.01, beta=0.9, epsilon=1e-8):
    for key in parameters:
        s["d" + key] = beta * s["d" + key] + (1 - beta) * np.square(grads["d" + key])
        parameters[key] = parameters[key] - learning_rate * grads["d" + key] / np.sqrt(s["d" + key])
    return parameters, s


def alone(student, *slots: str, counts: bool = False, **numbers: float):
    """Run a function of this shape, from slots of 0."""

    def run(start: Any, gradients: Sequence[Any]) -> list[Any]:
        parameters, held, points = dict(start), [{"d" + name: np.zeros_like(part) for name, part in start.items()} for _ in slots], []
        for t, gradient in enumerate(gradients, start=1):
            grads = {"d" + name: part for name, part in gradient.items()}
            returned = student(parameters, grads, *held, **({"t": t} if counts else {}), **numbers)
            parameters, *rest = returned if isinstance(returned, tuple) else (returned,)
            held = rest[: len(slots)]
            points.append(dict(parameters))
        return points

    return run


def adam_alone(student):
    """Run an Adam of this shape."""
    return alone(student, "v", "s", counts=True, learning_rate=0.01)


def adam_move(t, g, x):
    return 0.01 * corrected(0.9, g) / (root(corrected(0.999, squares(g))) + EPS)


def twice(t, g, x):
    return 2 * adam_move(t, g, x)


def not_squared(t, g, x):
    return 0.01 * corrected(0.9, g) / (root(corrected(0.999, g)) + EPS)


def power_of(number):
    return lambda t, g, x: 0.01 * average(0.9, g) / (1 - 0.9**number) / (root(average(0.999, squares(g)) / (1 - 0.999**number)) + EPS)


def average_move(t, g, x):
    return 0.1 * average(0.9, g)


SOLUTIONS = [
    Solution(
        student=adam_with_powers_by_numpy,
        source="homework notebook, layers in a dictionary, Adam with np.power; returns the corrected averages too",
        optimizer=ADAM,
        style="dls",
        expected=RIGHT,
        alone=adam_alone(adam_with_powers_by_numpy),
        moves=adam_move,
    ),
    Solution(
        student=adam_eps_under_the_root,
        source="published homework, layers in a dictionary, Adam with eps under the root: the commonest slip in that exercise",
        optimizer=ADAM,
        style="dls",
        expected=Verdict(first=("eps_inside_sqrt",)),
        alone=adam_alone(adam_eps_under_the_root),
        moves=lambda t, g, x: 0.01 * corrected(0.9, g) / root(corrected(0.999, squares(g)) + EPS),
    ),
    Solution(
        student=adam_layer_number_as_power,
        source="course notes in a repository, Adam whose bias correction takes the number of the layer for the power",
        optimizer=ADAM,
        style="dls",
        expected=Verdict(first=("layer_for_t", "t_not_advanced"), never=("t_zero", "t_off_by_one", "no_bias_correction")),
        alone=adam_alone(adam_layer_number_as_power),
        moves={"W1": power_of(1), "b1": power_of(1), "W2": power_of(2), "b2": power_of(2)},
    ),
    Solution(
        student=adam_bias_not_squared,
        source="a much copied tutorial: Adam with every formula once for W and once for b, where b's square is forgotten",
        optimizer=ADAM,
        style="dls",
        expected=Verdict(first=("not_squared",), tensors=("b1", "b2"), never=("eps_missing",)),
        alone=adam_alone(adam_bias_not_squared),
        moves={"W1": adam_move, "W2": adam_move, "b1": not_squared, "b2": not_squared},
    ),
    Solution(
        student=adam_s_corrected_but_not_used,
        source="published homework, layers in a dictionary, Adam that corrects s and then divides by the root of s itself",
        optimizer=ADAM,
        style="dls",
        expected=Verdict(first=("no_bias_v",)),
        alone=adam_alone(adam_s_corrected_but_not_used),
        moves=lambda t, g, x: 0.01 * corrected(0.9, g) / (root(average(0.999, squares(g))) + EPS),
    ),
    Solution(
        student=adam_bias_updated_twice,
        source="bug report of a small neural network library: Adam subtracts the step of the bias twice",
        optimizer=ADAM,
        style="dls",
        expected=Verdict(first=("tensor_updated_twice",), tensors=("b1", "b2"), never=("wrong_lr",)),
        alone=adam_alone(adam_bias_updated_twice),
        moves={
            "W1": adam_move,
            "W2": adam_move,
            "b1": lambda t, g, x: 2 * adam_move(t, g, x),
            "b2": lambda t, g, x: 2 * adam_move(t, g, x),
        },
    ),
    Solution(
        student=adam_without_the_last_layer,
        source="homework forum: the loop over the layers ends one layer too early, so the last layer never learns",
        optimizer=ADAM,
        style="dls",
        expected=Verdict(first=("tensor_not_updated", "no_step"), tensors=("W2", "b2")),
        alone=adam_alone(adam_without_the_last_layer),
        moves={"W1": adam_move, "b1": adam_move, "W2": lambda t, g, x: 0.0, "b2": lambda t, g, x: 0.0},
    ),
    Solution(
        student=adam_that_forgets_everything,
        source="blog on a classifier in plain NumPy: Adam makes its averages anew, as zeros, in every call, and has no t",
        optimizer=ADAM,
        style="dls",
        expected=Verdict(first=("nothing_stored",), or_says="cannot remember"),
        alone=alone(adam_that_forgets_everything, learning_rate=0.01),
        moves=lambda t, g, x: 0.01 * g[-1] / (abs(g[-1]) + EPS),
    ),
    Solution(
        student=momentum_as_an_average,
        source="homework notebook, layers in a dictionary, momentum as a running average of the gradients",
        optimizer=MOMENTUM,
        style="dls",
        expected=RIGHT,
        alone=alone(momentum_as_an_average, "v", learning_rate=0.1),
        moves=average_move,
    ),
    Solution(
        student=momentum_bias_takes_the_gradient,
        source="homework repository, layers in a dictionary: b's velocity is computed, and its step takes the gradient",
        optimizer=MOMENTUM,
        style="dls",
        expected=Verdict(kind="optimizer", first=("is_sgd",), tensors=("b1", "b2"), never=("wrong_lr",)),
        alone=alone(momentum_bias_takes_the_gradient, "v", learning_rate=0.1),
        moves={
            "W1": average_move,
            "W2": average_move,
            "b1": lambda t, g, x: 0.1 * g[-1],
            "b2": lambda t, g, x: 0.1 * g[-1],
        },
    ),
    Solution(
        student=gd_weights_only,
        source="bug report of a neural network library: gradient descent that never touches the bias",
        optimizer={"name": "gd", "lr": 0.1},
        style="dls",
        expected=Verdict(first=("tensor_not_updated", "no_step"), tensors=("b1", "b2")),
        alone=alone(gd_weights_only, learning_rate=0.1),
        moves={
            "W1": lambda t, g, x: 0.1 * g[-1],
            "W2": lambda t, g, x: 0.1 * g[-1],
            "b1": lambda t, g, x: 0.0,
            "b2": lambda t, g, x: 0.0,
        },
    ),
    Solution(
        student=rmsprop_divides_by_the_root_alone,
        source="lecture notes turned into code, RMSprop that takes epsilon and never uses it",
        optimizer=RMSPROP,
        style="dls",
        expected=Verdict(first=("eps_missing",)),
        alone=alone(rmsprop_divides_by_the_root_alone, "s", learning_rate=0.05),
        moves=lambda t, g, x: over(0.05 * g[-1], root(average(0.9, squares(g)))),
    ),
]

"""Solutions that take params, gradient and state as arguments and return the new ones, in any order and under any name."""

# ruff: noqa: N802, N803, N806, ARG005, E731 (students name arrays as their course does, and take what they are given)

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from tests.students.public.solution import RIGHT, Solution, Verdict, average, corrected, decayed, over, root, squares

ADAM = {"name": "adam", "lr": 0.05}
EPS = 1e-8


def rmsprop_update(weights, grad_sq, gradient, learning_rate, beta, epsilon):
    grad_sq = beta * np.asarray(grad_sq) + (1 - beta) * np.asarray(gradient) ** 2
    weights = np.asarray(weights) - learning_rate * np.asarray(gradient) / (np.sqrt(grad_sq) + epsilon)
    return weights, grad_sq


def update_variables_momentum(alpha, beta1, var, grad, v):
    v = beta1 * v + (1 - beta1) * grad
    return var - alpha * v, v


def update_variables_rmsprop(alpha, beta2, epsilon, var, grad, s):
    s_new = beta2 * s + (1 - beta2) * grad**2
    var_new = var - alpha * grad / np.sqrt(s_new + epsilon)
    return var_new, s_new


def update_variables_adam(alpha, beta1, beta2, epsilon, var, grad, v, s, t):
    v = (beta1 * v + (1 - beta1) * grad) / (1 - beta1**t)
    s = (beta2 * s + (1 - beta2) * grad**2) / (1 - beta2**t)
    var = var - alpha * v / (s**0.5 + epsilon)
    return var, v, s


def Adam(W, dW, lr, V, S, beta1, beta2, t):
    tiny = 1e-6
    V = beta1 * V + (1 - beta1) * dW
    S = beta2 * S + (1 - beta2) * dW**2
    V_corr, S_corr = V / (1 - beta1**t), S / (1 - beta2**t)
    W = W - lr * V_corr / (np.sqrt(S_corr) + tiny)
    return W, V, S


adagrad_in_one_line = lambda w, g, h, lr, eps: (w - lr * g / np.sqrt(h + g * g), h + g * g)
adagrad_in_one_line.__name__ = "adagrad_in_one_line"


def adam_of_plain_lists(params, grads, m, v, t, lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8):
    out = []
    for i in range(len(params)):
        m[i] = beta1 * m[i] + (1 - beta1) * grads[i]
        v[i] = beta2 * v[i] + (1 - beta2) * grads[i] * grads[i]
        m_hat = m[i] / (1 - beta1**t)
        v_hat = v[i] / (1 - beta2**t)
        out.append(params[i] - lr * m_hat / (v_hat**0.5 + eps))
    return out, m, v


def momentum_one_step_behind(params, grads, velocity, lr=0.01, momentum=0.9):
    stepped = params - lr * velocity
    return stepped, momentum * velocity + grads


def momentum_with_a_clip(w, grad, velocity, lr, momentum):
    grad = np.clip(grad, -1.0, 1.0)
    velocity = momentum * velocity + grad
    return w - lr * velocity, velocity


def adam_power_of_the_difference(theta, g, m, v, t, eta=0.001, b1=0.9, b2=0.999, eps=1e-8):
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g**2
    return theta - eta * (m / (1 - b1) ** t) / (np.sqrt(v / (1 - b2) ** t) + eps), m, v


def adam_correction_upside_down(x, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad * grad
    bias_corr1 = m * (1 - beta1**t)
    bias_corr2 = v * (1 - beta2**t)
    return x - lr * bias_corr1 / (np.sqrt(bias_corr2) + eps), m, v


def sgd_for_adam(params, grad, m, v, t, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    return params - learning_rate * grad, m, v


def adam_betas_mixed_in_m(params, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta2) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return params - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def nadam_of_the_overview(w, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    ahead = beta1 * m_hat + (1 - beta1) * g / (1 - beta1**t)
    return w - lr * ahead / (np.sqrt(v_hat) + eps), m, v


def adamax(w, dw, m, u, t, lr=0.002, beta1=0.9, beta2=0.999, eps=1e-7):
    m = beta1 * m + (1 - beta1) * dw
    u = np.maximum(beta2 * u, np.abs(dw))
    return w - (lr / (1 - beta1**t)) * m / (u + eps), m, u


def adadelta(x, grad, s, delta, rho=0.9, eps=1e-5):
    s = rho * s + (1 - rho) * grad**2
    change = np.sqrt(delta + eps) / np.sqrt(s + eps) * grad
    delta = rho * delta + (1 - rho) * change**2
    return x - change, s, delta


def alone(call: Callable[..., Any], slots: int):
    """Run `call(w, g, t, state)`, which gives the params and the state, from a state of 0."""

    def run(start: Any, gradients: Sequence[Any]) -> list[Any]:
        w, state, points = start, [np.zeros_like(start) for _ in range(slots)], []
        for t, gradient in enumerate(gradients, start=1):
            w, *state = call(w, gradient, t, state)
            points.append(np.array(w))
        return points

    return run


def adam_alone(student):
    """Run an Adam that takes them in the usual order."""
    return alone(lambda w, g, t, s: student(w, g, *s, t, 0.05, 0.9, 0.999, EPS), 2)


def overwritten(beta, values):
    """The average that is stored after its correction."""
    kept = 0.0
    for t, value in enumerate(values, start=1):
        kept = (beta * kept + (1 - beta) * value) / (1 - beta**t)
    return kept


def adadelta_move(t, g, x):
    s, delta, change = 0.0, 0.0, 0.0
    for gradient in g:
        s = 0.9 * s + 0.1 * gradient**2
        change = gradient * math.sqrt((delta + 1e-5) / (s + 1e-5))
        delta = 0.9 * delta + 0.1 * change**2
    return change


SOLUTIONS = [
    Solution(
        student=rmsprop_update,
        source="practice site for machine learning, RMSprop with the state before the gradient",
        optimizer={"name": "rmsprop", "lr": 0.01},
        style="tuple",
        expected=RIGHT,
        alone=alone(lambda w, g, t, s: rmsprop_update(w, s[0], g, 0.01, 0.9, EPS), 1),
        moves=lambda t, g, x: 0.01 * g[-1] / (root(average(0.9, squares(g))) + EPS),
    ),
    Solution(
        student=update_variables_momentum,
        source="school repository, momentum as an average, with the hyperparameters first",
        optimizer={"name": "momentum", "convention": "course", "lr": 0.1},
        style="tuple",
        names={"params": "var", "gradient": "grad", "velocity": "v"},
        expected=RIGHT,
        alone=alone(lambda w, g, t, s: update_variables_momentum(0.1, 0.9, w, g, s[0]), 1),
        moves=lambda t, g, x: 0.1 * average(0.9, g),
    ),
    Solution(
        student=update_variables_rmsprop,
        source="school repository, RMSprop with the hyperparameters first and eps under the root",
        optimizer={"name": "rmsprop", "lr": 0.1, "rho": 0.9},
        style="tuple",
        names={"params": "var", "gradient": "grad", "v": "s", "rho": "beta2"},
        expected=Verdict(kind="", first=("eps_inside_sqrt",)),  # a convention too: keras has it there
        alone=alone(lambda w, g, t, s: update_variables_rmsprop(0.1, 0.9, 1e-8, w, g, s[0]), 1),
        moves=lambda t, g, x: 0.1 * g[-1] / root(average(0.9, squares(g)) + 1e-8),
    ),
    Solution(
        student=update_variables_adam,
        source="school repository, Adam that puts both corrected averages back into the state",
        optimizer=ADAM,
        style="tuple",
        names={"params": "var", "gradient": "grad", "m": "v", "v": "s"},
        expected=Verdict(first=("state_overwritten",)),
        alone=alone(lambda w, g, t, s: update_variables_adam(0.05, 0.9, 0.999, EPS, w, g, *s, t), 2),
        moves=lambda t, g, x: 0.05 * overwritten(0.9, g) / (root(overwritten(0.999, squares(g))) + EPS),
    ),
    Solution(
        student=Adam,
        source="exercise notebook of an AI course, Adam with capital letters, t last and eps 1e-6 written into the code",
        optimizer={"name": "adam", "lr": 0.2, "eps": 1e-6},
        style="tuple",
        expected=RIGHT,
        alone=alone(lambda w, g, t, s: Adam(w, g, 0.2, *s, 0.9, 0.999, t), 2),
        moves=lambda t, g, x: 0.2 * corrected(0.9, g) / (root(corrected(0.999, squares(g))) + 1e-6),
    ),
    Solution(
        student=adagrad_in_one_line,
        source="recommender system, Adagrad as a lambda of one line, where eps is taken and not used",
        optimizer={"name": "adagrad", "lr": 0.1},
        style="tuple",
        expected=Verdict(first=("eps_missing",)),
        alone=alone(lambda w, g, t, s: adagrad_in_one_line(w, g, s[0], 0.1, 1e-10), 1),
        moves=lambda t, g, x: over(0.1 * g[-1], root(sum(squares(g)))),
    ),
    Solution(
        student=adam_of_plain_lists,
        source="very small language model without NumPy: Adam over lists of numbers",
        optimizer={"name": "adam", "lr": 0.01},
        style="tuple",
        expected=RIGHT,
        alone=alone(lambda w, g, t, s: adam_of_plain_lists(list(w), list(g), *map(list, s), t), 2),
        moves=lambda t, g, x: 0.01 * corrected(0.9, g) / (root(corrected(0.999, squares(g))) + EPS),
    ),
    Solution(
        student=momentum_one_step_behind,
        source="issue tracker of a demonstration: the step follows the velocity from before its update",
        optimizer={"name": "momentum", "lr": 0.1},
        style="tuple",
        expected=Verdict(first=("old_velocity",)),
        alone=alone(lambda w, g, t, s: momentum_one_step_behind(w, g, s[0], 0.1, 0.9), 1),
        moves=lambda t, g, x: 0.1 * decayed(0.9, g[:-1]),
    ),
    Solution(
        student=momentum_with_a_clip,
        source="neural network from scratch: the optimizer clips each number of the gradient to 1, and nobody asked for it",
        optimizer={"name": "momentum", "lr": 0.1},
        style="tuple",
        expected=Verdict(first=("gradient_clipped",), never=("normalised_gradient", "is_sign_gd")),
        alone=alone(lambda w, g, t, s: momentum_with_a_clip(w, g, s[0], 0.1, 0.9), 1),
        moves=lambda t, g, x: 0.1 * decayed(0.9, [min(max(each, -1.0), 1.0) for each in g]),
    ),
    Solution(
        student=adam_power_of_the_difference,
        source="quantum computing library: Adam with the power outside the bracket, (1 - beta) ** t",
        optimizer=ADAM,
        style="tuple",
        expected=Verdict(first=("bias_paren",)),
        alone=adam_alone(adam_power_of_the_difference),
        moves=lambda t, g, x: 0.05 * average(0.9, g) / 0.1**t / (root(average(0.999, squares(g)) / 0.001**t) + EPS),
    ),
    Solution(
        student=adam_correction_upside_down,
        source="issue tracker of a library for the browser: Adam multiplies by the bias correction",
        optimizer=ADAM,
        style="tuple",
        expected=Verdict(first=("bias_multiplied",)),
        alone=adam_alone(adam_correction_upside_down),
        moves=lambda t, g, x: 0.05 * average(0.9, g) * (1 - 0.9**t) / (root(average(0.999, squares(g)) * (1 - 0.999**t)) + EPS),
    ),
    Solution(
        student=sgd_for_adam,
        source="handed in at a deadline: the signature of Adam, the body of gradient descent, the state as it came",
        optimizer=ADAM,
        style="tuple",
        expected=Verdict(kind="optimizer", first=("is_sgd",)),
        alone=adam_alone(sgd_for_adam),
        moves=lambda t, g, x: 0.05 * g[-1],
    ),
    Solution(
        student=adam_betas_mixed_in_m,
        source="homework repository, a line copied from v to m: 1 - beta2 stands beside the gradient",
        optimizer=ADAM,
        style="tuple",
        expected=Verdict(first=("one_minus_beta2_on_gradient",), never=("beta2_in_m", "wrong_beta1")),
        alone=adam_alone(adam_betas_mixed_in_m),
        moves=lambda t, g, x: 0.05 * 0.01 * corrected(0.9, g) / (root(corrected(0.999, squares(g))) + EPS),
    ),
    Solution(
        student=nadam_of_the_overview,
        source="assignment on optimizers, NAdam as a well-known overview has it: m is corrected with t, where optax has t + 1",
        optimizer={"name": "nadam", "convention": "optax", "lr": 0.05},
        style="tuple",
        expected=Verdict(kind="convention", or_silent=True, never=("t_zero", "t_off_by_one", "bias_no_power_m", "no_bias_m")),
        alone=adam_alone(nadam_of_the_overview),
        moves=lambda t, g, x: 0.05 * (0.9 * corrected(0.9, g) + 0.1 * g[-1] / (1 - 0.9**t)) / (root(corrected(0.999, squares(g))) + EPS),
    ),
    Solution(
        student=adamax,
        source="library of layers in NumPy, Adamax as keras has it",
        optimizer={"name": "adamax", "convention": "keras", "lr": 0.002},
        style="tuple",
        expected=RIGHT,
        alone=alone(lambda w, g, t, s: adamax(w, g, *s, t), 2),
        moves=lambda t, g, x: 0.002 * corrected(0.9, g) / (max(0.999 ** (t - k) * abs(v) for k, v in enumerate(g, start=1)) + 1e-7),
    ),
    Solution(
        student=adadelta,
        source="exercise of a textbook, Adadelta without a learning rate and with eps 1e-5",
        optimizer={"name": "adadelta", "lr": 1.0, "rho": 0.9, "eps": 1e-5},
        style="tuple",
        expected=RIGHT,
        alone=alone(lambda w, g, t, s: adadelta(w, g, *s), 2),
        moves=adadelta_move,
    ),
]

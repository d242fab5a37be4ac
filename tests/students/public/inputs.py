"""Single inputs at which a check is easily wrong, each with the outcome that it must have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tests.students.public.solution import RIGHT, Verdict

ADAM = {"name": "adam", "lr": 0.05}


@dataclass(frozen=True, kw_only=True)
class FunctionInput:
    """Code that `check_function` gets."""

    name: str
    student: Callable[..., Any]
    optimizer: Mapping[str, Any]
    style: str
    expected: Verdict
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NumbersInput:
    """A reference and what was submitted to it, for `check`."""

    name: str
    reference: Mapping[str, Any]
    submission: Mapping[str, Any]
    expected: Verdict


@dataclass(frozen=True, kw_only=True)
class AuditInput:
    """A test, for `audit`: the mistakes that it must catch and those that it must let through."""

    name: str
    reference: Mapping[str, Any]
    atol: float
    rtol: float
    catches: tuple[str, ...]
    lets_through: tuple[str, ...]


Input = FunctionInput | NumbersInput | AuditInput


def adam_state_before_gradient(weights, m, v, gradient, learning_rate, beta1, beta2, epsilon, t):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    weights = weights - learning_rate * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
    return weights, m, v


def adam_numbers_first(alpha, beta1, beta2, epsilon, var, grad, v, s, t):
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    var = var - alpha * (v / (1 - beta1**t)) / (np.sqrt(s / (1 - beta2**t)) + epsilon)
    return var, v, s


def rmsprop_lambda():
    """RMSprop in one line, the gradient first."""
    return lambda dw, w, v, lr, rho, eps: (
        w - lr * dw / (np.sqrt(rho * v + (1 - rho) * dw**2) + eps),
        rho * v + (1 - rho) * dw**2,
    )


class AdamWithUpdate:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m, self.v, self.t = 0.0, 0.0, 0

    def update(self, w, grad):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * grad
        self.v = self.beta2 * self.v + (1 - self.beta2) * grad**2
        m_hat, v_hat = self.m / (1 - self.beta1**self.t), self.v / (1 - self.beta2**self.t)
        return w - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


class AdamOverParams:
    def __init__(self, params, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.params, self.lr, self.beta1, self.beta2, self.eps = list(params), lr, beta1, beta2, eps
        self.m = [np.zeros_like(p.data) for p in self.params]
        self.v = [np.zeros_like(p.data) for p in self.params]
        self.t = 0

    def step(self):
        self.t += 1
        for k, p in enumerate(self.params):
            self.m[k] = self.beta1 * self.m[k] + (1 - self.beta1) * p.grad
            self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * p.grad**2
            m_hat, v_hat = self.m[k] / (1 - self.beta1**self.t), self.v[k] / (1 - self.beta2**self.t)
            p.data -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


def momentum_with_the_rate_inside(w, g, v, lr, momentum):
    v = momentum * v + lr * g
    return w - v, v


def adam_eps_added_to_the_fraction(params, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return params - lr * (m_hat / np.sqrt(v_hat) + eps), m, v


def adam_square_for_root(params, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    den = v_hat**2
    return params - lr * m_hat / (den + eps), m, v


def adam_beta1_on_the_old_v(params, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta1 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return params - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def rmsprop_without_eps(w, g, v, lr, rho, eps):
    v = rho * v + (1 - rho) * g**2
    return w - lr * g / np.sqrt(v), v


def adagrad_without_eps(w, g, accumulator, lr, eps):
    accumulator = accumulator + g**2
    return w - lr * g / np.sqrt(accumulator), accumulator


def rmsprop_times_the_root(w, g, v, lr, rho, eps):
    v = rho * v + (1 - rho) * g**2
    return w - lr * g * (np.sqrt(v) + eps), v


def rmsprop_corrected(w, g, v, t, lr, rho, eps):
    v = rho * v + (1 - rho) * g**2
    return w - lr * g / (np.sqrt(v / (1 - rho**t)) + eps), v


def average_corrected(w, g, v, t, lr, beta):
    v = beta * v + (1 - beta) * g
    return w - lr * v / (1 - beta**t), v


def theta_of_nesterov(steps: int = 6) -> list[list[float]]:
    """The points theta of v = mu v + lr gradient(theta - mu v), theta - v, where the gradient is 2 theta."""
    theta, v, points = np.array([1.0, 2.0]), np.zeros(2), []
    for _ in range(steps):
        v = 0.9 * v + 0.01 * 2 * (theta - 0.9 * v)
        theta = theta - v
        points.append(theta.tolist())
    return points


NESTEROV_GRADIENTS = [[0.5, -1.0], [0.4, 0.3], [-0.2, 0.6]]


def early_velocity() -> list[list[float]]:
    """The points of v = mu v - lr g, x + mu^2 v - (1 + mu) lr g, with the new v."""
    x, v, points = np.array([1.0, 2.0]), np.zeros(2), []
    for gradient in np.array(NESTEROV_GRADIENTS):
        v = 0.9 * v - 0.05 * gradient
        x = x + 0.81 * v - 1.9 * 0.05 * gradient
        points.append(x.tolist())
    return points


def on_ones(points: list[float], **optimizer: Any) -> dict[str, Any]:
    """Three gradients of 1 from [1]."""
    return {
        "reference": {
            "optimizer": {"name": "momentum", "lr": 0.1, "dampening": 0.5, **optimizer},
            "start": [1.0],
            "gradients": [[1.0]] * 3,
        },
        "submission": {"points": [[point] for point in points]},
    }


def on_two(optimizer: Mapping[str, Any], points: list[float]) -> dict[str, Any]:
    """The gradients 0.5 and 0.4 from [1]."""
    return {
        "reference": {"optimizer": optimizer, "start": [1.0], "gradients": [[0.5], [0.4]]},
        "submission": {"points": [[point] for point in points]},
    }


UNASKED = Verdict(
    kind="",
    first=("bias_correction_unasked", "bias_correction_of_v_unasked", "bias_convention"),
    never=("wrong_lr", "wrong_momentum", "wrong_rho"),
)

RIGHT_CODE: list[Input] = [
    FunctionInput(name="adam_state_before_gradient", student=adam_state_before_gradient, optimizer=ADAM, style="tuple", expected=RIGHT),
    FunctionInput(
        name="adam_numbers_first",
        student=adam_numbers_first,
        optimizer=ADAM,
        style="tuple",
        names={"params": "var", "gradient": "grad", "m": "v", "v": "s"},
        expected=RIGHT,
    ),
    FunctionInput(
        name="rmsprop_lambda",
        student=rmsprop_lambda(),
        optimizer={"name": "rmsprop", "lr": 0.05},
        style="tuple",
        expected=RIGHT,
    ),
    FunctionInput(name="adam_with_update", student=AdamWithUpdate, optimizer=ADAM, style="object", expected=RIGHT),
    FunctionInput(name="adam_over_params", student=AdamOverParams, optimizer=ADAM, style="object", expected=RIGHT),
    *(
        FunctionInput(
            name=f"momentum_with_the_rate_inside_{convention}_{lr}",
            student=momentum_with_the_rate_inside,
            optimizer={"name": "momentum", "convention": convention, "lr": lr},
            style="tuple",
            expected=Verdict(passes=True, or_convention=True),
        )
        for convention in ("torch", "keras")
        for lr in (0.1, 0.05)
    ),
]

TO_BE_NAMED: list[Input] = [
    FunctionInput(
        name="adam_eps_added_to_the_fraction",
        student=adam_eps_added_to_the_fraction,
        optimizer=ADAM,
        style="tuple",
        expected=Verdict(first=("eps_paren_times_lr",)),
    ),
    FunctionInput(
        name="rmsprop_without_eps",
        student=rmsprop_without_eps,
        optimizer={"name": "rmsprop", "lr": 0.05},
        style="tuple",
        expected=Verdict(first=("eps_missing",)),
    ),
    FunctionInput(
        name="adagrad_without_eps",
        student=adagrad_without_eps,
        optimizer={"name": "adagrad", "lr": 0.05},
        style="tuple",
        expected=Verdict(first=("eps_missing",)),
    ),
    NumbersInput(
        name="adam_null_at_gradients_of_zero",
        reference={"optimizer": {"name": "adam", "lr": 0.01}, "params": [1.0, -1.0], "gradient": [0.0, 0.0]},
        submission={"params": [None, None]},
        expected=Verdict(first=("eps_missing",)),
    ),
    AuditInput(
        name="audit_of_adagrad_at_a_gradient_of_zero",
        reference={
            "optimizer": {"name": "adagrad", "lr": 0.01},
            "params": [1.0, 2.0],
            "gradient": [0.0, 0.2],
            "state": {"t": 1, "accumulator": [0.0, 1.0]},
        },
        atol=5e-6,
        rtol=0.0,
        catches=("eps_missing", "eps_paren", "eps_paren_times_lr", "eps_added_to_params"),
        lets_through=("eps_inside_sqrt",),
    ),
    NumbersInput(
        name="keras_momentum_with_the_other_sign",
        reference={
            "optimizer": {"name": "momentum", "convention": "keras", "lr": 0.01, "momentum": 0.9},
            "params": [1.0, 2.0],
            "gradient": [0.1, 0.2],
            "state": {"t": 1, "velocity": [0.5, 1.0]},
        },
        submission={"params": [0.549, 1.098], "state": {"velocity": [0.451, 0.902]}},
        expected=Verdict(kind="convention", never=("wrong_sign", "wrong_sign_in_velocity", "wrong_sign_of_velocity")),
    ),
    NumbersInput(
        name="nesterov_theta_on_sphere",
        reference={"optimizer": {"name": "nesterov", "lr": 0.01}, "objective": "sphere", "start": [1.0, 2.0], "steps": 6},
        submission={"points": theta_of_nesterov()},
        expected=Verdict(kind="convention", never=("nesterov_plain", "wrong_lr", "wrong_momentum")),
    ),
    NumbersInput(
        name="nesterov_velocity_too_early",
        reference={"optimizer": {"name": "nesterov", "lr": 0.05}, "start": [1.0, 2.0], "gradients": NESTEROV_GRADIENTS},
        submission={"points": early_velocity()},
        expected=Verdict(first=("velocity_too_early",)),
    ),
    NumbersInput(
        name="gd_bias_never_updated",
        reference={
            "optimizer": {"name": "gd", "lr": 0.1},
            "start": {"W": [1.0, 2.0], "b": [3.0]},
            "gradients": [{"W": [1.0, 1.0], "b": [1.0]}, {"W": [2.0, 1.0], "b": [4.0]}],
        },
        submission={"points": {"W": [[0.9, 1.9], [0.7, 1.8]], "b": [[3.0], [3.0]]}},
        expected=Verdict(first=("tensor_not_updated", "no_step"), tensors=("b",)),
    ),
    NumbersInput(
        name="momentum_first_velocity_dampened",
        **on_ones([0.95, 0.855, 0.7195]),
        expected=Verdict(kind="convention", where="first_buffer"),
    ),
    NumbersInput(
        name="momentum_first_velocity_not_dampened",
        **on_ones([0.9, 0.76, 0.584], first_buffer="zero"),
        expected=Verdict(kind="convention", where="first_buffer"),
    ),
    NumbersInput(
        name="adamw_decay_from_the_updated_params",
        **on_two({"name": "adamw", "lr": 0.1, "weight_decay": 0.1}, [0.8910000019799998, 0.7842655495127155]),
        expected=Verdict(first=("wd_after_step",)),
    ),
    NumbersInput(
        name="optax_rmsprop_that_starts_at_one",
        **on_two(
            {"name": "rmsprop", "convention": "optax", "lr": 0.01, "decay": 0.9, "eps": 0.01}, [0.9948291231000498, 0.990512045635673]
        ),
        expected=Verdict(kind="", first=("wrong_initial_accumulator",), never=("wrong_lr", "wrong_rho")),
    ),
    FunctionInput(
        name="adam_square_for_root",
        student=adam_square_for_root,
        optimizer=ADAM,
        style="tuple",
        expected=Verdict(first=("square_for_root",)),
    ),
    FunctionInput(
        name="adam_beta1_on_the_old_v",
        student=adam_beta1_on_the_old_v,
        optimizer=ADAM,
        style="tuple",
        expected=Verdict(first=("beta1_on_old_v",), never=("beta1_in_v",)),
    ),
    FunctionInput(
        name="rmsprop_times_the_root",
        student=rmsprop_times_the_root,
        optimizer={"name": "rmsprop", "lr": 0.05},
        style="tuple",
        expected=Verdict(first=("times_root",)),
    ),
    FunctionInput(
        name="rmsprop_corrected_for_its_bias",
        student=rmsprop_corrected,
        optimizer={"name": "rmsprop", "lr": 0.05},
        style="tuple",
        expected=UNASKED,
    ),
    FunctionInput(
        name="average_momentum_corrected_for_its_bias",
        student=average_corrected,
        optimizer={"name": "momentum", "convention": "course", "lr": 0.05},
        style="tuple",
        expected=UNASKED,
    ),
]

INPUTS = [*RIGHT_CODE, *TO_BE_NAMED]

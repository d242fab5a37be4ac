"""Solutions that are classes: made with params or without, with step, update, optimize or apply_gradients."""

# ruff: noqa: ARG002, ARG005 (students name arrays as their course does, and take what they are given)

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from tests.students.public.solution import RIGHT, Solution, Verdict, average, corrected, decayed, root, squares
from tests.students.public.torch_like import Optimizer, Parameter

ADAM = {"name": "adam", "lr": 0.01}
EPS = 1e-8


class AdamWFromTheHandout(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def step(self, closure=None):
        for group in self.param_groups:
            lr, (beta1, beta2) = group["lr"], group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                t = state.get("t", 1)
                m = beta1 * state.get("m", np.zeros(p.shape)) + (1 - beta1) * p.grad
                v = beta2 * state.get("v", np.zeros(p.shape)) + (1 - beta2) * p.grad**2
                p.data -= lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + group["eps"])
                p.data -= lr * group["weight_decay"] * p.data
                state["t"], state["m"], state["v"] = t + 1, m, v


class AdamWithDecayInTheGradient:
    def __init__(self, params, lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
        self.params, self.lr, self.eps, self.weight_decay = params, lr, eps, weight_decay
        self.beta1, self.beta2, self.t = beta1, beta2, 0
        self.m, self.v = {}, {}

    def step(self):
        self.t += 1
        for i, param in enumerate(self.params):
            grad = param.grad + self.weight_decay * param.data
            self.m[i] = self.beta1 * self.m.get(i, 0) + (1 - self.beta1) * grad
            self.v[i] = self.beta2 * self.v.get(i, 0) + (1 - self.beta2) * grad**2
            m_hat = self.m[i] / (1 - self.beta1**self.t)
            v_hat = self.v[i] / (1 - self.beta2**self.t)
            param.data = param.data - self.lr * m_hat / (v_hat**0.5 + self.eps)


class AverageKeyedByParameter:
    def __init__(self, params, lr=0.01, momentum=0.9):
        self.params = params
        self.lr = lr
        self.momentum = momentum
        self.u = {}

    def step(self):
        for w in self.params:
            u = self.u.get(w, 0.0)
            self.u[w] = self.momentum * u + (1 - self.momentum) * w.grad
            w.data = w.data - self.lr * self.u[w]

    def reset_grad(self):
        for w in self.params:
            w.grad = None


class AdamOfTheBook:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999):
        self.lr, self.beta1, self.beta2 = lr, beta1, beta2
        self.iter = 0
        self.m = self.v = None

    def update(self, params, grads):
        if self.m is None:
            self.m = {key: np.zeros_like(val) for key, val in params.items()}
            self.v = {key: np.zeros_like(val) for key, val in params.items()}
        self.iter += 1
        rate = self.lr * np.sqrt(1.0 - self.beta2**self.iter) / (1.0 - self.beta1**self.iter)
        for key in params:
            self.m[key] += (1 - self.beta1) * (grads[key] - self.m[key])
            self.v[key] += (1 - self.beta2) * (grads[key] ** 2 - self.v[key])
            params[key] -= rate * self.m[key] / (np.sqrt(self.v[key]) + 1e-7)


class AdamThatCountsTensors:
    def __init__(self, lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m, self.v, self.t = {}, {}, 0

    def update(self, params, grads):
        for key in params:
            self.t += 1
            self.m[key] = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * grads[key]
            self.v[key] = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * grads[key] * grads[key]
            m_hat = self.m[key] / (1 - self.beta1**self.t)
            v_hat = self.v[key] / (1 - self.beta2**self.t)
            params[key] = params[key] - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


class NesterovOfTheBook:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr = lr
        self.momentum = momentum
        self.v = None

    def update(self, params, grads):
        self.v = self.v or {name: 0.0 * array for name, array in params.items()}
        mu, eta = self.momentum, self.lr
        for name, slope in grads.items():
            self.v[name] = mu * self.v[name] - eta * slope
            params[name] += mu**2 * self.v[name] - (1 + mu) * eta * slope


class AdamWithoutAPower:
    def __init__(self, learning_rate=0.001, b1=0.9, b2=0.999):
        self.learning_rate = learning_rate
        self.eps = 1e-8
        self.m = None
        self.v = None
        self.b1 = b1
        self.b2 = b2

    def update(self, w, grad_wrt_w):
        if self.m is None:
            self.m = np.zeros(np.shape(grad_wrt_w))
            self.v = np.zeros(np.shape(grad_wrt_w))
        self.m = self.b1 * self.m + (1 - self.b1) * grad_wrt_w
        self.v = self.b2 * self.v + (1 - self.b2) * np.power(grad_wrt_w, 2)
        m_hat = self.m / (1 - self.b1)
        v_hat = self.v / (1 - self.b2)
        return w - self.learning_rate * m_hat / (np.sqrt(v_hat) + self.eps)


class AdamForOneNeuron:
    def __init__(self, eta=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
        self.mean_w, self.square_w = 0, 0
        self.mean_b, self.square_b = 0, 0
        self.beta1, self.beta2 = beta1, beta2
        self.epsilon, self.eta = epsilon, eta

    def update(self, t, w, b, dw, db):
        self.mean_w = self.beta1 * self.mean_w + (1 - self.beta1) * dw
        self.mean_b = self.beta1 * self.mean_b + (1 - self.beta1) * db
        self.square_w = self.beta2 * self.square_w + (1 - self.beta2) * (dw**2)
        self.square_b = self.beta2 * self.square_b + (1 - self.beta2) * db
        for_w = self.mean_w / (1 - self.beta1**t) / (np.sqrt(self.square_w / (1 - self.beta2**t)) + self.epsilon)
        for_b = self.mean_b / (1 - self.beta1**t) / (np.sqrt(self.square_b / (1 - self.beta2**t)) + self.epsilon)
        return w - self.eta * for_w, b - self.eta * for_b


class RMSPropOnPairs:
    def __init__(self, learning_rate=0.001, rho=0.9, epsilon=1e-6):
        self.learning_rate, self.rho, self.epsilon = learning_rate, rho, epsilon
        self.cache = []

    def apply_gradients(self, grads_and_vars):
        pairs = list(grads_and_vars)
        if not self.cache:
            self.cache = [np.zeros_like(var) for _, var in pairs]
        for i, (grad, var) in enumerate(pairs):
            self.cache[i] = self.rho * self.cache[i] + (1 - self.rho) * grad**2
            var -= self.learning_rate * grad / (np.sqrt(self.cache[i]) + self.epsilon)


class AdamThatOptimizes:
    def __init__(self, gradient_size):
        self.mean = np.zeros(gradient_size, dtype=np.float32)
        self.square = np.zeros(gradient_size, dtype=np.float32)
        self.k = 1

    def optimize(self, gradient, parameters):
        rate, small = 0.001, 1e-8
        m = ((1 - 0.9) * gradient + 0.9 * self.mean).astype("float32")
        v = ((1 - 0.999) * gradient**2 + 0.999 * self.square).astype("float32")
        parameters -= rate * (m / (1 - 0.9**self.k)) / (np.sqrt(v / (1 - 0.999**self.k)) + small)
        self.mean, self.square = m, v
        self.k += 1


class AdamUphill:
    def __init__(self, params, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.w, self.lr, self.beta1, self.beta2, self.eps = params, lr, beta1, beta2, eps
        self.m, self.v, self.t = 0.0, 0.0, 0

    def step(self, grad):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * grad
        self.v = self.beta2 * self.v + (1 - self.beta2) * grad**2
        corr = np.sqrt(1 - self.beta2**self.t) / (1 - self.beta1**self.t)
        self.w = self.w + self.lr * corr * self.m / (np.sqrt(self.v) + self.eps * np.sqrt(1 - self.beta2**self.t))


def over_parameters(make: Callable[[list[Parameter]], Any]):
    """Run a class over a list of parameters, which finds the gradients there."""

    def run(start: Any, gradients: Sequence[Any]) -> list[Any]:
        parameter, points = Parameter(start), []
        optimizer = make([parameter])
        for gradient in gradients:
            parameter.grad = gradient
            optimizer.step()
            points.append(np.array(parameter.data))
        return points

    return run


def over_a_dictionary(make: Callable[[], Any]):
    """Run a class whose update changes a dictionary of arrays."""

    def run(start: Any, gradients: Sequence[Any]) -> list[Any]:
        params, optimizer, points = {name: np.array(part) for name, part in start.items()}, make(), []
        for gradient in gradients:
            optimizer.update(params, gradient)
            points.append({name: np.array(part) for name, part in params.items()})
        return points

    return run


def over_an_array(make: Callable[[Any], Any], call: Callable[[Any, Any, Any, int], Any]):
    """Run a class on one array; `call(optimizer, w, g, t)` gives the new array, or None where it is changed in place."""

    def run(start: Any, gradients: Sequence[Any]) -> list[Any]:
        w, points = np.array(start), []
        optimizer = make(w)
        for t, gradient in enumerate(gradients, start=1):
            returned = call(optimizer, w, gradient, t)
            w = w if returned is None else returned
            points.append(np.array(w))
        return points

    return run


def step_of_adamuphill(optimizer, w, g, t):
    optimizer.step(g)
    return optimizer.w


def counted(position):
    """Adam where t counts tensors: the tensor at a position of four has t = 4 (step - 1) + position."""

    def move(t, g, x):
        n = 4 * (t - 1) + position
        return 0.01 * average(0.9, g) / (1 - 0.9**n) / (root(average(0.999, squares(g)) / (1 - 0.999**n)) + EPS)

    return move


def adam_with(rate, eps):
    return lambda t, g, x: rate * corrected(0.9, g) / (root(corrected(0.999, squares(g))) + eps)


def with_decay_of_the_step(t, g, x):
    step = adam_with(0.01, EPS)(t, g, x)
    return step + 0.01 * 0.1 * (x - step)


def decay_in_the_gradient():
    """Adam of g + 0.1 x; it remembers the gradients that it saw."""
    seen: list[float] = []

    def move(t, g, x):
        if t == 1:
            seen.clear()
        seen.append(g[-1] + 0.1 * x)
        return adam_with(0.01, EPS)(t, seen, x)

    return move


SOLUTIONS = [
    Solution(
        student=AdamWFromTheHandout,
        source="assignment of a course on language models, AdamW on a framework's base class, which decays the params after the step",
        optimizer={"name": "adamw", "lr": 0.01, "weight_decay": 0.1},
        style="object",
        expected=Verdict(first=("wd_after_step",), never=("wd_coupled", "wd_twice", "wrong_weight_decay")),
        alone=over_parameters(lambda params: AdamWFromTheHandout(params, lr=0.01, weight_decay=0.1)),
        moves=with_decay_of_the_step,
    ),
    Solution(
        student=AdamWithDecayInTheGradient,
        source="assignment of a course on deep learning systems, Adam over a list of parameters, with L2 in the gradient",
        optimizer={"name": "adam", "lr": 0.01, "weight_decay": 0.1},
        style="object",
        expected=RIGHT,
        alone=over_parameters(lambda params: AdamWithDecayInTheGradient(params, lr=0.01, weight_decay=0.1)),
        moves=decay_in_the_gradient(),
    ),
    Solution(
        student=AverageKeyedByParameter,
        source="assignment of the same course, momentum as an average, in a dictionary whose keys are the parameters themselves",
        optimizer={"name": "momentum", "convention": "course", "lr": 0.1},
        style="object",
        expected=RIGHT,
        alone=over_parameters(lambda params: AverageKeyedByParameter(params, lr=0.1)),
        moves=lambda t, g, x: 0.1 * average(0.9, g),
    ),
    Solution(
        student=AdamOfTheBook,
        layered=True,
        source="book on deep learning from scratch, Adam with update(params, grads) and the correction in the rate, as keras has it",
        optimizer={"name": "adam", "convention": "keras", "lr": 0.01},
        style="object",
        expected=RIGHT,
        alone=over_a_dictionary(lambda: AdamOfTheBook(lr=0.01)),
        moves=lambda t, g, x: 0.01 * root(1 - 0.999**t) * corrected(0.9, g) / (root(average(0.999, squares(g))) + 1e-7),
    ),
    Solution(
        student=AdamThatCountsTensors,
        layered=True,
        source="bug reports of several small libraries: t is raised in the loop over the tensors",
        optimizer=ADAM,
        style="object",
        expected=Verdict(first=("t_per_tensor",), never=("t_off_by_one",)),
        alone=over_a_dictionary(lambda: AdamThatCountsTensors(lr=0.01)),
        moves={"W1": counted(1), "b1": counted(2), "W2": counted(3), "b2": counted(4)},
    ),
    Solution(
        student=NesterovOfTheBook,
        layered=True,
        source="an early printing of that book, Nesterov's momentum where the velocity is updated before the params",
        optimizer={"name": "nesterov", "convention": "keras", "lr": 0.05},
        style="object",
        expected=Verdict(first=("velocity_too_early",), never=("wrong_lr", "wrong_momentum")),
        alone=over_a_dictionary(lambda: NesterovOfTheBook(lr=0.05)),
        moves=lambda t, g, x: 0.81 * 0.05 * decayed(0.9, g) + 1.9 * 0.05 * g[-1],
    ),
    Solution(
        student=AdamWithoutAPower,
        source="repository of machine learning from scratch, Adam that divides by 1 - beta in every step",
        optimizer=ADAM,
        style="object",
        expected=Verdict(first=("bias_no_power",)),
        alone=over_an_array(lambda w: AdamWithoutAPower(0.01), lambda optimizer, w, g, t: optimizer.update(w, g)),
        moves=lambda t, g, x: 0.01 * average(0.9, g) / 0.1 / (root(average(0.999, squares(g)) / 0.001) + EPS),
    ),
    Solution(
        student=AdamForOneNeuron,
        source="a much copied tutorial: Adam with update(t, w, b, dw, db), where the square of db is forgotten",
        optimizer=ADAM,
        style="object",
        expected=Verdict(first=("not_squared",), tensors=("b",), never=("eps_missing",), or_unbound=True),
        alone=over_an_array(lambda w: AdamForOneNeuron(0.01), lambda optimizer, w, g, t: optimizer.update(t, w, w, g, g)[0]),
        moves=adam_with(0.01, EPS),
    ),
    Solution(
        student=RMSPropOnPairs,
        source="lab of a course, RMSprop with apply_gradients, which gets pairs of gradient and variable",
        optimizer={"name": "rmsprop", "lr": 0.01, "rho": 0.9, "eps": 1e-6},
        style="object",
        expected=RIGHT,
        alone=over_an_array(lambda w: RMSPropOnPairs(0.01), lambda optimizer, w, g, t: optimizer.apply_gradients([(g, w)])),
        moves=lambda t, g, x: 0.01 * g[-1] / (root(average(0.9, squares(g))) + 1e-6),
    ),
    Solution(
        student=AdamThatOptimizes,
        source="neural network for a course project, Adam with optimize(gradient, parameters), every number in the code, in float32",
        optimizer={"name": "adam", "lr": 0.001},
        style="object",
        expected=Verdict(passes=True, or_unbound=True, notes=("float32",)),
        alone=over_an_array(lambda w: AdamThatOptimizes(w.shape), lambda optimizer, w, g, t: optimizer.optimize(g, w)),
        moves=adam_with(0.001, EPS),
        rtol=1e-5,
    ),
    Solution(
        student=AdamUphill,
        source="bug report of a framework: Adam adds its step",
        optimizer=ADAM,
        style="object",
        expected=Verdict(first=("wrong_sign",)),
        alone=over_an_array(lambda w: AdamUphill(w, lr=0.01), step_of_adamuphill),
        moves=lambda t, g, x: -adam_with(0.01, EPS)(t, g, x),
    ),
]

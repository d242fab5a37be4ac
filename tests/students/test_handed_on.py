"""Code whose whole state is one thing that goes from call to call and begins empty, under whatever keys."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stepgrade import Client

LAMB = {"name": "lamb", "convention": "optax", "learning_rate": 0.01}
ADAM = {"name": "adam", "lr": 0.01}


@pytest.fixture(scope="module")
def client():
    return Client.local()


def lamb(p: Any, g: Any, m: Any, v: Any, t: Any, lr: float) -> Any:
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    u = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-6)
    size, length = np.linalg.norm(p), np.linalg.norm(u)
    return p - lr * (size / length if size > 0 and length > 0 else 1.0) * u, m, v


def nested(params: Any, grads: Any, state: Any, lr: float = 0.01) -> Any:
    m, v = state.setdefault("m", {}), state.setdefault("v", {})
    state["t"] = state.get("t", 0) + 1
    new = {}
    for k in params:
        new[k], m[k], v[k] = lamb(params[k], grads[k], m.get(k, 0), v.get(k, 0), state["t"], lr)
    return new, state


def nested_with_t(params: Any, grads: Any, state: Any, t: Any, lr: float = 0.01) -> Any:
    m, v = state.setdefault("m", {}), state.setdefault("v", {})
    new = {}
    for k in params:
        zeros = np.zeros_like(params[k])
        new[k], m[k], v[k] = lamb(params[k], grads[k], m.setdefault(k, zeros), v.setdefault(k, zeros), t, lr)
    return new, state


def by_tensor(params: Any, grads: Any, state: Any, lr: float = 0.01) -> Any:
    for k in params:
        s = state.setdefault(k, {"step": 0, "first": np.zeros_like(params[k]), "second": np.zeros_like(params[k])})
        s["step"] += 1
        params[k], s["first"], s["second"] = lamb(params[k], grads[k], s["first"], s["second"], s["step"], lr)
    return params, state


def begun_where_it_is_none(params: Any, grads: Any, state: Any = None, lr: float = 0.01) -> Any:
    state = {"t": 0, "m": {}, "v": {}} if state is None else state
    state["t"] += 1
    new = {}
    for k in params:
        new[k], state["m"][k], state["v"][k] = lamb(params[k], grads[k], state["m"].get(k, 0), state["v"].get(k, 0), state["t"], lr)
    return new, state


def begun_where_it_is_empty(params: Any, grads: Any, memory: Any, lr: float = 0.01) -> None:
    if not memory:
        memory.update(t=0, m=dict.fromkeys(params, 0), v=dict.fromkeys(params, 0))
    memory["t"] += 1
    for k in params:
        params[k], memory["m"][k], memory["v"][k] = lamb(params[k], grads[k], memory["m"][k], memory["v"][k], memory["t"], lr)


def default(params: Any, grads: Any, lr: float = 0.01, cache: Any = {}) -> Any:  # noqa: B006 (as students write)
    cache["t"] = cache.get("t", 0) + 1
    new = {}
    for k in params:
        new[k], *cache[k] = lamb(params[k], grads[k], *cache.get(k, (0, 0)), cache["t"], lr)
    return new


def config(params: Any, grads: Any, config: Any = None) -> Any:
    config = config or {}
    for key, value in (("learning_rate", 0.01), ("t", 0), ("m", {}), ("v", {})):
        config.setdefault(key, value)
    config["t"] += 1
    new, m, v = {}, config["m"], config["v"]
    for k in params:
        new[k], m[k], v[k] = lamb(params[k], grads[k], m.get(k, 0), v.get(k, 0), config["t"], config["learning_rate"])
    return new, config


def with_d(parameters: Any, grads: Any, state: Any, learning_rate: float = 0.01) -> Any:
    state["t"] = state.get("t", 0) + 1
    for number in (1, 2):
        for k in (f"W{number}", f"b{number}"):
            if k in parameters:
                moved = lamb(parameters[k], grads["d" + k], *state.get(k, (0, 0)), state["t"], learning_rate)
                parameters[k], state[k] = moved[0], moved[1:]
    return parameters, state


def in_lists(params: Any, grads: Any, state: Any, lr: float = 0.01) -> Any:
    if not state:
        state.extend([0, np.zeros_like(p), np.zeros_like(p)] for p in params)
    for i, each in enumerate(state):
        each[0] += 1
        params[i], each[1], each[2] = lamb(params[i], grads[i], each[1], each[2], each[0], lr)
    return params, state


def given_at_the_start(params: Any, grads: Any, state: Any, t: Any, lr: float) -> Any:
    for k in params:
        params[k], state["m"][k], state["v"][k] = lamb(params[k], grads[k], state["m"][k], state["v"][k], t, lr)
    return params, state


RIGHT = (nested, nested_with_t, by_tensor, begun_where_it_is_none, begun_where_it_is_empty, default, config, with_d, in_lists)


@pytest.mark.parametrize("student", [*RIGHT, given_at_the_start], ids=lambda student: student.__name__)
def test_a_state_that_begins_empty_is_handed_on(client, student):
    assert client.check_function(student, LAMB).message == "Correct: the numbers are those of lamb."


def on_one_array(w: Any, dw: Any, state: Any, lr: float = 0.1) -> Any:
    if "sum" not in state:
        state["sum"] = np.zeros_like(w)
    state["sum"] += dw**2
    return w - lr * dw / (np.sqrt(state["sum"]) + 1e-10), state


def velocity(params: Any, grads: Any, state: Any, lr: float = 0.1, beta: float = 0.9) -> Any:
    v = state.setdefault("velocity", {})
    for k in params:
        v[k] = beta * v.get(k, 0) + grads[k]
        params[k] = params[k] - lr * v[k]
    return params, state


@pytest.mark.parametrize(("student", "name"), [(on_one_array, "adagrad"), (velocity, "momentum")])
def test_also_where_an_argument_might_be_the_state_itself(client, student, name):
    assert client.check_function(student, {"name": name, "lr": 0.1}).passed


def no_correction(params: Any, grads: Any, state: Any, lr: float = 0.01) -> Any:
    m, v = state.setdefault("m", {}), state.setdefault("v", {})
    for k in params:
        m[k], v[k] = 0.9 * m.get(k, 0) + 0.1 * grads[k], 0.999 * v.get(k, 0) + 0.001 * grads[k] ** 2
        params[k] = params[k] - lr * m[k] / (np.sqrt(v[k]) + 1e-8)
    return params, state


def one_state(params: Any, grads: Any, state: Any, lr: float = 0.01) -> Any:
    t = state["t"] = state.get("t", 0) + 1
    for k in params:
        m = state["m"] = 0.9 * state.get("m", 0) + 0.1 * grads[k]
        params[k] = params[k] - lr * m / (1 - 0.9**t)
    return params, state


def misspelt(params: Any, grads: Any, state: Any, lr: float = 0.01) -> Any:
    m = state.setdefault("m", {})
    for k in params:
        params[k] = params[k] - lr * mhat  # noqa: F821 (as students write)
    return params, m


@pytest.mark.parametrize(
    ("student", "told"),
    [
        (no_correction, "there is no bias correction"),
        (one_state, "Each tensor needs a state of its own"),
        (misspelt, "'mhat' is not defined"),
    ],
)
def test_what_is_wrong_with_it_is_told(client, student, told):
    result = client.check_function(student, ADAM)
    assert not result.passed
    assert told in result.message

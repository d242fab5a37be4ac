"""Code whose tensors have names that matter: parameter groups, and optimizers that go by whole tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stepgrade import Client

RATES = {"W": 0.1, "b": 0.2}


@pytest.fixture(scope="module")
def client():
    return Client.local()


def in_place(params: Any, grads: Any, lr: Any) -> Any:
    for name in params:
        params[name] = params[name] - lr[name] * grads[name]
    return params


def with_its_own_rates(params: Any, grads: Any) -> Any:
    return {name: params[name] - {"W": 0.1, "b": 0.2}[name] * grads[name] for name in params}


def one_rate_for_all(params: Any, grads: Any) -> Any:
    return {name: params[name] - 0.1 * grads[name] for name in params}


@pytest.mark.parametrize("student", [in_place, with_its_own_rates])
def test_code_with_parameter_groups_is_asked_by_their_names(client, student):
    assert client.check_function(student, {"name": "sgd", "lr": RATES}).message == "Correct: the numbers are those of sgd."


def test_one_rate_for_all_tensors_is_wrong_where_each_has_its_own(client):
    assert not client.check_function(one_rate_for_all, {"name": "sgd", "lr": RATES}, "dls").passed


def lamb(params: Any, grads: Any, m: Any, v: Any, t: Any, lr: float = 0.01) -> Any:
    new = {}
    for name in params:
        m[name] = 0.9 * m[name] + 0.1 * grads[name]
        v[name] = 0.999 * v[name] + 0.001 * grads[name] ** 2
        u = m[name] / (1 - 0.9**t) / (np.sqrt(v[name] / (1 - 0.999**t)) + 1e-6)
        size, length = np.linalg.norm(params[name]), np.linalg.norm(u)
        new[name] = params[name] - lr * (size / length if size > 0 and length > 0 else 1.0) * u
    return new, m, v


def test_lamb_over_a_dictionary_needs_no_style(client):
    result = client.check_function(lamb, {"name": "lamb", "convention": "optax", "learning_rate": 0.01})
    assert result.message == "Correct: the numbers are those of lamb."

"""Students' code checked from a bundle: what a bundle cannot tell costs no student a mark, and what it can tell is told."""

from __future__ import annotations

import numpy as np
import pytest

from stepgrade import Client
from stepgrade.bundles import build
from stepgrade.errors import NotInBundle

PROBE = {"title": "Adam", "calls": [{"kind": "probe", "optimizer": "adam"}]}


def adam(w, dw, config):
    t = config["t"] + 1
    m = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    v = config["beta2"] * config["v"] + (1 - config["beta2"]) * dw**2
    m_hat, v_hat = m / (1 - config["beta1"] ** t), v / (1 - config["beta2"] ** t)
    w = w - config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"])
    return w, {**config, "m": m, "v": v, "t": t}


def adam_with_names_of_its_own(w, dw, config):
    config.setdefault("first", np.zeros_like(w))
    config.setdefault("second", np.zeros_like(w))
    config["count"] = config.get("count", 0) + 1
    config["first"] = 0.9 * config["first"] + 0.1 * dw
    config["second"] = 0.999 * config["second"] + 0.001 * dw**2
    first, second = config["first"] / (1 - 0.9 ** config["count"]), config["second"] / (1 - 0.999 ** config["count"])
    return w - config["learning_rate"] * first / (np.sqrt(second) + 1e-8), config


def nothing_but_nan(w, dw, config):
    w, config = adam(w, dw, config)
    return w * np.nan, config


class AdamInAClass:
    def __init__(self, lr=0.001):
        self.lr, self.t, self.m, self.v = lr, 0, 0.0, 0.0

    def update(self, w, grad):
        self.t += 1
        self.m = 0.9 * self.m + 0.1 * grad
        self.v = 0.999 * self.v + 0.001 * grad**2
        return w - self.lr * self.m / (1 - 0.9**self.t) / (np.sqrt(self.v / (1 - 0.999**self.t)) + 1e-8)


@pytest.fixture(scope="module")
def bundle():
    with Client.local() as service:
        return build(PROBE, service)


@pytest.mark.parametrize(
    ("student", "style", "passes"),
    [
        (adam, "cs231n", True),
        (adam_with_names_of_its_own, "cs231n", True),
        (nothing_but_nan, "cs231n", False),
        (AdamInAClass, "object", True),
    ],
)
def test_code_is_graded_from_a_bundle_whether_it_takes_a_state_or_not(bundle, student, style, passes):
    assert Client(bundle=bundle).check_function(student, "adam", style).passed is passes


def test_where_the_right_way_is_not_in_a_bundle_nobody_loses_a_mark(bundle):
    with_state = [each for each in bundle.answers if each.call.path != "/check" or "state" in each.call.body["reference"]]
    older = type(bundle)(bundle.title, bundle.engine, tuple(with_state))
    assert Client(bundle=older).check_function(adam, "adam").passed
    with pytest.raises(NotInBundle):
        Client(bundle=older).check_function(adam_with_names_of_its_own, "adam")

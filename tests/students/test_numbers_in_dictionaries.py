"""Hyperparameters that stand in a dictionary: those that the code never reads are as they were asked for."""

import numpy as np
import pytest

from stepgrade import Client

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

ADADELTA, GD = {"name": "adadelta", "convention": "paper"}, {"name": "gd", "lr": 0.05}


@pytest.fixture(scope="module")
def client():
    return Client.local()


def adadelta(x, dx, config):
    rho, eps = config["rho"], config["eps"]
    config["v"] = rho * config["v"] + (1 - rho) * dx**2
    step = np.sqrt(config["u"] + eps) / np.sqrt(config["v"] + eps) * dx
    config["u"] = rho * config["u"] + (1 - rho) * step**2
    return x - step, config


def adadelta_with_a_state(x, dx, state):
    return adadelta(x, dx, state)


def adadelta_with_defaults(x, dx, config=None):
    config = {} if config is None else config
    config.setdefault("learning_rate", 1.0)
    config.setdefault("rho", 0.95)
    config.setdefault("v", np.zeros_like(x))
    config.setdefault("u", np.zeros_like(x))
    return adadelta(x, dx, config)


def adadelta_of_a_book(params, states, hyperparams):
    rho, eps = hyperparams["rho"], hyperparams["eps"]
    for p, (s, delta) in zip(params, states, strict=True):
        s[:] = rho * s + (1 - rho) * p.grad**2
        g = (np.sqrt(delta + eps) / np.sqrt(s + eps)) * p.grad
        p[:] -= g
        delta[:] = rho * delta + (1 - rho) * g * g


def adadelta_with_a_rate(x, dx, config):
    new, config = adadelta(x, dx, config)
    return x + config["learning_rate"] * (new - x), config


def adadelta_with_arguments(x, dx, config, rho=0.95, eps=1e-6):
    config["rho"], config["eps"] = rho, eps
    return adadelta(x, dx, config)


OF_CONFIGS = [adadelta, adadelta_with_a_state, adadelta_with_defaults, adadelta_with_arguments]


@pytest.mark.parametrize("student", [*OF_CONFIGS, adadelta_of_a_book, adadelta_with_a_rate])
def test_adadelta_needs_no_learning_rate(client, student):
    verdict = client.check_function(student, ADADELTA)
    assert verdict.passed, verdict.message


def adadelta_with_a_square(x, dx, config):
    new, config = adadelta(x, dx, config)
    return x + config["learning_rate"] ** 2 * (new - x), config


def adadelta_with_all_of_it(x, dx, config):
    numbers = dict(config)
    new, config = adadelta(x, dx, config)
    return x + numbers["learning_rate"] ** 2 * (new - x), config


def adadelta_with_another_eps(x, dx, config):
    new, config = adadelta(x, dx, {**config, "eps": 1e-2})
    return new, config


@pytest.mark.parametrize("student", [adadelta_with_a_square, adadelta_with_all_of_it, adadelta_with_another_eps])
def test_adadelta_that_reads_a_rate_uses_it_as_it_is(client, student):
    assert not client.check_function(student, ADADELTA).passed


def descent_without_its_rate(w, dw, config):
    return w - dw, config


def descent(w, dw, config):
    return w - config["learning_rate"] * dw, config


def test_a_rate_that_was_asked_for_is_missed(client):
    assert client.check_function(descent, GD).passed
    assert [each.code for each in client.check_function(descent_without_its_rate, GD).findings] == ["lr_missing"]
    assert not client.check_function(descent_without_its_rate, ADADELTA).passed

"""The laws of the noise, and stop rules combined."""

from __future__ import annotations

from math import gamma, pi
from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.noises import LAWS, noise_from, read_noise
from stepgrade_service.engine.running.trajectory import trajectory

BOWL: dict[str, Any] = {"optimizer": {"name": "gd", "lr": 0.05}, "objective": "quadratic", "start": "A", "steps": 60}
NOISES: dict[str, dict[str, Any]] = {
    "gaussian": {"std": 0.5},
    "multiplicative": {"std": 0.5},
    "student_t": {"scale": 0.5, "df": 3},
    "alpha_stable": {"scale": 0.5, "alpha": 1.5},
}


def drawn(kind: str, **more: Any) -> Any:
    """200,000 numbers of a law."""
    noise = noise_from(read_noise({"kind": kind, "seed": 5, **more}))
    assert noise is not None
    return noise.rows(5, 0, 100_000, 2).reshape(-1)


def test_every_law_is_tried_here():
    assert NOISES.keys() == LAWS.keys()


@pytest.mark.parametrize("kind", NOISES)
def test_a_cut_run_meets_the_noise_of_the_whole(kind):
    request = {**BOWL, "noise": {"kind": kind, "seed": 3, **NOISES[kind]}}
    whole, head = trajectory(request), trajectory({**request, "steps": 23})
    tail = trajectory({**request, "steps": 37, "start": head.end.tolist(), "state": head.state})
    np.testing.assert_array_equal(np.concatenate([head.points, tail.points[1:]]), whole.points)
    assert whole.plan.echoes["noise"] == {"kind": kind, "seed": 3, **NOISES[kind]}
    assert whole.points[-1].tolist() != trajectory({**request, "noise": {**request["noise"], "seed": 4}}).points[-1].tolist()


def test_without_a_kind_it_is_gaussian_and_the_echo_is_as_posted():
    plain, named = (trajectory({**BOWL, "noise": {**more, "std": 0.5, "seed": 3}}) for more in ({}, {"kind": "gaussian"}))
    np.testing.assert_array_equal(plain.points, named.points)
    assert plain.plan.echoes["noise"] == {"std": 0.5, "seed": 3}


def test_multiplicative_noise_leaves_a_gradient_of_0_alone():
    run = trajectory({**BOWL, "start": [1.0, 0.0], "noise": {"kind": "multiplicative", "std": 0.5}})
    assert run.points[:, 1].tolist() == [0.0] * 61
    factors = run.points[1:, 0] / run.points[:-1, 0]
    assert len(set(factors.tolist())) == 60


def test_student_s_t_has_its_quantiles():
    quartile = {1: 1.0, 3: 0.7648923284043543, 30: 0.6827556901}
    for df, expected in quartile.items():
        found = np.quantile(drawn("student_t", scale=2.0, df=df), [0.25, 0.5, 0.75])
        np.testing.assert_allclose(found, [-2 * expected, 0, 2 * expected], atol=0.03)


def test_alpha_stable_numbers_have_their_characteristic_function():
    for alpha in (0.7, 1.0, 1.5, 2.0):
        numbers = drawn("alpha_stable", scale=2.0, alpha=alpha)
        for w in (0.1, 0.5, 1.0):
            assert np.cos(w * numbers).mean() == pytest.approx(np.exp(-((2.0 * w) ** alpha)), abs=0.006)


def test_a_fractional_moment_of_the_stable_law_is_zolotarev_s():
    alpha, p = 1.5, 0.5
    exact = 2.0**p * gamma((1 + p) / 2) * gamma(1 - p / alpha) / (gamma(1 - p / 2) * pi**0.5)
    assert np.mean(np.abs(drawn("alpha_stable", scale=1.0, alpha=alpha)) ** p) == pytest.approx(exact, rel=0.01)


@pytest.mark.parametrize(
    ("noise", "path"),
    [
        ({"kind": "student"}, ("kind",)),
        ({"kind": 3}, ("kind",)),
        ({"kind": "student_t", "scale": 1}, ("df",)),
        ({"kind": "student_t", "scale": 1, "df": 0}, ("df",)),
        ({"kind": "alpha_stable", "scale": 1, "alpha": 2.1}, ("alpha",)),
        ({"kind": "student_t", "std": 1, "df": 3}, ("std",)),
        ({"std": 1, "seed": 1.5}, ("seed",)),
        ({"std": 1, "seeds": [1]}, ("seeds",)),
    ],
)
def test_noise_that_is_none_is_refused(noise, path):
    with pytest.raises(Refusal) as refusal:
        read_noise(noise)
    assert path in {fault.path for fault in refusal.value.faults}


# Stop rules.

RULES = {"gradient_norm": 0.4, "value_gap": 0.02, "distance": 0.1, "update_norm": 0.03}


def stopped(**stop: Any) -> tuple[str | None, int]:
    run = trajectory({**BOWL, "steps": 500, "stop": stop})
    return run.stopped_by, run.steps


def test_any_rule_ends_a_run_at_the_first_and_all_at_the_last():
    alone = {name: stopped(**{name: limit}) for name, limit in RULES.items()}
    assert all(name == by for name, (by, _) in alone.items())
    steps = {step for _, step in alone.values()}
    assert len(steps) > 1
    by, step = stopped(**RULES)
    assert (by, step) == (by, min(steps)) == stopped(**RULES, when="any")
    assert alone[str(by)][1] == step
    assert stopped(**RULES, when="all") == ("all", max(steps))


def test_all_of_one_rule_is_that_rule_at_its_step():
    assert stopped(distance=0.1, when="all") == ("all", stopped(distance=0.1)[1])


def test_an_update_norm_does_not_hold_before_the_first_step():
    assert stopped(distance=1e3, update_norm=1e3, when="all") == ("all", 1)
    assert stopped(distance=1e3, update_norm=1e3) == ("distance", 0)


@pytest.mark.parametrize("stop", [{"when": "both", "distance": 1}, {"when": True, "distance": 1}, {"when": "all"}])
def test_rules_that_make_no_sense_together_are_refused(stop):
    with pytest.raises(Refusal):
        stopped(**stop)

"""The variants of Adam: what is told of each of them, as facts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.step import take_step
from stepgrade_service.engine.running.trajectory import trajectory

Array = NDArray[np.float64]

GRADIENTS = np.random.default_rng(5).normal(size=(20, 4)) * [1.0, 30.0, 1e-3, 1.0]


def updates(name: str, convention: str = "paper", gradients: Any = GRADIENTS, **settings: Any) -> Array:
    gradients = np.asarray(gradients)
    request = {"name": name, "convention": convention, "lr": 0.1, **settings}
    run = trajectory({"optimizer": request, "gradients": gradients.tolist(), "start": [0.0] * gradients.shape[1], "include": ["updates"]})
    assert run.updates is not None
    return np.asarray(run.updates)[-len(gradients) :]


ADAM = updates("adam", "torch")


def test_qhadam_with_whole_shares_is_adam():
    np.testing.assert_allclose(updates("qhadam", beta1=0.9, nu1=1, nu2=1), ADAM, rtol=1e-12)


def test_ademamix_without_its_slow_average_is_adam():
    np.testing.assert_allclose(updates("ademamix", alpha=0), ADAM, rtol=1e-12)


def test_optimistic_adam_that_does_not_look_at_changes_is_adam():
    np.testing.assert_allclose(updates("optimistic_adam", beta=0), ADAM, rtol=1e-12)


def test_the_first_step_of_optimistic_adam_is_twice_adam_s_in_the_paper_and_adam_s_in_optax():
    np.testing.assert_allclose(updates("optimistic_adam")[0], 2 * ADAM[0], rtol=1e-12)
    np.testing.assert_allclose(updates("optimistic_adam", "optax", nesterov=False)[0], ADAM[0], rtol=1e-12)


def test_padam_with_half_the_power_is_amsgrad():
    np.testing.assert_allclose(updates("padam", p=0.5), updates("adam", amsgrad=True), rtol=1e-12)


def test_adabound_ends_at_the_final_rate_times_the_average_of_gradients():
    run = updates("adabound", gradients=np.full((200, 1), 0.5), final_lr=0.01, gamma=1e9)
    np.testing.assert_allclose(run[-1], -0.01 * 0.5, rtol=1e-6)


@pytest.mark.parametrize(("convention", "weight"), [("paper", 0.92), ("optax", 1 - 0.92)])
def test_adan_weighs_the_change_of_the_gradient_by_beta2_but_in_optax_by_what_is_left(convention, weight):
    before, now = 1.0, 3.0
    ahead = now + weight * (now - before)
    m, v = (0.98 * 0.02 * before + 0.02 * now) / (1 - 0.98**2), 0.08 * (now - before) / (1 - 0.92**2)
    n = (0.99 * 0.01 * before**2 + 0.01 * ahead**2) / (1 - 0.99**2)
    second = updates("adan", convention, gradients=[[before], [now]], eps=0, eps_root=0)[1]
    np.testing.assert_allclose(second, -0.1 * (m + weight * v) / np.sqrt(n), rtol=1e-12)


def test_adan_s_proximal_decay_divides_the_params_after_the_step():
    request = {"params": [2.0], "gradient": [0.5], "optimizer": {"name": "adan", "convention": "paper", "lr": 0.1, "weight_decay": 0.5}}
    without = take_step({**request, "optimizer": {**request["optimizer"], "weight_decay": 0}})  # type: ignore[dict-item]
    np.testing.assert_allclose(take_step(request).params, np.asarray(without.params) / 1.05, rtol=1e-14)


@pytest.mark.parametrize("convention", ["optax", "paper"])
def test_adopt_s_first_step_moves_nothing_and_its_second_is_limited_to_one(convention):
    run = updates("adopt", convention, gradients=[[1e-3], [50.0]])
    assert run[0] == 0.0
    np.testing.assert_allclose(run[1], -0.1 * (1 - 0.9) * 1.0, rtol=1e-12)


def test_acprop_s_first_step_is_the_gradient_and_its_second_is_divided_by_what_was_known_before():
    run = updates("acprop", "optax", gradients=[[4.0], [100.0]])
    np.testing.assert_allclose(run[:, 0], [-0.1 * 4.0, -0.1 * 100.0 / 4.0], rtol=1e-12)


def test_optax_centers_acprop_on_the_old_m_and_the_paper_on_the_new_one():
    for convention, deviation in (("optax", 4.0), ("paper", 0.9 * 4.0)):
        second = updates("acprop", convention, gradients=[[4.0], [1.0]])[1]
        np.testing.assert_allclose(second, -0.1 / deviation, rtol=1e-12)


def test_optax_starts_yogi_s_m_at_a_millionth_and_the_paper_at_0():
    for convention, first in (("optax", 0.9e-6 / (1 - 0.9)), ("paper", 0.0)):
        step = updates("yogi", convention, gradients=[[0.0]], eps=1.0, initial_accumulator=1e-6)[0, 0]
        assert step == pytest.approx(-0.1 * first / (1 + (1e-6 / (0.001 if convention == "optax" else 1.0)) ** 0.5), rel=1e-9)


def test_adamod_s_first_steps_are_short_because_its_rates_start_at_0():
    np.testing.assert_allclose(updates("adamod", beta3=0.9)[0], 0.1 * ADAM[0], rtol=1e-6)


def test_diffgrad_takes_half_of_adam_s_step_where_the_gradient_stays():
    steady = np.full((9, 1), 0.5)
    np.testing.assert_allclose(updates("diffgrad", gradients=steady)[1:], updates("adam", "torch", gradients=steady)[1:] / 2, rtol=1e-12)


def test_stableadamw_shortens_the_step_of_a_whole_tensor_whose_gradient_jumps():
    gradients = [[1.0, 1.0]] * 3 + [[50.0, 1.0]]
    free, limited = updates("adam", "torch", gradients=gradients, beta2=0.99), updates("stableadamw", gradients=gradients)
    np.testing.assert_allclose(limited[:3], free[:3], rtol=1e-12)
    ratio = limited[3] / free[3]
    assert ratio[0] == pytest.approx(ratio[1], rel=1e-12)
    assert ratio[0] < 0.9


def test_the_older_optimism_of_optax_is_a_rate_that_lr_does_not_multiply():
    older = updates("optimistic_adam", "optax", optimism=0.03)
    np.testing.assert_allclose(older, updates("optimistic_adam_v2", "optax", beta=0.3), rtol=1e-12)
    with pytest.raises(Refusal, match="optimism"):
        resolve({"name": "optimistic_adam_v2", "convention": "optax", "lr": 0.1, "optimism": 0.1})


def test_keras_s_adamw_refuses_no_weight_decay_and_its_adam_does_not():
    with pytest.raises(Refusal, match="weight_decay"):
        resolve({"name": "AdamW", "convention": "keras", "weight_decay": None})
    assert resolve({"name": "Adam", "convention": "keras", "weight_decay": None}).settings["weight_decay"] == 0


def test_a_warm_up_of_ademamix_goes_by_logarithms_which_0_has_not():
    with pytest.raises(Refusal, match="beta1"):
        resolve({"name": "ademamix", "lr": 0.1, "warmup_steps": 10, "beta1": 0})

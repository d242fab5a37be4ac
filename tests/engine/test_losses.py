"""Methods that need the loss: what they do with it, on an objective and where it is posted."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.step import take_step
from stepgrade_service.engine.running.trajectory import trajectory

BOWL: dict[str, Any] = {"name": "quadratic", "condition": 20, "rotation": 30}
NEEDY = [
    {"name": "polyak_sgd", "lr": 0.5},
    {"name": "momo", "lr": 0.5, "weight_decay": 0.01, "adapt_lower_bound": True, "lower_bound": -1.0},
    {"name": "momo", "convention": "optax", "weight_decay": 0.01, "bias_correction": True},
    {"name": "irprop_plus", "lr": 0.5, "eta_plus": 1.5},
    {"name": "momo_adam", "lr": 0.5, "weight_decay": 0.01, "adapt_lower_bound": True, "lower_bound": -1.0},
]
STEP: dict[str, Any] = {"params": {"W": [[1.0, -2.0]], "b": 3.0}, "gradient": {"W": [[0.5, 0.25]], "b": -1.0}, "value": 0.75}

needy = pytest.mark.parametrize("optimizer", NEEDY, ids=lambda each: "-".join(map(str, each.values())))


def told(request: dict[str, Any], run: Any = trajectory) -> dict[tuple[Any, ...], str]:
    with pytest.raises(Refusal) as refusal:
        run(request)
    return {fault.path: fault.detail for fault in refusal.value.faults}


@needy
def test_posted_gradients_and_values_give_what_the_objective_gives(optimizer):
    run = trajectory({"optimizer": optimizer, "objective": BOWL, "steps": 9, "include": ["points", "values", "gradients"]})
    posted = {"start": run.points[0], "gradients": run.gradients[:-1].tolist(), "values": run.values[:-1].tolist()}
    replay = trajectory({"optimizer": optimizer, **posted})
    np.testing.assert_array_equal(replay.points, run.points)
    np.testing.assert_equal(replay.state, run.state)
    x, state = run.points[0], None
    for gradient, value, (_, after) in zip(run.gradients, run.values, pairwise(run.points), strict=False):
        step = take_step({"optimizer": optimizer, "params": x, "gradient": gradient, "value": value, "state": state})
        np.testing.assert_array_equal(step.params, after)
        x, state = step.params, step.state
    np.testing.assert_equal(state, run.state)


@needy
def test_a_replay_cut_in_two_equals_the_whole(optimizer):
    random = np.random.default_rng(1)
    gradients, values = random.standard_normal((7, 3)).tolist(), random.random(7).tolist()
    whole = trajectory({"optimizer": optimizer, "start": [1, 2, 3], "gradients": gradients, "values": values})
    first = trajectory({"optimizer": optimizer, "start": [1, 2, 3], "gradients": gradients[:4], "values": values[:4]})
    second = trajectory(
        {"optimizer": optimizer, "start": first.end, "gradients": gradients[4:], "values": values[4:], "state": first.state}
    )
    np.testing.assert_array_equal(second.points, whole.points[4:])
    np.testing.assert_equal(second.state, whole.state)


@needy
def test_what_needs_the_loss_says_where_it_is_missing(optimizer):
    name = optimizer["name"]
    without = {key: part for key, part in STEP.items() if key != "value"}
    assert told({"optimizer": optimizer, **without}, take_step) == {("value",): f"expected a number: {name} needs the loss at the params"}
    replay = {"optimizer": optimizer, "start": [1.0], "gradients": [[1.0]]}
    [(place, detail)] = told(replay).items()
    assert place == ("values",)
    assert name in detail


def test_what_does_not_need_the_loss_does_not_use_it():
    with_value, without = (take_step({"optimizer": "adam", **STEP, "value": value}) for value in (0.75, None))
    np.testing.assert_array_equal(with_value.params, without.params)


def test_the_loss_is_a_number():
    assert told({"optimizer": "adam", **STEP, "value": "0.75"}, take_step) == {("value",): "expected a number, got a string"}


def test_polyak_s_step_reaches_the_least_value_of_the_tangent():
    step = take_step({"optimizer": {"name": "polyak_sgd", "lr": 1e9, "f_min": 0.25}, **STEP})
    gradient = np.array([0.5, 0.25, -1.0])
    assert 0.75 + gradient @ step.update == pytest.approx(0.25, rel=1e-15)


@pytest.mark.parametrize(("kind", "moves"), [("sps", -0.5), ("sps+", 0.0)])
def test_below_f_min_sps_goes_uphill_and_sps_plus_stays(kind, moves):
    optimizer = {"name": "polyak_sgd", "lr": 9, "f_min": 1.0, "variant": kind}
    step = take_step({"optimizer": optimizer, "params": [0.0], "gradient": [-1.0], "value": 0.5})
    assert step.update == [moves]


@pytest.mark.parametrize("gradient", [0.0, 1e-8])
def test_there_is_no_step_where_the_norm_is_negligible(gradient):
    for name in ("polyak_sgd", "momo"):
        step = take_step({"optimizer": {"name": name, "lr": 9}, "params": [1.0], "gradient": [gradient], "value": 1.0})
        assert step.update == [0.0]


def test_a_larger_scaling_is_a_shorter_step_in_optax_and_in_the_paper():
    for convention in ("optax", "paper"):
        optimizer = {"name": "polyak_sgd", "convention": convention, "lr": 1e9}
        one, four = (take_step({"optimizer": {**optimizer, "scaling": scaling}, **STEP}).update for scaling in (1, 4))
        np.testing.assert_array_equal(one, 4 * four)


def test_optax_divides_the_params_alone_and_the_paper_the_whole_step():
    optimizer = {"name": "momo", "lr": 0.5, "weight_decay": 0.5}
    paper, optax = (take_step({"optimizer": {**optimizer, "convention": each}, **STEP}) for each in ("paper", "optax"))
    x = np.array([1.0, -2.0, 3.0])
    assert paper.params == pytest.approx((optax.params - x / 1.25) / 1.25 + x / 1.25, rel=1e-15)


@pytest.mark.parametrize("name", ["momo", "momo_adam"])
def test_the_adapted_bound_is_never_below_the_given_one(name):
    optimizer = {"name": name, "lr": 1.0, "lower_bound": -1.0, "adapt_lower_bound": True}
    run = trajectory({"optimizer": optimizer, "objective": {**BOWL, "constant": 2.0}, "steps": 60, "include": ["states"]})
    bounds = np.array([state["lb"] for state in run.states])
    assert (bounds >= -1.0).all()
    assert bounds.max() > 0.0


@pytest.mark.parametrize(("values", "form"), [([3.0, 2.0, 1.0, 0.5], "irprop-"), ([1.0, 2.0, 3.0, 4.0], "rprop+")])
def test_irprop_plus_takes_steps_back_only_while_the_loss_grows(values, form):
    gradients = [[3.0, -1.0], [-7.0, -1.0], [-0.1, 2.0], [0.2, 0.0]]
    asked = {"start": [0.0, 0.0], "gradients": gradients}
    ours = trajectory({"optimizer": {"name": "irprop+", "lr": 1.0}, **asked, "values": values})
    theirs = trajectory({"optimizer": {"name": "rprop", "convention": "paper", "variant": form, "lr": 1.0}, **asked})
    np.testing.assert_array_equal(ours.points, theirs.points)


@pytest.mark.parametrize("name", ["polyak_sgd", "momo", "momo_adam"])
def test_the_rate_is_one_for_all_tensors(name):
    assert set(told({"optimizer": {"name": name, "lr": {"W": 1.0, "b": 2.0}}, **STEP}, take_step)) == {("optimizer", "lr")}

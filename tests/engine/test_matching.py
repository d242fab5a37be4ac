"""Matching: each learning rate scaled to the baseline's step length, or tuned on one grid; and the record of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stepgrade_service.engine.comparing.comparison import Comparison, run_comparison
from stepgrade_service.engine.comparing.comparison_parts import plan_comparison
from stepgrade_service.engine.comparing.crossings import factor_for
from stepgrade_service.engine.comparing.matching import RateChange, RateGrid, best_of, extended, read_match
from stepgrade_service.engine.loop.advance import DIVERGED
from stepgrade_service.engine.loop.measures import LENGTH, TO_DISTANCE
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.trajectory import trajectory

Array = NDArray[np.float64]

RMSPROP = {"name": "rmsprop", "lr": 0.2, "rho": 0.9}
ADAMW = {"name": "adamw", "convention": "torch", "lr": 0.1, "weight_decay": 0.5}


def compare(**request: Any) -> Comparison:
    return run_comparison(plan_comparison({"objective": "quadratic", "starts": ["A", "B"], **request}))


def changes(comparison: Comparison) -> dict[tuple[str, int], RateChange]:
    return {(change.label, change.start): change for change in comparison.upright.changes}


def step_lengths(optimizer: Any, start: str, steps: int, **more: Any) -> Array:
    run = trajectory({"optimizer": optimizer, "objective": "quadratic", "start": start, "steps": steps, "include": ["updates"], **more})
    assert run.updates is not None
    return np.linalg.norm(run.updates[1:], axis=1)


def test_none_changes_nothing_and_says_so():
    comparison = compare(optimizers=[{"name": "gd", "lr": 0.02}, RMSPROP])
    assert comparison.upright.changes == ()
    assert [run.optimizer["lr"] for run in comparison.upright.runs] == [0.02, 0.02, 0.2, 0.2]
    assert all(run.is_matched is None for run in comparison.upright.runs)


@pytest.mark.parametrize("mode", ["first_step", "mean_step"])
@pytest.mark.parametrize("schedule", [None, {"name": "step", "step_size": 10, "gamma": 0.7}])
@pytest.mark.parametrize("other", [RMSPROP, ADAMW, {"name": "momentum", "lr": 0.001}, {"name": "adagrad", "lr": 0.3}])
def test_a_matched_rate_gives_steps_as_long_as_the_baselines(mode, schedule, other):
    given = {} if schedule is None else {"schedule": schedule}
    steps = 60
    comparison = compare(optimizers=[{"name": "gd", "lr": 0.02}, other], match=mode, steps=steps, **given)
    counted = 1 if mode == "first_step" else steps
    for run in comparison.upright.runs:
        start = "AB".index(run.start)
        change = changes(comparison)[run.label, start]
        wanted = step_lengths({"name": "gd", "lr": 0.02}, run.start, steps, **given)[:counted].mean()
        assert change.length_wanted == pytest.approx(wanted, rel=1e-12)
        assert run.is_matched
        assert run.optimizer["lr"] == change.lr_after == change.lr_before * change.factor
        reached = step_lengths(run.optimizer, run.start, steps, **given)[:counted].mean()
        assert reached == pytest.approx(wanted, rel=1e-9)
        assert change.length_after == pytest.approx(reached, rel=1e-12)


def test_the_baseline_is_matched_to_itself_by_a_factor_of_one():
    comparison = compare(optimizers=[RMSPROP, {"name": "gd", "lr": 0.02}], match="mean_step", baseline="gd", steps=50)
    assert changes(comparison)["gd", 0].factor == 1.0
    assert changes(comparison)["rmsprop", 0].factor != 1.0


def test_where_no_rate_gives_the_length_the_reason_is_told_and_the_run_is_as_posted():
    comparison = compare(optimizers=[{"name": "gd", "lr": 0.3}, {"name": "normalized_gd", "lr": 0.2}], match="mean_step", steps=2000)
    change = changes(comparison)["normalized_gd", 0]
    assert change.lr_after is None
    assert change.reason == "gd diverges, so there is no step length to match; the posted learning rate is used"
    run = comparison.upright.runs[2]
    assert (run.label, run.optimizer["lr"], run.is_matched) == ("normalized_gd", 0.2, False)
    still = compare(optimizers=[{"name": "gd", "lr": 0.0}, RMSPROP], match="first_step", steps=5)
    assert changes(still)["rmsprop", 1].reason == "gd does not move, so there is no step length to match; the posted learning rate is used"
    stuck = compare(optimizers=[{"name": "gd", "lr": 0.02}, {"name": "sgd", "lr": 0.0}], match="first_step", steps=5)
    assert changes(stuck)["sgd", 0].reason == "sgd does not move, so there is no step length to scale; the posted learning rate is used"


def test_a_factor_is_found_between_neighbouring_floats_and_none_where_the_length_jumps():
    factor, length = factor_for(lambda factors: factors**3, 2.0) or (0.0, 0.0)
    assert abs(factor - 2.0 ** (1 / 3)) <= np.spacing(factor)
    assert length == pytest.approx(2.0, rel=1e-15)
    assert factor_for(lambda factors: np.where(factors < 1.5, factors, np.inf), 2.0) is None
    assert factor_for(lambda factors: np.full(len(factors), 3.0), 2.0) is None


def test_of_two_crossings_that_nearest_the_posted_rate_is_taken():
    factor, _ = factor_for(lambda factors: np.abs(np.log(factors)), 0.5) or (0.0, 0.0)
    assert factor == pytest.approx(np.exp(0.5)) or factor == pytest.approx(np.exp(-0.5))


CURVES = {
    "cubic": lambda factors: factors**3,
    "a few digits": lambda factors: np.round(np.sqrt(factors), 11),
    "waves": lambda factors: np.log(factors) + 0.7 * np.sin(40.0 * np.log(factors)),
    "two crossings": lambda factors: np.abs(np.log(factors)),
    "torn": lambda factors: np.where(factors < 7.0, factors, np.inf),
    "steps": lambda factors: np.floor(factors * 1000.0),
    "kinked": lambda factors: np.maximum(factors, 3.0 * factors - 1.0),
}


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("wanted", [0.3, 0.5, 1.9999, 2.0, 6.5])
def test_looking_ahead_finds_the_same_factor_to_the_last_bit(curve, wanted):
    calls = list[int]()

    def lengths_of(factors: Array) -> Array:
        calls.append(len(factors))
        lengths: Array = CURVES[curve](factors)
        return lengths

    one_by_one, single = factor_for(lengths_of, wanted), len(calls)
    assert factor_for(lengths_of, wanted, ahead=8) == one_by_one
    assert len(calls) - single <= single
    if curve == "cubic":
        assert len(calls) - single <= single // 2


FROM_A_MINIMUM = {"objective": "himmelblau", "starts": {"there": [3.0, 2.0], "beside": [3.0, 1.0]}}


@pytest.mark.parametrize("more", [{}, {"noise": {"std": 0.1, "seeds": [1, 2]}}, FROM_A_MINIMUM])
@pytest.mark.parametrize("other", ["gd", RMSPROP])
def test_lengths_alone_are_those_of_runs_in_which_everything_is_measured(other, more):
    plan = plan_comparison({"objective": "quadratic", "starts": ["A", "B"], "optimizers": [other, RMSPROP], "steps": 30, **more})
    contest, contender = plan.contest, plan.contenders[0]
    factors = np.concatenate([np.geomspace(1e-250, 1e-9, 20), np.geomspace(1e-9, 1e9, 73)])
    rates, which = (contender.rates[:, np.newaxis] * factors[:, np.newaxis]).reshape(2, -1), np.tile([0, 1], len(factors))
    measured = contest.trial(contender, rates, which, watched=True, target=(TO_DISTANCE, -1.0))
    lengths = np.where(measured.reason == DIVERGED, np.inf, measured.watched.sums[0, LENGTH] / 30)
    assert np.array_equal(contest.mean_lengths(contender, rates, which, 30), contest.by_start(lengths).mean(axis=1))


@pytest.mark.parametrize("label", ["rmsprop", "adam"])
def test_graft_takes_the_baselines_step_length_in_its_own_direction(label):
    comparison = compare(optimizers=[{"name": "gd", "lr": 0.02}, RMSPROP, {"name": "adam", "lr": 0.1}], match="graft", steps=40)
    change = changes(comparison)[label, 0]
    assert change.length_of == "gd"
    first = next(run for run in comparison.upright.runs if (run.label, run.start) == (label, "A")).summary["first_step"]
    assert first == pytest.approx(step_lengths({"name": "gd", "lr": 0.02}, "A", 1)[0], rel=1e-14)
    assert ("gd", 0) not in changes(comparison)


def settling_by_closed_form(start: Array, condition: float, rates: Array, steps: int) -> Array:
    """From which step gd on 0.5 (w^2 + condition b^2) stays within 5 % of its first distance, at each rate: inf where it does not."""
    t = np.arange(steps + 1)[:, np.newaxis]
    with np.errstate(over="ignore"):
        distances = np.hypot(start[0] * (1.0 - rates) ** t, start[1] * (1.0 - condition * rates) ** t)
    outside = distances > 0.05 * np.hypot(*start)
    since = steps + 1 - np.argmax(outside[::-1], axis=0)
    return np.where(outside[-1], np.inf, since)


@pytest.mark.parametrize("condition", [2.0, 20.0, 200.0])
def test_tuned_finds_the_rate_at_which_gradient_descent_settles_first_by_closed_form(condition):
    request = {"objective": {"name": "quadratic", "condition": condition}, "steps": 300, "match": "tuned", "optimizers": ["gd", "rmsprop"]}
    comparison = compare(**request)
    for number, params in enumerate(comparison.plan.starts.values()):
        change = changes(comparison)["gd", number]
        assert change.rates is not None
        assert change.outcomes is not None
        assert len(change.rates) == 60
        expected = settling_by_closed_form(params.flat, condition, change.rates, 300)
        grows = ~np.isfinite(change.outcomes[1])
        np.testing.assert_array_equal(change.outcomes[0][~grows], expected[~grows])
        least = np.flatnonzero(change.outcomes[0] == expected.min())
        assert change.lr_after in change.rates[least]
        assert change.interior


@pytest.mark.parametrize(("start", "touched", "settled"), [("A", 162, 51), ("B", 165, 52)])
def test_tuned_by_settling_rmsprop_settles_much_sooner_than_tuned_by_the_end(start, touched, settled):
    comparison = compare(optimizers=["gd", {"name": "rmsprop", "rho": 0.9}], match="tuned", starts=[start], steps=200)
    [run] = [run for run in comparison.upright.runs if run.label == "rmsprop"]
    assert run.summary["settling_step"] == settled < touched


def test_every_optimizer_is_tuned_on_one_grid_and_the_record_is_what_single_runs_give():
    comparison = compare(optimizers=[{"name": "gd", "lr": 0.5}, RMSPROP], match="tuned", steps=100)
    for (label, start), change in changes(comparison).items():
        posted = {"name": "gd"} if label == "gd" else RMSPROP
        assert change.rates is not None
        assert change.outcomes is not None
        np.testing.assert_allclose(change.rates, np.geomspace(1e-4, 1.0, 60), rtol=1e-14)
        for rate, (steps, tail) in zip(change.rates[::7].tolist(), change.outcomes.T[::7], strict=True):
            run = trajectory({"optimizer": {**posted, "lr": rate}, "objective": "quadratic", "start": "AB"[start], "steps": 100})
            lost = run.status in ("diverged", "growing")
            assert steps == (np.inf if run.summary["settling_step"] is None else run.summary["settling_step"])
            assert tail == (np.inf if lost else pytest.approx(max(run.summary["tail_gap"], 1e-10 * run.values[0]), rel=1e-14))
        assert change.lr_after == change.rates[np.lexsort(change.outcomes[::-1])[0]]


def test_a_grid_is_extended_until_the_best_is_not_at_its_end():
    above = compare(optimizers=["gd", "adagrad"], match={"mode": "tuned", "grid": [1e-6, 1e-4, 10]}, steps=50)
    change = changes(above)["adagrad", 0]
    assert change.rates is not None
    assert change.interior
    assert len(change.rates) > 10
    assert change.rates[0] == 1e-6
    assert change.reason == "the best learning rate is outside the requested grid, so the grid was extended"
    np.testing.assert_allclose(np.diff(np.log(change.rates)), np.log(100) / 9, rtol=1e-9)
    below = compare(optimizers=["gd", "adagrad"], match={"mode": "tuned", "grid": [10.0, 1000.0, 5]}, steps=50)
    assert changes(below)["gd", 0].interior


@pytest.mark.parametrize("ends", [(5e-324, 1e300), (5e-324, 1e-320), (1e299, 1e300), (0.001, 1e300), (1e-300, 1.0)])
@pytest.mark.parametrize("count", [3, 60])
@pytest.mark.parametrize(("below", "above"), [(0, 0), (20, 0), (0, 20), (120, 120)])
def test_every_rate_of_a_grid_could_have_been_posted(ends, count, below, above):
    rates = RateGrid(*ends, count).rates(below, above)
    assert len(rates) >= count
    assert ((rates > 0) & (rates <= 1e300)).all()
    assert (np.diff(rates) >= 0).all()


@pytest.mark.parametrize("outcome", [np.inf, 1.0])
@pytest.mark.parametrize("ends", [(5e-324, 1e-320), (1e299, 1e300)])
def test_a_grid_is_extended_to_where_there_are_rates(ends, outcome):
    grid, asked = RateGrid(*ends, 3), list[Array]()

    def outcomes_of(rates: Array) -> Array:
        asked.append(rates)
        return np.full((2, len(rates)), outcome)

    rates, outcomes = extended(outcomes_of, grid, np.array([[3.0, 2.0, 1.0]] * 2))
    assert outcomes.shape == (2, len(rates))
    assert all(len(each) for each in asked)


@pytest.mark.parametrize("decay", [1e10, {"w": 0.0, "b": 1e10}], ids=["of all", "of a group"])
@pytest.mark.parametrize("match", ["first_step", "mean_step", {"mode": "tuned", "grid": [1e-300, 1e300, 5]}], ids=str)
def test_a_search_leaves_out_the_rates_at_which_an_optimizer_cannot_be_bound(decay, match):
    unscaled = {"name": "adamw", "lr": 1.0, "weight_decay": decay, "weight_decay_mode": "decoupled_unscaled"}
    start = {"w": [-5.0], "b": [-1.0]}
    request = {"objective": "quadratic", "start": start, "optimizers": [{"name": "gd", "lr": 1e-320}, unscaled], "steps": 3}
    comparison = run_comparison(plan_comparison({**request, "match": match}))
    found = [change for change in comparison.upright.changes if change.label == "adamw"]
    assert all(change.lr_after is None or 0 < change.lr_after <= 1e300 for change in found)
    assert all(np.isinf(change.outcomes[:, 0]).all() for change in found if change.outcomes is not None)


@pytest.mark.parametrize(
    ("steps", "tails", "best"),
    [
        ([3.0, 1.0, 1.0, 2.0], [1.0, 2.0, 2.0, 1.0], 1),  # fewest steps, and at equal tails the smaller rate
        ([3.0, 1.0, 1.0, 2.0], [1.0, 2.0, 1.0, 1.0], 2),  # then the least tail
        ([np.inf, np.inf, 5.0, np.inf], [0.0, 0.0, 9.0, 0.0], 2),  # whoever settles is before whoever does not
        ([np.inf] * 4, [4.0, 3.0, 2.0, 3.0], 2),  # where nobody settles, the least tail
    ],
)
def test_the_best_rate_settles_first_then_ends_lowest_then_is_the_smallest(steps, tails, best):
    rates, outcomes = extended(lambda tried: np.full((2, len(tried)), 9.0), RateGrid(1.0, 8.0, 4), np.array([steps, tails]))
    assert (len(rates), best_of(outcomes)) == (4, best)


def test_without_a_step_no_rate_is_better_and_the_smallest_is_taken():
    for change in changes(compare(optimizers=["gd", "adam"], match="tuned", steps=0)).values():
        assert change.rates is not None
        assert change.lr_after == change.rates[0]
        assert "diverges" not in str(change.reason)


def test_where_every_rate_diverges_the_run_is_as_posted_and_the_reason_told():
    comparison = run_comparison(
        plan_comparison(
            {"objective": "rosenbrock", "start": [1e60, 1e60], "optimizers": ["gd", {"name": "gd", "lr": 0.5}], "match": "tuned"}
        )
    )
    change = comparison.upright.changes[0]
    assert change.lr_after is None
    assert change.reason == "the run diverges or grows with every learning rate that was tried; the posted learning rate is used"


def test_tuned_needs_no_rate_and_averages_over_the_seeds():
    comparison = compare(optimizers=["gd", {"name": "normalized_gd"}], match="tuned", steps=60, noise={"std": 0.3, "seeds": [1, 2, 3]})
    change = changes(comparison)["normalized_gd", 1]
    assert change.lr_after is not None
    assert change.outcomes is not None
    assert change.rates is not None
    best = best_of(change.outcomes)
    assert np.isinf(change.outcomes[0]).all()  # with noise, settling measures the budget
    ends = [
        trajectory(
            {
                "optimizer": {"name": "normalized_gd", "lr": float(change.rates[best])},
                "objective": "quadratic",
                "start": "B",
                "steps": 60,
                "noise": {"std": 0.3, "seed": seed},
            }
        ).summary["tail_gap"]
        for seed in (1, 2, 3)
    ]
    assert change.outcomes[1, best] == pytest.approx(np.mean(ends), rel=1e-14)


@pytest.mark.parametrize(
    ("match", "told"),
    [
        ("tund", "unknown way of matching 'tund'; did you mean tuned?"),
        ({"mode": "none", "grid": [1, 2, 3]}, "expected only with tuned"),
        ({"mode": "tuned", "grid": [1, 1, 5]}, "expected [from, to, how many]"),
        ({"mode": "tuned", "grid": [0, 1, 5]}, "expected [from, to, how many]"),
        ({"mode": "tuned", "grid": [1, 2, 2]}, "expected [from, to, how many]"),
        ({"mode": "tuned", "grid": [1, 2, 3.5]}, "expected [from, to, how many]"),
        ({"mode": "tuned", "grd": [1, 2, 3]}, "unknown key 'grd'; did you mean grid?"),
        (7, "expected one of none, first_step, mean_step, graft, tuned, or an object with mode and grid"),
        ({}, "expected one of none"),
    ],
)
def test_a_way_of_matching_that_cannot_be_read_is_refused(match, told):
    with pytest.raises(Refusal) as refused:
        read_match(match)
    assert told in str(refused.value)


def test_a_rate_a_tensor_is_scaled_as_a_whole_and_not_tuned():
    start = {"w": [-5.0], "b": [-1.0]}
    groups = {"name": "gd", "lr": {"w": 0.02, "b": 0.01}, "label": "groups"}
    request = {"objective": "quadratic", "start": start, "optimizers": [{"name": "gd", "lr": 0.05}, groups]}
    comparison = run_comparison(plan_comparison({**request, "match": "first_step"}))
    lr = comparison.upright.runs[1].optimizer["lr"]
    assert lr["w"] == pytest.approx(2 * lr["b"])
    with pytest.raises(Refusal, match="optimizers/1/lr: expected one learning rate for all tensors"):
        plan_comparison({**request, "match": "tuned"})

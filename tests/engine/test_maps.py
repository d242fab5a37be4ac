"""Maps: each point of the grid is the trajectory from there, counts add up, and threads change nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine.comparing.comparison import run_comparison
from stepgrade_service.engine.comparing.comparison_parts import plan_comparison
from stepgrade_service.engine.comparing.map import REACHED_WITHIN, make_map, outcomes_told, run_map
from stepgrade_service.engine.comparing.map_plan import MEASURES, OF_EACH, plan_map, read_axes
from stepgrade_service.engine.objectives.resolve import resolve as resolve_objective
from stepgrade_service.engine.reading.cost import Limits, TooCostly
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.trajectory import trajectory

GD, RMSPROP = {"name": "gd", "lr": 0.02}, {"name": "rmsprop", "lr": 0.2, "rho": 0.9}
#: The decay of its weights is divided by its learning rate: each rate is another rule.
UNSCALED = {"name": "adamw", "convention": "paper", "lr": 0.05, "weight_decay": 0.1}

PLANE = {"x": [-6, 6, 5], "y": [-3, 3, 3]}
BOWL = {"objective": "quadratic", "optimizers": [GD, RMSPROP], "grid": PLANE, "steps": 200, "measure": list(MEASURES)}

#: A wide grid of Himmelblau's function: runs that reach each of the four minima, and runs that diverge.
HIMMELBLAU = {
    "objective": "himmelblau",
    "optimizers": [{"name": "gd", "lr": 0.012}, {"name": "momentum", "lr": 0.006}, {"name": "adam", "lr": 0.3}],
    "grid": {"x": [-7, 7, 7], "y": [-6, 6, 5]},
    "steps": 80,
}


def points_of(the_map: Any) -> list[tuple[tuple[int, ...], dict[str, float]]]:
    """The place of each point in the arrays, and where it is on the axes."""
    shape, axes = the_map.plan.shape, the_map.axes
    return [
        (place, {axis.name: float(axis.values[index]) for axis, index in zip(axes, reversed(place), strict=True)})
        for place in np.ndindex(*shape)
    ]


def alone(the_map: Any, number: int, where: dict[str, float], **more: Any) -> Any:
    """The single trajectory of an optimizer at a point of a map."""
    plan = the_map.plan
    start = plan.start.flat.tolist()
    for name, coordinate in (("x", 0), ("y", 1)):
        start[coordinate] = where.get(name, start[coordinate])
    optimizer = dict(plan.choices[number].echo)
    if "lr" in where:
        optimizer["lr"] = where["lr"]
    request = {"objective": plan.problem.echo, "optimizer": optimizer, "start": start, "steps": plan.steps, **more}
    for name in ("schedule", "noise", "target"):
        if name in plan.echoes:
            request[name] = plan.echoes[name]
    return trajectory(request)


def assert_as_single_runs(the_map: Any) -> set[str]:
    """Every array of each optimizer equals what the single trajectories give; returns how they ended."""
    seen = set[str]()
    for number, label in enumerate(the_map.labels):
        for place, where in points_of(the_map):
            run = alone(the_map, number, where)
            settled, steps, value, minimum = (the_map.measures[measure][label][place] for measure in OF_EACH)
            np.testing.assert_equal(settled, np.nan if run.summary["settling_step"] is None else run.summary["settling_step"])
            np.testing.assert_equal(steps, np.nan if run.summary["steps_to_target"] is None else run.summary["steps_to_target"])
            assert value == run.summary["final_value"]
            near = run.status != "diverged" and run.summary["final_distance"] <= REACHED_WITHIN
            nearest = np.flatnonzero((the_map.problem.minima == run.summary["minimum"]).all(axis=1))[0]
            np.testing.assert_equal(minimum, nearest if near else np.nan)
            seen.add(run.status if run.status == "diverged" else f"{nearest if near else None}")
    return seen


@pytest.mark.parametrize("pair", [(0, 1), (2,), (2, 0)])
@pytest.mark.parametrize("target", [{"distance": 0.05}, {"value_gap": 1e-3}])
def test_every_point_is_the_trajectory_from_there(pair, target):
    request = HIMMELBLAU | {"optimizers": [HIMMELBLAU["optimizers"][number] for number in pair], "target": target}
    seen = assert_as_single_runs(make_map(request | {"measure": list(OF_EACH)}))
    assert {"0", "1", "2", "3"} <= seen
    assert pair == (2,) or "diverged" in seen


@pytest.mark.parametrize(
    "changed",
    [
        {"grid": {"lr": [1e-3, 0.3, 6]}},
        {"grid": {"lr": [1e-3, 0.3, 4], "y": [-1, 2, 3]}, "start": "B"},
        {"grid": {"x": [-2, 2, 5]}, "start": [9.0, -1.0]},
        {"grid": {"y": [1, 1, 1]}},
        {"noise": {"std": 0.5, "seed": 7}},
        {"schedule": {"name": "inverse_time", "decay_rate": 0.1}},
        {"grid": {"lr": [1e-2, 0.1, 3]}, "objective": {"name": "sphere", "dimension": 5}, "start": [1, 2, 3, 4, 5]},
        {"grid": {"lr": [1e-2, 0.1, 3]}, "start": {"w": [2.0], "b": -1.0}},
        {"grid": {"lr": [1e-2, 0.1, 3], "x": [-2, 3, 4]}, "optimizers": [UNSCALED, UNSCALED | {"weight_decay": 0.3, "label": "more"}]},
        {"steps": 0},
    ],
    ids=str,
)
def test_so_it_is_over_learning_rates_along_one_axis_with_noise_and_with_a_schedule(changed):
    assert_as_single_runs(make_map(BOWL | {"measure": list(OF_EACH)} | changed))


def test_a_row_is_of_the_first_axis_and_rows_follow_the_second():
    the_map = make_map(BOWL)
    assert [axis.name for axis in the_map.axes] == ["x", "y"]
    assert the_map.measures["final_value"]["gd"].shape == (3, 5)
    assert make_map(BOWL | {"grid": {"y": [-3, 3, 3], "lr": [0.1, 0.2, 2]}}).measures["final_value"]["gd"].shape == (3, 2)
    assert make_map(BOWL | {"grid": {"lr": [0.1, 0.2, 2]}}).measures["direction_effect"].shape == (2,)


def test_learning_rates_are_evenly_spaced_in_their_logarithm_between_exact_ends():
    [axis] = read_axes({"lr": [1e-4, 1, 60]})
    assert axis.logarithmic
    assert (axis.values[0], axis.values[-1], len(axis.values)) == (1e-4, 1.0, 60)
    np.testing.assert_allclose(axis.values[1:] / axis.values[:-1], 1e4 ** (1 / 59), rtol=1e-14)


@pytest.mark.parametrize("objective", ["quadratic", "himmelblau"])
def test_the_effects_are_those_of_compare_at_each_point(objective):
    the_map = make_map(BOWL | {"objective": objective, "optimizers": [GD | {"lr": 0.01}, RMSPROP], "grid": PLANE, "steps": 60})
    starts = {str(place): [where["x"], where["y"]] for place, where in points_of(the_map)}
    asked = {"objective": objective, "optimizers": [GD | {"lr": 0.01}, RMSPROP], "steps": 60, "starts": starts}
    compared = run_comparison(plan_comparison(asked | {"decompose": ["gd", "rmsprop"]})).upright.decompositions
    outcomes = set()
    for place, _ in points_of(the_map):
        [found] = [each for each in compared if each.trial.start == str(place)]
        effects = {"magnitude_effect": found.trial.effects.magnitude, "direction_effect": found.trial.effects.direction}
        for name, effect in effects.items():
            np.testing.assert_equal(the_map.measures[name][place], np.nan if effect is None else effect.size)
        if found.trial.effects.direction is not None:
            outcome = outcomes_told(the_map.plan)[int(the_map.outcome[place])]
            outcomes.add(outcome)
            assert outcome == found.outcome
    assert objective != "quadratic" or outcomes == {"log10_settling_step", "log10_tail_gap"}


def test_the_counts_add_up_to_the_points():
    the_map = make_map(HIMMELBLAU | {"optimizers": HIMMELBLAU["optimizers"][::2], "measure": list(MEASURES)})
    counts = the_map.counts
    for measure in ("settling_step", "steps_to_target", "final_value"):
        told = counts[measure]
        apart = told.get("different_minima", 0)
        assert sum(told["ahead"].values()) + told["equal"] + told["neither"] + told["undefined"] + apart == told["cells"] == 35
        assert min(told["ahead"].values()) > 0
    for measure in ("direction_effect", "magnitude_effect"):
        assert sum(counts[measure].values()) == 35
    assert all(sum(told) == 35 and len(told) == 5 for told in counts["minimum_reached"].values())
    assert sum(counts["outcome"].values()) == 35
    for measure in ("settling_step", "steps_to_target"):
        steps = the_map.measures[measure]
        lost = {label: the_map.diverged[label] for label in the_map.labels}
        first, second = (np.where(np.isnan(steps[label]) | lost[label], np.inf, steps[label]) for label in the_map.labels)
        alike = np.isfinite(first) & np.isfinite(second) & (np.maximum(first, second) < 1.05 * np.minimum(first, second))
        assert counts[measure]["ahead"] == {"gd": ((first < second) & ~alike).sum(), "adam": ((second < first) & ~alike).sum()}
        assert counts[measure]["reached"] == {label: (~np.isnan(steps[label])).sum() for label in the_map.labels}


def test_differences_too_small_to_matter_are_equal_and_different_minima_are_no_race():
    """On Dupont's function most runs end at the same minimum, up to rounding."""
    pair = [{"name": "gd", "lr": 0.05}, {"name": "momentum", "lr": 0.05}]
    grid = {"x": [-2, 2, 21], "y": [-2, 2, 21]}
    request = {"objective": "dupont_two_gaussians", "optimizers": pair, "grid": grid, "steps": 300}
    counts = make_map(request | {"measure": ["final_value", "settling_step", "direction_effect", "minimum_reached"]}).counts
    ends = counts["final_value"]
    assert (ends["ahead"]["gd"], ends["ahead"]["momentum"], ends["equal"]) == (40, 150, 251)
    assert counts["settling_step"]["different_minima"] == 190
    assert counts["direction_effect"]["undefined"] >= 190


@pytest.mark.parametrize("objective", ["quadratic", "dupont_two_gaussians"])
def test_how_two_stand_at_each_point_is_what_is_counted(objective):
    the_map = make_map(
        {
            "objective": objective,
            "optimizers": [{"name": "gd", "lr": 0.02}, {"name": "rmsprop", "lr": 0.2}],
            "grid": {"x": [-2, 2, 9], "y": [-2, 2, 8]},
            "steps": 60,
            "measure": ["settling_step", "steps_to_target", "final_value"],
        }
    )
    assert the_map.standings == ("gd", "rmsprop", "equal", "neither", "different_minima")
    for measure, standing in the_map.standing.items():
        counts = the_map.counts[measure]
        told = [*counts["ahead"].values(), counts["equal"], counts["neither"], counts.get("different_minima", 0)]
        assert [int((standing == number).sum()) for number in range(5)] == told
        assert int(np.isnan(standing).sum()) == counts["undefined"]


def test_one_optimizer_alone_stands_nowhere():
    request = {"objective": "quadratic", "optimizers": ["momentum"], "grid": {"x": [-2, 2, 3]}, "start": "A", "steps": 5}
    assert make_map({**request, "optimizers": [{"name": "momentum", "lr": 0.01}]}).standing == {}


def test_a_run_that_diverged_is_never_ahead():
    the_map = make_map(
        BOWL | {"optimizers": [GD | {"lr": 0.2}, GD | {"label": "slow"}], "steps": 2000, "grid": {"x": [1, 5, 3], "y": [1, 3, 2]}}
    )
    assert the_map.counts["final_value"]["diverged"] == {"gd": 6, "slow": 0}
    assert the_map.counts["final_value"]["ahead"] == {"gd": 0, "slow": 6}
    assert the_map.counts["minimum_reached"]["gd"] == [0, 6]


def test_where_the_objective_is_not_finite_there_is_nothing_and_the_other_points_are_as_they_were():
    wide = {"x": [-1e200, 1e200, 3], "y": [-1, 1, 3]}
    the_map = make_map({"objective": "himmelblau", "optimizers": [GD, "adam"], "grid": wide, "measure": list(MEASURES), "steps": 10})
    assert the_map.counts["undefined"] == 6
    assert the_map.counts["settling_step"]["undefined"] == the_map.counts["steps_to_target"]["undefined"] == 6
    for measure in OF_EACH:
        for numbers in the_map.measures[measure].values():
            assert np.isnan(numbers[:, [0, 2]]).all()
    for effect in ("direction_effect", "magnitude_effect"):
        assert np.isnan(the_map.measures[effect][:, [0, 2]]).all()
    narrow = make_map({"objective": "himmelblau", "optimizers": [GD, "adam"], "grid": {"x": [0, 0, 1], "y": [-1, 1, 3]}, "steps": 10})
    np.testing.assert_array_equal(the_map.measures["settling_step"]["adam"][:, 1:2], narrow.measures["settling_step"]["adam"])


@pytest.mark.parametrize("more", [{}, {"noise": {"std": 0.3, "seed": 1}}], ids=str)
def test_threads_do_not_change_a_bit(more):
    plan = plan_map(BOWL | {"objective": "himmelblau", "grid": {"x": [-5, 5, 71], "y": [-5, 5, 67]}, "steps": 30, **more})
    assert plan.points * 2 > 2 * 4096  # enough for two threads
    one, three = run_map(plan, 1), run_map(plan, 3)
    assert one.counts == three.counts
    for measure, numbers in one.measures.items():
        pairs = (
            [(numbers, three.measures[measure])]
            if measure not in OF_EACH
            else [(numbers[at], three.measures[measure][at]) for at in one.labels]
        )
        for a, b in pairs:
            assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("mode", ["first_step", "mean_step", "graft", {"mode": "tuned", "grid": [1e-3, 1, 13]}], ids=str)
@pytest.mark.parametrize("other", [RMSPROP, UNSCALED], ids=lambda other: other["name"])
def test_matched_rates_are_those_of_compare(mode, other):
    grid = {"x": [-5, -1, 2], "y": [-2, 1, 2]}
    ends = ["settling_step", "final_value"]
    the_map = make_map(BOWL | {"grid": grid, "match": mode, "steps": 50, "optimizers": [GD, other], "measure": ends})
    starts = {str(place): [where["x"], where["y"]] for place, where in points_of(the_map)}
    asked = {"objective": "quadratic", "optimizers": [GD, other], "steps": 50, "starts": starts, "match": mode}
    compared = run_comparison(plan_comparison(asked))
    for run in compared.upright.runs:
        place = next(place for place, _ in points_of(the_map) if str(place) == run.start)
        np.testing.assert_equal(
            the_map.measures["settling_step"][run.label][place],
            np.nan if run.summary["settling_step"] is None else run.summary["settling_step"],
        )
        assert the_map.measures["final_value"][run.label][place] == run.summary["final_value"]
        if mode != "graft":
            np.testing.assert_equal(the_map.rates[run.label][place], run.optimizer["lr"] if run.is_matched else np.nan)
    assert (mode == "graft") == (the_map.rates == {})


@pytest.mark.parametrize("mode", ["first_step", "mean_step", {"mode": "tuned", "grid": [1e-3, 1, 13]}], ids=str)
def test_a_matched_run_is_the_trajectory_at_the_rate_that_is_told(mode):
    the_map = make_map(BOWL | {"grid": {"x": [-5, -1, 2], "y": [-2, 1, 2]}, "match": mode, "steps": 50, "optimizers": [GD, UNSCALED]})
    found = [(place, where) for place, where in points_of(the_map) if not np.isnan(the_map.rates["adamw"][place])]
    assert found
    for place, where in found:
        run = alone(the_map, 1, where | {"lr": float(the_map.rates["adamw"][place])})
        assert the_map.measures["final_value"]["adamw"][place] == run.summary["final_value"]


def test_over_learning_rates_the_other_s_first_step_is_matched_to_the_baseline_s():
    the_map = make_map(BOWL | {"grid": {"lr": [1e-3, 0.1, 5]}, "match": "first_step", "optimizers": ["gd", "normalized_gd"]})
    [axis] = the_map.axes
    gradient = np.linalg.norm(resolve_objective("quadratic", 2).evaluate(the_map.plan.start.flat.reshape(2, 1))[1])
    np.testing.assert_array_equal(the_map.rates["gd"], axis.values)
    np.testing.assert_allclose(the_map.rates["normalized_gd"], axis.values * gradient, rtol=1e-12)


def test_over_learning_rates_none_need_be_given_and_one_that_is_does_not_matter():
    grid = {"grid": {"lr": [1e-3, 0.1, 5]}}
    bare = make_map(BOWL | grid | {"optimizers": ["gd", {"name": "rmsprop", "rho": 0.9}]})
    given = make_map(BOWL | grid)
    assert bare.counts == given.counts
    assert all("lr" not in entry for entry in bare.plan.echoes["optimizers"])
    with pytest.raises(Refusal, match="lr has no default"):
        plan_map(BOWL | {"optimizers": [{"name": "gd", "convention": "optax"}]})
    assert make_map(BOWL | grid | {"optimizers": [{"name": "gd", "convention": "optax"}], "measure": "final_value"}).plan.points == 5


def refused(**changed: Any) -> dict[str, str]:
    with pytest.raises(Refusal) as caught:
        plan_map(BOWL | changed)
    return {"/".join(map(str, fault.path)): fault.detail for fault in caught.value.faults}


@pytest.mark.parametrize(
    ("grid", "where"),
    [
        ({}, "grid"),
        ([1, 2, 3], "grid"),
        ({"x": [1, 2]}, "grid/x"),
        ({"x": "1"}, "grid/x"),
        ({"x": [True, 2, 3]}, "grid/x/0"),
        ({"x": [1, 2, 2.5]}, "grid/x/2"),
        ({"x": [1, 2, 0]}, "grid/x/2"),
        ({"x": [1, 2, 1001]}, "grid/x/2"),
        ({"x": [2, 1, 3]}, "grid/x/1"),
        ({"x": [2, 2, 3]}, "grid/x/1"),
        ({"x": [1, 2, 1]}, "grid/x/1"),
        ({"x": [1, 1 + 1e-15, 100]}, "grid/x"),
        ({"x": [-1e301, 1, 3]}, "grid/x/0"),
        ({"lr": [0, 1, 3]}, "grid/lr/0"),
        ({"lr": [-1, 1, 3]}, "grid/lr/0"),
        ({"lr": [1e-3, 1e301, 3]}, "grid/lr/1"),
        ({"z": [1, 2, 3]}, "grid/z"),
        ({"x": [1, 2, 3], "y": [1, 2, 3], "lr": [1, 2, 3]}, "grid"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_grid_is_told_where_it_is(grid, where):
    assert list(refused(grid=grid)) == [where]


def test_an_unknown_axis_is_told_with_the_nearest():
    assert "did you mean lr" in refused(grid={"LR_": [1, 2, 3]})["grid/LR_"]


def test_every_fault_is_told_at_once():
    faults = refused(
        grid={"x": [3, 1, 5], "lr": [0, 1, 2.5], "w": [1, 2, 3]}, measure=["steps", "final_value"], match="tuned", target={"time": 1}
    )
    assert set(faults) == {"grid/x/1", "grid/lr/0", "grid/lr/2", "grid/w", "measure/0", "match", "target/time"}


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"objective": {"name": "sphere", "dimension": 3}}, {"grid/x", "grid/y"}),
        ({"objective": "saddle"}, {"measure"}),
        ({"objective": "saddle", "measure": "final_value", "target": {"distance": 0.1}}, {"target"}),
        ({"optimizers": [GD]}, {"measure"}),
        ({"optimizers": [GD, GD, GD]}, {"optimizers"}),
        ({"optimizers": []}, {"optimizers"}),
        ({"measure": []}, {"measure"}),
        ({"measure": ["final_value", "final_value"]}, {"measure"}),
        ({"measure": 3}, {"measure"}),
        ({"baseline": "adam"}, {"baseline"}),
        ({"grid": {"lr": [1, 2, 3]}, "schedule": [0.1] * 200}, {"schedule"}),
        (
            {"grid": {"lr": [1, 2, 3]}, "start": {"w": 1, "b": 2}, "optimizers": [{"name": "gd", "lr": {"w": 1, "b": 2}}, GD]},
            {"optimizers/0/lr"},
        ),
    ],
    ids=lambda told: str(sorted(told) if isinstance(told, set) else told),
)
def test_what_does_not_go_together_is_refused(changed, where):
    assert set(refused(**changed)) == where


def test_a_huge_grid_is_refused_before_any_work_with_advice():
    with pytest.raises(TooCostly) as caught:
        plan_map(BOWL | {"grid": {"x": [-6, 6, 1000], "y": [-3, 3, 1000]}})
    assert "coarser grid" in str(caught.value)
    with pytest.raises(TooCostly) as caught:
        plan_map(BOWL | {"grid": {"x": [-6, 6, 800], "y": [-3, 3, 800]}, "steps": 1, "measure": list(OF_EACH)})
    assert caught.value.what == "numbers in the answer"
    with pytest.raises(TooCostly):
        plan_map(BOWL | {"grid": {"x": [-6, 6, 101], "y": [-3, 3, 101]}, "match": "mean_step"})


def numbers_of(the_map):
    arrays = [numbers for numbers in the_map.measures.values() if isinstance(numbers, np.ndarray)]
    arrays += [each for numbers in the_map.measures.values() if isinstance(numbers, dict) for each in numbers.values()]
    arrays += [the_map.outcome, *the_map.rates.values(), *(axis.values for axis in the_map.axes)]
    return sum(array.size for array in arrays)


def test_the_price_of_the_answer_is_its_numbers_and_its_echoes():
    the_map = make_map(BOWL | {"match": "mean_step"})
    finer = make_map(BOWL | {"match": "mean_step", "grid": {"x": [-6, 6, 7], "y": [-3, 3, 7]}})
    assert the_map.plan.answer >= numbers_of(the_map)
    assert finer.plan.answer - the_map.plan.answer == pytest.approx(numbers_of(finer) - numbers_of(the_map), rel=1e-12)
    assert make_map(BOWL, Limits(answer=the_map.plan.answer)).counts


# The basin map of Dupont's function (reference: "Optimization algorithms visualization"): 81 x 81 starts, which minimum is reached.

ADAM = {"name": "adam", "lr": 0.01, "beta1": 0.9, "beta2": 0.999, "eps": 1e-6}
AS_SHIPPED = ADAM | {"beta1": 0.7, "bias_correction": False}

#: Shares in percent: of the global minimum, of the local one, of neither; None where none was told.
SHARES = [
    ({"name": "gd", "lr": 0.02}, 500, (54.8, 45.2, None)),
    ({"name": "momentum", "lr": 0.01, "momentum": 0.8}, 200, (59.1, 40.8, None)),
    ({"name": "rmsprop", "lr": 0.01, "rho": 0.99, "eps": 1e-6}, 300, (65.4, 34.5, None)),
    (AS_SHIPPED, 100, (66.8, 33.1, None)),
    (ADAM, 500, (65.9, 33.6, None)),
    ({"name": "normalized_gd", "lr": 0.01}, 500, (54.7, 45.3, None)),
    # The budget of 100 steps is too short once the bias is corrected.
    (ADAM, 100, (None, None, 53.5)),
    (AS_SHIPPED | {"bias_correction": True}, 100, (None, None, 50.7)),
]


@pytest.mark.parametrize(("optimizer", "steps", "expected"), SHARES, ids=str)
def test_the_basin_shares_of_dupont_s_function(optimizer, steps, expected):
    grid = {"x": [-2, 2, 81], "y": [-2, 2, 81]}
    request = {"objective": "dupont_two_gaussians", "optimizers": [optimizer], "grid": grid, "measure": "minimum_reached", "steps": steps}
    [counts] = make_map(request, threads=2).counts["minimum_reached"].values()
    shares = 100 * np.array(counts) / 81**2
    for share, told in zip(shares, expected, strict=True):
        assert told is None or abs(share - told) <= 0.1

"""Comparisons: the 2 x 2 against a second, plain computation; verdicts from their numbers alone; rankings, rotation, noise, prices."""

from __future__ import annotations

from itertools import product
from math import log10
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stepgrade_service.engine.comparing.comparison import Comparison, run_comparison
from stepgrade_service.engine.comparing.comparison_paths import panels_of
from stepgrade_service.engine.comparing.comparison_plan import plan_comparison
from stepgrade_service.engine.comparing.decomposition import effects_of
from stepgrade_service.engine.comparing.sentences import conclude, together
from stepgrade_service.engine.comparing.verdict import Cell, Effect, Effects, Trial
from stepgrade_service.engine.reading.cost import Limits, TooCostly
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.trajectory import trajectory

Array = NDArray[np.float64]

SGD_02, SGD_09 = {"name": "gd", "lr": 0.02}, {"name": "gd", "lr": 0.09}
RMSPROP = {"name": "rmsprop", "lr": 0.2, "rho": 0.9}
NGD = {"name": "normalized_gd", "lr": 0.2}


def compare(**request: Any) -> Comparison:
    return run_comparison(plan_comparison({"objective": "quadratic", "starts": ["A", "B"], "steps": 200, **request}))


def decomposed(plain: dict[str, Any], **more: Any) -> Comparison:
    return compare(optimizers=[plain, RMSPROP], decompose=["gd", "rmsprop"], **more)


# A second, plain computation of the four cells: NumPy, one run, no batch.


def gradient(x: Array) -> Array:
    return np.array([1.0, 20.0]) * x


def steps_of_the_bowl(plain_lr: float, length: str, direction: str, start: Array, steps: int = 200) -> tuple[int | None, float]:
    """T, and the value at the end, of gd at plain_lr and RMSprop .2 (rho .9, eps 1e-8) grafted as said."""
    x, square, reached = start.copy(), np.zeros(2), None
    for t in range(steps + 1):
        if reached is None and np.linalg.norm(x) <= 0.05 * np.linalg.norm(start):
            reached = t
        g = gradient(x)
        square = 0.9 * square + 0.1 * g * g
        proposals = {"gd": -plain_lr * g, "rmsprop": -0.2 * g / (np.sqrt(square) + 1e-8)}
        value = 0.5 * (x[0] ** 2 + 20.0 * x[1] ** 2)
        x = x + np.linalg.norm(proposals[length]) * proposals[direction] / (np.linalg.norm(proposals[direction]) + 1e-16)
    return reached, float(value)


@pytest.mark.parametrize("plain_lr", [0.02, 0.09, 0.05])
def test_effects_and_interaction_equal_a_plain_computation_of_the_four_cells(plain_lr):
    comparison = decomposed({"name": "gd", "lr": plain_lr})
    for found, start in zip(comparison.upright.decompositions, ([-5.0, -1.0], [-0.3, -2.0]), strict=True):
        cells = [
            steps_of_the_bowl(plain_lr, length, direction, np.array(start)) for direction, length in product(("gd", "rmsprop"), repeat=2)
        ]
        assert [cell.steps_to_target for cell in found.trial.cells] == [steps for steps, _ in cells]
        ss, rs, sr, rr = (log10(steps or 0) for steps, _ in cells)
        effects = found.trial.effects
        assert effects.magnitude is not None
        assert effects.direction is not None
        assert effects.interaction is not None
        assert effects.magnitude.size == pytest.approx(((rs - ss) + (rr - sr)) / 2, abs=1e-12)
        assert effects.direction.size == pytest.approx(((sr - ss) + (rr - rs)) / 2, abs=1e-12)
        assert effects.interaction.size == pytest.approx(rr - rs - sr + ss, abs=1e-12)
        assert effects.magnitude.size + effects.direction.size == pytest.approx(rr - ss, abs=1e-12)


def test_where_a_cell_misses_the_target_all_four_are_measured_by_the_value_gap():
    (found, _) = decomposed(SGD_02, steps=100).upright.decompositions
    assert found.outcome == "log10_value_gap"
    cells = [
        steps_of_the_bowl(0.02, length, direction, np.array([-5.0, -1.0]), 100)
        for direction, length in product(("gd", "rmsprop"), repeat=2)
    ]
    for cell, (_, value) in zip(found.trial.cells, cells, strict=True):
        assert cell.value_gap == pytest.approx(value, rel=1e-9)
        assert cell.outcome == pytest.approx(log10(value), rel=1e-9)
    assert (found.conclusion.result, found.conclusion.because) == ("helped", "interaction")
    assert "it reached the target in 28 steps, gd did not within 100 steps." in found.conclusion.verdict
    assert "Since the target was missed by gd and rmsprop at gd's step length, the value gap left at the end is what is split" in (
        found.conclusion.verdict
    )


def test_effects_are_those_of_a_factorial_experiment():
    outcomes = np.random.default_rng(3).normal(size=(4, 5, 7))
    magnitude, direction, interaction = effects_of(outcomes)
    np.testing.assert_allclose(magnitude + direction, outcomes[3] - outcomes[0])
    swapped = effects_of(outcomes[[0, 2, 1, 3]])
    np.testing.assert_allclose(swapped, [direction, magnitude, interaction])
    np.testing.assert_allclose(effects_of(outcomes + 5.0), [magnitude, direction, interaction])


# The learner's question, answered.


def test_from_a_slow_gradient_descent_rmsprops_lead_is_step_length():
    found, _ = decomposed(SGD_02).upright.decompositions
    assert (found.conclusion.result, found.conclusion.because) == ("helped", "step length")
    assert found.conclusion.verdict == (
        "From A, rmsprop helped: it reached the target in 28 steps, gd in 148 (5.29 times fewer). On average its step length divides the "
        "steps by 5.03, its direction divides the steps by 1.05: it was mostly the step length."
    )


def test_from_b_the_interaction_outweighs_both_effects_and_the_verdict_says_so():
    _, found = decomposed(SGD_02).upright.decompositions
    effects = found.trial.effects
    assert effects.magnitude is not None
    assert effects.direction is not None
    assert effects.interaction is not None
    assert abs(effects.interaction.size) > max(abs(effects.magnitude.size), abs(effects.direction.size))
    assert (found.conclusion.result, found.conclusion.because) == ("helped", "interaction")
    assert "neither is the reason by itself, for their interaction outweighs both" in found.conclusion.verdict
    assert (
        "gd's direction at rmsprop's step length took 13 steps, rmsprop's direction at gd's step length took 10 steps"
        in found.conclusion.verdict
    )


def test_against_normalised_gradient_descent_rmsprop_has_no_lead_from_a():
    comparison = compare(optimizers=[NGD, RMSPROP], decompose=["normalized_gd", "rmsprop"])
    found = comparison.upright.decompositions[0]
    assert [found.trial.cells[number].steps_to_target for number in (0, 3)] == [27, 28]
    assert found.conclusion.result == "tie"
    assert "made no difference worth the name" in found.conclusion.verdict


def test_turned_by_45_degrees_verdicts_flip_and_gradient_descents_numbers_stay():
    comparison = decomposed(SGD_09, rotate=[45, 90])
    at_45, at_90 = comparison.turned
    assert [run.summary["steps_to_target"] for run in at_45.runs] == [32, 16, 35, 28]
    assert [run.summary["steps_to_target"] for run in at_90.runs] == [32, 16, 28, 9]
    assert ("B", "result", "helped", "hurt") in [(flip.start, flip.of, flip.at_0, flip.here) for flip in at_45.flips]
    assert at_90.flips == ()
    for level, turned in zip(comparison.upright.runs[:2], at_45.runs[:2], strict=True):
        for measure in ("path_length", "path_efficiency", "descent_cosine", "target_cosine", "final_value"):
            assert turned.summary[measure] == pytest.approx(level.summary[measure], rel=1e-9)


def test_a_turned_comparison_is_matched_anew_at_its_angle():
    comparison = compare(optimizers=[SGD_02, RMSPROP], match="first_step", rotate=[45], steps=20)
    (at_45,) = comparison.turned
    for run, lengths in zip(at_45.runs[2:], comparison.upright.runs[:2], strict=True):
        assert run.summary["first_step"] == pytest.approx(lengths.summary["first_step"], rel=1e-9)
    assert at_45.changes[2].lr_after != comparison.upright.changes[2].lr_after


@pytest.mark.parametrize("match", ["none", "first_step", "mean_step", "tuned"])
@pytest.mark.parametrize("objective", ["rosenbrock", "himmelblau", {"name": "quadratic", "condition": 50, "dimension": 5}])
def test_a_run_is_what_the_trajectory_of_its_echo_gives(objective, match):
    comparison = run_comparison(
        plan_comparison({"objective": objective, "optimizers": [{"name": "gd", "lr": 1e-3}, "adam"], "match": match, "steps": 150})
    )
    for run in comparison.upright.runs:
        alone = trajectory({"objective": objective, "optimizer": run.optimizer, "steps": 150})
        assert run.diverged_at == alone.diverged_at
        for name, value in alone.summary.items():
            np.testing.assert_array_equal(run.summary[name], value, err_msg=name)


def test_the_ranking_is_by_steps_then_by_value_then_diverged_and_ties_share_a_rank():
    optimizers = [
        {**SGD_02, "label": "slow"},
        {**RMSPROP, "label": "quick"},
        {**RMSPROP, "label": "as quick"},
        {"name": "gd", "lr": 1.0, "label": "diverges"},
        {"name": "gd", "lr": 1e-4, "label": "hardly moves"},
    ]
    ranking = compare(optimizers=optimizers, steps=1000).upright.ranking["A"]
    assert [(place.rank, place.label) for place in ranking] == [
        (1, "quick"),
        (1, "as quick"),
        (3, "slow"),
        (4, "hardly moves"),
        (5, "diverges"),
    ]
    assert ranking[-1].final_value is None


def test_labels_are_the_names_made_unique_and_starts_are_called_as_they_were_posted():
    optimizers = ["gd", "adam", {"name": "Adam", "convention": "keras"}, "adam"]
    comparison = compare(optimizers=optimizers, starts=["B", [1.0, 2.0], [3, 4]], steps=3)
    assert [contender.label for contender in comparison.upright.contenders] == ["gd", "adam", "Adam", "adam 2"]
    assert list(comparison.upright.ranking) == ["B", "start 2", "start 3"]
    assert list(compare(optimizers=optimizers, starts={"near": [0.1, 0], "far": "A"}, steps=3).upright.ranking) == ["near", "far"]
    single = run_comparison(plan_comparison({"objective": "quadratic", "optimizers": ["gd", "adam"]}))
    assert list(single.upright.ranking) == ["default"]
    assert single.plan.steps == 100


# Noise.


def test_with_seeds_means_and_spreads_are_those_of_the_single_runs():
    seeds = [1, 2, 3, 4]
    comparison = compare(optimizers=[SGD_02, RMSPROP], noise={"std": 0.5, "seeds": seeds}, steps=120)
    for run in comparison.upright.runs:
        alone = [
            trajectory(
                {
                    "objective": "quadratic",
                    "optimizer": run.optimizer,
                    "start": run.start,
                    "steps": 120,
                    "noise": {"std": 0.5, "seed": seed},
                }
            ).summary
            for seed in seeds
        ]
        for name in ("path_length", "final_value", "final_distance", "descent_cosine"):
            numbers = [summary[name] for summary in alone]
            assert run.summary[name] == pytest.approx(np.mean(numbers), rel=1e-12)
            assert run.spread[name] == pytest.approx(np.std(numbers, ddof=1), rel=1e-9)
        assert [seed.steps_to_target for seed in run.seeds] == [summary["steps_to_target"] for summary in alone]
        everywhere = all(summary["steps_to_target"] is not None for summary in alone)
        assert (run.summary["steps_to_target"] is not None) == everywhere


def test_with_seeds_effects_are_means_with_standard_errors_and_the_verdict_tells_them():
    seeds = list(range(12))
    many = decomposed(SGD_09, noise={"std": 1.0, "seeds": seeds})
    each = [decomposed(SGD_09, noise={"std": 1.0, "seeds": [seed]}) for seed in seeds]
    for start, found in enumerate(many.upright.decompositions):
        singles = [one.upright.decompositions[start].trial.effects.direction for one in each]
        sizes = [single.size for single in singles if single is not None]
        assert len(sizes) == len(seeds)
        assert found.trial.effects.direction is not None
        assert found.trial.effects.direction.size == pytest.approx(np.mean(sizes), rel=1e-9)
        assert found.trial.effects.direction.error == pytest.approx(np.std(sizes, ddof=1) / np.sqrt(len(seeds)), rel=1e-9)
        assert "with 95 % intervals over 12 seeds" in found.conclusion.verdict
    assert "With one seed it is not known how much of this is chance." in each[0].upright.decompositions[0].conclusion.verdict


def test_every_optimizer_meets_the_same_noise():
    comparison = compare(optimizers=[SGD_02, {**SGD_02, "label": "again"}], noise={"std": 2.0, "seeds": [5, 6]})
    first, again = comparison.upright.runs[:2], comparison.upright.runs[2:]
    for one, other in zip(first, again, strict=True):
        assert one.summary["final_value"] == other.summary["final_value"]


# Verdicts, from numbers made up.


def trial(cells: list[float], in_steps: bool = True, errors: tuple[float, ...] | None = None, **more: Any) -> Trial:
    """Cells in the order plain, other's length, other's direction, other."""
    outcomes = np.log10(cells)
    magnitude, direction, interaction = (float(effect) for effect in effects_of(outcomes))
    lead = float(outcomes[3] - outcomes[0])
    within = errors or (None,) * 4
    effects = Effects(*(Effect(size, half, half) for size, half in zip((lead, magnitude, direction, interaction), within, strict=True)))
    names = [("gd", "gd"), ("rms", "gd"), ("gd", "rms"), ("rms", "rms")]
    told = [
        Cell(length, direction_of, steps if in_steps else None, steps, None, log10(steps))
        for (length, direction_of), steps in zip(names, cells, strict=True)
    ]
    return Trial("A", tuple(told), effects, in_steps, 200, lead=effects.lead, **more)


@pytest.mark.parametrize(
    ("cells", "result", "because"),
    [
        ([100, 20, 100, 20], "helped", "step length"),
        ([100, 100, 20, 20], "helped", "direction"),
        ([100, 50, 50, 25], "helped", "both"),
        ([25, 50, 50, 100], "hurt", "both"),
        ([20, 100, 20, 100], "hurt", "step length"),
        ([20, 20, 100, 100], "hurt", "direction"),
        ([100, 101, 99, 100], "tie", None),
        ([100, 50, 200, 100], "tie", None),
        ([54, 13, 10, 9], "helped", "interaction"),
        ([100, 1000, 1000, 100], "tie", "interaction"),
        ([100, 20, 200, 40], "helped", "step length"),
    ],
)
def test_a_verdict_follows_from_the_four_cells(cells, result, because):
    finding = conclude(trial(cells))
    assert (finding.result, finding.because) == (result, because)
    sentence = conclude(trial(cells)).verdict
    opening = {"helped": "rms helped", "hurt": "rms hurt", "tie": "no difference worth the name"}[result]
    assert opening in sentence
    assert sentence.endswith(".")


def test_a_lead_within_its_interval_is_undecided():
    certain = trial([100, 50, 100, 50], errors=(0.2, 0.2, 0.2, 0.2), seeds=9)
    assert conclude(certain).result == "helped"
    uncertain = trial([100, 50, 100, 50], errors=(0.4, 0.4, 0.4, 0.4), seeds=9)
    assert conclude(uncertain).result == "undecided"
    assert "it is undecided whether rms helped or hurt" in conclude(uncertain).verdict
    assert "chance may explain that" in conclude(uncertain).verdict


def test_cancelling_effects_are_told_of_a_tie():
    cancelling = trial([100, 50, 200, 100])
    assert "divides the steps by 2, its direction multiplies the steps by 2: the two cancel out." in conclude(cancelling).verdict
    assert "neither matters here" in conclude(trial([100, 101, 99, 100])).verdict


def test_different_minima_are_told():
    assert conclude(trial([100, 50, 100, 50], minima_differ=True)).verdict.endswith("so this compares their ways to different places.")


def test_a_diverged_opponent_decides_and_the_lead_cannot_be_split():
    comparison = decomposed({"name": "gd", "lr": 0.3}, steps=2000)
    found = comparison.upright.decompositions[0]
    assert (found.conclusion.result, found.conclusion.because) == ("helped", None)
    assert found.trial.effects.magnitude is None
    assert "gd diverged at step" in found.conclusion.verdict
    assert "and rmsprop did not." in found.conclusion.verdict
    turned = compare(optimizers=[RMSPROP, {"name": "gd", "lr": 0.3}], decompose=["rmsprop", "gd"], steps=2000)
    assert turned.upright.decompositions[0].conclusion.result == "hurt"
    both = compare(
        optimizers=[{"name": "gd", "lr": 0.3}, {"name": "gd", "lr": 0.4}], decompose=["gd", "gd 2"], steps=2000
    ).upright.decompositions[0]
    assert both.conclusion.result == "undecided"


def test_a_start_within_the_target_is_told():
    within = decomposed(SGD_02, target={"distance": 1.0}).upright.decompositions[0]
    assert within.conclusion.result == "tie"
    assert "The start is within the target already" in within.conclusion.verdict


def test_a_gap_that_is_rounding_counts_as_one_part_in_1e16_of_the_starts():
    sphere = {"objective": "sphere", "start": [3.0, 4.0], "target": {"distance": 0}, "steps": 1}
    exact = {"name": "gd", "lr": 0.5, "label": "exact"}
    found = run_comparison(plan_comparison({**sphere, "optimizers": [SGD_02, exact], "decompose": ["gd", "exact"]})).upright.decompositions[
        0
    ]
    assert found.trial.cells[3].value_gap == 0.0
    assert found.trial.cells[3].outcome == pytest.approx(log10(25e-16))
    assert found.conclusion.result == "helped"


def test_who_reaches_the_target_is_ahead_whatever_is_left_at_the_end():
    found = run_comparison(
        plan_comparison({"objective": "beale", "optimizers": [SGD_02, RMSPROP], "steps": 200, "decompose": ["gd", "rmsprop"]})
    )
    assert [place.label for place in found.upright.ranking["default"]] == ["rmsprop", "gd"]
    finding = found.upright.decompositions[0].conclusion
    assert (finding.result, finding.because) == ("helped", None)
    assert "it reached the target in 31 steps, gd did not within 200 steps." in finding.verdict
    assert "measured by the gap rmsprop is behind." in finding.verdict


def test_the_verdict_agrees_with_the_ranking_wherever_there_is_one():
    for objective in ("beale", "rosenbrock", "himmelblau", "styblinski_tang", "linreg_tiny", "logreg_tiny"):
        for steps in (20, 100):
            request = {"objective": objective, "optimizers": [SGD_02, RMSPROP], "steps": steps, "decompose": ["gd", "rmsprop"]}
            upright = run_comparison(plan_comparison(request)).upright
            (places,), (found,) = upright.ranking.values(), upright.decompositions
            if found.conclusion.result in ("helped", "hurt") and not found.trial.minima_differ:
                assert places[0].label == ("rmsprop" if found.conclusion.result == "helped" else "gd"), (objective, steps)


@pytest.mark.parametrize(
    ("length", "direction", "both", "told"),
    [
        (-0.6, -0.7, -0.8, "either alone does most of what both do"),
        (-6.8, -5.8, -2.6, "each alone helps more than both together"),
        (-0.05, -0.4, 0.9, "each alone helps, and together they hurt"),
        (0.5, 0.6, -0.3, "each alone hurts, and together they help"),
        (0.5, 0.6, 0.3, "each alone hurts more than both together"),
        (-0.2, -0.3, -0.9, "together they help more than both alone add up to"),
        (0.2, 0.3, 0.9, "together they hurt more than both alone add up to"),
        (-0.4, 0.5, 0.0, "alone each makes a difference, and together none"),
        (-0.4, 0.5, -0.6, "alone the two pull apart, and together they do not add up"),
        (-0.1, -0.8, -0.85, "both together do less than they add up to"),
    ],
)
def test_an_interaction_is_told_as_the_three_differences_have_it(length, direction, both, told):
    assert together(length, direction, both) == told


# Requests that are wrong, and what they cost.


@pytest.mark.parametrize(
    ("change", "pointer", "told"),
    [
        ({"optimizers": ["gd"]}, "optimizers", "expected a list of optimizers, from 2 to 50"),
        ({"optimizers": "gd"}, "optimizers", "expected a list"),
        ({"optimizers": ["gd", {"name": "adm"}]}, "optimizers/1/name", "did you mean adam"),
        ({"optimizers": ["gd", {"name": "adam", "label": ""}]}, "optimizers/1/label", "expected text of 1 to 128 characters"),
        ({"optimizers": [{"name": "gd", "label": "x"}, {"name": "gd", "label": "x"}]}, "optimizers/1/label", "'x' is another's already"),
        ({"baseline": "rmsp"}, "baseline", "unknown label 'rmsp'; did you mean rmsprop?"),
        ({"decompose": ["gd"]}, "decompose", "expected two labels"),
        ({"decompose": ["gd", "gd"]}, "decompose", "expected two different labels"),
        ({"decompose": ["gd", "RMS"]}, "decompose/1", "unknown label"),
        ({"decompose": ["gd", "rmsprop"], "match": "graft"}, "decompose", "expected another match than graft"),
        ({"starts": [None]}, "starts/0", "expected"),
        ({"objective": "saddle", "starts": ["default"], "decompose": ["gd", "rmsprop"]}, "decompose", "no known minimum"),
        ({"objective": "saddle", "starts": ["default"], "target": {"distance": 0.1}}, "target", "no known minimum"),
        ({"starts": []}, "starts", "expected an object of named starts, or a list of starts, from 1 to 1000"),
        ({"starts": ["A", "A"]}, "starts", "expected each start once"),
        ({"starts": ["A"], "start": "B"}, "start", "expected either start or starts"),
        ({"objective": "beale", "starts": {"x": [1.0]}}, "starts/x", "expected 2 numbers"),
        ({"starts": {"x": [1.0, 2.0], "y": {"w": [1.0, 2.0]}}}, "starts/y", "expected the layout of the other starts"),
        ({"starts": ["C"]}, "starts/0", "unknown start of quadratic"),
        ({"match": "fair"}, "match", "unknown way of matching"),
        ({"match": "tuned", "schedule": [0.1] * 200}, "schedule", "they take the place of those to be matched"),
        ({"schedule": [0.1] * 20}, "schedule", "expected a learning rate for each of 200 steps, got 20"),
        ({"noise": {"std": 1.0, "seed": 1, "seeds": [1, 2]}}, "noise/seeds", "expected either seed or seeds"),
        ({"objective": {"name": "sphere", "dimension": 1}, "starts": [[1.0]], "rotate": [30]}, "rotate", "two parameters or more"),
    ],
)
def test_what_is_wrong_with_a_comparison_is_told_where_it_stands(change, pointer, told):
    request = {"objective": "quadratic", "starts": ["A"], "steps": 200, "optimizers": [SGD_02, RMSPROP]}
    with pytest.raises(Refusal) as refused:
        plan_comparison({**request, **change})
    found = {"/".join(map(str, fault.path)): fault.detail for fault in refused.value.faults}
    assert pointer in found
    assert told in found[pointer]


def test_every_fault_of_a_comparison_is_told_at_once():
    with pytest.raises(Refusal) as refused:
        plan_comparison({"objective": "quadratc", "optimizers": ["gd", "adm"], "match": "x", "schedule": "cosin", "target": {"far": 1}})
    assert {"/".join(map(str, fault.path)) for fault in refused.value.faults} == {
        "objective",
        "optimizers/1",
        "match",
        "schedule",
        "target/far",
    }


@pytest.mark.parametrize(
    "change", [{"steps": 10_000_000}, {"match": "mean_step", "steps": 500_000}, {"rotate": list(range(30)), "steps": 90_000}]
)
def test_work_is_priced_before_it_starts(change):
    with pytest.raises(TooCostly) as refused:
        plan_comparison({"objective": "quadratic", "optimizers": ["gd", "adam"], "decompose": ["gd", "adam"], **change})
    assert refused.value.cost > refused.value.limit


def test_a_large_answer_is_refused():
    starts = [[float(number), 1.0] for number in range(500)]
    with pytest.raises(TooCostly, match="numbers in the answer"):
        plan_comparison({"objective": "quadratic", "optimizers": ["gd", "adam"], "starts": starts, "steps": 1}, Limits(answer=1e4))


# The paths for a picture.


def test_the_panels_of_a_2_x_2_are_its_cells_from_every_start():
    panels = panels_of(decomposed(SGD_02))
    assert [(panel.row, panel.column) for panel in panels] == [(0, 0), (1, 0), (0, 1), (1, 1)]
    assert panels[1].title == "step length of rmsprop, direction of gd"
    assert [label for label, _ in panels[2].runs] == ["rmsprop", "rmsprop"]
    for panel in panels:
        for _, run in panel.runs:
            assert run.points is not None
            assert run.points.shape == (201, 2)
    plain = trajectory({"objective": "quadratic", "optimizer": SGD_02, "start": "B", "steps": 200})
    np.testing.assert_array_equal(panels[0].runs[1][1].points, plain.points)


def test_without_a_pair_there_is_a_panel_a_start_and_a_diverged_path_ends_at_its_last_finite_point():
    panels = panels_of(compare(optimizers=[{"name": "gd", "lr": 0.3}, RMSPROP], steps=2000))
    assert [panel.title for panel in panels] == ["from A", "from B"]
    diverged = panels[0].runs[0][1]
    alone = trajectory({"objective": "quadratic", "optimizer": {"name": "gd", "lr": 0.3}, "start": "A", "steps": 2000})
    assert diverged.diverged_at == alone.diverged_at
    np.testing.assert_array_equal(diverged.points, alone.points)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"decompose": ["x", "y"]}, {"decompose/0", "decompose/1"}),
        ({"decompose": ["gd", "rmspropp"]}, {"decompose/1"}),
        ({"starts": {"": [1, 2], "a": "Z"}}, {"starts/", "starts/a"}),
    ],
)
def test_each_wrong_part_of_a_list_is_told_where_it_stands(change, where):
    with pytest.raises(Refusal) as refused:
        plan_comparison({"objective": "quadratic", "optimizers": [{"name": "gd", "lr": 0.1}, "rmsprop"], **change})
    assert {"/".join(map(str, fault.path)) for fault in refused.value.faults} == where


def test_a_named_start_of_another_dimension_is_told_as_that():
    with pytest.raises(Refusal, match="expected a start for dimension 1; A is one of quadratic in 2"):
        plan_comparison({"objective": "quadratic", "optimizers": [{"name": "gd", "lr": 0.1}, "rmsprop"], "starts": ["A", [1.0]]})


def told(objective, plain, other, start, steps, **more):
    """The ranking and what is found, of two optimizers given as (name, rate)."""
    optimizers = [{"name": name, "lr": lr, "label": label} for label, (name, lr) in zip("PQ", (plain, other), strict=True)]
    request = {"objective": objective, "optimizers": optimizers, "starts": [start], "steps": steps, "decompose": ["P", "Q"]}
    upright = run_comparison(plan_comparison({**request, **more})).upright
    (places,) = upright.ranking.values()
    return [(place.rank, place.label) for place in places], upright.decompositions[0].conclusion


@pytest.mark.parametrize(
    ("case", "ranking", "result", "because"),
    [
        # They end at different minima: ranking and verdict go by the same gaps.
        (("dupont_two_gaussians", ("sgd", 0.02), ("rmsprop", 0.1), [1.0, 0.1], 20), "PQ", "hurt", "step length"),
        # Only one reaches the target with every seed: it is ahead, whatever gap is left.
        (("quadratic", ("rmsprop", 0.02), ("momentum", 0.03), "B", 100, [1, 2, 3]), "QP", "helped", None),
        # An effect that chance may explain is no reason.
        (("quadratic", ("momentum", 0.07), ("sgd", 0.1), "A", 100, [1, 2, 3]), "PQ", "hurt", "step length"),
        # A lead that no one effect makes has no reason.
        (("rosenbrock", ("sign_gd", 0.03), ("normalized_gd", 0.008), [-1, 1], 20), "QP", "helped", None),
    ],
)
def test_ranking_and_verdict_agree(case, ranking, result, because):
    *asked, seeds = case if isinstance(case[-1], list) and len(case) == 6 else (*case, None)
    more = {"noise": {"std": 1.0, "seeds": seeds}} if seeds else {"target": {"distance": 1e-9}}
    places, finding = told(*asked, **more)
    assert places == [(1, ranking[0]), (2, ranking[1])]
    assert (finding.result, finding.because) == (result, because)


def test_the_same_twice_in_noise_is_a_tie():
    places, finding = told("quadratic", ("sgd", 0.02), ("sgd", 0.02), "A", 200, noise={"std": 0.1, "seeds": [1, 2, 3]})
    assert places == [(1, "P"), (1, "Q")]
    assert (finding.result, finding.because) == ("tie", None)
    assert "chance" not in finding.verdict


def test_a_graft_that_diverges_splits_nothing_though_it_passed_the_target():
    _, finding = told("himmelblau", ("sgd", 0.04), ("momentum", 0.003), [1, 0.6], 100)
    assert finding.because is None
    assert "The lead cannot be split: Q at P's step length diverged." in finding.verdict


def test_a_tie_in_steps_that_the_gap_tells_otherwise_cancels_nothing():
    _, finding = told("quadratic", ("momentum", 0.1), ("adam", 0.06), [2, -2], 50)
    assert (finding.result, finding.because) == ("tie", None)
    assert "cancel" not in finding.verdict
    assert "measured by the gap Q is ahead" in finding.verdict


def test_with_seeds_the_ratio_of_gaps_is_that_of_the_effects():
    more = {"target": {"distance": 0.2}, "noise": {"std": 1, "seeds": [0, 1, 2]}}
    _, finding = told("dupont_two_gaussians", ("sgd", 0.04), ("adam", 0.04), [1.7, 0.5], 20, **more)
    assert "(typically 19 times larger)" in finding.verdict
    assert "lead +1.28" in finding.verdict

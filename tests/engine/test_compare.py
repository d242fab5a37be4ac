"""Comparisons: the 2 x 2 against a second, plain computation; verdicts from their numbers alone; rankings, rotation, noise, prices."""

from __future__ import annotations

from itertools import product
from math import log10
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stepgrade_service.engine.comparing.comparison import Comparison, run_comparison
from stepgrade_service.engine.comparing.comparison_parts import plan_comparison
from stepgrade_service.engine.comparing.comparison_paths import panels_of
from stepgrade_service.engine.comparing.decomposition import effects_of
from stepgrade_service.engine.comparing.telling import conclude
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


def cell_of_the_bowl(plain_lr: float, length: str, direction: str, start: Array, steps: int = 200) -> tuple[int | None, int | None, float]:
    """First touch, settling step and tail gap of gd at plain_lr and RMSprop .2 (rho .9, eps 1e-8) grafted as said."""
    x, square, distances, values = start.copy(), np.zeros(2), [], []
    for _ in range(steps + 1):
        distances.append(np.linalg.norm(x))
        values.append(0.5 * (x[0] ** 2 + 20.0 * x[1] ** 2))
        g = gradient(x)
        square = 0.9 * square + 0.1 * g * g
        proposals = {"gd": -plain_lr * g, "rmsprop": -0.2 * g / (np.sqrt(square) + 1e-8)}
        size = np.linalg.norm(proposals[direction])
        x = x + np.linalg.norm(proposals[length]) * (proposals[direction] / size if size > 0 else np.zeros(2))
    inside = np.array(distances) <= 0.05 * distances[0]
    touched = int(np.argmax(inside)) if inside.any() else None
    since = int(np.flatnonzero(~inside)[-1]) + 1
    settled = since if inside[-1] and (since == touched or steps - since >= steps / 10) else None
    return touched, settled, float(np.mean(values[-(steps // 10) :]))


@pytest.mark.parametrize("plain_lr", [0.02, 0.09, 0.05])
@pytest.mark.parametrize("arrival", ["settle", "touch"])
def test_effects_and_interaction_equal_a_plain_computation_of_the_four_cells(plain_lr, arrival):
    comparison = decomposed({"name": "gd", "lr": plain_lr}, target={"distance": 0.05, "arrival": arrival})
    outcomes = set()
    for found, start in zip(comparison.upright.decompositions, ([-5.0, -1.0], [-0.3, -2.0]), strict=True):
        cells = [
            cell_of_the_bowl(plain_lr, length, direction, np.array(start)) for direction, length in product(("gd", "rmsprop"), repeat=2)
        ]
        assert [(cell.steps_to_target, cell.settling_step) for cell in found.trial.cells] == [cell[:2] for cell in cells]
        number = 0 if arrival == "touch" else 1 if all(cell[1] is not None for cell in cells) else 2
        assert found.outcome == ("log10_steps_to_target", "log10_settling_step", "log10_tail_gap")[number]
        floor = 1e-10 * 0.5 * (start[0] ** 2 + 20 * start[1] ** 2)
        ss, rs, sr, rr = (log10(max(cell[number] or 0, floor if number == 2 else 0)) for cell in cells)
        effects = found.trial.effects
        assert effects.magnitude is not None
        assert effects.direction is not None
        assert effects.interaction is not None
        assert effects.magnitude.size == pytest.approx(((rs - ss) + (rr - sr)) / 2, abs=1e-7)
        assert effects.direction.size == pytest.approx(((sr - ss) + (rr - rs)) / 2, abs=1e-7)
        assert effects.interaction.size == pytest.approx(rr - rs - sr + ss, abs=1e-7)
        assert effects.magnitude.size + effects.direction.size == pytest.approx(rr - ss, abs=1e-7)
        outcomes.add(found.outcome)
    assert arrival == "touch" or len(outcomes) == 2


def test_a_run_that_is_0_by_0_says_why():
    divides, stays = {"name": "rmsprop", "lr": 0.01, "eps": 0}, {"name": "sgd", "lr": 0.1}
    request = {"optimizers": [divides, stays], "objective": "sphere", "starts": {"A": [1.0, 0.0], "B": [1.0, 1.0]}, "steps": 5}
    told = {(run.label, run.start): run.detail for run in compare(**request).upright.runs}
    assert [place for place, detail in told.items() if detail is not None] == [("rmsprop", "A")]
    assert told["rmsprop", "A"].startswith("Step 1 divides 0 by 0 at params[1]: ")


def test_effects_are_those_of_a_factorial_experiment():
    outcomes = np.random.default_rng(3).normal(size=(4, 5, 7))
    magnitude, direction, interaction = effects_of(outcomes)
    np.testing.assert_allclose(magnitude + direction, outcomes[3] - outcomes[0])
    swapped = effects_of(outcomes[[0, 2, 1, 3]])
    np.testing.assert_allclose(swapped, [direction, magnitude, interaction])
    np.testing.assert_allclose(effects_of(outcomes + 5.0), [magnitude, direction, interaction])


@pytest.mark.parametrize("start", [[3.0, 0.0], [0.0, -2.0]], ids=str)
@pytest.mark.parametrize("lr", [0.02, 0.05, 0.2])
def test_where_both_have_one_direction_the_step_length_is_everything(start, lr):
    objective = {"name": "quadratic", "condition": 5}
    [found] = decomposed({"name": "gd", "lr": lr}, objective=objective, starts={"axis": start}).upright.decompositions
    plain, length, direction, other = (cell.outcome for cell in found.trial.cells)
    assert (length, direction) == (other, plain)
    effects = found.trial.effects
    assert effects.direction is not None
    assert effects.direction.size == 0.0
    assert effects.magnitude == effects.lead
    assert found.conclusion.because == "step length"


def test_in_one_dimension_gradient_descent_with_rmsprop_s_step_length_is_rmsprop():
    request = {"objective": {"name": "quadratic", "dimension": 1}, "optimizers": [{"name": "gd", "lr": 0.2}, RMSPROP], "start": [3.0]}
    [found] = run_comparison(plan_comparison({**request, "steps": 200, "decompose": ["gd", "rmsprop"]})).upright.decompositions
    assert [cell.settling_step for cell in found.trial.cells] == [14, 128, 14, 128]


# The learner's question, answered.


def test_from_a_slow_gradient_descent_rmsprop_settles_sooner_and_ends_higher():
    found, _ = decomposed(SGD_02).upright.decompositions
    assert [cell.settling_step for cell in found.trial.cells] == [148, 42, 153, 111]
    assert found.conclusion.result == "helped"
    assert found.conclusion.verdict == (
        "From A, rmsprop settled sooner than gd, but with 18 times the end gap. End gap: 0.105 for rmsprop, 0.00583 for gd. "
        "Steps to settle: 148 for gd, 42 with rmsprop's step length, 153 with rmsprop's direction, 111 for rmsprop. With only "
        "rmsprop's step length, gd is faster (42) than rmsprop itself (111)."
    )
    assert "rmsprop left the target twice before it settled, and was outside for 2 steps in all." in found.conclusion.notes


def test_from_b_rmsprop_touches_first_and_does_not_settle_and_a_decaying_rate_settles_it():
    _, found = decomposed(SGD_02).upright.decompositions
    assert (found.conclusion.result, found.conclusion.because) == ("hurt", "step length")
    assert found.conclusion.headline == "From B, rmsprop hurt: gd settled in 54 steps, but rmsprop did not."
    for note in (
        "rmsprop is in a limit cycle: it keeps moving, up to 0.142 away from the minimum.",
        "By the first touch of the target, rmsprop would be ahead: step 9 against 54.",
        "With a cosine schedule, rmsprop settles in 84 steps.",
    ):
        assert note in found.conclusion.verdict or note in found.conclusion.notes


def test_against_normalised_gradient_descent_rmsprop_settles_later_from_a_and_neither_settles_from_b():
    from_a, from_b = compare(optimizers=[NGD, RMSPROP], decompose=["normalized_gd", "rmsprop"]).upright.decompositions
    assert [from_a.trial.cells[number].settling_step for number in (0, 3)] == [27, 111]
    assert from_a.conclusion.result == "hurt"
    assert [from_b.trial.cells[number].settling_step for number in (0, 3)] == [None, None]
    assert "neither settled" in from_b.conclusion.headline


@pytest.mark.parametrize("optimizer", [RMSPROP, NGD])
def test_on_rosenbrock_neither_cure_settles_a_limit_cycle_so_none_is_told(optimizer):
    request = {"objective": "rosenbrock", "optimizers": [{"name": "gd", "lr": 0.001}, {**optimizer, "lr": 0.05}], "steps": 500}
    [found] = run_comparison(plan_comparison({**request, "decompose": ["gd", optimizer["name"]]})).upright.decompositions
    assert found.trial.other.is_cycling
    assert [(cure.tenth, cure.cosine) for cure in found.trial.cures] == [(None, None)]
    assert not [note for note in found.conclusion.notes if note.startswith("With a")]


def test_rotated_by_45_degrees_verdicts_flip_and_gradient_descents_numbers_stay():
    comparison = decomposed(SGD_09, rotate=[45, 90])
    at_45, at_90 = comparison.turned
    assert [run.summary["settling_step"] for run in at_45.runs] == [32, 16, 73, None]
    assert [run.summary["steps_to_target"] for run in at_45.runs] == [32, 16, 35, 28]
    assert [run.summary["settling_step"] for run in at_90.runs] == [32, 16, 111, None]
    assert at_90.flips == ()
    touched = decomposed(SGD_09, rotate=[45], target={"distance": 0.05, "arrival": "touch"})
    assert ("B", "result", "helped", "hurt") in [(flip.start, flip.of, flip.at_0, flip.here) for flip in touched.turned[0].flips]
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


def test_the_ranking_is_by_settling_then_by_the_tail_gap_then_growing_then_diverged_and_who_is_alike_shares_a_rank():
    optimizers = [
        {**SGD_02, "label": "slow"},
        {**SGD_09, "label": "quick"},
        {"name": "gd", "lr": 0.0901, "label": "as quick"},
        {"name": "gd", "lr": 1.0, "label": "diverges"},
        {"name": "gd", "lr": 1e-4, "label": "hardly moves"},
        {**RMSPROP, "lr": 1.0, "label": "circles"},
        {"name": "gd", "lr": 0.1005, "label": "grows"},
    ]
    ranking = compare(optimizers=optimizers, steps=1000).upright.ranking["A"]
    assert [(place.rank, place.label, place.status) for place in ranking] == [
        (1, "quick", "completed"),
        (1, "as quick", "completed"),
        (3, "slow", "completed"),
        (4, "circles", "completed"),
        (5, "hardly moves", "completed"),
        (6, "grows", "growing"),
        (7, "diverges", "diverged"),
    ]
    assert ranking[-1].final_value is None
    assert ranking[3].settling_step is None


def test_runs_at_minima_of_different_values_are_ordered_by_these_whatever_their_steps():
    request = {"objective": "dupont_two_gaussians", "optimizers": [{"name": "gd", "lr": 0.05}, {"name": "momentum", "lr": 0.05}]}
    (places,) = run_comparison(plan_comparison({**request, "steps": 300})).upright.ranking.values()
    assert [place.label for place in places] == ["momentum", "gd"]
    assert places[0].settling_step > places[1].settling_step
    assert [round(place.minimum_value, 3) for place in places] == [-2.063, -1.093]


def test_with_noise_steps_count_only_where_every_run_settles_with_every_seed():
    noise = {"std": 0.01, "seeds": [1, 2, 3]}
    quiet = compare(optimizers=[SGD_02, SGD_09], noise=noise, starts=["A"]).upright.ranking["A"]
    assert [place.label for place in quiet] == ["gd 2", "gd"]
    assert all(place.steps is not None for place in quiet)
    loud = compare(optimizers=[SGD_09, RMSPROP, SGD_02], noise={**noise, "std": 3.0}, starts=["A"]).upright.ranking["A"]
    assert any(place.steps is None for place in loud)
    assert [place.tail_gap for place in loud] == sorted(place.tail_gap for place in loud)


def test_where_no_minimum_is_known_the_mean_value_of_the_last_tenth_ranks():
    request = {"objective": "saddle", "optimizers": [{"name": "gd", "lr": 0.01}, {"name": "gd", "lr": 0.02}], "steps": 50}
    (places,) = run_comparison(plan_comparison(request)).upright.ranking.values()
    assert [(place.rank, place.label, place.tail_gap) for place in places] == [(1, "gd 2", None), (2, "gd", None)]
    assert places[0].tail_value < places[1].tail_value


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
        assert any("Over 12 seeds, the direction changes" in note for note in found.conclusion.notes)
    assert "This is one seed, so chance may explain the difference." in each[0].upright.decompositions[0].conclusion.notes


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
        Cell(length, direction_of, "completed", steps if in_steps else None, None, None, 1.0 if in_steps else steps, None, log10(steps))
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
    assert {"helped": "rms helped", "hurt": "rms hurt", "tie": "difference"}[result] in sentence
    assert sentence.endswith(".")


def test_a_lead_within_its_interval_is_undecided():
    certain = trial([100, 50, 100, 50], errors=(0.2, 0.2, 0.2, 0.2), seeds=9)
    assert conclude(certain).result == "helped"
    uncertain = trial([100, 50, 100, 50], errors=(0.4, 0.4, 0.4, 0.4), seeds=9)
    assert conclude(uncertain).result == "undecided"
    assert "it is undecided whether rms helped or hurt" in conclude(uncertain).verdict
    assert "chance may explain the difference" in conclude(uncertain).headline


def test_different_minima_are_no_race():
    assert conclude(trial([100, 50, 100, 50], minima_differ=True)).result == "other_minimum"


def test_a_diverged_opponent_decides_and_the_lead_cannot_be_split():
    comparison = decomposed({"name": "gd", "lr": 0.3}, steps=2000)
    found = comparison.upright.decompositions[0]
    assert (found.conclusion.result, found.conclusion.because) == ("helped", None)
    assert found.trial.effects.magnitude is None
    assert "rmsprop helped: gd diverged at step" in found.conclusion.headline
    turned = compare(optimizers=[RMSPROP, {"name": "gd", "lr": 0.3}], decompose=["rmsprop", "gd"], steps=2000)
    assert turned.upright.decompositions[0].conclusion.result == "hurt"
    both = compare(
        optimizers=[{"name": "gd", "lr": 0.3}, {"name": "gd", "lr": 0.4}], decompose=["gd", "gd 2"], steps=2000
    ).upright.decompositions[0]
    assert both.conclusion.result == "undecided"


def test_a_start_within_the_target_is_told():
    within = decomposed(SGD_02, target={"distance": 1.0}).upright.decompositions[0]
    assert within.conclusion.result == "tie"
    assert "The start is at the target already" in within.conclusion.verdict


def test_a_gap_that_is_rounding_counts_as_one_part_in_1e10_of_the_starts():
    sphere = {"objective": "sphere", "start": [3.0, 4.0], "target": {"distance": 0}, "steps": 10}
    exact = {"name": "gd", "lr": 0.5, "label": "exact"}
    request = {**sphere, "optimizers": [SGD_02, exact], "decompose": ["gd", "exact"]}
    [found] = run_comparison(plan_comparison(request)).upright.decompositions
    assert found.trial.cells[3].tail_gap == 0.0
    assert found.conclusion.result == "helped"
    touching = {**request, "target": {"distance": 0.05}, "optimizers": [{**SGD_02, "lr": 1e-3}, exact]}
    [found] = run_comparison(plan_comparison(touching)).upright.decompositions
    assert found.trial.cells[3].outcome == pytest.approx(log10(25e-10))


def test_the_verdict_agrees_with_the_ranking_wherever_there_is_one():
    for objective in ("beale", "rosenbrock", "himmelblau", "styblinski_tang", "linreg_tiny", "logreg_tiny", "dupont_two_gaussians"):
        for steps in (20, 100, 300):
            request = {"objective": objective, "optimizers": [SGD_02, RMSPROP], "steps": steps, "decompose": ["gd", "rmsprop"]}
            upright = run_comparison(plan_comparison(request)).upright
            (places,), (found,) = upright.ranking.values(), upright.decompositions
            if found.conclusion.result in ("helped", "hurt"):
                assert places[0].label == ("rmsprop" if found.conclusion.result == "helped" else "gd"), (objective, steps)
            if found.conclusion.result == "other_minimum":
                assert places[0].minimum_value < places[1].minimum_value


def test_with_equal_step_lengths_the_direction_is_judged_alone_as_the_ranking_has_it():
    for objective in ("quadratic", "beale", "himmelblau", "styblinski_tang", "linreg_tiny"):
        request = {"objective": objective, "optimizers": [SGD_02, RMSPROP, {**SGD_02, "lr": 0.05, "label": "gd 2"}], "match": "graft"}
        upright = run_comparison(plan_comparison(request)).upright
        ranks = {(start, place.label): place.rank for start, places in upright.ranking.items() for place in places}
        starts = list(upright.ranking)
        assert len(upright.grafted) == 2 * len(starts)
        for (label, start), said in upright.grafted.items():
            if said.result in ("helped", "hurt"):
                name = starts[start]
                assert (ranks[name, label] < ranks[name, "gd"]) == (said.result == "helped"), (objective, said.headline)
        same = [said for (label, _), said in upright.grafted.items() if label == "gd 2"]  # at another rate the direction is the same
        assert all(said.result == "tie" for said in same), objective


def test_without_a_known_minimum_a_graft_is_not_judged():
    request = {"objective": "saddle", "optimizers": [SGD_02, RMSPROP], "match": "graft", "steps": 20}
    assert run_comparison(plan_comparison(request)).upright.grafted == {}


# The cases that showed that touching is not arriving.


def both(objective: Any, plain: dict[str, Any], other: dict[str, Any], steps: int, **more: Any) -> Any:
    """What is found of two optimizers, called P and Q."""
    request = {"objective": objective, "optimizers": [{**plain, "label": "P"}, {**other, "label": "Q"}], "steps": steps, **more}
    [found] = run_comparison(plan_comparison({**request, "decompose": ["P", "Q"]})).upright.decompositions
    return found


def test_a_run_that_touches_and_flies_out_again_does_not_settle():
    found = both("sphere", {"name": "gd", "lr": 0.1}, {"name": "momentum", "lr": 0.1, "momentum": 0.98}, 200)
    assert (found.trial.other.steps_to_target, found.trial.other.settling_step, found.trial.plain.settling_step) == (3, None, 14)
    assert not found.trial.other.is_cycling
    assert found.conclusion.result == "hurt"


def test_a_run_that_is_inside_for_three_steps_does_not_settle():
    ema = {"name": "momentum", "lr": 0.018, "momentum": 0.99, "dampening": 0.99}
    found = both({"name": "quadratic", "condition": 100}, {"name": "gd", "lr": 0.018}, ema, 300, start=[-4, 1.5])
    assert found.trial.other.settling_step is None
    assert found.conclusion.result == "hurt"


def test_tuned_on_rosenbrock_momentum_touches_at_6_and_settles_at_360():
    found = both("rosenbrock", {"name": "gd"}, {"name": "momentum"}, 500, start=[-2, 2], match="tuned")
    assert (found.trial.other.steps_to_target, found.trial.other.settling_step) == (6, 360)
    assert any(
        "Q left the target once before it settled, and was outside for 353 steps" in said
        for said in (found.conclusion.verdict, *found.conclusion.notes)
    )


def test_that_adam_ends_much_higher_is_said_where_both_settle():
    found = both({"name": "sphere", "dimension": 1}, {"name": "gd", "lr": 0.1}, {"name": "adam", "lr": 0.1}, 100, start=[1])
    assert (found.trial.plain.settling_step, found.trial.other.settling_step) == (14, 46)
    assert "End gap: 1.56e-5 for Q, almost 0 for P." in found.conclusion.verdict


@pytest.mark.parametrize(
    ("objective", "start", "rates", "values"),
    [
        ("dupont_two_gaussians", "default", (0.05, 0.05), "-2.06, and P's is -1.09"),
        ("styblinski_tang", "local_basin", (0.01, 0.02), "-78.3, and P's is -50.1"),
    ],
)
def test_who_finds_the_lower_minimum_neither_helped_nor_hurt(objective, start, rates, values):
    found = both(objective, {"name": "gd", "lr": rates[0]}, {"name": "momentum", "lr": rates[1]}, 300, start=start)
    assert (found.conclusion.result, found.trial.effects.magnitude) == ("other_minimum", None)
    assert f"Q ended at a lower minimum: its value is {values}." in found.conclusion.headline


def test_a_graft_that_grows_splits_nothing():
    ema = {"name": "momentum", "lr": 0.018, "momentum": 0.9, "dampening": 0.9}
    target = {"value_gap": 8.298755186721991e-05}
    found = both({"name": "quadratic", "condition": 100}, {"name": "gd", "lr": 0.018}, ema, 300, start=[-4, 1.5], target=target)
    assert [cell.status for cell in found.trial.cells] == ["completed", "completed", "growing", "completed"]
    assert found.trial.effects.magnitude is None
    assert "cannot be split into step length and direction: Q with P's step length moved away from the minimum." in found.conclusion.verdict


def test_a_plain_run_that_grows_is_told_and_splits_nothing():
    found = both("d2l_ravine", {"name": "gd", "lr": 0.6}, {"name": "momentum", "lr": 0.6, "momentum": 0.5}, 20)
    assert (found.trial.plain.status, found.conclusion.result) == ("growing", "helped")
    assert found.trial.effects.magnitude is None
    assert found.conclusion.headline == "Q helped: P moved away from the minimum."


def test_what_moves_on_though_its_gradient_is_small_beside_the_first_has_not_stopped():
    found = both("brown_badly_scaled", {"name": "gd", "lr": 1e-13}, {"name": "rmsprop", "lr": 1e4, "rho": 0.9}, 200)
    assert found.trial.other.stopped_at is None


def test_an_end_below_the_nearest_minimum_is_told_with_its_sign_and_is_not_an_end_at_that_minimum():
    found = both("powell_badly_scaled", {"name": "gd", "lr": 1e-9}, {"name": "rmsprop", "lr": 1e-4, "rho": 0.9}, 200)
    assert found.trial.plain.tail_gap == pytest.approx(-0.905, abs=1e-3)
    assert found.conclusion.result == "undecided"
    assert "End gap: -0.656 for Q, -0.905 for P." in found.conclusion.verdict
    assert not any("Both ended" in note for note in found.conclusion.notes)


@pytest.mark.parametrize("name", ["powell_badly_scaled", "styblinski_tang", "himmelblau", "dupont_two_gaussians", "rastrigin"])
@pytest.mark.parametrize("lr", [1e-9, 1e-4])
def test_who_is_said_to_have_ended_at_a_minimum_is_there(name, lr):
    found = both(name, {"name": "gd", "lr": lr}, {"name": "adam", "lr": lr}, 200)
    assert all(cell.settling_step is None for cell in found.trial.cells)
    assert not any("ended at" in said for said in (found.conclusion.verdict, *found.conclusion.notes))


def test_without_a_step_nothing_is_said_of_the_start():
    found = both("quadratic", SGD_02, RMSPROP, 0, start="B")
    assert found.conclusion.verdict.endswith("there is nothing to compare. No step was made.")


@pytest.mark.parametrize("steps", [50, 200, 400])
@pytest.mark.parametrize("start", ["A", "B"])
def test_steps_that_could_not_reach_the_target_are_told_and_no_others(start, steps):
    for lr in (1e-4, 1e-3, 3e-3, 1e-2, 0.1):
        found = both("quadratic", {"name": "gd", "lr": 0.09}, {"name": "adam", "lr": lr}, steps, start=start)
        short = f"Q never touched the target: its steps are too short for {steps} steps."
        told = short in found.conclusion.verdict or short in found.conclusion.notes
        path = np.abs(np.diff(trajectory({"optimizer": {"name": "adam", "lr": lr}, "objective": "quadratic", "start": start, "steps": steps,
                                          "include": ["points"]}).points, axis=0))  # fmt: skip
        distance = np.hypot(*{"A": (5, 1), "B": (0.3, 2)}[start])
        assert told == (np.hypot(*path.T).sum() < 0.95 * distance), lr


def test_a_run_that_rests_at_a_saddle_is_told():
    found = both("bounded_saddle", {"name": "gd", "lr": 0.1}, {"name": "adam", "lr": 0.1}, 3000, start=[0.5, 0.0])
    assert found.trial.plain.stopped_at == "a saddle"
    assert "P stopped at a saddle." in found.conclusion.notes


# Requests that are wrong, and what they cost.


@pytest.mark.parametrize(
    ("change", "pointer", "told"),
    [
        ({"optimizers": []}, "optimizers", "expected a list of optimizers, from 1 to 50"),
        ({"optimizers": "gd"}, "optimizers", "expected a list"),
        ({"optimizers": ["gd", {"name": "adm"}]}, "optimizers/1/name", "did you mean adam"),
        ({"optimizers": ["gd", {"name": "adam", "label": ""}]}, "optimizers/1/label", "expected text of 1 to 128 printable characters"),
        ({"optimizers": [{"name": "gd", "label": "x"}, {"name": "gd", "label": "x"}]}, "optimizers/1/label", "already has 'x'"),
        ({"baseline": "rmsp"}, "baseline", "unknown label 'rmsp'; did you mean rmsprop?"),
        ({"decompose": ["gd"]}, "decompose", "expected two labels"),
        ({"decompose": ["gd", "gd"]}, "decompose", "expected two different labels"),
        ({"decompose": ["gd", "RMS"]}, "decompose/1", "unknown label"),
        ({"decompose": ["gd", "rmsprop"], "match": "graft"}, "decompose", "expected a match other than graft"),
        ({"starts": [None]}, "starts/0", "expected"),
        ({"objective": "saddle", "starts": ["default"], "decompose": ["gd", "rmsprop"]}, "decompose", "no known minimum"),
        ({"objective": "saddle", "starts": ["default"], "target": {"distance": 0.1}}, "target", "no known minimum"),
        ({"starts": []}, "starts", "expected an object of named starts, or a list of starts, from 1 to 1000"),
        ({"starts": ["A", "A"]}, "starts", "expected each start only once"),
        ({"starts": ["A"], "start": "B"}, "start", "expected either start or starts"),
        ({"objective": "beale", "starts": {"x": [1.0]}}, "starts/x", "expected 2 numbers"),
        ({"starts": {"x": [1.0, 2.0], "y": {"w": [1.0, 2.0]}}}, "starts/y", "expected the layout of the other starts"),
        ({"starts": ["C"]}, "starts/0", "unknown start of quadratic"),
        ({"match": "fair"}, "match", "unknown way of matching"),
        ({"match": "tuned", "schedule": [0.1] * 200}, "schedule", "the match chooses the learning rates"),
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


def test_the_same_twice_in_noise_is_a_tie():
    places, finding = told("quadratic", ("sgd", 0.02), ("sgd", 0.02), "A", 200, noise={"std": 0.1, "seeds": [1, 2, 3]})
    assert places == [(1, "P"), (1, "Q")]
    assert (finding.result, finding.because) == ("tie", None)
    assert "chance" not in finding.verdict


def test_a_graft_that_diverges_splits_nothing_though_it_passed_the_target():
    _, finding = told("himmelblau", ("sgd", 0.04), ("momentum", 0.003), [1, 0.6], 100)
    assert finding.because is None
    assert "cannot be split into step length and direction: Q with P's step length diverged." in finding.verdict

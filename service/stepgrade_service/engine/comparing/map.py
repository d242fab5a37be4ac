"""The same question over a grid: where which optimizer arrives first, and where the other's step length or direction helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..loop.advance import DIVERGED
from ..objectives.resolve import Problem
from ..reading.cost import Limits
from ..running.endings import Endings
from ..running.stops import TOUCH
from .contest import Contender, Contest, results_of
from .decomposition import CELLS, SETTLING, TAIL_GAP, TOUCHING, effects_of, four, have_equal_minima, outcomes_of
from .map_plan import OF_BOTH, Axis, MapPlan, plan_map
from .matching import RateChange, matched
from .standings import race
from .verdict import NEGLIGIBLE, floored

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: A run has reached a minimum if its last point is at most so far from it.
REACHED_WITHIN = 0.05


#: The measures in which two optimizers are compared.
RACES = ("settling_step", "steps_to_target", "final_value")

#: How two stand at a point, by number, after the first and the second being ahead.
STANDINGS = ("equal", "neither", "different_minima")


def outcomes_told(plan: MapPlan) -> tuple[str, str]:
    """What the effects at a point of the grid are differences of, by number."""
    return TOUCHING if plan.contest.target.arrival == TOUCH else SETTLING, TAIL_GAP


@dataclass(frozen=True)
class Map:
    """A map as computed. Arrays are laid out as `plan.shape` says, rows by the second axis; nan is what JSON has null for.

    `measures` has an array for each label, but one for an effect. `outcome` tells what the effects at a point are differences
    of, by its number in `outcomes_told`; None without effects. `rates` are the learning rates as run, by label, where they were
    matched. `counts` say at how many points the one or the other is ahead; `diverged`, by label, where a run did. `raced` is what
    the counts compare of a measure, by label: nan where a run has no number that counts. `standing` tells of each such measure of two how
    they stand, by the number in `standings`. `different_minima` is where two end at minima of different values.
    """

    plan: MapPlan
    measures: Mapping[str, Mapping[str, Array] | Array]
    outcome: Array | None
    rates: Mapping[str, Array]
    counts: Mapping[str, Any]
    diverged: Mapping[str, Flags]
    raced: Mapping[str, Mapping[str, Array]]
    standing: Mapping[str, Array]
    different_minima: Flags

    @property
    def standings(self) -> tuple[str, ...]:
        """What the numbers of `standing` tell."""
        return (*self.labels, *STANDINGS)

    @property
    def axes(self) -> tuple[Axis, ...]:
        return self.plan.axes

    @property
    def labels(self) -> tuple[str, ...]:
        return self.plan.labels

    @property
    def problem(self) -> Problem:
        return self.plan.problem


@dataclass(frozen=True)
class _Ran:
    """A contender over the grid: (points,) each. `matched` is where its learning rate is what was to be found."""

    results: Endings
    defined: Flags
    matched: Flags

    @property
    def steps_to_target(self) -> Array:
        return self.results.steps_to_target[:, 0]

    @property
    def settling_step(self) -> Array:
        return self.results.settling_step[:, 0]

    @property
    def value(self) -> Array:
        """At the last finite point; nan where there is none."""
        return np.where(self.defined, self.results.value[:, 0], np.nan)

    @property
    def diverged(self) -> Flags:
        return self.defined & (self.results.diverged_at[:, 0] > 0)

    @property
    def is_lost(self) -> Flags:
        """Where the run is in no race: it diverged or is growing."""
        return self.diverged | self.results.is_growing[:, 0]

    @property
    def held(self) -> Array:
        """The value that counts in a comparison: that of a run which diverged is none."""
        return np.where(self.diverged, np.nan, self.value)

    @property
    def minimum(self) -> Array:
        """The number of the minimum that was reached."""
        near = (self.results.distance[:, 0] <= REACHED_WITHIN) & self.defined & (self.results.diverged_at[:, 0] == 0)
        return np.where(near, self.results.minimum[:, 0], np.nan)


def run_map(plan: MapPlan, threads: int = 1) -> Map:
    """Run what was planned."""
    contest = replace(plan.contest, threads=threads)
    contenders, changes = matched(contest, plan.contenders, plan.baseline, plan.match)
    ran = {contender.label: _run(plan, contest, contender, changes) for contender in contenders}
    comparable = np.logical_and.reduce([each.defined & each.matched for each in ran.values()])
    measures, outcome, differ = dict[str, Any](), None, _different_minima(ran) & comparable
    raced = {measure: {label: _raced(plan, measure, each) for label, each in ran.items()} for measure in plan.measures if measure in RACES}
    if plan.has_effects:
        outcome, effects = _effects(contest, contenders, ran, comparable)
    for measure in plan.measures:
        if measure in OF_BOTH:
            measures[measure] = effects[measure].reshape(plan.shape)
        else:
            measures[measure] = {label: _of_each(measure, each).reshape(plan.shape) for label, each in ran.items()}
    return Map(
        plan=plan,
        measures=measures,
        outcome=None if outcome is None else outcome.reshape(plan.shape),
        rates={c.label: _rates(c, ran[c.label]).reshape(plan.shape) for c in contenders} if plan.finds_rates else {},
        counts=_counts(plan, ran, comparable, measures, outcome, raced, differ),
        diverged={label: each.diverged.reshape(plan.shape) for label, each in ran.items()},
        raced={measure: {label: held.reshape(plan.shape) for label, held in of.items()} for measure, of in raced.items()},
        standing={measure: _standing(measure, of, comparable, differ).reshape(plan.shape) for measure, of in raced.items() if len(of) == 2},
        different_minima=differ.reshape(plan.shape),
    )


def make_map(request: Mapping[str, Any], limits: Limits | None = None, threads: int = 1) -> Map:
    """Plan and run."""
    return run_map(plan_map(request, limits), threads)


def _run(plan: MapPlan, contest: Contest, contender: Contender, changes: list[RateChange]) -> _Ran:
    """One contender from every point."""
    simulation = contest.run(contender, looks=True)
    found = np.ones(plan.points, dtype=np.bool_)
    if plan.finds_rates:
        found[[change.start for change in changes if change.label == contender.label and change.lr_after is None]] = False
    return _Ran(results_of(contest, simulation), ~((simulation.reason == DIVERGED) & (simulation.ended == 0)), found)


def _of_each(measure: str, ran: _Ran) -> Array:
    arrays = {"settling_step": ran.settling_step, "steps_to_target": ran.steps_to_target, "final_value": ran.value}
    return ran.minimum if measure == "minimum_reached" else arrays[measure]


def _raced(plan: MapPlan, measure: str, ran: _Ran) -> Array:
    """What counts of a measure, less being better; nan where a run has no number that counts."""
    return _gap_to_lowest(plan, ran) if measure == "final_value" else np.where(ran.is_lost, np.nan, _of_each(measure, ran))


def _rates(contender: Contender, ran: _Ran) -> Array:
    """The learning rates as run, nan where none was found."""
    return np.where(ran.matched, contender.rates[0], np.nan)


def _effects(contest: Contest, contenders: list[Contender], ran: Mapping[str, _Ran], comparable: Flags) -> tuple[Array, dict[str, Array]]:
    """What the effects are differences of at each point, and the effects."""
    plain, other = (replace(contender, length_of=None) for contender in contenders)
    known = {contender.label: ran[contender.label].results for contender in contenders if contender.length_of is None}
    cells = tuple(
        known[cell.label] if cell.length_of is None and cell.label in known else results_of(contest, contest.run(cell, looks=True))
        for cell in four(plain, other)
    )
    assert len(cells) == len(CELLS)
    outcomes, in_steps = outcomes_of(cells, contest.target)
    magnitude, direction, _ = (np.where(comparable, effect[:, 0], np.nan) for effect in effects_of(outcomes))
    outcome = np.where(np.isnan(magnitude), np.nan, np.where(in_steps, 0, 1))
    return outcome, {"direction_effect": direction, "magnitude_effect": magnitude}


def _counts(
    plan: MapPlan,
    ran: Mapping[str, _Ran],
    comparable: Flags,
    measures: Mapping[str, Any],
    outcome: Array | None,
    raced: Mapping[str, Mapping[str, Array]],
    differ: Flags,
) -> dict[str, Any]:
    """At how many points what is the case."""
    counts = dict[str, Any]()
    for measure in plan.measures:
        if measure in OF_BOTH:
            counts[measure] = _signs(measures[measure])
        elif measure == "minimum_reached":
            counts[measure] = {label: _minima(plan, each) for label, each in ran.items()}
        elif measure == "final_value":
            diverged = {label: int((each.defined & np.isnan(each.held)).sum()) for label, each in ran.items()}
            counts[measure] = {"diverged": diverged, **_ahead(raced[measure], comparable)}
        else:
            reached = {label: int((~np.isnan(_of_each(measure, each))).sum()) for label, each in ran.items()}
            counts[measure] = {"reached": reached, **_ahead(raced[measure], comparable & ~differ)}
            if len(ran) == 2:
                counts[measure]["different_minima"] = int(differ.sum())
                counts[measure]["undefined"] = int((~comparable).sum())
    if outcome is not None:
        told = {name: int((outcome == number).sum()) for number, name in enumerate(outcomes_told(plan))}
        counts["outcome"] = {**told, "undefined": int(np.isnan(outcome).sum())}
    if plan.finds_rates:
        counts["unmatched"] = {label: int((~each.matched).sum()) for label, each in ran.items()}
    counts["undefined"] = int((~next(iter(ran.values())).defined).sum())
    return counts


def _different_minima(ran: Mapping[str, _Ran]) -> Flags:
    """Where the two end at minima of different values, so that there is no race."""
    each = [one.results for one in ran.values()]
    return ~have_equal_minima(each)[:, 0] if len(each) == 2 else np.zeros(len(each[0].minimum), np.bool_)


def _gap_to_lowest(plan: MapPlan, ran: _Ran) -> Array:
    """How far the values that count are above the lowest known minimum, floored; the values where none is known."""
    lowest = plan.contest.lowest
    if np.isnan(lowest):
        return ran.held
    gaps: Array = floored(ran.held - lowest, ran.results.start_value[:, 0] - lowest)
    return gaps


def _ahead(held: Mapping[str, Array], comparable: Flags) -> dict[str, Any]:
    """At how many points which is ahead, less being better and nan nothing; `undefined` is where they cannot be compared."""
    cells = {"undefined": int((~comparable).sum()), "cells": comparable.size}
    if len(held) == 1:
        return cells
    (first, one), (second, other) = held.items()
    ahead, behind, alike, neither = race(one, other)
    return {
        "ahead": {first: int((comparable & ahead).sum()), second: int((comparable & behind).sum())},
        "equal": int((comparable & alike).sum()),
        "neither": int((comparable & neither).sum()),
        **cells,
    }


def _standing(measure: str, held: Mapping[str, Array], comparable: Flags, differ: Flags) -> Array:
    """How the two stand at each point, as they are counted; nan where they cannot be compared."""
    standing: Array = np.select(race(*held.values()), [0.0, 1.0, 2.0, 3.0], np.nan)
    if measure != "final_value":
        standing[differ] = 4.0
    standing[~comparable] = np.nan
    return standing


def _minima(plan: MapPlan, ran: _Ran) -> list[int]:
    """How many points lead to each of the minima, and how many of those where the objective is defined to none."""
    led = [int((ran.minimum == number).sum()) for number in range(len(plan.problem.facts.minima))]
    return [*led, int((np.isnan(ran.minimum) & ran.defined).sum())]


def _signs(effect: Array) -> dict[str, int]:
    """Where an effect helps and where it hurts; one that changes the outcome by less than a twentieth does neither."""
    return {
        "helps": int((effect <= -NEGLIGIBLE).sum()),
        "hurts": int((effect >= NEGLIGIBLE).sum()),
        "ties": int((np.abs(effect) < NEGLIGIBLE).sum()),
        "undefined": int(np.isnan(effect).sum()),
    }

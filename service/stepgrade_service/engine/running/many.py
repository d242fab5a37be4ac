"""Many runs of one request that differ in learning rate, start and seed alone: batches, and what each run's answer says as columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled.arithmetic import norms
from ..conventions.choice import Choice
from ..conventions.resolve import resolve_scheduled
from ..loop.advance import DIVERGED
from ..loop.endings import IS_GROWING
from ..loop.measures import SUMS
from ..optimizers.memory import handed, memory_of
from ..reading.bounds import MOST_SEED
from ..reading.faults import Refusal
from ..reading.tensors import Layout
from .batch import Batch, Recording, Simulation, in_order, only, simulate
from .stops import STOPPED_BY
from .summary import NOT_OF_DIVERGED, summarize_all, summarize_ends
from .trajectory import why_diverged_at
from .trajectory_plan import Plan

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]

#: A batch has so many runs that what is kept of them stays below this count of numbers.
MOST_NUMBERS = 1 << 23

#: What is noted of a run, in numbers, beside what there is of each minimum and each coordinate.
NOTED = 60


@dataclass(frozen=True)
class Varied:
    """What differs from run to run: learning rates (runs,), starts (runs, dimension), seeds (runs,). None: as in the request."""

    rates: Array | None = None
    starts: Array | None = None
    seeds: NDArray[np.int64] | None = None

    def some(self, runs: Indices) -> Varied:
        """Those of some of the runs."""
        picked: dict[str, Any] = {name: None if each is None else each[runs] for name, each in vars(self).items()}
        return Varied(**picked)


@dataclass(frozen=True)
class RunsAlike:
    """Some of the runs, by number, and the members of their answers: one value for all, or an array with one for each.

    Numbers that are undefined are nan, texts are empty. What is laid out like the params is (runs, *shape), or an object of such arrays.
    """

    runs: Indices
    members: Mapping[str, Any]


def run_many(plan: Plan, written: Any, varied: Varied, count: int) -> list[RunsAlike]:
    """Run a planned request so many times, with what differs. A run that cannot be asked for so is in no part of what is returned.

    `written` is the optimizer as it stands in the request. The plan has to be one on an objective, and nothing is recorded. The numbers
    are those of single runs, to the last bit.
    """
    runs = np.flatnonzero(_can_run(plan, varied, count))
    if varied.rates is None or not runs.size:
        return [*_run_all(plan, varied, runs)]
    taken = _taken(plan.choice, written, plan.layout, varied.rates[runs])
    if taken is not None:
        return [*_run_all(plan, varied, runs[taken])]
    found, rates = list[RunsAlike](), varied.rates[runs]
    for rate in np.unique(rates[plan.choice.takes(rates)]).tolist():
        of_rate = replace(plan, choice=plan.choice.with_lr(rate))
        found += _run_all(of_rate, varied, runs[rates == rate])
    return found


def _can_run(plan: Plan, varied: Varied, count: int) -> Flags:
    """At which starts the objective is finite, and which seeds there are."""
    can = np.ones(count, np.bool_)
    if varied.starts is not None and plan.problem is not None:
        values, gradients = plan.problem.evaluate(np.ascontiguousarray(varied.starts.T))
        can &= np.isfinite(values) & np.isfinite(gradients).all(axis=0) & np.isfinite(varied.starts).all(axis=1)
    if varied.seeds is not None:
        can &= (varied.seeds >= 0) & (varied.seeds <= MOST_SEED)
    return can


def _taken(choice: Choice, written: Any, layout: Layout, rates: Array) -> Flags | None:
    """Which learning rates could have been asked for; None where another one is another rule: then no batch has several."""
    taken = choice.takes(rates)
    if choice.bound_to_lr:
        return None
    for rate in {float(rates[taken].min()), float(rates[taken].max())} if taken.any() else ():
        try:
            other = resolve_scheduled({**written, "lr": rate}, layout)
        except Refusal:
            return np.zeros_like(taken)
        if not _same_rule(choice, other, layout):
            return None
    return taken


def _same_rule(one: Choice, other: Choice, layout: Layout) -> bool:
    """Whether two choices differ in the learning rate alone."""
    mine, its = [(*handed(each.rule, layout, 1), memory_of(each.rule, {}, layout)) for each in (one, other)]
    return one.rule.kernel is other.rule.kernel and all(np.array_equal(*pair, True) for pair in zip(mine, its, strict=True))


def _run_all(plan: Plan, varied: Varied, runs: Indices) -> Iterator[RunsAlike]:
    """Run all of these, in batches that take up little memory."""
    held = len(plan.batch.minima) if plan.batch.minima is not None else 1
    numbers = held * (SUMS + plan.layout.dimension) + 12 * plan.layout.dimension + plan.state_numbers + NOTED
    most = max(1, MOST_NUMBERS // numbers)
    for first in range(0, runs.size, most):
        yield from _run(plan, varied, runs[first : first + most])


def _run(plan: Plan, varied: Varied, runs: Indices) -> Iterator[RunsAlike]:
    """Run these as one batch; those that diverge again, up to their last finite points."""
    batch = _batch(plan, varied.some(runs), runs.size)
    simulation = simulate(batch)
    diverged = simulation.reason == DIVERGED
    if (~diverged).any():
        whole = np.flatnonzero(~diverged)
        yield from _told(plan, runs[whole], in_order(simulation, whole) if diverged.any() else simulation, {})
    for step in np.unique(simulation.ended[diverged]).tolist():
        there = np.flatnonzero(diverged & (simulation.ended == step))
        some = varied.some(runs[there])
        shorter = replace(_batch(plan, some, there.size), steps=max(step - 1, 0))
        ran = simulate(shorter)
        why = [why_diverged_at(_plan_of(plan, some, run), only(ran, run), step) for run in range(there.size)]
        yield from _told(plan, runs[there], ran, {"diverged_at": float(step), "detail": np.array(why)})


def _batch(plan: Plan, varied: Varied, count: int) -> Batch:
    """The runs as a batch; nothing is recorded."""
    batch, dimension = plan.batch, plan.layout.dimension
    starts = plan.start.reshape(-1, 1) if varied.starts is None else varied.starts.T
    rates = batch.rates if varied.rates is None else np.broadcast_to(varied.rates + 0.0, (dimension, count))
    noise = batch.noise
    if noise is not None:
        seeds: Sequence[int] = [*noise.seeds] * count if varied.seeds is None else varied.seeds.tolist()
        noise = replace(noise, seeds=seeds)
    starts = np.ascontiguousarray(np.broadcast_to(starts, (dimension, count)))
    return replace(batch, starts=starts, rates=rates, noise=noise, recording=Recording())


def _plan_of(plan: Plan, varied: Varied, run: int) -> Plan:
    """The plan of one run, as far as it is asked why that diverged."""
    return plan if varied.rates is None else replace(plan, choice=plan.choice.with_lr(float(varied.rates[run])))


def _told(plan: Plan, runs: Indices, ran: Simulation, diverged: Mapping[str, Any]) -> Iterator[RunsAlike]:
    """What the answers say: those whose `flip_fraction` is undefined apart, since it is laid out like the params only where it is."""
    members = {**_outcome(ran, diverged), **_summary(plan, ran, bool(diverged))}
    flips = members["flip_fraction"]
    defined = ~np.isnan(flips).any(axis=1)
    for kind in (True, False):
        chosen = np.flatnonzero(defined == kind)
        if chosen.size:
            laid_out = {name: plan.layout.unflatten(members[name]) for name in ("sign_flips", "minimum") if members[name] is not np.nan}
            laid_out["flip_fraction"] = plan.layout.unflatten(flips) if kind else np.nan
            yield RunsAlike(runs[chosen], {name: _picked(laid_out.get(name, each), chosen) for name, each in members.items()})


def _picked(member: Any, runs: Indices) -> Any:
    """The values of some runs."""
    if isinstance(member, Mapping):
        return {name: each[runs] for name, each in member.items()}
    return member[runs] if isinstance(member, np.ndarray) else member


def _outcome(ran: Simulation, diverged: Mapping[str, Any]) -> dict[str, Any]:
    """How the runs ended."""
    if diverged:
        return {"status": "diverged", "stopped_by": np.nan, "steps": ran.ended.astype(np.float64), **diverged}
    stopped, growing = np.isin(ran.reason, list(STOPPED_BY)), ran.endings[IS_GROWING] > 0
    status = np.select([growing, stopped], ["growing", "converged"], "completed")
    by = np.array([STOPPED_BY.get(reason, "") for reason in ran.reason.tolist()]) if stopped.any() else np.nan
    return {"status": status, "stopped_by": by, "steps": ran.ended.astype(np.float64)}


def _summary(plan: Plan, ran: Simulation, diverged: bool) -> dict[str, Any]:
    """The summaries; what is laid out like the params is (runs, dimension)."""
    problem = plan.problem
    assert problem is not None
    has_minimum = len(problem.facts.minima) > 0
    distances = np.empty((len(problem.minima), ran.values.size))
    for minimum, room in zip(problem.minima, distances, strict=True):
        norms(np.ascontiguousarray(minimum[:, np.newaxis] - ran.points), room)
    chosen = np.argmin(distances, axis=0) if len(problem.facts.minima) > 1 else np.zeros(ran.values.size, np.intp)
    summary = summarize_all(ran.watched, chosen, has_minimum)
    summary |= summarize_ends(ran.endings, plan.batch.is_noisy)
    if diverged:
        summary |= dict.fromkeys(NOT_OF_DIVERGED, np.nan)
    summary["sign_flips"], summary["flip_fraction"] = summary["sign_flips"].T, summary["flip_fraction"].T
    summary["final_value"] = ran.values
    summary["final_distance"] = distances[chosen, np.arange(chosen.size)] if has_minimum else np.nan
    summary["minimum"] = problem.minima[chosen] if has_minimum else np.nan
    return summary

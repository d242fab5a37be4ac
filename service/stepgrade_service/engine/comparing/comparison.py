"""Several optimizers from the same starts, made comparable as asked: who came how far, why, and whether it depends on the axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled.rotation import Turn
from ..reading.cost import Limits
from ..running.batch import Simulation
from ..running.divergence import can_divide_by_zero, update_of, why_diverged
from ..running.endings import Endings
from ..running.recorded import Recorded
from ..running.summary import summarize, summarize_end
from .comparison_parts import plan_comparison
from .comparison_plan import ComparisonPlan
from .contest import Contender, Contest
from .decomposition import Decomposition, decompose, told_of_grafted
from .matching import GRAFT, NONE, RateChange, matched
from .recordings import Ran, ran
from .standings import Standing, ranked, standing_of, status_of
from .telling import Conclusion
from .verdict import Status

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SeedResult:
    """How the run of one seed ended."""

    seed: int
    status: Status
    diverged_at: int | None
    steps_to_target: int | None
    settling_step: int | None
    tail_gap: float | None
    final_value: float
    final_distance: float | None


@dataclass(frozen=True)
class Run:
    """One optimizer from one start.

    `summary` is that of a trajectory; with noise each measure is the mean over the seeds, None where it is undefined with one of
    them, and `spread` has their standard deviations. `steps` were taken before the first seed diverged, if one did, and `detail` says why.
    `recorded` is what was included of its steps, with noise of those of the first seed.
    `optimizer` is as run, its learning rate matched where `is_matched`, which is None where nothing was to be matched.
    """

    label: str
    start: str
    status: Status
    diverged_at: int | None
    detail: str | None
    steps: int
    summary: Mapping[str, Any]
    optimizer: Mapping[str, Any]
    length_of: str | None
    is_matched: bool | None
    seeds: tuple[SeedResult, ...]
    spread: Mapping[str, Any]
    recorded: Recorded | None = None


@dataclass(frozen=True)
class Flip:
    """What comes out otherwise when the problem is turned."""

    start: str
    of: str
    at_0: Any
    here: Any


@dataclass(frozen=True)
class Outcome:
    """A comparison at one angle; `grafted` is what is said of each with the baseline's step lengths, by its label and its start."""

    degrees: float
    contenders: tuple[Contender, ...]
    runs: tuple[Run, ...]
    ranking: Mapping[str, tuple[Standing, ...]]
    changes: tuple[RateChange, ...]
    decompositions: tuple[Decomposition, ...]
    grafted: Mapping[tuple[str, int], Conclusion] = field(default_factory=dict)
    flips: tuple[Flip, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """What was asked for, what came of it, and what comes of it when the problem is turned."""

    plan: ComparisonPlan
    upright: Outcome
    turned: tuple[Outcome, ...]


def run_comparison(plan: ComparisonPlan, threads: int = 1) -> Comparison:
    """Run what was planned."""
    contest = replace(plan.contest, threads=threads)
    upright = compared(plan, contest, 0.0)
    turned = [compared(plan, replace(contest, turn=Turn(degrees)), degrees) for degrees in plan.angles]
    return Comparison(plan, upright, tuple(replace(outcome, flips=tuple(flips(upright, outcome))) for outcome in turned))


def compare(request: Mapping[str, Any], limits: Limits | None = None, threads: int = 1) -> Comparison:
    """Plan and run."""
    return run_comparison(plan_comparison(request, limits), threads)


def compared(plan: ComparisonPlan, contest: Contest, degrees: float) -> Outcome:
    """The comparison at one angle, matching and all."""
    contenders, changes = matched(contest, plan.contenders, plan.baseline, plan.match)
    without_rate = {(change.label, change.start) for change in changes if change.lr_after is None}
    runs, done = list[Run](), {contender.label: ran(contest, contender, plan.kept) for contender in contenders}
    results = {label: each.results for label, each in done.items()}
    for contender in contenders:
        did = done[contender.label]
        for start, name in enumerate(plan.starts):
            is_matched = None if plan.match.mode == NONE else (contender.label, start) not in without_rate
            runs.append(_run(plan, contest, contender, did, start, name, is_matched))
    decompositions = list[Decomposition]()
    if plan.pair is not None:
        plain, other = (contenders[number] for number in plan.pair)
        decompositions = decompose(contest, plain, other, list(plan.starts), done, plan.kept)
    ranking = {name: _ranking(contest, results, start) for start, name in enumerate(plan.starts)}
    grafted = _grafted(plan, contest, contenders, done) if plan.match.mode == GRAFT and contest.problem.facts.minima else {}
    return Outcome(degrees, tuple(contenders), tuple(runs), ranking, tuple(changes), tuple(decompositions), grafted)


def _grafted(
    plan: ComparisonPlan, contest: Contest, contenders: Sequence[Contender], done: Mapping[str, Ran]
) -> dict[tuple[str, int], Conclusion]:
    """What is said of each that has the baseline's step lengths, from each start."""
    baseline, names = contenders[plan.baseline], list(plan.starts)
    return {
        (other.label, start): told
        for other in contenders
        if other.length_of is not None
        for start, told in enumerate(told_of_grafted(contest, baseline, other, names, done))
    }


def _run(
    plan: ComparisonPlan,
    contest: Contest,
    contender: Contender,
    did: Ran,
    start: int,
    name: str,
    is_matched: bool | None,
) -> Run:
    """One contender from one start."""
    simulation, results = did.simulation, did.results
    first, count = start * len(contest.seeds), len(contest.seeds)
    summaries = [_summary(contest, simulation, results, start, seed, first + seed) for seed in range(count)]
    at: list[int] = results.diverged_at[start].tolist()
    diverged_at = min(filter(None, at), default=None)
    summary, spread = (summaries[0], {}) if contest.std == 0 else averaged(summaries)
    seeds = () if contest.std == 0 else tuple(_of_seed(contest, results, start, seed, summaries[seed]) for seed in range(count))
    lr = plan.lr_of(contender, start)
    return Run(
        label=contender.label,
        start=name,
        status=status_of(results, start),
        diverged_at=diverged_at,
        detail=None if diverged_at is None else why_lost(contest, contender, start, at.index(diverged_at), diverged_at),
        steps=min(plan.steps_of(contender) if diverged_at is None else diverged_at - 1, *simulation.ended[first : first + count].tolist()),
        summary=summary,
        optimizer={**contender.choice.echo, "lr": lr},
        length_of=contender.length_of.label if contender.length_of is not None else None,
        is_matched=is_matched,
        seeds=seeds,
        spread=spread,
        recorded=did.recorded[start] if did.recorded else None,
    )


def why_lost(contest: Contest, contender: Contender, start: int, seed: int, step: int) -> str:
    """Why the run of a seed diverged at a step; where it may have divided by 0 it is run again, to its last finite point."""
    rule, layout = contender.choice.rule, contest.layout
    if contender.length_of is not None or not can_divide_by_zero(rule):
        return why_diverged(rule, layout, step)
    before = contest.trial(contender, contender.rates[:, [start]], np.array([start]), steps=step - 1)
    gradient, rates = before.gradients[:, seed], contender.rates[:, start]
    asked = contest.problem.asked(rule.kernel, before.values[seed : seed + 1], step - 1)
    update = update_of(rule, layout, rates, step - 1, before.points[:, seed], gradient, before.slots[:, seed], asked)
    return why_diverged(rule, layout, step, gradient, update)


def _summary(contest: Contest, simulation: Simulation, results: Endings, start: int, seed: int, run: int) -> dict[str, Any]:
    """The summary of one run, as a trajectory has it."""
    has_minimum, chosen = len(contest.problem.facts.minima) > 0, int(results.minimum[start, seed])
    summary = summarize(simulation.watched, chosen, run, has_target=has_minimum)
    summary |= summarize_end(results.found[:, start, seed].tolist(), contest.is_noisy)
    summary["sign_flips"] = summary["sign_flips"].astype(np.int64)
    summary["final_value"] = float(results.value[start, seed])
    summary["final_distance"] = float(results.distance[start, seed]) if has_minimum else None
    summary["minimum"] = contest.minima[chosen] if has_minimum else None
    return summary


def _of_seed(contest: Contest, results: Endings, start: int, seed: int, summary: Mapping[str, Any]) -> SeedResult:
    at, measured = int(results.diverged_at[start, seed]), ("steps_to_target", "settling_step", "tail_gap", "final_value", "final_distance")
    status: Status = "diverged" if at else "growing" if results.is_growing[start, seed] else "completed"
    return SeedResult(contest.seeds[seed], status, at or None, *(summary[name] for name in measured))


def averaged(summaries: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Mean and sample standard deviation of every measure over the seeds; None where one of them does not have it.

    The minimum is that of the first seed where all have the same, else None.
    """
    means, spreads = dict[str, Any](), dict[str, Any]()
    for name, first in summaries[0].items():
        values = [summary[name] for summary in summaries]
        if name == "minimum":
            same = all(value is not None and np.array_equal(value, first) for value in values)
            means[name] = first if same else None
            continue
        if any(value is None for value in values):
            means[name], spreads[name] = None, None
            continue
        numbers = np.array(values, dtype=np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            mean = numbers.mean(axis=0)
            spread = numbers.std(axis=0, ddof=1) if len(numbers) > 1 else None
        means[name] = mean if mean.ndim else float(mean)
        spreads[name] = spread if spread is None or spread.ndim else float(spread)
    return means, spreads


def _ranking(contest: Contest, results: Mapping[str, Endings], start: int) -> tuple[Standing, ...]:
    """The ranking from one start."""
    standings = [standing_of(label, ended, contest.target, start) for label, ended in results.items()]
    return tuple(ranked(standings, contest.std > 0))


def flips(upright: Outcome, turned: Outcome) -> list[Flip]:
    """The rankings and verdicts that differ from those at 0 degrees."""
    found = []
    for start, places in upright.ranking.items():
        before, here = ([place.label for place in of] for of in (places, turned.ranking[start]))
        if before != here:
            found.append(Flip(start, "ranking", before, here))
    for before_it, it in zip(upright.decompositions, turned.decompositions, strict=True):
        for of in ("result", "because"):
            was, now = getattr(before_it.conclusion, of), getattr(it.conclusion, of)
            if was != now:
                found.append(Flip(it.trial.start, of, was, now))
    return found

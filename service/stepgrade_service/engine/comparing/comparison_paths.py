"""The paths of a comparison, panel by panel, for a picture of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..loop.advance import DIVERGED
from ..running.batch import Noise, Recording
from ..running.state import State
from ..running.stops import read_stops
from ..running.summary import summarize_end
from ..running.trajectory import Trajectory, nearest_minimum
from ..running.trajectory_plan import Plan
from .comparison import Comparison, Outcome
from .contest import Contender, counted, results_of
from .decomposition import CELLS, four
from .matching import FIRST_STEP, GRAFT, MEAN_STEP, NONE, TUNED

#: Of more starts than these only the first are drawn, where each has a panel of its own.
MOST_PANELS = 6


@dataclass(frozen=True)
class Panel:
    """A panel of a picture, where it stands, and its labelled runs."""

    title: str
    runs: tuple[tuple[str, Trajectory], ...]
    row: int
    column: int


def panels_of(comparison: Comparison) -> tuple[Panel, ...]:
    """The 2 x 2 of step length (rows) and direction (columns), where it was asked for; else a panel a start.

    Each path is that of the first seed.
    """
    plan, contenders = comparison.plan, comparison.upright.contenders
    if plan.pair is not None:
        plain, other = (contenders[number] for number in plan.pair)
        return tuple(_cell(comparison, cell, place) for cell, place in zip(four(plain, other), CELLS, strict=True))
    shown = list(plan.starts)[:MOST_PANELS]
    runs = {contender.label: paths(comparison, contender) for contender in contenders}
    return tuple(
        Panel(f"from {name}" if len(plan.starts) > 1 else "", tuple((label, of[start]) for label, of in runs.items()), 0, start)
        for start, name in enumerate(shown)
    )


#: What the modes of matching did, for a reader of the picture.
MATCHED = {
    NONE: "Not matched: every learning rate is as given.",
    FIRST_STEP: "Matched: every first step is as long as that of {baseline}.",
    MEAN_STEP: "Matched: the mean step is as long as that of {baseline}.",
    GRAFT: "Grafted: each in its own direction, with the step length of {baseline}.",
    TUNED: "Tuned: each learning rate is the best of one grid.",
}


def notes_of(comparison: Comparison) -> list[str]:
    """What has to be said beside the picture: the matching, the verdicts, what turning changes, and what is not drawn."""
    plan, upright = comparison.plan, comparison.upright
    notes = [MATCHED[plan.match.mode].format(baseline=plan.contenders[plan.baseline].label)]
    notes += list(dict.fromkeys(f"{change.label}: {change.reason}." for change in upright.changes if change.reason))
    notes += [found.conclusion.verdict for found in upright.decompositions]
    notes += [note for turned in comparison.turned for note in _turned(turned)]
    if len(plan.contest.seeds) > 1:
        first, count = plan.contest.seeds[0], len(plan.contest.seeds)
        notes.append(f"What is drawn, and the steps told above it, are of the first of {count} seeds, {first}; verdicts are of all.")
    if plan.pair is not None and len(plan.contenders) > 2:
        plain, other = (plan.contenders[number].label for number in plan.pair)
        notes.append(f"Only {plain} and {other} are drawn, of {len(plan.contenders)} optimizers.")
    if plan.pair is None and len(plan.starts) > MOST_PANELS:
        notes.append(f"The first {MOST_PANELS} of {len(plan.starts)} starts are drawn.")
    return notes


def _turned(turned: Outcome) -> list[str]:
    """What comes out otherwise at an angle."""
    place = f"Turned by {turned.degrees:g} degrees"
    if not turned.flips:
        return [f"{place}, rankings and verdicts are the same."]
    if turned.decompositions:
        return [f"{place}: {found.conclusion.verdict}" for found in turned.decompositions]
    return [f"{place}, from {flip.start} the ranking is {', '.join(flip.here)}." for flip in turned.flips if flip.of == "ranking"]


def _cell(comparison: Comparison, cell: Contender, place: tuple[int, int]) -> Panel:
    """One cell of the 2 x 2, with its path from every start."""
    length, direction = place
    length_of = cell.label if cell.length_of is None else cell.length_of.label
    title = f"step length of {length_of}, direction of {cell.label}"
    return Panel(title, tuple((cell.label, run) for run in paths(comparison, cell)), length, direction)


def paths(comparison: Comparison, contender: Contender) -> list[Trajectory]:
    """What a contender does from each start, every step recorded."""
    plan, contest = comparison.plan, comparison.plan.contest
    ran = contest.run(contender, watched=True, looks=True, recording=Recording(every=1, points=True, values=True))
    ended = results_of(contest, ran)
    found = []
    for start, params in enumerate(plan.starts.values()):
        run = start * len(contest.seeds)
        diverged_at = int(ran.ended[run]) if ran.reason[run] == DIVERGED else None
        steps = plan.steps if diverged_at is None else diverged_at - 1
        choice = contender.choice.with_lr(plan.lr_of(contender, start))
        seed = {"std": contest.std, "seed": contest.seeds[0]} if contest.std > 0 else None
        described = Plan(
            choice=choice,
            problem=contest.problem,
            layout=params.layout,
            start=params.flat,
            steps=plan.steps,
            state=State(),
            schedule=contest.schedule,
            noise=Noise(contest.std, contest.seeds[:1]) if contest.std > 0 else None,
            target=contest.target,
            stops=read_stops(None, False),
            record_every=1,
            include=("points", "values"),
            gradients=None,
            posted_values=None,
            echoes={name: echo for name, echo in (("schedule", contest.schedule.echo), ("noise", seed)) if echo is not None},
        )
        end = ran.points[:, run]
        found.append(
            Trajectory(
                plan=described,
                status="diverged" if diverged_at is not None else "growing" if ended.is_growing[start, 0] else "completed",
                stopped_by=None,
                diverged_at=diverged_at,
                steps=steps,
                recorded=np.arange(steps + 1),
                points=ran.recorded_points[: steps + 1, :, run],
                values=ran.recorded_values[: steps + 1, run],
                gradients=None,
                updates=None,
                states=None,
                measures=None,
                state={"t": steps},
                summary={
                    "steps_to_target": counted(ended.steps_to_target[start, 0]),
                    **summarize_end(ended.rows[start, 0].tolist(), contest.std > 0),
                    "minimum": contest.problem.minima[nearest_minimum(contest.problem, end)],
                },
                end=end,
            )
        )
    return found

"""The paths of a comparison, panel by panel, for a picture of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..loop.advance import DIVERGED
from ..running.batch import Recording
from ..running.state import State
from ..running.stops import read_stops
from ..running.summary import summarize_end
from ..running.trajectory import Trajectory, nearest_minimum
from ..running.trajectory_plan import Plan
from .comparison import Comparison, Outcome
from .contest import Contender, counted, results_of
from .decomposition import CELLS, four
from .matching import FIRST_STEP, GRAFT, MEAN_STEP, NONE, TUNED

#: Of more starts than these, or of more optimizers beside a 2 x 2, only the first are drawn: each has a panel of its own.
MOST_PANELS = 6

#: From at most so many starts the picture has the whole verdicts, from more the headlines alone; and it has at most so many headlines.
MOST_VERDICTS, MOST_HEADLINES = 2, 6


@dataclass(frozen=True)
class Panel:
    """A panel of a picture, where it stands, and its labelled runs."""

    title: str
    runs: tuple[tuple[str, Trajectory], ...]
    row: int
    column: int


def panels_of(comparison: Comparison) -> tuple[Panel, ...]:
    """The 2 x 2 of step length (rows) and direction (columns) where it was asked for, and below it the other optimizers; else one
    panel per start.

    Each path is that of the first seed.
    """
    plan, contenders = comparison.plan, comparison.upright.contenders
    if plan.pair is not None:
        plain, other = (contenders[number] for number in plan.pair)
        cells = [_cell(comparison, cell, place) for cell, place in zip(four(plain, other), CELLS, strict=True)]
        return (*cells, *_others(comparison))
    shown = list(plan.starts)[:MOST_PANELS]
    runs = {contender.label: paths(comparison, contender) for contender in contenders}
    return tuple(
        Panel(f"from {name}" if len(plan.starts) > 1 else "", tuple((label, of[start]) for label, of in runs.items()), 0, start)
        for start, name in enumerate(shown)
    )


#: What the modes of matching did, for a reader of the picture.
MATCHED = {
    NONE: "Not matched: each optimizer has the learning rate that was given.",
    FIRST_STEP: "Matched: the first step of each optimizer is as long as the first step of {baseline}.",
    MEAN_STEP: "Matched: the mean step of each optimizer is as long as the mean step of {baseline}.",
    GRAFT: "Grafted: each optimizer keeps its own direction and takes the step length of {baseline}.",
    TUNED: "Tuned: each optimizer has the best learning rate of the same grid.",
}

#: A 2 x 2 has so many rows and columns.
COLUMNS = 2

#: The other words of a picture of a comparison: what it shows beside the 2 x 2, what it leaves out, and what a rotation changes.
FIRST_SEED = "The picture shows seed {first}, the first of {count}. The verdicts use all seeds."
FIRST_SEED_ALONE = "The picture shows seed {first}, the first of {count}. The rankings use all seeds."
OTHER = "{label} (not part of the 2 x 2)"
FIRST_STARTS = "The picture shows the first {shown} of {count} starts."
FIRST_OTHERS = "The picture shows the first {shown} of {count} other optimizers."
FIRST_HEADLINES = "The picture shows the verdicts of the first {shown} of {count} starts."
ROTATED_SAME = "Rotated by {degrees:g} degrees: the rankings and verdicts do not change."
ROTATED = "Rotated by {degrees:g} degrees: {headline}"
ROTATED_RANKING = "Rotated by {degrees:g} degrees: the ranking from {start} is {ranking}."


def verdicts_of(comparison: Comparison) -> list[tuple[str, str]]:
    """The main sentences of the picture, and after each what explains it, where there is room for that."""
    found = [each.conclusion for each in comparison.upright.decompositions]
    has_room = len(found) <= MOST_VERDICTS
    return [(each.headline, each.verdict.removeprefix(each.headline).strip() if has_room else "") for each in found[:MOST_HEADLINES]]


def notes_of(comparison: Comparison) -> list[str]:
    """What one has to know to read the picture: the matching, what a rotation changes, and what is not drawn."""
    plan, upright = comparison.plan, comparison.upright
    notes = [MATCHED[plan.match.mode].format(baseline=plan.contenders[plan.baseline].label)]
    notes += [plan.budgets.note] if plan.budgets.note else []
    notes += list(dict.fromkeys(f"{change.label}: {change.reason}." for change in upright.changes if change.reason))
    notes += [note for turned in comparison.turned for note in _turned(turned)]
    if len(plan.contest.seeds) > 1:
        said = FIRST_SEED_ALONE if plan.pair is None else FIRST_SEED
        notes.append(said.format(first=plan.contest.seeds[0], count=len(plan.contest.seeds)))
    return notes + _left_out(comparison)


def _left_out(comparison: Comparison) -> list[str]:
    """What the picture does not show, of what there is very much."""
    plan, others = comparison.plan, len(comparison.plan.contenders) - 2
    if plan.pair is None:
        return [FIRST_STARTS.format(shown=MOST_PANELS, count=len(plan.starts))] if len(plan.starts) > MOST_PANELS else []
    notes = []
    if others > MOST_PANELS:
        notes.append(FIRST_OTHERS.format(shown=MOST_PANELS, count=others))
    if len(plan.starts) > MOST_HEADLINES:
        notes.append(FIRST_HEADLINES.format(shown=MOST_HEADLINES, count=len(plan.starts)))
    return notes


def _turned(turned: Outcome) -> list[str]:
    """What is different at an angle."""
    if not turned.flips:
        return [ROTATED_SAME.format(degrees=turned.degrees)]
    changed = {flip.start for flip in turned.flips if flip.of != "ranking"}
    notes = [
        ROTATED.format(degrees=turned.degrees, headline=found.conclusion.headline)
        for found in turned.decompositions
        if found.trial.start in changed
    ]
    if not notes:
        notes = [
            ROTATED_RANKING.format(degrees=turned.degrees, start=flip.start, ranking=", ".join(flip.here))
            for flip in turned.flips
            if flip.of == "ranking"
        ]
    return notes[:MOST_HEADLINES]


def _others(comparison: Comparison) -> list[Panel]:
    """The optimizers that are not part of the 2 x 2, one panel each, in the rows below it."""
    pair = comparison.plan.pair or ()
    others = [contender for number, contender in enumerate(comparison.upright.contenders) if number not in pair]
    panels = []
    for number, contender in enumerate(others[:MOST_PANELS]):
        below, column = divmod(number, COLUMNS)
        runs = tuple((contender.label, run) for run in paths(comparison, contender))
        panels.append(Panel(OTHER.format(label=contender.label), runs, COLUMNS + below, column))
    return panels


def _cell(comparison: Comparison, cell: Contender, place: tuple[int, int]) -> Panel:
    """One cell of the 2 x 2, with its path from every start."""
    length, direction = place
    length_of = cell.label if cell.length_of is None else cell.length_of.label
    title = f"step length of {length_of}, direction of {cell.label}"
    return Panel(title, tuple((cell.label, run) for run in paths(comparison, cell)), length, direction)


def paths(comparison: Comparison, contender: Contender) -> list[Trajectory]:
    """What a contender does from each start, every step recorded."""
    plan, contest, schedule = comparison.plan, comparison.plan.contest, comparison.plan.schedule_of(contender)
    ran = contest.run(contender, watched=True, looks=True, recording=Recording(every=1, points=True, values=True))
    ended = results_of(contest, ran)
    found = []
    for start, params in enumerate(plan.starts.values()):
        run = start * len(contest.seeds)
        diverged_at = int(ran.ended[run]) if ran.reason[run] == DIVERGED else None
        steps = plan.steps_of(contender) if diverged_at is None else diverged_at - 1
        choice = contender.choice.with_lr(plan.lr_of(contender, start))
        noise = contest.noise(contest.seeds[:1])
        told = None if noise is None else {**noise.settings, "seed": noise.seeds[0]}
        described = Plan(
            choice=choice,
            problem=contest.problem,
            layout=params.layout,
            start=params.flat,
            steps=plan.steps_of(contender),
            state=State(),
            schedule=schedule,
            noise=noise,
            target=contest.target,
            stops=read_stops(None, False),
            record_every=1,
            include=("points", "values"),
            gradients=None,
            posted_values=None,
            echoes={name: echo for name, echo in (("schedule", schedule.echo), ("noise", told)) if echo is not None},
        )
        end = ran.points[:, run]
        found.append(
            Trajectory(
                plan=described,
                status="diverged" if diverged_at is not None else "growing" if ended.is_growing[start, 0] else "completed",
                stopped_by=None,
                diverged_at=diverged_at,
                detail=None,
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
                    **summarize_end(ended.found[:, start, 0].tolist(), contest.is_noisy),
                    "minimum": contest.problem.minima[nearest_minimum(contest.problem, end)],
                },
                end=end,
            )
        )
    return found

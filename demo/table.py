"""The answers in words: a table, and what it means, both made from the numbers."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from experiment import STEPS, Run

WIDTH = 80

READING = (
    "Steps are counted until 5 % of the start's distance from the minimum is left. Efficiency is the straight way over the way "
    "taken, reversals are turns back along an axis, both axes together (the API's sign_flips), both until then. "
    f"The final distance is that after {STEPS} steps."
)

HEADINGS = (("", "", "steps", "path", "", "final"), ("method", "settings", "to 5 %", "efficiency", "reversals", "distance"))
ROW = "{:<14} {:<22} {:>7} {:>11} {:>10} {:>9}"


def folded(text: str) -> str:
    """A paragraph in lines that fit a terminal."""
    return textwrap.fill(text, WIDTH)


def table(start: str, runs: Sequence[Run]) -> str:
    """One line a method."""
    x, y = runs[0].points[0]
    rows = [
        (run.name, run.settings, shown(run.steps), f"{run.efficiency:.2f}", run.reversals, f"{run.answer.summary['final_distance']:.1e}")
        for run in runs
    ]
    lines = [ROW.format(*row).rstrip() for row in (*HEADINGS, *rows)]
    rule = "-" * max(map(len, lines))
    return "\n".join([f"Start {start} = ({x:g}, {y:g})", rule, *lines[:2], rule, *lines[2:], rule])


def shown(steps: int | None) -> str:
    """A number of steps, or that there is none."""
    return "never" if steps is None else str(steps)


def meaning(start: str, runs: Sequence[Run]) -> str:
    """What RMSprop's rescaling did from here: to the speed, to the path, and to its lead over plain gradient descent."""
    rmsprop = next(run for run in runs if run.name == "rmsprop")
    normalized = next(run for run in runs if run.name == "normalized_gd")
    plain = min((run.steps for run in runs if run.name == "gd" and run.steps is not None), default=None)
    if rmsprop.steps is None or normalized.steps is None:
        late = " and ".join(run.name for run in (rmsprop, normalized) if run.steps is None)
        return folded(f"From {start} {late} did not come to within 5 % in {STEPS} steps, so the speeds cannot be compared.")
    compared = f"({rmsprop.steps} steps) {speed(rmsprop.steps, normalized.steps)} normalized gradient descent ({normalized.steps})"
    return folded(f"From {start} RMSprop {compared}, {path(rmsprop, normalized)}: {lead(rmsprop, normalized, plain)}.")


def speed(steps: int, others: int) -> str:
    """The one against the other."""
    if steps == others:
        return "is as fast as"
    return "is faster than" if steps < others else "is no faster than"


def path(rmsprop: Run, normalized: Run) -> str:
    """Whose path is straighter, as far as the table shows it."""
    efficiency = f"efficiency {rmsprop.efficiency:.2f} against {normalized.efficiency:.2f}"
    numbers = f"{efficiency}, reversals {rmsprop.reversals} against {normalized.reversals}"
    if rmsprop.efficiency == normalized.efficiency:
        return f"and its path is as straight ({numbers})"
    straighter, faster = rmsprop.efficiency > normalized.efficiency, sooner(rmsprop, normalized.steps)
    return f"{'and' if straighter == faster else 'though'} its path is {'straighter' if straighter else 'less straight'} ({numbers})"


def lead(rmsprop: Run, normalized: Run, plain: int | None) -> str:
    """What the lead over plain gradient descent is made of; normalized gradient descent has that one's direction."""
    best = "which never gets there" if plain is None else f"{plain} at best"
    if not sooner(rmsprop, plain):
        return f"it has no lead over plain gradient descent ({best})"
    over = f"its lead over plain gradient descent ({best})"
    if not sooner(rmsprop, normalized.steps):
        return f"{over} is step length"
    if rmsprop.efficiency > normalized.efficiency:
        return f"{over} is also direction, and the rescaling helped"
    lengths = f"{rmsprop.mean_step:.2f} a step against {normalized.mean_step:.2f}"
    return f"{over} is step length ({lengths}), and the rescaling did not help the direction"


def sooner(run: Run, others: int | None) -> bool:
    """Whether a run got there in fewer steps."""
    return run.steps is not None and (others is None or run.steps < others)

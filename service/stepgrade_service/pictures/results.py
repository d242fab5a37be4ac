"""How far the runs of a panel came, in words."""

from __future__ import annotations

from collections.abc import Sequence

from .runs import Drawn, starts_of
from .settings import held, shortened


def results_of(group: Sequence[Drawn]) -> list[str]:
    """How many steps each run of a panel took to the target; from one start the fewest first. Nothing where that was not measured."""
    known = [drawn for drawn in group if "steps_to_target" in drawn.trajectory.summary and _has_minimum(drawn)]
    if not known:
        return []
    steps = {id(drawn): drawn.trajectory.summary["steps_to_target"] for drawn in known}
    reached = [drawn for drawn in known if steps[id(drawn)] is not None]
    if len(starts_of(group)) == 1:
        reached.sort(key=lambda drawn: steps[id(drawn)])
    missed = [drawn for drawn in known if steps[id(drawn)] is None]
    texts = []
    if reached:
        texts.append("steps to the target: " + ", ".join(held(_told(_who(drawn, group), steps[id(drawn)])) for drawn in reached))
    if missed:
        texts.append(f"target not reached: {', '.join(held(_who(drawn, group)) for drawn in missed)}".rstrip(": "))
    return ["; ".join(texts)]


def _has_minimum(drawn: Drawn) -> bool:
    """Whether there is a minimum to which a distance is known."""
    problem = drawn.trajectory.plan.problem
    return problem is not None and bool(problem.facts.minima)


def _told(who: str, steps: float) -> str:
    """`gd 2: 32`, or the number alone."""
    return ": ".join(filter(None, [who, f"{steps:.6g}"]))


def _who(drawn: Drawn, group: Sequence[Drawn]) -> str:
    """What tells a run from the others of its panel: its label, its start, or both; nothing where it is alone."""
    label = shortened(drawn.run.label or drawn.run.name) if len({other.run.label for other in group}) > 1 else ""
    start = f"from {drawn.start}" if len(starts_of(group)) > 1 else ""
    return " ".join(filter(None, [label, start]))

"""How the runs of a panel ended, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..engine.running.stops import TOUCH
from ..engine.running.trajectory import nearest_minimum
from .minima import lowest_of
from .runs import Drawn, is_lost, starts_of
from .settings import held, shortened

#: Writes the lines of one kind: from its runs, and all runs of the panel.
Write = Callable[[list[Drawn], Sequence[Drawn]], Iterator[str]]


def results_of(group: Sequence[Drawn]) -> list[str]:
    """How the runs of a panel ended, one line per kind of end; who settled from one start stands in the order of the steps.

    Where no minimum is known, only who diverged or is growing.
    """
    kinds: dict[str, list[Drawn]] = {}
    for drawn in group:
        if kind := _kind(drawn):
            kinds.setdefault(kind, []).append(drawn)
    return [*(line for kind, write in LINES.items() if kind in kinds for line in write(kinds[kind], group)), *_minima(group)]


def _minima(group: Sequence[Drawn]) -> list[str]:
    """Who ended at the lowest minimum and who did not, where that differs: then the steps alone decide nothing."""
    ended: dict[bool, list[str]] = {True: [], False: []}
    for drawn in group:
        problem = drawn.trajectory.plan.problem
        if problem is not None and problem.facts.minima and not is_lost(drawn.trajectory):
            ended[bool(lowest_of(problem)[nearest_minimum(problem, drawn.trajectory.end)])].append(held(_who(drawn, group)))
    if not (ended[True] and ended[False]):
        return []
    return [f"nearest to the lowest minimum at the end: {', '.join(ended[True])}"]


def _kind(drawn: Drawn) -> str | None:
    """Which of the `LINES` a run belongs to; None where nothing is known of its end."""
    run, summary = drawn.trajectory, drawn.trajectory.summary
    if is_lost(run):
        return run.status
    problem = run.plan.problem
    if problem is None or not problem.facts.minima or "settling_step" not in summary:
        return None
    if run.plan.target.arrival == TOUCH:
        return "missed" if summary["steps_to_target"] is None else "touched"
    if summary["settling_step"] is not None:
        return "settled"
    return "touched and left" if summary["steps_to_target"] is not None else "cycling" if summary["limit_cycle"] else "not settled"


def _arrived(words: str, measure: str) -> Write:
    """`settled: gd 148, rmsprop 111`, or `settled at step 148` of one alone."""

    def write(those: list[Drawn], group: Sequence[Drawn]) -> Iterator[str]:
        steps = {id(drawn): drawn.trajectory.summary[measure] for drawn in those}
        ordered = sorted(those, key=lambda drawn: steps[id(drawn)]) if len(starts_of(group)) == 1 else those
        if not _who(ordered[0], group):
            yield f"{words} at step {steps[id(ordered[0])]:.6g}"
            return
        yield f"{words}: " + ", ".join(held(f"{_who(drawn, group)} {steps[id(drawn)]:.6g}") for drawn in ordered)

    return write


def _each(words: str, detail: Callable[[Drawn], str] | None = None, alone: str = "{} ({})") -> Write:
    """`diverged: gd (at step 12)`; `alone` is how words and detail stand where there is only one run, `diverged at step 12`."""

    def write(those: list[Drawn], group: Sequence[Drawn]) -> Iterator[str]:
        if not _who(those[0], group):
            yield alone.format(words, detail(those[0])) if detail else words
            return
        named = [f"{_who(drawn, group)} ({detail(drawn)})" if detail else _who(drawn, group) for drawn in those]
        yield f"{words}: {', '.join(map(held, named))}"

    return write


def _within(words: str) -> Write:
    """`not settled within 200 steps: gd`: a line per number of steps, for a run that is still on its way is told with its budget."""

    def write(those: list[Drawn], group: Sequence[Drawn]) -> Iterator[str]:
        for steps in dict.fromkeys(drawn.trajectory.steps for drawn in those):
            who = ", ".join(held(_who(drawn, group)) for drawn in those if drawn.trajectory.steps == steps)
            yield f"{words} within {steps} step{'' if steps == 1 else 's'}" + (f": {who}" if who else "")

    return write


def _touch(drawn: Drawn) -> str:
    """When a run first touched the target, and the limit cycle that it is in."""
    summary = drawn.trajectory.summary
    return "; ".join(filter(None, [f"step {summary['steps_to_target']:.6g}", _cycle(drawn) and f"limit cycle, {_cycle(drawn)}"]))


def _cycle(drawn: Drawn) -> str:
    summary = drawn.trajectory.summary
    radius = summary["limit_cycle_radius"]
    return f"radius {radius:.2g}" if summary["limit_cycle"] and radius is not None else ""


#: What is said of each kind of end, in the order of the lines.
LINES: dict[str, Write] = {
    "settled": _arrived("settled", "settling_step"),
    "touched": _arrived("reached the target", "steps_to_target"),
    "touched and left": _each("touched, did not stay", _touch),
    "cycling": _each("limit cycle", _cycle),
    "not settled": _within("not settled"),
    "missed": _within("target not reached"),
    "growing": _each("growing"),
    "diverged": _each("diverged", lambda drawn: f"at step {drawn.trajectory.diverged_at}", alone="{} {}"),
}


def _who(drawn: Drawn, group: Sequence[Drawn]) -> str:
    """What tells a run from the others of its panel: its label (without one its name, with its settings where another has the
    same name), its start, or both; nothing where it is alone."""
    captions, names = {other.caption for other in group}, {other.run.name for other in group}
    name = drawn.run.label or (drawn.run.name if len(names) == len(captions) else f"{drawn.caption.replace(': ', ' (', 1)})")
    label = shortened(name) if len(captions) > 1 else ""
    start = f"from {drawn.start}" if len(starts_of(group)) > 1 else ""
    return " ".join(filter(None, [label, start]))

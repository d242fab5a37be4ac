"""The tables of the page, from the answers."""

from __future__ import annotations

from make_tables import table

from stepgrade import Comparison, Run

from .dupont import CORRECTED, SHIPPED, P, Shown
from .questions import BUDGETS, MODES, OPPONENTS, RMSPROP, STARTS, Questions
from .words import MISSED, answer, count, flips, of, one, rate, small, steps, times, two, with_error

R = RMSPROP["label"]


def bowl(ask: Questions) -> str:
    """The four methods from both starts."""
    heads = ["from", "method", "T", "first step", "efficiency", "descent", "target", "turning", "flips (w, b)"]
    names = ("path_efficiency", "descent_cosine", "target_cosine", "turning_cosine")
    rows = [
        [run.start, run.label, steps(run), two(run.summary["first_step"]), *(two(run.summary[name]) for name in names), flips(run)]
        for run in by_start(ask.bowl)
    ]
    return table(heads, rows)


def by_start(comparison: Comparison) -> list[Run]:
    return sorted(comparison, key=lambda run: STARTS.index(run.start))


def splits(ask: Questions) -> str:
    """The four cells and both effects, from each start against each opponent."""
    heads = ["from", "opponent", "itself", "+ length", "+ direction", "RMSprop", "length", "direction", "verdict"]
    found = [of(ask.splits[plain["label"]], start) for start in STARTS for plain in OPPONENTS]
    rows = [
        [
            each.start, each.plain, *(count(cell["steps_to_target"]) for cell in each.cells),
            times(each.magnitude_effect), times(each.direction_effect), answer(each),
        ]
        for each in found
    ]  # fmt: skip
    return table(heads, rows)


def matched(ask: Questions) -> str:
    """Slow gradient descent against RMSprop, with rates made comparable."""
    heads = ["`match`", "from", "gd lr", "RMSprop lr", "gd T", "RMSprop T", "verdict"]
    return table(heads, [[f"`{mode}`", *_pair(ask.matched[mode], start, "gd 0.02")] for mode in MODES for start in STARTS])


def tuned(ask: Questions) -> str:
    """Both tuned for the same number of steps."""
    heads = ["tuned for", "from", "gd lr", "RMSprop lr", "gd T", "RMSprop T", "verdict", "gd gap", "RMSprop gap"]
    rows = []
    for budget in BUDGETS:
        for start in STARTS:
            found = of(ask.tuned[budget], start)
            gaps = [small(found.cells[corner]["value_gap"]) for corner in (0, 3)]
            rows.append([f"{budget} steps", *_pair(ask.tuned[budget], start, "gd"), *gaps])
    return table(heads, rows)


def _pair(comparison: Comparison, start: str, plain: str) -> list[str]:
    one_of, other = comparison[plain, start], comparison[R, start]
    return [start, rate(one_of), rate(other), steps(one_of), steps(other), answer(of(comparison, start))]


def turned(ask: Questions) -> str:
    """The steps of both on a bowl that is turned."""
    heads = ["turned by", "normalized, A", "RMSprop, A", "verdict, A", "normalized, B", "RMSprop, B", "verdict, B"]
    rows = []
    for degrees, outcome in [(0.0, ask.turned), *((each.degrees, each) for each in ask.turned.rotations)]:
        cells = [[steps(outcome["normalized gd", start]), steps(outcome[R, start]), of(outcome, start).result] for start in STARTS]
        rows.append([f"{degrees:g}°", *(cell for each in cells for cell in each)])
    return table(heads, rows)


def noisy(ask: Questions) -> str:
    """Means over the seeds, with their standard errors."""
    heads = ["from", "method", "T without noise", "T", "efficiency", "descent"]
    rows = [
        [
            run.start, run.label, steps(ask.bowl[run.label, run.start]), with_error(run, "steps_to_target"),
            with_error(run, "path_efficiency", 2), with_error(run, "descent_cosine", 2),
        ]
        for run in by_start(ask.noisy)
    ]  # fmt: skip
    return table(heads, rows)


def maps(ask: Questions) -> str:
    """At how many starts of the grid who is first, and what RMSprop's direction and step length did there."""
    heads = ["bowl", "opponent", "RMSprop first", "tie", "opponent first", "direction helps / hurts", "length helps / hurts"]
    rows = []
    for (turn, plain), found in ask.maps.items():
        first, *effects = (found.counts[name] for name in ("steps_to_target", "direction_effect", "magnitude_effect"))
        numbers = (first["ahead"][R], first["ties"], first["ahead"][plain])
        pairs = [_against(effect["helps"], effect["hurts"]) for effect in effects]
        rows.append([f"turned by {turn}°" if turn else "upright", plain, *(f"{number:,}" for number in numbers), *pairs])
    return table(heads, rows)


def _against(one_count: int, other: int) -> str:
    return f"{one_count:,} / {other:,}"


def aims(ask: Questions) -> str:
    """The upright map against normalized gradient descent, by the cosine at the start."""
    heads = ["cosine at the start", "starts", "RMSprop first", "tie", "normalized gd first", "direction helps / hurts"]
    rows = [
        [each.named, *(f"{number:,}" for number in (each.starts, each.first, each.ties, each.later)), _against(each.helps, each.hurts)]
        for each in ask.aims["normalized gd"]
    ]
    return table(heads, rows)


def shipped(ask: Questions) -> str:
    """Dupont's four as they are."""
    return _dupont(ask, SHIPPED)


def corrected(ask: Questions) -> str:
    """The same corrected, and two more."""
    return _dupont(ask, CORRECTED)


def _dupont(ask: Questions, methods: tuple[Shown, ...]) -> str:
    heads = ["method", "lr", "steps", "first step", "T", "ends at the global minimum", "at the local one", "at neither"]
    rows = []
    for shown in methods:
        summary = ask.dupont.run(shown, P).summary
        reached = MISSED if summary["steps_to_target"] is None else count(summary["steps_to_target"])
        shares = [f"{one(share)} %" for share in ask.dupont.shares(shown)]
        rows.append([shown.name, f"{shown.optimizer['lr']:g}", str(shown.steps), f"{summary['first_step']:.3f}", reached, *shares])
    return table(heads, rows)

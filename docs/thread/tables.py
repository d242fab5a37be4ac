"""The tables of the page, from the answers."""

from __future__ import annotations

from typing import Any

from tables.markdown import table

from stepgrade import Comparison, Run

from .dupont import CORRECTED, SHIPPED, P, Shown
from .questions import BUDGETS, FACTOR, FAST, METHODS, MODES, OPPONENTS, RHOS, RMSPROP, STARTS, STEPS, Questions
from .words import answer, count, flips, four, gap, inside, of, one, rate, settled, touched, two, with_error

R = RMSPROP["label"]

#: Where the settling step depends on rounding: 78, 78, 73, 72, 70 from 15 to 75 degrees; with 60 digits 78, 88, 76, 72, 70.
ROUNDED = "about 75"

#: The grid has one point that is no start: the minimum itself, at which both are from the first.
AT_THE_MINIMUM = 1

LABELS = [each["label"] for each in METHODS]


def bowl(ask: Questions) -> str:
    """The four methods from both starts."""
    heads = ["from", "method", "settled", "first step", "efficiency", "descent", "target", "turning", "sign changes (w, b)"]
    names = ("path_efficiency", "descent_cosine", "target_cosine", "turning_cosine")
    rows = [
        [run.start, run.label, settled(run), two(run.summary["first_step"]), *(two(run.summary[name]) for name in names), flips(run)]
        for run in by_start(ask.bowl)
    ]
    return table(heads, rows)


def touch(ask: Questions) -> str:
    """Touching the target beside settling there, at a constant rate."""
    heads = ["from", "method", "touched", "settled", "inside after the touch", "left it", "limit cycle", "end gap"]
    rows = [
        [
            run.start, run.label, touched(run), settled(run), inside(run), _times(run.summary["exits"]),
            f"radius {two(run.summary['limit_cycle_radius'])}" if run.summary["limit_cycle"] else "no", gap(run.summary["tail_gap"]),
        ]
        for run in by_start(ask.bowl)
    ]  # fmt: skip
    return table(heads, rows)


def _times(number: float) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(int(number), f"{number:.0f} times")


def decays(ask: Questions) -> str:
    """The settling steps with a constant rate, and with rates that decay."""
    heads = ["from", "method", "constant rate", f"cosine over {STEPS} steps", f"a factor of {FACTOR:g} per step"]
    rows = [[start, label, *(settled(found[label, start]) for found in ask.decays.values())] for start in STARTS for label in LABELS]
    return table(heads, rows)


def by_start(comparison: Comparison) -> list[Run]:
    return sorted(comparison, key=lambda run: STARTS.index(run.start))


def splits(ask: Questions) -> str:
    """The four cells from each start against each opponent."""
    heads = ["from", "opponent", "itself", "+ length", "+ direction", "RMSprop", "verdict"]
    rows = [
        [start, plain["label"], *four(ask.splits[plain["label"]], start), answer(of(ask.splits[plain["label"]], start))]
        for start in STARTS
        for plain in OPPONENTS
    ]
    return table(heads, rows)


def matched(ask: Questions) -> str:
    """Slow gradient descent against RMSprop, with rates made comparable."""
    heads = ["`match`", "from", "gd lr", "RMSprop lr", "gd settled", "RMSprop settled", "verdict"]
    return table(heads, [[f"`{mode}`", *_pair(ask.matched[mode], start, "gd 0.02")] for mode in MODES for start in STARTS])


def tuned(ask: Questions) -> str:
    """Both tuned for the same number of steps."""
    heads = ["tuned for", "from", "gd lr", "RMSprop lr", "gd settled", "RMSprop settled", "verdict"]
    rows = [[f"{budget} steps", *_pair(ask.tuned[budget], start, "gd")] for budget in BUDGETS for start in STARTS]
    return table(heads, rows)


def _pair(comparison: Comparison, start: str, plain: str) -> list[str]:
    one_of, other = comparison[plain, start], comparison[R, start]
    return [start, rate(one_of), rate(other), settled(one_of), settled(other), answer(of(comparison, start))]


def by_rho(ask: Questions) -> str:
    """The settling steps of gradient descent and of RMSprop, by rho and by the number of steps."""
    labels = [FAST["label"], *(f"rho {rho:g}" for rho in RHOS)]
    heads = ["from", "steps", "gd 0.09", *(f"RMSprop, {label}" for label in labels[1:])]
    rows = [[start, f"{n:,}", *(settled(found[label, start]) for label in labels)] for start in STARTS for n, found in ask.by_rho.items()]
    return table(heads, rows)


def maps_by_rho(ask: Questions) -> str:
    """Who settles first over the grid with torch's rho."""
    heads = ["opponent", "RMSprop", "opponent", "equal", "neither"]
    return table(heads, [[plain, *_race(found.counts["settling_step"], plain)] for plain, found in ask.maps_by_rho.items()])


def turned(ask: Questions) -> str:
    """Both on a bowl that is rotated: where they settle from A, and their end gaps from B."""
    heads = ["rotated by", "normalized, A", "RMSprop, A", "verdict, A", "normalized, B", "RMSprop, B", "verdict, B"]
    rows = []
    for degrees, outcome in [(0.0, ask.turned), *((each.degrees, each) for each in ask.turned.rotations)]:
        cells = [[*(_outcome(outcome[label, start]) for label in ("normalized gd", R)), of(outcome, start).result] for start in STARTS]
        if degrees % 90:
            cells[0][1] = ROUNDED
        rows.append([f"{degrees:g}°", *(cell for each in cells for cell in each)])
    return table(heads, rows)


def _outcome(run: Run) -> str:
    """The settling step, or the end gap of a run that did not settle."""
    return f"gap {two(run.summary['tail_gap'])}" if run.summary["settling_step"] is None else settled(run)


def noisy(ask: Questions) -> str:
    """Means over the seeds, with their standard errors."""
    heads = ["from", "method", "end gap without noise", "end gap", "touched", "efficiency", "descent"]
    rows = [
        [
            run.start, run.label, gap(ask.bowl[run.label, run.start].summary["tail_gap"]), with_error(run, "tail_gap", 3),
            with_error(run, "steps_to_target"), with_error(run, "path_efficiency", 2), with_error(run, "descent_cosine", 2),
        ]
        for run in by_start(ask.noisy)
    ]  # fmt: skip
    return table(heads, rows)


def maps(ask: Questions) -> str:
    """From how many starts of the grid RMSprop or its opponent settles first, and what the direction and the step length do."""
    heads = ["bowl", "opponent", "RMSprop", "opponent", "equal", "neither", "direction helps / hurts", "length helps / hurts"]
    rows = []
    for (turn, plain), found in ask.maps.items():
        first, *effects = (found.counts[name] for name in ("settling_step", "direction_effect", "magnitude_effect"))
        pairs = [_against(effect["helps"], effect["hurts"]) for effect in effects]
        rows.append([f"rotated by {turn}°" if turn else "upright", plain, *_race(first, plain), *pairs])
    return table(heads, rows)


def races(ask: Questions) -> str:
    """From how many starts RMSprop or normalized gradient descent is first: to touch the target, and to settle there."""
    heads = ["first to", "RMSprop", "normalized gd", "equal", "neither"]
    counts, decayed = ask.maps[0, "normalized gd"].counts, ask.decayed_maps
    found = {
        "touch, constant rate": counts["steps_to_target"],
        "settle, constant rate": counts["settling_step"],
        "settle, cosine": decayed["cosine"].counts["settling_step"],
        f"settle, a factor of {FACTOR:g}": decayed["factor"].counts["settling_step"],
    }
    return table(heads, [[name, *_race(each, "normalized gd")] for name, each in found.items()])


def _race(counts: dict[str, Any], plain: str) -> list[str]:
    """From how many starts RMSprop is first, its opponent, both, neither."""
    numbers = (counts["ahead"][R], counts["ahead"][plain], counts["equal"] - AT_THE_MINIMUM, counts["neither"])
    return [f"{number:,}" for number in numbers]


def _against(one_count: int, other: int) -> str:
    return f"{one_count:,} / {other:,}"


def aims(ask: Questions) -> str:
    """The upright map against normalized gradient descent, by the cosine at the start."""
    heads = ["cosine at the start", "starts", "touches first / later", "settles first / later", "direction helps / hurts"]
    rows = [
        [
            each.named, f"{each.starts:,}", _against(each.touches_first, each.touches_later),
            _against(each.settles_first, each.settles_later), _against(each.helps, each.hurts),
        ]
        for each in ask.aims["normalized gd"]
    ]  # fmt: skip
    return table(heads, rows)


def shipped(ask: Questions) -> str:
    """Dupont's four as they are."""
    return _dupont(ask, SHIPPED)


def corrected(ask: Questions) -> str:
    """The same corrected, and two more."""
    return _dupont(ask, CORRECTED)


def _dupont(ask: Questions, methods: tuple[Shown, ...]) -> str:
    heads = ["method", "lr", "steps", "first step", "settled", "ends at the global minimum", "at the local one", "at neither"]
    rows = []
    for shown in methods:
        summary = ask.dupont.run(shown, P).summary
        shares = [f"{one(share)} %" for share in ask.dupont.shares(shown)]
        first, settled_at = f"{summary['first_step']:.3f}", count(summary["settling_step"])
        rows.append([shown.name, f"{shown.optimizer['lr']:g}", str(shown.steps), first, settled_at, *shares])
    return table(heads, rows)

"""Numbers as the page writes them."""

from __future__ import annotations

from math import sqrt
from typing import Any

from stepgrade import Comparison, Decomposition, Rotation, Run

MISSED = "never"


def settled(run: Run) -> str:
    """The step from which a run stays at the target."""
    return count(run.summary["settling_step"])


def touched(run: Run) -> str:
    """The first step at the target: 28, or 28.4 on average over seeds."""
    return count(run.summary["steps_to_target"])


def count(number: float | None) -> str:
    """A whole number as one, a mean to a tenth."""
    return MISSED if number is None else f"{number:.0f}" if number == round(number) else f"{number:.1f}"


def with_error(run: Run, measure: str, digits: int = 1) -> str:
    """A mean over seeds with its standard error."""
    mean, spread = run.summary[measure], (run.spread or {}).get(measure)
    return MISSED if mean is None or spread is None else f"{mean:.{digits}f} ± {spread / sqrt(len(run.seeds)):.{digits}f}"


def answer(found: Decomposition) -> str:
    """The verdict in two or three words."""
    if found.because is None:
        return found.result
    return f"{found.result}: {found.because}" if found.result != "tie" else f"tie, {found.because}"


def of(comparison: Comparison | Rotation, start: str) -> Decomposition:
    """What was split at a start."""
    return next(found for found in comparison.decompose if found.start == start)


def four(comparison: Comparison, start: str) -> list[str]:
    """The outcome of the four runs of a split: the settling steps, or the end gaps where they are what is compared."""
    found = of(comparison, start)
    by_steps = found.outcome == "log10_settling_step"
    return [count(cell["settling_step"]) if by_steps else f"gap {gap(cell['tail_gap'])}" for cell in found.cells]


def inside(run: Run) -> str:
    """The share of the points after the first touch that are at the target."""
    share = run.summary["share_inside"]
    return "–" if share is None else f"{100 * share:.0f} %"


def gap(number: float | None) -> str:
    """A value gap in two digits; one below 1e-9 is almost 0, and is rounding."""
    return "almost 0" if number is not None and number < 1e-9 else small(number)


def verdict(comparison: Comparison | Rotation, start: str) -> str:
    """The service's own sentence, as a quotation."""
    return f"> {comparison.verdicts[start]}"


def small(number: float | None) -> str:
    """A number of any size in two digits: 0.014, 2e-7."""
    return "–" if number is None else f"{number:.2g}".replace("e-0", "e-")


def flips(run: Run) -> str:
    """How often a step turned back along w, and along b."""
    return ", ".join(f"{each:.0f}" for each in run.summary["sign_flips"])


def rate(run: Run) -> str:
    return f"{run.optimizer['lr']:.3g}"


def two(number: Any) -> str:
    return f"{number:.2f}"


def one(number: Any) -> str:
    return f"{number:.1f}"


def three(number: Any) -> str:
    return f"{number:.3g}"


def thousands(number: int) -> str:
    return f"{number:,}"

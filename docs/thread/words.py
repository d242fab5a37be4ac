"""Numbers as the page writes them."""

from __future__ import annotations

from math import sqrt
from typing import Any

from stepgrade import Comparison, Decomposition, Rotation, Run

MISSED = "never"


def steps(run: Run) -> str:
    """The steps to the target: 28, or 28.4 on average over seeds."""
    return count(run.summary["steps_to_target"])


def count(number: float | None) -> str:
    """A whole number as one, a mean to a tenth."""
    return MISSED if number is None else f"{number:.0f}" if number == round(number) else f"{number:.1f}"


def with_error(run: Run, measure: str, digits: int = 1) -> str:
    """A mean over seeds with its standard error."""
    mean, spread = run.summary[measure], (run.spread or {}).get(measure)
    return MISSED if mean is None or spread is None else f"{mean:.{digits}f} ± {spread / sqrt(len(run.seeds)):.{digits}f}"


def times(effect: float | None) -> str:
    """10^effect, as what it does to the steps: ÷ 5.03, × 1.05."""
    return "–" if effect is None else f"{'÷' if effect < 0 else '×'} {10 ** abs(effect):.2f}"


def answer(found: Decomposition) -> str:
    """The verdict in two or three words."""
    if found.because is None:
        return found.result
    return f"{found.result}: {found.because}" if found.result != "tie" else f"tie, {found.because}"


def of(comparison: Comparison | Rotation, start: str) -> Decomposition:
    """What was split at a start."""
    return next(found for found in comparison.decompose if found.start == start)


def four(comparison: Comparison, start: str) -> list[str]:
    """The steps of the four runs of a split."""
    return [count(cell["steps_to_target"]) for cell in of(comparison, start).cells]


def verdict(comparison: Comparison | Rotation, start: str) -> str:
    """The service's own sentence, as a quotation."""
    return f"> {comparison.verdicts[start]}"


def small(number: float | None) -> str:
    """A number of any size in two digits: 0.014, 2e-25."""
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

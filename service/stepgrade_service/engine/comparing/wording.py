"""Numbers, runs and minima as a verdict writes them."""

from __future__ import annotations

from . import sentences as say
from .verdict import LEAST_GAP, Cell


def gap_text(cell: Cell) -> str:
    """A tail gap; one that is rounding is almost nothing. Below the nearest minimum it is negative."""
    if cell.tail_gap is not None and abs(cell.tail_gap) < LEAST_GAP * abs(cell.start_gap):
        return say.ALMOST_NOTHING
    return number_text(cell.tail_gap)


def name_of(cell: Cell) -> str:
    """A graft by its two parts."""
    if cell.length_of == cell.direction_of:
        return cell.direction_of
    return say.GRAFT.format(label=cell.direction_of, length=cell.length_of)


def listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def lost_text(cell: Cell) -> str:
    """How a run left the race; nothing of one that did not."""
    return say.LOST[cell.status].format(step=cell.diverged_at) if cell.is_lost else ""


def count_text(steps: float | None) -> str:
    if steps is None:
        return "no number"
    return f"{steps:.0f}" if steps == round(steps) else f"{steps:.1f}"


def steps_text(steps: float | None) -> str:
    return say.ONE_STEP if steps == 1 else say.STEPS.format(count=count_text(steps))


def both_steps_text(first: float | None, second: float | None) -> str:
    """The steps of two runs that needed almost as many; nothing where one of them did not arrive."""
    if first is None or second is None:
        return ""
    return say.FROM_TO.format(low=count_text(min(first, second)), high=count_text(max(first, second)))


def number_text(number: float | None) -> str:
    """Three digits; a power of ten where it is needed."""
    if number is None:
        return "unknown"
    return f"{number:.3g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def place_text(point: tuple[float, ...]) -> str:
    """The coordinates of a minimum, not all of many."""
    shown = ", ".join(number_text(number) for number in point[:4])
    return f"({shown}{', ...' if len(point) > 4 else ''})"


def factor_text(ratio: float | None) -> str:
    """How many times larger or smaller, as one reads it."""
    if ratio is None or ratio <= 0:
        return say.ABOVE_A_MILLION
    times = ratio if ratio >= 1 else 1.0 / ratio
    if times >= 1e6:
        return say.ABOVE_A_MILLION
    return f"{times:.3g}" if times < 1000 else f"{round(times, -2):,.0f}"

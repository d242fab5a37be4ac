"""The table that is printed: sections of rows, each row a figure, what it is held against, and the target."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from timing import Times

WIDTHS = (50, 12, 12, 22, 26)
HEADINGS = ("median", "least", "ratio", "target")


@dataclass(frozen=True)
class Row:
    """One line: what it is, the figures as text, the ratio as text, the target and whether it is met."""

    what: str
    median: str = ""
    least: str = ""
    ratio: str = ""
    target: str = ""


@dataclass
class Section:
    """Rows under a title, and remarks below them."""

    title: str
    rows: list[Row] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def timed(what: str, times: Times, ratio: str = "", target: str = "") -> Row:
    """A row with the times of one of the things compared."""
    return Row(what, duration(times.median), duration(times.least), ratio, target)


def ratio(one: Times, other: Times, unit: str = "x") -> str:
    """One over the other, of medians, and of the least times in brackets."""
    return f"{number(one.median / other.median)} {unit} ({number(one.least / other.least)})"


def at_least(reached: float, target: float, unit: str = "x") -> str:
    """A target that is met from below."""
    return f"at least {number(target)} {unit}: {'met' if reached >= target else 'missed'}"


def at_most(reached: float, target: float, unit: str = "x") -> str:
    """A target that is met from above."""
    return f"at most {number(target)} {unit}: {'met' if reached <= target else 'missed'}"


def number(value: float) -> str:
    """Three digits, more before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def duration(seconds: float) -> str:
    """Seconds from one on, milliseconds below."""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1e3 * seconds:.3f} ms" if seconds < 0.01 else f"{1e3 * seconds:.1f} ms"


def show(section: Section) -> str:
    """A section as text."""
    lines = [_line(section.title, *HEADINGS), "-" * sum(WIDTHS)]
    lines += [_line("  " + row.what, row.median, row.least, row.ratio, row.target) for row in section.rows]
    lines += ["  " + remark for remark in section.remarks]
    return "\n".join(lines)


def _line(what: str, *cells: str) -> str:
    return (what.ljust(WIDTHS[0]) + "".join(cell.rjust(width) for cell, width in zip(cells, WIDTHS[1:], strict=True))).rstrip()


def machine() -> str:
    """What it runs on."""
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines: Sequence[str] = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()

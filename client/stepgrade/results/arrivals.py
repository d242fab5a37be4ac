"""When a run arrived at its target, in words: its first touch, and the step from which it stayed there to the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stepgrade.results.blocks import cell

TOUCHED: Final = "steps_to_target"
SETTLED: Final = "settling_step"
END_GAP: Final = "tail_gap"


def arrival_words(summary: Mapping[str, Any]) -> str:
    """`settled at 54`, `touched at 9, not settled`, or `target not reached`."""
    touched, settled = summary.get(TOUCHED), summary.get(SETTLED)
    if touched is None and settled is None:
        return "target not reached"
    # What is shown is compared: a service that is none may have sent anything.
    first = [] if touched is None or cell(touched) == cell(settled) else [f"touched at {cell(touched)}"]
    # A summary of engine 1 says nothing of settling.
    last = [f"settled at {cell(settled)}" if settled is not None else "not settled"] if SETTLED in summary else []
    return ", ".join([*first, *last])

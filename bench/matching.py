"""What it costs to make optimizers comparable before they are compared."""

from __future__ import annotations

from collections.abc import Iterator

from table import Section, at_most, ratio, timed
from timing import calls_of, in_turns

from stepgrade_service.engine.comparing.comparison import run_comparison
from stepgrade_service.engine.comparing.comparison_parts import plan_comparison
from stepgrade_service.engine.comparing.matching import MODES

COMPARISON = {"objective": "quadratic", "start": "A", "steps": 300, "optimizers": ["gd", "adam"]}

#: What tuning over 60 learning rates x 300 steps may add, in milliseconds.
TUNING_MAY_ADD = 5.0


def sections(rounds: int) -> Iterator[Section]:
    """The same comparison in every way of matching."""

    def compared(mode: str) -> object:
        return run_comparison(plan_comparison({**COMPARISON, "match": mode}))

    times = in_turns(rounds, {mode: (calls_of(lambda mode=mode: compared(mode)), 4) for mode in MODES})
    added = 1e3 * (times["tuned"].median - times["none"].median)
    rows = [timed(mode, times[mode], ratio(times[mode], times["none"])) for mode in MODES if mode != "tuned"]
    told = at_most(added, TUNING_MAY_ADD, "ms more")
    rows.append(timed("tuned: 2 optimizers over 60 learning rates", times["tuned"], ratio(times["tuned"], times["none"]), told))
    yield Section("a comparison of 2 optimizers, 300 steps, by way of matching; in process", rows, [f"tuned adds {added:.2f} ms"])

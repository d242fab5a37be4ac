"""`python -m fuzz.formulas`: expressions and hostile texts by the thousand, each sent to the service.

The right ones are held to torch's numbers: `tests/parity/make_expressions.py` makes the file for `--against`.
"""

from __future__ import annotations

import argparse
import gc
import resource
from collections import Counter
from pathlib import Path
from time import process_time, thread_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepgrade_service.engine.objectives.resolve import resolve
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.warm import load_all
from stepgrade_service.web.app import create_app

from .expressions import NAMES, Case, hostile, valid

Array = NDArray[np.float64]

SEED = 1

#: Our numbers and torch's agree to so many digits; below so much the rounding of a 1 shows.
SAME, ROUNDING = 1e-10, 1e-15

#: So many times what two small changes by chance do is the most that any does, as good as always.
LEEWAY = 10.0

#: Seconds of a processor that no request may take.
LONGEST = 0.1

#: What is said of an expression that was not to be expected.
EXPECTED = {"is not a finite number": "a constant part is not finite", "of at least one variable": "no variable is left"}


def outcome(case: Case) -> tuple[float, Array, str]:
    """The value and the gradient by each variable of an expression, and why there are none."""
    try:
        problem = resolve({"expression": case.text})
    except Refusal as refusal:
        [fault] = refusal.faults
        return np.nan, np.empty(0), next((why for words, why in EXPECTED.items() if words in fault.detail), fault.detail)
    if problem.echo["variables"] != list(case.point):
        return np.nan, np.empty(0), f"other variables: {problem.echo['variables']}"
    with np.errstate(all="ignore"):
        values, gradients = problem.evaluate(np.array(list(case.point.values())).reshape(-1, 1))
    return float(values[0]), gradients[:, 0], ""


def differs(case: Case, value: float, gradient: Array, found: Array, moved: Array) -> bool:
    """Whether numbers are not those that torch found, as far as a small change of the expression's numbers leaves them.

    torch's gradient is nan where nothing comes back to an infinite slope; ours is 0 there. torch's sign of nan is 0.
    """
    columns = [0, *(1 + NAMES.index(name) for name in case.point)]
    ours, theirs, change = np.array([value, *gradient]), found[columns], moved[columns]
    if not np.isfinite(theirs[0]):
        return bool(np.isfinite(value))
    if np.isnan(value) and "sign" in case.text:
        return False
    change = np.where(np.isfinite(change), change, np.inf)
    # What cancels in a derivative is about as large as the value for a change of the variable by its own size.
    scale = np.maximum(1.0, np.abs(value / np.array([1.0, *case.point.values()])))
    with np.errstate(invalid="ignore"):
        near = np.abs(ours - theirs) <= np.maximum(SAME * np.abs(theirs) + ROUNDING * scale, LEEWAY * change)
    return bool((np.isfinite(theirs) & ~near).any())


class Sender:
    """Sends expressions to the service in this process, and notes how it bears them."""

    def __init__(self) -> None:
        self.client = create_app().test_client()
        self.statuses, self.wrong, self.longest = Counter[int](), list[str](), (0.0, "")

    def send(self, text: str, start: list[float] | None, find: bool = False) -> None:
        """One expression, as an objective of a run of one step."""
        asked: dict[str, Any] = {"expression": text, **({"find_minima": True} if find else {})}
        body = {"optimizer": {"name": "gd", "lr": 1e-3}, "objective": asked, "steps": 1, "start": start or [1.0]}
        began = thread_time()
        answer = self.client.post("/trajectory", json=body)
        took = thread_time() - began
        self.statuses[answer.status_code] += 1
        self.longest = max(self.longest, (took, text[:200]))
        if answer.status_code not in (200, 422) or (took > LONGEST and not find):
            self.wrong.append(f"{answer.status_code} after {1e3 * took:.0f} ms: {text[:200]!r}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m fuzz.formulas", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=20_000, help="expressions, half of them hostile (default: %(default)s)")
    parser.add_argument("--against", type=Path, help="numbers of torch for the right ones")
    asked = parser.parse_args(arguments)
    load_all()
    theirs = dict(np.load(asked.against)) if asked.against else None  # each look into the file itself would unpack it
    gc.collect()
    gc.freeze()  # as a worker of the service does: what is there now is not gone through again
    sender, told, different, before = Sender(), Counter[str](), list[str](), 0
    began = process_time()
    for number in range(asked.count):
        case = valid(SEED, number // 2)
        if number % 2:
            sender.send(hostile(SEED, number), None)
        else:
            sender.send(case.text, list(case.point.values()))
            value, gradient, why = outcome(case)
            told[why or "compared"] += 1
            if theirs is not None and not why and number // 2 < len(theirs["found"]):
                found, moved = theirs["found"][number // 2], theirs["moved"][number // 2]
                different += [case.text] * differs(case, value, gradient, found, moved)
        if number == asked.count // 10:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"{asked.count} texts in {process_time() - began:.0f} s: {dict(sender.statuses)}; the right ones: {dict(told)}")
    print(f"longest: {1e3 * sender.longest[0]:.1f} ms ({sender.longest[1]!r}); memory after the first tenth grew by {grown / 1024:.1f} MiB")
    print(f"other than torch's: {len(different)}", *different[:10], *sender.wrong[:20], sep="\n  ")
    return 1 if different or sender.wrong or set(told) - {"compared", *EXPECTED.values()} else 0


if __name__ == "__main__":
    raise SystemExit(main())

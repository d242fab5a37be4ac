"""Runs every optimizer in its framework and here, and compares the paths: see README.md.

Without arguments the table of docs/parity.md is written; `--only WORD` runs the cases whose id has a word, and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import numpy as np
from case import Case
from frameworks import DISTRIBUTIONS, PATHS
from objective_problems import OBJECTIVES, Function
from problems import LAYOUTS, STEPS, Array, diagonal, flat, posted, problem

HERE = Path(__file__).resolve().parent
GOLDENS = HERE.parent / "goldens" / "optimizers"

#: The steps after which a golden keeps the points.
KEPT = np.array([2, 10, STEPS])


@dataclass(frozen=True)
class Compared:
    """A case on one layout: the framework's points after every step (steps, dimension), and how far ours are from them."""

    case: Case
    layout: str
    points: Array
    worst: float

    @property
    def passed(self) -> bool:
        """Whether it is within the bound."""
        return self.worst <= self.case.bound


def families() -> dict[str, tuple[Case, ...]]:
    """The cases of every family, by the name of its file."""
    names = sorted(file.stem for file in (HERE / "cases").glob("*.py") if file.stem != "__init__")
    return {name: import_module(f"cases.{name}").CASES for name in names}


def layouts_of(case: Case) -> tuple[str, ...]:
    """The layouts and objectives that a case is run on."""
    on_objectives = tuple(OBJECTIVES) if case.wants in ("value", "objective") else ()
    return case.layouts or (*(LAYOUTS if case.wants != "objective" else ()), *on_objectives)


def start_of(layout: str) -> Array:
    """Where the paths start, flat."""
    return OBJECTIVES[layout].start if layout in OBJECTIVES else flat(problem(layout)[0])


def on_function(case: Case, function: Function, start: Array) -> Iterator[Array]:
    """The framework's points where its gradients and values are those of a function, at each point that it comes to."""
    here, found = [start], [0.0]

    def gradients() -> Iterator[dict[str, Array]]:
        for _ in range(STEPS):
            found[0], gradient = function(here[0])
            yield {"x": gradient}

    def values() -> Iterator[float]:
        for _ in range(STEPS):
            yield found[0]

    more = (function,) if case.wants == "objective" else ()
    for point in PATHS[case.framework](case, {"x": start}, gradients(), values(), *more):
        here[0] = point
        yield point


def framework_points(case: Case, layout: str) -> Array:
    """The framework's points after every step, (steps, dimension)."""
    on = OBJECTIVES.get(layout)
    path = PATHS[case.framework](case, *problem(layout)) if on is None else on_function(case, on.function, on.start)
    points = np.stack(list(path))
    if points.dtype != np.float64:
        raise TypeError(f"{case.id}: the points are {points.dtype}")
    return points


def own_points(case: Case, layout: str) -> Array:
    """The service's points after every step, (steps, dimension)."""
    from stepgrade_service.engine.running.trajectory import trajectory

    if layout in OBJECTIVES:
        on = {"objective": OBJECTIVES[layout].posted, "start": OBJECTIVES[layout].start, "steps": STEPS}
        return np.asarray(trajectory({"optimizer": case.request, **on}).points[1:], dtype=np.float64)
    start, gradients, values = problem(layout)
    request = {"optimizer": case.request, "start": posted(start), "gradients": [posted(each) for each in gradients]}
    if case.wants == "value":
        request["values"] = values.tolist()
    if case.wants == "diagonal":
        request["hessian_diagonals"] = [posted(diagonal(each)) for each in gradients]
    points = trajectory(request).points
    return np.asarray(points[1:], dtype=np.float64)


def difference(own: Array, theirs: Array, start: Array) -> float:
    """The largest difference, relative to the largest that the number has been on its path; infinite where a path is not finite."""
    if own.shape != theirs.shape or not (np.isfinite(own).all() and np.isfinite(theirs).all()):
        return np.inf
    largest = np.maximum.accumulate(np.abs(np.concatenate([start[np.newaxis], theirs])))[1:]
    return float(np.max(np.abs(own - theirs) / np.where(largest > 0.0, largest, 1.0)))


def compared(case: Case) -> Iterator[Compared]:
    """A case on each of its layouts."""
    for layout in layouts_of(case):
        theirs = framework_points(case, layout)
        yield Compared(case, layout, theirs, difference(own_points(case, layout), theirs, start_of(layout)))


def write_goldens(family: str, found: Iterable[Compared]) -> None:
    """The framework's points of a family, for those who run the tests without the frameworks."""
    GOLDENS.mkdir(exist_ok=True)
    found = list(found)
    packages = sorted({name for each in found for name in DISTRIBUTIONS[each.case.framework]})
    meta = json.dumps({"script": "optimizers/run.py", "packages": {name: version(name) for name in packages}})
    arrays = {f"{each.case.id}|{each.layout}": each.points[KEPT - 1] for each in found}
    np.savez_compressed(GOLDENS / f"{family}.npz", meta=np.array(meta), steps=KEPT, **arrays)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", metavar="WORD", help="the cases whose id, or whose family, has a word; nothing is written")
    parser.add_argument(
        "--goldens", nargs="*", metavar="FAMILY", help="write the goldens of these families, of all if none is named; not the page"
    )
    arguments = parser.parse_args()
    if arguments.only and arguments.goldens is not None:
        parser.error("--only writes nothing: leave out --goldens, or name families")
    everything, failed = dict[str, list[Compared]](), 0
    for family, cases in families().items():
        if arguments.goldens and family not in arguments.goldens:
            continue
        picked = [case for case in cases if arguments.only in case.id or arguments.only == family]
        everything[family] = [each for case in picked for each in compared(case)]
        for each in everything[family]:
            failed += not each.passed
            print(f"{'  ' if each.passed else '! '}{each.worst:8.1e}  {each.case.id} [{each.layout}]")
        if arguments.goldens is not None and everything[family]:
            write_goldens(family, everything[family])
    total = sum(map(len, everything.values()))
    print(f"{total - failed} of {total} paths agree")
    if not arguments.only and arguments.goldens is None:
        from table import write

        write(everything)
    return 1 if failed or not total else 0


if __name__ == "__main__":
    sys.exit(main())

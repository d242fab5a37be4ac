"""What a check costs: a submission against the reference, and every candidate tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from table import Section, at_most, timed
from timing import calls_of, in_turns

from stepgrade_service.engine.trajectory import trajectory
from stepgrade_service.grading.check import check
from stepgrade_service.grading.exercise import read_exercise

REFERENCE = {"optimizer": {"name": "adam", "lr": 0.05, "eps": 0.01}, "objective": "rosenbrock", "steps": 10}
A_CHECK_TAKES = 5.0


def sections(rounds: int) -> Iterator[Section]:
    """One /check of a 10-step Adam trajectory, in process."""
    submissions = {
        "the right answer": submitted({}),
        "another convention (keras)": submitted({"convention": "keras"}),
        "a single change (no bias correction)": submitted({"bias_correction": False}),
        "what nothing explains, all pairs of mistakes tried": {"points": [[float(k), -float(k)] for k in range(10)]},
    }

    def checked(submission: dict[str, Any]) -> object:
        exercise = read_exercise({"reference": REFERENCE, "submission": submission})
        return check(exercise.cases, exercise.tolerance)

    times = in_turns(rounds, {name: (calls_of(lambda each=each: checked(each)), 4) for name, each in submissions.items()})
    rows = [
        timed(name, of, target=at_most(1e3 * of.median, A_CHECK_TAKES, "ms") if "pairs" not in name else "reported")
        for name, of in times.items()
    ]
    yield Section("a check of a 10-step Adam trajectory, in process", rows)


def submitted(change: dict[str, Any]) -> dict[str, Any]:
    """The points of a run that differs from the reference in some settings."""
    run = trajectory({**REFERENCE, "optimizer": {**REFERENCE["optimizer"], **change}})  # type: ignore[dict-item]
    assert run.points is not None
    return {"points": run.points[1:].tolist()}

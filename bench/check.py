"""What a check costs: a submission against the reference, and every candidate tried."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from table import Section, at_most, timed
from timing import calls_of, in_turns

from stepgrade_service.engine.running.trajectory import trajectory
from stepgrade_service.grading.checking.check import check
from stepgrade_service.grading.checking.exercise import read_exercise

REFERENCE: dict[str, Any] = {"optimizer": {"name": "adam", "lr": 0.05, "eps": 0.01}, "objective": "rosenbrock", "steps": 10}
A_CHECK_TAKES = 5.0


def sections(rounds: int) -> Iterator[Section]:
    """One /check of a 10-step Adam trajectory, in process."""
    submissions = {
        "the right answer": submitted({}),
        "another convention (keras)": submitted({"convention": "keras"}),
        "a single change (no bias correction)": submitted({"bias_correction": False}),
        "what nothing explains, all pairs tried": {"points": [[float(k), -float(k)] for k in range(10)]},
    }

    def checked(submission: dict[str, Any], reference: dict[str, Any] = REFERENCE) -> object:
        exercise = read_exercise({"reference": reference, "submission": submission})
        return check(exercise.cases, exercise.tolerance)

    new = count()

    def unseen(submission: dict[str, Any]) -> object:
        """From a start that differs in the tenth digit, so that nothing is remembered of the first step."""
        return checked(submission, {**REFERENCE, "start": [-1.2, 1.0 + 1e-10 * next(new)]})

    calls = {name: (calls_of(lambda each=each: checked(each)), 4) for name, each in submissions.items()}
    calls |= {f"{name}; a new reference": (calls_of(lambda each=each: unseen(each)), 4) for name, each in list(submissions.items())[2:]}
    times = in_turns(rounds, calls)
    rows = [
        timed(name, of, target=at_most(1e3 * of.median, A_CHECK_TAKES, "ms") if "nothing" not in name else "reported")
        for name, of in times.items()
    ]
    yield Section("a check of a 10-step Adam trajectory, in process", rows)


def submitted(change: dict[str, Any]) -> dict[str, Any]:
    """The points of a run that differs from the reference in some settings."""
    run = trajectory({**REFERENCE, "optimizer": {**REFERENCE["optimizer"], **change}})
    assert run.points is not None
    return {"points": run.points[1:].tolist()}

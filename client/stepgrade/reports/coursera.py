"""Coursera: `feedback.json`.

What was not graded is left out of the score. Where nothing was graded the score is 1: `Report.is_whole` says whether to end with a
status other than 0 instead, by which the platform knows that the grader failed.
"""

from __future__ import annotations

from collections.abc import Iterable

from stepgrade.messages import Json
from stepgrade.reports.result import Report, ReportedTest, Target, dump

PATH = "/shared/feedback.json"


def as_dict(results: Iterable[ReportedTest]) -> Json:
    """The document. Raises InvalidArgument where there is no result."""
    report = Report.of(results)
    return {"fractionalScore": report.fraction, "feedback": report.message}


def write(results: Iterable[ReportedTest], target: Target = PATH) -> None:
    """Write `feedback.json`; raises as `as_dict` and OSError."""
    dump(as_dict(results), target)

"""Coursera: `feedback.json`.

The score leaves out a result without a verdict. If there is no verdict at all, the score is 1. Then `Report.is_whole` is false, and the
grader can exit with a status other than 0: the platform takes it as a failure of the grader.
"""

from __future__ import annotations

from collections.abc import Iterable

from stepgrade.messages import Json
from stepgrade.reports.result import Report, ReportedTest, Target, dump

PATH = "/shared/feedback.json"


def as_dict(results: Iterable[ReportedTest]) -> Json:
    """The document. Raises InvalidArgument if there is no result."""
    report = Report.of(results)
    return {"fractionalScore": report.fraction, "feedback": report.message}


def write(results: Iterable[ReportedTest], target: Target = PATH) -> None:
    """Write `feedback.json`; raises as `as_dict` and OSError."""
    dump(as_dict(results), target)

"""PrairieLearn: `results.json`. If one result has no verdict, `gradable` is false for all. That costs no attempt."""

from __future__ import annotations

from collections.abc import Iterable

from stepgrade.messages import Json
from stepgrade.reports.result import NOT_GRADED, Report, ReportedTest, Target, dump

PATH = "/grade/results/results.json"


def as_dict(results: Iterable[ReportedTest]) -> Json:
    """The document. Hidden results count, but are not listed. Raises InvalidArgument if there is no result."""
    report = Report.of(results)
    if not report.is_whole:
        return {"gradable": False, "message": NOT_GRADED, "format_errors": [NOT_GRADED]}
    tests = [_test(result) for result in report if not result.hidden]
    return {"gradable": True, "score": report.fraction, "tests": tests}


def write(results: Iterable[ReportedTest], target: Target = PATH) -> None:
    """Write `results.json`; raises as `as_dict` and OSError."""
    dump(as_dict(results), target)


def _test(result: ReportedTest) -> Json:
    first = result.message.partition("\n")[0]
    return {
        "name": result.name,
        "points": result.awarded,
        "max_points": float(result.points),
        "message": first,
        "output": result.message,
    }

"""Gradescope: `results.json`.

A result without a verdict counts in full, because a total cannot leave a test out. It has the tag `not_graded`: use "Rerun autograder".
"""

from __future__ import annotations

from collections.abc import Iterable

from stepgrade.messages import Json
from stepgrade.reports.result import NOT_GRADED, Report, ReportedTest, Target, clean, dump

PATH = "/autograder/results/results.json"


def as_dict(results: Iterable[ReportedTest]) -> Json:
    """The document: one test per result. Raises InvalidArgument if there is none."""
    report = Report.of(results)
    document: Json = {"tests": [_test(number, result) for number, result in enumerate(report, start=1)]}
    if not report.is_whole:
        document |= {"output": NOT_GRADED, "output_format": "text"}
    return document


def write(results: Iterable[ReportedTest], target: Target = PATH) -> None:
    """Write `results.json`; raises as `as_dict` and OSError."""
    dump(as_dict(results), target)


def _test(number: int, result: ReportedTest) -> Json:
    test: Json = {
        "number": str(number),
        "name": result.name,
        "score": result.awarded,
        "max_score": float(result.points),
        "status": "passed" if result.passed else "failed",
        "output": result.message,
        "output_format": "text",
        "visibility": "hidden" if result.hidden else "visible",
    }
    if result.verdict is None:
        test |= {"tags": ["not_graded"], "extra_data": {"error": clean(f"{type(result.error).__name__}: {result.error}")}}
    else:
        test["extra_data"] = {"findings": [finding.code for finding in result.verdict.findings]}
    return test

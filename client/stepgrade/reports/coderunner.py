"""Moodle CodeRunner: one JSON object on stdout, from a template grader for one test or from a combinator for all tests.

A result without a verdict counts in full in a template grader. A combinator's fraction leaves it out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from html import escape
from typing import Any

from stepgrade.messages import Json
from stepgrade.reports.result import NOT_GRADED, Report, ReportedTest, Target, dump, plain_number

COLUMNS = ("iscorrect", "Test", "Result", "Mark", "ishidden")


def as_dict(results: ReportedTest | Iterable[ReportedTest]) -> Json:
    """The object: for one result of a template grader, for several of a combinator. Raises InvalidArgument if there is none."""
    return _one(results) if isinstance(results, ReportedTest) else _all(Report.of(results))


def write(results: ReportedTest | Iterable[ReportedTest], target: Target | None = None) -> None:
    """Write the object to a path or a stream; the default is stdout. Print nothing else there. Raises as `as_dict` and OSError."""
    dump(as_dict(results), sys.stdout if target is None else target)


def _one(result: ReportedTest) -> Json:
    return {"fraction": result.share if result.points else 1.0, "got": result.shown}


def _all(report: Report) -> Json:
    note = "" if report.is_whole else f"<p>{escape(NOT_GRADED)}</p>"
    rows = [_row(result) for result in report]
    return {
        "fraction": report.fraction,
        "prologuehtml": note,
        "testresults": [list(COLUMNS), *rows],
        "columnformats": ["%s", "%s", "%s"],
    }


def _row(result: ReportedTest) -> list[Any]:
    mark = "not graded" if result.verdict is None else f"{plain_number(result.awarded)} / {plain_number(result.points)}"
    return [int(result.passed), result.name, result.shown, mark, int(result.hidden)]

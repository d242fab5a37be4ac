"""CodeGrade AutoTest 2: two lines of JSON for its structured output. Pipe them to `cg truncate`.

A result without a verdict is skipped, and does not count.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from fractions import Fraction

from stepgrade.messages import Json
from stepgrade.reports.result import NOT_GRADED, Report, ReportedTest, Target, plain_number, put

FINEST = 10_000


def as_dicts(results: Iterable[ReportedTest]) -> list[Json]:
    """The two lines: the tests, and the points as a fraction. Raises InvalidArgument if there is no result."""
    report = Report.of(results)
    suite = {"id": "stepgrade", "name": "Optimizers", "testCases": [_case(result) for result in report]}
    share = Fraction(report.fraction).limit_denominator(FINEST)
    if share == 1 and report.fraction < 1:
        share = Fraction(FINEST - 1, FINEST)
    points = f"{share.numerator}/{share.denominator}"
    return [{"tag": "unit-test", "results": [suite]}, {"tag": "points", "points": points}]


def as_dict(results: Iterable[ReportedTest]) -> Json:
    """The first of the two lines."""
    return as_dicts(results)[0]


def write(results: Iterable[ReportedTest], target: Target | None = None) -> None:
    """Write the lines to a path or a stream; the default is stdout. Raises as `as_dicts` and OSError."""
    lines = [json.dumps(document, allow_nan=False) for document in as_dicts(results)]
    put("\n".join(lines) + "\n", sys.stdout if target is None else target)


def _case(result: ReportedTest) -> Json:
    case: Json = {"name": result.name, "weight": plain_number(result.points)}
    if result.verdict is None:
        return case | {"status": "skipped", "reason": NOT_GRADED}
    return case | ({"status": "success"} if result.passed else {"status": "failure", "reason": result.shown})

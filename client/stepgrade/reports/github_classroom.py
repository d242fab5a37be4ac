"""GitHub Classroom: the JSON, version 3, from its grading action to the reporter, in base64 as the step's output `result`.

A result without a verdict counts in full, and its text says so, because the reporter adds up scores.
"""

from __future__ import annotations

import io
import math
import os
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path

from stepgrade.errors import ConfigurationError
from stepgrade.messages import Json
from stepgrade.reports.result import Report, ReportedTest, Target, clean, dump, plain_number

LONGEST_OUTPUT = 500


def as_dict(results: Iterable[ReportedTest]) -> Json:
    """The document. Raises InvalidArgument if there is no result."""
    report = Report.of(results)
    return {
        "version": 3,
        "status": "pass" if all(result.passed for result in report) else "fail",
        "max_score": plain_number(math.fsum(result.points for result in report)),
        "tests": [_test(number, result) for number, result in enumerate(report, start=1)],
    }


def write(results: Iterable[ReportedTest], target: Target) -> None:
    """Write the document; raises as `as_dict` and OSError."""
    dump(as_dict(results), target)


def set_output(results: Iterable[ReportedTest], name: str = "result") -> None:
    """Set the document as an output of the workflow's step, in base64.

    Raises
    ------
    ConfigurationError
        There is no GITHUB_OUTPUT, so this is not a step of a workflow.
    """
    path = os.environ.get("GITHUB_OUTPUT")
    if not path:
        raise ConfigurationError("GITHUB_OUTPUT is not set, so this is not a step of a workflow. Use write() to write the document.")
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(f"{name}={encoded(results)}\n")


def encoded(results: Iterable[ReportedTest]) -> str:
    """The document in base64."""
    stream = io.StringIO()
    dump(as_dict(results), stream, end="")
    return b64encode(stream.getvalue().encode()).decode()


def _test(number: int, result: ReportedTest) -> Json:
    test: Json = {
        "name": result.name,
        "status": "pass" if result.passed else "fail",
        "test_code": "",
        "task_id": number,
        "filename": "",
        "line_no": 0,
        "duration": 0,
        "score": plain_number(result.awarded),
    }
    told = {"message": result.shown, "output": clean(result.shown, LONGEST_OUTPUT)}
    return test if result.passed and result.verdict is not None else test | told

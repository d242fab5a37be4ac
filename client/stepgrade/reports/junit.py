"""JUnit XML, which many platforms read. A result without a verdict is skipped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

from stepgrade.messages import Json
from stepgrade.reports.result import NOT_GRADED, Report, ReportedTest, Target, clean, put


def as_dict(results: Iterable[ReportedTest]) -> Json:
    """The counts of the document: tests, failures, skipped. Raises InvalidArgument if there is no result."""
    report = Report.of(results)
    failures = sum(not result.passed for result in report)
    return {"tests": len(report.results), "failures": failures, "errors": 0, "skipped": len(report.results) - len(report.graded)}


def as_text(results: Iterable[ReportedTest]) -> str:
    """The document."""
    report = Report.of(results)
    counts: dict[str, Any] = {name: str(count) for name, count in as_dict(report).items()}
    suites = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(suites, "testsuite", {"name": "stepgrade", **counts})
    for result in report:
        _case(suite, result)
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def write(results: Iterable[ReportedTest], target: Target) -> None:
    """Write the document; raises as `as_dict` and OSError."""
    put(as_text(results), target)


def _case(suite: ElementTree.Element, result: ReportedTest) -> None:
    case = ElementTree.SubElement(suite, "testcase", {"classname": "stepgrade", "name": clean(result.name), "time": "0"})
    if result.verdict is None:
        ElementTree.SubElement(case, "skipped", {"message": NOT_GRADED})
    elif not result.passed:
        first, _, _ = result.shown.partition("\n")
        ElementTree.SubElement(case, "failure", {"message": first, "type": "ReferenceMismatch"}).text = result.shown

"""The parts of every report."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from stepgrade.errors import BadRequest, ConfigurationError, InvalidArgument, InvalidRequest, NotFound, ReferenceMismatch, StepgradeError
from stepgrade.grading.check_result import CheckResult, failed
from stepgrade.grading.students.watching import files_that_ask, told

NOT_GRADED = "Not graded: this test could not be run. This is not your fault and costs you no marks."
#: Errors in the grader's own request: it fails again each time it is run, until the teacher corrects it.
OF_THE_GRADER = (InvalidRequest, BadRequest, NotFound, InvalidArgument, ConfigurationError)
HIDDEN = ("Passed.", "Failed. What this test checks is not shown.")
LONGEST = 4000
DIGITS_OF_SUMS = 12

Target = str | os.PathLike[str] | IO[str]


@dataclass(frozen=True)
class ReportedTest:
    """One test.

    Attributes
    ----------
    name : str
    verdict : CheckResult or None
    error : Exception or None
        The reason why there is no verdict, such as a ServiceUnreachable.
    points : float
        The marks.
    hidden : bool
        Whether its message is hidden from students.

    Raises
    ------
    InvalidArgument
        There is neither a verdict nor an error, or both. Or the points are not a finite number of at least 0.
    """

    name: str
    verdict: CheckResult | None = None
    error: Exception | None = None
    points: float = 1.0
    hidden: bool = False

    def __post_init__(self) -> None:
        """Refuse what no platform could read."""
        if (self.verdict is None) == (self.error is None):
            raise InvalidArgument("A result needs a verdict or an error, not both.", pointer="/verdict")
        if isinstance(self.points, bool) or not isinstance(self.points, (int, float)) or not 0 <= self.points < math.inf:
            raise InvalidArgument(f"points must be a finite number of at least 0, not {self.points!r}.", pointer="/points")

    @property
    def passed(self) -> bool:
        """Whether the student's numbers are correct. Also true without a verdict."""
        return self.verdict is None or self.verdict.passed

    @property
    def awarded(self) -> float:
        """The marks, of at most 7 digits. Without a verdict: all of them."""
        return float(self.points) if self.verdict is None else self.verdict.points(self.points)

    @property
    def share(self) -> float:
        """The share of the marks, not rounded. Without a verdict: 1."""
        return 1.0 if self.verdict is None else self.verdict.fraction

    @property
    def message(self) -> str:
        """The full message: the diagnosis in the first line, then the details and what the student's code printed."""
        if self.verdict is None:
            return NOT_GRADED + (f"\nFor the teacher: {clean(str(self.error))}" if isinstance(self.error, OF_THE_GRADER) else "")
        printed = f"\n\nYour code printed:\n{self.verdict.output}" if self.verdict.output else ""
        return clean(self.verdict.message + printed)

    @property
    def shown(self) -> str:
        """The message for the student."""
        if self.hidden:
            return NOT_GRADED if self.verdict is None else HIDDEN[not self.passed]
        return self.message


@dataclass(frozen=True)
class Report:
    """All results of one submission. Raises InvalidArgument if there is none."""

    results: tuple[ReportedTest, ...]

    def __post_init__(self) -> None:
        """Refuse an empty report."""
        if not self.results:
            raise InvalidArgument("A report needs at least one result.", pointer="/results")

    @classmethod
    def of(cls, results: Iterable[ReportedTest]) -> Report:
        """Make one of results, or return one as it is."""
        return results if isinstance(results, Report) else cls(tuple(results))

    def __iter__(self) -> Any:
        """Iterate over the results."""
        return iter(self.results)

    @property
    def graded(self) -> tuple[ReportedTest, ...]:
        """The results with a verdict."""
        return tuple(result for result in self.results if result.verdict is not None)

    @property
    def is_whole(self) -> bool:
        """Whether all results have a verdict."""
        return len(self.graded) == len(self.results)

    @property
    def fraction(self) -> float:
        """The share of the marks among the results with a verdict, from 0 to 1. It is 1 if there is none, or no marks.

        It is computed from the marks before they are rounded.
        """
        possible = math.fsum(result.points for result in self.graded)
        awarded = math.fsum(result.share * result.points for result in self.graded)
        return min(awarded / possible, 1.0) if possible else 1.0

    @property
    def message(self) -> str:
        """Every result with its first line, for platforms with one text for all."""
        parts = [f"{result.name}: {result.shown}" for result in self.results]
        return "\n\n".join(parts)


def graded(name: str, check: Callable[[], CheckResult], *, points: float = 1.0, hidden: bool = False) -> ReportedTest:
    """Call `check` and make a result from its verdict or its error.

    An error of this library means that the check has no verdict. Any other exception comes from the student's code, for example from a
    call for the arguments of a comparison.
    """
    try:
        return ReportedTest(name, check(), points=points, hidden=hidden)
    except ReferenceMismatch as mismatch:
        verdict = mismatch.verdict if isinstance(mismatch.verdict, CheckResult) else failed(str(mismatch))
        return ReportedTest(name, verdict, points=points, hidden=hidden)
    except StepgradeError as error:
        return ReportedTest(name, error=error, points=points, hidden=hidden)
    except Exception as error:
        return ReportedTest(name, failed(told(error, files_that_ask())), points=points, hidden=hidden)


def clean(text: str, longest: int = LONGEST) -> str:
    """Text that any JSON or XML may hold, and not more of it than a page."""
    kept = "".join(letter if letter.isprintable() or letter in "\n\t" else "?" for letter in text[: longest + 1])
    return kept if len(kept) <= longest else kept[: longest - 4] + "\n..."


def plain_number(value: float) -> int | float:
    """A number as people write it: without .0 where it is whole, and without the last digits of a sum such as 0.1 + 0.2."""
    rounded = float(f"{value:.{DIGITS_OF_SUMS}g}")
    return int(rounded) if rounded == int(rounded) else rounded


def dump(document: Any, target: Target, *, end: str = "\n") -> None:
    """Write a document as JSON; NaN, which is not JSON, is a ValueError."""
    put(json.dumps(document, allow_nan=False) + end, target)


def put(text: str, target: Target) -> None:
    """Write text to a path, whole or not at all, or to an open stream."""
    if not isinstance(target, (str, os.PathLike)):
        target.write(text)
        return
    path = Path(target)
    if path.exists() and not path.is_file():  # a device or a pipe
        path.write_text(text, encoding="utf-8")
        return
    beside = path.with_name(f"{path.name}.part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)

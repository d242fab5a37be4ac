"""The result of a check, for programs and for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stepgrade.check_record import CheckRecord, Finding, Mismatch
from stepgrade.checked import entries, listed, members, members_or_none, number, number_or_none, text, whole
from stepgrade.errors import ReferenceMismatch
from stepgrade.grading import wording
from stepgrade.messages import Json
from stepgrade.results.blocks import as_html

#: Of marks: people read them, and 0.999999 of any maximum is still below it.
DIGITS = 7


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CheckResult(CheckRecord):
    """The result of a check: what it found, the marks, and the message for the student. It is true if the check passed.

    Attributes
    ----------
    passed : bool
        Whether the numbers are those of the reference.
    score : float
        The share of the steps that agree before the first difference, from 0 to 1. It is 1 only if the check passed.
    first_mismatch : Mismatch or None
        Where the numbers first differ from the reference.
    findings : tuple of Finding
        Explanations of the numbers, the simplest first. Empty if no known mistake gives these numbers. If the check passed: notes.
    search : str
        `complete`, or `cut_short` if the search could not try every known mistake. Examples: a long run with only its end submitted;
        a bundle, which does not try two mistakes together.
    optimizer : dict or None
        The reference's optimizer, as resolved.
    asked : str
        The optimizer's name as it was asked for, for example `gd`. Only from `check_function`.
    fault : str or None
        Why the student's code returned no numbers: an exception, a wrong return value, no end in time. Only from
        `check_function`.
    output : str
        What the student's code printed. Only from `check_function`.
    engine, request_id : str
        As for every result.
    request, raw : dict
        The body of the request, and of the answer.
    """

    @classmethod
    def read(cls, raw: Json, request: Json, request_id: str) -> CheckResult:
        """Read an answer; raises KeyError, TypeError or ValueError if it is not one."""
        first = raw["first_mismatch"]
        return cls(
            passed=_truth(raw["passed"]),
            score=number(raw["score"]),
            first_mismatch=None if first is None else _mismatch(members(first)),
            findings=tuple(Finding.read(each) for each in entries(raw["findings"])),
            search=text(raw.get("search", "complete")),
            optimizer=members_or_none(raw["optimizer"]),
            engine=text(raw["engine"]),
            request_id=request_id,
            request=request,
            raw=raw,
        )

    @property
    def fraction(self) -> float:
        """The share of the marks, a Python float from 0 to 1. It is 1 only if the check passed."""
        return 1.0 if self.passed else min(max(float(self.score), 0.0), 0.999999)

    def points(self, maximum: float = 1.0) -> float:
        """The marks, a Python float of at most 7 digits. nbgrader uses it as the last value of a cell.

        Parameters
        ----------
        maximum : float, default 1.0
            The marks of a check that passed.
        """
        return float(f"{self.fraction * maximum:.{DIGITS}g}")

    @property
    def message(self) -> str:
        """The message for the student: the diagnosis in a line of less than 200 characters, then the details."""
        return "\n".join(wording.lines(self))

    def raise_if_failed(self) -> None:
        """Raise ReferenceMismatch with the message if the check failed."""
        if not self.passed:
            raise ReferenceMismatch(self.message, self)

    def to_dict(self) -> Json:
        """The result as a dict: the answer's fields, `fraction`, `message`, `fault` and `output`."""
        kept = {name: self.raw.get(name) for name in ("first_mismatch", "findings", "search", "optimizer", "engine")}
        said = {"message": self.message, "fault": self.fault, "output": self.output}
        return {"passed": self.passed, "score": self.score, "fraction": self.fraction, **kept, "findings": kept["findings"] or [], **said}

    def __repr__(self) -> str:
        """One line: passed or failed, and the diagnosis."""
        return f"CheckResult({'passed' if self.passed else 'failed'}, {wording.lines(self)[0]!r})"

    def _repr_html_(self) -> str:
        return as_html(wording.blocks(self))


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("passed is true or false")
    return value


def _mismatch(raw: Json) -> Mismatch:
    whole(raw["case"]), whole(raw["step"]), text(raw["quantity"]), number_or_none(raw.get("relative_error"))
    for part in listed(raw["index"]) if raw["index"] is not None else ():
        if not isinstance(part, str):
            whole(part)
    return Mismatch.read(raw)


def failed(fault: str, *, output: str = "", optimizer: Mapping[str, Any] | None = None) -> CheckResult:
    """The verdict on code that returned no numbers."""
    return CheckResult(passed=False, score=0.0, fault=fault, output=output, optimizer=None if optimizer is None else dict(optimizer))

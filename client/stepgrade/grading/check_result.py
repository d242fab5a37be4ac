"""What came of a check, for programs and for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stepgrade.errors import ReferenceMismatch
from stepgrade.grading import wording
from stepgrade.messages import Json
from stepgrade.results.blocks import as_html


@dataclass(frozen=True)
class Mismatch:
    """Where the numbers first differ from the reference.

    Attributes
    ----------
    case : int
        Which of several references, from 0.
    step : int
        From 1.
    quantity : str
        `params`, `points`, `update`, `state/m`, `state/t`.
    index : tuple or None
        Where in it, as in `("W", 0, 1)`; None where the shapes differ, and then those are `expected` and `got`.
    expected, got : float, or what stands in its place
        `got` is None for what is no number.
    relative_error : float or None
    """

    case: int
    step: int
    quantity: str
    index: tuple[str | int, ...] | None
    expected: Any
    got: Any
    relative_error: float | None

    @classmethod
    def read(cls, raw: Json) -> Mismatch:
        """Read it from an answer."""
        index = raw["index"]
        place = None if index is None else tuple(index)
        return cls(raw["case"], raw["step"], raw["quantity"], place, raw["expected"], raw["got"], raw.get("relative_error"))


@dataclass(frozen=True)
class Finding:
    """Something that reproduces the numbers.

    Attributes
    ----------
    code, title : str
    kind : {"mistake", "convention", "optimizer", "hyperparameter", "precision"}
        A convention is right by another framework or book.
    fit : float
        How far it is off, as a share of the tolerance: 0 is to the last bit.
    where : str
        The part of the formula in a word.
    hint : str or None
        At the level that was asked for.
    formula : dict or None
        `wrong` and `right`, in LaTeX; only with hints=3.
    probe : dict or None
        A request whose answer tells it from the other findings.
    """

    code: str
    title: str
    kind: str
    fit: float
    where: str
    hint: str | None = None
    formula: Json | None = None
    probe: Json | None = None

    @classmethod
    def read(cls, raw: Json) -> Finding:
        """Read it from an answer."""
        told = {name: raw.get(name) for name in ("hint", "formula", "probe")}
        return cls(raw["code"], raw["title"], raw["kind"], float(raw.get("fit") or 0.0), raw.get("where") or "", **told)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CheckResult:
    """What came of a check. It is true if it passed, and can be pickled.

    Attributes
    ----------
    passed : bool
    score : float
        The share of the steps that agree before the first difference, from 0 to 1; 1 only if it passed.
    first_mismatch : Mismatch or None
    findings : tuple of Finding
        What explains the numbers, the simplest first; empty where nothing is known that gives them. Where it passed: notes.
    search : str
        `complete`, or `cut_short` where not everything that is known could be tried: on a long run of which the end alone was
        submitted, or from a bundle, which has no two mistakes at once.
    optimizer : dict or None
        The reference's, as resolved.
    fault : str or None
        What the student's code did in place of returning numbers: an exception, a wrong return value, no end. Only from `check_function`.
    output : str
        What the student's code printed; only from `check_function`.
    engine, request_id : str
        As for every result.
    request, raw : dict
        The request's body as it was sent, and the answer's.
    """

    passed: bool
    score: float
    first_mismatch: Mismatch | None = None
    findings: tuple[Finding, ...] = ()
    search: str = "complete"
    optimizer: Json | None = None
    fault: str | None = None
    output: str = ""
    engine: str = ""
    request_id: str = ""
    request: Json = field(default_factory=dict)
    raw: Json = field(default_factory=dict)

    @classmethod
    def read(cls, raw: Json, request: Json, request_id: str) -> CheckResult:
        """Read an answer; raises KeyError, TypeError or ValueError where it is not one."""
        first = raw["first_mismatch"]
        return cls(
            passed=_truth(raw["passed"]),
            score=float(raw["score"]),
            first_mismatch=None if first is None else Mismatch.read(first),
            findings=tuple(Finding.read(each) for each in raw["findings"]),
            search=str(raw.get("search", "complete")),
            optimizer=raw["optimizer"],
            engine=str(raw["engine"]),
            request_id=request_id,
            request=request,
            raw=raw,
        )

    @property
    def fraction(self) -> float:
        """The share of the marks, a builtin float from 0 to 1; 1 only if it passed."""
        return 1.0 if self.passed else min(max(float(self.score), 0.0), 0.999999)

    def points(self, maximum: float = 1.0) -> float:
        """The marks out of `maximum`, a builtin float: what nbgrader takes as a cell's last value."""
        return float(self.fraction * maximum)

    @property
    def message(self) -> str:
        """For the student: the diagnosis in a line of less than 200 characters, then the details."""
        return "\n".join(wording.lines(self))

    def raise_if_failed(self) -> None:
        """Do nothing if it passed; raises ReferenceMismatch with the message if not."""
        if not self.passed:
            raise ReferenceMismatch(self.message, self)

    def to_dict(self) -> Json:
        """What a program may want to keep: the answer's fields, `fraction`, `message`, `fault` and `output`."""
        kept = {name: self.raw.get(name) for name in ("first_mismatch", "findings", "search", "optimizer", "engine")}
        said = {"message": self.message, "fault": self.fault, "output": self.output}
        return {"passed": self.passed, "score": self.score, "fraction": self.fraction, **kept, "findings": kept["findings"] or [], **said}

    def __bool__(self) -> bool:
        """Whether it passed."""
        return self.passed

    def __repr__(self) -> str:
        """One line: passed or not, and the diagnosis."""
        return f"CheckResult({'passed' if self.passed else 'failed'}, {wording.lines(self)[0]!r})"

    def _repr_html_(self) -> str:
        return as_html(wording.lines(self))


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("passed is true or false")
    return value


def failed(fault: str, *, output: str = "", optimizer: Mapping[str, Any] | None = None) -> CheckResult:
    """The verdict on code that did not come to numbers."""
    return CheckResult(passed=False, score=0.0, fault=fault, output=output, optimizer=None if optimizer is None else dict(optimizer))

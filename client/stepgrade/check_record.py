"""What a check found, as plain data: what errors may carry and wording may read, and what itself imports neither."""

from __future__ import annotations

from dataclasses import dataclass, field

from stepgrade.checked import members_or_none, number, text, text_or_none
from stepgrade.judging import Mismatch as Mismatch
from stepgrade.messages import Json


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
        code, title, kind = (text(raw[name]) for name in ("code", "title", "kind"))
        hint, formula, probe = text_or_none(raw.get("hint")), members_or_none(raw.get("formula")), members_or_none(raw.get("probe"))
        return cls(code, title, kind, number(raw.get("fit") or 0.0), text(raw.get("where") or ""), hint, formula, probe)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CheckRecord:
    """What a check found. It is true if it passed, and can be pickled.

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

    def __bool__(self) -> bool:
        """Whether it passed."""
        return self.passed

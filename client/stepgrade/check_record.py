"""What a check found, as plain data. Errors and wording use it, and it imports neither of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from stepgrade.checked import members_or_none, number, text, text_or_none
from stepgrade.choices import Kind
from stepgrade.judging import Mismatch as Mismatch
from stepgrade.messages import Json


@dataclass(frozen=True)
class Finding:
    """An explanation that reproduces the numbers.

    Attributes
    ----------
    code, title : str
        Its name in `client.mistakes()`, and a sentence that says it.
    kind : {"mistake", "convention", "optimizer", "hyperparameter", "precision"}
        A convention is correct in another framework or book.
    fit : float
        The largest difference, as a share of the tolerance. 0 means equal to the last bit.
    where : str
        The part of the formula, in one word.
    hint : str or None
        The hint at the requested level.
    formula : dict or None
        `wrong` and `right`, in LaTeX. Only with hints=3.
    probe : dict or None
        A request whose answer distinguishes it from the other findings.
    """

    code: str
    title: str
    kind: Kind
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
        return cls(code, title, cast(Kind, kind), number(raw.get("fit") or 0.0), text(raw.get("where") or ""), hint, formula, probe)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CheckRecord:
    """What a check found, as `CheckResult` describes it. It is true if the check passed. It can be pickled."""

    passed: bool
    score: float
    first_mismatch: Mismatch | Any = None
    findings: tuple[Finding, ...] = ()
    search: str = "complete"
    optimizer: Json | None = None
    asked: str = ""
    fault: str | None = None
    output: str = ""
    engine: str = ""
    request_id: str = ""
    request: Json = field(default_factory=dict)
    raw: Json = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether the check passed."""
        return self.passed

"""A verdict in words: the first line is the diagnosis, short enough for graders that show no more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from stepgrade.check_record import CheckRecord, Finding, Mismatch
from stepgrade.results.blocks import FormulaBlock, printable

LONGEST = 199
INTRODUCED = {
    "mistake": "Mistake",
    "convention": "Another convention",
    "optimizer": "Another optimizer",
    "hyperparameter": "Another hyperparameter",
    "precision": "Precision",
}
UNEXPLAINED = {
    "complete": "Nothing in the catalogue of mistakes gives these numbers.",
    "cut_short": "None of the mistakes that were tried gives these numbers. Not every known mistake could be tried.",
}
COUNTS = re.compile(r"You returned \d+ points?\. There (is|are) \d+ steps?(\. [\w ]+)?")
IS_XOR = re.compile(r"bitwise_xor|for \^: ")  # what Python says to g^2
NO_POWER = "In Python a power is **, not ^."
SIDE_EFFECT = "side effect"  # where a finding is that is about no number
NAMED = 3  # findings that are named
OTHERS = ("; or 1 other explanation.", "; or 2 other explanations.")


def lines(verdict: CheckRecord) -> list[str]:
    """The message: the diagnosis, then where the numbers first differ, hints, formulas."""
    return [block.line if isinstance(block, FormulaBlock) else block for block in blocks(verdict)]


def blocks(verdict: CheckRecord) -> Sequence[str | FormulaBlock]:
    """The lines of the message, with the formulas as such."""
    if verdict.fault is not None:
        first, *rest = verdict.fault.splitlines() or ["Your code returned no numbers."]
        return [clipped(first), *map(printable, rest), *([NO_POWER] if IS_XOR.search(verdict.fault) else [])]
    if verdict.passed:
        return _passed(verdict)
    told = [finding for finding in verdict.findings if finding.hint is not None][:NAMED]
    where = "" if verdict.first_mismatch is None else place(verdict.first_mismatch)
    beside = [finding for finding in told if finding.where == SIDE_EFFECT and verdict.first_mismatch is not None]  # explain no number
    also = [printable(f"Also: {finding.title}." + (f" {finding.hint}" if finding.hint else "")) for finding in beside]
    told = [finding for finding in told if finding not in beside]
    if not told:
        is_said = bool(verdict.findings) and not beside
        reason = [] if is_said or _is_of_shape(verdict.first_mismatch) else [UNEXPLAINED.get(verdict.search, UNEXPLAINED["complete"])]
        return [clipped(where or "The numbers differ from the reference."), *reason, *also]
    return [clipped(_diagnosis(told)), *([printable(where)] if where else []), *_details(told), *also]


def clipped(text: str, longest: int = LONGEST) -> str:
    """One line of at most so many characters."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= longest else line[: longest - 3] + "..."


def place(first: Mismatch) -> str:
    """`Step 2, params[0]: expected 0.9, got 0.8.`"""
    case = f"Case {first.case + 1}, step" if first.case else "Step"
    where = f"{case} {first.step}, {first.quantity}"
    if first.index is None:
        if is_count(first):
            return f"Case {first.case + 1}: {first.got}." if first.case else f"{first.got}."
        got = "nothing" if first.got is None else _shape(first.got)
        return f"{where}: expected {_shape(first.expected) if first.got is not None else 'numbers'}, got {got}."
    return f"{where}{_index(first.index)}: expected {_number(first.expected)}, got {_number(first.got)}."


def is_count(first: Mismatch | None) -> bool:
    """Whether the number of points is what is wrong."""
    return first is not None and isinstance(first.got, str) and COUNTS.fullmatch(first.got) is not None


def _is_of_shape(first: Mismatch | None) -> bool:
    """Whether what is wrong is a shape or a count, and no number: of these the catalogue says nothing."""
    return first is not None and first.index is None


def _diagnosis(told: list[Finding]) -> str:
    """All explanations, or the first and how many others there are where a line does not hold them all."""
    first, *others = told
    begin = f"{INTRODUCED.get(first.kind, 'Found')}: {first.title}"
    line = "; or ".join([begin, *(other.title for other in others)]) + "."
    if len(line) <= LONGEST or not others:
        return line
    return f"{clipped(begin, LONGEST - len(OTHERS[-1]))}{OTHERS[len(others) - 1]}"


def _details(told: list[Finding]) -> Iterator[str | FormulaBlock]:
    if len(told) > 1:
        yield "These inputs cannot distinguish the two." if len(told) == 2 else "These inputs cannot distinguish them."
    line = _diagnosis(told)
    for number, finding in enumerate(told, start=1):
        of = f" {number}" if len(told) > 1 else ""
        if finding.title not in line:
            yield printable(f"Explanation{of}: {finding.title}.")
        if finding.hint:
            yield printable(f"Hint{of}: {finding.hint}")
        for side, name in (("wrong", "Yours"), ("right", "Right")):
            if latex := (finding.formula or {}).get(side):
                yield FormulaBlock(str(latex), f"{name}{of}")


def _passed(verdict: CheckRecord) -> list[str]:
    name = verdict.asked or (verdict.optimizer or {}).get("name", "the reference")
    first = f"Correct: the numbers are those of {name}."
    told = [finding for finding in verdict.findings if finding.hint is not None]
    notes = [printable(f"Note: {finding.title}." + (f" {finding.hint}" if finding.hint else "")) for finding in told]
    return [clipped(first), *notes]


def _index(index: tuple[Any, ...]) -> str:
    names = "".join(f"[{part!r}]" for part in index if isinstance(part, str))
    numbers = ", ".join(str(part) for part in index if not isinstance(part, str))
    return names + (f"[{numbers}]" if numbers else "")


def _number(value: Any) -> str:
    if value is None:
        return "no finite number"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return clipped(str(value), 40)
    return f"{value:.10g}"


def _shape(value: Any) -> str:
    return clipped(f"shape {value}" if isinstance(value, (list, tuple)) else str(value), 60)

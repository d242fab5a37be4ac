"""The worked solution of a step: its formula line by line, in Markdown for a notebook or a solution sheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stepgrade.checked import LARGEST, number, number_or_none, text, text_or_none
from stepgrade.encoding import Arrays, tensor
from stepgrade.messages import Json
from stepgrade.plain_math import plain_math, plain_rows
from stepgrade.plain_text import harmless
from stepgrade.results.base import called
from stepgrade.results.blocks import FormulaBlock, as_text, cell, plain, printable

#: How LaTeX writes that digits are left out.
ABOUT = r"\approx"

UNROUNDED = "Numbers are shown with six digits, and computed with all of their digits."
MOST_TENSORS = 6


@dataclass(frozen=True, eq=False, kw_only=True)
class SolutionLine:
    """A line: `symbol` is equal to `formula`.

    Attributes
    ----------
    name : str
        The name of a slot, `update`, `params`, or what the line computes (`m_hat`).
    symbol, formula : str
        LaTeX, in the letters of the convention.
    numbers : str
        LaTeX: the formula with numbers, and its value; one row per number, for the first six numbers.
    value : array, or dict of arrays
        One number (a 0-d array), or laid out like the params. What is not finite is NaN.
    note : str or None
        What the value decides, if it decides which formula follows.
    """

    name: str
    symbol: str
    formula: str
    numbers: str
    value: Arrays
    note: str | None

    @classmethod
    def read(cls, raw: Json) -> SolutionLine:
        """Read a line; raises KeyError, TypeError or ValueError if it is not one."""
        told = {name: text(raw[name]) for name in ("name", "symbol", "formula", "numbers")}
        return cls(**told, value=tensor(raw["value"]), note=text_or_none(raw.get("note")))

    def _plain(self) -> list[str]:
        """The line for a terminal: with letters, and under it with numbers."""
        rows = plain_rows(self.numbers)
        numbers = [f"  {row}" if row.startswith("~") or len(rows) > 1 else f"  = {row}" for row in rows]
        return [plain_math(f"{self.symbol} = {self.formula}"), *numbers, *([self.note] if self.note else [])]

    def _markdown(self) -> Iterator[str]:
        is_short = "aligned" not in self.numbers and "cases" not in self.formula
        first = f"{self.symbol} = {self.formula}"
        if not is_short:
            yield from map(_display, [first, self.numbers])
        elif self.numbers.startswith(ABOUT):
            yield _display(f"{first} {self.numbers}")
        else:
            yield _display(f"{first} {ABOUT if ABOUT in self.numbers else '='} {self.numbers}")
        if self.note:
            yield plain(self.note)


@dataclass(frozen=True, kw_only=True)
class SolutionLetter:
    """A letter that is given: LaTeX, its name here, what it means, and its value: one number, one per tensor, or None for a tensor."""

    symbol: str
    name: str
    meaning: str
    value: float | dict[str, float] | None

    @classmethod
    def read(cls, raw: Json) -> SolutionLetter:
        """Read a letter; raises KeyError, TypeError or ValueError if it is not one."""
        told = {name: text(raw[name]) for name in ("symbol", "name", "meaning")}
        value = raw["value"]
        several = {str(tensor): number(each) for tensor, each in value.items()} if isinstance(value, dict) else None
        return cls(**told, value=number_or_none(value) if several is None else several)

    def _plain(self) -> str:
        value = "" if self.value is None else f" = {_in_words(self.value)}"
        return f"{plain_math(self.symbol)}: {self.name}{value}, {self.meaning}"

    def _markdown(self) -> str:
        value = "" if self.value is None else f" = {plain(_in_words(self.value))}"
        name = printable(self.name).replace("`", "")
        return f"- ${FormulaBlock(self.symbol).source}$: `{name}`{value}, {plain(self.meaning)}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Solution:
    """The worked solution of a step. A notebook renders it; `print` writes its Markdown, for a solution sheet.

    Attributes
    ----------
    title : str
        The optimizer, its convention, and the number of the step.
    detail : str or None
        Why the step is not finite, if it is not. Then the new params are not those of the last line.
    lines : tuple of SolutionLine
        In the order of the computation. The last line is the params after the step.
    letters : tuple of SolutionLetter
        What the letters in the formulas stand for.
    """

    title: str
    detail: str | None
    lines: tuple[SolutionLine, ...]
    letters: tuple[SolutionLetter, ...]

    @classmethod
    def read(cls, raw: Json) -> Solution | None:
        """Read it from an answer; None if it has none. Raises KeyError, TypeError or ValueError if it is not one."""
        if raw.get("work") is None:
            return None
        letters = tuple(map(SolutionLetter.read, raw["letters"]))
        step = next((f", step {_in_words(letter.value)}" for letter in letters if letter.name == "t" and letter.value is not None), "")
        title = f"{called(raw['optimizer'])} in the convention of {harmless(raw['optimizer'].get('convention', 'the service'))}{step}"
        return cls(title=title, detail=text_or_none(raw.get("detail")), lines=tuple(map(SolutionLine.read, raw["work"])), letters=letters)

    def markdown(self) -> str:
        """Write it as Markdown with LaTeX formulas."""
        letters = "\n".join(letter._markdown() for letter in self.letters)
        detail = [] if self.detail is None else [plain(self.detail)]
        return "\n\n".join(
            [f"**{plain(self.title)}**", *detail, letters, plain(UNROUNDED), *(part for line in self.lines for part in line._markdown())]
        )

    def text(self) -> str:
        """Write it as plain text for a terminal, with formulas as plain mathematics: `1 - beta_2^t`."""
        detail = [] if self.detail is None else [[self.detail]]
        letters, lines = [letter._plain() for letter in self.letters], [line._plain() for line in self.lines]
        return "\n\n".join(map(as_text, [[self.title], *detail, letters, [UNROUNDED], *lines]))

    def __str__(self) -> str:
        return self.markdown()

    def __repr__(self) -> str:
        return f"Solution({len(self.lines)} lines: {', '.join(cell(line.name) for line in self.lines)})"

    def _repr_markdown_(self) -> str:
        return self.markdown()


def _in_words(value: float | dict[str, float]) -> str:
    """A number with six digits, a whole one with all of them; the numbers of the first tensors."""
    if isinstance(value, dict):
        told = [f"{_in_words(each)} for {harmless(tensor, 40)}" for tensor, each in list(value.items())[:MOST_TENSORS]]
        return ", ".join([*told, *(["..."] if len(value) > MOST_TENSORS else [])])
    return f"{value:.0f}" if value.is_integer() and abs(value) < LARGEST else f"{value:.6g}"


def _display(latex: str) -> str:
    return f"$$\n{FormulaBlock(latex).source}\n$$"

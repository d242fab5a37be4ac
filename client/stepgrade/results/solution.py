"""The worked solution of a step: its formula line by line, in Markdown for a notebook or a solution sheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stepgrade.checked import number_or_none, text, text_or_none
from stepgrade.encoding import Arrays, tensor
from stepgrade.messages import Json
from stepgrade.plain_text import harmless
from stepgrade.results.base import called
from stepgrade.results.blocks import FormulaBlock, cell, plain, printable


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

    def _markdown(self) -> Iterator[str]:
        is_short = "aligned" not in self.numbers and "cases" not in self.formula
        first = f"{self.symbol} = {self.formula}"
        yield from map(_display, [f"{first} = {self.numbers}"] if is_short else [first, self.numbers])
        if self.note:
            yield plain(self.note)


@dataclass(frozen=True, kw_only=True)
class SolutionLetter:
    """A letter in the formulas: LaTeX, the name that it has here, what it means, and its value, None if it is not one number."""

    symbol: str
    name: str
    meaning: str
    value: float | None

    @classmethod
    def read(cls, raw: Json) -> SolutionLetter:
        """Read a letter; raises KeyError, TypeError or ValueError if it is not one."""
        told = {name: text(raw[name]) for name in ("symbol", "name", "meaning")}
        return cls(**told, value=number_or_none(raw["value"]))

    def _markdown(self) -> str:
        value = "" if self.value is None else f" = {cell(self.value)}"
        name = printable(self.name).replace("`", "")
        return f"- ${FormulaBlock(self.symbol).source}$: `{name}`{value}, {plain(self.meaning)}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Solution:
    """The worked solution of a step. A notebook renders it; `print` writes its Markdown, for a solution sheet.

    Attributes
    ----------
    title : str
        The optimizer, its convention, and the number of the step.
    lines : tuple of SolutionLine
        In the order of the computation. The last line is the params after the step.
    letters : tuple of SolutionLetter
        What the letters in the formulas stand for.
    """

    title: str
    lines: tuple[SolutionLine, ...]
    letters: tuple[SolutionLetter, ...]

    @classmethod
    def read(cls, raw: Json) -> Solution | None:
        """Read it from an answer; None if it has none. Raises KeyError, TypeError or ValueError if it is not one."""
        if raw.get("work") is None:
            return None
        letters = tuple(map(SolutionLetter.read, raw["letters"]))
        step = next((f", step {cell(letter.value)}" for letter in letters if letter.name == "t"), "")
        title = f"{called(raw['optimizer'])} in the convention of {harmless(raw['optimizer'].get('convention', 'the service'))}{step}"
        return cls(title=title, lines=tuple(map(SolutionLine.read, raw["work"])), letters=letters)

    def markdown(self) -> str:
        """Write it as Markdown with LaTeX formulas."""
        letters = "\n".join(letter._markdown() for letter in self.letters)
        return "\n\n".join([f"**{plain(self.title)}**", letters, *(part for line in self.lines for part in line._markdown())])

    def __str__(self) -> str:
        return self.markdown()

    def __repr__(self) -> str:
        return f"Solution({len(self.lines)} lines: {', '.join(cell(line.name) for line in self.lines)})"

    def _repr_markdown_(self) -> str:
        return self.markdown()


def _display(latex: str) -> str:
    return f"$$\n{FormulaBlock(latex).source}\n$$"

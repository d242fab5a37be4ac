"""How a term is written in LaTeX: with letters, or with the numbers of one coordinate."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from enum import IntEnum
from math import isinf, isnan
from typing import Any, NamedTuple

import numpy as np

from .term import Term


class Precedence(IntEnum):
    """How tightly a piece holds together. Where its place needs a higher one, the piece is put in brackets."""

    SUM = 1
    PRODUCT = 2
    FRACTION = 3
    POWER = 4
    SYMBOL = 5


class Written(NamedTuple):
    """A piece of LaTeX; of a number, whether it has more digits than are written."""

    latex: str
    precedence: Precedence = Precedence.SYMBOL
    is_rounded: bool = False

    def at_least(self, precedence: Precedence) -> str:
        """The piece, in brackets where it holds together less tightly."""
        return self.latex if self.precedence >= precedence else _bracketed(self.latex)

    @property
    def has_sign(self) -> bool:
        return self.latex.startswith("-")

    def after(self, precedence: Precedence) -> str:
        """The piece after an operator, where a sign of its own would be a second one."""
        return _bracketed(self.latex) if self.has_sign else self.at_least(precedence)


#: So many digits of a number are shown; what is left out is not told where it is no more than the computer's rounding errors.
DIGITS, ROUNDING = 6, 1e-12


def _bracketed(latex: str) -> str:
    """In brackets, which are as high as what is in them."""
    return rf"\left({latex}\right)" if "{" in latex.replace("_{", "").replace("^{", "") else f"({latex})"


class Writer(ABC):
    """Writes terms; parts that are not among `lines` are written out."""

    def __init__(self, lines: Collection[str]) -> None:
        self.lines = lines

    @abstractmethod
    def leaf(self, term: Term) -> Written:
        """A letter, or a part that has a line of its own."""

    def write(self, term: Term) -> Written:
        """Write a term."""
        match term.kind:
            case "literal":
                return number(term.value)
            case "letter":
                return self.leaf(term)
            case "part":
                return self.leaf(term) if term.name in self.lines else self.write(term.within)
            case "multiply":
                return self._product(term)
            case "where":
                return self.where(*term.arguments)
            case "norm" | "mean":
                return self.over_tensor(term.kind, term.arguments[0], term.arguments[1].value)
        return self._operation(term)

    def _operation(self, term: Term) -> Written:
        first, last = (self.write(argument) for argument in (term.arguments[0], term.arguments[-1]))
        match term.kind:
            case "add":
                return Written(f"{first.latex} + {last.after(Precedence.SUM)}", Precedence.SUM)
            case "subtract":
                return Written(f"{first.latex} - {last.after(Precedence.PRODUCT)}", Precedence.SUM)
            case "divide":
                return Written(rf"\frac{{{first.latex}}}{{{last.latex}}}", Precedence.FRACTION)
            case "negative":
                return Written(f"-{first.after(Precedence.PRODUCT)}", Precedence.SUM)
            case "power":
                return Written(f"{_base(first)}^{{{last.latex}}}", Precedence.POWER)
            case "root":
                return Written(rf"\sqrt{{{first.latex}}}")
            case "exponential":
                return Written(f"e^{{{first.latex}}}", Precedence.POWER)
        if term.kind not in FUNCTIONS:
            raise ValueError(f"{term.kind} is not part of a formula")
        return Written(FUNCTIONS[term.kind].format(first.latex, last.latex))

    @abstractmethod
    def where(self, condition: Term, *either: Term) -> Written:
        """One thing at some coordinates, and another one elsewhere."""

    @abstractmethod
    def over_tensor(self, kind: str, of: Term, tensors: Any, /) -> Written:
        """The norm or the mean of something over a tensor, or over all tensors."""

    def _product(self, term: Term) -> Written:
        """Factors side by side; what is multiplied by itself as a power."""
        powers = list[tuple[Term, int]]()
        for factor in _factors(term):
            if powers and powers[-1][0].is_same(factor):
                powers[-1] = (factor, powers[-1][1] + 1)
            else:
                powers.append((factor, 1))
        pieces = [self._power(factor, times) for factor, times in powers]
        latex = pieces[0].at_least(Precedence.PRODUCT)
        for piece in pieces[1:]:
            following = piece.after(Precedence.PRODUCT)
            latex += (self.between if not following[0].isdigit() else r" \cdot ") + following
        return Written(latex, Precedence.PRODUCT if len(pieces) > 1 else pieces[0].precedence)

    def _power(self, factor: Term, times: int) -> Written:
        written = self.write(factor)
        return written if times == 1 else Written(f"{_base(written)}^{{{times}}}", Precedence.POWER)

    #: What stands between two factors.
    between = r" \cdot "


#: How functions are written, and of how many numbers a sum is written out.
FUNCTIONS = {
    "size": r"\lvert {} \rvert",
    "cube_root": r"\sqrt[3]{{{}}}",
    "sign": r"\operatorname{{sign}}\left({}\right)",
    "tangent": r"\tanh\left({}\right)",
    "maximum": r"\max\left({}, {}\right)",
    "minimum": r"\min\left({}, {}\right)",
}
MOST_SUMMED = 6

#: How what decides between two formulas is written, from what is compared.
CONDITIONS = {"equal": r"\text{{if }} {} = {}", "above": r"\text{{if }} {} > {}", "missing": r"\text{{if there is no }} {}"}


class WithLetters(Writer):
    """A term written with letters: those of what is given, by their names, and those of the parts. `used` are the names that were given."""

    between = r"\,"

    def __init__(self, term: Term, lines: Collection[str], given: Mapping[str, str], of_parts: Mapping[str, str]) -> None:
        super().__init__(lines)
        self._given, self._of_parts, self.used = given, of_parts, set[str]()
        self.latex = self.write(term).latex

    def leaf(self, term: Term) -> Written:
        if term.kind == "part":
            return Written(self._of_parts[term.name])
        self.used.add(term.name)
        return Written(self._given[term.name])

    def over_tensor(self, kind: str, of: Term, _: Any, /) -> Written:
        inner = self.write(of).latex
        return Written(rf"\lVert {inner} \rVert" if kind == "norm" else rf"\operatorname{{mean}}\left({inner}\right)")

    def where(self, condition: Term, *either: Term) -> Written:
        first, second = (self.write(term).latex for term in either)
        compared = CONDITIONS[condition.kind].format(*(self.write(term).latex for term in condition.arguments))
        return Written(aligned("cases", [f"{first} & {compared}", rf"{second} & \text{{otherwise}}"]))


class WithNumbers(Writer):
    """A term written with the numbers of one coordinate."""

    def __init__(self, term: Term, lines: Collection[str], coordinate: int, digits: int = DIGITS) -> None:
        super().__init__(lines)
        self._coordinate, self._digits, self.is_rounded = coordinate, digits, False
        self.latex = self.write(term).latex

    def leaf(self, term: Term) -> Written:
        written = number(term.at(self._coordinate), self._digits)
        self.is_rounded |= written.is_rounded
        return written

    def over_tensor(self, kind: str, of: Term, tensors: Any, /) -> Written:
        """Written out with the numbers of the tensor; of many with the first ones."""
        same = np.flatnonzero(np.asarray(tensors) == np.asarray(tensors)[self._coordinate if len(tensors) > self._coordinate else 0])
        numbers = [number(of.at(k), self._digits) for k in same[:MOST_SUMMED]]
        self.is_rounded |= any(each.is_rounded for each in numbers)
        pieces = [f"{each.at_least(Precedence.SYMBOL)}^{{2}}" if kind == "norm" else each.after(Precedence.PRODUCT) for each in numbers]
        total = " + ".join([*pieces, *([r"\dots"] if len(same) > MOST_SUMMED else [])])
        return Written(rf"\sqrt{{{total}}}") if kind == "norm" else Written(rf"\frac{{{total}}}{{{len(same)}}}", Precedence.FRACTION)

    def where(self, condition: Term, *either: Term) -> Written:
        return self.write(either[0 if condition.at(self._coordinate) else 1])


def _factors(term: Term) -> list[Term]:
    """What is multiplied, in order; a product on the right keeps its brackets, as it was worked out."""
    if term.kind != "multiply":
        return [term]
    return [*_factors(term.arguments[0]), term.arguments[1]]


#: A symbol of several letters, such as dW, of which a power would be read as that of the last.
LONG_SYMBOL = re.compile(r"(^|\{)[A-Za-z]{2}")


def _base(written: Written) -> str:
    """What a power is of; a second exponent beside one of its own would be no LaTeX."""
    needs_brackets = written.precedence == Precedence.SYMBOL and ("^" in written.latex or LONG_SYMBOL.search(written.latex))
    return _bracketed(written.latex) if needs_brackets else written.at_least(Precedence.SYMBOL)


def number(value: Any, digits: int = DIGITS) -> Written:
    """A number with so many digits; a whole number that counts something with all of its digits."""
    if isinstance(value, int):
        return Written(str(value))
    value = float(np.asarray(value).flat[0])
    sign = Precedence.SUM if value < 0 else Precedence.SYMBOL
    if isnan(value) or isinf(value):
        return Written(r"\text{NaN}" if isnan(value) else r"\infty" if value > 0 else r"-\infty", sign)
    shown = f"{value + 0.0:.{digits}g}"
    is_rounded = abs(float(shown) - value) > ROUNDING * abs(value)
    mantissa, _, exponent = shown.partition("e")
    if not exponent:
        return Written(mantissa, sign, is_rounded)
    power = f"10^{{{int(exponent)}}}"
    if mantissa in ("1", "-1"):
        return Written(mantissa[:-1] + power, min(sign, Precedence.POWER), is_rounded)
    return Written(rf"{mantissa} \times {power}", min(sign, Precedence.PRODUCT), is_rounded)


def aligned(kind: str, rows: Sequence[str]) -> str:
    """Rows below each other; fractions need more room between them."""
    between = r" \\[4pt] " if any(r"\frac" in row for row in rows) else r" \\ "
    return rf"\begin{{{kind}}} {between.join(rows)} \end{{{kind}}}"

"""The lines of a solution: what was worked out, written down with letters and with numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.reading.tensors import Layout, shortened
from ...engine.running.step import StepPlan
from ..catalogue.formulas import Formula
from .alphabet import MOST_NAMES, Alphabet, SolutionLetter, names_in_latex, names_in_words, typed
from .latex import WithLetters, WithNumbers, aligned, number
from .term import Term
from .working import PARAMS, Worked

Array = NDArray[np.float64]

#: Numbers are written out in so many rows, and formulas for so many groups of tensors.
MOST_ROWS = 6

#: With these the step shows beside params that are large.
MANY_DIGITS = 15


@dataclass(frozen=True)
class SolutionLine:
    """A line: `symbol = formula`, then the same with numbers; LaTeX, and the value as a number or laid out like the params.

    `note` is a sentence about what follows from the value, if anything does.
    """

    name: str
    symbol: str
    formula: str
    numbers: str
    value: Any
    note: str | None


class Writing:
    """Writes the lines of a step down."""

    def __init__(self, plan: StepPlan, formula: Formula, worked: Sequence[Worked]) -> None:
        self.plan, self.formula, self.worked = plan, formula, worked
        self.layout: Layout = plan.layout
        self.alphabet = Alphabet(plan.choice, formula)

    def lines(self) -> tuple[SolutionLine, ...]:
        """All lines, in the order in which they are computed."""
        return tuple(map(self._line, self.shown))

    def letters(self) -> tuple[SolutionLetter, ...]:
        """What the letters in the lines stand for; the number of the step always, which stands at every letter."""
        used = {"t"}.union(*(written.used for each in self._written.values() for written in each.values()))
        return tuple(self.alphabet.letter(name, self.plan.state.t + 1) for name in self.alphabet.letters if name in used)

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """The parts that have a line."""
        found = set[str]().union(*map(self._lines_of, self.worked))
        return tuple(name for name in (*self.formula.parts, PARAMS) if name in found)

    @cached_property
    def _always(self) -> frozenset[str]:
        """The parts that have a line whatever they are."""
        return frozenset({*self.alphabet.slots, *self.formula.decides, "step", PARAMS})

    def _lines_of(self, worked: Worked) -> frozenset[str]:
        """The parts of a rule that have a line: those that have a letter, are more than another name, and lead to the step or to a slot."""
        reached = _reached(worked.parts[name] for name in self._always)
        lettered = self.alphabet.of_parts.keys() & worked.parts.keys() & reached
        return self._always | {name for name in lettered if worked.parts[name].within.kind not in ("letter", "literal", "part")}

    @cached_property
    def _with_line(self) -> dict[str, list[int]]:
        """For each line, the numbers of the rules that have it; the others do not compute it."""
        of_rules = [self._lines_of(each) | _reached([each.parts[PARAMS]]) for each in self.worked]
        return {name: [k for k, lines in enumerate(of_rules) if name in lines] for name in self.shown}

    @cached_property
    def _written(self) -> dict[str, dict[int, WithLetters]]:
        """Of each line what was written with letters, for each rule that has it."""
        return {name: {k: self._with_letters(self.worked[k].parts[name]) for k in rules} for name, rules in self._with_line.items()}

    def _with_letters(self, term: Term) -> WithLetters:
        return WithLetters(term.within, self.shown, self.alphabet.given, self.alphabet.of_parts)

    def _line(self, name: str) -> SolutionLine:
        return SolutionLine(
            self.alphabet.name_of(name),
            self.alphabet.of_parts[name],
            self._cases({k: written.latex for k, written in self._written[name].items()}),
            self._numbers(name),
            self._value(name),
            self._note(name),
        )

    def _cases(self, formulas: dict[int, str]) -> str:
        """One formula, or that of each parameter group."""
        groups: dict[str, list[str]] = {}
        for k, formula in formulas.items():
            groups.setdefault(formula, []).extend(self.worked[k].names)
        if len(groups) == 1 and len(formulas) == len(self.worked):
            return next(iter(groups))
        rows = [rf"{formula} & \text{{for }} {names_in_latex(names)}" for formula, names in list(groups.items())[:MOST_ROWS]]
        return aligned("cases", [*rows, *([r"\vdots"] if len(groups) > MOST_ROWS else [])])

    def _note(self, name: str) -> str | None:
        """What the value of a line decides; for each parameter group where it is not the same."""
        if name not in self.formula.decides:
            return None
        groups: dict[str, list[str]] = {}
        for each in self.worked:
            groups.setdefault(self.formula.decides[name](each.work), []).extend(each.names)
        if len(groups) == 1:
            return next(iter(groups))
        return " ".join(f"For {names_in_words(names)}: {note}" for note, names in list(groups.items())[:MOST_ROWS])

    def _numbers(self, name: str) -> str:
        """A row for each of some coordinates; one alone where there is one number."""
        if self._is_one(name) or self.layout.dimension == 1:
            return self._row(name, next(iter(self._rows.values())))
        rows, count = self._rows_of_tensors() if self._is_of_tensors(name) else (self._rows, self.layout.dimension)
        written = [rf"{typed(place)}:\quad & {self._row(name, row)}" for place, row in rows.items() if row.rule in self._with_line[name]]
        return aligned("aligned", [*written, *([r"& \vdots"] if count > len(rows) else [])])

    def _row(self, name: str, row: _WrittenRow) -> str:
        term = self.worked[row.rule].parts[name]
        written = WithNumbers(term.within, self.shown, row.own)
        value = number(term.at(row.own))
        if name == PARAMS and _hides(term.within, row.own):
            written, value = WithNumbers(term.within, self.shown, row.own, MANY_DIGITS), number(term.at(row.own), MANY_DIGITS)
        sign = r"\approx" if written.is_rounded or value.is_rounded else "="
        if written.latex != value.latex:
            return f"{written.latex} {sign} {value.latex}"
        return value.latex if sign == "=" else f"{sign} {value.latex}"

    @cached_property
    def _rows(self) -> dict[str, _WrittenRow]:
        """The coordinates whose numbers are written out, by their places: of each of the first tensors some."""
        return {self.layout.place(coordinate): self._at(coordinate) for coordinate in sorted(_spread(self.layout, MOST_ROWS))}

    def _rows_of_tensors(self) -> tuple[dict[str, _WrittenRow], int]:
        """The first tensors, each by one of its coordinates; and how many tensors there are."""
        names = self.layout.names or ()
        return {shortened(tensor): self._at(self.layout.bounds[k]) for k, tensor in enumerate(names[:MOST_ROWS])}, len(names)

    def _at(self, coordinate: int) -> _WrittenRow:
        for k, worked in enumerate(self.worked):
            if isinstance(worked.where, slice):
                return _WrittenRow(coordinate, k, coordinate)
            [found] = np.nonzero(worked.where == coordinate)
            if len(found):
                return _WrittenRow(coordinate, k, int(found[0]))
        raise LookupError(f"no rule moves coordinate {coordinate}")

    def _is_number(self, name: str) -> bool:
        """Whether a part is one number for all coordinates that a rule moves."""
        if self.alphabet.slots.get(name) in self.plan.choice.rule.kernel.number_slots or name in self.formula.of_tensors:
            return True
        return all(np.ndim(self.worked[k].parts[name].value) == 0 for k in self._with_line[name])

    def _is_one(self, name: str) -> bool:
        """Whether a part is one number for all coordinates."""
        values = {repr(self.worked[k].parts[name].at(0)) for k in self._with_line[name]}
        is_of_all = len(self.worked) == len(self._with_line[name])
        is_slot = name in self.alphabet.slots and bool(self.plan.choice.rule.groups)  # then it is posted as one number per tensor
        is_slot |= name in self.formula.of_tensors and self.layout.names is not None
        return self._is_number(name) and is_of_all and len(values) == 1 and not is_slot

    def _is_of_tensors(self, name: str) -> bool:
        """Whether a part is one number per tensor."""
        return self._is_number(name) and not self._is_one(name)

    def _value(self, name: str) -> Any:
        if self._is_one(name):
            return float(self.worked[self._with_line[name][0]].parts[name].at(0))
        flat: Array = np.full(self.layout.dimension, np.nan)
        for k in self._with_line[name]:
            flat[self.worked[k].where] = self.worked[k].parts[name].value
        if self._is_of_tensors(name):
            return {tensor: float(flat[begin]) for tensor, begin in zip(self.layout.names or (), self.layout.bounds, strict=False)}
        return self.layout.unflatten(flat)


@dataclass(frozen=True)
class _WrittenRow:
    """A coordinate, the number of the rule that moves it, and its number there."""

    coordinate: int
    rule: int
    own: int


def _spread(layout: Layout, most: int) -> Iterator[int]:
    """So many coordinates at most: the first of each tensor, then the second of each, and so on."""
    tensors = list(zip(layout.bounds[:MOST_NAMES], layout.bounds[1:], strict=False))
    k, found = 0, 0
    while found < most and any(begin + k < end for begin, end in tensors):
        for begin, end in tensors:
            if begin + k < end and found < most:
                found += 1
                yield begin + k
        k += 1


def _hides(term: Term, coordinate: int) -> bool:
    """Whether a sum looks like its first number, though something is added."""
    first, added = term.arguments
    return number(first.at(coordinate)).latex == number(term.at(coordinate)).latex and added.at(coordinate) != 0


def _reached(terms: Iterable[Term]) -> set[str]:
    """The names of the parts that terms were worked out from."""
    found, waiting = set[str](), list(terms)
    while waiting:
        term = waiting.pop()
        if term.kind == "part":
            if term.name in found:
                continue
            found.add(term.name)
        waiting += term.arguments
    return found

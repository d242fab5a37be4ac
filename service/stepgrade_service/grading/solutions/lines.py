"""The lines of a solution: what was worked out, written down with letters and with numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.reading.tensors import Layout, shortened
from ...engine.running.step import StepPlan
from ..catalogue.formulas import Formula
from ..catalogue.formulas.formula import LETTERS
from .latex import WithLetters, WithNumbers, Writer, aligned, equals, number
from .term import Term
from .working import PARAMS, Worked

Array = NDArray[np.float64]

#: Of so many coordinates the numbers are written out, and of so many parameter groups the formulas.
MOST_ROWS = 6

MARKS = ("hat", "tilde", "bar", "Delta")


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


@dataclass(frozen=True)
class SolutionLetter:
    """A letter of the lines that is given: what it stands for, and its value if that is one number."""

    symbol: str
    name: str
    meaning: str
    value: float | None


class Writing:
    """Writes the lines of a step down."""

    def __init__(self, plan: StepPlan, formula: Formula, worked: tuple[Worked, ...]) -> None:
        self.plan, self.formula, self.worked = plan, formula, worked
        self.layout: Layout = plan.layout
        self.alphabet = plan.choice.letters
        self.slots = {part: slot for slot, part in formula.keeps.items() if slot not in plan.choice.rule.hidden}

    @cached_property
    def symbols(self) -> dict[str, str]:
        """The letter of each part that has one."""
        marked = {**LETTERS, **self.formula.letters}
        kept = {part: f"{self.alphabet[slot]}_t" for part, slot in self.slots.items()}
        return {**{part: self._symbol(letter) for part, letter in marked.items()}, **kept, PARAMS: self.alphabet["params"] + "_t"}

    def _symbol(self, letter: str) -> str:
        mark, _, name = letter.partition(" ")
        if mark not in MARKS:
            return letter
        base, power, rest = self.alphabet[name].partition("^")
        return (rf"\Delta {base}" if mark == "Delta" else rf"\{mark}{{{base}}}") + power + rest + "_t"

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """The parts that have a line: those that have a letter, are more than another name, and lead to the step or to a slot."""
        shown = {*self.slots, "step", PARAMS}
        for each in self.worked:
            lettered = self.symbols.keys() & each.parts.keys()
            shown |= {name for name in lettered if each.parts[name].within.kind not in ("letter", "literal", "part")}
        reached = set[str]()
        for each in self.worked:
            for name in (*self.slots, *self.formula.decides, PARAMS):
                _reach(each.parts[name], reached)
        return tuple(name for name in (*self.formula.parts, PARAMS) if name in shown & reached)

    def lines(self) -> tuple[SolutionLine, ...]:
        """All lines, in the order in which they are computed."""
        return tuple(map(self._line, self.shown))

    def letters(self) -> tuple[SolutionLetter, ...]:
        """What the letters in the lines stand for; the number of the step always, which stands at every letter."""
        used = {"t"}.union(*(written.used for each in self._written.values() for written in each))
        return tuple(self._letter(name) for name in self.alphabet if name in used)

    @cached_property
    def _written(self) -> dict[str, list[WithLetters]]:
        """Of each line what was written with letters, for each rule."""
        return {name: [self._with_letters(each.parts[name].within) for each in self.worked] for name in self.shown}

    def _with_letters(self, term: Term) -> WithLetters:
        writer = WithLetters(self.shown, self._alphabet_before, self.symbols)
        writer.latex = writer.write(term).latex
        return writer

    def _line(self, name: str) -> SolutionLine:
        formula = self._cases([written.latex for written in self._written[name]])
        notes = {self.formula.decides[name](each.work) for each in self.worked} if name in self.formula.decides else set()
        note = notes.pop() if len(notes) == 1 else None
        return SolutionLine(self._public_name(name), self.symbols[name], formula, self._numbers(name), self._value(name), note)

    @cached_property
    def _alphabet_before(self) -> dict[str, str]:
        """The letters with the time they belong to: the params and the slots are those before the step."""
        slots = self.plan.choice.rule.kernel.slots
        before = {name: f"{self.alphabet[name]}_{{t-1}}" for name in (*slots, "params")}
        return {**self.alphabet, **before, "gradient": f"{self.alphabet['gradient']}_t"}

    def _cases(self, formulas: Sequence[str]) -> str:
        """One formula, or that of each parameter group."""
        if len(set(formulas)) == 1:
            return formulas[0]
        groups: dict[str, list[str]] = {}
        for formula, each in zip(formulas, self.worked, strict=True):
            groups.setdefault(formula, []).extend(each.names)
        rows = [rf"{formula} & \text{{for }} {_names(names)}" for formula, names in list(groups.items())[:MOST_ROWS]]
        more = [r"\vdots"] if len(groups) > MOST_ROWS else []
        return aligned("cases", [*rows, *more])

    def _numbers(self, name: str) -> str:
        """A row for each of the first coordinates; one alone where there is one number."""
        is_one = self._is_one(name)
        rows = [self._row(name, coordinate) for coordinate in range(1 if is_one else min(self.layout.dimension, MOST_ROWS))]
        if is_one or self.layout.dimension == 1:
            return rows[0]
        places = [rf"{_typed(self.layout.place(coordinate))}:\quad & {row}" for coordinate, row in enumerate(rows)]
        more = [r"& \vdots"] if self.layout.dimension > MOST_ROWS else []
        return aligned("aligned", [*places, *more])

    def _row(self, name: str, coordinate: int) -> str:
        worked, own = self._rows[coordinate]
        term = worked.parts[name]
        writer: Writer = WithNumbers(self.shown, own)
        left, value = writer.write(term.within).latex, term.at(own)
        right = number(value).latex
        return left if left == right else f"{left} {equals(value)} {right}"

    @cached_property
    def _rows(self) -> list[tuple[Worked, int]]:
        """The first coordinates, each with what was worked out for it, and its number there."""
        return [self._at(coordinate) for coordinate in range(min(self.layout.dimension, MOST_ROWS))]

    def _at(self, coordinate: int) -> tuple[Worked, int]:
        """What was worked out for a coordinate, and its number there."""
        for worked in self.worked:
            if isinstance(worked.where, slice):
                return worked, coordinate
            [found] = np.nonzero(worked.where == coordinate)
            if len(found):
                return worked, int(found[0])
        raise LookupError(f"no rule moves coordinate {coordinate}")

    def _is_one(self, name: str) -> bool:
        """Whether a part is one number for all coordinates."""
        kernel = self.plan.choice.rule.kernel
        if self.slots.get(name) in kernel.number_slots and not self.plan.choice.rule.groups:
            return True
        values = [each.parts[name].value for each in self.worked]
        return all(np.ndim(value) == 0 for value in values) and len(set(map(repr, values))) == 1

    def _value(self, name: str) -> Any:
        if self._is_one(name):
            return float(self.worked[0].parts[name].at(0))
        flat: Array = np.empty(self.layout.dimension)
        for each in self.worked:
            flat[each.where] = each.parts[name].value
        return self.layout.unflatten(flat)

    def _public_name(self, part: str) -> str:
        """The slot that a part is kept in; else a name that says what it is."""
        if part in self.slots:
            return self.slots[part]
        mark, _, name = {**LETTERS, **self.formula.letters}.get(part, "").partition(" ")
        return {"step": "update", PARAMS: PARAMS}.get(part) or (f"{name}_{mark}" if mark in MARKS else part)

    def _letter(self, name: str) -> SolutionLetter:
        optimizer = self.plan.choice.optimizer
        meanings = {"t": "the number of this step", "params": "the params before the step", "gradient": "the gradient"}
        if name in optimizer.by_name:
            meanings[name] = optimizer.by_name[name].meaning
        elif name in optimizer.slot_meanings:
            meanings[name] = f"before the step: {optimizer.slot_meanings[name]}"
        value = {"t": self.plan.state.t + 1, **self.plan.choice.settings}.get(name)
        return SolutionLetter(self._alphabet_before[name], name, meanings[name], None if isinstance(value, Mapping) else value)


def _reach(term: Term, names: set[str]) -> None:
    """Add the names of the parts that a term was worked out from."""
    if term.kind == "part":
        if term.name in names:
            return
        names.add(term.name)
    for argument in term.arguments:
        _reach(argument, names)


#: What LaTeX reads as its own, in a name that somebody gave a tensor.
ESCAPED = {
    **{mark: f"\\{mark}" for mark in "{}#%&_"},
    "$": "?",
    "\\": r"\backslash ",
    "^": r"\wedge ",
    "~": r"\sim ",
    "<": r"\lt ",
    ">": r"\gt ",
    " ": r"\ ",
}


def _typed(text: str) -> str:
    """A name as it is typed in a program."""
    return rf"\mathtt{{{''.join(ESCAPED.get(letter, letter if letter.isprintable() else '?') for letter in text)}}}"


def _names(names: Sequence[str]) -> str:
    more = [r"\dots"] if len(names) > MOST_ROWS else []
    return ", ".join([*(_typed(shortened(name)) for name in names[:MOST_ROWS]), *more])

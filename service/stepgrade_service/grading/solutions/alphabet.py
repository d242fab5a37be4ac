"""The letters of a solution: of its parts, of what is given, and of what a tensor is called."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...engine.conventions.choice import Choice
from ...engine.conventions.letters import OWN_LETTERS
from ...engine.reading.tensors import shortened
from ..catalogue.formulas import Formula
from ..catalogue.formulas.formula import LETTERS
from .working import PARAMS

#: What a letter may be marked with, as `hat m`.
MARKS = ("hat", "tilde", "bar", "Delta")

#: What is given, but for the numbers of the optimizer and its slots.
GIVEN = {"t": "the number of this step", "params": "the params before the step", "gradient": "the gradient"}

#: So many names of tensors are listed.
MOST_NAMES = 6

#: A letter that has an index already: one letter, or what stands in braces. An underscore of a name is written with a backslash.
INDEXED = re.compile(r"(?P<base>.+)(?<!\\)_(?:\{(?P<several>[^{}]*)\}|(?P<one>\w))")


def at(letter: str, time: str) -> str:
    """A letter with the number of its step as an index: m_t, m_{t-1}; behind the index that it has, since LaTeX takes only one."""
    found = INDEXED.fullmatch(letter)
    index = f"{found['several'] or found['one']},{time}" if found else time
    return f"{found['base'] if found else letter}_{index if len(index) == 1 else f'{{{index}}}'}"


@dataclass(frozen=True)
class SolutionLetter:
    """A letter of the lines that is given: what it stands for, and its value; one number per tensor where tensors have their own."""

    symbol: str
    name: str
    meaning: str
    value: float | Mapping[str, float] | None


@dataclass(frozen=True)
class Alphabet:
    """The letters of an optimizer in its convention, for the parts of its formula."""

    choice: Choice
    formula: Formula

    @cached_property
    def slots(self) -> dict[str, str]:
        """The slot that a part is kept in, of those that the public sees."""
        hidden = self.choice.rule.hidden
        return {part: slot for slot, part in self.formula.keeps.items() if slot not in hidden}

    @cached_property
    def letters(self) -> Mapping[str, str]:
        """The letters of the convention."""
        return self.choice.letters

    @cached_property
    def _marked(self) -> dict[str, str]:
        """The letters of the parts, as a convention or the formula has them; what is no number or slot there is a part."""
        known = {**LETTERS, **self.formula.letters}
        return {part: self.letters[part] if part in self.letters and part not in OWN_LETTERS else letter for part, letter in known.items()}

    @cached_property
    def of_parts(self) -> dict[str, str]:
        """The letter of each part that has one, in LaTeX."""
        kept = {part: at(self.letters[slot], "t") for part, slot in self.slots.items()}
        return {**{part: self._symbol(letter) for part, letter in self._marked.items()}, **kept, PARAMS: at(self.letters["params"], "t")}

    def _symbol(self, letter: str) -> str:
        mark, _, name = letter.partition(" ")
        if mark not in MARKS:
            return letter
        base, power, rest = self.letters[name].partition("^")
        return (rf"\Delta {base}" if mark == "Delta" else rf"\{mark}{{{base}}}") + power + rest + "_t"

    @cached_property
    def given(self) -> dict[str, str]:
        """The letter of each thing that is given, with the time it belongs to: the params and the slots are those before the step."""
        before = {name: at(self.letters[name], "t-1") for name in (*self.choice.rule.kernel.slots, "params")}
        return {**self.letters, **before, "gradient": at(self.letters["gradient"], "t")}

    def name_of(self, part: str) -> str:
        """What a line is called: the slot that the part is kept in, else what it is."""
        if part in self.slots:
            return self.slots[part]
        mark, _, name = {**LETTERS, **self.formula.letters}.get(part, "").partition(" ")
        return {"step": "update", PARAMS: PARAMS}.get(part) or (f"{name}_{mark}" if mark in MARKS else part)

    def letter(self, name: str, t: int) -> SolutionLetter:
        """What a letter stands for in step number t. Of a meaning, what is said of switches is left out."""
        optimizer = self.choice.optimizer
        if name in optimizer.by_name:
            meaning = optimizer.by_name[name].meaning.partition(";")[0]
        elif name in optimizer.slot_meanings:
            meaning = f"{name} before the step: {optimizer.slot_meanings[name].partition(';')[0]}"
        else:
            meaning = GIVEN[name]
        value: Any = t if name == "t" else self.choice.settings.get(name)
        return SolutionLetter(self.given[name], name, meaning, value)


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


def typed(text: str) -> str:
    """A name as it is typed in a program."""
    return rf"\mathtt{{{''.join(ESCAPED.get(letter, letter if letter.isprintable() else '?') for letter in text)}}}"


def names_in_latex(names: Sequence[str]) -> str:
    """The names of tensors; of many the first."""
    more = [r"\dots"] if len(names) > MOST_NAMES else []
    return ", ".join([*(typed(shortened(name)) for name in names[:MOST_NAMES]), *more])


def names_in_words(names: Sequence[str]) -> str:
    """The same in a sentence."""
    return ", ".join([*map(shortened, names[:MOST_NAMES]), *(["..."] if len(names) > MOST_NAMES else [])])

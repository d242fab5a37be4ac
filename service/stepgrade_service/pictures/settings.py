"""What was set for a run: its optimizer under a name, and which settings tell it apart from the others of a picture."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from ..engine.conventions import CONVENTIONS
from ..engine.conventions.choice import Choice
from ..engine.conventions.resolve import default_convention, resolve
from ..engine.objectives.resolve import Problem
from ..engine.reading.faults import plain

#: Labels and names of axes longer than this are cut: a picture is no place for them.
LONGEST_LABEL, LONGEST_NAME = 60, 30

#: Of a list of more numbers, or of more named parts, such as one per tensor, the first are told.
MOST_NUMBERS, MOST_PARTS = 3, 8

#: A result of at most so many letters is not broken into lines.
LONGEST_HELD = 24


@dataclass(frozen=True)
class Setup:
    """An optimizer as it runs, and the rest of the settings: steps, schedule and the like. Without a label it goes by its own name."""

    label: str | None
    choice: Choice
    rest: Mapping[str, Any]

    @property
    def optimizer(self) -> str:
        return self.choice.optimizer.name

    @property
    def name(self) -> str:
        """The label, and the optimizer's own name where the label does not say it."""
        if self.label is None:
            return self.optimizer
        label = shortened(self.label, LONGEST_LABEL)
        return label if self.says_optimizer else f"{label} ({self.optimizer})"

    @property
    def says_optimizer(self) -> bool:
        """Whether a word of the label is one of the optimizer's names in any convention, as gd is one of sgd's."""
        label = self.label or ""
        words = {plain(word) for word in (label, *re.split(r"[^\w-]+", label))}
        named = [convention.by_name[word][0].optimizer for convention in CONVENTIONS.values() for word in words & set(convention.by_name)]
        return self.optimizer in named

    @cached_property
    def settings(self) -> dict[str, Any]:
        """Everything that was set: hyperparameters and switches, and the rest."""
        return {"convention": self.choice.convention, **self.choice.settings, **self.rest}

    @cached_property
    def untouched(self) -> Mapping[str, Any]:
        """The hyperparameters with every mode as the convention has it, and the convention that goes without saying."""
        numbers = {name: value for name, value in self.choice.settings.items() if not isinstance(value, bool | str)}
        choice = resolve({"name": self.optimizer, "convention": self.choice.convention, **numbers})
        return {"convention": default_convention(self.optimizer), **choice.settings}


def tell_apart(setups: Sequence[Setup]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Find for each setup the settings that set it apart, and for all of them those that they share.

    What says nothing is left out: a number that is 0 and a mode as the convention has it, unless another setup of the same
    optimizer has something else there.
    """
    told = [{name for name in setup.settings if _worth_telling(name, setup, setups)} for setup in setups]
    first = setups[0].settings
    common = [name for name in first if name in told[0] and all(setup.settings.get(name) == first[name] for setup in setups)]
    own = [
        {name: value for name, value in setup.settings.items() if name in names and name not in common}
        for setup, names in zip(setups, told, strict=True)
    ]
    return own, {name: first[name] for name in common}


def _worth_telling(name: str, setup: Setup, setups: Sequence[Setup]) -> bool:
    """Whether a reader of these setups needs to know one setting of one of them."""
    value = setup.settings[name]
    alike = [other for other in setups if other.optimizer == setup.optimizer]
    if any(other.settings.get(name) != value for other in alike):
        return True
    return bool(value != setup.untouched.get(name)) if isinstance(value, bool | str) else bool(value != 0)


def listed(settings: Mapping[str, Any]) -> str:
    """Settings as they are read in a legend."""
    return ", ".join(f"{name}={written(value)}" for name, value in settings.items())


def written(value: Any) -> str:
    """A setting's value as it is read in a legend."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return _first_few([f"{shortened(name)} {written(part)}" for name, part in islice(value.items(), MOST_PARTS)], len(value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _first_few([written(part) for part in value[:MOST_NUMBERS]], len(value))
    return shortened(str(value))


def _first_few(parts: list[str], count: int) -> str:
    """The first parts of a value that has so many."""
    return f"({', '.join(parts)}{', ' + ELIDED if count > len(parts) else ''})"


def one_line(text: str) -> str:
    """A text from outside in one line, without what cannot be printed."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def held(text: str) -> str:
    """A text that is not broken into lines, if it is short enough for that."""
    text = text.strip()
    return text.replace(" ", "\N{NO-BREAK SPACE}") if len(text) <= LONGEST_HELD else text


ELIDED = "..."


def shortened(name: str, longest: int = LONGEST_NAME) -> str:
    """A name from outside in one line of bearable length."""
    line = one_line(name)
    if len(line) <= longest:
        return line
    kept = longest - len(ELIDED)  # names that differ mostly do so at their ends
    return line[: kept - kept // 2] + ELIDED + line[len(line) - kept // 2 :]


#: A title that is a formula takes up so many characters.
LONGEST_TITLE = 100


def subject(problem: Problem | None) -> str:
    """What was run on: the objective's title, and the parameters that shape it."""
    if problem is None:
        return "Replay of posted gradients"
    shape = {name: value for name, value in problem.parameters.items() if np.any(value) or problem.expression is not None}
    size = "" if problem.dimension == 2 else f", {problem.dimension} parameter{'s' if problem.dimension > 1 else ''}"
    return shortened(problem.objective.title, LONGEST_TITLE) + size + (f", {listed(shape)}" if shape else "")

"""What a mistake is: one or two parts of an update rule put wrong, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..formulas import Formula, Part, Work

#: How a family writes what is under the root, for the formulas that are shown.
SQUARES = {"adagrad": "a", "adadelta": "v", "rmsprop": "v", "rmsprop_with_velocity": "v", "adamax": "u", "amsgrad": r"\hat v_{\max}"}

Kind = Literal["mistake", "convention"]


@dataclass(frozen=True)
class Mistake:
    """A mistake, or another convention that looks like one.

    `replaced` are the parts that are wrong, by name; it applies to a formula that has them all and, with `only`, is one of
    those. `wrong` and `right` are LaTeX, in which S stands for what is under the family's root. `hints` say where to look, at
    which part, and the line itself. `where` is the part in a word.
    """

    code: str
    title: str
    where: str
    wrong: str
    right: str
    hints: tuple[str, str, str]
    replaced: Mapping[str, Part]
    only: frozenset[str] = frozenset()
    but_not: frozenset[str] = frozenset()
    when: Callable[[Mapping[str, float]], bool] = lambda _: True
    kind: Kind = "mistake"

    def applies(self, formula: Formula, numbers: Mapping[str, float]) -> bool:
        """Whether one can make it with this formula and these numbers."""
        if (self.only and formula.name not in self.only) or formula.name in self.but_not:
            return False
        known = {*formula.parts, *(("keep",) if formula.keeps else ())}
        return known.issuperset(self.replaced) and self.when(numbers)

    def shown(self, formula: Formula) -> dict[str, str]:
        """The formula as the student wrote it and the right one, in the family's letters."""
        square = SQUARES.get(formula.name, r"\hat v")
        return {"wrong": self.wrong.replace("S", square), "right": self.right.replace("S", square)}


CATALOGUE: list[Mistake] = []


def mistake(code: str, title: str, part: str, **told: Any) -> Callable[[Part], Part]:
    """Enter the decorated function into the catalogue as `part` put wrong; `told` are the fields of `Mistake`."""

    def enter(function: Part) -> Part:
        several({part: function}, code, title, where=told.pop("where", part), **told)
        return function

    return enter


def several(replaced: Mapping[str, Part], code: str, title: str, **told: Any) -> None:
    """Enter a mistake that puts several parts wrong."""
    for name in ("only", "but_not"):
        told[name] = frozenset(told.get(name, ()))
    CATALOGUE.append(Mistake(code=code, title=title, replaced=replaced, **told))


def eps_of(w: Work) -> float:
    """eps, wherever the convention has it."""
    return float(sum(getattr(w.h, name, 0.0) for name in ("eps", "eps_root", "eps_hat", "eps_in_max")))

"""What a mistake is: one or two parts of an update rule put wrong, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from ...order import Family
from ..formulas import Formula, Part, Trait, Work
from ..letters import formula_told, hint_told, words_told

Kind = Literal["mistake", "convention"]

#: Any value of a switch.
ANY: Any = object()


@dataclass(frozen=True)
class Switched:
    """That a hyperparameter of a convention is another one: the same thing as a mistake, said of a convention."""

    name: str
    after: Any = ANY
    before: Any = ANY

    def says(self, name: str, before: Any, after: Any) -> bool:
        return name == self.name and self.before in (ANY, before) and self.after in (ANY, after)


class Told(NamedTuple):
    """What is said of a mistake: the formula as the student wrote it and the right one, in LaTeX, and the hints."""

    wrong: str
    right: str
    hints: tuple[str, str, str]


@dataclass(frozen=True)
class Mistake:
    """A mistake, or another convention that looks like one.

    `replaced` are the parts that are wrong, by name; it applies to a formula that has them all, has the traits that it `needs`
    and none that it `lacks`, `when` the numbers are such that it can be made. `wrong` and `right` are LaTeX,
    and `hints` say where to look, at which part, and the line itself; `told` puts the letters of a formula into them. `where` is the
    part in a word. `switched` is the change of a convention that says the same. `ways` are other ways to make it, each with its title.
    Where it `is_of_tensors`, params without names cannot show it: they are one array. One that `stands_alone` is not tried together with
    another: pairs grow with the square of their number, and cost every check time.
    """

    code: str
    title: str
    where: str
    wrong: str
    right: str
    hints: tuple[str, str, str]
    replaced: Mapping[str, Part]
    needs: frozenset[Trait] = frozenset()
    lacks: frozenset[Trait] = frozenset()
    when: Callable[[Mapping[str, float]], bool] = lambda _: True
    kind: Kind = "mistake"
    switched: Switched | None = None
    ways: tuple[tuple[str, Mapping[str, Part]], ...] = ()
    is_of_tensors: bool = False
    stands_alone: bool = False

    def fits(self, formula: Formula) -> bool:
        """Whether a formula has what is got wrong."""
        known = {*formula.parts, "stored", *(("keep",) if formula.keeps else ())}
        return known.issuperset(self.replaced) and self.needs <= formula.traits and not self.lacks & formula.traits

    def applies(self, formula: Formula, numbers: Mapping[str, float]) -> bool:
        """Whether one can make it with this formula and these numbers."""
        return self.fits(formula) and self.when(formula.numbers(numbers))

    def told(self, formula: Formula, numbers: Mapping[str, float]) -> Told:
        """What is said of it with a formula and these numbers."""
        numbers = formula.numbers(numbers)
        wrong, right = (formula_told(text, formula, numbers) for text in (self.wrong, self.right))
        first, second, third = (hint_told(text, formula, numbers) for text in self.hints)
        return Told(wrong, right, (first, second, third))

    def titled(self, title: str, formula: Formula) -> str:
        """A title of it, in the words of a formula."""
        return words_told(title, formula)


#: The mistakes of each family, in the order of its file.
CATALOGUE: dict[Family, list[Mistake]] = {family: [] for family in Family}

Traits = Trait | Iterable[Trait]
Several = Callable[..., None]
Decorator = Callable[..., Callable[[Part], Part]]


def family(of: Family) -> tuple[Decorator, Several]:
    """How a file enters its mistakes: `mistake, several = family(Family.STEP)`. What is told are the fields of `Mistake`."""

    def several(replaced: Mapping[str, Part], code: str, title: str, *, needs: Traits = (), lacks: Traits = (), **told: Any) -> None:
        """Enter a mistake that puts these parts wrong; `needs` and `lacks` take one trait or several."""
        CATALOGUE[of].append(Mistake(code=code, title=title, replaced=replaced, needs=_set(needs), lacks=_set(lacks), **told))

    def mistake(code: str, title: str, part: str, **told: Any) -> Callable[[Part], Part]:
        """Enter the decorated function as `part` put wrong."""

        def enter(function: Part) -> Part:
            several({part: function}, code, title, **told)
            return function

        return enter

    return mistake, several


def _set(traits: Traits) -> frozenset[Trait]:
    return frozenset({traits} if isinstance(traits, Trait) else traits)


def eps_of(w: Work) -> float:
    """eps, wherever the convention has it."""
    return float(sum(getattr(w.h, name, 0.0) for name in ("eps", "eps_root", "eps_hat", "eps_in_max")))

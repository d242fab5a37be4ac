"""What may explain a student's numbers: the candidates that change one thing, in the order of `ChangeKind`, and those that change two."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, combinations
from typing import Any

from ...engine.conventions.choice import ChainChoice, Choice
from ...engine.conventions.resolve import resolve
from ..catalogue.formulas import FORMULAS
from ..order import ChangeKind
from .candidate import Candidate, applicable, formula_of, told_of
from .conventions import conventions
from .other_formulas import other_numbers, other_optimizers, usual_numbers, written_down
from .switch_words import about

#: What makes a candidate when it is called.
Maker = Callable[[], Candidate]


def made(candidate: Candidate) -> Maker:
    """What gives a candidate that is there already."""
    return lambda: candidate


def singles(choice: Choice, given: frozenset[str]) -> Iterable[Candidate]:
    """The candidates that change one thing; `given` are the hyperparameters that the reference request names."""
    if isinstance(choice, ChainChoice):
        return ()
    if any(isinstance(value, Mapping) for value in choice.settings.values()):
        return _singles(choice, given)
    return _known(choice.optimizer.name, choice.convention, tuple(choice.settings.items()), given)


@lru_cache(maxsize=256)
def _known(name: str, convention: str, settings: tuple[tuple[str, Any], ...], given: frozenset[str]) -> tuple[Candidate, ...]:
    """What many submissions to one exercise ask alike is made once."""
    return tuple(_singles(resolve({"name": name, "convention": convention, **dict(settings)}), given))


def _singles(choice: Choice, given: frozenset[str]) -> Iterator[Candidate]:
    """Each formula once, under the first name that it has; a mistake that is another convention is told as that convention."""
    seen, conventional = {formula_of(choice)}, set[str]()
    for candidate in chain.from_iterable(CANDIDATES[change](choice, given) for change in ChangeKind):
        if candidate.replaced or candidate.shows is not None:
            if candidate.code not in conventional:
                yield candidate
        elif formula_of(candidate.choice) not in seen:
            seen.add(formula_of(candidate.choice))
            conventional.add(candidate.code)
            yield candidate


def mistakes(choice: Choice, *, in_all_ways: bool = False, beside_another: bool = False) -> Iterator[Candidate]:
    """The rule with one mistake, made in the first way or in all its ways, one after another; those that are tried beside another thing
    that is changed, or all."""
    for mistake in applicable(choice):
        if beside_another and mistake.stands_alone:
            continue
        told = told_of(mistake, choice)
        first = (mistake.title, mistake.replaced)
        for title, replaced in (first, *mistake.ways) if in_all_ways else (first,):
            yield Candidate(
                mistake.code,
                mistake.titled(title, FORMULAS[choice.rule.kernel.name]),
                mistake.kind,
                mistake.where,
                told.hints,
                choice,
                replaced,
                told.wrong,
                told.right,
                (mistake.code,),
                is_of_tensors=mistake.is_of_tensors,
            )


#: What gives the candidates of each kind.
CANDIDATES: Mapping[ChangeKind, Callable[[Choice, frozenset[str]], Iterator[Candidate]]] = {
    ChangeKind.CONVENTION: conventions,
    ChangeKind.MISTAKE: lambda choice, _: mistakes(choice, in_all_ways=True),
    ChangeKind.OPTIMIZER: lambda choice, _: other_optimizers(choice),
    ChangeKind.NUMBER: lambda choice, _: other_numbers(choice),
    ChangeKind.USUAL_NUMBERS: lambda choice, _: usual_numbers(choice),
}


@dataclass(frozen=True, eq=False, slots=True)
class TwoMistakes:
    """What makes the rule with two mistakes that do not touch the same part."""

    one: Candidate
    other: Candidate

    def __call__(self) -> Candidate:
        return both(self.one, self.other)


@dataclass(frozen=True, eq=False, slots=True)
class MistakeAtANumber:
    """What makes the rule with one mistake and one hyperparameter that is not the one asked for; `mistake` has the numbers of both."""

    mistake: Candidate
    number: Candidate

    def __call__(self) -> Candidate:
        mistake, number = self.mistake, self.number
        return replace(
            mistake,
            code=f"{mistake.code}+{number.code}",
            title=f"{mistake.title}, and {number.title}",
            hints=(*mistake.hints[:2], f"{mistake.hints[2]} {number.hints[2]}"),
            codes=(*mistake.codes, number.code),
        )


def several(choice: Choice, given: frozenset[str]) -> list[Maker]:
    """What makes the candidates that change two things: there are thousands of them, so each is made where it is needed."""
    if isinstance(choice, ChainChoice):
        return []
    found: list[Maker] = [made(each) for each in conventional_mistakes(choice, given)]
    alone = tuple(mistakes(choice, beside_another=True))
    pairs = combinations(alone, 2)
    found.extend(TwoMistakes(one, other) for one, other in pairs if one.replaced.keys().isdisjoint(other.replaced))
    for number in written_down(choice):
        found.extend(MistakeAtANumber(replace(mistake, choice=number.choice), number) for mistake in alone)
    return found


def both(one: Candidate, other: Candidate) -> Candidate:
    """The rule with two mistakes that do not touch the same part."""
    return replace(
        one,
        code=f"{one.code}+{other.code}",
        title=f"{one.title}, and {other.title}",
        kind="mistake",
        where=f"{one.where}, {other.where}",
        hints=tuple(map(_both_hints, one.hints, other.hints)),  # type: ignore[arg-type]
        replaced={**one.replaced, **other.replaced},
        wrong=rf"{one.wrong};\quad {other.wrong}",
        right=rf"{one.right};\quad {other.right}",
        codes=(*one.codes, *other.codes),
        is_of_tensors=one.is_of_tensors or other.is_of_tensors,
    )


def _both_hints(first: str, second: str) -> str:
    """Two hints; what both say is said once."""
    return first if first == second else f"{first} And: {second}"


def conventional_mistakes(choice: Choice, given: frozenset[str]) -> Iterator[Candidate]:
    """One mistake in a formula that is right by another convention."""
    for other in conventions(choice, given):
        for mistake in () if other.replaced else mistakes(other.choice, beside_another=True):
            hints = (*mistake.hints[:2], f"{mistake.hints[2]} {other.hints[2]}")
            title = f"{mistake.title}; also, another convention for {about(other.changed) or other.where}"
            codes = (other.code, *mistake.codes)
            yield replace(mistake, code=f"{other.code}+{mistake.code}", title=title, hints=hints, codes=codes)

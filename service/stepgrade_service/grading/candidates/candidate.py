"""A candidate: one way to get a student's numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any, Literal

import numpy as np

from ...engine.conventions.choice import Choice
from ...engine.conventions.resolve import resolve
from ...engine.reading.faults import Refusal
from ...engine.reading.tensors import Layout, shortened
from ...engine.running.trajectory_plan import Plan
from ..catalogue.formulas import FORMULAS, Part, formula_for
from ..catalogue.letters import IS_UNSCALED
from ..catalogue.mistakes import MISTAKES, Mistake
from ..catalogue.mistakes.declaration import Told
from .runs import Array, Course, Slots, Update, right, wrong

Kind = Literal["convention", "mistake", "optimizer", "hyperparameter", "precision", "side_effect"]


@dataclass(frozen=True, eq=False)
class Candidate:
    """One way to get numbers: a choice of optimizer, and the parts of its formula that are put wrong.

    `wrong` and `right` are LaTeX, empty where words say it all. `codes` are those of the single mistakes.
    `rates` makes other learning rates of a plan than its own, by the steps taken before in this run. `shows` makes of a plan what is
    returned as the point: `(k, x, slots) -> (dimension,)`, from the steps taken before, the point itself and the slots after the step.
    `alters` makes another rule of the rule, on a plan. `changed` are the settings that another convention has otherwise.
    `holds_rate` is whether it has its learning rate whatever a reference asks for. Where it `is_of_tensors`, params without names cannot
    show it.
    """

    code: str
    title: str
    kind: Kind
    where: str
    hints: tuple[str, str, str]
    choice: Choice
    replaced: Mapping[str, Part]
    wrong: str = ""
    right: str = ""
    codes: tuple[str, ...] = ()
    rates: Callable[[Plan], Callable[[int], Array]] | None = None
    shows: Callable[[Plan], Callable[[int, Array, Slots], Array]] | None = None
    alters: Callable[[Update, Plan], Update] | None = None
    changed: tuple[str, ...] = ()
    holds_rate: bool = False
    is_of_tensors: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it is a rule and nothing else, at the rates of the reference and shown as it is."""
        return self.rates is None and self.shows is None and self.alters is None

    @property
    def formula(self) -> tuple[Any, ...]:
        """What it runs, without what is said of it: the same for two candidates whose numbers are always the same."""
        replaced = tuple(self.replaced.items())
        return (self.choice.optimizer.name, formula_of(self.choice), replaced, self.rates, self.shows, self.alters, self.holds_rate)

    def update(self, plan: Plan) -> Update:
        """The rule to run, at learning rates of its own where it has them."""
        rule = wrong(self.choice, self.replaced, plan) if self.replaced else right(self.choice, plan)
        rule = rule if self.alters is None else self.alters(rule, plan)
        if self.rates is None:
            return rule
        rates = self.rates(plan)
        return lambda t, x, g, lr, slots: rule(t, x, g, rates(t - plan.state.t - 1).astype(lr.dtype), slots)

    def run(self, course: Course) -> Iterator[tuple[Array, Slots]]:
        """What it returns after each step of a course: the point, and the slots."""
        rows = course.run(self.choice, self.update(course.plan))
        return rows if self.shows is None else _shown_rows(self.shows(course.plan), rows)

    def fits(self, layout: Layout) -> bool:
        """Whether it can run on such params: where it has a number per tensor, these are the tensors."""
        if self.is_of_tensors and layout.names is None:
            return False
        groups = self.choice.rule.groups
        return not groups or (layout.names is not None and set(groups) == set(layout.names))


def with_rate(choice: Choice, factor: float) -> Choice:
    """The same optimizer at so many times its learning rate."""
    lr = choice.settings["lr"]
    scaled = {name: factor * rate for name, rate in lr.items()} if isinstance(lr, Mapping) else factor * lr
    return resolve({**choice.echo, "lr": scaled})


def at_rate_of(plan: Plan, candidate: Candidate, asked: Choice) -> Candidate:
    """The candidate at the learning rate of a reference, which may have another than the one that `asked` has."""
    own, first = plan.choice.settings["lr"], asked.settings["lr"]
    if (
        candidate.holds_rate
        or own == first
        or isinstance(first, Mapping) != isinstance(own, Mapping)
        or plan.choice.optimizer is not asked.optimizer
    ):
        return candidate
    if isinstance(own, Mapping):
        factors = {rate / first[name] for name, rate in own.items() if first.get(name)}
    else:
        factors = {own / first} if first else set()
    with suppress(Refusal):  # a rate that is too large
        return replace(candidate, choice=with_rate(candidate.choice, factors.pop())) if len(factors) == 1 else candidate
    return candidate


def _shown_rows(shown: Callable[[int, Array, Slots], Array], rows: Iterator[tuple[Array, Slots]]) -> Iterator[tuple[Array, Slots]]:
    for k, (x, slots) in enumerate(rows):
        with np.errstate(all="ignore"):
            point = shown(k, x, slots)
        yield point, slots


#: Of the numbers of very many tensors the first are shown.
MOST_SHOWN = 4


def shown(value: Any) -> str:
    """A setting in words; parameter groups tensor by tensor."""
    if isinstance(value, Mapping):
        told = [f"{shown(number)} for {shortened(name)}" for name, number in islice(value.items(), MOST_SHOWN)]
        return ", ".join([*told, *(["..."] if len(value) > MOST_SHOWN else [])])
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def formula_of(choice: Choice) -> str:
    """What a choice comes to: the same for two choices whose numbers are always the same."""
    return repr((choice.rule.formula, choice.settings["lr"]))


def applicable(choice: Choice) -> Sequence[Mistake]:
    """The mistakes that one can make with this optimizer."""
    formula = formula_for(choice.rule.kernel)
    return () if formula is None else _applicable(formula.name, tuple(choice.rule.largest.items()))


@lru_cache(maxsize=1024)
def _applicable(name: str, numbers: tuple[tuple[str, float], ...]) -> tuple[Mistake, ...]:
    """What all submissions to one exercise ask alike is looked up once."""
    formula, largest = FORMULAS[name], dict(numbers)
    return tuple(mistake for mistake in MISTAKES.values() if mistake.applies(formula, largest))


def told_of(mistake: Mistake, choice: Choice) -> Told:
    """What is said of a mistake with an optimizer, in the letters of its formula."""
    numbers = {**choice.rule.largest, IS_UNSCALED: float(choice.settings.get("weight_decay_mode") == "decoupled_unscaled")}
    return _told(mistake.code, choice.rule.kernel.name, tuple(numbers.items()))


@lru_cache(maxsize=2048)
def _told(code: str, formula: str, numbers: tuple[tuple[str, float], ...]) -> Told:
    """What all new references of an exercise say alike is put into words once."""
    return MISTAKES[code].told(FORMULAS[formula], dict(numbers))

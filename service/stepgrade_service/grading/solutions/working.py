"""A step worked out with terms, by the parts of its formula."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...engine.conventions.choice import Choice
from ...engine.optimizers.memory import memory_of, rooms_of
from ...engine.optimizers.rule import RuleSettings, settings_of
from ...engine.running.step import StepPlan
from ..candidates.runs import by_coordinate, parts_of, tensors_and_layers
from ..catalogue.formulas import FORMULAS, Part, Work
from .term import Term, term_of

#: The last part: the params after the step.
PARAMS = "params"


@dataclass(frozen=True)
class Worked:
    """What one rule made of its coordinates: its parts by name, with the params after the step as the last one."""

    where: Any
    work: Work
    parts: Mapping[str, Term]
    names: tuple[str, ...]


def work_out(plan: StepPlan) -> Iterator[Worked]:
    """The step of each rule that differs, worked out with terms by the parts of the formula."""
    rule, layout, choice = plan.choice.rule, plan.layout, plan.choice
    formula, rates, start = FORMULAS[rule.kernel.name], choice.rates(layout), memory_of(rule, plan.state.slots, layout)[:, 0]
    always = {*formula.keeps.values(), *formula.decides, "step"}
    tensors = tensors_and_layers(layout)[0]
    slots = {room.name: by_coordinate(start[room.rows], tensors) for room in rooms_of(rule, layout)}
    works = list[Work]()
    for (_, where), (_, names) in zip(parts_of(rule, layout), rule.distinct, strict=True):
        given = {"params": plan.params[where], "gradient": plan.gradient[where], "lr": rates[where]}
        old = formula.remembered({name: Term(slot[..., where], "letter", name=name) for name, slot in slots.items()})
        own = formula.numbers(choice.optimizer.bind(_lettered(choice, names)).values)
        t = Term(plan.state.t + 1, "letter", name="t")
        x, g, lr = (Term(value, "letter", name=name) for name, value in given.items())
        more = {"traits": formula.traits, "right": formula.parts, "where": where, "tensors": tensors[where]}
        works.append(Work(t, x, g, lr, old, own, **more))  # type: ignore[arg-type]
    with np.errstate(all="ignore"):
        formula.take(works, {name: _as_part(name, part, name in always) for name, part in formula.parts.items()})
        for work, (_, names) in zip(works, rule.distinct, strict=True):
            after = term_of(work.x + work.step).named(PARAMS, always=True)
            yield Worked(work.where, work, {**{name: getattr(work, name) for name in formula.parts}, PARAMS: after}, names)


def _as_part(name: str, part: Part, always: bool) -> Part:
    return lambda work: term_of(part(work)).named(name, always=always)


#: Numbers that are written even where they are 0: they weigh or scale what else there is. Any other one that is 0 does nothing.
WEIGHTS = ("lr", "rho", "beta1", "beta2")


def _lettered(choice: Choice, names: Sequence[str]) -> RuleSettings:
    """The settings of a tensor with letters for the numbers; one that is 0 and adds nothing is not in the formula at all."""
    settings = settings_of(choice.settings, names[0] if names else None)

    def lettered(name: str, value: Any) -> Any:
        is_absent = value == 0 and name not in WEIGHTS
        return value if choice.optimizer.by_name[name].type == "switch" or is_absent else Term(value, "letter", name=name)

    return RuleSettings({name: lettered(name, value) for name, value in settings.items()}, choice.settings)

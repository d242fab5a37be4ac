"""The arguments of a call in a program: which the framework takes, which it refuses, and what None says for each."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..optimizers import OPTIMIZERS
from ..optimizers.wrapping import WRAPPERS
from ..reading.constants import is_foldable
from ..reading.faults import Collector, Refusal, plain, refuse, unknown
from ..reading.python_calls import arguments_of, literal
from ..schedules.frameworks.calls import is_schedule_of, of_call
from . import CONVENTIONS
from .constructors import TAKES_PARAMS, all_names, constructor_of, false_if_none, may_be_none, without_name, without_numbers
from .declaration import UNSAID
from .differences import default_in, written

#: What each framework calls the learning rate.
RATES = {"torch": "lr", "keras": "learning_rate", "optax": "learning_rate"}

#: The first argument of torch's optimizers.
PARAMS = "params"

EXAMPLE = "Adam(lr=0.01, betas=(0.8, 0.95))"


@dataclass(frozen=True)
class Callee:
    """What is called: its name, its framework, what it takes as `constructors` writes that, and which of it is the learning rate."""

    name: str
    convention: str
    takes: str
    rate: str | None
    is_known: bool = True

    @classmethod
    def of(cls, name: str, convention: str) -> Callee:
        """An optimizer of a framework."""
        found = constructor_of(name, convention)
        return cls(name, convention, found.taken if found else RATES[convention], RATES[convention], found is not None).with_rate()

    def with_rate(self) -> Callee:
        """The same; where the framework calls the learning rate something else, that."""
        first = without_name(self.takes)[0]
        return self if self.rate in all_names(self.takes) else replace(self, rate=first)

    @property
    def shown(self) -> str:
        return f"{self.convention}'s {self.name}"

    @property
    def order(self) -> tuple[str, ...]:
        """What it takes without a name."""
        params = (PARAMS,) if self.convention in TAKES_PARAMS else ()
        return (*params, *without_name(self.takes))

    @property
    def turns(self) -> Mapping[str, Any]:
        """The flags that make another optimizer of it."""
        row, _ = CONVENTIONS[self.convention].by_name.get(plain(self.name), (None, None))
        return row.turns if row else {}

    def lacks(self, key: str) -> bool:
        """Whether the framework has no argument of this name."""
        convention = CONVENTIONS[self.convention]
        row, _ = convention.by_name.get(plain(self.name), (None, None))
        more = (*row.absent, *row.turns, *(each for together in row.together for each in together.arguments)) if row else ()
        return self.is_known and key not in (*self.order, *all_names(self.takes), *convention.ignored, *more, *convention.said_of_objects)

    def without(self, key: str) -> str:
        """What is said of an argument that the framework does not have."""
        row, _ = CONVENTIONS[self.convention].by_name.get(plain(self.name), (None, None))
        theirs = [each for each, argument in (row.arguments if row else {}).items() if key in argument.targets and not self.lacks(each)]
        if theirs:
            return f"{self.shown} has no {key}; it has {theirs[0]}"
        if key in WRAPPERS or (row and key in OPTIMIZERS[row.optimizer].by_name):
            return f"{self.shown} has no {key}. It is a name of this service: post it beside the call"
        if former := CONVENTIONS[self.convention].former.get(key):
            return former
        return unknown(f"argument of {self.shown}", key, dict.fromkeys((*self.order, *all_names(self.takes))))

    def default(self, key: str) -> str:
        """The default of an argument as a program has it, empty where there is none."""
        convention = CONVENTIONS[self.convention]
        if plain(self.name) not in convention.by_name:
            return ""
        row, implied = convention.by_name[plain(self.name)]
        own = {each.name: default_in(row, each) for each in OPTIMIZERS[row.optimizer].hyperparameters} | dict(implied)
        value = row.arguments[key].said(own) if key in row.arguments else own.get(key)
        if value is None or value is UNSAID:
            return ""
        return f"({', '.join(map(written, value))})" if isinstance(value, list) else written(value)


def read_arguments(call: ast.Call, callee: Callee) -> tuple[dict[str, Any], dict[str, ast.expr], list[tuple[str, Refusal]]]:
    """The arguments that can be read, torch's params, and what is wrong with the others.

    A learning rate that is wrong is 1, since it is not missing.
    """
    faults, read, apart, wrong = Collector(), dict[str, Any](), dict[str, ast.expr](), list[tuple[str, Refusal]]()
    for key, node in arguments_of(call, callee.order, too_many(callee.name, callee.order), faults).items():
        if key in CONVENTIONS[callee.convention].said_of_objects:
            apart[key] = node
            continue
        try:
            read |= argument(key, node, callee)
        except Refusal as refusal:
            wrong.append((key, refusal))
            read |= {key: 1.0} if key == callee.rate else {}
    return read, apart, [*(("", Refusal([fault])) for fault in faults.faults), *wrong]


def argument(key: str, node: ast.expr, callee: Callee) -> dict[str, Any]:
    """An argument by its name; raises Refusal where the framework refuses it, or it cannot be read."""
    if callee.lacks(key):
        raise refuse(f"{key}: {callee.without(key)}")
    value = _value(key, node, callee)
    if value is None and callee.rate is None and key in without_numbers(callee.takes):
        return {}
    if value is None and callee.is_known:
        if key in false_if_none(callee.takes) or key in callee.turns:
            return {key: False}
        if key in all_names(callee.takes) and key not in may_be_none(callee.takes):
            default = callee.default(key)
            told = f"{callee.convention} refuses None here; leave it out for {default}" if default else "expected a value, got None"
            raise refuse(f"{key}: {told}")
    return {key: value}


def too_many(name: str, names: Sequence[str]) -> str:
    """What is said of a call that gives more without names than there are."""
    if not names:
        return f"{name}: expected every argument by its name"
    return f"{name}: expected at most {len(names)} argument{'s' * (len(names) > 1)} without a name: {', '.join(names)}"


def _value(key: str, node: ast.expr, callee: Callee) -> Any:
    """The value of an argument: a constant, or as the learning rate a schedule that is called."""
    if not isinstance(node, ast.Call) or is_foldable(node):
        return literal(key, node)
    if key == callee.rate and callee.convention not in TAKES_PARAMS:
        return of_call(node, callee.convention)
    if is_schedule_of(node, callee.convention):
        if callee.convention in TAKES_PARAMS:
            told = f"a scheduler of {callee.convention} is an object of its own, so post it as the member schedule"
            raise refuse(f"{key}: expected a number: {told}")
        raise refuse(f"{key}: expected a number; only the learning rate can be a schedule")
    if instead := ARGUMENTS_THAT_ARE_MADE.get((callee.convention, key)):
        raise refuse(f"{key}: {instead}")
    return literal(key, node)


#: Arguments that are objects of their own, and what to do for them.
ARGUMENTS_THAT_ARE_MADE = {
    (
        "optax",
        "linesearch",
    ): "expected None, or no linesearch for optax's default. For other numbers, post them beside the call: most_trials "
    "is max_linesearch_steps, c1 is slope_rtol and c2 is curv_rtol",
}

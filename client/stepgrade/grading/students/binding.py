"""Which of a function's arguments is what: by its name, as students and textbooks write them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Parameter
from typing import Any

from stepgrade.grading.students.watching import StudentFault

ALIASES: Mapping[str, tuple[str, ...]] = {
    "lr": ("lr", "learning_rate", "alpha", "eta", "step_size", "rate"),
    "beta1": ("beta1", "beta_1", "b1"),
    "beta2": ("beta2", "beta_2", "b2"),
    "eps": ("eps", "epsilon", "delta"),
    "rho": ("rho", "decay_rate", "decay", "beta", "gamma", "alpha", "beta2"),
    "momentum": ("momentum", "mu", "beta", "gamma", "rho", "beta1"),
    "weight_decay": ("weight_decay", "wd", "lambd", "lam", "l2"),
}
COUNTERS = ("t", "step", "iteration", "timestep", "time_step", "iter")

NAMED = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
PLACED = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.POSITIONAL_ONLY)


@dataclass
class Given:
    """What there is to give: `heads` by place; slots by the student's names, hyperparameters by the service's; the step's number."""

    heads: Sequence[Any]
    slots: Mapping[str, Any] = field(default_factory=dict)
    numbers: Mapping[str, Any] = field(default_factory=dict)
    t: int | None = None
    names: Mapping[str, str] = field(default_factory=dict)


def parameters(function: Callable[..., Any]) -> list[Parameter] | None:
    """The parameters of a function or class, None where Python does not know them."""
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None


def called(name: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """What a hyperparameter may be called."""
    return (names[name],) if name in names else ALIASES.get(name, (name,))


def takes(function: Callable[..., Any], name: str, names: Mapping[str, str]) -> bool:
    """Whether a function takes a hyperparameter."""
    known = parameters(function)
    if known is None:
        return False
    own = {parameter.name for parameter in known}
    return any(parameter.kind is Parameter.VAR_KEYWORD for parameter in known) or not own.isdisjoint(called(name, names))


def bound(function: Callable[..., Any], given: Given) -> tuple[list[Any], dict[str, Any]]:
    """The positional and the named arguments for a call; raises StudentFault where the function takes something else."""
    known = parameters(function)
    if known is None:
        return [*given.heads, *given.slots.values()], {}
    kinds = {parameter.kind for parameter in known}
    placed = [parameter for parameter in known if parameter.kind in PLACED]
    if len(placed) < len(given.heads) and Parameter.VAR_POSITIONAL not in kinds:
        raise StudentFault(f"Your function takes {_count(len(placed), 'argument')}; the check calls it with at least {len(given.heads)}.")
    rest = [p for p in known if p.kind in NAMED and p not in placed[: len(given.heads)]]
    named, slots = _by_name(given, [parameter.name for parameter in rest])
    free = [p for p in rest if p.name not in named and p.default is Parameter.empty]
    for parameter, slot in zip(free, list(slots), strict=False):
        named[parameter.name] = slots.pop(slot)
    missing = [p.name for p in free if p.name not in named]
    if missing:
        raise StudentFault(f"Your function takes an argument {missing[0]!r} that this check does not know. {_known(given)}")
    if slots and Parameter.VAR_POSITIONAL not in kinds:
        raise StudentFault(f"Your function takes no argument for the state {', '.join(map(repr, slots))}, so it cannot remember it.")
    if Parameter.VAR_KEYWORD in kinds:
        named |= _others(given, named)
    return [*given.heads, *slots.values()], named


def _by_name(given: Given, free: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is given under its own name, and the slots that are left."""
    named = {name: value for name, value in given.slots.items() if name in free}
    slots = {name: value for name, value in given.slots.items() if name not in named}
    counters = (given.names["t"],) if "t" in given.names else COUNTERS
    counter = next((name for name in counters if name in free and name not in named), None)
    if counter is not None and given.t is not None:
        named[counter] = given.t
    for name, value in given.numbers.items():
        found = next((alias for alias in called(name, given.names) if alias in free and alias not in named), None)
        if found is not None:
            named[found] = value
    return named, slots


def _others(given: Given, named: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers for a function that takes whatever there is, under their first name, without those that are off."""
    numbers = {name: value for name, value in given.numbers.items() if value and not set(named) & set(called(name, given.names))}
    found = {called(name, given.names)[0]: value for name, value in numbers.items()}
    return found | ({"t": given.t} if given.t is not None and not set(COUNTERS) & set(named) else {})


def _known(given: Given) -> str:
    names = [*given.slots, *(["t"] if given.t is not None else []), *(called(name, given.names)[0] for name in given.numbers)]
    return f"It knows {', '.join(names)}. Use names= for other names."


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"

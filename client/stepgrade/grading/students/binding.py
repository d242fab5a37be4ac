"""Which of a function's arguments is what: by name, then by the table of aliases, then by the orders that are left."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from inspect import Parameter
from itertools import combinations, islice, permutations
from typing import Any

from stepgrade.grading.students.aliases import BETAS, COUNTER, GRADIENT, PARAMS, folded, ranked, under_every_name

NAMED = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
PLACED = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.POSITIONAL_ONLY)

FOLDED = 0.5  # how much less likely a name is that differs by capital letters or underscores
OFF = 50.0  # and a hyperparameter that is 0
OWN = 100.0  # how much likelier the service's own name of a hyperparameter is; v may be m of another pair of slots
MOST_ORDERS = 24
MOST_UNKNOWN = 5  # arguments whose orders are tried


@dataclass(frozen=True)
class Wanted:
    """What there is to give. `needed`: what the code must take, in the usual order. `more`: what it may take, with whether it matters.

    `own` are the names that a style has for a role.
    """

    needed: tuple[str, ...]
    more: Mapping[str, bool] = field(default_factory=dict)
    own: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def roles(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.needed, *(role for role in self.more if role not in self.needed))


@dataclass(frozen=True)
class Binding:
    """Which argument of a function is what. `unknown` are the arguments that must be given and are not bound.

    `is_generous`: what a function takes by `**kwargs` is given under every name that it may have.
    """

    function: Callable[..., Any]
    wanted: Wanted
    roles: Mapping[str, str]
    unknown: tuple[str, ...] = ()
    is_generous: bool = False

    @cached_property
    def known(self) -> list[Parameter] | None:
        """The parameters of the function, None where Python does not know them."""
        return parameters(self.function)

    @property
    def missing(self) -> tuple[str, ...]:
        """What the function must take and does not."""
        if takes_the_rest(self.function):
            return ()
        by_name = (PARAMS, GRADIENT) if self.takes_any_name else self.wanted.needed
        return tuple(role for role in self.wanted.needed if role in by_name and role not in self.roles.values())

    @property
    def takes_any_name(self) -> bool:
        """Whether the function has `**kwargs`."""
        return self.known is not None and any(parameter.kind is Parameter.VAR_KEYWORD for parameter in self.known)

    def takes(self, role: str) -> bool:
        """Whether the function has an argument for something."""
        return self.takes_any_name or role in self.roles.values() or (role in ("beta1", "beta2") and BETAS in self.roles.values())

    def arguments(self, values: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The positional and the named arguments of a call."""
        known = self.known
        rest = [role for role in self.wanted.needed if role in values and role not in self.roles.values()]
        if known is None:
            return [values[role] for role in rest], {}
        placed, named, in_order = list[Any](), dict[str, Any](), True
        for parameter in known:
            role = self.roles.get(parameter.name)
            if parameter.kind is Parameter.VAR_POSITIONAL and in_order:
                placed += [values[each] for each in rest]
            elif parameter.kind is Parameter.VAR_KEYWORD:
                named |= self._others(values)
            elif role is not None and role in values:
                if in_order and parameter.kind in PLACED:
                    placed.append(values[role])
                else:
                    named[parameter.name] = values[role]
            elif parameter.kind in PLACED:
                in_order = False
        return placed, named

    def _others(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The state and the numbers for a function that takes whatever there is, without those that are off."""
        given = {role: values[role] for role in self.wanted.roles if role in values and role not in self.roles.values()}
        given = {role: value for role, value in given.items() if role == COUNTER or (role != BETAS and not _is_off(value))}
        if not self.is_generous:
            return given
        return {name: value for name, value in under_every_name(given).items() if not has_own_argument(self.function, name)}

    def told(self) -> str:
        """The call as it is tried: `f(w = params, g = gradient)`."""
        return ", ".join(f"{name} = {role}" for name, role in self.roles.items() if role in self.wanted.roles)


def _is_off(value: Any) -> bool:
    """Whether a hyperparameter is 0; a switch that nobody has to know is off too."""
    return isinstance(value, (int, float)) and (not value or isinstance(value, bool))


def parameters(function: Callable[..., Any]) -> list[Parameter] | None:
    """The parameters of a function or class, None where Python does not know them."""
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None


def takes_the_rest(function: Callable[..., Any]) -> bool:
    """Whether a function takes whatever is given by place; also one whose parameters Python does not know."""
    known = parameters(function)
    return known is None or any(parameter.kind is Parameter.VAR_POSITIONAL for parameter in known)


def has_argument(function: Callable[..., Any], name: str) -> bool:
    """Whether a function can be given something by this name."""
    known = parameters(function)
    if known is None:
        return True
    return any(each.kind is Parameter.VAR_KEYWORD or (each.name == name and each.kind in (*NAMED, *PLACED)) for each in known)


def has_own_argument(function: Callable[..., Any], name: str) -> bool:
    """Whether an argument of a function has this name."""
    return any(each.name == name for each in parameters(function) or [])


def bind(function: Callable[..., Any], wanted: Wanted, names: Mapping[str, str]) -> Binding:
    """Bind by the names that the teacher gives, then by the service's own names and the table of aliases."""
    known = [each for each in parameters(function) or [] if each.kind in (*NAMED, *PLACED)]
    pinned = {name: role for role, name in names.items() if role in wanted.roles and any(each.name == name for each in known)}
    free = [each for each in known if each.name not in pinned]
    roles = [role for role in wanted.roles if role not in pinned.values()]
    found = pinned | _likeliest(free, roles, wanted)
    unknown = tuple(each.name for each in known if each.name not in found and each.default is Parameter.empty)
    return Binding(function, wanted, found, unknown)


def bindings(function: Callable[..., Any], wanted: Wanted, names: Mapping[str, str]) -> Iterator[Binding]:
    """The ways to give a function what it asks for: one if the names say it; else the usual order first, then the others."""
    by_name, has_any = bind(function, wanted, names), False
    for binding in _by_names(by_name):
        has_any = True
        yield binding
    if not has_any and not names:
        every = tuple(each.name for each in by_name.known or [] if each.kind in PLACED and each.default is Parameter.empty)
        yield from _usual(replace(by_name, roles={}, unknown=every))


def _by_names(by_name: Binding) -> Iterator[Binding]:
    """The ways that agree with what the names of a function say."""
    if not by_name.unknown:
        if not set(by_name.missing) & {PARAMS, GRADIENT}:
            yield by_name
        return
    if len(by_name.unknown) > MOST_UNKNOWN and not by_name.roles:
        yield from _usual(by_name)
    elif len(by_name.unknown) <= MOST_UNKNOWN:
        yield from (_with(by_name, order) for order in islice(_orders(by_name), MOST_ORDERS))


def exchanged(binding: Binding) -> Iterator[Binding]:
    """The same with two hyperparameters exchanged, where their names may stand for either: gamma and alpha in torch's documentation."""
    numbers = {name: role for name, role in binding.roles.items() if role in binding.wanted.more and role not in (COUNTER, BETAS)}
    options = {name: _options(name, tuple(numbers.values()), binding.wanted) for name, role in numbers.items() if name != role}
    for one, other in combinations(options, 2):
        if numbers[other] in options[one] and numbers[one] in options[other]:
            yield replace(binding, roles={**binding.roles, one: numbers[other], other: numbers[one]})


def _with(by_name: Binding, order: Sequence[str]) -> Binding:
    return replace(by_name, roles={**by_name.roles, **dict(zip(by_name.unknown, order, strict=True))}, unknown=())


def _orders(by_name: Binding) -> Iterator[tuple[str, ...]]:
    """The orders of what is not bound yet, for the arguments that are not known, the usual one first."""
    count, needed = len(by_name.unknown), list(by_name.missing)
    bound = set(by_name.roles.values())
    numbers = [role for role, matters in by_name.wanted.more.items() if matters and role not in (*bound, BETAS, COUNTER)]
    matters = [*numbers, *((COUNTER,) if COUNTER in by_name.wanted.more and COUNTER not in bound else ())]
    if count < len(needed):
        return
    for order in permutations([*needed, *matters], count):
        if set(needed) <= set(order):
            yield order


def _usual(by_name: Binding) -> Iterator[Binding]:
    """Whole signatures of unknown names, in the orders that are usual; the last hyperparameters may be written into the code."""
    if len(by_name.wanted.needed) < 2 or by_name.wanted.needed[:2] != (PARAMS, GRADIENT):
        return
    params, gradient, *slots = by_name.wanted.needed
    numbers = [role for role, matters in by_name.wanted.more.items() if matters and role not in (COUNTER, BETAS)]
    found = set[tuple[str, ...]]()
    for given in (numbers[:count] for count in range(len(numbers), -1, -1)):
        for state in ([params, gradient, *slots], [params, *slots, gradient]):
            for order in (
                [*state, COUNTER, *given],
                [*state, *given, COUNTER],
                [*state, *given],
                [*given, *state, COUNTER],
                [*given, *state],
            ):
                if len(order) == len(by_name.unknown) and tuple(order) not in found:
                    found.add(tuple(order))
                    yield _with(by_name, order)


def _likeliest(free: Sequence[Parameter], roles: Sequence[str], wanted: Wanted) -> dict[str, str]:
    """The arguments by role so that as many as possible of what is needed is bound, and then by the likeliest names."""
    options = {each.name: _options(each.name, roles, wanted) for each in free}
    needed = {each.name for each in free if each.default is Parameter.empty}
    worth = {role: 10_000.0 if role in wanted.needed else 0.0 for role in roles}
    clear = _clear(options)
    unclear = [name for name, found in options.items() if found and name not in clear]

    @cache
    def best(position: int, used: frozenset[str]) -> tuple[float, dict[str, str]]:
        if position == len(unclear):
            return 0.0, {}
        name = unclear[position]
        found = best(position + 1, used)
        for role, rank in options[name].items():
            if role in used:
                continue
            score, rest = best(position + 1, used | {role})
            score += worth[role] + (10_000.0 if name in needed else 1_000.0) - rank
            if score > found[0]:
                found = score, {name: role, **rest}
        return found

    return clear | best(0, frozenset(clear.values()))[1]


def _options(name: str, roles: Sequence[str], wanted: Wanted) -> dict[str, float]:
    """What an argument may be, with how unlikely each is."""
    found = dict[str, float]()
    for role in roles:
        ranks, alike = _ranks(role, wanted.own.get(role, ()))
        rank = ranks.get(name, alike.get(folded(name)))
        if rank is not None:
            is_number = role in wanted.more and role not in wanted.needed
            off = is_number and not wanted.more[role]
            found[role] = rank + (0.0 if name in ranks else FOLDED) + (OFF if off else 0.0) - (OWN if is_number and name == role else 0.0)
    return found


@cache
def _ranks(role: str, own: tuple[str, ...]) -> tuple[dict[str, int], dict[str, int]]:
    """How likely the names of a role are, as they are written and without capital letters and underscores."""
    ranks = ranked(role, own)
    return ranks, {folded(alias): rank for alias, rank in reversed(ranks.items()) if not any(letter.isupper() for letter in alias)}


def _clear(options: Mapping[str, Mapping[str, float]]) -> dict[str, str]:
    """The arguments that can be one thing alone, which no other argument can be."""
    counts = dict[str, int]()
    for found in options.values():
        for role in found:
            counts[role] = counts.get(role, 0) + 1
    return {name: next(iter(found)) for name, found in options.items() if len(found) == 1 and counts[next(iter(found))] == 1}

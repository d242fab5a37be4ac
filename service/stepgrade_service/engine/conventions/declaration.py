"""What a convention is: rows of data that map a framework's names, defaults and arguments onto an optimizer's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeAlias

from ..reading.faults import Fault, plain
from ..reading.tensors import expected, is_number


class Unsaid:
    """What an argument is that cannot say what the hyperparameters are: left out."""


UNSAID = Unsaid()
Own: TypeAlias = Mapping[str, Any]


class Argument(Protocol):
    """An argument as a framework writes it, turned into the optimizer's own hyperparameters, and back."""

    @property
    def targets(self) -> tuple[str, ...]: ...

    def own(self, value: Any) -> dict[str, Any] | str:
        """The own hyperparameters that `value` stands for, or what is wrong with it."""

    def said(self, own: Own) -> Any:
        """The value that stands for these own hyperparameters; UNSAID where none does."""


def _has(own: Own, values: Mapping[str, Any]) -> bool:
    """Whether hyperparameters have these values."""
    return all(name in own and own[name] == value for name, value in values.items())


@dataclass(frozen=True)
class Renamed:
    """The same quantity under another name."""

    name: str

    @property
    def targets(self) -> tuple[str, ...]:
        return (self.name,)

    def own(self, value: Any) -> dict[str, Any] | str:
        return {self.name: value}

    def said(self, own: Own) -> Any:
        return own.get(self.name, UNSAID)


@dataclass(frozen=True)
class NullMeans:
    """An object of the framework, which cannot be written here: only null can, and it stands for own hyperparameters."""

    means: Mapping[str, Any]

    def __hash__(self) -> int:
        return id(self)

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(self.means)

    def own(self, value: Any) -> dict[str, Any] | str:
        return dict(self.means) if value is None else f"expected null; anything else is said by {' and '.join(self.targets)}"

    def said(self, own: Own) -> Any:
        return None if _has(own, self.means) else UNSAID


@dataclass(frozen=True)
class OrNull:
    """An argument for which null says something of its own: own hyperparameters, and not those of an argument that is left out."""

    argument: Argument
    means: Mapping[str, Any]

    def __hash__(self) -> int:
        return hash(self.argument)

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.argument.targets, *self.means)))

    def own(self, value: Any) -> dict[str, Any] | str:
        return dict(self.means) if value is None else self.argument.own(value)

    def said(self, own: Own) -> Any:
        is_said_by_null = _has(own, self.means) and not set(self.means) <= set(self.argument.targets)
        return None if is_said_by_null else self.argument.said(own)


@dataclass(frozen=True)
class Several:
    """A list that holds several quantities, such as betas; `nulls` are what null stands for in it."""

    targets: tuple[str, ...]
    nulls: Mapping[str, Any] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.targets)

    def own(self, value: Any) -> dict[str, Any] | str:
        wanted = f"a list of {len(self.targets)} numbers, {' and '.join(self.targets)}"
        if isinstance(value, Mapping):
            return expected(f"{wanted}, or {' and '.join(self.targets)} as objects, with a number per tensor", value)
        if not isinstance(value, list | tuple):
            return expected(wanted, value)
        if len(value) != len(self.targets):
            return f"expected {wanted}"
        read = dict(zip(self.targets, value, strict=True))
        return {name: self.nulls.get(name) if each is None else each for name, each in read.items()}

    def said(self, own: Own) -> Any:
        values = [own.get(name, UNSAID) for name in self.targets]
        return UNSAID if any(value is UNSAID or isinstance(value, Mapping) for value in values) else values


@dataclass(frozen=True)
class Chosen:
    """A text that stands for values of own hyperparameters."""

    values: Mapping[str, Mapping[str, Any]]

    def __hash__(self) -> int:
        return id(self)

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for own in self.values.values() for name in own))

    def own(self, value: Any) -> dict[str, Any] | str:
        if not isinstance(value, str):
            return expected(" or ".join(self.values), value)
        return dict(self.values[value]) if value in self.values else f"expected {' or '.join(self.values)}"

    def said(self, own: Own) -> Any:
        return next((text for text, values in self.values.items() if _has(own, values)), UNSAID)


@dataclass(frozen=True)
class SeveralOr:
    """A list that holds several quantities, with what it implies, or a text that stands for them."""

    several: Several
    implied: Mapping[str, Any]
    chosen: Chosen

    def __hash__(self) -> int:
        return id(self)

    @property
    def targets(self) -> tuple[str, ...]:
        return (*self.several.targets, *self.implied)

    def own(self, value: Any) -> dict[str, Any] | str:
        if isinstance(value, str):
            return self.chosen.own(value)
        own = self.several.own(value)
        return own if isinstance(own, str) else {**own, **self.implied}

    def said(self, own: Own) -> Any:
        return self.several.said(own) if _has(own, self.implied) else self.chosen.said(own)


@dataclass(frozen=True)
class Negated:
    """The same quantity with the other sign."""

    name: str

    @property
    def targets(self) -> tuple[str, ...]:
        return (self.name,)

    def own(self, value: Any) -> dict[str, Any] | str:
        return {self.name: -value} if is_number(value) else expected("a number", value)

    def said(self, own: Own) -> Any:
        value = own.get(self.name)
        return -value if is_number(value) else UNSAID


@dataclass(frozen=True)
class Flag:
    """A true-or-false argument that chooses among the values of a switch."""

    name: str
    true: Any
    false: Any

    @property
    def targets(self) -> tuple[str, ...]:
        return (self.name,)

    def own(self, value: Any) -> dict[str, Any] | str:
        if not isinstance(value, bool):
            return expected("true or false", value)
        return {self.name: self.true if value else self.false}

    def said(self, own: Own) -> Any:
        return {self.true: True, self.false: False}.get(own.get(self.name), UNSAID)


@dataclass(frozen=True)
class With:
    """The same quantity under another name, which says more than the quantity."""

    name: str
    more: Mapping[str, Any]

    @property
    def targets(self) -> tuple[str, ...]:
        return (self.name, *self.more)

    def own(self, value: Any) -> dict[str, Any] | str:
        return {self.name: value, **self.more}

    def said(self, own: Own) -> Any:
        return own[self.name] if _has(own, self.more) else UNSAID


@dataclass(frozen=True)
class Together:
    """True-or-false arguments that only together say what this service has one switch for; left out they are true."""

    arguments: tuple[str, ...]
    name: str
    values: Mapping[tuple[bool, ...], Any]

    def own(self, values: tuple[Any, ...]) -> dict[str, Any] | str:
        if all(isinstance(value, bool) for value in values):
            return {self.name: self.values[values]}
        return f"expected true or false for {' and '.join(self.arguments)}"

    def said(self, own: Own) -> Mapping[str, bool]:
        """The arguments with the values that together stand for these own hyperparameters."""
        values = next((values for values, means in self.values.items() if own[self.name] == means), ())
        return dict(zip(self.arguments, values, strict=False))


@dataclass(frozen=True)
class Derived:
    """A default that follows from another hyperparameter."""

    of: str
    formula: Callable[[float], float]

    def value(self, settings: Own) -> float:
        """The default; 0 where the other has no right value, which is told there."""
        number = settings.get(self.of)
        return self.formula(float(number)) if is_number(number) and number >= 0 else 0.0


@dataclass(frozen=True)
class Row:
    """One optimizer in one convention.

    `names` are the framework's class or function names, each with the hyperparameters that it implies. `defaults` speaks where the
    convention differs from the optimizer's own, and `derived` where a default follows from another hyperparameter; `when` changes
    defaults where a hyperparameter has a value. `required` have no default here. `unbounded` are those whose range the framework does
    not check. `never_null` are those for which the framework refuses None. `absent` are arguments that the framework has and
    this service has not, with the value at which they do nothing, or a tuple of several. `turns` gives, for a flag's value, another of
    the convention's names; `only` says of an argument which of the names take it. `check` finds what the framework itself refuses.
    `letters` are in LaTeX, by
    the service's own names of hyperparameters and slots, or by the names of the parts of its formula.
    """

    optimizer: str
    names: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    derived: Mapping[str, Derived] = field(default_factory=dict)
    when: Mapping[tuple[str, Any], Mapping[str, Any]] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    unbounded: frozenset[str] = frozenset()
    never_null: frozenset[str] = frozenset()
    absent: Mapping[str, Any] = field(default_factory=dict)
    together: tuple[Together, ...] = ()
    turns: Mapping[str, Mapping[bool, str]] = field(default_factory=dict)
    only: Mapping[str, frozenset[str]] = field(default_factory=dict)
    check: Callable[[Mapping[str, Any]], Sequence[Fault]] = lambda _: ()
    letters: Mapping[str, str] = field(default_factory=dict)
    notes: str = ""

    @cached_property
    def says_null(self) -> frozenset[str]:
        """The arguments for which null is not as if they were left out."""
        return self.never_null | {key for key, argument in self.arguments.items() if isinstance(argument, OrNull | NullMeans)}

    def takes(self, argument: str, name: str) -> bool:
        """Whether the class or function of that name takes an argument."""
        return argument not in self.only or plain(name) in map(plain, self.only[argument])


@dataclass(frozen=True)
class Convention:
    """A framework's, a paper's or a course's way to write optimizers down; `known` are all that it has, those to come among them.

    `refused` are those that this service will not have, each with the reason and what to do instead; `around` are those that stand around
    another optimizer, each with the members that say so here. `arguments` are those that every
    one of its optimizers takes. `ignored` are those that change no number here, `said_of_objects` those that say nothing of numbers at
    all: torch's params, Keras's name of an optimizer. `former` are arguments of its older versions, each with what to do instead.
    `check` finds what the framework refuses of any optimizer. `counts_updates` is whether the schedule in an optimizer counts its
    updates, where one takes several gradients; else it counts gradients. `letters` are in LaTeX, by the service's own names; a row may
    have others.
    """

    name: str
    title: str
    rows: tuple[Row, ...]
    known: frozenset[str] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict)
    around: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    said_of_objects: frozenset[str] = frozenset()
    former: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[Mapping[str, Any]], Sequence[Fault]] = lambda _: ()
    counts_updates: bool = False
    letters: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def idle(self) -> frozenset[str]:
        """What may stand beside the name of an optimizer and changes no number here."""
        return self.ignored | (self.said_of_objects - {"name"})

    @cached_property
    def always(self) -> frozenset[str]:
        """The hyperparameters of the arguments that every one of its optimizers has, so that its configurations have them too."""
        return frozenset(target for argument in self.arguments.values() for target in argument.targets)

    @cached_property
    def not_yet(self) -> frozenset[str]:
        """The names of optimizers that it has and this service has not."""
        return frozenset(name for name in self.known if plain(name) not in self.by_name)

    @cached_property
    def by_optimizer(self) -> dict[str, Row]:
        return {row.optimizer: row for row in self.rows}

    @cached_property
    def by_name(self) -> dict[str, tuple[Row, Mapping[str, Any]]]:
        """Each accepted name, as it is looked up, with its row and the hyperparameters that the name implies."""
        own = {plain(row.optimizer): (row, dict[str, Any]()) for row in self.rows}
        return {**own, **{plain(name): (row, implied) for row in self.rows for name, implied in row.names.items()}}

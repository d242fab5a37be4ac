"""An optimizer of one convention as the same rule in another: its name there, its arguments there, and the call that makes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..conventions import CONVENTIONS
from ..conventions.choice import CHAIN, ChainChoice, Choice
from ..conventions.constructors import CONSTRUCTORS
from ..conventions.declaration import UNSAID, Convention
from ..conventions.optax_transforms import SCALE, TRANSFORMS
from ..conventions.resolve import resolve, resolve_scheduled
from ..optimizers import OPTIMIZERS
from ..optimizers.rule import grouped
from ..optimizers.wrapping import set_in
from ..reading.cost import Advice, Price
from ..reading.faults import MISSING, Collector, Fault, Refusal, plain, refuse, unknown
from ..reading.tensors import expected
from ..schedules.frameworks import FRAMEWORKS
from .call_text import call_text, chain_text
from .chained import OPTAX, chain_for, unchained
from .counterpart import Counterpart
from .lacking import lacking, no_groups
from .spelling import Spelling, spellings

#: The work of a conversion, and of each number in the echo: with parameter groups there are many. A rule that the convention lacks costs
#: most: every way to write it is tried, which is 70,000 units a number at the most, and 2,000 where the first way does.
A_CONVERSION, A_NUMBER = 2e6, 4e4

ADVICE = Advice(work="name fewer tensors in the parameter groups", at_work="optimizer", at_answer="optimizer")


@dataclass(frozen=True)
class Conversion:
    """An optimizer in another convention.

    `written` is how it is posted: its name and its arguments there, with those that are at their default. `call` is the text of the call
    that makes it, None where there is none. `choice` is what `written` resolves to. `notes` say what was rewritten. `is_exact` is whether
    the numbers are the same to the last bit; else they are up to rounding.
    """

    written: dict[str, Any]
    call: str | None
    choice: Choice
    notes: tuple[str, ...] = ()
    is_exact: bool = True


@dataclass(frozen=True)
class ConversionPlan:
    """A conversion as asked for, everything read and nothing done yet."""

    choice: Choice
    convention: Convention

    @property
    def price(self) -> Price:
        """What it costs: each way to write the rule is tried with each class or function, and each try reads every number."""
        return Price(A_CONVERSION + A_NUMBER * self.choice.echoed, 2.0 * self.choice.echoed)

    def run(self) -> Conversion:
        """The same rule in the convention; raises Refusal with what that lacks."""
        try:
            return converted(self.choice, self.convention)
        except Refusal as refusal:
            raise refusal.under("to") from None


def plan_conversion(request: Mapping[str, Any], known: Iterable[Fault] = ()) -> ConversionPlan:
    """Resolve a request: `optimizer`, written in any way, and `to`, a convention; raises Refusal with every fault."""
    faults, choice, convention = Collector(known), None, None
    for name in ("optimizer", "to"):
        if name not in request:
            faults.add(MISSING, name)
    if "optimizer" in request:
        with faults.at("optimizer"):
            choice = resolve_scheduled(request["optimizer"])
    if "to" in request:
        with faults.at("to"):
            convention = _convention(request["to"])
    faults.settle()
    assert choice is not None
    assert convention is not None
    return ConversionPlan(choice, convention)


def convert(request: Mapping[str, Any]) -> Conversion:
    """The same rule in another convention; raises Refusal with every fault, or with what that convention lacks."""
    return plan_conversion(request).run()


def _convention(to: Any) -> Convention:
    if not isinstance(to, str):
        raise refuse(expected(f"one of {', '.join(CONVENTIONS)}", to))
    if plain(to) not in CONVENTIONS:
        raise refuse(unknown("convention", to, CONVENTIONS))
    return CONVENTIONS[plain(to)]


def converted(choice: Choice, convention: Convention) -> Conversion:
    """The same rule in a convention; raises Refusal with what it lacks."""
    if isinstance(choice, ChainChoice) and convention.name == choice.convention:
        return _as_it_is(choice)
    start = _start(choice)
    if told := no_groups(choice, convention):
        raise refuse(told)
    ways = spellings(start)
    if choice.schedule is not None:
        ways = [way for way in ways if not way.is_for_one_lr and way.settings["lr"] == choice.settings["lr"]]
    counterparts = list(_counterparts(ways, convention))
    for way in ways:
        for counterpart in counterparts:
            if found := _same(way, counterpart):
                return _with_reason(found if choice.schedule is None else replace(found, call=None), choice)
    if found := _in_a_chain(choice, ways, counterparts, convention):
        return _with_reason(found, choice)
    raise Refusal([Fault((), told) for told in lacking(choice, ways, counterparts, convention)])


def _with_reason(found: Conversion, choice: Choice) -> Conversion:
    """The conversion, with why there is no call where the convention is that of a library."""
    if found.call is not None or found.choice.convention not in FRAMEWORKS:
        return found
    if choice.schedule is not None:
        told = "There is no call, because the learning rate is a schedule. It stands in the member schedule of this answer"
    elif set_in(found.choice.settings):
        told = "There is no call, because something stands around this optimizer that is no argument of it"
    else:
        told = "There is no call, because tensors have numbers of their own. In a program, make one parameter group for each of them"
    return replace(found, notes=(*found.notes, told))


def _start(choice: Choice) -> Spelling:
    """The rule as it is, or of a chain the optimizer that it is; raises Refusal."""
    if not isinstance(choice, ChainChoice):
        return Spelling(choice.optimizer, choice.settings)
    if named := unchained(choice):
        return named
    raise refuse("expected optax: no other convention has this chain, and no optimizer with a name makes its steps")


def _as_it_is(choice: ChainChoice) -> Conversion:
    """A chain in its own convention."""
    links = [dict(link) for link in choice.settings[CHAIN]]
    place = next(number for number, link in reversed(list(enumerate(links))) if next(iter(link)) not in (*TRANSFORMS, SCALE))
    ((name, given),) = links[place].items()
    links[place] = {name: {"learning_rate": choice.settings["lr"], **given}}
    is_called = choice.schedule is None and set(choice.settings) == {"lr", CHAIN} and not isinstance(choice.settings["lr"], Mapping)
    written = {"convention": choice.convention, **choice.settings}
    return _with_reason(Conversion(written, chain_text(links) if is_called else None, choice), choice)


def _in_a_chain(choice: Choice, ways: list[Spelling], counterparts: list[Counterpart], convention: Convention) -> Conversion | None:
    """The chain of optax that makes the steps, where none of its optimizers makes them alone."""
    for way in ways if convention.name == OPTAX.name else ():
        if found := chain_for(way, counterparts):
            posted, chain = found
            call = chain_text(posted[CHAIN]) if choice.schedule is None else None
            return Conversion(posted, call, chain, way.notes, is_exact=False)
    return None


def _counterparts(ways: list[Spelling], convention: Convention) -> Iterator[Counterpart]:
    """What may be the same optimizer in a convention: those of its own name first, then those with a kernel of it."""
    names = list(dict.fromkeys(way.optimizer.name for way in ways))
    kernels = {kernel for way in ways for kernel in way.optimizer.kernels}
    found = list[Counterpart]()
    for constructor in CONSTRUCTORS[convention.name]:
        row, implied = convention.by_name[plain(constructor.name)]
        if row.optimizer in names or kernels & set(OPTIMIZERS[row.optimizer].kernels):
            found.append(Counterpart(convention, constructor, row, implied))
    place = {name: number for number, name in enumerate(names)}
    yield from sorted(found, key=lambda counterpart: place.get(counterpart.row.optimizer, len(names)))


def _same(way: Spelling, counterpart: Counterpart) -> Conversion | None:
    """The conversion, if the counterpart's arguments can say this spelling; what they make is held to the rule itself."""
    if not way.optimizer.by_name.keys() & counterpart.reach:
        return None
    arguments = counterpart.said(way.settings)
    try:
        choice = resolve(counterpart.request(arguments))
    except Refusal:
        return None
    if choice.settings["lr"] != way.settings["lr"] or choice.rule.formula != way.rule.formula:
        return None
    is_called = counterpart.constructor.path and not grouped(choice.settings) and not isinstance(choice.settings["lr"], Mapping)
    call = call_text(counterpart.constructor, counterpart.convention.name, _told(counterpart, arguments)) if is_called else None
    return Conversion(counterpart.request(arguments), call, choice, way.notes, way.is_exact)


def _told(counterpart: Counterpart, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that are not at their default, and the learning rate."""
    (rate,) = (name for name in counterpart.constructor.arguments if counterpart.argument(name).targets == ("lr",))
    defaults = counterpart.said(resolve(counterpart.request({rate: arguments[rate]})).settings)
    return {name: value for name, value in arguments.items() if name == rate or value != defaults.get(name, UNSAID)}

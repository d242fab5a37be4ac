"""optax's chains: a list of transforms as somebody wrote it, as the links of one rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ..optimizers.chain import Link
from ..optimizers.rule import Rule
from ..optimizers.transformations import NONE_IS_LEFT_OUT, TRANSFORMATIONS
from ..optimizers.wrapping import scaled
from ..reading.bounds import few_keys
from ..reading.faults import Collector, Fault, Refusal, refuse, unknown
from ..reading.tensors import expected, is_number
from .constructors import all_names, meaning
from .optax_transforms import KNOWN, NAMED, RATE, REFUSED, SCALE, SCHEDULED, TRANSFORMS, TURNED, Transform

#: A chain has so many transforms at the most.
MOST_LINKS = 20


#: The choice for an optimizer of optax that is written as a request, and whether optax has an optimizer of a name.
ChoiceOf = Callable[[Mapping[str, Any]], "Chosen"]
IsOptimizer = Callable[[str], bool]


class Chosen(Protocol):
    """What is needed of an optimizer in a chain."""

    @property
    def rule(self) -> Rule: ...

    @property
    def effort(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class ReadLink:
    """One transform as it was written: its links, how an echo says it, and the members of `Effort` that it tells."""

    links: tuple[Link, ...]
    echo: tuple[Mapping[str, Any], ...]
    effort: Mapping[str, Any] = field(default_factory=dict)


def read_chain(written: Any, choice_of: ChoiceOf, is_optimizer: IsOptimizer) -> tuple[list[ReadLink], Any]:
    """The links of a chain and its learning rate, None where it has to stand beside the chain; raises Refusal with every fault.

    The last link that has a learning rate may be an optimizer.
    """
    if not isinstance(written, list | tuple):
        raise refuse(expected('a list of transforms such as [{"scale_by_adam": {}}, {"scale_by_learning_rate": 0.01}]', written))
    if not 1 <= len(written) <= MOST_LINKS:
        raise refuse(f"expected 1 to {MOST_LINKS} transforms")
    faults, links, rates = Collector(), list[ReadLink](), list[Any]()
    names = [_name(link, faults, number, is_optimizer) for number, link in enumerate(written)]
    rated = _rated(names, written)
    if rated is None and all(names):
        faults.add(f"expected one {RATE}: it gives the step its length and its sign", len(names) - 1)
    for number, (name, link) in enumerate(zip(names, written, strict=True)):
        if name is None:
            continue
        with faults.at(number, name):
            if number == rated:
                rate, found = _rated_link(name, link[name], choice_of)
                rates.append(rate)
                links.append(found)
            elif name in (RATE, SCALE):
                links.append(_scale(name, link[name]))
            elif name in TRANSFORMS:
                links.append(_link(name, link[name], choice_of))
            else:
                raise refuse(f"expected a transform such as scale_by_adam: a link after {name} has the learning rate")
    faults.settle()
    return links, rates[0]


def as_one(read: Sequence[ReadLink]) -> tuple[Link, ...]:
    """The links of a chain. Where one stands around those before it, the first keeps the gradient for it."""
    first, *rest = (link for each in read for link in each.links)
    return (replace(first, keeps=any(link.around for link in (first, *rest))), *rest)


def effort_of(read: Sequence[ReadLink]) -> dict[str, Any]:
    """The members of `Effort` that the links tell; where several do, the largest."""
    names = {name for each in read for name in each.effort}
    return {name: max(each.effort[name] for each in read if name in each.effort) for name in names}


def _name(link: Any, faults: Collector, number: int, is_optimizer: IsOptimizer) -> str | None:
    """The transform that a link names; None where it names none."""
    with faults.at(number):
        if not isinstance(link, Mapping):
            raise refuse(expected('an object of one transform such as {"scale_by_adam": {}}', link))
        if many := few_keys(link):
            raise refuse(many)
        if len(link) != 1:
            raise refuse("expected an object of one transform; give each transform an object of its own")
        (name,) = link
        if name in REFUSED:
            raise refuse(f"{name} is not in this service: {REFUSED[name]}", name)
        if name not in KNOWN and not is_optimizer(str(name)):
            raise refuse(unknown("transform", name, KNOWN), name)
        return str(name)
    return None


def _rated(names: Sequence[str | None], written: Sequence[Any]) -> int | None:
    """Which link has the learning rate: the one that says so, or an optimizer; else the last that scales by a number that is not
    positive."""
    said = [number for number, name in enumerate(names) if name is not None and name not in (*TRANSFORMS, SCALE)]
    if said:
        return said[-1]
    turned = [number for number, name in enumerate(names) if name == SCALE and _is_downhill(_single(written[number][SCALE], "step_size"))]
    return turned[-1] if turned else None


def _rated_link(name: str, value: Any, choice_of: ChoiceOf) -> tuple[Any, ReadLink]:
    """The learning rate that a link gives, None where it gives none, and the link."""
    if name in (RATE, SCALE, SCHEDULED):
        found = ReadLink((Link(choice_of({"name": "sgd", "lr": 1.0}).rule, is_rated=True),), ({RATE: {}},))
        turns = name == SCHEDULED or (name == RATE and _without_turn(value))
        return _rate(name, value), _both(TURN, found) if turns else found
    rate, found = _optimizer(NAMED.get(name, name), value, choice_of)
    return rate, _both(found, TURN) if name == "scale_by_rprop" else found


def _both(first: ReadLink, second: ReadLink) -> ReadLink:
    """One after the other, as one."""
    return ReadLink((*first.links, *second.links), (*first.echo, *second.echo), {**first.effort, **second.effort})


def _without_turn(value: Any) -> bool:
    """Whether a learning rate keeps the sign."""
    return isinstance(value, Mapping) and value.get("flip_sign") is False


def _is_downhill(factor: Any) -> bool:
    return is_number(factor) and factor <= 0


def _single(value: Any, argument: str) -> Any:
    """The only argument of a transform, by itself or by name."""
    return value.get(argument) if isinstance(value, Mapping) and set(value) <= {argument} else value


def _rate(name: str, value: Any) -> Any:
    """The learning rate that a link gives, None where it gives none."""
    if name == SCALE:
        return -float(_single(value, "step_size"))
    if name == SCHEDULED:
        return _single(value, "step_size_fn")
    if isinstance(value, Mapping) and "flip_sign" in value and isinstance(value["flip_sign"], bool):
        value = {key: each for key, each in value.items() if key != "flip_sign"}
    if isinstance(value, Mapping) and set(value) == {"lr"}:
        raise refuse(f"{name} has no argument 'lr'; it has learning_rate", "lr")
    return value.get("learning_rate") if isinstance(value, Mapping) and set(value) <= {"learning_rate"} else value


def _optimizer(name: str, value: Any, choice_of: ChoiceOf) -> tuple[Any, ReadLink]:
    """The learning rate of a link that is an optimizer, None where it stands beside the chain, and the link."""
    if value is not None and not isinstance(value, Mapping):
        value = {"learning_rate": value}
    given = dict(value or {})
    rate = given.pop("learning_rate", given.pop("lr", None))
    choice = choice_of({"name": name, "lr": 1.0, **given})
    return rate, ReadLink((Link(choice.rule, is_rated=True),), ({name: given},), choice.effort)


def _scale(name: str, value: Any) -> ReadLink:
    """A factor on what is handed on; of several learning rates, all but the last."""
    factor = _rate(name, value) if name == RATE else _single(value, "step_size")
    if not is_number(factor):
        raise refuse(expected("a number", factor))
    factor = -float(factor) if name == RATE and not _without_turn(value) else float(factor)
    return ReadLink((Link(Rule(scaled, {"factor": factor})),), ({SCALE: factor},))


#: The other sign.
TURN = _scale(SCALE, -1.0)


def _given(transform: Transform, value: Any) -> Mapping[str, Any]:
    """The arguments of a transform; those that change no number are left out. The only one may stand by itself."""
    is_bare = transform.only is not None and value is not None and not isinstance(value, Mapping)
    given = {transform.only: value} if is_bare else value or {}
    if not isinstance(given, Mapping):
        raise refuse(expected("an object of arguments", value))
    if rate := next((key for key in ("learning_rate", "lr") if key in given), None):
        raise refuse(f"expected no learning rate: it stands in {RATE}", rate)
    idle = set(transform.order) - set(meaning(transform.takes)) & {"store_grad", "verbose", "param_dtype"}
    return {str(key): each for key, each in given.items() if key not in idle}


def _link(name: str, value: Any, choice_of: ChoiceOf) -> ReadLink:
    """A transform that is an optimizer's direction, or one of its own."""
    transform = TRANSFORMS[name]
    is_bare = transform.only is not None and value is not None and not isinstance(value, Mapping)
    given = _given(transform, value)
    try:
        return _own_link(name, given) if not transform.name else _direction(name, given, choice_of)
    except Refusal as refusal:
        raise Refusal([Fault(fault.path[1:] if is_bare else fault.path, fault.detail) for fault in refusal.faults]) from None


def _direction(name: str, given: Mapping[str, Any], choice_of: ChoiceOf) -> ReadLink:
    """A transform that is an optimizer's direction."""
    transform = TRANSFORMS[name]
    settings = {transform.arguments.get(key, key): each for key, each in given.items()}
    theirs = {own: key for key, own in transform.arguments.items()}
    try:
        choice = choice_of({"name": transform.name, "lr": 1.0, **transform.settings, **settings})
    except Refusal as refusal:
        placed = [Fault(tuple(theirs.get(str(part), part) for part in each.path), each.detail) for each in refusal.faults]
        raise Refusal([_told(name, fault) for fault in placed]) from None
    links = (*(TURN.links if name in TURNED else ()), Link(choice.rule))
    return ReadLink(links, ({name: dict(given)},), choice.effort)


def _told(name: str, fault: Fault) -> Fault:
    """A fault of a transform's optimizer in the transform's words."""
    takes = TRANSFORMS[name].takes
    if not fault.detail.startswith("unknown") or not fault.path or fault.path[-1] in all_names(takes):
        return fault
    known = meaning(takes)
    return Fault(fault.path, f"{name} has no argument {str(fault.path[-1])!r}; it has {' and '.join(known) if known else 'none'}")


def _own_link(name: str, given: Mapping[str, Any]) -> ReadLink:
    """A transform that is in none of optax's optimizers."""
    transformation, faults, settings = TRANSFORMATIONS[name], Collector(), dict[str, Any]()
    known = [each.name for each in transformation.hyperparameters]
    for key in given.keys() - set(known):
        faults.add(unknown(f"argument of {name}", key, known), key)
    for each in transformation.hyperparameters:
        value, may_be_null = given.get(each.name, each.default), each.name in NONE_IS_LEFT_OUT.get(name, ())
        if value is None and not may_be_null:
            faults.add(f"expected a value: {each.name} has no default in optax", each.name)
        elif value is not None and (detail := each.fault(value)):
            faults.add(detail, each.name)
        settings[each.name] = float(value) if is_number(value) else value
    faults.settle()
    link = Link(transformation.bind(settings), around=transformation.around)
    return ReadLink((link,), ({name: dict(given)},), transformation.efforts(settings))

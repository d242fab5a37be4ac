"""An optimizer as somebody pastes it: the constructor's call as text, or the configuration that Keras writes. Nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..reading.bounds import few_keys
from ..reading.faults import Collector, Fault, Path, Refusal, plain, refuse
from ..reading.python_calls import arguments_of, literal, name_of, parsed
from ..reading.tensors import expected
from ..schedules.frameworks import FRAMEWORKS
from ..schedules.frameworks.calls import framework_of, named_by, of_call
from . import CONVENTIONS
from .constructors import TAKES_PARAMS, order_of
from .optax_transforms import NAMED, RATE, REFUSED, SCALE, SCHEDULED, TRANSFORMS

#: Members that stand for a whole optimizer: the text of a call, and Keras's serialized form.
CALL, CLASS, CONFIG = "call", "class_name", "config"

#: What each framework calls the learning rate.
RATES = {"torch": "lr", "keras": "learning_rate", "optax": "learning_rate"}

#: The convention that has chains, the function and the member that make one, and what its transforms with a factor take.
CHAINED_BY, CHAIN, FIRST_OF = "optax", "chain", {RATE: "learning_rate", SCALE: "step_size", SCHEDULED: "step_size_fn"}

#: What a call says of an object, and not of numbers: torch's params, Keras's name of the optimizer.
SAYS_NOTHING: Mapping[str, frozenset[str]] = {"torch": frozenset({"params"}), "keras": frozenset({"name"})}

#: What is said of parameter groups in a call: which tensors are in them stands in the program alone.
GROUPS = 'groups are not read from a call. Post one number per tensor in place of the hyperparameter, such as "lr": {"W": 0.1, "b": 0.2}'

EXAMPLE = "Adam(lr=0.01, betas=(0.8, 0.95))"


@dataclass(frozen=True)
class CallReading:
    """A call as one framework reads it: `written` is the optimizer with its arguments as members, those that can be read.

    `faults` are those of the text, `unread` the places in `written` of which there is nothing more to say.
    """

    written: dict[str, Any]
    faults: tuple[Fault, ...]
    unread: tuple[Path, ...]

    def concerns(self, fault: Fault) -> bool:
        """Whether a fault of what is written is one of the call, and does not follow from what could not be read."""
        return all(fault.path[: len(place)] != place for place in self.unread)


def is_pasted(written: Mapping[str, Any]) -> bool:
    """Whether an optimizer is written as a call or as a configuration."""
    return CALL in written or CLASS in written


def of_config(written: Mapping[str, Any]) -> dict[str, Any]:
    """What keras.optimizers.serialize gives: the class, and its configuration, whose own name says nothing."""
    name, config = written[CLASS], written.get(CONFIG)
    config = {} if config is None else config
    if not isinstance(name, str):
        raise refuse(expected("a string", name), CLASS)
    if not isinstance(config, Mapping):
        raise refuse(expected("an object", config), CONFIG)
    if many := few_keys(config):
        raise refuse(many, CONFIG)
    beside = {key: value for key, value in written.items() if key not in (CLASS, CONFIG, "module", "registered_name", "build_config")}
    return {"convention": "keras", **beside, **config, "name": name}


def readings_of(written: Mapping[str, Any], faults: Collector) -> list[CallReading]:
    """A call as its framework reads it; as every framework that may be meant, where it does not say which: then that is a fault."""
    text, found = written[CALL], ""
    if not isinstance(text, str):
        raise refuse(expected(f"the text of a call such as {EXAMPLE}", text), CALL)
    try:
        call = parsed(text, EXAMPLE)
        name = name_of(call, EXAMPLE)
    except Refusal as refusal:
        raise refusal.at_text(CALL) from None
    with faults.at():
        found = framework_of(call, written.get("convention"))
    found = found or named_by(call) or ""
    having = [each for each in FRAMEWORKS if plain(name) in CONVENTIONS[each].by_name]
    return [_reading(written, call, each) for each in ([found] if found else having or FRAMEWORKS)]


def _reading(written: Mapping[str, Any], call: ast.Call, convention: str) -> CallReading:
    beside = {**{key: value for key, value in written.items() if key != CALL}, "convention": convention}
    faults, unread, called = Collector(), list[Path](), dict[str, Any]()
    with faults.at():
        called = _called(call, convention, faults, unread)
    twice = [key for key in written if key in called and key != "convention"]
    told = [Fault((key,), "the call gives this too; give it only once") for key in twice]
    return CallReading({**beside, **called}, (*faults.faults, *told), (*unread, *((key,) for key in twice)))


def _called(call: ast.Call, convention: str, faults: Collector, unread: list[Path]) -> dict[str, Any]:
    """The name and the arguments of a call."""
    name = name_of(call, EXAMPLE)
    if convention == CHAINED_BY and name == CHAIN:
        return {CHAIN: [_link(link, convention, number, faults, unread) for number, link in enumerate(_links(call))]}
    known = order_of(name, convention)
    if convention == CHAINED_BY and known is None and name in REFUSED:
        faults.add(f"{name} is not in this service: {REFUSED[name]}")
        unread.append(("name",))
        return {"name": name}
    order = known or (RATES[convention],)
    read, wrong = _arguments(call, convention, order, order[0])
    for key, told in wrong:
        faults.gather(told.faults)
        unread += [(key,)] if key else []
    return {"name": name, **read}


def _arguments(
    call: ast.Call, convention: str, order: tuple[str, ...], rate: str | None
) -> tuple[dict[str, Any], list[tuple[str, Refusal]]]:
    """The arguments that can be read, and what is wrong with the others; a learning rate that is wrong is 1, since it is not missing."""
    faults, read, wrong = Collector(), dict[str, Any](), list[tuple[str, Refusal]]()
    names = ("params", *order) if convention in TAKES_PARAMS else order
    for key, node in arguments_of(call, names, too_many(name_of(call, EXAMPLE), names), faults).items():
        if key in SAYS_NOTHING.get(convention, ()):
            if _has_groups(node):
                faults.add(f"{key}: {GROUPS}")
            continue
        try:
            read[key] = _value(key, node, convention, rate)
        except Refusal as refusal:
            wrong.append((key, refusal))
            read |= {rate: 1.0} if key == rate else {}
    return read, [*(("", Refusal([fault])) for fault in faults.faults), *wrong]


def _has_groups(node: ast.expr) -> bool:
    """Whether torch's params are a list of groups of which one has a number of its own."""
    return isinstance(node, ast.List | ast.Tuple) and any(_keys(each) - {"params"} for each in node.elts)


def _keys(group: ast.expr) -> set[Any]:
    """The keys of a parameter group, a dictionary."""
    if isinstance(group, ast.Dict):
        return {getattr(key, "value", None) for key in group.keys}
    return {each.arg for each in group.keywords} if isinstance(group, ast.Call) and getattr(group.func, "id", "") == "dict" else set()


def too_many(name: str, names: Sequence[str]) -> str:
    """What is said of a call that gives more without names than there are."""
    if not names:
        return f"{name}: expected every argument by its name"
    return f"{name}: expected at most {len(names)} argument{'s' * (len(names) > 1)} without a name: {', '.join(names)}"


def _links(call: ast.Call) -> list[ast.Call]:
    """The links of optax.chain(...)."""
    links = [node for node in call.args if isinstance(node, ast.Call)]
    if call.keywords or len(links) != len(call.args):
        raise refuse("expected calls of transforms and optimizers in optax.chain")
    return links


def _link(call: ast.Call, convention: str, number: int, faults: Collector, unread: list[Path]) -> dict[str, Any]:
    """A link of a chain: a transform, or an optimizer with its learning rate."""
    name = name_of(call, EXAMPLE)
    transform = TRANSFORMS.get(name)
    order = (
        (FIRST_OF[name],)
        if name in FIRST_OF
        else transform.order
        if transform
        else order_of(NAMED.get(name, name), convention) or (RATES[convention],)
    )
    read, wrong = _arguments(call, convention, order, None if transform else order[0])
    for _, told in wrong:
        faults.gather(told.under(CHAIN, number, name).faults)
    unread += [(CHAIN, number)] if wrong else []
    return {name: read}


def _value(name: str, node: ast.expr, convention: str, rate: str | None) -> Any:
    """The value of an argument: a literal, or as the learning rate a schedule that is called."""
    if not isinstance(node, ast.Call):
        return literal(name, node)
    if name != rate:
        raise refuse(f"{name}: expected a number; only the learning rate can be a schedule")
    if convention in TAKES_PARAMS:
        raise refuse(f"{name}: expected a number: a scheduler of {convention} is an object of its own, so post it as the member schedule")
    return of_call(node, convention)

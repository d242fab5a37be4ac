"""An optimizer as somebody pastes it: the constructor's call as text, or the configuration that Keras writes. Nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..reading.bounds import few_keys
from ..reading.faults import Collector, Fault, Path, Refusal, plain, refuse
from ..reading.python_calls import modules_of, name_of, parsed
from ..reading.tensors import expected
from ..schedules.frameworks import FRAMEWORKS
from ..schedules.frameworks.calls import framework_of, named_by
from . import CONVENTIONS
from .call_arguments import EXAMPLE, PARAMS, Callee, read_arguments
from .call_chains import CHAIN, NAMED_CHAIN, chain_of, why_not, wrapper_of
from .call_groups import Group, groups_in
from .constructors import constructor_of

#: Members that stand for a whole optimizer: the text of a call, and Keras's serialized form.
CALL, CLASS, CONFIG = "call", "class_name", "config"

#: The convention that has chains, and what stands around optimizers.
CHAINED_BY = "optax"

#: Packages that have optimizers of the same names with other formulas or defaults, and what to do instead of their calls.
OTHER_PACKAGES = frozenset({"pytorch_optimizer", "torch_optimizer", "timm", "transformers", "apex", "bitsandbytes", "tfa", "torchopt"})
INSTEAD_OF_OTHERS = 'write the optimizer as an object, such as {"name": "adabelief", "lr": 0.001}'

#: Keras's module of older optimizers.
LEGACY = "legacy"


@dataclass(frozen=True)
class CallReading:
    """A call as one framework reads it: `written` is the optimizer with its arguments as members, those that can be read.

    `faults` are those of the text, `unread` the places in `written` of which there is nothing more to say. `groups` are torch's parameter
    groups, if some of them have arguments of their own.
    """

    written: dict[str, Any]
    faults: tuple[Fault, ...]
    unread: tuple[Path, ...]
    groups: tuple[Group, ...] = ()

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
    if other := next((each for each in modules_of(call) if each in OTHER_PACKAGES), None):
        raise refuse(f"this service reads no calls of {other}, whose arguments and defaults are its own: {INSTEAD_OF_OTHERS}", CALL)
    with faults.at():
        found = framework_of(call, written.get("convention"))
    found = found or named_by(call) or ""
    if not found and call.args and isinstance(call.args[0], ast.Name | ast.Attribute):
        call = ast.Call(call.func, call.args[1:], call.keywords)  # torch's params, or a learning rate that is a variable
    having = [each for each in FRAMEWORKS if plain(name) in CONVENTIONS[each].by_name]
    return [_reading(written, call, each) for each in ([found] if found else having or FRAMEWORKS)]


def _reading(written: Mapping[str, Any], call: ast.Call, convention: str) -> CallReading:
    beside = {**{key: value for key, value in written.items() if key != CALL}, "convention": convention}
    faults, unread, called, groups = Collector(), list[Path](), dict[str, Any](), list[Group]()
    with faults.at():
        called = _called(call, convention, faults, unread, groups)
    twice = [key for key in written if key in called and key != "convention"]
    told = [Fault((key,), "the call gives this too; give it only once") for key in twice]
    unread += [(key,) for key in twice] if called else [()]
    return CallReading({**beside, **called}, (*faults.faults, *told), tuple(unread), tuple(groups))


def _called(call: ast.Call, convention: str, faults: Collector, unread: list[Path], groups: list[Group]) -> dict[str, Any]:
    """The name and the arguments of a call; raises Refusal where there is no more to say of it."""
    name = name_of(call, EXAMPLE)
    if convention == CHAINED_BY and name in (CHAIN, NAMED_CHAIN):
        return chain_of(call, convention, faults, unread)
    if convention == CHAINED_BY and (inside := wrapper_of(call, convention)):
        wrapped, around = inside
        return {**_called(wrapped, convention, faults, unread, groups), **around}
    if told := why_not(name, convention) or _other_name(call, name, convention):
        raise refuse(told)
    callee = Callee.of(name, convention)
    read, apart, wrong = read_arguments(call, callee)
    if PARAMS in apart:
        with faults.at():
            groups += groups_in(apart[PARAMS], callee)
        read |= {} if groups else {PARAMS: []}  # told as ignored
    for key, refusal in wrong:
        faults.gather(refusal.faults)
        unread += [(key,)] if key else []
    return {"name": name, **read}


def _other_name(call: ast.Call, name: str, convention: str) -> str | None:
    """What is wrong with a name that only looks like one of the framework's."""
    modules = modules_of(call)
    if convention == "keras" and LEGACY in modules:
        return f"keras.optimizers.{LEGACY} has the formulas of Keras 2, and this service has those of Keras 3: use keras.optimizers.{name}"
    found = constructor_of(name, convention)
    if found is not None and found.name != name and any(modules):
        return f"{convention} has no {name}; it calls it {found.name}"
    return None

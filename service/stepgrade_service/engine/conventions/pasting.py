"""An optimizer as somebody pastes it: the constructor's call as text, or the configuration that Keras writes. Nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from ..reading.bounds import few_keys
from ..reading.faults import Fault, Refusal, refuse
from ..reading.python_calls import arguments_of, literal, name_of, parsed
from ..reading.tensors import expected
from ..schedules.frameworks.calls import framework_of, of_call
from .chains import RATE, SCALE, TRANSFORMS

#: Members that stand for a whole optimizer: the text of a call, and Keras's serialized form.
CALL, CLASS, CONFIG = "call", "class_name", "config"

#: Conventions whose constructors take the params first, and what each takes as its next argument.
TAKES_PARAMS, FIRST = ("torch",), {"torch": "lr", "keras": "learning_rate", "optax": "learning_rate"}

#: The convention that has chains, the function and the member that make one, and what its transforms with a factor take.
CHAINED_BY, CHAIN, FIRST_OF = "optax", "chain", {RATE: "learning_rate", SCALE: "step_size"}

EXAMPLE = "Adam(lr=0.01, betas=(0.8, 0.95))"


def is_pasted(written: Mapping[str, Any]) -> bool:
    """Whether an optimizer is written as a call or as a configuration."""
    return CALL in written or CLASS in written


def unpasted(written: Mapping[str, Any]) -> dict[str, Any]:
    """The optimizer with its name and its arguments as members; raises Refusal with what is wrong."""
    return _of_call(written) if CALL in written else _of_config(written)


def _of_config(written: Mapping[str, Any]) -> dict[str, Any]:
    """What keras.optimizers.serialize gives: the class, and its configuration, whose own name says nothing."""
    name, config = written[CLASS], written.get(CONFIG, {})
    if not isinstance(name, str):
        raise refuse(expected("a string", name), CLASS)
    if not isinstance(config, Mapping):
        raise refuse(expected("an object", config), CONFIG)
    if many := few_keys(config):
        raise refuse(many, CONFIG)
    beside = {key: value for key, value in written.items() if key not in (CLASS, CONFIG, "module", "registered_name", "build_config")}
    return {"convention": "keras", **beside, **config, "name": name}


def _of_call(written: Mapping[str, Any]) -> dict[str, Any]:
    text = written[CALL]
    if not isinstance(text, str):
        raise refuse(expected(f"the text of a call such as {EXAMPLE}", text), CALL)
    try:
        call = parsed(text, EXAMPLE)
    except Refusal as refusal:
        raise refusal.at_text(CALL) from None
    convention = framework_of(call, written.get("convention"))
    beside = {**{key: value for key, value in written.items() if key != CALL}, "convention": convention}
    try:
        called = _called(call, convention)
    except Refusal as refusal:
        raise refusal.at_text(CALL) from None
    if keys := sorted(beside.keys() & called.keys() - {"convention"}):
        raise Refusal([Fault((key,), "the call gives this too; give it only once") for key in keys])
    return {**beside, **called}


def _called(call: ast.Call, convention: str) -> dict[str, Any]:
    """The name and the arguments of a call: torch's params say nothing."""
    if convention == CHAINED_BY and name_of(call, EXAMPLE) == CHAIN:
        return {CHAIN: [_link(link, convention) for link in _links(call)]}
    rate = FIRST[convention]
    names = ("params", rate) if convention in TAKES_PARAMS else (rate,)
    given = arguments_of(call, names, "expected every argument after the learning rate by its name")
    given = {name: node for name, node in given.items() if not (name == "params" and name in names)}
    return {"name": name_of(call, EXAMPLE), **{name: _value(name, node, convention) for name, node in given.items()}}


def _links(call: ast.Call) -> list[ast.Call]:
    """The links of optax.chain(...)."""
    links = [node for node in call.args if isinstance(node, ast.Call)]
    if call.keywords or len(links) != len(call.args):
        raise refuse("expected calls of transforms and optimizers in optax.chain")
    return links


def _link(call: ast.Call, convention: str) -> dict[str, Any]:
    """A link of a chain: a transform, or an optimizer with its learning rate."""
    name = name_of(call, EXAMPLE)
    transform = TRANSFORMS.get(name)
    first = FIRST_OF.get(name) or (transform.only if transform is not None else FIRST[convention])
    names = (first,) if first is not None else ()
    given = arguments_of(call, names, f"{name}: expected every argument by its name")
    return {name: {key: _value(key, node, convention) for key, node in given.items()}}


def _value(name: str, node: ast.expr, convention: str) -> Any:
    """The value of an argument: a literal, or as the learning rate a schedule that is called."""
    if not isinstance(node, ast.Call):
        return literal(name, node)
    if name != FIRST[convention]:
        raise refuse(f"{name}: expected a number; only the learning rate can be a schedule")
    if convention in TAKES_PARAMS:
        raise refuse(f"{name}: expected a number: a scheduler of {convention} is an object of its own, so post it as the member schedule")
    return of_call(node, convention)

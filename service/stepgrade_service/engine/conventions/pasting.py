"""An optimizer as somebody pastes it: the constructor's call as text, or the configuration that Keras writes. Nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from ..reading.bounds import few_keys
from ..reading.faults import Fault, Refusal, refuse
from ..reading.tensors import expected

#: Members that stand for a whole optimizer: the text of a call, and Keras's serialized form.
CALL, CLASS, CONFIG = "call", "class_name", "config"

#: The most characters of a call.
LONGEST_CALL = 1000

#: Conventions whose constructors take the params first, and what each takes as its next argument.
TAKES_PARAMS, FIRST = ("torch",), {"torch": "lr", "keras": "learning_rate", "optax": "learning_rate"}

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
    text, convention = written[CALL], written.get("convention")
    if not isinstance(text, str):
        raise refuse(expected(f"the text of a call such as {EXAMPLE}", text), CALL)
    if len(text) > LONGEST_CALL:
        raise refuse(f"expected at most {LONGEST_CALL} characters", CALL)
    if not isinstance(convention, str) or convention not in FIRST:
        raise refuse(f"expected one of {', '.join(FIRST)}: a call is one of a framework", "convention")
    call = _parsed(text)
    beside = {key: value for key, value in written.items() if key != CALL}
    given = _positional(call, convention)
    for keyword in call.keywords:
        if keyword.arg is None:
            raise refuse("expected every argument by its name: ** is not accepted", CALL)
        if keyword.arg in given:
            raise refuse(f"{keyword.arg} is given twice", CALL)
        given[keyword.arg] = _value(keyword.arg, keyword.value)
    if keys := sorted(beside.keys() & given.keys() - {"convention"}):
        raise Refusal([Fault((key,), "the call gives this too; give it only once") for key in keys])
    return {**beside, **given, "name": _name(call)}


def _parsed(text: str) -> ast.Call:
    """The call that a text is."""
    try:
        parsed = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise refuse(f"expected the text of one call such as {EXAMPLE}: this is not valid Python", CALL) from None
    if not isinstance(parsed, ast.Call):
        raise refuse(f"expected the text of one call such as {EXAMPLE}", CALL)
    return parsed


def _name(call: ast.Call) -> str:
    """The last part of the dotted name that is called."""
    if isinstance(call.func, ast.Name):
        return call.func.id
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    raise refuse(f"expected the name of an optimizer in front of its arguments, as in {EXAMPLE}", CALL)


def _positional(call: ast.Call, convention: str) -> dict[str, Any]:
    """The arguments without a name: torch's params, which say nothing, and the learning rate."""
    rest = call.args[1:] if convention in TAKES_PARAMS else call.args
    if len(rest) > 1:
        raise refuse("expected every argument after the learning rate by its name", CALL)
    rate = FIRST[convention]
    return {rate: _value(rate, rest[0])} if rest else {}


def _value(name: str, node: ast.expr) -> Any:
    """The value of an argument: what Python calls a literal."""
    if isinstance(node, ast.Call):
        raise refuse(f"{name}: expected a number; post a schedule as the member schedule of the request", CALL)
    try:
        return _listed(ast.literal_eval(node))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise refuse(f"{name}: expected a number, true, false, None, a string, or a list of these", CALL) from None


def _listed(value: Any) -> Any:
    """Python's values as JSON has them."""
    return [_listed(each) for each in value] if isinstance(value, tuple | list) else value


def at_call(refusal: Refusal) -> Refusal:
    """What is wrong with the arguments of a call, told at the call: a text has one place."""
    told = [f"{'.'.join(map(str, fault.path))}: {fault.detail}" if fault.path else fault.detail for fault in refusal.faults]
    return Refusal([Fault((CALL,), "; ".join(told))])

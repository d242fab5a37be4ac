"""A schedule as a call, by itself or inside an optimizer's: the same as an object of its name and its arguments."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from typing import Any

from ...reading.faults import Collector, Refusal, plain, refuse
from ...reading.python_calls import arguments_of, literal, modules_of, name_of, parsed
from ...reading.tensors import expected
from ..declaration import MOST_NESTED
from . import FRAMEWORKS
from .translate import row_of

#: The member that is the text of a call.
CALL = "call"

EXAMPLE = "CosineAnnealingLR(optimizer, T_max=50)"

#: Whose a call is, by the names of modules and packages in front of its name.
MODULES = {"torch": "torch", "optim": "torch", "lr_scheduler": "torch", "keras": "keras", "tf": "keras", "optax": "optax"}

#: The methods of torch's models that give params: who passes what they give calls an optimizer of torch.
PARAMS_OF_A_MODEL = ("parameters", "named_parameters")

#: Frameworks whose schedules take the optimizer first.
TAKES_OPTIMIZER = ("torch",)


#: What to do where a call does not say whose it is.
ADD = f"Add one of them, as in {json.dumps({'convention': 'torch'})[1:-1]}"


def uncalled(written: Mapping[str, Any]) -> dict[str, Any]:
    """`{"convention": "torch", "call": "StepLR(optimizer, 30)"}` as name and arguments; raises Refusal with what is wrong."""
    text, convention = written[CALL], written.get("convention")
    if not isinstance(text, str):
        raise refuse(expected(f"the text of a call such as {EXAMPLE}", text), CALL)
    call = parsed(text, EXAMPLE)
    faults, read = Collector(), dict[str, Any]()
    for key in (key for key in written if key not in (CALL, "convention")):
        faults.add("expected no such member beside call: write it as an argument of the call", key)
    with faults.at():
        read = of_call(call, framework_of(call, convention))
    faults.settle()
    return read


def framework_of(call: ast.Call, convention: object) -> str:
    """The framework of a call: the convention of the request, else that of the dotted name; raises Refusal where the two differ."""
    told = named_by(call)
    asked = told if convention is None else convention
    if not isinstance(asked, str) or plain(asked) not in FRAMEWORKS:
        raise refuse(f"expected one of {', '.join(FRAMEWORKS)}: the call does not name its framework. {ADD}", "convention")
    if told not in (None, plain(asked)):
        raise refuse(f"expected {told}: the call is {told}'s", "convention")
    return plain(asked)


def named_by(call: ast.Call) -> str | None:
    """The framework that the dotted name of a call names, or that has params such as model.parameters(); None where nothing does."""
    named = next((MODULES[name] for name in modules_of(call) if name in MODULES), None)
    first = call.args[0] if call.args else None
    is_given_params = isinstance(first, ast.Call) and isinstance(first.func, ast.Attribute) and first.func.attr in PARAMS_OF_A_MODEL
    return named or ("torch" if is_given_params and not modules_of(call) else None)


def is_schedule_of(call: ast.Call, convention: str) -> bool:
    """Whether what is called has the name of one of the framework's schedules."""
    name, framework = plain(name_of(call, EXAMPLE)), FRAMEWORKS[convention]
    return name in framework.by_name or name in framework.refused_by_name


def of_call(call: ast.Call, convention: str, depth: int = 0) -> dict[str, Any]:
    """A schedule that is called, and those inside it, as objects; raises Refusal."""
    if depth > MOST_NESTED:
        raise refuse(f"expected at most {MOST_NESTED} schedules in one another")
    name = name_of(call, EXAMPLE)
    try:
        row = row_of({"name": name}, "name", FRAMEWORKS[convention])
    except Refusal as refusal:
        raise refusal.of_a_name() from None
    names = row.without_name
    if convention in TAKES_OPTIMIZER:
        names = (*names, "optimizer") if row.optimizer_last else ("optimizer", *names)
    which = f"the arguments after {names[-1]} by their names" if names else "every argument by its name"
    faults, read = Collector(), dict[str, Any]()
    given = arguments_of(call, names, f"{name}: expected {which}", faults)
    given.pop("optimizer", None)
    for key, node in given.items():
        with faults.at():
            read[key] = _value(key, node, convention, depth)
    faults.settle()
    return {"convention": convention, "name": name, **read}


def _value(name: str, node: ast.expr, convention: str, depth: int) -> Any:
    """An argument: a constant, a schedule, or a list that has some."""
    if isinstance(node, ast.Call) and is_schedule_of(node, convention):
        return of_call(node, convention, depth + 1)
    if isinstance(node, ast.List | ast.Tuple) and any(isinstance(each, ast.Call) for each in node.elts):
        return [_value(name, each, convention, depth) for each in node.elts]
    return literal(name, node)

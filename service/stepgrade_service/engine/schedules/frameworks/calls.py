"""A schedule as a call, by itself or inside an optimizer's: the same as an object of its name and its arguments."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from ...reading.faults import Refusal, plain, refuse
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

#: Frameworks whose schedules take the optimizer first.
TAKES_OPTIMIZER = ("torch",)


def uncalled(written: Mapping[str, Any]) -> dict[str, Any]:
    """`{"convention": "torch", "call": "StepLR(optimizer, 30)"}` as name and arguments; raises Refusal with what is wrong."""
    text, convention = written[CALL], written.get("convention")
    if not isinstance(text, str):
        raise refuse(expected(f"the text of a call such as {EXAMPLE}", text), CALL)
    call = parsed(text, EXAMPLE)
    convention = framework_of(call, convention)
    if beside := [key for key in written if key not in (CALL, "convention")]:
        raise refuse("expected no such member beside call: write it as an argument of the call", beside[0])
    return of_call(call, convention)


def framework_of(call: ast.Call, convention: object) -> str:
    """The framework of a call: the convention of the request, else that of the dotted name; raises Refusal where the two differ."""
    told = next((MODULES[name] for name in modules_of(call) if name in MODULES), None)
    asked = told if convention is None else convention
    if not isinstance(asked, str) or plain(asked) not in FRAMEWORKS:
        raise refuse(f"expected one of {', '.join(FRAMEWORKS)}: the call does not name its framework", "convention")
    if told not in (None, plain(asked)):
        raise refuse(f"expected {told}: the call is {told}'s", "convention")
    return plain(asked)


def of_call(call: ast.Call, convention: str, depth: int = 0) -> dict[str, Any]:
    """A schedule that is called, and those inside it, as objects; raises Refusal."""
    if depth > MOST_NESTED:
        raise refuse(f"expected at most {MOST_NESTED} schedules in one another")
    name = name_of(call, EXAMPLE)
    try:
        names = row_of({"name": name}, "name", FRAMEWORKS[convention]).without_name
    except Refusal as refusal:
        raise refusal.of_a_name() from None
    if convention in TAKES_OPTIMIZER:
        names = ("optimizer", *names)
    which = f"the arguments after {names[-1]} by their names" if names else "every argument by its name"
    given = arguments_of(call, names, f"{name}: expected {which}")
    given.pop("optimizer", None)
    return {"convention": convention, "name": name, **{key: _value(key, node, convention, depth) for key, node in given.items()}}


def _value(name: str, node: ast.expr, convention: str, depth: int) -> Any:
    """An argument: a literal, a schedule, or a list that has some."""
    if isinstance(node, ast.Call):
        return of_call(node, convention, depth + 1)
    if isinstance(node, ast.List | ast.Tuple) and any(isinstance(each, ast.Call) for each in node.elts):
        return [_value(name, each, convention, depth) for each in node.elts]
    return literal(name, node)

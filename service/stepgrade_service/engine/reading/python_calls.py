"""A call of Python as text, taken apart: the name that is called, its arguments and their literal values. Nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from .faults import Collector, refuse

#: The most characters of a call.
LONGEST_CALL = 1000


def parsed(text: str, example: str) -> ast.Call:
    """The call that a text is, also where a name is given to what it makes; raises Refusal."""
    if len(text) > LONGEST_CALL:
        raise refuse(f"expected at most {LONGEST_CALL} characters")
    try:
        statements = ast.parse(text.strip()).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise refuse(f"expected the text of one call such as {example}: this is not valid Python") from None
    call = getattr(statements[0], "value", None) if len(statements) == 1 else None
    if not isinstance(call, ast.Call) or not isinstance(statements[0], ast.Expr | ast.Assign | ast.AnnAssign):
        raise refuse(f"expected the text of one call such as {example}")
    return call


def name_of(call: ast.Call, example: str) -> str:
    """The last part of the dotted name that is called."""
    if isinstance(call.func, ast.Name):
        return call.func.id
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    raise refuse(f"expected a name in front of the arguments, as in {example}")


def modules_of(call: ast.Call) -> list[str]:
    """The names before the last of the dotted name that is called, from the last to the first."""
    found, node = list[str](), call.func
    while isinstance(node, ast.Attribute):
        node = node.value
        found.append(node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else "")
    return found


def arguments_of(call: ast.Call, names: Sequence[str], told: str, faults: Collector) -> dict[str, ast.expr]:
    """The arguments of a call by name; `names` are those that may stand without a name, in their order, `told` says so."""
    unpacked = any(isinstance(argument, ast.Starred) for argument in call.args)
    if unpacked:
        faults.add("expected every argument by itself: * is not accepted")
    elif len(call.args) > len(names):
        faults.add(told)
    found = {} if unpacked else dict(zip(names, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg is None:
            faults.add("expected every argument by its name: ** is not accepted")
        elif keyword.arg in found:
            faults.add(f"{keyword.arg} is given twice")
        else:
            found[keyword.arg] = keyword.value
    return found


def literal(name: str, node: ast.expr) -> Any:
    """The value of an argument: what Python calls a literal, as JSON has it."""
    try:
        return as_json(ast.literal_eval(node))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise refuse(f"{name}: expected a number, true, false, None, a string, or a list of these") from None


def as_json(value: Any) -> Any:
    """Python's values as JSON has them; the keys of an object are texts there."""
    if isinstance(value, tuple | list):
        return [as_json(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): as_json(each) for key, each in value.items()}
    return value

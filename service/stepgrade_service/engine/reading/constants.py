"""The value of an expression of constants, as `1e-3 * 2`, `float("1e-3")` or `math.sqrt(2)`: it is worked out here, and nothing is run."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .faults import Refusal, refuse

#: No number is larger, and no list longer: what would be is refused before it is computed.
LARGEST, MOST_LISTED = 1e308, 1000

#: A whole number to a power is computed exactly up to so many bits.
MOST_BITS = 1024

SUMS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
SIGNS: Mapping[type[ast.unaryop], Callable[[Any], Any]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}

#: Functions of one number, by the last part of their dotted name, and numbers that have a name.
FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "float": float,
    "int": int,
    "float64": float,
    "float32": lambda value: float(np.float32(value)),
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "abs": abs,
}
NAMED = {"pi": math.pi, "e": math.e}

#: Modules whose functions and numbers these are; the others stand alone.
MODULES, ALONE = ("math", "np", "numpy", "jnp"), ("float", "int", "abs")


def folded(name: str, node: ast.expr) -> Any:
    """The value of an argument, as JSON has it: a constant, or what Python computes from constants alone. Raises Refusal."""
    try:
        return _value(name, node)
    except Refusal:
        raise
    except (ArithmeticError, ValueError, TypeError):
        raise refuse(f"{name}: {shown(node)} gives no number, or one above {LARGEST:g}") from None


def is_foldable(call: ast.Call) -> bool:
    """Whether a call is one of those that make a number or a list of constants."""
    return _function_of(call.func) is not None or _name_alone(call.func) in ("range", "dict", "list", "tuple")


def shown(node: ast.expr) -> str:
    """An expression as it was written; of a long one the beginning."""
    text = ast.unparse(node)
    return text if len(text) <= 40 else text[:37] + "..."


def _value(name: str, node: ast.expr) -> Any:
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool | int | float | str)):
        return _bounded(node.value)
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(name, each) for each in node.elts]
    if isinstance(node, ast.Dict) and all(node.keys):
        return {str(_value(name, key)): _value(name, each) for key, each in zip(node.keys, node.values, strict=True) if key}
    if isinstance(node, ast.UnaryOp) and type(node.op) in SIGNS:
        return SIGNS[type(node.op)](_number(name, node.operand))
    if isinstance(node, ast.BinOp) and type(node.op) in SUMS:
        return _computed(node.op, _number(name, node.left), _number(name, node.right))
    if isinstance(node, ast.Call):
        return _called(name, node)
    if isinstance(node, ast.Attribute) and node.attr in NAMED and _name_alone(node.value) in MODULES:
        return NAMED[node.attr]
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        raise refuse(f"{name}: {shown(node)} is a variable, and only the text of the call is known here: write its value")
    if isinstance(node, ast.Lambda):
        raise refuse(f"{name}: expected a number, not a function: the service does not run code")
    raise refuse(f"{name}: expected a number, true, false, None, a string, or a list of these")


def _number(name: str, node: ast.expr) -> Any:
    """A number of an expression."""
    value = _value(name, node)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return value


def _computed(sign: ast.operator, left: Any, right: Any) -> Any:
    """Two numbers together. A power is looked at before it is computed: 10**10**10 has ten thousand million digits."""
    if isinstance(sign, ast.Pow):
        if isinstance(left, int) and isinstance(right, int) and right >= 0 and left.bit_length() * right > MOST_BITS:
            raise OverflowError
        if not (isinstance(left, int) and isinstance(right, int) and right >= 0):
            left, right = float(left), float(right)
    return _bounded(SUMS[type(sign)](left, right))


def _bounded(value: Any) -> Any:
    """A value, if it is no number that is too large."""
    if isinstance(value, complex) or (isinstance(value, int | float) and not abs(value) <= LARGEST):
        raise OverflowError
    return value


def _called(name: str, call: ast.Call) -> Any:
    """What float("1e-3"), math.sqrt(2), range(3) or dict(a=1) is."""
    alone, function = _name_alone(call.func), _function_of(call.func)
    if function is not None and len(call.args) == 1 and not call.keywords:
        value = _value(name, call.args[0])
        if isinstance(value, bool) or not (isinstance(value, int | float) or (isinstance(value, str) and alone in ("float", "int"))):
            raise TypeError
        return _bounded(function(value))
    if alone == "range" and not call.keywords:
        steps = range(*(_number(name, each) for each in call.args))
        if len(steps) > MOST_LISTED:
            raise OverflowError
        return list(steps)
    if alone == "dict" and not call.args and all(each.arg for each in call.keywords):
        return {str(each.arg): _value(name, each.value) for each in call.keywords}
    if alone in ("list", "tuple") and len(call.args) == 1 and not call.keywords:
        return list(_value(name, call.args[0]))
    raise refuse(f"{name}: {shown(call)} is not known here, because the service does not run code: write its value")


def _function_of(node: ast.expr) -> Callable[[Any], Any] | None:
    """The function that an expression names."""
    if isinstance(node, ast.Name):
        return FUNCTIONS[node.id] if node.id in ALONE else None
    return FUNCTIONS.get(node.attr) if isinstance(node, ast.Attribute) and _name_alone(node.value) in MODULES else None


def _name_alone(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""

"""How an objective's value and gradient change along a direction: its own kernel, each statement with its derivative beside it.

Forward over reverse, exact but for rounding. `hessian` does the same in Python, at one point; this is compiled, for a loop.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from inspect import getsource
from itertools import count
from textwrap import dedent
from typing import Any, NamedTuple

from ..compiled.jit import Kernel, inlined, made
from ..compiled.signatures import ALONG
from .hessian import DERIVATIVES

#: The names that are made here: of a number, of the derivative of a name. Those of a kernel have no two underscores in a row.
NUMBER, SLOPE = "n__{}", "{}__along"
ARRAYS = ("x", "values", "gradients")


@inlined
def slope_of_abs(number, slope):  # type: ignore[no-untyped-def]
    """The derivative of |number|; at 0 that to the right."""
    return -slope if number < 0.0 else slope


@inlined
def slope_of_power(number, power, slope):  # type: ignore[no-untyped-def]
    """The derivative of number^power: 0 where the number does not change, also where its slope is infinite."""
    return 0.0 if power == 0.0 or slope == 0.0 else power * number ** (power - 1.0) * slope


@inlined
def larger_slope(first, second, slope, other):  # type: ignore[no-untyped-def]
    """The derivative of the larger of two numbers; of equal ones that of the first."""
    return other if second > first else slope


#: The derivatives of functions of one number.
SLOPES = {f"slope_of_{name}": inlined(derivative) for name, derivative in DERIVATIVES.items()}
PARTS = {**SLOPES, "slope_of_abs": slope_of_abs, "slope_of_power": slope_of_power, "larger_slope": larger_slope}

#: The result of these does not change with a number but where it jumps.
STEPS = frozenset({"copysign", "float"})


class Changing(NamedTuple):
    """A number as a text, with the text of its derivative; None where that is 0 everywhere."""

    value: str
    slope: str | None = None


class AlongWriter:
    """Writes the statements of one kernel, each number with its derivative."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.named: dict[str, Any] = dict(PARTS)
        self._lines, self._indent, self._numbers = list[str](), "    ", count()
        body = self._body(function)
        self._changing = _changing(body)
        for statement in body:
            self._statement(statement)

    @property
    def text(self) -> str:
        """The statements, indented as a body."""
        return "\n".join(self._lines)

    def _body(self, function: Callable[..., Any]) -> Sequence[ast.stmt]:
        """The statements of a function, without its docstring; what it takes from its module is at hand from now on."""
        plain: Any = getattr(function, "py_func", function)
        found = {name: plain.__globals__[name] for name in plain.__code__.co_names if name in plain.__globals__}
        clash = [name for name in found.keys() & self.named.keys() if self.named[name] is not found[name]]
        if clash:
            raise ValueError(f"{plain.__name__} has other meanings for {clash}, so it has no derivatives")
        if any("__" in name for name in plain.__code__.co_varnames):
            raise ValueError(f"{plain.__name__} has a name with two underscores, so it has no derivatives")
        self.named |= found
        definition = ast.parse(dedent(getsource(plain))).body[0]
        assert isinstance(definition, ast.FunctionDef)
        return [each for each in definition.body if not isinstance(each, ast.Expr)]

    def _new_name(self) -> str:
        return NUMBER.format(next(self._numbers))

    def _write(self, line: str) -> None:
        self._lines.append(self._indent + line)

    def _within(self, head: str, statements: Sequence[ast.stmt]) -> None:
        self._write(head)
        self._indent += "    "
        for statement in statements:
            self._statement(statement)
        self._indent = self._indent[4:]

    def _statement(self, statement: ast.stmt) -> None:
        match statement:
            case ast.For(target, iterated, body):
                self._within(f"for {ast.unparse(target)} in {ast.unparse(iterated)}:", body)
            case ast.If(test, body, otherwise):
                self._within(f"if {ast.unparse(test)}:", body)
                if otherwise:
                    self._within("else:", otherwise)
            case ast.AugAssign(target, operation, value):
                before = ast.parse(ast.unparse(target), mode="eval").body
                self._assign(target, ast.BinOp(before, operation, value))
            case ast.Assign([target], value):
                self._assign(target, value)
            case _:
                raise ValueError(f"a kernel with {ast.unparse(statement)!r} has no derivatives")

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        """All values and derivatives at once: a value may be that of a name that gets another."""
        targets = target.elts if isinstance(target, ast.Tuple) else [target]
        if not any(_mentions(each, self._changing) for each in targets):
            self._write(f"{ast.unparse(target)} = {ast.unparse(value)}")
            return
        values = value.elts if isinstance(value, ast.Tuple) else [value]
        left, right = list[str](), list[str]()
        for place, number in zip(targets, map(self._number, values), strict=True):
            left.append(ast.unparse(place))
            right.append(number.value)
            if _mentions(place, self._changing):
                left.append(_slope_of(place))
                right.append(number.slope or "0.0")
        self._write(f"{', '.join(left)} = {', '.join(right)}")

    def _number(self, node: ast.expr) -> Changing:
        """Write what computes a number and its derivative; returns the names of both."""
        if not _mentions(node, self._changing):
            return Changing(f"({ast.unparse(node)})")
        match node:
            case ast.Name() | ast.Subscript():
                return Changing(ast.unparse(node), _slope_of(node))
            case ast.UnaryOp(ast.USub(), operand):
                number = self._number(operand)
                return self._kept(f"-{number.value}", number.slope and f"-{number.slope}")
            case ast.BinOp(first, operation, second):
                return self._combined(operation, self._number(first), self._number(second))
            case ast.IfExp(test, first, second):
                return self._chosen(test, first, second)
            case ast.Call(ast.Name(function), arguments):
                return self._called(function, arguments)
        raise ValueError(f"{ast.unparse(node)!r} has no derivative")

    def _kept(self, value: str, slope: str | None) -> Changing:
        """A value and a derivative under new names."""
        name = self._new_name()
        self._write(f"{name} = {value}")
        if slope is None:
            return Changing(name)
        self._write(f"{SLOPE.format(name)} = {slope}")
        return Changing(name, SLOPE.format(name))

    def _combined(self, operation: ast.operator, a: Changing, b: Changing) -> Changing:
        """The sum, difference, product, quotient or power of two numbers."""
        match operation:
            case ast.Add():
                return self._kept(f"{a.value} + {b.value}", _sum(a.slope, b.slope))
            case ast.Sub():
                return self._kept(f"{a.value} - {b.value}", _sum(a.slope, b.slope and f"(-{b.slope})"))
            case ast.Mult():
                parts = a.slope and f"{a.slope} * {b.value}", b.slope and f"{a.value} * {b.slope}"
                return self._kept(f"{a.value} * {b.value}", _sum(*parts))
            case ast.Div():
                quotient = self._kept(f"{a.value} / {b.value}", None).value
                above = _sum(a.slope, b.slope and f"(-{quotient} * {b.slope})")
                return self._kept(quotient, f"({above}) / {b.value}")
            case ast.Pow() if b.slope is None:
                return self._kept(f"{a.value} ** {b.value}", f"slope_of_power({a.value}, {b.value}, {a.slope})")
        raise ValueError(f"{type(operation).__name__} has no derivative")

    def _chosen(self, test: ast.expr, first: ast.expr, second: ast.expr) -> Changing:
        """One of two numbers: only what is chosen is computed."""
        name = self._new_name()
        for head, chosen in ((f"if {ast.unparse(test)}:", first), ("else:", second)):
            self._write(head)
            self._indent += "    "
            value, slope = self._number(chosen)
            self._write(f"{name}, {SLOPE.format(name)} = {value}, {slope or '0.0'}")
            self._indent = self._indent[4:]
        return Changing(name, SLOPE.format(name))

    def _called(self, function: str, arguments: Sequence[ast.expr]) -> Changing:
        """What a function gives: one of `math`, or one of ours that is a single expression."""
        numbers = [self._number(argument) for argument in arguments]
        values = ", ".join(number.value for number in numbers)
        if function in STEPS:
            return self._kept(f"{function}({values})", None)
        if function == "abs":
            return self._kept(f"abs({values})", f"slope_of_abs({values}, {numbers[0].slope})")
        if function == "max":
            slopes = ", ".join(number.slope or "0.0" for number in numbers)
            return self._kept(f"max({values})", f"larger_slope({values}, {slopes})")
        if function in DERIVATIVES:
            return self._kept(f"{function}({values})", f"slope_of_{function}({values}) * {numbers[0].slope}")
        return self._written_out(self.named[function], numbers)

    def _written_out(self, function: Any, numbers: Sequence[Changing]) -> Changing:
        """The expression of a function, with new names for its arguments."""
        (body,) = self._body(function)
        assert isinstance(body, ast.Return)
        assert body.value is not None
        plain, names = getattr(function, "py_func", function), dict[str, str]()
        for argument, number in zip(plain.__code__.co_varnames, numbers, strict=False):
            names[argument] = self._new_name()
            self._write(f"{names[argument]}, {SLOPE.format(names[argument])} = {number.value}, {number.slope or '0.0'}")
        for node in ast.walk(body):
            if isinstance(node, ast.Name) and node.id in names:
                node.id = names[node.id]
        self._changing |= set(names.values())
        return self._number(body.value)


def _names(node: ast.AST) -> Iterator[str]:
    """The names of the numbers and arrays in an expression, but not those whose shape alone is asked."""
    if isinstance(node, ast.Name):
        yield node.id
    if not isinstance(node, ast.Attribute):
        for child in ast.iter_child_nodes(node):
            yield from _names(child)


def _mentions(node: ast.AST, names: set[str]) -> bool:
    return not names.isdisjoint(_names(node))


def _slope_of(place: ast.expr) -> str:
    """The derivative of a name, or of an entry of an array."""
    if isinstance(place, ast.Subscript):
        return ast.unparse(ast.Subscript(ast.Name(_slope_of(place.value)), place.slice))
    return SLOPE.format(ast.unparse(place))


def _sum(first: str | None, second: str | None) -> str | None:
    return f"{first} + {second}" if first and second else first or second


def _changing(body: Sequence[ast.stmt]) -> set[str]:
    """The names whose numbers change with x: what is assigned from one of them is one too."""
    found, size = set(ARRAYS), 0
    assigned = [each for statement in body for each in ast.walk(statement) if isinstance(each, ast.Assign | ast.AugAssign)]
    while size < len(found):
        size = len(found)
        for each in assigned:
            target = each.targets[0] if isinstance(each, ast.Assign) else each.target
            is_pairs = isinstance(target, ast.Tuple) and isinstance(each.value, ast.Tuple)
            pairs = zip(target.elts, each.value.elts, strict=True) if is_pairs else [(target, each.value)]  # type: ignore[attr-defined]
            for place, value in pairs:
                if _mentions(value, found):
                    found |= {node.id for node in ast.walk(place) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return found


@cache
def along(objective: Kernel) -> Kernel:
    """The kernel of the signature `ALONG` that belongs to an objective's; compiled when it is first needed.

    Raises ValueError where a statement of the objective's has no derivative here.
    """
    plain, writer = getattr(objective.function, "py_func", objective.function), AlongWriter(objective.function)
    name = f"{plain.__name__}_along"
    text = f"def {name}(x, parameters, values, gradients, {', '.join(map(SLOPE.format, ARRAYS))}):\n{writer.text}\n"
    return Kernel(made(name, text, plain.__module__, allocates=False, **writer.named), ALONG)

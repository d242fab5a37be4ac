"""A call of Python as text, taken apart: the name that is called, its arguments and their constant values. Nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from textwrap import dedent

from .constants import folded
from .faults import Collector, refuse

#: The most characters of a call, and how deep its parts may stand in one another.
LONGEST_CALL, DEEPEST = 1000, 60

#: The value of an argument: a constant, or what Python computes from constants alone; raises Refusal.
literal = folded


def parsed(text: str, example: str) -> ast.Call:
    """The call that a text is; it may be assigned to a name, and imports may stand before it. Raises Refusal."""
    if len(text) > LONGEST_CALL:
        raise refuse(f"expected at most {LONGEST_CALL} characters")
    try:
        statements = ast.parse(dedent(text).strip()).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise refuse(f"expected the text of one call such as {example}: this is not valid Python") from None
    imports = [each for each in statements if isinstance(each, ast.Import | ast.ImportFrom)]
    others = [each for each in statements if each not in imports]
    if len(others) != 1:
        raise refuse(f"expected the text of one call such as {example}, without other lines")
    call = _called_in(others[0])
    if call is None:
        raise refuse(f"expected the text of one call such as {example}")
    if _is_deep(call):
        raise refuse(f"expected the text of one call such as {example}: its parts stand too deep in one another")
    return _Imported(imports).visit(call)  # type: ignore[no-any-return]


def _is_deep(call: ast.Call) -> bool:
    """Whether the parts of a call stand deeper in one another than anybody writes them."""
    level: list[ast.AST] = [call]
    for _ in range(DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return bool(level)


def _called_in(statement: ast.stmt) -> ast.Call | None:
    """The call that a statement is, or that it gives a name to."""
    if isinstance(statement, ast.Assign) and len(statement.targets) != 1:
        return None
    value = statement.value if isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign) else None
    return value if isinstance(value, ast.Call) else None


class _Imported(ast.NodeTransformer):
    """Puts the dotted names of imports in place of the names that they give."""

    def __init__(self, imports: Sequence[ast.Import | ast.ImportFrom]) -> None:
        self.paths = dict[str, str]()
        for each in imports:
            module = f"{each.module}." if isinstance(each, ast.ImportFrom) and each.module else ""
            self.paths |= {alias.asname or alias.name: f"{module}{alias.name}" for alias in each.names if module or alias.asname}

    def visit_Name(self, node: ast.Name) -> ast.expr:
        path = self.paths.get(node.id)
        return ast.parse(path, mode="eval").body if path else node


def name_of(call: ast.Call, example: str) -> str:
    """The last part of the dotted name that is called."""
    if isinstance(call.func, ast.Name):
        return call.func.id
    if isinstance(call.func, ast.Attribute):
        if isinstance(_root(call.func), ast.Call):
            raise refuse(f"post the constructor alone, without .{call.func.attr}(...)")
        return call.func.attr
    raise refuse(f"expected a name in front of the arguments, as in {example}")


def _root(node: ast.expr) -> ast.expr:
    """What a dotted name begins with."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node


def modules_of(call: ast.Call) -> list[str]:
    """The names before the last of the dotted name that is called, from the last to the first."""
    found, node = list[str](), call.func
    while isinstance(node, ast.Attribute):
        node = node.value
        found.append(node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else "")
    return found


def positional(call: ast.Call) -> list[ast.expr]:
    """The arguments without a name; those of a list behind an asterisk by themselves."""
    found = list[ast.expr]()
    for each in call.args:
        listed = each.value if isinstance(each, ast.Starred) else None
        found += listed.elts if isinstance(listed, ast.List | ast.Tuple) else [each]
    return found


def arguments_of(call: ast.Call, names: Sequence[str], told: str, faults: Collector) -> dict[str, ast.expr]:
    """The arguments of a call by name; `names` are those that may stand without a name, in their order, `told` says so."""
    given = positional(call)
    unpacked = any(isinstance(argument, ast.Starred) for argument in given)
    if unpacked:
        faults.add("expected every argument by itself: * is accepted only before a list")
    elif len(given) > len(names):
        faults.add(told)
    found = {} if unpacked else dict(zip(names, given, strict=False))
    for name, value in _named(call, faults):
        if name in found:
            faults.add(f"{name} is given twice")
        else:
            found[name] = value
    return found


def _named(call: ast.Call, faults: Collector) -> list[tuple[str, ast.expr]]:
    """The arguments with their names; those of an object behind two asterisks by themselves."""
    found = list[tuple[str, ast.expr]]()
    for keyword in call.keywords:
        if keyword.arg is not None:
            found.append((keyword.arg, keyword.value))
        elif members := members_of(keyword.value):
            found += members.items()
        else:
            faults.add("expected every argument by its name: ** is accepted only before an object such as {'lr': 0.1}")
    return found


def members_of(node: ast.expr) -> Mapping[str, ast.expr] | None:
    """The members of an object whose keys are texts."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args:
        return {each.arg: each.value for each in node.keywords if each.arg is not None}
    if not isinstance(node, ast.Dict):
        return None
    keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
    return {str(key): value for key, value in zip(keys, node.values, strict=True)} if all(isinstance(key, str) for key in keys) else None

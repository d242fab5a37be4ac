"""A tree as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .tree import Node

#: How strongly the last operation of a printed part binds.
SUM, PRODUCT, SIGNED, RAISED, CLOSED = range(5)

GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi", "pi", "rho",
    "sigma", "tau", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi", "Psi", "Omega",
)  # fmt: skip

#: Functions that LaTeX has; the others are written upright.
OF_LATEX = {"log": r"\log", "sin": r"\sin", "cos": r"\cos", "tan": r"\tan", "tanh": r"\tanh", "sinh": r"\sinh", "cosh": r"\cosh"}
OF_LATEX |= {"atan": r"\arctan", "min": r"\min", "max": r"\max"}

Printed = tuple[str, int]


def latex(nodes: Sequence[Node]) -> str:
    """The whole tree, of which the last node is the top."""
    parts = list[Printed]()
    for node in nodes:
        parts.append(_printed(node, nodes, parts))
    return parts[-1][0]


def name_in_latex(name: str) -> str:
    """A name: a letter as it is, `kappa` as the letter, `x1` and `x_1` with an index, others upright."""
    found = re.fullmatch(r"([^\W\d_]+)_?(\d*)", name)
    stem, index = found.groups() if found else (name, "")
    if stem in GREEK:
        stem = f"\\{stem}"
    elif len(stem) > 1:
        stem = "\\mathrm{" + stem.replace("_", "\\_") + "}"
    return f"{stem}_{{{index}}}" if index else stem


def _printed(node: Node, nodes: Sequence[Node], parts: Sequence[Printed]) -> Printed:
    operands = [parts[number] for number in node.operands]
    if node.kind == "number":
        return _number(node.name)
    if node.kind == "name":
        return name_in_latex(node.name), CLOSED
    if node.kind == "positive":
        return operands[0]
    if node.kind == "negative":
        return "-" + _within(operands[0], SIGNED + 1), SIGNED
    if node.kind == "call":
        return _call(node, nodes, parts)
    return _binary(node.kind, *operands)


def _number(written: str) -> Printed:
    """A number; powers of ten as such."""
    digits, _, exponent = written.lower().partition("e")
    if not exponent:
        return digits, CLOSED
    power = f"10^{{{int(exponent)}}}"
    return (power, RAISED) if float(digits) == 1 else (rf"{digits} \cdot {power}", PRODUCT)


def _binary(kind: str, left: Printed, right: Printed) -> Printed:
    if kind == "add":
        return f"{_within(left, SUM)} + {_within(right, PRODUCT)}", SUM
    if kind == "subtract":
        return f"{_within(left, SUM)} - {_within(right, PRODUCT)}", SUM
    if kind == "divide":
        return rf"\frac{{{left[0]}}}{{{right[0]}}}", PRODUCT
    if kind == "power":
        return f"{_within(left, CLOSED)}^{{{right[0]}}}", RAISED
    factor = _within(right, SIGNED + 1 if right[0].startswith("-") else PRODUCT)
    between = r" \cdot " if factor[0].isdigit() else r" \, "
    return f"{_within(left, PRODUCT)}{between}{factor}", PRODUCT


def _call(node: Node, nodes: Sequence[Node], parts: Sequence[Printed]) -> Printed:
    arguments = [parts[number][0] for number in _arguments(node, nodes)]
    if node.name == "exp":
        return f"e^{{{arguments[0]}}}", RAISED
    if node.name == "sqrt":
        return rf"\sqrt{{{arguments[0]}}}", CLOSED
    if node.name == "abs":
        return rf"\left|{arguments[0]}\right|", CLOSED
    name = OF_LATEX.get(node.name) or rf"\mathrm{{{node.name}}}"
    return rf"{name}\left({', '.join(arguments)}\right)", CLOSED


def _arguments(node: Node, nodes: Sequence[Node]) -> list[int]:
    """The arguments of a call, those of several together: `min(a, b, c)` is two nodes of one place."""
    first, *rest = node.operands
    while rest and (nodes[first].kind, nodes[first].name, nodes[first].position) == (node.kind, node.name, node.position):
        first, before = nodes[first].operands
        rest.insert(0, before)
    return [first, *rest]


def _within(part: Printed, binds: int) -> str:
    """A part as an operand: in brackets where it binds less strongly."""
    return part[0] if part[1] >= binds else rf"\left({part[0]}\right)"

"""Expressions by chance, each known by its seed and number: right ones, with a point, and texts that nobody should send.

It needs nothing of the service: what checks the service with another program's numbers makes the same expressions there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

NAMES = ("x", "y", "w1", "beta")
OF_ONE = (
    "exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "sinh", "cosh", "atan", "abs", "sign", "logistic", "softplus", "log1p", "expm1",
)  # fmt: skip
SIGNS = ("+", "-", "*", "/", "**", "^")
NUMBERS = ("0", "1", "2", "3", "7", "0.5", "1.5", ".25", "2.", "1e-3", "2.5E2", "10")
POWERS = ("2", "3", "4", "-1", "0.5", "-2", "1", "0", "1.5", "7")

WORD = re.compile(r"[a-z_]\w*")

#: What hostile texts are made of beside the pieces of right ones.
ODDITIES = (
    "(", ")", "[", "]", "{", "}", ",", ".", "=", "==", "<", "'", '"', "\\", "%", "//", "!", "@", "#", ";", ":", "_", "__class__", "np.exp",
    "import os", "lambda x: x", "if", "x.y", "2x", "x y", "²", "−", "×", "π", "\x00", "\n", "\t", "\u202e", "1e999", "1e-999", "0x10",
    "1_000", "sin", "sin()", "sin(x, y)", "min(x)", "max()", "exp exp", "**", "^^", "--", "+-+", "f(x)", "eval('1')", "É", "😀", "nan",
    "inf", "e", "pi",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """An expression in some of `NAMES`, and a number for each of its variables, in the order of their first appearance."""

    text: str
    point: dict[str, float]


def valid(seed: int, number: int) -> Case:
    """A right expression of at least one variable."""
    chance = Random(f"{seed}:{number}")
    while True:
        text = _sum_of(chance, chance.randint(1, 4), chance.choice((1, 2, 2, 3)))
        there = dict.fromkeys(name for name in WORD.findall(text) if name in NAMES)
        if there:
            return Case(text, {name: round(chance.uniform(-2.5, 2.5), 6) for name in there})


def hostile(seed: int, number: int) -> str:
    """A text that is mostly wrong: a right one that was damaged, pieces in any order, or far too much of something."""
    chance = Random(f"hostile {seed}:{number}")
    kind = chance.random()
    if kind < 0.5:
        text = valid(seed, number).text
        for _ in range(chance.randint(1, 4)):
            at = chance.randint(0, len(text))
            text = text[:at] + chance.choice((*ODDITIES, "", "")) + text[at + chance.randint(0, 3) :]
        return text
    if kind < 0.9:
        return "".join(chance.choice((*ODDITIES, *NAMES, *SIGNS, *NUMBERS, *OF_ONE, " ")) for _ in range(chance.randint(0, 40)))
    piece, times = chance.choice(("(", "-", "x**", "sin(", "x+", "((x)", "min(x,", "1", "a", "x^", "9" * 50, ")", "[", "2x", "x y ")), 10
    return (piece * chance.choice((times, 100, 1000, 5000)))[: chance.choice((500, 5000, 9000))] + chance.choice(("", "x", "1"))


def _sum_of(chance: Random, operands: int, depth: int) -> str:
    """Some operands with signs between them: what belongs together is for the reader to know."""
    text = _operand(chance, depth)
    for _ in range(operands - 1):
        sign = chance.choice(SIGNS)
        space = chance.choice(("", " "))
        right = chance.choice(POWERS) if sign in ("**", "^") and chance.random() < 0.8 else _operand(chance, depth)
        text += f"{space}{sign}{space}{right}"
    return text


def _operand(chance: Random, depth: int) -> str:
    kind = chance.random()
    if depth == 0 or kind < 0.35:
        return chance.choice((*NAMES, *NAMES, *NUMBERS, "pi", "e"))
    if kind < 0.55:
        return f"({_sum_of(chance, chance.randint(1, 4), depth - 1)})"
    if kind < 0.65:
        return chance.choice(("-", "- ", "+")) + _operand(chance, depth - 1)
    if kind < 0.75:
        arguments = ", ".join(_sum_of(chance, chance.randint(1, 2), depth - 1) for _ in range(chance.randint(2, 4)))
        return f"{chance.choice(('min', 'max'))}({arguments})"
    return f"{chance.choice(OF_ONE)}({_sum_of(chance, chance.randint(1, 3), depth - 1)})"

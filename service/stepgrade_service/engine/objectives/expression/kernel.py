"""The one kernel of every expression: it runs a tape forward for the value, and in reverse for the gradient.

A row holds one quantity for a block of runs, which stand side by side: so a tape of any length needs the same memory, and the compiler
works on several runs at a time. A single run goes a way of its own, without the loops over runs. Both are written from the one table of
operations, so that they agree to the last bit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...compiled.arithmetic import quotient_or_zero
from ...compiled.jit import compiled_loop, inlined, made, scratch
from ..declaration import objective_kernel
from .operations import HEAD, OPERATIONS, SCRATCH, WIDTH, block_width

#: How many runs a block has, in compiled code.
width_for = inlined(block_width)


@inlined
def logistic(a):  # type: ignore[no-untyped-def]
    """1 / (1 + e^-a)"""
    return 1.0 / (1.0 + np.exp(-a))


@inlined
def root(a):  # type: ignore[no-untyped-def]
    """a^0.5 as IEEE 754 has powers: 0 of -0, infinity of -infinity."""
    return np.inf if a == -np.inf else np.sqrt(a + 0.0)


@inlined
def softplus(a):  # type: ignore[no-untyped-def]
    """log(1 + e^a), which does not overflow."""
    return (a if a > 0.0 or a != a else 0.0) + np.log1p(np.exp(-abs(a)))


@inlined
def least(a, b):  # type: ignore[no-untyped-def]
    """The lesser of two numbers; nan where one is nan."""
    return a if a < b or a != a else b


@inlined
def greatest(a, b):  # type: ignore[no-untyped-def]
    """The greater of two numbers; nan where one is nan."""
    return a if a > b or a != a else b


@inlined
def share_of(a, b, d):  # type: ignore[no-untyped-def]
    """What of d goes to a where the lesser of a and b was taken: half where they are equal, whichever is written first."""
    return d if a < b else (0.5 * d if a == b else 0.0)


@inlined
def sign(a):  # type: ignore[no-untyped-def]
    """-1, 0 or 1; nan of nan."""
    return 1.0 if a > 0.0 else (-1.0 if a < 0.0 else a)


@inlined
def slope_of_power(a, c):  # type: ignore[no-untyped-def]
    """The derivative of a^c by a; 0 where c is 0."""
    return 0.0 if c == 0.0 else c * a ** (c - 1.0)


@inlined
def slope_of_exponent(a, b, raised):  # type: ignore[no-untyped-def]
    """The derivative of a^b by b, where a^b = raised: 0 where a is 0 and b not below 0."""
    return 0.0 if a == 0.0 and b >= 0.0 else raised * np.log(a)


@inlined
def curve_of_power(a, c):  # type: ignore[no-untyped-def]
    """The second derivative of a^c by a; 0 where c is 0 or 1."""
    return 0.0 if c == 0.0 or c == 1.0 else c * (c - 1.0) * a ** (c - 2.0)


@inlined
def mixed_of_power(a, b):  # type: ignore[no-untyped-def]
    """The derivative of a^b by a and b: 0 where a is 0 and b above 1."""
    return 0.0 if a == 0.0 and b > 1.0 else a ** (b - 1.0) * (1.0 + b * np.log(a))


@inlined
def passed(d, slope):  # type: ignore[no-untyped-def]
    """What of d goes back through a function of this slope: nothing of nothing, also where the slope is infinite."""
    return 0.0 if d == 0.0 else d * slope


#: What stands for the letters of an operation, in a row of a block and where there is one run.
IN_A_BLOCK = {"a": "rows[first, r]", "b": "rows[second, r]", "o": "rows[row, r]", "d": "back[row, r]"}
ALONE = {"a": "rows[first]", "b": "rows[second]", "o": "rows[row]", "d": "back[row]"}

FORWARD = """
def {name}(codes, parameters, dimension, rows, {more}):
    for k in range(codes[0]):
        place, row = {head} + {width} * k, dimension + k
        code, first, second, c = codes[place], codes[place + 1], codes[place + 2], parameters[place + 2]
"""

REVERSE = """
def {name}(codes, parameters, dimension, rows, {more}):
    for k in range(codes[0] - 1, -1, -1):
        place, row = {head} + {width} * k, dimension + k
        code, first, second, c = codes[place], codes[place + 1], codes[place + 2], parameters[place + 2]
"""


def written(text: str, letters: Mapping[str, str]) -> str:
    """The text of an operation with what its letters stand for."""
    return re.sub(r"\b[abod]\b", lambda letter: letters[letter.group()], text)


def forward(name: str, letters: Mapping[str, str], loop: str) -> Any:
    """The function that runs a tape forward."""
    lines = [[f"{letters['o']} = {written(each.value, letters)}"] for each in OPERATIONS]
    return chosen(name, FORWARD, lines, loop, "width" if loop else "_")


def reverse(name: str, letters: Mapping[str, str], loop: str) -> Any:
    """The function that runs it in reverse, from the derivative of the result to those of all rows."""
    lines = []
    for each in OPERATIONS:
        to_a, to_b = (written(text, letters) for text in (each.to_a, each.to_b))
        back = [f"{letters[to].replace('rows', 'back')} += {text}" for to, text in (("a", to_a), ("b", to_b)) if text]
        lines.append(back)
    return chosen(name, REVERSE, lines, loop, "back, width" if loop else "back")


def chosen(name: str, head: str, lines: list[list[str]], loop: str, more: str) -> Any:
    """A function that does for each operation what its lines say, within a loop over the runs if there is one."""
    text = head.format(name=name, head=HEAD, width=WIDTH, more=more)
    for number, each in enumerate(lines):
        text += f"        {'elif' if number else 'if'} code == {number}:\n"
        text += f"            {loop}\n" if loop else ""
        text += "".join(f"            {'    ' if loop else ''}{line}\n" for line in each)
    return made(name, text, __name__, allocates=False, **PARTS)


PARTS = {
    "np": np,
    "quotient_or_zero": quotient_or_zero,
    "logistic": logistic,
    "root": root,
    "softplus": softplus,
    "least": least,
    "greatest": greatest,
    "share_of": share_of,
    "sign": sign,
    "slope_of_power": slope_of_power,
    "slope_of_exponent": slope_of_exponent,
    "curve_of_power": curve_of_power,
    "mixed_of_power": mixed_of_power,
    "passed": passed,
}

OVER_RUNS = "for r in range(width):"
block_forward, block_reverse = forward("block_forward", IN_A_BLOCK, OVER_RUNS), reverse("block_reverse", IN_A_BLOCK, OVER_RUNS)
alone_forward, alone_reverse = forward("alone_forward", ALONE, ""), reverse("alone_reverse", ALONE, "")


@compiled_loop
def run_alone(codes, x, parameters, values, gradients, rows, back):  # type: ignore[no-untyped-def]
    """The one run there is; rows, back: (rows,)."""
    dimension, result = x.shape[0], codes[1]
    for i in range(dimension):
        rows[i] = x[i, 0]
    alone_forward(codes, parameters, dimension, rows, 0)
    values[0] = rows[result]
    for i in range(back.size):
        back[i] = 0.0
    back[result] = 1.0
    alone_reverse(codes, parameters, dimension, rows, back)
    for i in range(dimension):
        gradients[i, 0] = back[i]


@compiled_loop
def run_block(codes, begin, count, x, parameters, values, gradients, rows, back):  # type: ignore[no-untyped-def]
    """Runs begin .. begin + count - 1; rows, back: (rows, at least count)."""
    dimension, result = x.shape[0], codes[1]
    for i in range(dimension):
        for r in range(count):
            rows[i, r] = x[i, begin + r]
    block_forward(codes, parameters, dimension, rows, count)
    for i in range(back.shape[0]):
        for r in range(count):
            back[i, r] = 0.0
    for r in range(count):
        values[begin + r] = rows[result, r]
        back[result, r] = 1.0
    block_reverse(codes, parameters, dimension, rows, back, count)
    for i in range(dimension):
        for r in range(count):
            gradients[i, begin + r] = back[i, r]


@compiled_loop
def expression(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """The value and the gradient of what the tape in `parameters` says."""
    codes, room, runs = parameters.view(np.int64), scratch(SCRATCH), x.shape[1]
    size = x.shape[0] + codes[0]
    if runs == 1:
        run_alone(codes, x, parameters, values, gradients, room[:size], room[size : 2 * size])
        return
    width = min(width_for(size), max(runs, 1))
    rows, back = room[: size * width].reshape(size, width), room[size * width : 2 * size * width].reshape(size, width)
    for begin in range(0, runs, width):
        run_block(codes, begin, min(width, runs - begin), x, parameters, values, gradients, rows, back)


TAPE = objective_kernel(expression)

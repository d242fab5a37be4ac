"""What a student's code does with its arguments, as its bytecode has it: which it calls as functions, and whether it goes round."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dis import Instruction, get_instructions
from functools import partial
from itertools import pairwise
from types import CodeType, FunctionType
from typing import Any

#: Since Python 3.13 the empty place for `self` comes after what is called, and before that it came before it.
CALLED_FIRST = sys.version_info >= (3, 13)
LOADS = ("LOAD_FAST", "LOAD_DEREF")


def called_arguments(student: Callable[..., Any]) -> list[str]:
    """The names of the arguments that a function calls, in their order."""
    made = student.func if isinstance(student, partial) else student
    code = getattr(made, "__code__", None)
    if not isinstance(code, CodeType):
        return []
    found = {name for each in codes_in(code) for name in _called_in(each)}
    arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return [name for name in arguments if name in found]


def goes_round(student: Callable[..., Any]) -> bool:
    """Whether there is a loop in a function, or in one within it."""
    made = student.func if isinstance(student, partial) else student
    codes = codes_in(getattr(made, "__code__", None))
    return any(each.opname == "FOR_ITER" or "JUMP_BACKWARD" in each.opname for code in codes for each in get_instructions(code))


def goes_round_elsewhere(student: Callable[..., Any]) -> bool:
    """Whether there is a loop in another function of the student's that a function uses: it may hand its gradient function on."""
    made = student.func if isinstance(student, partial) else student
    held = getattr(made, "__globals__", {})
    names = {name for code in codes_in(getattr(made, "__code__", None)) for name in code.co_names}
    others = [held[name] for name in names & held.keys() if isinstance(held[name], FunctionType)]
    return any(goes_round(other) for other in others if other.__globals__ is held and other is not made)


def texts_in(student: Callable[..., Any]) -> list[str]:
    """The texts in a function that may be names in a dictionary, in their order."""
    made = student.func if isinstance(student, partial) else student
    constants = [each for code in codes_in(getattr(made, "__code__", None)) for each in code.co_consts]
    texts = [text for each in constants for text in (each if isinstance(each, tuple) else [each]) if isinstance(text, str)]
    return [text for text in dict.fromkeys(texts) if text.isidentifier() and text != getattr(made, "__doc__", None)]


def codes_in(code: Any) -> Iterator[CodeType]:
    """The code of a function, and of those within it."""
    if isinstance(code, CodeType):
        yield code
        for part in code.co_consts:
            yield from codes_in(part)


def _called_in(code: CodeType) -> Iterator[str]:
    for one, other in pairwise(get_instructions(code)):
        empty, loaded = (other, one) if CALLED_FIRST else (one, other)
        if empty.opname == "PUSH_NULL" and loaded.opname.startswith(LOADS):
            yield _name(loaded)


def _name(loaded: Instruction) -> str:
    """What is loaded last: Python loads two variables at once."""
    return str(loaded.argval[-1] if isinstance(loaded.argval, tuple) else loaded.argval)

"""How the numerics are compiled, and how a compiled function is handed on to another."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np
from numba import config, njit, types
from numba.core.types import WrapperAddressProtocol

from . import cache
from .internals import (
    AS_A_PART,
    INTO_ITS_CALLER,
    WITHOUT_COUNTS,
    address_of,
    array_on_the_stack,
    calling,
    first_class,
    for_all_values,
    healing,
    is_on_disk,
    tell_the_linker,
)

integer = types.int64
number = types.float64
flag = types.boolean
vector = types.Array(number, 1, "C")
matrix = types.Array(number, 2, "C")
cube = types.Array(number, 3, "C")
integers = types.Array(integer, 1, "C")
integer_matrix = types.Array(integer, 2, "C")
nothing = types.void
function_type = types.FunctionType
named_tuple = types.NamedTuple
all_of = types.Tuple

JIT = not config.DISABLE_JIT

# error_model="numpy": with Python's, a division checks for zero and the loop around it no longer vectorises.
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}


def compiled(function: Callable[..., Any], **options: Any) -> Any:
    """Declare a function to be compiled at its first call, and kept on disk."""
    with cache.keeping(function, {**OPTIONS, **options}) as kept:
        return healing(njit(cache=kept, **OPTIONS, **options)(function))


def compiled_loop(function: Callable[..., Any]) -> Any:
    """The same for what is called in every step: without numba's reference counts, which would cost as much as the rest of a small step."""
    return compiled(function, **WITHOUT_COUNTS)


def compiled_into(function: Callable[..., Any]) -> Any:
    """The same for a long part of the loop: LLVM writes it into its callers, which takes half the time of writing its source there."""
    return compiled(function, **WITHOUT_COUNTS, **INTO_ITS_CALLER)


#: An array of so many float64, a constant, for as long as the function runs that asks for it; without the compiler one like any other.
scratch: Callable[[int], Any] = array_on_the_stack if JIT else np.empty


def part(function: Callable[..., Any]) -> Any:
    """Declare a function that only compiled functions call: it is compiled with each of them, and has no place on disk."""
    made_for_all = njit(**OPTIONS, **WITHOUT_COUNTS, **AS_A_PART)(function)
    return for_all_values(made_for_all) if JIT else made_for_all


def allocating_part(function: Callable[..., Any]) -> Any:
    """The same for one that makes arrays, or hands one of its own on."""
    made_for_all = njit(**OPTIONS, **AS_A_PART)(function)
    return for_all_values(made_for_all) if JIT else made_for_all


#: The same for one that has a single caller: it is written into it.
within = njit(**OPTIONS, **INTO_ITS_CALLER, **AS_A_PART)

#: A helper that is written into its callers, where a call would cost more than what it does.
inlined = njit(inline="always", **OPTIONS)


def made(name: str, source: str, module: str, *, allocates: bool, **named: Any) -> Any:
    """A compiled function of a text that this program wrote: `source` defines `name`, with `named` as its globals.

    `allocates` is whether it makes arrays; what does not is compiled as the loop is.
    """
    scope: dict[str, Any] = {"__name__": module, **named}
    exec(compile(source, f"<made for {module}>/{name}.py", "exec"), scope)  # noqa: S102 (nothing of a request is in the text)
    function = scope[name]
    function.made_from = sha256(source.encode()).digest()
    return compiled(function) if allocates else compiled_loop(function)


#: Without the compiler a function has no address: its place in this list serves.
UNCOMPILED: list[Callable[..., Any]] = []


def by_address(signature: Any) -> Any:
    """For compiled code: what finds the function of a signature by its `Kernel.address`."""
    return first_class(signature) if JIT else UNCOMPILED.__getitem__


class Kernel(WrapperAddressProtocol):
    """A function of one explicit signature that another compiled function takes as an argument.

    Its caller is then compiled once for each signature and not once for each function, and is found on disk again. The function is
    compiled, or loaded from there, when it is first needed. Without the compiler (`NUMBA_DISABLE_JIT=1`) the plain Python
    function serves.
    """

    def __init__(self, function: Callable[..., Any], signature: Any) -> None:
        self.function = function
        self._signature = signature

    @cached_property
    def address(self) -> int:
        """Where the compiled function is; it stays there as long as the process."""
        if not JIT:
            UNCOMPILED.append(self.function)
            return len(UNCOMPILED) - 1
        entry_point(self.function, self._signature)
        return address_of(self.function, self._signature)

    def __wrapper_address__(self) -> int:
        """numba's protocol for first-class functions: where compiled code finds it."""
        return self.address

    def signature(self) -> Any:
        """numba's protocol: what it takes and gives."""
        return self._signature

    @cached_property
    def call(self) -> Callable[..., Any]:
        """The function itself, to be called from Python with arguments of exactly its types."""
        return entry_point(self.function, self._signature)

    def load(self) -> None:
        """Compile it, or read it from disk, now."""
        if JIT:
            _ = self.address

    def keep(self) -> None:
        """Compile it now where it is not on disk; where it is, it is read when it is first needed."""
        if JIT and not is_on_disk(self.function, self._signature):
            self.load()

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments)


#: What compiled functions call where it stands. It is compiled with the core, so that none of them has to, and read when one is loaded.
SHARED: list[Kernel] = []


def shared(signature: Any) -> Callable[[Callable[..., Any]], Any]:
    """Declare a function of one signature that is compiled once, by itself, and not with each function that calls it.

    So a change of it compiles none of its callers anew. A call of it cannot be written into its caller: it is for what takes longer.
    """

    def declare(function: Callable[..., Any]) -> Any:
        kernel = Kernel(compiled(function), signature)
        symbol = f"{function.__module__}.{function.__name__}"
        SHARED.append(kernel)
        if not JIT:
            return function

        call = calling(symbol, function, signature, lambda: tell_the_linker(symbol, kernel.address))
        call.kernel = kernel
        return call

    return declare


def entry_point(function: Callable[..., Any], signature: Any) -> Callable[..., Any]:
    """The compiled form of `function` for `signature`, called without looking at the arguments' types again.

    On disk it is known by the types of its arguments alone, as it is where another compiled function calls it.
    """
    if not JIT:
        return function
    result: Callable[..., Any] = function.compile(signature.args)  # type: ignore[attr-defined]
    return result

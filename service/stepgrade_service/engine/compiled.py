"""How the numerics are compiled, and how a compiled function is handed on to another."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from numba import config, njit, types
from numba.core.types import WrapperAddressProtocol

integer = types.int64
number = types.float64
flag = types.boolean
function_of = types.FunctionType
every_of = types.UniTuple
all_of = types.Tuple
vector = types.Array(number, 1, "C")
matrix = types.Array(number, 2, "C")
cube = types.Array(number, 3, "C")
integers = types.Array(integer, 1, "C")
nothing = types.void

JIT = not config.DISABLE_JIT

# error_model="numpy": with Python's, a division checks for zero and the loop around it no longer vectorises.
compiled = njit(cache=True, nogil=True, error_model="numpy")

# A helper that a kernel calls; compiled into its caller, so it needs no cache entry of its own.
inlined = njit(nogil=True, error_model="numpy", inline="always")


class Kernel(WrapperAddressProtocol):
    """A function of one explicit signature that another compiled function takes as an argument.

    Its caller is then compiled once per signature and not once per function, and the disk cache hits. The function is
    compiled, or loaded from that cache, when it is first needed. Without the compiler (`NUMBA_DISABLE_JIT=1`) the plain
    Python function serves.
    """

    def __init__(self, function: Callable[..., Any], signature: Any) -> None:
        self.function = function
        self._signature = signature

    @cached_property
    def _compiled(self) -> Any:
        self.function.compile(self._signature)  # type: ignore[attr-defined]
        return self.function.get_compile_result(self._signature)  # type: ignore[attr-defined]

    @cached_property
    def _address(self) -> int:
        name = self._compiled.fndesc.llvm_cfunc_wrapper_name
        return int(self._compiled.library.get_pointer_to_function(name))

    def __wrapper_address__(self) -> int:
        return self._address

    def signature(self) -> Any:
        return self._signature

    def load(self) -> None:
        """Compile it, or read it from the disk cache, now."""
        if JIT:
            _ = self._address

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments)


def entry_point(function: Callable[..., Any], signature: Any) -> Callable[..., Any]:
    """The compiled form of `function` for `signature`, called without looking at the arguments' types again."""
    if not JIT:
        return function
    result: Callable[..., Any] = function.compile(signature)  # type: ignore[attr-defined]
    return result

"""How the numerics are compiled, and how a compiled function is handed on to another."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from numba import config, njit, types
from numba.core import cgutils
from numba.experimental.function_type import FunctionModel
from numba.extending import NativeValue, register_model, unbox

from . import cache

integer = types.int64
number = types.float64
flag = types.boolean
every_of = types.UniTuple
all_of = types.Tuple
vector = types.Array(number, 1, "C")
matrix = types.Array(number, 2, "C")
cube = types.Array(number, 3, "C")
integers = types.Array(integer, 1, "C")
integer_matrix = types.Array(integer, 2, "C")
nothing = types.void

JIT = not config.DISABLE_JIT

# Where nothing can be written every start compiles anew; it still starts.
CACHE = cache.directory()
if CACHE is not None:
    config.CACHE_DIR = str(CACHE)

# error_model="numpy": with Python's, a division checks for zero and the loop around it no longer vectorises.
compiled = njit(cache=CACHE is not None, nogil=True, error_model="numpy")

# For the loop over the steps: without numba's reference counts, which would cost as much as the rest of a small step.
compiled_loop = njit(cache=CACHE is not None, nogil=True, error_model="numpy", _nrt=False)

# A helper that a kernel calls; compiled into its caller, so it needs no cache entry of its own.
inlined = njit(nogil=True, error_model="numpy", inline="always")


class KernelType(types.FunctionType):  # type: ignore[misc]
    """numba's first-class function, taken from a `Kernel`: one attribute read instead of several calls into Python."""


register_model(KernelType)(FunctionModel)


@unbox(KernelType)
def unbox_kernel(kind, kernel, c):  # type: ignore[no-untyped-def]
    """Take the address at which compiled code calls it, by numba's own convention."""
    function = cgutils.create_struct_proxy(kind)(c.context, c.builder)
    address = c.pyapi.object_getattr_string(kernel, "address")
    with c.builder.if_then(cgutils.is_null(c.builder, address), likely=False):
        c.builder.ret(c.pyapi.get_null_object())
    function.jit_addr = c.pyapi.long_as_voidptr(address)
    c.pyapi.decref(address)
    return NativeValue(function._getvalue())


class Kernel:
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
    def address(self) -> int:
        """Where the compiled function is."""
        return int(self._compiled.library.get_pointer_to_function(self._compiled.fndesc.llvm_func_name))

    @cached_property
    def call(self) -> Callable[..., Any]:
        """The function itself, to be called from Python with arguments of exactly its types."""
        return entry_point(self.function, self._signature)

    def load(self) -> None:
        """Compile it, or read it from the disk cache, now."""
        if JIT:
            _ = self.address

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments)


def entry_point(function: Callable[..., Any], signature: Any) -> Callable[..., Any]:
    """The compiled form of `function` for `signature`, called without looking at the arguments' types again."""
    if not JIT:
        return function
    result: Callable[..., Any] = function.compile(signature)  # type: ignore[attr-defined]
    return result

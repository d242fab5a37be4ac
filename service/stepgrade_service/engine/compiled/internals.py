"""What of numba is used beside its public interface, and why; tested with the oldest and the newest version that is allowed."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import cgutils
from numba.experimental.function_type import FunctionModel
from numba.extending import NativeValue, register_model, unbox

#: An option of numba's `jit` that is not documented: compile without reference counts. A view of an array in a loop over small steps
#: counts its array up and down with atomic instructions, which costs a third of such a step. What is compiled so must not allocate.
WITHOUT_COUNTS: dict[str, Any] = {"_nrt": False}

#: Another one: have LLVM write a kernel into the one function that calls it, which saves a call with fifty numbers in every step.
INTO_ITS_CALLER: dict[str, Any] = {"forceinline": True}


class KernelType(types.FunctionType):  # type: ignore[misc]
    """numba's first-class function, taken from a `Kernel` by one attribute read."""


register_model(KernelType)(FunctionModel)


@unbox(KernelType)
def unbox_kernel(_kind, kernel, c):  # type: ignore[no-untyped-def]
    """Take the address at which compiled code calls it, by numba's own convention for calls."""
    function = cgutils.create_struct_proxy(_kind)(c.context, c.builder)
    address = c.pyapi.object_getattr_string(kernel, "address")
    with c.builder.if_then(cgutils.is_null(c.builder, address), likely=False):
        c.builder.ret(c.pyapi.get_null_object())
    function.jit_addr = c.pyapi.long_as_voidptr(address)
    c.pyapi.decref(address)
    return NativeValue(function._getvalue())


def address_of(function: Any, signature: Any) -> int:
    """Where the compiled form of a function is, by numba's own convention for calls."""
    result = function.get_compile_result(signature)
    return int(result.library.get_pointer_to_function(result.fndesc.llvm_func_name))

"""What of numba is used beside its public interface, and why; tested with the oldest and the newest version that is allowed."""

from __future__ import annotations

import ctypes
import inspect
import logging
from collections.abc import Callable, Iterator
from hashlib import sha256
from inspect import Parameter
from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.core.caching import FunctionCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.types.function_type import CompileResultWAP
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

#: An option of `jit` that is not documented: compile without reference counts. Every view of an array in the loop over the steps would
#: count it up and down with atomic instructions, which costs a third of a small step. What is compiled so must not make arrays.
WITHOUT_COUNTS: dict[str, Any] = {"_nrt": False}

#: Another one: have LLVM write a kernel into the one function that calls it, which saves a call with fifty numbers in every step.
INTO_ITS_CALLER: dict[str, Any] = {"forceinline": True}


class PartLibrary(JITCodeLibrary):  # type: ignore[misc]
    """The code of a function that only other compiled functions call: LLVM's text, which each of them optimizes with its own.

    numba optimizes and assembles every function by itself, and then again with each that calls it: of a function that is called four
    calls deep, five times.
    """

    @property
    def codegen(self) -> Any:
        return self

    def set_env(self, *_: Any) -> None:
        """A function without machine code has no environment; what is loaded from disk has none for what it calls either."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, _: str) -> int:
        """Python's own function for calls: called with what stands for this one, which is not callable, it raises TypeError."""
        return ctypes.cast(ctypes.pythonapi.PyObject_Call, ctypes.c_void_p).value or 0


class PartCompiler(Compiler):  # type: ignore[misc]
    """Compiles into such a library."""

    def define_pipelines(self) -> Any:
        self.state.library = PartLibrary(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        return super().define_pipelines()


#: Options of `jit` that are not documented either: a function that is called by compiled ones alone needs no entry from Python or C.
AS_A_PART: dict[str, Any] = {"pipeline_class": PartCompiler, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def for_all_values(function: Any) -> Any:
    """A part that is compiled once for all whole numbers, and not once more for each that is written where it is called."""
    template = function.get_call_template
    function.get_call_template = lambda arguments, named: template(tuple(map(types.unliteral, arguments)), named)
    return function


def calling(symbol: str, function: Any, signature: Any, load: Callable[[], None]) -> Any:
    """For compiled code: a call of a function that has machine code of its own, known to the linker by a symbol.

    numba's own call would compile the function's code anew into each of its callers. `load` is called before a caller is compiled.
    """

    def declared(_: Any, *__: Any) -> Any:
        def written(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
            kind = ir.FunctionType(context.get_value_type(signature.return_type), list(map(context.get_value_type, signature.args)))
            result = builder.call(cgutils.get_or_insert_function(builder.module, kind, symbol), arguments)
            return context.get_dummy_value() if signature.return_type == types.void else result

        load()
        return signature, written

    parameters = [Parameter("context", Parameter.POSITIONAL_ONLY), *inspect.signature(function).parameters.values()]
    declared.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    declared.made_from = sha256(f"{inspect.getsource(calling)}{symbol}{signature}".encode()).digest()  # type: ignore[attr-defined]
    call = intrinsic(declared)
    call.load = load
    return call


def address_of(function: Any, signature: Any) -> int:
    """Where the compiled form of a function is, by C's convention for calls.

    numba's protocol for first-class functions asks for this address, and its public way to get one, `cfunc`, would compile every
    function a second time.
    """
    return int(CompileResultWAP(function.get_compile_result(signature)).__wrapper_address__())


def tell_the_linker(symbol: str, address: int) -> None:
    """What a symbol of `calling` stands for."""
    binding.add_symbol(symbol, address)


logger = logging.getLogger("stepgrade_service")


def loads_before(function: Any, seen: set[Any]) -> Iterator[Callable[[], None]]:
    """What has to be loaded before a function that is found on disk: what it and its parts call by a symbol."""
    if function.__code__ in seen:
        return
    seen.add(function.__code__)
    for name in function.__code__.co_names:
        value = function.__globals__.get(name)
        if hasattr(value, "_defn") and hasattr(value, "load"):
            yield value.load
        elif (inner := getattr(value, "py_func", None)) is not None:
            yield from loads_before(inner, seen)


class HealingCache:
    """A function's place on disk that never fails a call: what cannot be read is compiled anew, what cannot be written is not kept.

    numba's own raises whatever a file there makes it raise: one that was cut short, or one that names a class which is no more.
    Where a function was compiled anew, what is there of its older sources is forgotten.
    """

    told = False

    def __init__(self, kept: Any) -> None:
        self._kept = kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kept, name)

    def load_overload(self, *arguments: Any) -> Any:
        for load in loads_before(self._kept._py_func, set()):
            load()
        try:
            return self._kept.load_overload(*arguments)
        except Exception as error:
            self._tell("read", error)
            return None

    def has(self, arguments: Any, context: Any) -> bool:
        """Whether the function for these arguments is there, of which nothing is loaded."""
        try:
            return self._kept._cache_file.load(self._kept._index_key(arguments, context.codegen())) is not None
        except Exception:
            return False

    def save_overload(self, *arguments: Any) -> None:
        try:
            self._kept.save_overload(*arguments)
        except Exception as error:
            self._tell("written", error)
            self._start_anew(arguments)
        self._kept._impl.locator.forget_old()

    def _start_anew(self, arguments: tuple[Any, ...]) -> None:
        """Write once more, over what may have been broken there."""
        try:
            self._kept.flush()
            self._kept.save_overload(*arguments)
        except Exception as error:
            self._tell("written", error)

    def _tell(self, done: str, error: Exception) -> None:
        """Say it once a process."""
        if not HealingCache.told:
            HealingCache.told = True
            reason = f"{type(error).__name__}: {error}"
            logger.warning("a compiled function in %s cannot be %s (%s): it is compiled again", self._kept.cache_path, done, reason)


def is_on_disk(function: Any, signature: Any) -> bool:
    """Whether a function need not be compiled before it is loaded; so it is too where nothing can be kept."""
    place = function._cache
    return not isinstance(place, HealingCache) or place.has(signature.args, function.targetctx)


def healing(function: Any) -> Any:
    """A function whose place on disk, if it has one, never fails a call."""
    if isinstance(getattr(function, "_cache", None), FunctionCache):
        function._cache = HealingCache(function._cache)
    return function


@intrinsic(prefer_literal=True)  # type: ignore[untyped-decorator]
def array_on_the_stack(_: Any, size: Any) -> Any:
    """An array of so many float64, a constant, on the stack: it is gone when the function returns that asks for it.

    numba's own arrays stand on the heap, which takes as long as a small objective, and needs the counts that the loop goes without. Its
    public way to the stack is for graphics cards alone.
    """
    array = types.Array(types.float64, 1, "C")

    def written(context: Any, builder: Any, *_: Any) -> Any:
        count, bytes_each = context.get_constant(types.intp, size.literal_value), context.get_constant(types.intp, 8)
        made = make_array(array)(context, builder)
        room = cgutils.alloca_once(builder, ir.DoubleType(), size=size.literal_value)
        shape, strides = cgutils.pack_array(builder, [count]), cgutils.pack_array(builder, [bytes_each])
        populate_array(made, data=room, shape=shape, strides=strides, itemsize=bytes_each, meminfo=None)
        return made._getvalue()

    return array(size), written


def first_class(signature: Any) -> Any:
    """For compiled code: the function of a signature that stands at an address, a whole number (`address_of`).

    numba hands functions on one by one, each an argument of its own. A list of them, as many as a request names, has to be numbers.
    """
    kind = types.FunctionType(signature)

    @intrinsic  # type: ignore[untyped-decorator]
    def function_at(_: Any, address: Any) -> Any:  # noqa: ARG001 (numba goes by the count of the arguments)
        def written(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
            found = cgutils.create_struct_proxy(kind)(context, builder)
            found.c_addr = builder.inttoptr(arguments[0], cgutils.voidptr_t)
            found.py_addr = found.jit_addr = cgutils.get_null_value(cgutils.voidptr_t)
            return found._getvalue()

        return kind(types.int64), written

    return function_at

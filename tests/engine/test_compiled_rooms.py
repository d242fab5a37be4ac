"""What is compiled stands in five rooms of the engine and nowhere else, so that a changed sentence compiles nothing."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from inspect import getfile
from math import sqrt
from types import BuiltinFunctionType, CodeType, ModuleType
from typing import Any

import numpy as np
import pytest
from numba.core.extending import _Intrinsic
from numba.core.registry import CPUDispatcher

import stepgrade_service
from stepgrade_service.engine.compiled import cache
from stepgrade_service.engine.compiled.jit import Kernel, compiled, inlined, matrix, nothing, shared
from stepgrade_service.engine.optimizers.kinds import UpdateKernel, elementwise

ENGINE = f"{stepgrade_service.__name__}.engine"
ROOMS = tuple(f"{ENGINE}.{room}." for room in ("compiled", "optimizers", "objectives", "schedules", "loop"))

#: They start something when they are imported, or need a command line.
PROGRAMS = ("__main__", "serve")


def modules() -> Iterator[ModuleType]:
    """Every module of the service."""
    for found in pkgutil.walk_packages(stepgrade_service.__path__, f"{stepgrade_service.__name__}."):
        if found.name.rpartition(".")[2] not in PROGRAMS:
            yield importlib.import_module(found.name)


def functions_in(value: Any) -> Iterator[Any]:
    """The plain functions behind a value of a module that is compiled, or holds what is."""
    if isinstance(value, CPUDispatcher):
        yield value.py_func
    elif isinstance(value, Kernel):
        yield from functions_in(value.function)
    elif isinstance(value, UpdateKernel):
        yield value.function
    elif isinstance(value, _Intrinsic) and hasattr(value, "kernel"):
        yield from functions_in(value.kernel)


def standing_in(module: ModuleType) -> list[Any]:
    """The compiled functions that a module defines, whatever it imports."""
    return [each for value in vars(module).values() for each in functions_in(value) if each.__module__ == module.__name__]


def outside(found: list[ModuleType]) -> list[str]:
    """The modules outside the rooms that define a compiled function."""
    return [module.__name__ for module in found if standing_in(module) and not module.__name__.startswith(ROOMS)]


def test_no_compiled_function_stands_outside_the_rooms():
    found = list(modules())
    assert {"web", "grading", "pictures", "engine"} <= {module.__name__.split(".")[1] for module in found}
    assert outside(found) == []
    assert all(any(standing_in(module) for module in found if module.__name__.startswith(room)) for room in ROOMS)


@compiled
def a_function(x): ...


@shared(nothing(matrix))
def a_shared_function(a): ...


@elementwise
def a_kernel(t, x, g, step, lr): ...


@pytest.mark.parametrize("value", [a_function, a_shared_function, a_kernel, Kernel(a_function, None)])
def test_one_that_does_would_be_found(value):
    module = ModuleType(__name__)
    module.here = value
    assert outside([module]) == [__name__]


# What a compiled function takes from elsewhere is in its key, or never changes.


def taken(function: Any) -> dict[str, Any]:
    """The globals that a function names."""

    def names(code: CodeType) -> set[str]:
        return set(code.co_names).union(*(names(each) for each in code.co_consts if isinstance(each, CodeType)))

    return {name: function.__globals__[name] for name in names(function.__code__) if name in function.__globals__}


def is_fixed(value: Any) -> bool:
    """Whether a global belongs to Python or NumPy, whose versions a key does not have to tell."""
    module = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
    return module.partition(".")[0] in ("math", "numpy", "builtins") and isinstance(value, ModuleType | BuiltinFunctionType | type)


def is_known(function: Any, name: str, value: Any) -> bool:
    """Whether a global is in a function's key: in its own file, or noted by itself."""
    stands_here = isinstance(value, CPUDispatcher) and getfile(value.py_func) == getfile(function)
    return is_fixed(value) or stands_here or name in cache._taken(function)


def compiled_functions() -> list[Any]:
    found = {id(each): each for module in modules() for each in standing_in(module)}
    packed = [value.packed.py_func for module in modules() for value in vars(module).values() if isinstance(value, UpdateKernel)]
    return [*found.values(), *packed]


def test_all_that_a_compiled_function_takes_from_another_file_is_in_its_key():
    functions = compiled_functions()
    assert len(functions) > 80
    unknown = [
        (function.__module__, function.__name__, name)
        for function in functions
        for name, value in taken(function).items()
        if not is_known(function, name, value)
    ]
    assert unknown == []


def test_what_would_not_be_in_a_key_would_be_found():
    @inlined
    def helper(x):
        return sys.maxsize + sqrt(x) + np.pi

    assert [name for name, value in taken(helper.py_func).items() if not is_known(helper.py_func, name, value)] == ["sys"]

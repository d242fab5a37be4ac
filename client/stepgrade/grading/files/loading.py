"""A student's file as a module, and the function that is to be checked."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any

from stepgrade.grading.students.watching import StudentFault

MOST_NAMED = 8  # functions of the file
LONGEST_LINE = 100


def loaded(path: Path, function: str) -> Callable[[], Any]:
    """A job that runs the file and brings its function. It raises StudentFault if there is no such function."""

    def job() -> Any:
        return _function(_module(path), function, path.name)

    return job


def _module(path: Path) -> ModuleType:
    """Run the file under its bare name: a traceback that the student prints has no folder of the grader in it."""
    source, name = path.read_bytes(), path.name
    try:
        code = compile(source, name, "exec")
    except SyntaxError as error:
        line = f"\n  {error.text.strip()[:LONGEST_LINE]}" if error.text else ""
        raise StudentFault(f"{name} has a syntax error in line {error.lineno or 1}: {error.msg}.{line}") from None
    except (ValueError, RecursionError, MemoryError) as error:  # a zero byte in older versions of Python, a thousand brackets
        raise StudentFault(f"{name} cannot be read as Python: {error or type(error).__name__}.") from None
    lines = source.decode(errors="replace").splitlines(keepends=True)
    linecache.cache[name] = (len(source), None, lines, name)
    module = ModuleType(path.stem)
    module.__file__ = name
    sys.modules.setdefault(path.stem, module)
    exec(code, module.__dict__)  # noqa: S102 - what this process is for
    return module


def _function(module: ModuleType, function: str, file: str) -> Any:
    """The function or the class; its nearest name where there is none."""
    found = getattr(module, function, None)
    if callable(found):
        return found
    known = [name for name, value in vars(module).items() if callable(value) and getattr(value, "__module__", "") == module.__name__]
    if found is not None:
        raise StudentFault(f"{function} in {file} is no function. It is of type {type(found).__name__}.")
    by_small = {name.lower(): name for name in known}
    near = get_close_matches(function.lower(), by_small, 1)
    if near:
        more = f" Did you mean {by_small[near[0]]}?"
    else:
        more = f" It has {', '.join(known[:MOST_NAMED])}." if known else " It defines no functions."
    raise StudentFault(f"There is no function {function} in {file}.{more}")

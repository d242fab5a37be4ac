"""Where compiled functions are kept: each under a key of its own file and of the compiled files that it calls, and of nothing else."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from glob import escape
from hashlib import sha256
from inspect import getfile
from pathlib import Path
from sys import modules
from time import time
from typing import Any

import numba
import numpy as np
from numba import config

ENGINE = Path(__file__).parents[1]

#: Seconds after which nobody runs the sources of an old key any more.
FORGOTTEN = 7 * 24 * 3600.0

#: The name under which numba looks for our locator; it is a public setting of numba (NUMBA_CACHE_LOCATOR_CLASSES).
LOCATOR = f"{__name__}.Locator"


def directory() -> Path | None:
    """The directory that kernels are kept in, made if need be; None where nothing can be written.

    NUMBA_CACHE_DIR names another: an image is built with its kernels in it.
    """
    named = os.environ.get("NUMBA_CACHE_DIR")
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "stepgrade"
    tried = (Path(named),) if named else (ENGINE / "__pycache__" / "kernels", user / "kernels")
    return next((path for path in tried if _writable(path)), None)


def _writable(path: Path) -> bool:
    """Whether files can be made in a directory, which is made if it is not there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return True
    except OSError:
        return False


# Where nothing can be written every start compiles anew; it still starts.
DIRECTORY = directory()


@contextmanager
def keeping(function: Callable[..., Any], options: Mapping[str, Any]) -> Iterator[bool]:
    """While a function is declared: numba asks `Locator` where it is kept. Yields whether it can be.

    A function of no module that can be imported, such as one that was typed in, is not kept: numba imports the module of what it loads.
    """
    before = config.CACHE_LOCATOR_CLASSES
    config.CACHE_LOCATOR_CLASSES = LOCATOR
    function.options = repr(sorted(options.items()))  # type: ignore[attr-defined]
    try:
        yield DIRECTORY is not None and getattr(modules.get(function.__module__), "__file__", None) is not None
    finally:
        config.CACHE_LOCATOR_CLASSES = before


class Locator:
    """Tells numba where a function is kept, and by what key, by numba's interface for locators."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._key = key(function)
        self._stem = f"{Path(getfile(function)).stem}.{function.__qualname__}-"
        assert DIRECTORY is not None
        self._path = DIRECTORY.joinpath(*str(function.__module__).split(".")[2:-1])

    @classmethod
    def from_function(cls, function: Callable[..., Any], _: str) -> Locator:
        locator = cls(function)
        locator.ensure_cache_path()
        return locator

    def ensure_cache_path(self) -> None:
        self._path.mkdir(parents=True, exist_ok=True)

    def get_cache_path(self) -> str:
        return str(self._path)

    def get_source_stamp(self) -> str:
        return self._key

    def get_disambiguator(self) -> str:
        # With the key in the names of its files, two versions of the sources that run side by side never take each other's code.
        return self._key[:16]

    def forget_old(self) -> None:
        """Remove what was compiled from older sources of the function, where it was long not made."""
        for path in self._path.glob(f"{escape(self._stem)}*"):
            try:
                if self.get_disambiguator() not in path.name and path.stat().st_mtime < time() - FORGOTTEN:
                    path.unlink()
            except OSError:
                pass  # another process removed it


def key(function: Callable[..., Any]) -> str:
    """A digest of all that a compiled function is made of: its source, and what its file takes from other compiled files."""
    digest = sha256(f"{numba.__version__} {getattr(function, 'options', '')}".encode())
    digest.update(_source_key(function))
    for name, part in sorted(_taken(function).items()):
        digest.update(f"{name}={part}\n".encode())
    return digest.hexdigest()


#: The keys of functions whose files are read to their ends, which those of an imported module are.
_key_of_imported = cache(key)


def _source_key(function: Callable[..., Any]) -> bytes:
    """A digest of where a function stands: its file; of one that was made or typed in, its own text."""
    made_from: bytes | None = getattr(function, "made_from", None)
    if made_from is not None:
        return made_from
    path = Path(getfile(function))
    if path.is_file():
        return _file_key(path)
    code = function.__code__
    return sha256(repr((code.co_code, code.co_consts, code.co_names)).encode()).digest()


@cache
def _file_key(path: Path) -> bytes:
    """A digest of a file as it was when it was first asked for."""
    return sha256(path.read_bytes()).digest()


def _taken(function: Callable[..., Any]) -> dict[str, str]:
    """What stands among a function's globals and is compiled into it: compiled functions of other files by their keys, and constants."""
    own, taken = getfile(function), dict[str, str]()
    for name, value in list(function.__globals__.items()):
        inner = getattr(value, "py_func", None) or getattr(value, "_defn", None)  # numba's name for what writes LLVM's code
        if inner is not None and getfile(inner) != own:
            taken[name] = f"{_key_of_imported(inner)} {sorted(getattr(value, 'targetoptions', {}).items())}"
        elif (constant := _constant(value)) is not None:
            taken[name] = constant
    return taken


def _constant(value: object) -> str | None:
    """What of a global numba compiles in: a number, or several; an array; of a named tuple, which field stands where."""
    if _is_number(value):
        return repr(value)
    if isinstance(value, np.ndarray):
        return sha256(repr((value.dtype, value.shape)).encode() + value.tobytes()).hexdigest()
    return repr(getattr(value, "_fields", None)) if isinstance(value, type) and issubclass(value, tuple) else None


def _is_number(value: object) -> bool:
    """Whether a global is a number, or several."""
    return isinstance(value, int | float) or (isinstance(value, tuple) and bool(value) and all(map(_is_number, value)))

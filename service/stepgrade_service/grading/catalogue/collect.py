"""Find what the files of a room declare, so that a new file needs no line anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def files_of(room: str, path: list[str]) -> Iterator[ModuleType]:
    """The modules of a package, imported; call it with the package's __name__ and __path__."""
    for found in iter_modules(path):
        yield import_module(f"{room}.{found.name}")

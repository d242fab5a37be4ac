"""The catalogue of mistakes, in the order in which they are tried: that of `Family`, and in a family that of its file."""

from __future__ import annotations

from collections.abc import Mapping

from ..collect import files_of
from .declaration import CATALOGUE, Kind, Mistake

#: The files of this room; each enters its mistakes while it is imported, in whatever order that happens.
FILES = tuple(files_of(__name__, __path__))

MISTAKES: Mapping[str, Mistake] = {mistake.code: mistake for mistakes in CATALOGUE.values() for mistake in mistakes}

__all__ = ["FILES", "MISTAKES", "Kind", "Mistake"]

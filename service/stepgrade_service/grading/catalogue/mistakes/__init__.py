"""The catalogue of mistakes, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Mapping

from . import averages, correction, decay, epsilon, memory, step
from .declaration import CATALOGUE, Kind, Mistake

MISTAKES: Mapping[str, Mistake] = {mistake.code: mistake for mistake in CATALOGUE}

__all__ = ["MISTAKES", "Kind", "Mistake", "averages", "correction", "decay", "epsilon", "memory", "step"]

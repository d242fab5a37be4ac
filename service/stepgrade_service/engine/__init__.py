"""The numerics of Stepgrade: optimizers, conventions, objectives and the one compiled loop. Knows no HTTP.

Its face: each of `take_step`, `trajectory`, `compare` and `map` takes a request as the HTTP contract writes it.
"""

from __future__ import annotations

from .comparing.comparison import compare
from .comparing.map import make_map as map
from .running.step import take_step
from .running.trajectory import trajectory

#: The engine's version: every answer carries it, and numbers change only with it.
VERSION = "2.1.0"

__all__ = ["VERSION", "compare", "map", "take_step", "trajectory"]

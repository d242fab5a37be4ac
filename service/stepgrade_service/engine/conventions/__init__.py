"""Whose formulas and defaults: data that maps each framework's way to write an optimizer onto the service's own."""

from __future__ import annotations

from .course import COURSE
from .declaration import Convention, Row
from .keras import KERAS
from .optax import OPTAX
from .paper import PAPER
from .torch import TORCH

#: In the order in which a request that names no convention is looked up.
CONVENTIONS: dict[str, Convention] = {entry.name: entry for entry in (TORCH, PAPER, KERAS, OPTAX, COURSE)}

__all__ = ["CONVENTIONS", "Convention", "Row"]

"""What may be remembered from one request to the next: what many ask alike, and only where it takes little room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Types whose values can be told apart in a cache.
SCALARS = {int, float, bool, type(None)}

LONGEST_WORD, MOST_WORDS = 40, 40

#: Objectives of more dimensions are resolved anew for each request.
MOST_DIMENSIONS = 50


def is_short(request: Mapping[str, Any]) -> bool:
    """Whether a request consists of a few short words and numbers."""
    return len(request) <= MOST_WORDS and all(
        len(key) <= LONGEST_WORD and (type(value) in SCALARS or (type(value) is str and len(value) <= LONGEST_WORD))
        for key, value in request.items()
    )


def is_small(*dimensions: Any) -> bool:
    """Whether none of these is a dimension of an objective that is too large to be kept."""
    return not any(isinstance(dimension, int | float) and dimension > MOST_DIMENSIONS for dimension in dimensions)

"""Series of pandas: numbers with labels. The client does not import pandas; it knows a series by what it has."""

from __future__ import annotations

from typing import Any


def is_series(value: Any) -> bool:
    """Whether it is a one-dimensional object with an index of labels."""
    return hasattr(value, "iloc") and getattr(value, "ndim", None) == 1 and hasattr(value, "items")


def labels_of(series: Any) -> list[str] | None:
    """The labels of a series, each once; None where they only count or date its entries. Raises ValueError where they name them badly."""
    labels = list(series.index)
    named = [label for label in labels if isinstance(label, str)]
    if not named:
        return None
    if len(named) < len(labels):
        raise ValueError("must have text in all of its labels, or in none of them")
    if len(set(named)) < len(named):
        raise ValueError("must have each label only once")
    return named

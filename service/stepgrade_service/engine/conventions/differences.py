"""In what the conventions of an optimizer differ, a sentence for each difference, read from their rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..optimizers import OPTIMIZERS, Hyperparameter
from . import CONVENTIONS
from .declaration import Row

#: The others are told beside the first of these that has the optimizer.
MEASURE = ("paper", "torch", "keras", "optax")


def rows_of(optimizer: str) -> dict[str, Row]:
    """The conventions that have an optimizer, and their rows for it."""
    return {c.name: c.by_optimizer[optimizer] for c in CONVENTIONS.values() if optimizer in c.by_optimizer}


def default_in(row: Row, h: Hyperparameter) -> Any:
    """The default of a hyperparameter in a row; None where it must be given."""
    return None if h.name in row.required else row.defaults.get(h.name, h.default)


def written(value: Any) -> str:
    """A default as JSON has it, without the zeros that nobody needs: 1e-8, 0.001, true."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return (
        value if isinstance(value, str) else re.sub(r"e([+-])0*(\d)", lambda found: "e" + found[1].strip("+") + found[2], f"{value:.12g}")
    )


def differences(optimizer: str, convention: str) -> list[str]:
    """What is another number or switch in a convention than in the one beside which it is told; for that one itself nothing."""
    rows = rows_of(optimizer)
    beside = next(name for name in MEASURE if name in rows)
    if convention == beside:
        return []
    return list(_told(optimizer, rows[convention], rows[beside], beside))


def _told(optimizer: str, row: Row, other: Row, beside: str) -> Iterator[str]:
    whose = f"the {beside}" if beside == "paper" else beside
    for h in OPTIMIZERS[optimizer].hyperparameters:
        here, there = default_in(row, h), default_in(other, h)
        if here != there:
            has = "has no default" if here is None else f"is {written(here)}"
            yield f"{h.name} {has}; {whose} has {'no default' if there is None else written(there)}."

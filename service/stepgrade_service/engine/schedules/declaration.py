"""What a schedule is: a kernel, and the parameters that it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import Kernel
from ..compiled.signatures import SCHEDULE
from ..optimizers.declaration import Hyperparameter


@dataclass(frozen=True)
class ScheduleKind:
    """One entry of the catalogue of schedules; its parameters stand in the order in which the kernel takes them."""

    name: str
    formula: str
    kernel: Kernel
    parameters: tuple[Hyperparameter, ...]
    required: frozenset[str] = frozenset()


def entry(function: Callable[..., None], *parameters: Hyperparameter, required: tuple[str, ...] = ()) -> ScheduleKind:
    formula = (function.__doc__ or "").strip()
    kernel = Kernel(function, SCHEDULE)
    return ScheduleKind(function.__name__, formula, kernel, parameters, frozenset(required))


@dataclass(frozen=True)
class Schedule:
    """A schedule as resolved: the kernel, its numbers, and the echo."""

    kernel: Kernel
    parameters: NDArray[np.float64]
    echo: Any
    on: bool = True
    length: int | None = field(default=None)

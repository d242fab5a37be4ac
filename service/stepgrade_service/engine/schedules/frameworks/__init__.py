"""How each framework writes schedules: data that maps its names and arguments onto the service's own."""

from __future__ import annotations

from .declaration import FrameworkSchedules, ScheduleRow
from .keras import KERAS
from .optax import OPTAX
from .torch import TORCH

FRAMEWORKS: dict[str, FrameworkSchedules] = {each.name: each for each in (TORCH, KERAS, OPTAX)}

__all__ = ["FRAMEWORKS", "FrameworkSchedules", "ScheduleRow"]

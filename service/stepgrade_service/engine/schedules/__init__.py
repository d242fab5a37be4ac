"""The catalogue of learning-rate schedules."""

from __future__ import annotations

from .declaration import Schedule, ScheduleKind
from .kernels import EXPLICIT, SCHEDULES

__all__ = ["EXPLICIT", "SCHEDULES", "Schedule", "ScheduleKind"]

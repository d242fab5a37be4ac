"""The catalogue of learning-rate schedules."""

from __future__ import annotations

from .catalogue import COMPOSED, EXPLICIT, SCHEDULES
from .declaration import Schedule, ScheduleKind

__all__ = ["COMPOSED", "EXPLICIT", "SCHEDULES", "Schedule", "ScheduleKind"]

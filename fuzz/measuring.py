"""Memory of processes, as the system counts it."""

from __future__ import annotations

import os
from pathlib import Path


def resident(pid: int | str = "self") -> float:
    """Resident memory of a process in MiB; 0 where there is no /proc to tell it."""
    statistics = Path(f"/proc/{pid}/statm")
    return int(statistics.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20 if statistics.is_file() else 0.0


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.is_file() else []

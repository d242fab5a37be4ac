"""The directory in which the workers of one server leave notes for one another."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def directory_of(port: int) -> Path:
    """The directory of the server on this port, which only its user can read; it is made where it is missing."""
    directory = Path(tempfile.gettempdir()) / f"stepgrade-{os.getuid()}-{port}"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def lives(pid: int) -> bool:
    """Whether there is a process of that number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

"""The directory in which the workers of one server leave notes for one another."""

from __future__ import annotations

import os
import re
import tempfile
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from stat import S_IMODE, S_ISDIR


class NotOurs(Exception):
    """The directory is somebody else's; the text is for the person at the terminal."""


def directory_of(host: str, port: int) -> Path:
    """The directory of the server on this host and port; it is made where it is missing. Raises NotOurs."""
    return made(Path(tempfile.gettempdir()) / f"stepgrade-{os.getuid()}-{re.sub('[^a-zA-Z0-9.]', '_', host)}-{port}")


def made(directory: Path) -> Path:
    """A directory that only its user can read, made where it is missing; raises NotOurs where another user was faster."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = directory.lstat()
    if not S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or S_IMODE(found.st_mode) & 0o077:
        raise NotOurs(f"{directory} is not a directory of this user alone; remove it, or set TMPDIR to a directory of your own")
    return directory


def hold(directory: Path) -> int | None:
    """Hold the directory for as long as this process lives; returns a descriptor, None where another server holds it.

    Two servers that start at the same moment both find the port free, and the system lets both listen.
    """
    descriptor = os.open(directory / "server", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        flock(descriptor, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def lives(pid: int) -> bool:
    """Whether there is a process of that number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

"""Where compiled kernels are kept: a directory for these very sources."""

from __future__ import annotations

import os
import shutil
import tempfile
from hashlib import sha256
from pathlib import Path
from time import time

SOURCES = Path(__file__).parents[1]
PREFIX = "kernels-"

#: Seconds after which nobody runs those sources any more.
FORGOTTEN = 7 * 24 * 3600.0


def fingerprint() -> str:
    """A digest of the engine's sources. numba looks only at the file of a kernel, and not at those of what is compiled into it."""
    digest = sha256()
    for source in sorted(SOURCES.rglob("*.py")):
        if "__pycache__" not in source.parts:
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def directory() -> Path | None:
    """A directory to keep kernels in, made if need be; None where nothing can be written.

    NUMBA_CACHE_DIR names another, which is then taken as it is: an image is built with its kernels in it.
    """
    named = os.environ.get("NUMBA_CACHE_DIR")
    if named:
        return Path(named) if _writable(Path(named)) else None
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "stepgrade"
    for parent in (SOURCES / "__pycache__", user):
        if _writable(parent):
            return _fresh(parent)
    return None


def _writable(path: Path) -> bool:
    """Whether files can be made in a directory, which is made if it is not there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return True
    except OSError:
        return False


def _fresh(parent: Path) -> Path:
    """The directory for these sources; when it is made, those of other sources that were long not made are removed."""
    own = parent / (PREFIX + fingerprint())
    if not own.is_dir():
        for other in parent.glob(PREFIX + "*"):
            if other.stat().st_mtime < time() - FORGOTTEN:
                shutil.rmtree(other, ignore_errors=True)
        own.mkdir(exist_ok=True)
    return own

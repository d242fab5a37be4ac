"""Compiled numerics are cached by their source: numba itself looks at a function's own file, not at the helpers compiled into it."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "service" / "stepgrade_service" / "engine"


def cache_directory() -> Path:
    """Another one for each state of the files that say how something is compiled, or what is compiled into their callers."""
    sources = [file.read_bytes() for file in sorted(ENGINE.rglob("*.py"))]
    digest = blake2b(b"".join(source for source in sources if b"compiled" in source), digest_size=8)
    return ROOT / ".numba-cache" / digest.hexdigest()


os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_directory()))

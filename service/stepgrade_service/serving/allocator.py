"""Lets the memory that a request has given back stay with the process, for the next one: the system takes long to bring in fresh pages."""

from __future__ import annotations

import ctypes

#: glibc's names for what is set here (mallopt(3)), and the numbers of bytes: longer pieces are asked of the system each by itself, and
#: of what is free at the end of each heap so much is kept.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT, LONGEST_PIECE = 16 << 20, 8 << 20


def keep_freed_memory() -> bool:
    """Set it for this process; returns whether it could be set, which is so with glibc alone.

    A map of a hundred by a hundred points needs some 10 MB in pieces of 80 KB. As glibc starts, each request brings in these pages
    anew, which takes as long as ten of its steps.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and all([mallopt(M_MMAP_THRESHOLD, LONGEST_PIECE), mallopt(M_TRIM_THRESHOLD, KEPT)])

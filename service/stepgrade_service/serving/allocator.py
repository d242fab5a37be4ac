"""Lets the memory that a request has given back stay with the process, for the next one: the system takes long to bring in fresh pages.

It stays in two heaps for all threads together. As glibc starts, each thread has a heap of its own, which only its own requests use again.
"""

from __future__ import annotations

import ctypes

#: glibc's names for what is set here (mallopt(3)), and the numbers of bytes: longer pieces are asked of the system each by itself, and
#: of what is free at the end of each heap so much is kept; and the number of heaps.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
KEPT, LONGEST_PIECE, HEAPS = 16 << 20, 8 << 20, 2


def keep_freed_memory() -> bool:
    """Set it for this process, before its threads begin; returns whether it could be set, which is so with glibc alone.

    A map of a hundred by a hundred points needs some 10 MB in pieces of 80 KB. As glibc starts, each request brings in these pages
    anew, which takes as long as ten of its steps.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    wanted = {M_MMAP_THRESHOLD: LONGEST_PIECE, M_TRIM_THRESHOLD: KEPT, M_ARENA_MAX: HEAPS}
    return mallopt is not None and all(mallopt(name, value) for name, value in wanted.items())


def give_back_unused() -> None:
    """Give the system what lies unused between pieces that are used, where there is glibc. Without this the heaps grow for hours."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(KEPT)

"""Additive Gaussian gradient noise that depends on seed, step and run alone, so that a cut run repeats it."""

from __future__ import annotations

from math import cos, log, pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from .jit import compiled

# Philox yields four words of 64 bits a count of its counter; a normal pair takes two of them.
WORDS_PER_COUNT = 4


@compiled
def box_muller(words, std, noise):  # type: ignore[no-untyped-def]
    """Fill noise (steps, dimension) with normals of standard deviation std; words: (steps, at least dimension rounded up to even).

    Box & Muller 1958; the 53 high bits of a word are a uniform in (0, 1].
    """
    for t in range(noise.shape[0]):
        for i in range(0, noise.shape[1], 2):
            radius = sqrt(-2.0 * log(((words[t, i] >> np.uint64(11)) + 1.0) * 2.0**-53))
            angle = 2.0 * pi * ((words[t, i + 1] >> np.uint64(11)) * 2.0**-53)
            noise[t, i] = std * radius * cos(angle)
            if i + 1 < noise.shape[1]:
                noise[t, i + 1] = std * radius * sin(angle)


def gaussian(std: float, seed: int, run: int, first: int, steps: int, dimension: int) -> NDArray[np.float64]:
    """Noise of the gradients at steps first .. first + steps - 1 of one run: (steps, dimension).

    The bits are Philox 4x64 (Salmon, Moraes, Dror & Shaw 2011) keyed by seed and run, its counter set by the step.
    """
    counts = -(-dimension // WORDS_PER_COUNT)
    bits = np.random.Philox(key=np.array([seed, run], np.uint64), counter=[(first * counts) % 2**64, 0, 0, 0])
    words = bits.random_raw(steps * counts * WORDS_PER_COUNT).reshape(steps, counts * WORDS_PER_COUNT)
    noise = np.empty((steps, dimension))
    box_muller(words, std, noise)
    return noise

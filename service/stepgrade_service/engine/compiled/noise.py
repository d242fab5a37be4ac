"""Gradient noise that depends on seed, step and run alone, so that a cut run repeats it."""

from __future__ import annotations

from math import cos, log, pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from .jit import compiled

# Philox yields four words of 64 bits a count of its counter; a normal pair takes two of them.
WORDS_PER_COUNT = 4

Array = NDArray[np.float64]


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


@compiled
def students(words, scale, df, noise):  # type: ignore[no-untyped-def]
    """Fill noise (steps, dimension) with Student's t of df degrees of freedom, times scale; words: (steps, at least 2 dimension).

    Bailey 1994, "Polar generation of random variates with the t-distribution", in its form with a cosine.
    """
    for t in range(noise.shape[0]):
        for i in range(noise.shape[1]):
            u = ((words[t, 2 * i] >> np.uint64(11)) + 1.0) * 2.0**-53
            angle = 2.0 * pi * ((words[t, 2 * i + 1] >> np.uint64(11)) * 2.0**-53)
            noise[t, i] = scale * sqrt(df * (u ** (-2.0 / df) - 1.0)) * cos(angle)


@compiled
def stables(words, scale, alpha, noise):  # type: ignore[no-untyped-def]
    """Fill noise (steps, dimension) with symmetric alpha-stable numbers, times scale; words: (steps, at least 2 dimension).

    Chambers, Mallows & Stuck 1976; its characteristic function is exp(-|scale w|^alpha), so alpha 2 is a normal of variance 2 scale^2.
    """
    for t in range(noise.shape[0]):
        for i in range(noise.shape[1]):
            wait = -log(((words[t, 2 * i] >> np.uint64(11)) + 1.0) * 2.0**-53)
            angle = pi * (((words[t, 2 * i + 1] >> np.uint64(11)) + 0.5) * 2.0**-53 - 0.5)
            number = sin(alpha * angle) / cos(angle) ** (1.0 / alpha)
            if alpha != 1.0:
                # A wait of 0 has the probability 2^-53; the smallest other one stands for it.
                number *= (cos((1.0 - alpha) * angle) / max(wait, 2.0**-53)) ** ((1.0 - alpha) / alpha)
            noise[t, i] = scale * number


def words_of(seed: int, run: int, first: int, steps: int, numbers: int) -> NDArray[np.uint64]:
    """Random words of steps first .. first + steps - 1 of one run: (steps, at least `numbers`).

    The bits are Philox 4x64 (Salmon, Moraes, Dror & Shaw 2011) keyed by seed and run, its counter set by the step.
    """
    counts = -(-numbers // WORDS_PER_COUNT)
    bits = np.random.Philox(key=np.array([seed, run], np.uint64), counter=[(first * counts) % 2**64, 0, 0, 0])
    return bits.random_raw(steps * counts * WORDS_PER_COUNT).reshape(steps, counts * WORDS_PER_COUNT)


def gaussian(std: float, seed: int, run: int, first: int, steps: int, dimension: int) -> Array:
    """Normals of the gradients at steps first .. first + steps - 1 of one run: (steps, dimension)."""
    noise = np.empty((steps, dimension))
    box_muller(words_of(seed, run, first, steps, dimension), std, noise)
    return noise


def student_t(scale: float, df: float, seed: int, run: int, first: int, steps: int, dimension: int) -> Array:
    """The same with Student's t."""
    noise = np.empty((steps, dimension))
    students(words_of(seed, run, first, steps, 2 * dimension), scale, df, noise)
    return noise


def alpha_stable(scale: float, alpha: float, seed: int, run: int, first: int, steps: int, dimension: int) -> Array:
    """The same with symmetric alpha-stable numbers."""
    noise = np.empty((steps, dimension))
    stables(words_of(seed, run, first, steps, 2 * dimension), scale, alpha, noise)
    return noise

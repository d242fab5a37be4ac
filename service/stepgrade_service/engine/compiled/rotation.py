"""Turning a problem: the same landscape in other coordinates, which gradient descent does not notice and RMSprop does."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from .jit import compiled

Array = NDArray[np.float64]


@compiled
def turn_planes(vectors, cosine, sine):  # type: ignore[no-untyped-def]
    """Turn (dimension, runs) in the plane of the first two coordinates, then of the second and third, and so on."""
    for i in range(vectors.shape[0] - 1):
        for r in range(vectors.shape[1]):
            first, second = vectors[i, r], vectors[i + 1, r]
            vectors[i, r] = cosine * first - sine * second
            vectors[i + 1, r] = sine * first + cosine * second


@compiled
def turn_planes_back(vectors, cosine, sine):  # type: ignore[no-untyped-def]
    """Undo `turn_planes`: the planes in the opposite order, by the opposite angle."""
    for i in range(vectors.shape[0] - 2, -1, -1):
        for r in range(vectors.shape[1]):
            first, second = vectors[i, r], vectors[i + 1, r]
            vectors[i, r] = cosine * first + sine * second
            vectors[i + 1, r] = cosine * second - sine * first


@dataclass(frozen=True)
class Turn:
    """A rotation by an angle in degrees in the plane of the first two coordinates, then of the second and third, and so on.

    In the plane it is counterclockwise. Multiples of 90 degrees are exact.
    """

    degrees: float

    @property
    def cosine_and_sine(self) -> tuple[float, float]:
        cosine, sine = cos(radians(self.degrees)), sin(radians(self.degrees))
        return (float(round(cosine)), float(round(sine))) if self.degrees % 90 == 0 else (cosine, sine)

    def forth(self, vectors: Array) -> Array:
        """Vectors (dimension, vectors) turned."""
        turned = np.array(vectors, dtype=np.float64)
        turn_planes(turned, *self.cosine_and_sine)
        return turned

    def back(self, vectors: Array) -> Array:
        """Vectors (dimension, vectors) as they were before they were turned."""
        straight = np.array(vectors, dtype=np.float64)
        turn_planes_back(straight, *self.cosine_and_sine)
        return straight

    def matrix(self, dimension: int) -> Array:
        """The matrix that turns a vector."""
        return self.forth(np.eye(dimension))

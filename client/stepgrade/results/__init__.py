"""The answers of the service, as frozen results that hold NumPy arrays.

A tensor is a float64 array. Named tensors are a dict of such arrays. A missing quantity is None. A null inside an array is NaN.
Results compare by identity and can be pickled. `raw` is the answer as parsed JSON.
"""

from stepgrade.results.base import Result
from stepgrade.results.comparison import Comparison
from stepgrade.results.contours import Contours
from stepgrade.results.conversion import Conversion
from stepgrade.results.decomposition import Decomposition
from stepgrade.results.map import Map
from stepgrade.results.outcome import Outcome, Rotation
from stepgrade.results.run import Run
from stepgrade.results.solution import Solution
from stepgrade.results.step import Step
from stepgrade.results.trajectory import Trajectory

__all__ = [
    "Comparison",
    "Contours",
    "Conversion",
    "Decomposition",
    "Map",
    "Outcome",
    "Result",
    "Rotation",
    "Run",
    "Solution",
    "Step",
    "Trajectory",
]

"""What the service answers, as frozen results that hold NumPy arrays.

A plain tensor is a float64 array, named tensors are a dict of such arrays. A quantity that was not asked for or is not there is None;
a number or a row that is null inside an array is NaN. Results compare by identity, can be pickled, and keep the parsed answer as `raw`.
"""

from stepgrade.results.base import Result
from stepgrade.results.comparison import Comparison
from stepgrade.results.contours import Contours
from stepgrade.results.decomposition import Decomposition
from stepgrade.results.map import Map
from stepgrade.results.outcome import Outcome, Rotation
from stepgrade.results.run import Run
from stepgrade.results.step import Step
from stepgrade.results.trajectory import Trajectory

__all__ = ["Comparison", "Contours", "Decomposition", "Map", "Outcome", "Result", "Rotation", "Run", "Step", "Trajectory"]

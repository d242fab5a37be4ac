"""Many calls: results as they arrive, a list of errors, a journal to continue from, or a directory of results."""

from stepgrade.sweeps.arguments import hold_arguments, hold_calls
from stepgrade.sweeps.chunk import Local
from stepgrade.sweeps.grids import grid, zipped
from stepgrade.sweeps.into import sweep_into
from stepgrade.sweeps.results import SweepResults, load_sweep
from stepgrade.sweeps.sweep import Progress, Sweep, Swept

__all__ = [
    "Local",
    "Progress",
    "Sweep",
    "SweepResults",
    "Swept",
    "grid",
    "hold_arguments",
    "hold_calls",
    "load_sweep",
    "sweep_into",
    "zipped",
]

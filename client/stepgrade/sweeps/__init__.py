"""Many calls: results as they come, errors collected, a journal to go on from."""

from stepgrade.sweeps.grids import grid
from stepgrade.sweeps.sweep import Progress, Sweep, Swept

__all__ = ["Progress", "Sweep", "Swept", "grid"]

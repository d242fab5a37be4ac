"""Many calls: results as they arrive, a list of errors, a journal to continue from."""

from stepgrade.sweeps.grids import grid
from stepgrade.sweeps.sweep import Progress, Sweep, Swept

__all__ = ["Progress", "Sweep", "Swept", "grid"]

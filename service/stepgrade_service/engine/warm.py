"""Loads compiled kernels ahead of the first request: the core at start, all of them when an image is built."""

from __future__ import annotations

import numpy as np

from .comparing.comparison import run_comparison
from .comparing.comparison_parts import plan_comparison
from .comparing.map import make_map
from .compiled.arithmetic import euclidean, norms
from .compiled.jit import SHARED, Kernel
from .compiled.noise import alpha_stable, gaussian, student_t
from .compiled.rotation import Turn
from .compiled.simplify import simplified
from .loop.advance import loop_for
from .objectives import OBJECTIVES
from .objectives.curvature import FINDERS, exact_derivatives
from .objectives.data.network import NETWORK
from .objectives.expression.kernel import TAPE
from .objectives.replay import REPLAY
from .objectives.turned import turned
from .optimizers import OPTIMIZERS
from .optimizers.links import ASKING_CHAIN, CHAIN
from .optimizers.transformations import TRANSFORMATIONS
from .optimizers.wrapping import WRAPPING_KERNELS
from .running.step import take_step
from .running.trajectory import trajectory
from .schedules import COMPOSED, EXPLICIT, SCHEDULES

#: What a course asks first: a start of the service has these at hand.
CORE_OPTIMIZERS = (
    "gd",
    {"name": "momentum", "convention": "torch"},
    {"name": "momentum", "convention": "keras"},
    "normalized_gd",
    "rmsprop",
    "adam",
)
CORE_OBJECTIVES = ("quadratic", "rosenbrock")


def load_core() -> None:
    """Load what most requests need, and run it once."""
    for part in SHARED:
        part.keep()
    for kernel in (REPLAY, EXPLICIT, TAPE, turned(TAPE), *(OBJECTIVES[name].kernel for name in CORE_OBJECTIVES)):
        kernel.load()
    for request in CORE_OPTIMIZERS:
        named = {"name": request} if isinstance(request, str) else request
        trajectory({"optimizer": {**named, "lr": 0.01}, "objective": "quadratic", "steps": 1})
    # A first line search compiles the other loop, which on a slow machine takes as long as a request may.
    loop_for(True)
    take_step({"optimizer": {"name": "gd", "lr": 0.01}, "params": [1.0], "gradient": [1.0]})
    pair = {"optimizers": ["gd", "rmsprop"], "decompose": ["gd", "rmsprop"], "rotate": [45]}
    run_comparison(plan_comparison({**pair, "objective": "quadratic", "steps": 1, "match": "mean_step"}))
    make_map({**pair, "objective": "quadratic", "steps": 1, "grid": {"x": [1, 2, 2]}, "measure": "direction_effect"})


def load_all() -> int:
    """Load every kernel there is; returns how many."""
    load_core()
    updates = dict.fromkeys(kernel for entry in OPTIMIZERS.values() for kernel in entry.kernels)
    updates |= dict.fromkeys((*WRAPPING_KERNELS, *(each.kernel for each in TRANSFORMATIONS.values())))
    handles: list[Kernel] = [kernel.handle for kernel in updates]
    objectives = [TAPE, NETWORK, *(entry.kernel for entry in OBJECTIVES.values())]
    handles += [*objectives, *map(turned, objectives), COMPOSED, CHAIN, ASKING_CHAIN, *FINDERS]
    handles += filter(None, map(exact_derivatives, objectives))
    handles += [kind.kernel for kind in SCHEDULES.values() if kind.kernel is not None]
    for handle in handles:
        handle.load()
    gaussian(1.0, 0, 0, 0, 1, 1)
    student_t(1.0, 3.0, 0, 0, 0, 1, 1)
    alpha_stable(1.0, 1.5, 0, 0, 0, 1, 1)
    euclidean(np.ones(1))
    norms(np.ones((1, 1)), np.ones(1))
    simplified(np.zeros((3, 2)), 1.0)
    Turn(45.0).forth(np.ones((2, 2)).T)  # several minima, or the noise of several steps: transposed, which is another layout
    return len(handles)

"""Methods that evaluate the objective to find how long a step is: line searches."""

from __future__ import annotations

import numpy as np

from ..compiled.jit import inlined
from ..reading.cost import Effort, StepPrice
from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import LR
from .kinds import asking_objective
from .rule import Rule

FAMILY = OptimizerFamily(
    "Line searches",
    "These methods choose the direction from the gradient. Then they evaluate the objective to find how long the step is.",
)

#: A step is shortened so many times at most.
MOST_TRIALS = 60

#: A line search ends long before its last trial: of those that it may have, this share is counted. So it costs four times its price
#: at the most.
SHARE_OF_TRIALS = 0.25


def tried(effort: Effort) -> StepPrice:
    """Every trial evaluates the objective once."""
    return (effort.objective + StepPrice(0.2 * effort.dimension, 0.05 * effort.dimension)) * effort.trials


@inlined
def moved(x, g, lr, length, trial):  # type: ignore[no-untyped-def]
    """trial = x - length lr g, each run by its own length."""
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            trial[i, r] = x[i, r] - length[r] * lr[i, r] * g[i, r]


@inlined
def shortened(reached, values, slope, c1, shrink, length, is_short):  # type: ignore[no-untyped-def]
    """Shorten the lengths at which the value did not fall enough; returns how many."""
    count = 0
    for r in range(length.size):
        is_short[r] = is_short[r] or reached[r] <= values[r] - c1 * length[r] * slope[r]
        if not is_short[r]:
            length[r] *= shrink
            count += 1
    return count


@asking_objective(tried)
def gd_backtracking(t, x, g, step, lr, values, objective, parameters, c1, shrink, most_trials):  # type: ignore[no-untyped-def]
    trial, gradients, reached = np.empty(x.shape), np.empty(x.shape), np.empty(x.shape[1])
    length, slope, is_short = np.empty(x.shape[1]), np.empty(x.shape[1]), np.empty(x.shape[1], np.bool_)
    for r in range(x.shape[1]):
        length[r], slope[r], is_short[r] = 1.0, 0.0, False
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            slope[r] += lr[i, r] * g[i, r] * g[i, r]
    for _ in range(int(most_trials)):
        moved(x, g, lr, length, trial)
        objective(trial, parameters, reached, gradients)
        if shortened(reached, values, slope, c1, shrink, length, is_short) == 0:
            break
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            step[i, r] = -length[r] * lr[i, r] * g[i, r] if is_short[r] else 0.0


GD_BACKTRACKING = Optimizer(
    name="gd_backtracking",
    title="Gradient descent with a backtracking line search",
    idea="Try a long step against the gradient, and shorten it until the objective decreases enough.",
    authors=("Armijo",),
    year=1966,
    formula=r"\alpha \leftarrow \rho\,\alpha\ \text{until}\ f(x-\alpha\eta g) \le f(x) - c_1\alpha\eta\lVert g\rVert^2,\quad "
    r"x \leftarrow x - \alpha\eta\,g",
    source="Minimization of Functions Having Lipschitz Continuous First Partial Derivatives; Nocedal & Wright 2006, Numerical "
    "Optimization, Algorithm 3.1",
    hyperparameters=(
        LR,
        Hyperparameter("c1", "share of the decrease along the gradient that a step must reach", 1e-4, minimum=0.0, below=1.0),
        Hyperparameter("shrink", "factor by which a step that is too long is shortened", 0.5, minimum=0.0, below=1.0),
        Hyperparameter(
            "most_trials",
            "how many lengths are tried; if none is short enough, there is no step",
            30.0,
            minimum=1.0,
            maximum=MOST_TRIALS,
            whole=True,
        ),
    ),
    bind=lambda settings: Rule(gd_backtracking, {name: settings[name] for name in gd_backtracking.hyperparameters}),
    kernels=(gd_backtracking,),
    efforts=lambda settings: {"trials": SHARE_OF_TRIALS * settings["most_trials"]},
    notes="The first length that is tried is lr. It evaluates the objective, so /step and a replay refuse it. Noise is added to the "
    "gradient, but not to the values that are compared.",
)

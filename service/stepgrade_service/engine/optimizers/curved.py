"""Methods that divide by the curvature of each coordinate, the diagonal of the Hessian: Sophia."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..compiled.arithmetic import power
from ..reading.cost import Effort, StepPrice
from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import BETA1, BETA2, BIAS_CORRECTION, EPS, LR, WEIGHT_DECAY
from .kinds import curved
from .rule import Rule, RuleSettings
from .slots import Slot

FAMILY = OptimizerFamily(
    "Curvature per parameter",
    "These methods divide by how much the slope itself changes along each parameter, the diagonal of the Hessian. They need this "
    "diagonal beside the gradient, or the objective to find it.",
)

#: So often the objective is evaluated for the curvature of a coordinate, as a rule.
EVALUATIONS = 8.0


def differences(effort: Effort) -> StepPrice:
    """The curvature of each coordinate is found from gradients beside it."""
    return effort.objective * (EVALUATIONS * effort.dimension * effort.trials)


@curved(differences)
def sophia(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, values, objective, parameters, m: Slot, h: Slot,
    beta1, beta2, eps, gamma, clip, interval, is_corrected, uses_new, decay,
):  # fmt: skip
    runs, bias = x.shape[1], 1.0 - power(beta1, t) if is_corrected else 1.0
    is_due, unused, diagonal = (t - 1) % interval == 0.0, np.empty(runs), np.empty(x.shape)
    if is_due:
        objective(x, parameters, unused, diagonal)
    for i in range(x.shape[0]):
        for r in range(runs):
            new = beta2 * h[i, r] + (1.0 - beta2) * diagonal[i, r] if is_due else h[i, r]
            m[i, r] = beta1 * m[i, r] + (1.0 - beta1) * g[i, r]
            ratio = m[i, r] / bias / max(gamma * (new if uses_new else h[i, r]), eps)
            h[i, r] = new
            ratio = min(max(ratio, -clip), clip) if clip > 0.0 else ratio
            step[i, r] = -lr[i, r] * (ratio + decay * x[i, r])


def bind_sophia(settings: RuleSettings) -> Rule:
    own = {name: settings[name] for name in ("beta1", "beta2", "eps", "gamma")}
    switches = {"is_corrected": settings["bias_correction"], "uses_new": settings["hessian_used"] == "new"}
    values = {
        **own,
        **switches,
        "clip": settings["clip_threshold"],
        "interval": settings["update_interval"],
        "decay": settings["weight_decay"],
    }
    return Rule(sophia, values)


SOPHIA = Optimizer(
    name="sophia",
    title="Sophia: momentum divided by the curvature, and clipped",
    formula=r"m \leftarrow \beta_1 m + (1-\beta_1)\,g,\quad h \leftarrow \beta_2 h + (1-\beta_2)\,\mathrm{diag}(\nabla^2 f)"
    r"\ \text{every } k \text{ steps},\quad "
    r"x \leftarrow x - \eta\left(\mathrm{clip}\left(\frac{m}{\max(\gamma h, \epsilon)}, \rho\right) + \lambda x\right)",
    source="Liu, Li, Hall, Liang & Ma 2023, arXiv:2305.14342, Algorithm 3; optax contrib sophia",
    idea="Divide the average of the gradients by an average of the curvature of each parameter, and limit how far a parameter moves.",
    authors=("Liu", "Li", "Hall", "Liang", "Ma"),
    year=2023,
    hyperparameters=(
        LR,
        replace(BETA1, default=0.965),
        replace(BETA2, meaning="decay of the running average of the Hessian's diagonal", default=0.99),
        replace(EPS, meaning="the denominator is at least this"),
        Hyperparameter("gamma", "factor of the curvature", 0.01, minimum=0.0),
        Hyperparameter("clip_threshold", "limit for the size of each number of the direction; 0 means no limit", 1.0, minimum=0.0),
        Hyperparameter(
            "update_interval",
            "how often the curvature is computed: in step 1, and then once in so many steps",
            10.0,
            minimum=1.0,
            maximum=1e6,
            whole=True,
        ),
        replace(BIAS_CORRECTION, meaning="divide m by 1 - beta1^t, because its start at zero makes it too small"),
        Hyperparameter(
            "hessian_used",
            "old: a step that looks at the curvature uses the average before it; new: the average with it",
            "old",
            choices=("old", "new"),
        ),
        replace(WEIGHT_DECAY, meaning="lr * weight_decay * params is subtracted from the params"),
    ),
    bind=bind_sophia,
    kernels=(sophia,),
    slot_meanings={"m": "running average of gradients", "h": "running average of the diagonal of the Hessian"},
    efforts=lambda settings: {"trials": 1.0 / settings["update_interval"]},
    notes="Post the diagonal of the Hessian as hessian_diagonal. That of an objective with a formula is exact. That of a model on data is "
    "numerical: it is found from differences of the gradient, to about twelve digits where it is smooth. The authors and optax estimate it "
    "with random numbers, so their paths differ from run to run.",
)

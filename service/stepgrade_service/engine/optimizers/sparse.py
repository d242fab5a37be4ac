"""Methods for sparse gradients or sparse params: FTRL and SparseAdam."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

from ..compiled.arithmetic import power
from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import BETA1, BETA2, DECAY, EPS, INITIAL_ACCUMULATOR, LR, decay_faults, decay_terms
from .kinds import elementwise
from .rule import Rule, RuleSettings
from .slots import Slot

FAMILY = OptimizerFamily(
    "Sparse gradients and sparse params",
    "Many gradients are exactly 0 where features are rare. These methods treat such entries apart, or make many params exactly 0.",
)


@elementwise
def ftrl(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, accumulator: Slot, z: Slot, rate_power, beta, l1, l2_strength, shrinkage, l2, decay
):  # fmt: skip
    for i in range(x.size):
        kept = x[i] - lr[i] * decay * x[i]
        gradient = g[i] + l2 * x[i]
        root = accumulator[i] ** rate_power
        accumulator[i] += gradient * gradient
        new_root = accumulator[i] ** rate_power
        z[i] += gradient + 2.0 * shrinkage * kept - (new_root - root) / lr[i] * kept
        steepness = (beta + new_root) / lr[i] + l2_strength
        step[i] = (min(max(z[i], -l1), l1) - z[i]) / steepness - x[i]


def bind_ftrl(settings: RuleSettings) -> Rule:
    values = {
        "rate_power": -settings["lr_power"],
        "beta": settings["beta"],
        "l1": settings["l1"],
        "l2_strength": settings["l2"] * (2.0 if settings["l2_form"] == "twice" else 1.0),
        "shrinkage": settings["l2_shrinkage"],
        **decay_terms(settings),
    }
    return Rule(ftrl, values, starts={"accumulator": settings["initial_accumulator"]})


FTRL = Optimizer(
    name="ftrl",
    title="FTRL: follow the regularized leader",
    idea="Each step is the minimum of the sum of all gradients so far and a penalty: with l1 many params are exactly 0.",
    authors=(
        "McMahan",
        "Holt",
        "Sculley",
        "Young",
        "Ebner",
        "Grady",
        "Nie",
        "Phillips",
        "Davydov",
        "Golovin",
        "Chikkerur",
        "Liu",
        "Wattenberg",
        "Hrafnkelsson",
        "Boulos",
        "Kubica",
    ),
    year=2013,
    formula=r"n' = n + g^2,\quad z \leftarrow z + g - \frac{n'^{-p} - n^{-p}}{\eta}\,x,\quad "
    r"x \leftarrow \frac{\mathrm{clip}(z, -\lambda_1, \lambda_1) - z}{(\beta + n'^{-p})/\eta + \lambda_2},\quad p = -\tfrac12",
    source="Ad Click Prediction: a View from the Trenches, Algorithm 1; keras/src/optimizers/ftrl.py",
    hyperparameters=(
        replace(LR, minimum=None, above=0.0),
        Hyperparameter("lr_power", "p: the learning rate of a parameter shrinks with this power of its sum", -0.5, maximum=0.0),
        replace(INITIAL_ACCUMULATOR, meaning="first value of the sum of squared gradients"),
        Hyperparameter("l1", "strength of the L1 regularization: parameters of less use are exactly 0", 0.0, minimum=0.0),
        Hyperparameter("l2", "strength of the L2 regularization", 0.0, minimum=0.0),
        Hyperparameter(
            "l2_form",
            "how often l2 stands in the denominator: once, as in the paper; twice, as in Keras",
            "once",
            choices=("once", "twice"),
        ),
        Hyperparameter(
            "l2_shrinkage", "2 l2_shrinkage * params is added to the gradient in z, and not in the sum of squares", 0.0, minimum=0.0
        ),
        Hyperparameter("beta", "added to the root of the sum, so that the first steps are shorter", 1.0, minimum=0.0),
        *DECAY,
    ),
    bind=bind_ftrl,
    kernels=(ftrl,),
    slot_meanings={"accumulator": "n, sum of squared gradients", "z": "sum of gradients and corrections, from which the params follow"},
    check=decay_faults,
    notes="The params follow from z alone. So the start of a run has an influence only on z: after the first step the params are near 0 "
    "unless the gradients are large.",
)


@elementwise
def sparse_adam(t, x, g, step, lr, m: Slot, v: Slot, beta1, beta2, eps):  # type: ignore[no-untyped-def]
    correct = sqrt(1.0 - power(beta2, t)) / (1.0 - power(beta1, t))
    for i in range(x.size):
        if g[i] == 0.0:
            step[i] = 0.0
            continue
        m[i] = beta1 * m[i] + (1.0 - beta1) * g[i]
        v[i] = beta2 * v[i] + (1.0 - beta2) * g[i] * g[i]
        step[i] = -lr[i] * correct * m[i] / (sqrt(v[i]) + eps)


SPARSE_ADAM = Optimizer(
    name="sparse_adam",
    title="SparseAdam: Adam that leaves entries without a gradient alone",
    idea="Adam that changes only the entries whose gradient is stored; the others keep their averages.",
    authors=("Kingma", "Ba"),
    year=2014,
    formula=r"\text{where } g \ne 0:\quad m \leftarrow \beta_1 m + (1-\beta_1)\,g,\quad v \leftarrow \beta_2 v + (1-\beta_2)\,g^2,\quad "
    r"x \leftarrow x - \eta\,\frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t}\,\frac{m}{\sqrt{v}+\epsilon}",
    source="arXiv:1412.6980 (Adam); torch/optim/sparse_adam.py, torch/optim/_functional.py (for sparse gradients)",
    hyperparameters=(LR, BETA1, BETA2, replace(EPS, meaning="small number added to the root of v")),
    bind=lambda settings: Rule(sparse_adam, {name: settings[name] for name in sparse_adam.hyperparameters}),
    kernels=(sparse_adam,),
    slot_meanings={"m": "running average of gradients that are not 0", "v": "running average of squared gradients that are not 0"},
    notes="An entry of the gradient that is exactly 0 is not stored in a sparse gradient: its parameter, m and v stay as they are. "
    "t counts all steps.",
)

"""Muon: momentum whose matrices are made orthogonal; what is no matrix goes to AdamW."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from ..compiled.arithmetic import norms, power
from ..compiled.jit import allocating_part, integer, matrix, nothing, number, part, shared
from ..compiled.matrices import A_PRODUCT, A_ROTATION, largest_singular_value, multiplied, transposed
from ..reading.cost import Effort, StepPrice
from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import BETA1, BETA2, BIAS_CORRECTION, EPS, EPS_ROOT, LR, MOMENTUM, NESTEROV, WEIGHT_DECAY
from .kinds import multiplying
from .rule import Rule, RuleSettings
from .slots import Shape, ShapedSlot, Slot

FAMILY = OptimizerFamily(
    "Orthogonal matrices",
    "The velocity of a matrix is replaced by an orthogonal matrix. All its directions then get steps of the same length.",
)

#: How a matrix is scaled before its first round.
FROBENIUS, SPECTRAL, AOL, SCHATTEN = range(4)
SCALINGS = {"frobenius": FROBENIUS, "spectral": SPECTRAL, "aol": AOL, "schatten": SCHATTEN}

#: How the step depends on the shape of the matrix.
TALL, WIDE, RMS, NONE = range(4)
SHAPE_FACTORS = {"tall": TALL, "wide": WIDE, "rms": RMS, "none": NONE}

#: The coefficients of each round, as Dion has them: Ahn et al. 2025, arXiv:2504.05295; optax's preset of that name.
DION = np.array(
    [
        [4.0848, -6.8946, 2.9270],
        [3.9505, -6.3029, 2.6377],
        [3.7418, -5.5913, 2.3037],
        [2.8769, -3.1427, 1.2046],
        [2.8366, -3.0525, 1.2012],
    ]
)


def is_matrix(tensor: Shape) -> bool:
    """Whether a tensor is orthogonalized."""
    return len(tensor) == 2


def newton_schulz_price(effort: Effort) -> StepPrice:
    """That of the products of matrices, and of a spectral norm, which is asked for seldom."""
    products = 0.0
    for rows, columns in filter(is_matrix, effort.shapes):
        least, most = sorted((rows, columns))
        products += effort.rounds * (2.0 * least * least * most + least**3) * A_PRODUCT + effort.spectral * A_ROTATION * least**3
    return StepPrice(each=products)


@allocating_part
def scaled_to_rows(x, gram, scaling, eps):  # type: ignore[no-untyped-def]
    """Scale a matrix and its x x' before the first round: each row by the sum of its products (aol), or all by their norm (schatten)."""
    rows = gram.shape[0]
    scales, total = np.empty(rows), 0.0
    for i in range(rows):
        scales[i] = 0.0
        for j in range(rows):
            scales[i] += abs(gram[i, j])
            total += gram[i, j] * gram[i, j]
    for i in range(rows):
        scales[i] = 1.0 / sqrt(max(sqrt(total) if scaling == SCHATTEN else scales[i], eps))
        for j in range(x.shape[1]):
            x[i, j] *= scales[i]
    for i in range(rows):
        for j in range(rows):
            gram[i, j] *= scales[i] * scales[j]


@allocating_part
def newton_schulz(x, rounds, a, b, c, is_dion, scaling, eps):  # type: ignore[no-untyped-def]
    """x = a x + (b A + c A A) x with A = x x', round after round: its singular values come near 1. x has no more rows than columns."""
    rows, columns = x.shape
    across, gram, square, moved = np.empty((columns, rows)), np.empty((rows, rows)), np.empty((rows, rows)), np.empty((rows, columns))
    for k in range(rounds):
        if is_dion:
            a, b, c = DION[k, 0], DION[k, 1], DION[k, 2]
        transposed(x, across)
        multiplied(x, across, gram)
        if k == 0 and scaling >= AOL:
            scaled_to_rows(x, gram, scaling, eps)
        multiplied(gram, gram, square)
        for i in range(rows):
            for j in range(rows):
                square[i, j] = b * gram[i, j] + c * square[i, j]
        multiplied(square, x, moved)
        for i in range(rows):
            for j in range(columns):
                x[i, j] = a * x[i, j] + moved[i, j]


@part
def taken_out(u, r, x, is_tall):  # type: ignore[no-untyped-def]
    """x = the matrix of run r, turned to have no more rows than columns."""
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] = u[j * x.shape[0] + i, r] if is_tall else u[i * x.shape[1] + j, r]


@part
def put_back(x, u, r, is_tall, adaptive, factor):  # type: ignore[no-untyped-def]
    """The matrix of run r = x, times a factor, and times the sum of its products with what stood there."""
    total = 0.0 if adaptive else 1.0
    for i in range(x.shape[0] if adaptive else 0):
        for j in range(x.shape[1]):
            total += x[i, j] * (u[j * x.shape[0] + i, r] if is_tall else u[i * x.shape[1] + j, r])
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            u[j * x.shape[0] + i if is_tall else i * x.shape[1] + j, r] = factor * total * x[i, j]


@shared(nothing(matrix, integer, integer, integer, *[number] * 9))
def orthogonalized(u, rows, columns, rounds, a, b, c, is_dion, scaling, eps, is_floor, adaptive, factor):  # type: ignore[no-untyped-def]
    """Make the matrix of each run orthogonal, (rows * columns, runs), and scale it."""
    is_tall, lengths = rows > columns, np.empty(u.shape[1])
    x = np.empty((min(rows, columns), max(rows, columns)))
    norms(u, lengths)
    for r in range(u.shape[1]):
        taken_out(u, r, x, is_tall)
        length = largest_singular_value(x) if scaling == SPECTRAL else lengths[r]
        divisor = 1.0 if scaling >= AOL else max(length, eps) if is_floor else length + eps
        for i in range(x.shape[0]):
            for j in range(x.shape[1]):
                x[i, j] /= divisor
        newton_schulz(x, rounds, a, b, c, is_dion, scaling, eps)
        put_back(x, u, r, is_tall, adaptive, factor)


@shared(nothing(integer, *[matrix] * 4, *[number] * 6))
def adam_direction(t, g, m, v, out, beta1, beta2, eps, eps_root, is_hat, nesterov):  # type: ignore[no-untyped-def]
    """out = Adam's direction, with Nesterov's momentum where it is asked for."""
    c1, c1_next, c2 = 1.0 - power(beta1, t), 1.0 - power(beta1, t + 1), 1.0 - power(beta2, t)
    eps_outside = eps / sqrt(c2) if is_hat else eps
    for i in range(g.shape[0]):
        for r in range(g.shape[1]):
            m[i, r] = beta1 * m[i, r] + (1.0 - beta1) * g[i, r]
            v[i, r] = beta2 * v[i, r] + (1.0 - beta2) * g[i, r] * g[i, r]
            ahead = beta1 * m[i, r] / c1_next + (1.0 - beta1) * g[i, r] / c1 if nesterov else m[i, r] / c1
            out[i, r] = ahead / (sqrt(v[i, r] / c2 + eps_root) + eps_outside)


@shared(nothing(integer, *[matrix] * 3, *[number] * 4))
def momentum_direction(t, g, m, out, momentum, gain, nesterov, corrected):  # type: ignore[no-untyped-def]
    """out = the velocity, or with Nesterov's momentum what it will be if the gradient stays."""
    correct = 1.0 / (1.0 - corrected * power(momentum, t))
    ahead = 1.0 / (1.0 - corrected * power(momentum, t + 1))
    for i in range(g.shape[0]):
        for r in range(g.shape[1]):
            m[i, r] = momentum * m[i, r] + gain * g[i, r]
            out[i, r] = momentum * ahead * m[i, r] + gain * correct * g[i, r] if nesterov else correct * m[i, r]


@part
def shape_factor(rows, columns, kind, rms_rate):  # type: ignore[no-untyped-def]
    """What the step is multiplied by for its shape."""
    tall, wide = sqrt(max(1.0, rows / columns)), sqrt(max(1.0, columns / rows))
    return tall if kind == TALL else wide if kind == WIDE else rms_rate * sqrt(max(rows, columns)) if kind == RMS else 1.0


@multiplying(newton_schulz_price)
def muon(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, shape, m: Slot, v: ShapedSlot,
    momentum, gain, nesterov, corrected, rounds, ns_a, ns_b, ns_c, is_dion, scaling, eps, is_floor, adaptive, factor_kind, rms_rate, decay,
    beta1, beta2, adam_eps, eps_root, is_hat, adam_nesterov, adam_decay, decays_by_lr, adam_lr_ratio, adam_lr,
):  # fmt: skip
    if v.shape[0] > 0:
        adam_direction(t, g, m, v, step, beta1, beta2, adam_eps, eps_root, is_hat, adam_nesterov)
    else:
        momentum_direction(t, g, m, step, momentum, gain, nesterov, corrected)
        factor = shape_factor(shape[0], shape[1], factor_kind, rms_rate)
        orthogonalized(
            step, shape[0], shape[1], int(rounds), ns_a, ns_b, ns_c, is_dion, scaling, eps, is_floor, adaptive, factor
        )  # fmt: skip
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            of_adam = adam_lr if adam_lr > 0.0 else lr[i, r] * adam_lr_ratio
            rate = of_adam if v.shape[0] > 0 else lr[i, r]
            decays = adam_decay * (lr[i, r] if decays_by_lr else of_adam) if v.shape[0] > 0 else lr[i, r] * decay
            step[i, r] = -(rate * step[i, r] + decays * x[i, r])


@dataclass(frozen=True)
class SquaresOfOthers:
    """Adam's squares stand where a tensor is no matrix, or is not orthogonalized."""

    orthogonal: bool

    def __call__(self, tensor: Shape) -> Shape | None:
        return None if self.orthogonal and is_matrix(tensor) else tensor


def bind_muon(settings: RuleSettings) -> Rule:
    shares = settings["adam_shares"]
    same = ("momentum", "nesterov", "ns_a", "ns_b", "ns_c", "eps", "adaptive", "rms_rate", "adam_lr_ratio", "adam_lr")
    values = {
        **{name: settings[name] for name in same},
        "gain": 1.0 - settings["momentum"] if settings["momentum_form"] == "ema" else 1.0,
        "corrected": settings["bias_correction"],
        "rounds": len(DION) if settings["ns_preset"] == "dion" else settings["ns_steps"],
        "is_dion": settings["ns_preset"] == "dion",
        "scaling": SCALINGS[settings["preconditioning"]],
        "is_floor": settings["eps_mode"] == "floor",
        "factor_kind": SHAPE_FACTORS[settings["shape_factor"]],
        "decay": settings["weight_decay"],
        "beta1": settings["adam_beta1"],
        "beta2": settings["adam_beta2"],
        "adam_eps": settings["eps"] if shares else settings["adam_eps"],
        "eps_root": settings["adam_eps_root"],
        "is_hat": settings["adam_eps_mode"] == "hat",
        "adam_nesterov": shares and settings["nesterov"],
        "adam_decay": settings["adam_weight_decay"],
        "decays_by_lr": settings["adam_decay_rate"] == "lr",
    }
    return Rule(muon, values, shapes={"v": SquaresOfOthers(bool(settings["orthogonal"]))})


MUON = Optimizer(
    name="muon",
    title="Muon: momentum with orthogonal matrices",
    idea="Replace the momentum of a matrix by the nearest orthogonal matrix, so that all its directions get the same length.",
    authors=("Jordan", "Jin", "Boza", "You", "Cesista", "Newhouse", "Bernstein"),
    year=2024,
    formula=r"b \leftarrow \mu b + g,\quad u = g + \mu b,\quad X_0 = \frac{u}{\lVert u\rVert + \epsilon},\quad "
    r"A = X_k X_k^T,\quad X_{k+1} = a X_k + (b_2 A + c A A) X_k,\quad "
    r"x \leftarrow x - \eta\left(\sqrt{\max(1, \mathrm{rows}/\mathrm{columns})}\,X_5 + \lambda x\right)",
    source="Muon: An optimizer for hidden layers in neural networks; Liu et al. 2025, arXiv:2502.16982; torch/optim/_muon.py; "
    "keras/src/optimizers/muon.py; optax.contrib muon",
    hyperparameters=(
        LR,
        replace(MOMENTUM, default=0.95, below=1.0),
        replace(NESTEROV, default=True),
        Hyperparameter(
            "momentum_form",
            "what enters the velocity: classic: the gradient; ema: (1 - momentum) * gradient",
            "classic",
            choices=("classic", "ema"),
        ),
        replace(BIAS_CORRECTION, default=False),
        Hyperparameter("ns_steps", "rounds of Newton and Schulz's iteration", 5.0, minimum=0.0, maximum=99.0, whole=True),
        Hyperparameter("ns_a", "coefficient of the matrix in a round", 3.4445),
        Hyperparameter("ns_b", "coefficient of its third power", -4.775),
        Hyperparameter("ns_c", "coefficient of its fifth power", 2.0315),
        Hyperparameter(
            "ns_preset",
            "own: each round has the coefficients ns_a, ns_b and ns_c; dion: five rounds, each with its own, as Dion has them",
            "own",
            choices=("own", "dion"),
        ),
        replace(EPS, meaning="small number that keeps the norm of the matrix above zero", default=1e-7),
        Hyperparameter(
            "eps_mode",
            "added: eps is added to the norm; floor: the norm is at least eps",
            "added",
            choices=("added", "floor"),
        ),
        Hyperparameter(
            "preconditioning",
            "how a matrix is scaled before the first round: frobenius: by its norm; spectral: by its largest singular value; aol: each row "
            "by itself; schatten: by the norm of X X'",
            "frobenius",
            choices=tuple(SCALINGS),
        ),
        Hyperparameter("adaptive", "whether the step is multiplied by the sum of its products with the velocity", False),
        Hyperparameter(
            "shape_factor",
            "what the step is multiplied by: tall: sqrt(max(1, rows / columns)); wide: sqrt(max(1, columns / rows)); rms: rms_rate * "
            "sqrt(max(rows, columns)); none: 1",
            "tall",
            choices=tuple(SHAPE_FACTORS),
        ),
        Hyperparameter("rms_rate", "about the root mean square of a step at the learning rate 1, with shape_factor rms", 0.2, minimum=0.0),
        Hyperparameter("orthogonal", "1: matrices are orthogonalized; 0: they go to AdamW too", 1.0, minimum=0.0, maximum=1.0, whole=True),
        replace(WEIGHT_DECAY, meaning="lr * weight_decay * params is subtracted from matrices"),
        replace(BETA1, name="adam_beta1", meaning="AdamW's beta1, for what is no matrix"),
        replace(BETA2, name="adam_beta2", meaning="AdamW's beta2, for what is no matrix"),
        replace(EPS, name="adam_eps", meaning="AdamW's eps, for what is no matrix"),
        Hyperparameter(
            "adam_eps_mode",
            "where adam_eps is added: outside: to the root; hat: to the root of the uncorrected average",
            "outside",
            choices=("outside", "hat"),
        ),
        replace(EPS_ROOT, name="adam_eps_root"),
        Hyperparameter("adam_shares", "whether AdamW takes eps and nesterov as matrices have them", False),
        replace(WEIGHT_DECAY, name="adam_weight_decay", meaning="strength of the decay of what is no matrix"),
        Hyperparameter(
            "adam_decay_rate", "what adam_weight_decay is multiplied by: adam: AdamW's rate; lr: lr", "adam", choices=("adam", "lr")
        ),
        Hyperparameter("adam_lr_ratio", "AdamW's learning rate as a multiple of lr", 1.0, minimum=0.0),
        Hyperparameter("adam_lr", "AdamW's learning rate, whatever lr is; 0: it is lr * adam_lr_ratio", 0.0, minimum=0.0),
    ),
    bind=bind_muon,
    kernels=(muon,),
    slot_meanings={
        "m": "running sum or average of gradients",
        "v": "running average of squared gradients; only of what is no matrix",
    },
    notes="In the formula b is the buffer, and a, b_2 and c are ns_a, ns_b and ns_c. "
    "A tensor of two axes is a matrix. All others go to AdamW.",
)

"""Methods that learn the curvature from the changes of the gradient: L-BFGS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..compiled.arithmetic import norm
from ..compiled.jit import flag, function_type, integer, matrix, nothing, number, part, shared, vector
from ..compiled.signatures import OBJECTIVE
from ..reading.cost import Effort, StepPrice
from ..reading.faults import Fault
from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import LR
from .kinds import asking_objective, whole
from .rule import Rule, RuleSettings
from .searching import MOST_TRIALS, SHARE_OF_TRIALS
from .slots import NumberSlot, NumbersSlot, Slot, StackSlot
from .wolfe import FAR, GRADIENT, ORIGIN, ROWS, VALUE, strong_wolfe, write
from .zoom import GROWTH, MAY_RISE, SHORTEST, ZOOM_ROWS, zoom

FAMILY = OptimizerFamily(
    "Quasi-Newton methods",
    "Newton's method steps to the minimum of a quadratic that has the same slope and curvature. These methods estimate the curvature from "
    "the gradients of the last steps.",
)

#: A pair whose product of step and change of gradient is no larger says nothing of the curvature, and is not kept.
LEAST_CURVATURE = 1e-10


@part
def remember(s, y, rho, gamma, d, length, g_prev, gradient, r):  # type: ignore[no-untyped-def]
    """Add the last step and the change of the gradient to the history of run r, in place of the oldest."""
    n, last, sy, yy = d.shape[0], (rho.shape[0] - 1) * d.shape[0], 0.0, 0.0
    for i in range(n):
        change = gradient[i, 0] - g_prev[i, r]
        sy += change * (d[i, r] * length)
        yy += change * change
    if not sy > LEAST_CURVATURE:
        return
    for i in range(last):
        s[i, r], y[i, r] = s[n + i, r], y[n + i, r]
    for k in range(rho.shape[0] - 1):
        rho[k, r] = rho[k + 1, r]
    for i in range(n):
        s[last + i, r], y[last + i, r] = d[i, r] * length, gradient[i, 0] - g_prev[i, r]
    rho[rho.shape[0] - 1, r], gamma[0, r] = 1.0 / sy, sy / yy


@part
def turn(s, y, rho, scale, d, alpha, r):  # type: ignore[no-untyped-def]
    """Multiply column r of d by the inverse Hessian that the history tells of: Nocedal & Wright 2006, algorithm 7.4.

    `alpha` is room for a number per pair.
    """
    n, count = d.shape[0], rho.shape[0]
    for k in range(count - 1, -1, -1):
        alpha[k] = 0.0
        if rho[k, r] != 0.0:
            for i in range(n):
                alpha[k] += s[k * n + i, r] * d[i, r]
            alpha[k] *= rho[k, r]
            for i in range(n):
                d[i, r] -= alpha[k] * y[k * n + i, r]
    for i in range(n):
        d[i, r] *= scale
    for k in range(count):
        if rho[k, r] != 0.0:
            beta = 0.0
            for i in range(n):
                beta += y[k * n + i, r] * d[i, r]
            for i in range(n):
                d[i, r] += s[k * n + i, r] * (alpha[k] - beta * rho[k, r])


@part
def largest(a, r):  # type: ignore[no-untyped-def]
    """The largest size in column r, and nan where one is nan."""
    found = 0.0
    for i in range(a.shape[0]):
        found = found if abs(a[i, r]) <= found else abs(a[i, r])
    return found


@part
def first_share(gradient):  # type: ignore[no-untyped-def]
    """The share of lr in the first step, which has no curvature to go by: 1 over the sum of the gradient's sizes, at most 1."""
    total = 0.0
    for i in range(gradient.shape[0]):
        total += abs(gradient[i, 0])
    return min(1.0, 1.0 / total)


@part
def product(a, d, r):  # type: ignore[no-untyped-def]
    """The product of a column with column r of d."""
    total = 0.0
    for i in range(d.shape[0]):
        total += a[i, 0] * d[i, r]
    return total


@part
def choose_direction(s, y, rho, gamma, d, length, g_prev, gradient, is_first, alpha, r):  # type: ignore[no-untyped-def]
    """Write the direction of run r: the negative gradient, turned by what the history tells of the curvature."""
    if not is_first:
        remember(s, y, rho, gamma, d, length[0, r], g_prev, gradient, r)
    for i in range(d.shape[0]):
        d[i, r], g_prev[i, r] = -gradient[i, 0], gradient[i, 0]
    turn(s, y, rho, gamma[0, r], d, alpha, r)


@part
def go(  # type: ignore[no-untyped-def]
    searches, most, tolerance, is_last, at, d, length, r, objective, parameters, line, trial, value, gradient
):  # fmt: skip
    """Move along the direction as far as the length says, or a search finds. Returns how often the objective was evaluated.

    At the end of the last iteration without a search it is not: the next step does that.
    """
    trials = 0
    if searches:
        write(line, ORIGIN, 0.0, value, gradient, d, r)
        row, trials = strong_wolfe(line, length[0, r], most, tolerance, at, d, r, objective, parameters, trial, value, gradient)
        length[0, r], value[0] = line[row, FAR], line[row, VALUE]
        for i in range(at.shape[0]):
            gradient[i, 0] = line[row, GRADIENT + i]
    for i in range(at.shape[0]):
        at[i, 0] += length[0, r] * d[i, r]
    if not searches and not is_last:
        objective(at, parameters, value, gradient)
        trials = 1
    return trials


def iterated(effort: Effort) -> StepPrice:
    """Every iteration evaluates the objective, and goes through the history; each run does it by itself."""
    history = (1.2 * effort.history + 2.0) * effort.dimension
    return StepPrice(each=(effort.objective.of(1) + 4.0 + history) * effort.trials)


@shared(
    number(integer, matrix, function_type(OBJECTIVE), vector, *[matrix] * 9, *[number] * 5, vector, matrix, matrix, matrix, vector, matrix)
)
def iterate(  # type: ignore[no-untyped-def]
    r, lr, objective, parameters, s, y, rho, gamma, d, length, g_prev, value_prev, iterations, max_iter, max_eval, tolerance_grad,
    tolerance_change, searches, alpha, line, trial, at, value, gradient,
):  # fmt: skip
    """The iterations of one step of run r; `at`, `value` and `gradient` go with it. Returns how often the objective was evaluated."""
    calls, k, is_done = 1.0, 0.0, largest(gradient, 0) <= tolerance_grad
    while k < max_iter and not is_done:
        k += 1.0
        iterations[0, r] += 1.0
        is_first = iterations[0, r] == 1.0
        choose_direction(s, y, rho, gamma, d, length, g_prev, gradient, is_first, alpha, r)
        value_prev[0, r], length[0, r] = value[0], lr[0, r] * (first_share(gradient) if is_first else 1.0)
        if product(gradient, d, r) > -tolerance_change:
            break
        most, is_last = int(max_eval - calls), k >= max_iter
        calls += go(searches, most, tolerance_change, is_last, at, d, length, r, objective, parameters, line, trial, value, gradient)
        is_short = largest(d, r) * abs(length[0, r]) <= tolerance_change or abs(value[0] - value_prev[0, r]) < tolerance_change
        is_done = is_short or calls >= max_eval or largest(gradient, 0) <= tolerance_grad
    return calls


@asking_objective(iterated)
def lbfgs(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, values, objective, parameters, s: StackSlot, y: StackSlot, rho: NumbersSlot, gamma: NumberSlot,
    d: Slot, length: NumberSlot, g_prev: Slot, value_prev: NumberSlot, iterations: NumberSlot, evaluations: NumberSlot,
    max_iter, max_eval, tolerance_grad, tolerance_change, searches,
):  # fmt: skip
    n = x.shape[0]
    line, value, at = np.empty((ROWS, GRADIENT + n)), np.empty(1), np.empty((n, 1))
    trial, gradient, alpha = np.empty((n, 1)), np.empty((n, 1)), np.empty(rho.shape[0])
    for r in range(x.shape[1]):
        value[0] = values[r]
        for i in range(n):
            at[i, 0], gradient[i, 0] = x[i, r], g[i, r]
        evaluations[0, r] += iterate(
            r, lr, objective, parameters, s, y, rho, gamma, d, length, g_prev, value_prev, iterations, max_iter, max_eval, tolerance_grad,
            tolerance_change, searches, alpha, line, trial, at, value, gradient,
        )  # fmt: skip
        for i in range(n):
            step[i, r] = at[i, 0] - x[i, r]


def bind_lbfgs(settings: RuleSettings) -> Rule:
    values = {name: settings[name] for name in ("max_iter", "tolerance_grad", "tolerance_change")}
    values |= {"max_eval": evaluations_of(settings), "searches": settings["line_search"] == "strong_wolfe"}
    depth = int(settings["history_size"])
    return Rule(lbfgs, values, starts={"gamma": 1.0}, depths={"s": depth, "y": depth, "rho": depth})


def evaluations_of(settings: Mapping[str, Any]) -> float:
    """How often a step evaluates the objective at most, but for one more trial of the last search."""
    return float(settings["max_eval"] or settings["max_iter"] * 5 // 4)


def one_lr(settings: Mapping[str, Any]) -> Sequence[Fault]:
    """One length is for all tensors together."""
    if isinstance(settings["lr"], Mapping):
        return [Fault(("lr",), "expected one number: L-BFGS has one number for all tensors")]
    return []


LBFGS = Optimizer(
    name="lbfgs",
    title="L-BFGS: Newton's method with a Hessian from the last steps",
    formula=r"s_k = x_{k+1} - x_k,\quad y_k = g_{k+1} - g_k,\quad \rho_k = \frac{1}{y_k^\top s_k},\quad "
    r"\gamma = \frac{s_k^\top y_k}{y_k^\top y_k},\quad d = -H\,g,\quad x \leftarrow x + t\,d",
    source="Liu & Nocedal 1989; Nocedal & Wright 2006, Numerical Optimization, Algorithms 7.4, 3.5 and 3.6; torch/optim/lbfgs.py",
    idea="Estimate the curvature from the last steps and from how the gradient changed along them, and step to where the estimate has its "
    "minimum.",
    authors=("Nocedal",),
    year=1980,
    hyperparameters=(
        replace(LR, meaning="length of a step, in units of the direction; with a line search, the first length that is tried"),
        Hyperparameter("max_iter", "the most iterations in one step", 20.0, minimum=1.0, maximum=1000.0, whole=True),
        Hyperparameter(
            "max_eval",
            "the most evaluations of the objective in one step; 0 stands for 5/4 of max_iter, rounded down",
            0.0,
            minimum=0.0,
            maximum=10_000.0,
            whole=True,
        ),
        Hyperparameter("tolerance_grad", "a step ends where no number of the gradient is larger", 1e-7, minimum=0.0),
        Hyperparameter("tolerance_change", "a step ends where the value, or every number of the params, changes less", 1e-9, minimum=0.0),
        Hyperparameter(
            "history_size", "how many iterations the estimate of the curvature remembers", 100.0, minimum=1.0, maximum=1000.0, whole=True
        ),
        Hyperparameter(
            "line_search",
            "none: a step has the length lr; strong_wolfe: a search finds a length that fulfils Wolfe's strong conditions",
            "none",
            choices=("none", "strong_wolfe"),
        ),
    ),
    bind=bind_lbfgs,
    kernels=(lbfgs,),
    slot_meanings={
        "s": "the steps of the last iterations, the newest last",
        "y": "the changes of the gradient in the last iterations, the newest last",
        "rho": "1 over the product of s and y of each of these iterations; 0 where there is none yet",
        "gamma": "scale of the Hessian's inverse before the history changes it",
        "d": "the last direction",
        "length": "the last length: the step is length * d",
        "g_prev": "the gradient before the last iteration",
        "value_prev": "the value before the last iteration",
        "iterations": "iterations so far",
        "evaluations": "evaluations of the objective so far",
    },
    check=one_lr,
    efforts=lambda settings: {"trials": evaluations_of(settings), "history": settings["history_size"]},
    notes="H is the estimate of the inverse Hessian that the pairs s and y make; it starts as gamma times the identity. "
    "One step has up to max_iter iterations, as one call of torch's step has. The first direction is the negative gradient, and the "
    "first length is lr / (sum of the gradient's sizes), at most lr. An iteration whose s and y have a product of at most 1e-10 does "
    "not enter the history. Noise is added to the gradient at the start of a step, but not to what the iterations evaluate.",
)


@part
def take_in(s, y, rho, x, g, x_prev, g_prev, r):  # type: ignore[no-untyped-def]
    """Add the step that led to x and the change of the gradient to the history of run r; returns the scale that they tell."""
    n, last, sy, yy = x.shape[0], (rho.shape[0] - 1) * x.shape[0], 0.0, 0.0
    for i in range(last):
        s[i, r], y[i, r] = s[n + i, r], y[n + i, r]
    for k in range(rho.shape[0] - 1):
        rho[k, r] = rho[k + 1, r]
    for i in range(n):
        s[last + i, r], y[last + i, r] = x[i, r] - x_prev[i, r], g[i, r] - g_prev[i, r]
        sy += y[last + i, r] * s[last + i, r]
        yy += y[last + i, r] * y[last + i, r]
    rho[rho.shape[0] - 1, r] = 0.0 if sy == 0.0 else 1.0 / sy
    return sy / yy if yy > 0.0 else 1.0


@shared(nothing(integer, *[matrix] * 8, flag, vector, integer, matrix))
def write_direction(t, x, g, lr, s, y, rho, x_prev, g_prev, scales, alpha, r, step):  # type: ignore[no-untyped-def]
    """step = -lr times the gradient of run r, turned by what the history tells of the curvature."""
    scale = min(1.0, 1.0 / norm(g, r)) if t == 1 else take_in(s, y, rho, x, g, x_prev, g_prev, r)
    for i in range(x.shape[0]):
        x_prev[i, r], g_prev[i, r], step[i, r] = x[i, r], g[i, r], g[i, r]
    turn(s, y, rho, scale if scales else 1.0, step, alpha, r)
    for i in range(x.shape[0]):
        step[i, r] *= -lr[i, r]


@whole
def lbfgs_step(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, s: StackSlot, y: StackSlot, rho: NumbersSlot, x_prev: Slot, g_prev: Slot, scales
):  # fmt: skip
    alpha = np.empty(rho.shape[0])
    for r in range(x.shape[1]):
        write_direction(t, x, g, lr, s, y, rho, x_prev, g_prev, scales[0] > 0.0, alpha, r, step)


def zoomed(effort: Effort) -> StepPrice:
    """Every trial evaluates the objective; each run searches by itself."""
    return StepPrice(each=(effort.objective.of(1) + 4.0 + effort.dimension) * effort.trials + 1.2 * effort.history * effort.dimension)


@asking_objective(zoomed)
def lbfgs_zoom(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, values, objective, parameters, s: StackSlot, y: StackSlot, rho: NumbersSlot, x_prev: Slot, g_prev: Slot,
    scales, c1, c2, most_trials,
):  # fmt: skip
    n = x.shape[0]
    alpha, line, value = np.empty(rho.shape[0]), np.empty((ZOOM_ROWS, GRADIENT + n)), np.empty(1)
    at, trial, gradient = np.empty((n, 1)), np.empty((n, 1)), np.empty((n, 1))
    for r in range(x.shape[1]):
        write_direction(t, x, g, lr, s, y, rho, x_prev, g_prev, scales > 0.0, alpha, r, step)
        value[0] = values[r]
        for i in range(n):
            at[i, 0], gradient[i, 0] = x[i, r], g[i, r]
        write(line, ORIGIN, 0.0, value, gradient, step, r)
        length = zoom(
            line, int(most_trials), c1, c2, 1.0, GROWTH, np.inf, 0.0, MAY_RISE, SHORTEST, at, step, r, objective, parameters, trial, value,
            gradient,
        )  # fmt: skip
        for i in range(n):
            step[i, r] *= length


def bind_lbfgs_step(settings: RuleSettings) -> Rule:
    depth, scales = int(settings["history_size"]), {"scales": settings["scale_init"]}
    depths = {"s": depth, "y": depth, "rho": depth}
    if settings["line_search"] == "none":
        return Rule(lbfgs_step, scales, depths=depths)
    return Rule(lbfgs_zoom, scales | {name: settings[name] for name in ("c1", "c2", "most_trials")}, depths=depths)


LBFGS_STEP = Optimizer(
    name="lbfgs_step",
    title="L-BFGS with one iteration per step",
    formula=r"s_k = x_{k+1} - x_k,\quad y_k = g_{k+1} - g_k,\quad \rho_k = \frac{1}{y_k^\top s_k},\quad "
    r"\gamma = \frac{s_k^\top y_k}{y_k^\top y_k},\quad x \leftarrow x - \alpha\,\eta\,H\,g",
    source="Liu & Nocedal 1989; Nocedal & Wright 2006, Numerical Optimization, Algorithms 7.4, 3.5 and 3.6; optax lbfgs",
    idea="L-BFGS that takes one iteration per step, so that each step has one direction and one line search.",
    authors=("Nocedal",),
    year=1980,
    hyperparameters=(
        replace(LR, meaning="factor of the direction; a line search multiplies it by the length that it finds", default=1.0),
        Hyperparameter(
            "history_size", "how many steps the estimate of the curvature remembers", 10.0, minimum=1.0, maximum=1000.0, whole=True
        ),
        Hyperparameter(
            "scale_init",
            "start the estimate of the inverse Hessian from gamma, in the first step from 1 / norm of the gradient, at most 1; else from 1",
            True,
        ),
        Hyperparameter(
            "line_search",
            "none: the direction times lr is the step; zoom: a search finds a length with a low value and a flat slope",
            "zoom",
            choices=("none", "zoom"),
        ),
        Hyperparameter("c1", "share of the decrease along the direction that a step must reach", 1e-4, minimum=0.0, below=1.0),
        Hyperparameter("c2", "how flat the slope must become, relative to the slope at the start", 0.9, minimum=0.0),
        Hyperparameter("most_trials", "how many lengths are tried", 20.0, minimum=1.0, maximum=MOST_TRIALS, whole=True),
    ),
    bind=bind_lbfgs_step,
    kernels=(lbfgs_step, lbfgs_zoom),
    slot_meanings={
        "s": "the last steps, the newest last",
        "y": "the changes of the gradient in these steps, the newest last",
        "rho": "1 over the product of s and y of each of these steps; 0 where there is none yet",
        "x_prev": "the params before the last step",
        "g_prev": "the gradient before the last step",
    },
    check=one_lr,
    efforts=lambda settings: {
        "trials": SHARE_OF_TRIALS * settings["most_trials"] if settings["line_search"] == "zoom" else 0.0,
        "history": settings["history_size"],
    },
    notes="H is the estimate of the inverse Hessian that the pairs s and y make; it starts as gamma times the identity. "
    "Without a line search a posted gradient is enough. The first length that a search tries is 1. If it finds no good length, it "
    "takes one at which the value fell enough. Noise is added to the gradient, but not to what the search evaluates.",
)

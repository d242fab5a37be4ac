"""Schedules that rise and fall: from point to point, in one cycle, in triangles, and the warm-up of the transformer."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, floor, pi, sqrt

from ..compiled.jit import compiled
from ..optimizers.declaration import Hyperparameter
from ..reading.faults import Fault
from .declaration import NumberList, ScheduleKind, Values, kernel


@compiled
def interpolated(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = base c, where c goes from factor to factor between the points, along lines or half cosines"""
    is_cosine, count = parameters[0], int(parameters[1])
    points, factors = parameters[2 : 2 + count], parameters[2 + count : 2 + 2 * count]
    k = 0
    while k < count - 2 and s > points[k + 1]:
        k += 1
    width = points[k + 1] - points[k]
    share = 1.0 if width <= 0.0 else max(0.0, min(1.0, (s - points[k]) / width))
    if is_cosine:
        factor = factors[k + 1] + (factors[k] - factors[k + 1]) / 2.0 * (cos(pi * share) + 1.0)
    else:
        factor = (factors[k + 1] - factors[k]) * share + factors[k]
    for i in range(lr.size):
        lr[i] = base[i] * factor


@compiled
def cyclic(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = base + (lr_max - base) h a, the height h of a triangle of steps_up and steps_down, a by the mode"""
    lr_max, steps_up, steps_down, mode, gamma = parameters
    length = steps_up + steps_down
    cycle = floor(s / length)
    spent = s - cycle * length
    height = spent / steps_up if spent <= steps_up else (length - spent) / steps_down
    if mode == 1.0:
        height *= 0.5 ** float(cycle)
    elif mode == 2.0:
        height *= gamma ** float(s)
    for i in range(lr.size):
        lr[i] = base[i] + (lr_max - base[i]) * height


@compiled
def noam(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = base d_model^(-1/2) min(t^(-1/2), t warmup_steps^(-3/2)), t = s + 1"""
    d_model, warmup_steps = parameters
    t = s + 1.0
    factor = min(1.0 / sqrt(t), t / (warmup_steps * sqrt(warmup_steps))) / sqrt(d_model)
    for i in range(lr.size):
        lr[i] = base[i] * factor


def _points(values: Values) -> list[float]:
    return [float(values["shape"] == "cosine"), float(len(values["points"])), *values["points"], *values["factors"]]


def _one_cycle(values: Values) -> list[float]:
    """The points of a cycle as torch has them: the peak is one step before pct_start of the steps are over."""
    total, start = values["total_steps"], values["pct_start"]
    low, end = 1.0 / values["div_factor"], 1.0 / (values["div_factor"] * values["final_div_factor"])
    if values["three_phase"]:
        points, factors = [0.0, start * total - 1.0, 2.0 * start * total - 2.0, total - 1.0], [low, 1.0, low, end]
    else:
        points, factors = [0.0, start * total - 1.0, total - 1.0], [low, 1.0, end]
    return [float(values["shape"] == "cosine"), float(len(points)), *points, *factors]


def _as_many(values: Values) -> Sequence[Fault]:
    if len(values["points"]) < 2:
        return [Fault(("points",), "expected at least 2 points")]
    if len(values["points"]) != len(values["factors"]):
        return [Fault(("factors",), f"expected {len(values['points'])} numbers, as many as points")]
    return ()


MODES = ("triangular", "triangular2", "exp_range")


def _triangles(values: Values) -> list[float]:
    down = values.get("steps_down", values["steps_up"])
    return [values["lr_max"], values["steps_up"], down, float(MODES.index(values["mode"])), values["gamma"]]


SHAPE = Hyperparameter("shape", "the way from one point to the next", "cosine", choices=("cosine", "linear"))
STEP_NUMBER = Hyperparameter("step", "a number of steps", minimum=0.0)

KINDS = (
    ScheduleKind(
        "interpolated",
        "From point to point",
        "The factor of the rate goes from one point to the next, along a line or half a cosine. After the last point it stays.",
        r"\eta_s = c(s)\,\eta_0",
        kernel(interpolated),
        (
            NumberList("points", "numbers of steps", STEP_NUMBER, ordered=True),
            NumberList("factors", "the factor of the rate at each point", Hyperparameter("factor", "a factor", minimum=0.0)),
            SHAPE,
        ),
        frozenset({"points", "factors"}),
        numbers=_points,
        check=_as_many,
    ),
    ScheduleKind(
        "one_cycle",
        "One cycle",
        "The rate rises from 1 / div_factor of its peak to the peak, and falls to almost 0. The peak is the optimizer's learning "
        "rate, or lr. It is at step pct_start total_steps - 1, as in torch.",
        r"\eta_s = c(s)\,\eta_0",
        kernel(interpolated),
        (
            Hyperparameter("total_steps", "steps of the whole cycle", minimum=1.0, whole=True),
            Hyperparameter("pct_start", "share of the steps in which the rate rises", 0.3, minimum=0.0, maximum=1.0),
            SHAPE,
            Hyperparameter("div_factor", "the peak divided by the first rate", 25.0, minimum=1e-6),
            Hyperparameter("final_div_factor", "the first rate divided by the last", 1e4, minimum=1e-6),
            Hyperparameter("three_phase", "whether the rate falls as it has risen before it falls to the end", False),
        ),
        frozenset({"total_steps"}),
        source="Smith & Topin 2019, arXiv:1708.07120",
        numbers=_one_cycle,
    ),
    ScheduleKind(
        "cyclic",
        "Cyclic",
        "The rate rises to lr_max and falls back, again and again. triangular2 halves the height in each cycle. exp_range multiplies "
        "the height by gamma in each step.",
        r"\eta_s = \eta_0 + (\eta_{\max} - \eta_0)\,h(s)\,a(s)",
        kernel(cyclic),
        (
            Hyperparameter("lr_max", "the rate at the top", minimum=0.0),
            Hyperparameter("steps_up", "steps in which the rate rises", minimum=1.0, whole=True),
            Hyperparameter("steps_down", "steps in which the rate falls; if left out, as many as steps_up", minimum=1.0, whole=True),
            Hyperparameter("mode", "how the height changes", "triangular", choices=MODES),
            Hyperparameter("gamma", "the factor of exp_range", 1.0, minimum=0.0),
        ),
        frozenset({"lr_max", "steps_up"}),
        frozenset({"steps_down"}),
        source="Smith 2017, arXiv:1506.01186",
        numbers=_triangles,
    ),
    ScheduleKind(
        "noam",
        "Noam (the transformer's warm-up)",
        "The rate rises along a line for warmup_steps steps. Then it falls like 1 / sqrt(t), where t is the number of the step. "
        "With the paper's numbers the optimizer's learning rate is 1.",
        r"\eta_s = \eta_0\,d^{-1/2}\min(t^{-1/2},\ t\,w^{-3/2}),\quad t = s + 1",
        kernel(noam),
        (
            Hyperparameter("d_model", "the width of the model", 512.0, minimum=1.0),
            Hyperparameter("warmup_steps", "steps in which the rate rises", 4000.0, minimum=1.0, whole=True),
        ),
        source="Vaswani et al. 2017, arXiv:1706.03762, equation 3",
    ),
)

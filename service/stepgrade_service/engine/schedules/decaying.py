"""Schedules that decay, or stay: constant, step by step, exponentially, by a power or a root of the steps."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, sqrt

from ..compiled.jit import compiled
from ..optimizers.declaration import Hyperparameter
from ..reading.faults import Fault
from .declaration import NumberList, ScheduleKind, Values, kernel


@compiled
def explicit(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = parameters[s]"""
    for i in range(lr.size):
        lr[i] = parameters[s]


@compiled
def given(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = parameters[0]"""
    for i in range(lr.size):
        lr[i] = parameters[0]


@compiled
def constant(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = factor base"""
    for i in range(lr.size):
        lr[i] = parameters[0] * base[i]


@compiled
def inverse_time(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = base / (1 + decay_rate s / decay_steps), s / decay_steps rounded down with staircase"""
    decay_rate, decay_steps, staircase = parameters
    spent = floor(s / decay_steps) if staircase else s / decay_steps
    for i in range(lr.size):
        lr[i] = base[i] / (1.0 + decay_rate * spent)


@compiled
def step(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = base gamma^floor(s / step_size)"""
    step_size, gamma = parameters
    factor = gamma ** floor(s / step_size)
    for i in range(lr.size):
        lr[i] = base[i] * factor


@compiled
def piecewise(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = values[k], or base factors[k], where k boundaries are at most s (less than s with after_boundary)"""
    after, absolute, count = parameters[0], parameters[1], int(parameters[2])
    k = 0
    while k < count and (parameters[3 + k] < s or (parameters[3 + k] == s and not after)):
        k += 1
    value = parameters[3 + count + k]
    for i in range(lr.size):
        lr[i] = value if absolute else value * base[i]


@compiled
def exponential(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = base decay_rate^(s / decay_steps), the exponent rounded down with staircase"""
    decay_rate, decay_steps, staircase = parameters
    spent = floor(s / decay_steps) if staircase else s / decay_steps
    factor = decay_rate**spent
    for i in range(lr.size):
        lr[i] = base[i] * factor


@compiled
def inverse_sqrt(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = base / sqrt(1 + s / decay_steps)"""
    root = sqrt(1.0 + s / parameters[0])
    for i in range(lr.size):
        lr[i] = base[i] / root


@compiled
def polynomial(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = lr_end + (base - lr_end) (1 - min(s, decay_steps) / decay_steps)^power"""
    decay_steps, lr_end, power, cycle = parameters
    spent = float(s)
    if not cycle:
        spent = min(spent, decay_steps)
    elif s > 0:
        decay_steps *= ceil(s / decay_steps)
    share = (1.0 - spent / decay_steps) ** power
    for i in range(lr.size):
        lr[i] = (base[i] - lr_end) * share + lr_end


@compiled
def linear(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = base (start_factor + (end_factor - start_factor) min(s, steps) / steps)"""
    steps, start_factor, end_factor = parameters
    factor = start_factor + (end_factor - start_factor) * min(float(s), steps) / steps
    for i in range(lr.size):
        lr[i] = base[i] * factor


@compiled
def clip(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = base, or lr_min where it is below, or lr_max where it is above"""
    lr_min, lr_max = parameters
    for i in range(lr.size):
        lr[i] = min(max(base[i], lr_min), lr_max)


def _jumps(values: Values) -> list[float]:
    """`piecewise` as its kernel takes it."""
    rates = values.get("values")
    told = values["factors"] if rates is None else rates
    return [float(values["after_boundary"]), float(rates is not None), float(len(values["boundaries"])), *values["boundaries"], *told]


def _powers(values: Values) -> list[float]:
    """`multistep` as the same kernel takes it: the powers of gamma are the factors."""
    count = len(values["milestones"])
    return [0.0, 0.0, float(count), *values["milestones"], *(values["gamma"] ** k for k in range(count + 1))]


def _fits(values: Values) -> Sequence[Fault]:
    """Either values or factors, one more than boundaries."""
    told = [name for name in ("values", "factors") if name in values]
    if len(told) != 1:
        return [Fault(("values",), "expected either values or factors")]
    wanted = len(values["boundaries"]) + 1
    if len(values[told[0]]) != wanted:
        return [Fault((told[0],), f"expected {wanted} numbers, one more than the boundaries; got {len(values[told[0]])}")]
    return ()


DECAY_STEPS = Hyperparameter("decay_steps", "number of steps in one unit of decay", 1.0, minimum=1.0, whole=True)
STAIRCASE = Hyperparameter("staircase", "whether the rate changes only after whole units of decay", False)
FACTOR = Hyperparameter("factor", "a factor of the rate", minimum=0.0)
STEP_NUMBER = Hyperparameter("step", "a number of steps", minimum=0.0)

KINDS = (
    ScheduleKind(
        "inverse_time",
        "Inverse time decay",
        "The rate falls like 1 / s. With staircase it falls in jumps.",
        r"\eta_s = \frac{\eta_0}{1 + r\,s / k}",
        kernel(inverse_time),
        (Hyperparameter("decay_rate", "how much each unit of decay adds to the divisor", minimum=0.0), DECAY_STEPS, STAIRCASE),
        frozenset({"decay_rate"}),
    ),
    ScheduleKind(
        "step",
        "Step decay",
        "The rate is multiplied by gamma every step_size steps.",
        r"\eta_s = \eta_0\,\gamma^{\lfloor s / k \rfloor}",
        kernel(step),
        (
            Hyperparameter("step_size", "steps between two drops", minimum=1.0, whole=True),
            Hyperparameter("gamma", "factor of each drop", 0.1, minimum=0.0),
        ),
        frozenset({"step_size"}),
    ),
    ScheduleKind(
        "exponential",
        "Exponential decay",
        "The rate is multiplied by decay_rate every decay_steps steps, smoothly. With staircase it falls in jumps.",
        r"\eta_s = \eta_0\,r^{s / k}",
        kernel(exponential),
        (Hyperparameter("decay_rate", "factor of each unit of decay", minimum=0.0), DECAY_STEPS, STAIRCASE),
        frozenset({"decay_rate"}),
    ),
    ScheduleKind(
        "constant",
        "Constant",
        "The rate stays the same. It is of use inside join, and with an lr of its own.",
        r"\eta_s = c\,\eta_0",
        kernel(constant),
        (Hyperparameter("factor", "factor of the rate", 1.0, minimum=0.0),),
    ),
    ScheduleKind(
        "multistep",
        "Multistep decay",
        "The rate is multiplied by gamma at each of the milestones.",
        r"\eta_s = \eta_0\,\gamma^{\#\{k : b_k \le s\}}",
        kernel(piecewise),
        (
            NumberList("milestones", "the steps at which the rate drops", STEP_NUMBER, ordered=True),
            Hyperparameter("gamma", "factor of each drop", 0.1, minimum=0.0),
        ),
        frozenset({"milestones"}),
        numbers=_powers,
    ),
    ScheduleKind(
        "piecewise",
        "Piecewise constant",
        "The rate has one value before the first boundary, another one from there to the next boundary, and so on.",
        r"\eta_s = v_k \ \text{or}\ c_k\,\eta_0,\quad k = \#\{j : b_j \le s\}",
        kernel(piecewise),
        (
            NumberList("boundaries", "the numbers of steps at which the rate changes", STEP_NUMBER, ordered=True),
            NumberList("values", "the rates, one more than the boundaries", Hyperparameter("value", "a rate", minimum=0.0)),
            NumberList("factors", "in place of the rates, their factors of the rate at the start", FACTOR),
            Hyperparameter("after_boundary", "whether the rate changes one step after its boundary, as in keras", False),
        ),
        frozenset({"boundaries"}),
        frozenset({"values", "factors"}),
        numbers=_jumps,
        check=_fits,
    ),
    ScheduleKind(
        "inverse_sqrt",
        "Inverse square root",
        "The rate falls like 1 / sqrt(t), where t is the number of the step: the rate of the theory of stochastic gradient descent.",
        r"\eta_s = \frac{\eta_0}{\sqrt{1 + s / k}}",
        kernel(inverse_sqrt),
        (DECAY_STEPS,),
    ),
    ScheduleKind(
        "polynomial",
        "Polynomial decay",
        "The rate falls to lr_end in decay_steps steps, and stays there. With power 1 it falls along a line.",
        r"\eta_s = \eta_e + (\eta_0 - \eta_e)\Bigl(1 - \frac{\min(s, N)}{N}\Bigr)^{p}",
        kernel(polynomial),
        (
            Hyperparameter("decay_steps", "steps after which the rate stays at lr_end", minimum=1.0, whole=True),
            Hyperparameter("lr_end", "the rate at the end", 0.0, minimum=0.0),
            Hyperparameter("power", "the power of what is left of the steps", 1.0, minimum=0.0),
            Hyperparameter("cycle", "whether the rate rises again after decay_steps, and then falls more slowly", False),
        ),
        frozenset({"decay_steps"}),
    ),
    ScheduleKind(
        "linear",
        "Linear",
        "The factor of the rate goes along a line from start_factor to end_factor in so many steps, and stays there.",
        r"\eta_s = \eta_0\Bigl(a + (b - a)\frac{\min(s, N)}{N}\Bigr)",
        kernel(linear),
        (
            Hyperparameter("steps", "steps after which the factor stays at end_factor", minimum=1.0, whole=True),
            Hyperparameter("start_factor", "the factor of the first step", 1.0, minimum=0.0),
            Hyperparameter("end_factor", "the factor at the end", 0.0, minimum=0.0),
        ),
        frozenset({"steps"}),
    ),
    ScheduleKind(
        "clip",
        "Clip",
        "The rate is held between lr_min and lr_max. It is of use inside chain, after another schedule.",
        r"\eta_s = \min(\max(\eta, \eta_{\min}), \eta_{\max})",
        kernel(clip),
        (
            Hyperparameter("lr_min", "the least rate", 0.0, minimum=0.0),
            Hyperparameter("lr_max", "the largest rate", 1e300, minimum=0.0),
        ),
    ),
)

"""Methods that go by signs: Signum, Tiger, Lion, and Rprop with its variants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isnan, tanh
from typing import Any

from ..compiled.arithmetic import sign
from ..compiled.jit import inlined
from ..reading.faults import Fault
from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import BETA1, DECAY, LR, decay_faults, decay_terms
from .kinds import elementwise, valued
from .rule import FROM_GRADIENT, Rule, RuleSettings
from .slots import NumberSlot, Slot

FAMILY = OptimizerFamily(
    "Signs", "These methods use the signs of gradients and not their sizes. So the scale of the objective does not matter."
)


@elementwise
def signum(t, x, g, step, lr, m: Slot, beta, l2, decay):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        m[i] = beta * m[i] + (1.0 - beta) * (g[i] + l2 * x[i])
        step[i] = -lr[i] * (sign(m[i]) + decay * x[i])


BETA = replace(BETA1, name="beta")


def bind_signum(settings: RuleSettings) -> Rule:
    return Rule(signum, {"beta": settings["beta"], **decay_terms(settings)})


SIGNUM = Optimizer(
    name="signum",
    title="Signum: the sign of the momentum",
    idea="Average the gradients, and use only the signs of the average.",
    authors=("Bernstein", "Wang", "Azizzadenesheli", "Anandkumar"),
    year=2018,
    formula=r"m \leftarrow \beta m + (1-\beta)\,g,\quad x \leftarrow x - \eta\,\mathrm{sign}(m)",
    source="arXiv:1802.04434; optax signum",
    hyperparameters=(LR, BETA, *DECAY),
    bind=bind_signum,
    kernels=(signum,),
    slot_meanings={"m": "running average of gradients"},
    check=decay_faults,
    notes="With beta 0 it is sign gradient descent.",
)

TIGER = Optimizer(
    name="tiger",
    title="Tiger: the sign of the momentum, with decoupled weight decay",
    idea="Average the gradients, use only the signs of the average, and let the params decay: Lion with one decay, so that gradients can "
    "be accumulated without more memory.",
    authors=("Su",),
    year=2023,
    formula=r"m \leftarrow \beta m + (1-\beta)\,g,\quad x \leftarrow x - \eta\,(\mathrm{sign}(m) + \lambda x)",
    source="Tiger: A Tight-fisted Optimizer, github.com/bojone/tiger; checked with pytorch_optimizer 4.1.0",
    hyperparameters=(LR, replace(BETA, default=0.965), *DECAY),
    bind=bind_signum,
    kernels=(signum,),
    slot_meanings=SIGNUM.slot_meanings,
    check=decay_faults,
    notes="It is Signum with other defaults. It is also Lion with beta1 = beta2, but Lion takes the sign before it stores m.",
)


@elementwise
def lion(t, x, g, step, lr, m: Slot, beta1, beta2, smooth, refined, smoothness, l2, decay):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        mixed = beta1 * m[i] + (1.0 - beta1) * gradient
        m[i] = beta2 * m[i] + (1.0 - beta2) * gradient
        direction = tanh(smoothness * mixed) if smooth else mixed if refined and abs(mixed) < 1.0 else sign(mixed)
        step[i] = -lr[i] * (direction + decay * x[i])


def bind_lion(settings: RuleSettings) -> Rule:
    values = {
        "beta1": settings["beta1"],
        "beta2": settings["beta2"],
        "smooth": settings["mode"] == "smooth",
        "refined": settings["mode"] == "refined",
        "smoothness": settings["smooth_beta"],
        **decay_terms(settings),
    }
    return Rule(lion, values)


LION = Optimizer(
    name="lion",
    title="Lion: the sign of a mixture of momentum and gradient",
    idea="Step by the sign of a mixture of the gradient and its running average; a computer search over programs found this rule.",
    authors=("Chen", "Liang", "Huang", "Real", "Wang", "Liu", "Pham", "Dong", "Luong", "Hsieh", "Lu", "Le"),
    year=2023,
    formula=r"x \leftarrow x - \eta\left(\mathrm{sign}(\beta_1 m + (1-\beta_1)\,g) + \lambda x\right),\quad "
    r"m \leftarrow \beta_2 m + (1-\beta_2)\,g",
    source="arXiv:2302.06675, Algorithm 2; keras/src/optimizers/lion.py; optax scale_by_lion",
    hyperparameters=(
        LR,
        replace(BETA1, meaning="share of m in the mixture whose sign is taken", below=None, maximum=1.0),
        replace(BETA1, name="beta2", meaning="decay of m, the running average of gradients", default=0.99, below=None, maximum=1.0),
        Hyperparameter(
            "mode",
            "what is taken of the mixture: hard: its sign; smooth: tanh(smooth_beta * mixture); refined: the mixture itself where it is "
            "below 1 in size, elsewhere its sign",
            "hard",
            choices=("hard", "smooth", "refined"),
        ),
        Hyperparameter("smooth_beta", "how steep the tanh is at 0; only with mode smooth", 1.0),
        *DECAY,
    ),
    bind=bind_lion,
    kernels=(lion,),
    slot_meanings={"m": "running average of gradients; the step uses the one of the step before"},
    check=decay_faults,
    notes="Every entry moves by lr, whatever the size of its gradient. So lr is usually 3 to 10 times smaller than Adam's.",
)


@inlined
def adapted(step_size, product, shrink, grow, smallest, largest):  # type: ignore[no-untyped-def]
    """The next step size: larger where two gradients have the same sign, smaller where the sign changed."""
    factor = grow if product > 0.0 else shrink if product < 0.0 else 1.0
    return min(max(step_size * factor, smallest), largest)


@elementwise
def rprop(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, step_size: Slot, g_prev: Slot, last_step: Slot, shrink, grow, smallest, largest, forgets, returns
):  # fmt: skip
    for i in range(x.size):
        product = g[i] * g_prev[i]
        before = lr[i] if isnan(step_size[i]) else step_size[i]
        step_size[i] = adapted(before, product, shrink, grow, smallest, largest)
        g_prev[i] = 0.0 if forgets and product < 0.0 else g[i]
        step[i] = -last_step[i] if returns and product < 0.0 else -step_size[i] * sign(g_prev[i])
        last_step[i] = step[i]


@elementwise
def rprop_delayed(t, x, g, step, lr, step_size: Slot, waiting: Slot, shrink, grow, smallest, largest):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        product = g[i] * waiting[i]
        before = lr[i] if isnan(step_size[i]) else step_size[i]
        step_size[i] = before if product == 0.0 else adapted(before, product, shrink, grow, smallest, largest)
        step[i] = 0.0 if product < 0.0 else -waiting[i]
        waiting[i] = 0.0 if product < 0.0 else step_size[i] * sign(g[i])


@valued
def irprop_plus(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, values, step_size: Slot, g_prev: Slot, last_step: Slot, value_prev: NumberSlot, shrink, grow, smallest, largest
):  # fmt: skip
    for r in range(x.shape[1]):
        is_worse = values[r] > value_prev[0, r]
        value_prev[0, r] = values[r]
        for i in range(x.shape[0]):
            product = g[i, r] * g_prev[i, r]
            before = lr[i, r] if isnan(step_size[i, r]) else step_size[i, r]
            step_size[i, r] = adapted(before, product, shrink, grow, smallest, largest)
            g_prev[i, r] = 0.0 if product < 0.0 else g[i, r]
            step[i, r] = -last_step[i, r] if is_worse and product < 0.0 else -step_size[i, r] * sign(g_prev[i, r])
            last_step[i, r] = step[i, r]


def rprop_sizes(settings: RuleSettings) -> dict[str, float]:
    """The numbers that say how the step sizes change."""
    names = {"shrink": "eta_minus", "grow": "eta_plus", "smallest": "min_step", "largest": "max_step"}
    return {own: settings[name] for own, name in names.items()}


def bind_rprop(settings: RuleSettings) -> Rule:
    sizes, variant, starts = rprop_sizes(settings), settings["variant"], {"step_size": FROM_GRADIENT}
    if variant == "delayed":
        return Rule(rprop_delayed, sizes, starts)
    switches = {"forgets": variant != "rprop-", "returns": variant == "rprop+"}
    return Rule(rprop, {**sizes, **switches}, starts, frozenset() if variant == "rprop+" else frozenset({"last_step"}))


def check_rprop(settings: Mapping[str, Any]) -> Sequence[Fault]:
    if settings["min_step"] > settings["max_step"]:
        return [Fault(("min_step",), "expected at most max_step")]
    return []


RPROP_SIZES = (
    replace(LR, meaning="first step size of every parameter; it has no influence after the first step"),
    Hyperparameter("eta_minus", "factor of the step size where the gradient changed its sign", 0.5, above=0.0, below=1.0),
    Hyperparameter("eta_plus", "factor of the step size where the gradient kept its sign", 1.2, above=1.0),
    Hyperparameter("min_step", "smallest step size", 1e-6, minimum=0.0),
    Hyperparameter("max_step", "largest step size", 50.0, minimum=0.0),
)
FOR_WHOLE_DATA = "Only the sign of a gradient matters, so Rprop is for gradients without noise: for the whole data, not for mini-batches."

RPROP = Optimizer(
    name="rprop",
    title="Rprop: a step size per parameter, which follows the signs of the gradients",
    idea="Each parameter has its own step size: it grows while the sign of the gradient stays, and shrinks when the sign changes.",
    authors=("Riedmiller", "Braun"),
    year=1993,
    formula=r"\Delta \leftarrow \mathrm{clip}(\Delta\,\eta^{+}) \text{ where } g\,g_\mathrm{prev} > 0,\quad "
    r"\Delta \leftarrow \mathrm{clip}(\Delta\,\eta^{-}),\ g \leftarrow 0 \text{ where } g\,g_\mathrm{prev} < 0,\quad "
    r"x \leftarrow x - \Delta\,\mathrm{sign}(g)",
    source="A Direct Adaptive Method for Faster Backpropagation Learning (Rprop+); Riedmiller 1994 (Rprop-); Igel & Husken 2003 (iRprop-); "
    "torch/optim/rprop.py; optax scale_by_rprop (delayed)",
    hyperparameters=(
        *RPROP_SIZES,
        Hyperparameter(
            "variant",
            "what happens where the gradient changed its sign: irprop-: no step, and the gradient counts as 0 in the next step; "
            "rprop-: a step with the smaller step size; rprop+: the last step is taken back, and the gradient counts as 0 in the next "
            "step; delayed: as irprop-, but every step is taken one step later, as optax has it",
            "irprop-",
            choices=("irprop-", "rprop-", "rprop+", "delayed"),
        ),
    ),
    bind=bind_rprop,
    kernels=(rprop, rprop_delayed),
    slot_meanings={
        "step_size": "step size of every parameter; it starts as lr",
        "g_prev": "last gradient, 0 where it counts as 0",
        "last_step": "last step; only with variant rprop+",
        "waiting": "the step that is taken next; only with variant delayed",
    },
    check=check_rprop,
    notes=FOR_WHOLE_DATA,
)

IRPROP_PLUS = Optimizer(
    name="irprop_plus",
    title="iRprop+: Rprop that takes a step back only where the loss became larger",
    idea="Rprop, which takes the last step of a parameter back if its gradient changed the sign and the loss became larger.",
    authors=("Igel", "Husken"),
    year=2000,
    formula=r"\Delta \leftarrow \mathrm{clip}(\Delta\,\eta^{+}) \text{ where } g\,g_\mathrm{prev} > 0,\quad "
    r"\Delta \leftarrow \mathrm{clip}(\Delta\,\eta^{-}),\ g \leftarrow 0 \text{ where } g\,g_\mathrm{prev} < 0,\quad "
    r"x \leftarrow x - \Delta\,\mathrm{sign}(g),\quad "
    r"x \leftarrow x - \Delta x_\mathrm{prev} \text{ where } g\,g_\mathrm{prev} < 0 \text{ and } f(x) > f(x_\mathrm{prev})",
    source="Improving the Rprop Learning Algorithm; Igel & Husken 2003",
    hyperparameters=RPROP_SIZES,
    bind=lambda settings: Rule(irprop_plus, rprop_sizes(settings), {"step_size": FROM_GRADIENT, "value_prev": FROM_GRADIENT}),
    kernels=(irprop_plus,),
    slot_meanings={
        "step_size": "step size of every parameter; it starts as lr",
        "g_prev": "last gradient, 0 where it counts as 0",
        "last_step": "last step",
        "value_prev": "last loss",
    },
    check=check_rprop,
    notes=f"{FOR_WHOLE_DATA} While the loss falls it is Rprop's variant irprop-.",
)

"""Schedules along a cosine: once, or again and again from the start."""

from __future__ import annotations

from math import cos, floor, log, pi

from ..compiled.jit import compiled
from ..optimizers.declaration import Hyperparameter
from .declaration import ScheduleKind, Values, kernel


@compiled
def cosine(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = lr_min + (base - lr_min) ((1 + cos(pi min(s, decay_steps) / decay_steps)) / 2)^exponent"""
    decay_steps, lr_min, exponent, rises = parameters
    spent = float(s) if rises else min(float(s), decay_steps)
    share = (1.0 + cos(pi * spent / decay_steps)) / 2.0
    if exponent != 1.0:
        share = share**exponent
    for i in range(lr.size):
        lr[i] = lr_min + (base[i] - lr_min) * share


@compiled
def cosine_restarts(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = lr_min + (base - lr_min) m_mul^i (1 + cos(pi k / K)) / 2, k steps after restart i, K = first_steps t_mul^i"""
    first_steps, t_mul, m_mul, lr_min = parameters
    if t_mul == 1.0:
        restart = float(floor(s / first_steps))
        spent, length = s - restart * first_steps, first_steps
    else:
        restart = max(0.0, float(floor(log(1.0 + s / first_steps * (t_mul - 1.0)) / log(t_mul))))
        if s < first_steps * (t_mul**restart - 1.0) / (t_mul - 1.0):
            restart -= 1.0
        elif s >= first_steps * (t_mul ** (restart + 1.0) - 1.0) / (t_mul - 1.0):
            restart += 1.0
        spent = s - first_steps * (t_mul**restart - 1.0) / (t_mul - 1.0)
        length = first_steps * t_mul**restart
    share = m_mul**restart * (1.0 + cos(pi * spent / length)) / 2.0
    for i in range(lr.size):
        lr[i] = lr_min + (base[i] - lr_min) * share


def _numbers(values: Values) -> list[float]:
    return [values["decay_steps"], values["lr_min"], values["exponent"], float(values["after"] == "rise")]


LR_MIN = Hyperparameter("lr_min", "the rate at the end", 0.0, minimum=0.0)

KINDS = (
    ScheduleKind(
        "cosine",
        "Cosine decay",
        "The rate falls along half a cosine to lr_min in decay_steps steps. After that it stays there, or rises again as in torch.",
        r"\eta_s = \eta_{\min} + (\eta_0 - \eta_{\min})\Bigl(\frac{1 + \cos(\pi \min(s, N) / N)}{2}\Bigr)^{p}",
        kernel(cosine),
        (
            Hyperparameter("decay_steps", "steps after which the rate is lr_min", minimum=1.0, whole=True),
            LR_MIN,
            Hyperparameter("exponent", "power of the cosine's share", 1.0, minimum=0.0),
            Hyperparameter(
                "after",
                "what follows decay_steps: the rate stays at lr_min, or it rises along the cosine as in torch",
                "stay",
                choices=("stay", "rise"),
            ),
        ),
        frozenset({"decay_steps"}),
        source="Loshchilov & Hutter 2017, arXiv:1608.03983, equation 5",
        numbers=_numbers,
    ),
    ScheduleKind(
        "cosine_restarts",
        "Cosine decay with restarts (SGDR)",
        "The rate falls along half a cosine and starts again from the top. Each round is t_mul times as long and m_mul times as high.",
        r"\eta_s = \eta_{\min} + (\eta_0 - \eta_{\min})\,m^i\,\frac{1 + \cos(\pi k / (N q^i))}{2}",
        kernel(cosine_restarts),
        (
            Hyperparameter("first_steps", "steps of the first round", minimum=1.0, whole=True),
            Hyperparameter("t_mul", "how many times as long each round is as the one before", 1.0, minimum=1.0, maximum=1000.0),
            Hyperparameter("m_mul", "how many times as high each round starts as the one before", 1.0, minimum=0.0, maximum=1000.0),
            LR_MIN,
        ),
        frozenset({"first_steps"}),
        source="Loshchilov & Hutter 2017, arXiv:1608.03983",
    ),
)

"""Reduce on plateau: the schedule that looks at the values, and remembers."""

from __future__ import annotations

from ..compiled.jit import compiled
from ..optimizers.declaration import Hyperparameter
from .declaration import ScheduleKind, Values, kernel

#: How many numbers stand before the memory, and what a run remembers, a row each. The values at the runs' points stand behind it; those of
#: a replay, one per step.
NUMBERS = 12
BEST, BAD_STEPS, COOLDOWN_LEFT, SUM, COUNTED, ROWS = range(6)

#: The numbers that say whether the values are a replay's, and after how many steps they begin.
IS_REPLAY, FIRST_STEP = 10, 11


@compiled
def reduce_on_plateau(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = factor lr where the value has not improved for more than patience steps; else lr stays

    lr: (dimension * runs,), as the step before left it. parameters: the numbers, the memory (ROWS, runs), and the values.
    """
    patience, factor, rtol, atol, cooldown, lr_min, factor_min, eps, counts_start, size = parameters[:10]
    is_replay, first = parameters[IS_REPLAY], int(parameters[FIRST_STEP])
    if s == 0 and not counts_start:
        return
    runs = 1 if is_replay else (parameters.size - NUMBERS) // (ROWS + 1)
    memory = parameters[NUMBERS : NUMBERS + ROWS * runs].reshape(ROWS, runs)
    values = parameters[NUMBERS + ROWS * runs :]
    for r in range(runs):
        memory[SUM, r] += values[s - first] if is_replay else values[r]
        memory[COUNTED, r] += 1.0
        if memory[COUNTED, r] < size:
            continue
        value = memory[SUM, r] / memory[COUNTED, r]
        memory[SUM, r] = memory[COUNTED, r] = 0.0
        best = memory[BEST, r]
        if best == float("inf") or value < best * (1.0 - rtol) - atol:
            memory[BEST, r], memory[BAD_STEPS, r] = value, 0.0
        else:
            memory[BAD_STEPS, r] += 1.0
        if memory[COOLDOWN_LEFT, r] > 0.0:
            memory[COOLDOWN_LEFT, r] -= 1.0
            memory[BAD_STEPS, r] = 0.0
        if memory[BAD_STEPS, r] <= patience:
            continue
        memory[COOLDOWN_LEFT, r], memory[BAD_STEPS, r] = cooldown, 0.0
        for i in range(r, lr.size, runs):
            reduced = max(lr[i] * factor, lr_min, factor_min * base[i])
            if lr[i] - reduced > eps:
                lr[i] = reduced


def _numbers(values: Values) -> list[float]:
    return [*(float(value) for value in values.values()), 0.0, 0.0]


KINDS = (
    ScheduleKind(
        "reduce_on_plateau",
        "Reduce on plateau",
        "The rate is multiplied by factor when the value has not improved for more than patience steps. A value improves where it is "
        "less than best (1 - rtol) - atol. The rate of a step depends on the values at all points up to the one where the step begins.",
        r"\eta \leftarrow c\,\eta \ \text{after more than } P \text{ steps without}\ f < f_{\mathrm{best}}(1 - r) - a",
        kernel(reduce_on_plateau),
        (
            Hyperparameter("patience", "steps without improvement that change nothing", 10.0, minimum=0.0, whole=True),
            Hyperparameter("factor", "factor of each reduction", 0.1, minimum=0.0, below=1.0),
            Hyperparameter("rtol", "least relative improvement", 1e-4, minimum=0.0, maximum=1.0),
            Hyperparameter("atol", "least absolute improvement", 0.0, minimum=0.0),
            Hyperparameter("cooldown", "steps after a reduction in which nothing is counted", 0.0, minimum=0.0, whole=True),
            Hyperparameter("lr_min", "the least rate", 0.0, minimum=0.0),
            Hyperparameter("factor_min", "the least rate, as a share of the rate at the start", 0.0, minimum=0.0, maximum=1.0),
            Hyperparameter("eps", "a reduction by less than this is left out", 1e-8, minimum=0.0),
            Hyperparameter("counts_start", "whether the value at the start counts, as in optax", False),
            Hyperparameter("accumulation_size", "so many values are averaged before they are compared", 1.0, minimum=1.0, whole=True),
        ),
        numbers=_numbers,
        remembers=True,
    ),
)

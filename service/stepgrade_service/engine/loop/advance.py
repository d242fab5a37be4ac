"""The one compiled loop: it advances a batch of runs, whatever the optimizer, objective and schedule."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from ..compiled.arithmetic import apart, finite, norm
from ..compiled.jit import (
    KernelType,
    all_of,
    compiled,
    compiled_loop,
    cube,
    entry_point,
    every_of,
    flag,
    inlined,
    integer,
    integer_matrix,
    integers,
    matrix,
    nothing,
    vector,
)
from ..objectives.declaration import SIGNATURE as OBJECTIVE_SIGNATURE
from ..optimizers.declaration import UpdateKernel
from ..schedules.declaration import SCHEDULE_SIGNATURE
from .first_arrival import arrive
from .measures import watch

#: Why a run ended, by the number that the loop leaves.
RUNNING, DIVERGED, GRADIENT_NORM, VALUE_GAP, DISTANCE, UPDATE_NORM = range(6)


@compiled
def any_not_finite(a):  # type: ignore[no-untyped-def]
    """Whether a flat vector holds an infinity or a nan."""
    found = False
    for i in range(a.size):
        found |= not finite(a[i])
    return found


@compiled
def column_finite(a, r):  # type: ignore[no-untyped-def]
    """Whether all is finite in the column of run r; a: (rows, runs)."""
    for i in range(a.shape[0]):
        if not finite(a[i, r]):
            return False
    return True


@compiled
def distance_and_gap(x, value, r, minima, minimum_values):  # type: ignore[no-untyped-def]
    """Distance from run r to the nearest minimum, and how far the value is above the value there; without minima, infinity."""
    nearest, gap = float("inf"), float("inf")
    for m in range(minima.shape[1]):
        distance = apart(x, r, minima, m)
        if distance < nearest:
            nearest, gap = distance, value - minimum_values[m]
    return nearest, gap


@compiled
def why_stop(x, values, gradients, step, r, taken, stops, minima, minimum_values):  # type: ignore[no-untyped-def]
    """Which of the stop rules holds for run r, in the order of their numbers; stops below 0 are off."""
    if stops[0] >= 0.0 or stops[3] >= 0.0:
        if stops[0] >= 0.0 and norm(gradients, r) <= stops[0]:
            return GRADIENT_NORM
        if taken and stops[3] >= 0.0 and norm(step, r) <= stops[3]:
            return UPDATE_NORM
    if stops[1] >= 0.0 or stops[2] >= 0.0:
        distance, gap = distance_and_gap(x, values[r], r, minima, minimum_values)
        if stops[1] >= 0.0 and gap <= stops[1]:
            return VALUE_GAP
        if stops[2] >= 0.0 and distance <= stops[2]:
            return DISTANCE
    return RUNNING


@compiled
def end_diverged(  # type: ignore[no-untyped-def]
    k, x, before, gradients, values, values_before, memory, alive, ended, reason, ends, end_values
):  # fmt: skip
    """End the runs in which step k left the finite numbers, at the point before; memory: (slots * dimension, runs).

    Leaves finite numbers in them, so that nothing has to look at them again. Returns how many ended.
    """
    count = 0
    for r in range(x.shape[1]):
        sound = finite(values[r]) and column_finite(x, r) and column_finite(gradients, r) and (k == 0 or column_finite(memory, r))
        if alive[r] and not sound:
            count += 1
            alive[r], ended[r], reason[r] = 0, k, DIVERGED
            end_values[r], values[r] = values_before[r], 0.0
            for i in range(x.shape[0]):
                ends[i, r], x[i, r], gradients[i, r] = before[i, r], before[i, r], 0.0
            for i in range(memory.shape[0]):
                memory[i, r] = 0.0
    return count


@compiled
def end_stopped(  # type: ignore[no-untyped-def]
    k, x, values, gradients, step, stops, minima, minimum_values, alive, ended, reason, ends, end_values
):  # fmt: skip
    """End the runs for which a stop rule holds after step k; returns how many."""
    count = 0
    for r in range(x.shape[1]):
        why = why_stop(x, values, gradients, step, r, k > 0, stops, minima, minimum_values) if alive[r] else RUNNING
        if why != RUNNING:
            count += 1
            alive[r], ended[r], reason[r] = 0, k, why
            end_values[r] = values[r]
            for i in range(x.shape[0]):
                ends[i, r] = x[i, r]
    return count


@inlined
def keep(rows, row, numbers):  # type: ignore[no-untyped-def]
    """rows[row] = numbers, where there is such a row; written out, for an assignment is compiled with all that could go wrong."""
    if row < rows.shape[0]:
        for i in range(numbers.shape[0]):
            for r in range(numbers.shape[1]):
                rows[row, i, r] = numbers[i, r]


@compiled_loop
def advance(  # type: ignore[no-untyped-def]
    update, objective, schedule, t, first, steps, seen, arguments,
    x, gradients, step, before, gradients_before, values, values_before, memory,
    base, lr, scheduled, schedule_parameters, parameters, given,
    stopping, stops, minima, minimum_values, alive, ended, reason, ends, end_values,
    every, points, recorded_values, recorded_gradients, recorded_updates, recorded_slots,
    watched, start, target, previous, sums, flips, trace, awaited, nearness, arrivals,
):  # fmt: skip
    """Take steps first + 1 .. first + steps of a batch of runs.

    x, gradients, step, before, gradients_before: (dimension, runs); `seen` is x, gradients, step and lr as the update
    sees them, `arguments` what follows them; memory: (slots, dimension * runs), the slots among the arguments. `given`
    (entries, dimension, runs) is added to the objective's gradient: noise, or a replay's gradients. A run ends where a
    number is not finite, at the point before, or where a stop rule holds. Returns the number of the last step taken.
    """
    dimension, runs = x.shape
    flat_x, flat_gradients, flat_step = x.reshape(-1), gradients.reshape(-1), step.reshape(-1)
    flat_before, flat_memory = before.reshape(-1), memory.reshape(-1)
    flat_gradients_before, flat_given = gradients_before.reshape(-1), given.reshape(-1)
    living = 0
    for r in range(runs):
        living += alive[r]
    for i in range(flat_x.size):
        flat_before[i] = flat_x[i]
    for k in range(first, first + steps + 1):
        broken = False
        if k > first:
            if scheduled:
                schedule(t + k - 1, base, schedule_parameters, lr)
            update(t + k, *seen, *arguments)
            broken = any_not_finite(flat_memory)
            for i in range(flat_x.size):
                flat_before[i] = flat_x[i]
                flat_x[i] += flat_step[i]
                broken |= not finite(flat_x[i])
        for r in range(runs):
            values_before[r] = values[r]
        if watched:
            for i in range(flat_x.size):
                flat_gradients_before[i] = flat_gradients[i]
        objective(x, parameters, values, gradients)
        if broken or any_not_finite(flat_gradients) or any_not_finite(values):
            living -= end_diverged(
                k, x, before, gradients, values, values_before, memory.reshape(-1, runs), alive, ended, reason, ends, end_values
            )
        if watched and k > first:
            watch(
                k, every, before, values_before, values, gradients_before, step, alive,
                minima, minimum_values, start, target, previous, sums, flips, trace,
            )  # fmt: skip
        if arrivals.shape[0]:
            arrive(k, x, values, alive, minima, minimum_values, target, awaited, nearness, arrivals)
        if k - first < given.shape[0]:
            entry = (k - first) * flat_x.size
            for i in range(flat_x.size):
                flat_gradients[i] += flat_given[entry + i]
        if stopping and (k > first or k == 0):
            living -= end_stopped(k, x, values, gradients, step, stops, minima, minimum_values, alive, ended, reason, ends, end_values)
        if every and k % every == 0:
            row = k // every
            keep(points, row, x)
            if row < recorded_values.shape[0]:
                for r in range(runs):
                    recorded_values[row, r] = values[r]
            keep(recorded_gradients, row, gradients)
            keep(recorded_updates, row, step)
            keep(recorded_slots, row, memory)
        if living == 0:
            return k
    for r in range(runs):
        if alive[r]:
            end_values[r] = values[r]
            for i in range(dimension):
                ends[i, r] = x[i, r]
    return first + steps


@cache
def loop_for(kernel: UpdateKernel) -> Callable[..., int]:
    """The loop compiled for kernels with the arguments of `kernel`; one compilation serves all that have the same."""
    return _compiled_loop(kernel.seen_type, kernel.argument_types)


@cache
def _compiled_loop(seen: Any, arguments: tuple[Any, ...]) -> Callable[..., int]:
    update = KernelType(nothing(integer, *[seen] * 4, *arguments))
    kernels = [update, *map(KernelType, (OBJECTIVE_SIGNATURE, SCHEDULE_SIGNATURE))]
    return entry_point(
        advance,
        integer(
            *kernels, integer, integer, integer, every_of(seen, 4), all_of(arguments),
            matrix, matrix, matrix, matrix, matrix, vector, vector, matrix,
            vector, vector, flag, vector, vector, cube,
            flag, vector, matrix, vector, integers, integers, integers, matrix, vector,
            integer, cube, matrix, cube, cube, cube,
            flag, matrix, vector, matrix, cube, cube, cube, cube, vector, integer_matrix,
        ),
    )  # fmt: skip

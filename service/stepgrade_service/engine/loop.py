"""The one compiled loop: it advances a batch of runs, whatever the optimizer, objective and schedule."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import sqrt
from typing import Any

from .arithmetic import finite
from .compiled import all_of, compiled, cube, entry_point, every_of, flag, function_of, integer, integers, matrix, nothing, vector
from .measures import watch
from .objectives.declaration import SIGNATURE as OBJECTIVE_SIGNATURE
from .optimizers.declaration import UpdateKernel

#: Why a run ended, by the number that the loop leaves.
RUNNING, DIVERGED, GRADIENT_NORM, VALUE_GAP, DISTANCE, UPDATE_NORM = range(6)

#: schedule(s, base, parameters, lr): writes the learning rates of the step after s steps, laid out like the params.
SCHEDULE_SIGNATURE = nothing(integer, vector, vector, vector)


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
    for k in range(minima.shape[0]):
        square = 0.0
        for i in range(x.shape[0]):
            square += (x[i, r] - minima[k, i]) ** 2
        if square < nearest:
            nearest, gap = square, value - minimum_values[k]
    return sqrt(nearest), gap


@compiled
def why_stop(x, values, gradients, step, r, taken, stops, minima, minimum_values):  # type: ignore[no-untyped-def]
    """Which of the stop rules holds for run r, in the order of their numbers; stops below 0 are off."""
    if stops[0] >= 0.0 or stops[3] >= 0.0:
        gradient_square, step_square = 0.0, 0.0
        for i in range(x.shape[0]):
            gradient_square += gradients[i, r] * gradients[i, r]
            step_square += step[i, r] * step[i, r]
        if stops[0] >= 0.0 and sqrt(gradient_square) <= stops[0]:
            return GRADIENT_NORM
        if taken and stops[3] >= 0.0 and sqrt(step_square) <= stops[3]:
            return UPDATE_NORM
    if stops[1] >= 0.0 or stops[2] >= 0.0:
        distance, gap = distance_and_gap(x, values[r], r, minima, minimum_values)
        if stops[1] >= 0.0 and gap <= stops[1]:
            return VALUE_GAP
        if stops[2] >= 0.0 and distance <= stops[2]:
            return DISTANCE
    return RUNNING


@compiled
def bury(r, x, before, fresh, fresh_values, memory):  # type: ignore[no-untyped-def]
    """Leave finite numbers where run r diverged, so that nothing has to look at it again."""
    fresh_values[r] = 0.0
    for i in range(x.shape[0]):
        x[i, r], fresh[i, r] = before[i, r], 0.0
    for i in range(memory.shape[0]):
        memory[i, r] = 0.0


@compiled
def advance(  # type: ignore[no-untyped-def]
    update, objective, schedule, t, first, steps, seen, arguments,
    x, gradients, step, before, fresh, values, fresh_values, memory,
    base, lr, scheduled, schedule_parameters, parameters, given,
    stopping, stops, minima, minimum_values, alive, ended, reason, ends, end_values,
    every, points, recorded_values, recorded_gradients, recorded_updates, recorded_slots,
    watched, start, target, previous, sums, flips, trace,
):  # fmt: skip
    """Take steps first + 1 .. first + steps of a batch of runs.

    x, gradients, step, before, fresh: (dimension, runs); `seen` is x, gradients, step and lr as the update sees them,
    `arguments` what follows them; memory: (slots, dimension * runs), the slots among the arguments. `given` (entries,
    dimension, runs) is added to the objective's gradient: noise, or a replay's gradients. A run ends where a number is
    not finite, at the point before, or where a stop rule holds. Returns the number of the last step taken.
    """
    dimension, runs = x.shape
    flat_x, flat_gradients, flat_step = x.reshape(-1), gradients.reshape(-1), step.reshape(-1)
    flat_before, flat_fresh, flat_memory = before.reshape(-1), fresh.reshape(-1), memory.reshape(-1)
    living = 0
    for r in range(runs):
        living += alive[r]
    for k in range(first, first + steps + 1):
        if k > first:
            if scheduled:
                schedule(t + k - 1, base, schedule_parameters, lr)
            update(t + k, *seen, *arguments)
            for i in range(flat_x.size):
                flat_before[i] = flat_x[i]
                flat_x[i] += flat_step[i]
        objective(x, parameters, fresh_values, fresh)
        broken = any_not_finite(flat_x) or any_not_finite(flat_fresh) or any_not_finite(fresh_values)
        if broken or (k > first and any_not_finite(flat_memory)):
            for r in range(runs):
                sound = finite(fresh_values[r]) and column_finite(x, r) and column_finite(fresh, r)
                if alive[r] and not (sound and column_finite(memory.reshape(-1, runs), r)):
                    alive[r], ended[r], reason[r] = 0, k, DIVERGED
                    living -= 1
                    end_values[r] = values[r]
                    for i in range(dimension):
                        ends[i, r] = before[i, r]
                    bury(r, x, before, fresh, fresh_values, memory.reshape(-1, runs))
        if watched and k > first:
            watch(k, before, values, gradients, step, alive, minima, minimum_values, start, target, previous, sums, flips, trace)
        if k - first < given.shape[0]:
            flat_given = given[k - first].reshape(-1)
            for i in range(flat_x.size):
                flat_gradients[i] = flat_fresh[i] + flat_given[i]
        else:
            for i in range(flat_x.size):
                flat_gradients[i] = flat_fresh[i]
        for r in range(runs):
            values[r] = fresh_values[r]
        if stopping and (k > first or k == 0):
            for r in range(runs):
                if alive[r]:
                    why = why_stop(x, values, gradients, step, r, k > 0, stops, minima, minimum_values)
                    if why != RUNNING:
                        alive[r], ended[r], reason[r] = 0, k, why
                        living -= 1
                        end_values[r] = values[r]
                        for i in range(dimension):
                            ends[i, r] = x[i, r]
        if every and k % every == 0:
            row = k // every
            if row < points.shape[0]:
                points[row] = x
            if row < recorded_values.shape[0]:
                recorded_values[row] = values
            if row < recorded_gradients.shape[0]:
                recorded_gradients[row] = gradients
            if row < recorded_updates.shape[0]:
                recorded_updates[row] = step
            if row < recorded_slots.shape[0]:
                recorded_slots[row] = memory
        if living == 0:
            return k
    return first + steps


@cache
def loop_for(kernel: UpdateKernel) -> Callable[..., int]:
    """The loop compiled for kernels with the arguments of `kernel`; one compilation serves all that have the same."""
    return _compiled_loop(kernel.seen_type, kernel.argument_types)


@cache
def _compiled_loop(seen: Any, arguments: tuple[Any, ...]) -> Callable[..., int]:
    update = function_of(nothing(integer, *[seen] * 4, *arguments))
    kernels = [update, *map(function_of, (OBJECTIVE_SIGNATURE, SCHEDULE_SIGNATURE))]
    return entry_point(
        advance,
        integer(
            *kernels, integer, integer, integer, every_of(seen, 4), all_of(arguments),
            matrix, matrix, matrix, matrix, matrix, vector, vector, matrix,
            vector, vector, flag, vector, vector, cube,
            flag, vector, matrix, vector, integers, integers, integers, matrix, vector,
            integer, cube, matrix, cube, cube, cube,
            flag, matrix, vector, matrix, cube, cube, cube,
        ),
    )  # fmt: skip

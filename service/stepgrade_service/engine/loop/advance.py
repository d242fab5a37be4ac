"""The one compiled loop: it advances a batch of runs, whatever the optimizer, objective and schedule."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from ..compiled.arithmetic import apart, finite, norm
from ..compiled.jit import all_of, compiled, compiled_loop, cube, entry_point, flag, function_type, inlined, integer, vector
from ..compiled.signatures import OBJECTIVE, SCHEDULE, UPDATE, UPDATE_WITH_OBJECTIVE
from .frame import Ends, Landscape, Position, Rates, Record, RuleFrame, Staying, Watch, type_of
from .measures import add_lengths, watch
from .stays import forget, look_closely, look_widely, looks_closely

#: Why a run ended, by the number that the loop leaves.
RUNNING, DIVERGED, GRADIENT_NORM, VALUE_GAP, DISTANCE, UPDATE_NORM, EVERY_RULE = range(7)

#: The limits of the stop rules, and whether all that are on have to hold, in the order of the vector.
GRADIENT_LIMIT, GAP_LIMIT, DISTANCE_LIMIT, UPDATE_LIMIT, ALL_HOLD = range(5)


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
    """Which of the stop rules holds for run r, the first in the order of their numbers; limits below 0 are off.

    Where all have to hold, it is EVERY_RULE once they do.
    """
    every, found = stops[ALL_HOLD] > 0.0, RUNNING
    for rule in (GRADIENT_LIMIT, UPDATE_LIMIT, GAP_LIMIT, DISTANCE_LIMIT):
        if stops[rule] < 0.0:
            continue
        if rule == GRADIENT_LIMIT:
            holds, why = norm(gradients, r) <= stops[rule], GRADIENT_NORM
        elif rule == UPDATE_LIMIT:
            holds, why = taken and norm(step, r) <= stops[rule], UPDATE_NORM
        else:
            distance, gap = distance_and_gap(x, values[r], r, minima, minimum_values)
            holds = (gap if rule == GAP_LIMIT else distance) <= stops[rule]
            why = VALUE_GAP if rule == GAP_LIMIT else DISTANCE
        if holds and not every:
            return why
        if every and not holds:
            return RUNNING
        found = EVERY_RULE if every else RUNNING
    return found


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


@inlined
def record_step(k, record, position):  # type: ignore[no-untyped-def]
    """Keep what is recorded of step k."""
    row = k // record.every
    keep(record.points, row, position.x)
    if row < record.values.shape[0]:
        for r in range(position.values.size):
            record.values[row, r] = position.values[r]
    keep(record.gradients, row, position.gradients)
    keep(record.updates, row, position.step)
    keep(record.slots, row, position.slots)


@inlined
def end_living(position, ends):  # type: ignore[no-untyped-def]
    """Note where the runs are that have not ended."""
    for r in range(position.values.size):
        if ends.alive[r]:
            ends.values[r] = position.values[r]
            for i in range(position.x.shape[0]):
                ends.points[i, r] = position.x[i, r]


@compiled_loop
def advance(  # type: ignore[no-untyped-def]
    update, objective, schedule, asked, t, first, steps, position, rule, rates, landscape, given, multiplies, ends,
    record, watched, stays
):  # fmt: skip
    """Take steps first + 1 .. first + steps of a batch of runs; the tuples are those of `frame`.

    `asked` are the values at x, the objective and its parameters, for an update that asks the objective; else nothing. `given`
    (entries, dimension, runs) is added to the objective's gradient: noise, or a replay's gradients; or it multiplies the gradient, if
    `multiplies`. A run ends where a number is not finite, at the point before, or where a stop rule holds. Returns the number of the
    last step taken.
    """
    x, gradients, step, before, gradients_before, values, values_before, slots = position
    runs = x.shape[1]
    flat_x, flat_gradients, flat_step = x.reshape(-1), gradients.reshape(-1), step.reshape(-1)
    flat_before, flat_slots = before.reshape(-1), slots.reshape(-1)
    flat_gradients_before, flat_given = gradients_before.reshape(-1), given.reshape(-1)
    numbers, tensors = rule
    base, lr, scheduled, schedule_parameters = rates
    parameters, minima, minimum_values, clock = landscape
    stopping, stops, alive, ended, reason, end_points, end_values = ends
    watching, start, target, previous, sums, flips, trace = watched
    every, looking = record.every, stays.ways.shape[0] > 0
    closely = looks_closely(stays)
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
            update(t + k, flat_x, flat_gradients, flat_step, lr, slots, numbers, tensors, *asked)
            broken = any_not_finite(flat_slots)
            for i in range(flat_x.size):
                flat_before[i] = flat_x[i]
                flat_x[i] += flat_step[i]
                broken |= not finite(flat_x[i])
        for r in range(runs):
            values_before[r] = values[r]
        if watching:
            for i in range(flat_x.size):
                flat_gradients_before[i] = flat_gradients[i]
        if clock >= 0:
            parameters[clock] = t + k
        objective(x, parameters, values, gradients)
        if broken or any_not_finite(flat_gradients) or any_not_finite(values):
            living -= end_diverged(
                k, x, before, gradients, values, values_before, slots.reshape(-1, runs), alive, ended, reason,
                end_points, end_values,
            )  # fmt: skip
            forget(alive, stays.limits)
        if watching and k > first:
            if sums.shape[0]:
                watch(
                    k, every, before, values_before, values, gradients_before, step, alive, minima, minimum_values,
                    start, target, previous, sums, flips, trace,
                )  # fmt: skip
            else:
                add_lengths(step, alive, previous)
        if looking and (k > first or k == 0):
            if closely:
                look_closely(k, x, values, gradients, step, alive, minima, minimum_values, target, stays)
            else:
                look_widely(k, x, values, gradients, step, alive, minima, minimum_values, target, stays)
        if k - first < given.shape[0]:
            entry = (k - first) * flat_x.size
            for i in range(flat_x.size):
                flat_gradients[i] = flat_gradients[i] * flat_given[entry + i] if multiplies else flat_gradients[i] + flat_given[entry + i]
        if stopping and (k > first or k == 0):
            living -= end_stopped(
                k, x, values, gradients, step, stops, minima, minimum_values, alive, ended, reason, end_points, end_values
            )
            forget(alive, stays.limits)
        if every and k % every == 0:
            record_step(k, record, position)
        if living == 0:
            return k
    end_living(position, ends)
    return first + steps


@cache
def loop_for(asks: bool) -> Callable[..., int]:
    """The loop for updates that ask the objective, or for all others."""
    kernels = [function_type(each) for each in (UPDATE_WITH_OBJECTIVE if asks else UPDATE, OBJECTIVE, SCHEDULE)]
    tuples = (
        [type_of(each) for each in (Position, RuleFrame, Rates, Landscape)],
        [type_of(each) for each in (Ends, Record, Watch, Staying)],
    )
    return entry_point(
        advance,
        integer(
            *kernels,
            all_of((vector, function_type(OBJECTIVE), vector) if asks else ()),
            integer,
            integer,
            integer,
            *tuples[0],
            cube,
            flag,
            *tuples[1],
        ),
    )

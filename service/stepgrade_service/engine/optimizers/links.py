"""How a chain of links runs: one compiled function calls each by its address, hands on what it wrote, and lets some of them wait."""

from __future__ import annotations

from math import isinf, isnan

import numpy as np

from ..compiled.jit import Kernel, by_address, compiled, inlined
from ..compiled.signatures import UPDATE, UPDATE_WITH_OBJECTIVE

#: The columns of what is known of a link: where its function is; whether it sees flat vectors; how many slots it has; where its slots,
#: numbers and tensors stand, and the shapes of the latter two; whether it is handed the learning rate, or -1 in place of it; of how many
#: steps it lets one through, and how many links behind it wait for that; whether it asks the objective; whether the gradient that it is
#: handed is kept; whether it is handed the kept one, and changes in place what the link before it wrote; whether those that wait for it
#: step from the params in its slot; after how many steps it starts anew, and where the numbers stand with which its slots start.
ADDRESS, FLAT, SLOTS, FIRST_SLOT, LAST_SLOT, FIRST_NUMBER, NUMBER_ROWS, NUMBERS, FIRST_TENSOR, TENSOR_ROWS, COLUMNS = range(11)
RATED, EVERY, WAITING, ASKS, KEEPS, AROUND, RETURNS, RESTARTS, FIRST_START, WIDTH = range(11, 21)

update_at, asking_at = by_address(UPDATE), by_address(UPDATE_WITH_OBJECTIVE)

#: Stands in a slot that the first gradient is to fill while its link waits: after a step, the loop takes nan for a number that was lost.
UNFILLED = -1.7976931348623157e308


@compiled
def mark_unfilled(slots, as_nan):  # type: ignore[no-untyped-def]
    """Exchange nan for UNFILLED, or back."""
    for i in range(slots.shape[0]):
        for r in range(slots.shape[1]):
            if as_nan and slots[i, r] == UNFILLED:
                slots[i, r] = np.nan
            elif not as_nan and isnan(slots[i, r]):
                slots[i, r] = UNFILLED


@compiled
def call_link(link, t, x, source, target, lr, slots, numbers, tensors, asked):  # type: ignore[no-untyped-def]
    """Call the function of a link; source is its gradient, and target what it writes to."""
    own = slots[link[FIRST_SLOT] : link[LAST_SLOT]]
    if link[FLAT] and link[SLOTS] > 0:
        own = own.reshape(link[SLOTS], x.size)
    first, rows, columns = link[FIRST_NUMBER], link[NUMBER_ROWS], link[NUMBERS]
    own_numbers = numbers[0, first : first + rows * columns].reshape(rows, columns)
    first, rows, columns = link[FIRST_TENSOR], link[TENSOR_ROWS], link[COLUMNS]
    own_tensors = tensors[0, first : first + rows * columns].reshape(rows, columns)
    if len(asked) == 0:
        update = update_at(link[ADDRESS])
        update(t, x, source, target, lr, own, own_numbers, own_tensors)
    elif link[ASKS]:
        asking = asking_at(link[ADDRESS])
        asking(t, x, source, target, lr, own, own_numbers, own_tensors, *asked)
    else:
        update = update_at(link[ADDRESS])
        update(t, x, source, target, lr, own, own_numbers, own_tensors)


@compiled
def run_restarting(link, t, x, source, target, lr, slots, numbers, tensors, asked):  # type: ignore[no-untyped-def]
    """The same for a link that starts anew after some steps. Where it starts with infinity, that stands for the params from which its last
    step went; nan is for the next gradient to fill."""
    own, last, place = slots[link[FIRST_SLOT] : link[LAST_SLOT]], link[RESTARTS], 0
    counted = (t - 1) % last + 1
    if counted == 1:
        mark_unfilled(own, True)
    call_link(link, counted, x, source, target, lr, slots, numbers, tensors, asked)
    if counted == last:
        for i in range(own.shape[0]):
            start, first = numbers[0, link[FIRST_START] + i], place * own.shape[1]
            for r in range(own.shape[1]):
                own[i, r] = UNFILLED if isnan(start) else x[first + r] if isinf(start) else start
            place = (place + 1) % (x.size // own.shape[1]) if isinf(start) else 0


@compiled
def run_link(link, t, x, source, target, lr, slots, numbers, tensors, asked):  # type: ignore[no-untyped-def]
    """Call the function of a link in step t."""
    if link[RESTARTS] > 0:
        run_restarting(link, t, x, source, target, lr, slots, numbers, tensors, asked)
    else:
        call_link(link, t, x, source, target, lr, slots, numbers, tensors, asked)


@inlined
def copy(source, target):  # type: ignore[no-untyped-def]
    """target = source."""
    for i in range(source.size):
        target[i] = source[i]


@inlined
def fill(target, number):  # type: ignore[no-untyped-def]
    """The number everywhere."""
    for i in range(target.size):
        target[i] = number


@inlined
def from_elsewhere(step, origin, x):  # type: ignore[no-untyped-def]
    """A step from another point, as one from x to the same end."""
    for i in range(x.size):
        step[i] = origin[i] - x[i] + step[i]


@compiled
def let_through(t, link, place, slots, tensors):  # type: ignore[no-untyped-def]
    """Whether the links from `place` on that wait for a link are called in step t."""
    is_let_through = t % link[EVERY] == 0
    for k in range(place, place + link[WAITING]):
        waiting = tensors[0, 1 + k * WIDTH : 1 + (k + 1) * WIDTH]
        mark_unfilled(slots[waiting[FIRST_SLOT] : waiting[LAST_SLOT]], is_let_through)
    return is_let_through


@compiled
def run_links(t, x, g, step, lr, slots, numbers, tensors, asked):  # type: ignore[no-untyped-def]
    """Run the links of a chain. `numbers` and `tensors` hold those of all links, in a single row; the latter starts with the count of
    the links and what is known of each. `asked` is empty where none of them asks the objective."""
    count, work = tensors[0, 0], np.empty((4, x.size))
    fill(work[2], -1.0)
    place, resumed, counted, source, at, has_returned = 0, count, t, g, x, False
    while place < count:
        if place == resumed:
            counted = t
        link = tensors[0, 1 + place * WIDTH : 1 + (place + 1) * WIDTH]
        target = step if place == count - 1 else work[place % 2]
        if link[KEEPS]:
            copy(source, work[3])
        if link[AROUND]:
            copy(source, target)
            source = work[3]
        run_link(link, counted, at, source, target, lr if link[RATED] else work[2], slots, numbers, tensors, asked)
        place, source = place + 1, target
        if link[EVERY] > 1:
            resumed, counted = place + link[WAITING], t // link[EVERY]
            if not let_through(t, link, place, slots, tensors):
                place = resumed
                source = step if place >= count else work[1 - place % 2]
                if link[RETURNS]:
                    copy(target, source)
                else:
                    fill(source, 0.0)
            elif link[RETURNS]:
                at, has_returned = slots[link[FIRST_SLOT] : link[LAST_SLOT]].reshape(-1), True
    if has_returned:
        from_elsewhere(step, at, x)


@compiled
def chained(t, x, g, step, lr, slots, numbers, tensors):  # type: ignore[no-untyped-def]
    """An update that runs the links of a chain."""
    run_links(t, x, g, step, lr, slots, numbers, tensors, ())


@compiled
def chained_asking(t, x, g, step, lr, slots, numbers, tensors, values, objective, parameters):  # type: ignore[no-untyped-def]
    """The same for a chain of which a link asks the objective."""
    run_links(t, x, g, step, lr, slots, numbers, tensors, (values, objective, parameters))


CHAIN, ASKING_CHAIN = Kernel(chained, UPDATE), Kernel(chained_asking, UPDATE_WITH_OBJECTIVE)

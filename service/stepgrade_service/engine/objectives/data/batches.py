"""Which examples are in a mini-batch. It follows from the seed and the number of the batch alone, on every machine.

The random numbers are those of Matsumoto & Nishimura's Mersenne Twister 1998, seeded, drawn and bounded as NumPy's RandomState does,
whose numbers never change (NEP 19): so a course's own shuffles can be had.
"""

from __future__ import annotations

from ...compiled.jit import compiled_loop, inlined
from .packing import (
    BATCH_SIZE,
    BATCHES,
    CLOCK,
    EXAMPLES,
    GIVEN,
    LISTED,
    ORDER,
    ORDERED,
    SAMPLED,
    SEED,
    SHUFFLED,
    WHOLE,
    WRITTEN,
)

#: Words of the twister's state; behind them stands how many of them were drawn.
WORDS, MIDDLE = 624, 397

LOW_32 = 0xFFFFFFFF


@inlined
def seeded(seed, state):  # type: ignore[no-untyped-def]
    """Begin the twister with a seed of 32 bits."""
    state[0] = seed & LOW_32
    for i in range(1, WORDS):
        state[i] = (1812433253 * (state[i - 1] ^ (state[i - 1] >> 30)) + i) & LOW_32
    state[WORDS] = WORDS


@compiled_loop
def twist(state):  # type: ignore[no-untyped-def]
    """Make the next words."""
    for i in range(WORDS):
        mixed = (state[i] & 0x80000000) | (state[(i + 1) % WORDS] & 0x7FFFFFFF)
        state[i] = state[(i + MIDDLE) % WORDS] ^ (mixed >> 1) ^ ((mixed & 1) * 0x9908B0DF)
    state[WORDS] = 0


@inlined
def drawn(state):  # type: ignore[no-untyped-def]
    """The next number of 32 bits."""
    if state[WORDS] == WORDS:
        twist(state)
    word = state[state[WORDS]]
    state[WORDS] += 1
    word ^= word >> 11
    word ^= (word << 7) & 0x9D2C5680
    word ^= (word << 15) & 0xEFC60000
    return word ^ (word >> 18)


@compiled_loop
def up_to(most, state):  # type: ignore[no-untyped-def]
    """A whole number from 0 to most, all equally likely: too large ones are drawn again."""
    mask = most
    for shift in (1, 2, 4, 8, 16):
        mask |= mask >> shift
    number = drawn(state) & mask
    while number > most:
        number = drawn(state) & mask
    return number


@compiled_loop
def shuffle(seed, count, order, state):  # type: ignore[no-untyped-def]
    """The permutation of RandomState(seed).permutation(count), as floats."""
    seeded(seed, state)
    for i in range(count):
        order[i] = i
    for i in range(count - 1, 0, -1):
        j = up_to(i, state)
        order[i], order[j] = order[j], order[i]


@compiled_loop
def sample(seed, count, size, order, state):  # type: ignore[no-untyped-def]
    """Those of RandomState(seed).randint(0, count, size), as floats."""
    seeded(seed, state)
    for i in range(size):
        order[i] = up_to(count - 1, state) if count > 1 else 0


@compiled_loop
def find_batch(parameters, examples, state):  # type: ignore[no-untyped-def]
    """Write which examples the clock asks for; returns how many. Nothing is written where it asks for all of them.

    An order is written behind the data, so where there are mini-batches the parameters belong to one caller.
    """
    clock, count = parameters[CLOCK], int(parameters[EXAMPLES])
    if clock == WHOLE:
        return count
    if clock < WHOLE:
        examples[0] = int(-2.0 - clock)
        return 1
    batches, size, kind = int(parameters[BATCHES]), int(parameters[BATCH_SIZE]), int(parameters[ORDER])
    epoch, number = int(clock) // batches, int(clock) % batches
    order = parameters[int(parameters[ORDERED]) :]
    first, last = number * size, min((number + 1) * size, count)
    if kind == LISTED:
        first, last = int(order[number]), int(order[number + 1])
    elif kind == SHUFFLED and parameters[WRITTEN] != epoch:
        shuffle((int(parameters[SEED]) + epoch) & LOW_32, count, order, state)
        parameters[WRITTEN] = epoch
    elif kind == SAMPLED:
        sample((int(parameters[SEED]) + int(clock)) & LOW_32, count, size, order, state)
        first, last = 0, size
    for i in range(first, last):
        examples[i - first] = i if kind == GIVEN else int(order[i])
    return last - first

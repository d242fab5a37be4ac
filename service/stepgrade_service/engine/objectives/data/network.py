"""The kernel of every model on data: linear layers with an activation between them, a loss behind them.

A run is worked on by itself, so alone, in a batch and in parts of one its numbers are the same bits; the innermost loops run over
the examples, and every sum is formed in one order. No library for matrices is asked: it would choose an order of its own.
"""

from __future__ import annotations

import numpy as np

from ...compiled.jit import compiled, compiled_loop
from ..declaration import objective_kernel
from .batches import WORDS, find_batch
from .losses import activate, by_slope, losses
from .packing import (
    ACTIVATION,
    BATCH_SIZE,
    CLOCK,
    EXAMPLES,
    FEATURES,
    HAS_BIAS,
    IN_COLUMNS,
    INPUTS,
    IS_SUM,
    LAYERS,
    LOSS,
    OUTPUTS,
    PENALTY,
    SIZES,
    SOFTMAX,
    TARGETS,
    VALUE_OF_BATCH,
    WHOLE,
)

#: So many examples are worked on at a time: what they give stays at hand, and is little enough to be had without asking the system.
AT_A_TIME = 64

#: From so many inputs and outputs on a layer is wide: then it pays to turn its inputs.
WIDE = (8, 4)


@compiled_loop
def dot(a, i, b, j, count):  # type: ignore[no-untyped-def]
    """Sum over the columns of row i of a times row j of b: eight sums beside each other, which are then added up."""
    s0, s1, s2, s3, s4, s5, s6, s7 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for e in range(count // 8):
        r = 8 * e
        s0 += a[i, r] * b[j, r]
        s1 += a[i, r + 1] * b[j, r + 1]
        s2 += a[i, r + 2] * b[j, r + 2]
        s3 += a[i, r + 3] * b[j, r + 3]
        s4 += a[i, r + 4] * b[j, r + 4]
        s5 += a[i, r + 5] * b[j, r + 5]
        s6 += a[i, r + 6] * b[j, r + 6]
        s7 += a[i, r + 7] * b[j, r + 7]
    total = ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7))
    for r in range(count - count % 8, count):
        total += a[i, r] * b[j, r]
    return total


@compiled_loop
def add_rows(a, first, rows, weights, start, stride, count, out, o):  # type: ignore[no-untyped-def]
    """out[o] += sum_i weights[start + i * stride] * a[first + i], one after the other, over the columns."""
    for i in range(0, rows - rows % 4, 4):
        w0, w1 = weights[start + i * stride], weights[start + (i + 1) * stride]
        w2, w3 = weights[start + (i + 2) * stride], weights[start + (i + 3) * stride]
        for r in range(count):
            out[o, r] = (((out[o, r] + w0 * a[first + i, r]) + w1 * a[first + i + 1, r]) + w2 * a[first + i + 2, r]) + w3 * a[
                first + i + 3, r
            ]
    for i in range(rows - rows % 4, rows):
        w = weights[start + i * stride]
        for r in range(count):
            out[o, r] += w * a[first + i, r]


@compiled_loop
def gather(numbers, chosen, is_all, begin, count, rows, out):  # type: ignore[no-untyped-def]
    """Copy what some examples have in each row of numbers, (rows * examples,), to a column each."""
    total = numbers.size // rows
    for j in range(rows):
        source = numbers[j * total : (j + 1) * total]
        if is_all:
            for r in range(count):
                out[j, r] = source[begin + r]
        else:
            for r in range(count):
                out[j, r] = source[chosen[begin + r]]


@compiled_loop
def forward(parameters, weights, units, count):  # type: ignore[no-untyped-def]
    """From the inputs in the first rows of units to the scores in the last ones."""
    layers, has_bias, in_columns = int(parameters[LAYERS]), parameters[HAS_BIAS] > 0.0, parameters[IN_COLUMNS] > 0.0
    at, first = 0, 0
    for layer in range(layers):
        inputs, outputs = int(parameters[SIZES + layer]), int(parameters[SIZES + layer + 1])
        below, biases = first + inputs, at + inputs * outputs
        for o in range(outputs):
            bias = weights[biases + o] if has_bias else 0.0
            for r in range(count):
                units[below + o, r] = bias
            start, stride = (at + o * inputs, 1) if in_columns else (at + o, outputs)
            add_rows(units, first, inputs, weights, start, stride, count, units, below + o)
        at, first = biases + (outputs if has_bias else 0), below
        if layer < layers - 1:
            activate(int(parameters[ACTIVATION]), units, first, first + outputs, count)


@compiled_loop
def add_products(units, first, inputs, slopes, outputs, count, turned, row, gradient, at, in_columns):  # type: ignore[no-untyped-def]
    """gradient[at ...] += units slopes', of the columns: the gradient of one layer's weights.

    Where there are many inputs they stand beside each other in `turned`, and the innermost loop runs over them.
    """
    is_wide = inputs >= WIDE[0] and outputs >= WIDE[1]
    flat = slopes.reshape(-1)
    if is_wide:
        for i in range(inputs):
            for r in range(count):
                turned[r, i] = units[first + i, r]
    for o in range(outputs):
        if is_wide:
            for i in range(inputs):
                row[0, i] = 0.0
            add_rows(turned, 0, count, flat, o * slopes.shape[1], 1, inputs, row, 0)
        else:
            for i in range(inputs):
                row[0, i] = dot(units, first + i, slopes, o, count)
        for i in range(inputs):
            gradient[at + (o * inputs + i if in_columns else i * outputs + o)] += row[0, i]


@compiled_loop
def backward(parameters, weights, units, count, slopes, before, turned, row, gradient):  # type: ignore[no-untyped-def]
    """Add the gradient of all weights, from the slopes of the loss by the scores, (outputs, count)."""
    layers, has_bias, in_columns = int(parameters[LAYERS]), parameters[HAS_BIAS] > 0.0, parameters[IN_COLUMNS] > 0.0
    at, first = weights.size, 0
    for layer in range(layers):
        first += int(parameters[SIZES + layer])
    for layer in range(layers - 1, -1, -1):
        inputs, outputs = int(parameters[SIZES + layer]), int(parameters[SIZES + layer + 1])
        biases = at - (outputs if has_bias else 0)
        at, first = biases - inputs * outputs, first - inputs
        for o in range(outputs if has_bias else 0):
            for r in range(count):
                gradient[biases + o] += slopes[o, r]
        add_products(units, first, inputs, slopes, outputs, count, turned, row, gradient, at, in_columns)
        if layer > 0:
            for i in range(inputs):
                for r in range(count):
                    before[i, r] = 0.0
                start, stride = (at + i, inputs) if in_columns else (at + i * outputs, 1)
                add_rows(slopes, 0, outputs, weights, start, stride, count, before, i)
            by_slope(int(parameters[ACTIVATION]), units, first, before, inputs, count)
            slopes, before = before, slopes


@compiled_loop
def penalize(parameters, weights, gradient):  # type: ignore[no-untyped-def]
    """The penalty on the weights, not on the biases; adds its gradient."""
    at, square, penalty = 0, 0.0, parameters[PENALTY]
    for layer in range(int(parameters[LAYERS])):
        inputs, outputs = int(parameters[SIZES + layer]), int(parameters[SIZES + layer + 1])
        for i in range(at, at + inputs * outputs):
            square += weights[i] * weights[i]
            gradient[i] += 2.0 * penalty * weights[i]
        at += inputs * outputs + (outputs if parameters[HAS_BIAS] > 0.0 else 0)
    return penalty * square


@compiled
def network(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = mean or sum of the losses + penalty * sum of the squared weights; parameters: see `packing`."""
    dimension, total = x.shape[0], int(parameters[EXAMPLES])
    layers, loss, outputs = int(parameters[LAYERS]), int(parameters[LOSS]), int(parameters[OUTPUTS])
    rows, widest = 0, 0
    for layer in range(layers + 1):
        rows, widest = rows + int(parameters[SIZES + layer]), max(widest, int(parameters[SIZES + layer]))
    is_all = parameters[CLOCK] == WHOLE
    chosen, state = np.empty(max(1, int(parameters[BATCH_SIZE])), np.int64), np.empty(WORDS + 1, np.int64)
    size = find_batch(parameters, chosen, state)
    wide = min(AT_A_TIME, total)
    units, targets = np.empty((rows, wide)), np.empty((1 if loss == SOFTMAX else outputs, wide))
    slopes, before = np.empty((widest, wide)), np.empty((widest, wide))
    turned, row = np.empty((wide, widest)), np.empty((1, widest))
    weights, gradient, features = np.empty(dimension), np.empty(dimension), int(parameters[FEATURES])
    inputs = parameters[int(parameters[INPUTS]) : int(parameters[TARGETS])]
    labels = parameters[int(parameters[TARGETS]) : int(parameters[TARGETS]) + targets.shape[0] * total]
    values_of_all = not is_all and parameters[CLOCK] > WHOLE and parameters[VALUE_OF_BATCH] == 0.0
    for r in range(x.shape[1]):
        value = 0.0
        for i in range(dimension):
            weights[i], gradient[i] = x[i, r], 0.0
        share = 1.0 if parameters[IS_SUM] > 0.0 else 1.0 / size
        for begin in range(0, size, wide):
            count = min(wide, size - begin)
            gather(inputs, chosen, is_all, begin, count, features, units)
            gather(labels, chosen, is_all, begin, count, targets.shape[0], targets)
            forward(parameters, weights, units, count)
            value += losses(loss, units, rows - outputs, outputs, count, targets, share, slopes)
            backward(parameters, weights, units, count, slopes, before, turned, row, gradient)
        if values_of_all:
            value, share = 0.0, 1.0 if parameters[IS_SUM] > 0.0 else 1.0 / total
            for begin in range(0, total, wide):
                count = min(wide, total - begin)
                gather(inputs, chosen, True, begin, count, features, units)
                gather(labels, chosen, True, begin, count, targets.shape[0], targets)
                forward(parameters, weights, units, count)
                value += losses(loss, units, rows - outputs, outputs, count, targets, share, slopes)
        values[r] = share * value + penalize(parameters, weights, gradient)
        for i in range(dimension):
            gradients[i, r] = gradient[i]


NETWORK = objective_kernel(network)

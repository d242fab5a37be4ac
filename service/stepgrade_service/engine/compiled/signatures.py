"""The signatures of the functions that one compiled function hands to another, so that the loop is compiled once for each of its kinds."""

from __future__ import annotations

from .jit import function_type, integer, integer_matrix, matrix, nothing, vector

#: objective(x, parameters, values, gradients): x and gradients are (dimension, runs), values (runs,), the loop over runs innermost.
OBJECTIVE = nothing(matrix, vector, vector, matrix)

#: along(x, parameters, values, gradients, x_slope, values_slope, gradients_slope): the same, and how both change along x_slope, each laid
#: out like what it is the derivative of.
ALONG = nothing(matrix, vector, vector, matrix, matrix, vector, matrix)

#: schedule(s, base, parameters, lr): writes the learning rates of the step after s steps, laid out like the params.
SCHEDULE = nothing(integer, vector, vector, vector)

#: update(t, x, g, step, lr, slots, numbers, tensors): x, g, step and lr are flat, (dimension * runs,); slots and numbers are packed,
#: an array each, and tensors tells where each tensor and its slots stand in them.
UPDATE = nothing(integer, *[vector] * 4, matrix, matrix, integer_matrix)

#: The same for an update that asks the objective: behind it the values at x, the objective, and its parameters.
UPDATE_WITH_OBJECTIVE = nothing(integer, *[vector] * 4, matrix, matrix, integer_matrix, vector, function_type(OBJECTIVE), vector)

"""What is known of a model on its data: starts, and of linear least squares the minimum."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from ..declaration import Facts
from .model import Model
from .models import FULL, SQUARED_ERRORS
from .network import NETWORK
from .starts import NamedStarts

Array = NDArray[np.float64]

#: The minimum is computed where examples times features squared are at most so many, and where the condition number is at most so large:
#: beyond it no digit of the minimum is sure.
MOST_WORK, MOST_CONDITION = 1e7, 1e13

#: How far the window reaches from the minimum, or from 0.
REACH = 5.0


def facts_of(model: Model) -> Facts:
    """What the engine and the catalogue know of it."""
    found = minimum_of(model)
    minima, values = ([found[0].tolist()], [found[1]]) if found is not None else ([], [])
    window = list[tuple[float, float]]()
    if model.layout.dimension == 2:
        center = minima[0] if minima else [0.0, 0.0]
        window = [(c - REACH, c + REACH) for c in center]
    return Facts(
        kernel_parameters=model.parameters,
        minima=minima,
        value_at_minima=values,
        starts=NamedStarts(model),
        window=window,
        condition_number=found[2] if found is not None else None,
    )


def minimum_of(model: Model) -> tuple[Array, float, float] | None:
    """The minimum of linear least squares, the value there, and the condition number of the Hessian; None where none is known.

    Where values are those of mini-batches there is no one function to have a minimum.
    """
    data, is_sum = model.data, model.settings["reduction"] == "sum"
    is_one_function = model.batches is None or model.batches.values == FULL
    columns = model.sizes[0] + model.kind.has_bias
    if model.kind.is_deep or model.loss not in SQUARED_ERRORS or not is_one_function or data.examples * columns**2 > MOST_WORK:
        return None
    factor = (0.5 if model.loss == "half_squared_error" else 1.0) / (1.0 if is_sum else data.examples)
    ridge = sqrt(model.penalty / factor) * np.eye(model.sizes[0], columns)
    ones = np.ones((data.examples, 1 if model.kind.has_bias else 0))
    matrix = np.concatenate([np.concatenate([data.inputs, ones], axis=1), ridge])
    targets = np.concatenate([data.targets.T, np.zeros((model.sizes[0], model.sizes[-1]))])
    try:
        with np.errstate(all="ignore"):
            solution, _, rank, singular = np.linalg.lstsq(matrix, targets, rcond=None)
            condition = float((singular[0] / singular[-1]) ** 2) if rank == columns else np.inf
    except np.linalg.LinAlgError:  # numbers near the largest there are
        return None
    if not (condition <= MOST_CONDITION and np.isfinite(solution).all()):
        return None
    weights = solution[: model.sizes[0]]
    point = np.concatenate([(weights.T if model.in_columns else weights).reshape(-1), solution[model.sizes[0] :].reshape(-1)])
    value, slopes = np.empty(1), np.empty((len(point), 1))
    NETWORK.call(np.ascontiguousarray(point.reshape(-1, 1)), model.parameters, value, slopes)
    return (point, float(value[0]), condition) if np.isfinite(value[0]) else None

"""A map over HTTP, the whole request as npz, beside the same work in vectorised NumPy and in optax, both in their own process."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import numpy_loop
from connection import Connection, post
from numpy.typing import NDArray
from over_http import Asked
from problem import BETA1, BETA2, EPS, GRID_SIDE, GRID_STEPS, LR, RHO, grid
from server import SERVICE, serving
from steps import CORES, Frameworks
from table import Section, at_least, ratio, timed
from timing import Times, calls_of, in_turns

Array = NDArray[np.float64]

MAP = {
    "objective": "rosenbrock",
    "optimizers": [
        {"name": "adam", "convention": "optax", "lr": LR, "beta1": BETA1, "beta2": BETA2, "eps": EPS},
        {"name": "rmsprop", "convention": "optax", "lr": LR, "rho": RHO, "eps": EPS},
    ],
    "grid": {"x": [-2, 2, GRID_SIDE], "y": [-1, 3, GRID_SIDE]},
    "steps": GRID_STEPS,
    "measure": ["steps_to_target", "final_value"],
}


def sections(rounds: int) -> Iterator[Section]:
    """One map, asked for again and again."""
    frameworks, request, starts = Frameworks("optax_map"), post("/map", MAP, "application/x-npz"), grid()
    try:
        with serving(SERVICE, request) as server:
            connection = Connection(server.port)
            asked = Asked(connection, request)
            times = in_turns(
                rounds,
                {
                    "service": (asked.calls, 4),
                    "optax": (frameworks.calls("optax_map"), 4),
                    "numpy": (calls_of(lambda: numpy_loop.the_map(starts, GRID_STEPS)), 1),
                },
            )
            answer = connection.ask(request).body
            connection.close()
        service, numpy, optax = times["service"], times["numpy"], times["optax"]
        first = Times([frameworks.first["optax_map"]])
        told = the_map(answer)
        yield Section(
            f"/map, {starts.shape[1]:,} starts, {GRID_STEPS} steps, 2 optimizers, npz of {len(answer):,} bytes",
            [
                timed("the whole request over HTTP", service),
                *asked.split(service),
                timed("NumPy, vectorised over the runs", numpy, ratio(numpy, service), at_least(numpy.median / service.median, 3)),
                timed("optax, jitted, vmapped, warm", optax, ratio(optax, service), at_least(optax.median / service.median, 1)),
                timed("  its first call", first, ratio(first, service), at_least(first.median / service.median, 5)),
            ],
            [
                f"steps to the target and value at the end of each start, by Adam and RMSprop on Rosenbrock; {CORES} cores for all",
                f"beside NumPy: {agreement(told, numpy_loop.the_map(starts, GRID_STEPS))}",
                f"beside optax: {agreement(told, frameworks.ends['optax_map'])}",
            ],
        )
    finally:
        frameworks.close()


def the_map(answer: bytes) -> Array:
    """Steps and values of each optimizer, (2, 2, runs), from an npz."""
    arrays = np.load(io.BytesIO(answer))
    return np.array([[arrays[f"{measure}/{label}"].reshape(-1) for measure in MAP["measure"]] for label in ("adam", "rmsprop")])


def agreement(one: Array, other: Array) -> str:
    """How far two maps agree: at how many starts the steps are the same, and the largest relative difference of values."""
    same = (one[:, 0] == other[:, 0]) | (np.isnan(one[:, 0]) & np.isnan(other[:, 0]))
    values = np.abs(one[:, 1] - other[:, 1]) / np.maximum(np.abs(other[:, 1]), 1e-12)
    return f"the same steps at {same.sum():,} of {same.size:,}, values to {np.median(values):.0e} (largest difference {values.max():.0e})"

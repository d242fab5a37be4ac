"""Compiled or not, alone or in threads: the numbers are the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from stepgrade_service.engine.comparing.comparison import compare
from stepgrade_service.engine.running.trajectory import trajectory

TENSORS = {"W": [[1.0, 2.0], [-0.5, 0.25]], "b": 0.5}
REPLAYED: dict[str, Any] = {
    "start": TENSORS,
    "gradients": [{"W": [[3.0, -4.0], [0.1 * k, 1.0]], "b": 0.5 - k} for k in range(5)],
}
PLAIN: list[dict[str, Any]] = [
    {
        "optimizer": {"name": "adam", "lr": 0.1, "amsgrad": True, "weight_decay": 0.1},
        "objective": "himmelblau",
        "steps": 5,
        "noise": {"std": 0.1, "seed": 7},
        "schedule": {"name": "step", "step_size": 2, "gamma": 0.7},
        "stop": {"distance": 1e-9, "gradient_norm": 1e-9},
    },
    {
        "optimizer": {"name": "normalized_gd", "lr": 0.1},
        "start": {"W": [[1.0, 2.0]], "b": 0.5},
        "gradients": [{"W": [[3.0, -4.0]], "b": 1e200}, {"W": [[3.0, -4.0]], "b": 0.0}, *[{"W": [[0.0, 0.0]], "b": 0.0}] * 3],
    },
    {"optimizer": {"name": "novograd", "lr": 0.1, "weight_decay": 0.1}, **REPLAYED},
    {"optimizer": {"name": "sm3", "lr": 0.1, "rho": {"W": 1, "b": 0.9}}, **REPLAYED},
    {"optimizer": {"name": "nadam", "beta1": {"W": 0.9, "b": 0.5}, "eps": {"b": 0.1, "W": 1e-8}}, **REPLAYED},
    {"optimizer": {"name": "normalized_gd", "lr": {"W": 0.1, "b": 0.2}, "eps": {"b": 0.1, "W": 0}}, **REPLAYED},
    {"optimizer": "gd_backtracking", "objective": {"name": "rosenbrock", "dimension": 5}, "start": [0.5, -1, 2, 1, 0], "steps": 5},
]
COMPARED: dict[str, Any] = {
    "optimizers": [{"name": "radam", "lr": 0.1}, {"name": "sm3", "lr": 0.1}, "gd_backtracking"],
    "objective": "quadratic",
    "steps": 5,
    "match": "graft",
    "rotate": [30],
    "noise": {"std": 0.1, "seed": 3},
}
TELL = """
import json, sys
from numba import config
from stepgrade_service.engine.comparing.comparison import compare
from stepgrade_service.engine.running.trajectory import trajectory
requests, compared = json.loads(sys.argv[1])
runs = [trajectory(request) for request in requests]
turned = [run.summary["final_value"] for outcome in compare(compared).turned for run in outcome.runs]
points = [run.points.tolist() for run in runs]
cosines = [run.summary["descent_cosine"] for run in runs]
print(json.dumps({"compiled": not config.DISABLE_JIT, "points": points, "cosines": cosines, "turned": turned}))
"""


def test_without_the_compiler_the_numbers_are_the_same():
    told = subprocess.run(
        [sys.executable, "-W", "error::SyntaxWarning", "-c", TELL, json.dumps([PLAIN, COMPARED])],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answer = json.loads(told.stdout)
    assert not answer["compiled"]
    for request, points, cosine in zip(PLAIN, answer["points"], answer["cosines"], strict=True):
        run = trajectory(request)
        assert run.steps == 5
        np.testing.assert_allclose(points, run.points, rtol=1e-15, atol=1e-15)
        np.testing.assert_allclose(cosine, run.summary["descent_cosine"], rtol=1e-15)
    turned = [run.summary["final_value"] for outcome in compare(COMPARED).turned for run in outcome.runs]
    assert len(turned) == 3
    np.testing.assert_allclose(answer["turned"], turned, rtol=1e-14)


def test_threads_do_not_disturb_each_other():
    requests: list[dict[str, Any]] = [
        {"optimizer": {"name": name, "lr": lr}, "objective": {"name": "rosenbrock", "dimension": 6}, "steps": 3000, "record_every": 100}
        for name in ("adam", "rmsprop", "normalized_gd", "momentum")
        for lr in (1e-4, 3e-4, 1e-3, 3e-3)
    ]
    requests += [{**request, "noise": {"std": 0.01, "seed": 3}} for request in requests]
    alone = [trajectory(request) for request in requests]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(trajectory, requests * 3))
    for one, other in zip(alone * 3, together, strict=True):
        assert one.points.tobytes() == other.points.tobytes()
        assert repr(one.summary) == repr(other.summary)


def test_the_same_request_gives_the_same_bytes_again_and_whatever_was_asked_between(any_variant):
    request = {"optimizer": any_variant, "objective": "rosenbrock", "steps": 20, "noise": {"std": 0.1, "seed": 1}}
    first = trajectory(request)
    trajectory({**request, "objective": {"name": "rosenbrock", "dimension": 9}, "steps": 3})
    again = trajectory(json.loads(json.dumps(request)))
    assert first.points.tobytes() == again.points.tobytes()
    assert first.values.tobytes() == again.values.tobytes()


#: A start, and the kernels that have code after it.
A_START = """
from stepgrade_service.engine.optimizers import OPTIMIZERS
from stepgrade_service.engine.warm import load_core
load_core()
kernels = dict.fromkeys(kernel for entry in OPTIMIZERS.values() for kernel in entry.kernels)
print(*[kernel.name for kernel in kernels if "packed" in kernel.__dict__])
"""


def test_a_start_loads_the_kernels_of_the_core_however_many_there_are():
    told = subprocess.run([sys.executable, "-c", A_START], check=True, capture_output=True, text=True, timeout=300)
    assert told.stdout.split() == ["gradient_descent", "momentum", "heavy_ball", "normalized_gd", "rmsprop", "adam"]

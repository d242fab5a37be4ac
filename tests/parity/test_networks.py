"""Models on data against torch: autograd's gradients, and the first steps of torch's optimizers in mini-batches."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path

import numpy as np
import pytest

from stepgrade_service.engine.objectives.resolve import resolve
from stepgrade_service.engine.running.trajectory import trajectory

HERE = Path(__file__).parent
CASES = run_path(str(HERE / "network_cases.py"))
GOLDEN = dict(np.load(HERE / "goldens" / "networks.npz"))

every_network = pytest.mark.parametrize("case", CASES["NETWORKS"], ids=lambda case: case.id)


def objective(case, **more):
    return {**case.request, "X": GOLDEN[f"{case.id}/X"], "y": GOLDEN[f"{case.id}/y"], **more}


def start(case):
    prefix = f"{case.id}/start/"
    return {key.removeprefix(prefix): value for key, value in GOLDEN.items() if key.startswith(prefix)}


@every_network
def test_value_and_gradient_are_those_of_autograd(case):
    problem = resolve(objective(case))
    flat = np.concatenate([tensor.reshape(-1) for tensor in start(case).values()])
    values, gradients = problem.evaluate(flat.reshape(-1, 1))
    assert problem.layout.names == tuple(start(case))
    np.testing.assert_allclose(values[0], GOLDEN[f"{case.id}/value"], rtol=1e-13)
    np.testing.assert_allclose(gradients[:, 0], GOLDEN[f"{case.id}/gradient"], rtol=1e-12, atol=1e-14)


@every_network
@pytest.mark.parametrize("name", CASES["OPTIMIZERS"])
def test_the_first_ten_steps_in_mini_batches_are_those_of_torch(case, name):
    batches = objective(case, order=GOLDEN[f"{case.id}/order"], values="batch")
    ran = trajectory(
        {"optimizer": {**CASES["OPTIMIZERS"][name], "convention": "torch"}, "objective": batches, "start": start(case), "steps": 10}
    )
    np.testing.assert_allclose(ran.points[1:], GOLDEN[f"{case.id}/{name}/points"], rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(ran.values[:-1], GOLDEN[f"{case.id}/{name}/losses"], rtol=1e-10, atol=1e-12)

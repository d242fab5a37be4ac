"""A step and a comparison with the client that openapi-python-client generates; the address of the service is the argument."""

import sys

from stepgrade_client import Client
from stepgrade_client.api.comparisons import compare
from stepgrade_client.api.steps import step
from stepgrade_client.models import (
    CompareRequest,
    Comparison,
    ContenderRmsprop,
    ContenderRmspropName,
    ContenderSgd,
    ContenderSgdName,
    Decomposition,
    ObjectiveType0,
    OptimizerRmsprop,
    OptimizerRmspropName,
    StartType0,
    Step,
    StepRequest,
)

client = Client(base_url=sys.argv[1])
rmsprop = OptimizerRmsprop(name=OptimizerRmspropName.RMSPROP, lr=0.01, rho=0.9)
taken = step.sync(client=client, body=StepRequest(optimizer=rmsprop, params=[1.0, 2.0], gradient=[0.1, -4.0]))
if not isinstance(taken, Step):
    raise SystemExit(f"no step: {taken}")
print(taken.params, taken.state.t, taken.optimizer.name)

asked = CompareRequest(
    objective=ObjectiveType0.QUADRATIC,
    start=StartType0.B,
    steps=200,
    optimizers=[ContenderSgd(name=ContenderSgdName.GD, lr=0.09), ContenderRmsprop(name=ContenderRmspropName.RMSPROP, lr=0.2, rho=0.9)],
    decompose=["gd", "rmsprop"],
)
compared = compare.sync(client=client, body=asked)
if not isinstance(compared, Comparison) or not isinstance(compared.decompose, list):
    raise SystemExit(f"no comparison: {compared}")
split: Decomposition = compared.decompose[0]
print(split.headline)

"""The fields of requests that are flags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stepgrade.cli.reading import data, listed, named, short

Reader = Callable[[str], Any]

#: A field of a request that is a flag: how it is read, what it is called, and what it is.
FIELDS: dict[str, tuple[Reader, str, str]] = {
    "optimizer": (short, "OPTIMIZER", "adam; adam,lr=0.1,beta2=0.99; or JSON"),
    "params": (data, "JSON", 'the point: "[1, 2]", or named tensors \'{"W": [[1, 2]], "b": 0}\''),
    "gradient": (data, "JSON", "laid out like the params"),
    "state": (data, "JSON", "of the step before"),
    "value": (float, "NUMBER", "the loss, for optimizers that need it"),
    "objective": (short, "OBJECTIVE", "quadratic; quadratic,condition=20; or JSON"),
    "gradients": (data, "JSON", "a replay in place of an objective: one gradient a step; needs --start"),
    "start": (named, "START", "a point, or the name of one of the objective's starts"),
    "starts": (listed, "STARTS", "several of these: A,B or JSON"),
    "steps": (int, "N", "how many; 100 if left out"),
    "schedule": (named, "SCHEDULE", "of the learning rate"),
    "noise": (data, "JSON", '\'{"std": 0.1, "seed": 7}\', on the gradients'),
    "target": (data, "JSON", "'{\"distance\": 0.05}', relative to the start; only measured"),
    "stop": (data, "JSON", "'{\"gradient_norm\": 1e-6}'; ends the run"),
    "record_every": (int, "N", "which steps are recorded"),
    "include": (listed, "NAMES", "of points,values,gradients,updates,states,measures"),
    "baseline": (str, "LABEL", "the run that matching goes by"),
    "decompose": (listed, "LABELS", "the plain one and the other, whose lead is split into step length and direction"),
    "rotate": (listed, "DEGREES", "turn the problem and the starts, too"),
    "match": (named, "MODE", "none, first_step, mean_step, graft or tuned"),
    "reference": (data, "JSON", "what was asked: a step's or a trajectory's request, or a list of them; @FILE reads a file"),
    "submission": (data, "JSON", "what the student's code returned: params or points, also state; or a list of them; @FILE reads a file"),
}
OF_ONE = ("optimizer",)
STEP = (*OF_ONE, "params", "gradient", "state", "value")
TRAJECTORY = (
    *(*OF_ONE, "objective", "gradients", "start", "steps", "state"),
    *("schedule", "noise", "target", "stop", "record_every", "include"),
)
COMPARE = ("objective", "start", "starts", "steps", "schedule", "noise", "target", "baseline", "decompose", "rotate", "match")

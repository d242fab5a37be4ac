"""The fields of requests that are flags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from stepgrade.choices import Match, RunPart
from stepgrade.cli.reading import data, listed, named, short

Reader = Callable[[str], Any]

#: The fields of a request that are flags: the function that reads the value, the name of the value, the help.
FIELDS: dict[str, tuple[Reader, str, str]] = {
    "optimizer": (short, "OPTIMIZER", "adam; or adam,lr=0.1,beta2=0.99; or JSON"),
    "params": (data, "JSON", 'the point: "[1, 2]", or named tensors \'{"W": [[1, 2]], "b": 0}\''),
    "gradient": (data, "JSON", "the gradient, in the layout of the params"),
    "state": (data, "JSON", "the state of the previous step"),
    "value": (float, "NUMBER", "the loss, if the optimizer needs it"),
    "objective": (short, "OBJECTIVE", "quadratic; quadratic,condition=20; or JSON"),
    "gradients": (data, "JSON", "a replay in place of an objective: one gradient per step; needs --start"),
    "start": (named, "START", "a point, or the name of one of the objective's starts"),
    "starts": (listed, "STARTS", "several starts: A,B or JSON"),
    "steps": (int, "N", "the number of steps; default 100"),
    "schedule": (named, "SCHEDULE", "the schedule of the learning rate"),
    "noise": (data, "JSON", 'noise on the gradients: \'{"std": 0.1, "seed": 7}\''),
    "target": (data, "JSON", '\'{"distance": 0.05, "arrival": "settle"}\', relative to the start; it does not end the run'),
    "stop": (data, "JSON", "a rule that ends the run: '{\"gradient_norm\": 1e-6}'"),
    "record_every": (int, "N", "record every Nth step"),
    "include": (listed, "NAMES", "any of " + ",".join(get_args(RunPart))),
    "baseline": (str, "LABEL", "the label of the run that the others are matched to"),
    "decompose": (listed, "LABELS", "a plain optimizer and another one: split their difference into step length and direction"),
    "rotate": (listed, "DEGREES", "also rotate the problem and the starts"),
    "match": (named, "MODE", "one of " + ", ".join(get_args(Match))),
    "reference": (data, "JSON", "the exercise: a request of step or trajectory, or a list of requests; @FILE reads a file"),
    "submission": (data, "JSON", "what the student's code returned: params or points, and state; or a list; @FILE reads a file"),
}
OF_ONE = ("optimizer",)
STEP = (*OF_ONE, "params", "gradient", "state", "value")
TRAJECTORY = (
    *(*OF_ONE, "objective", "gradients", "start", "steps", "state"),
    *("schedule", "noise", "target", "stop", "record_every", "include"),
)
COMPARE = ("objective", "start", "starts", "steps", "schedule", "noise", "target", "baseline", "decompose", "rotate", "match")

"""The fields of requests that are flags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from stepgrade.choices import Convention, Match, Measure, RunPart
from stepgrade.cli.reading import data, grid, listed, named, number, objective, short, steps, whole

Reader = Callable[[str], Any]

#: The fields of a request that are flags: the function that reads the value, the name of the value, the help.
FIELDS: dict[str, tuple[Reader, str, str]] = {
    "optimizer": (short, "OPTIMIZER", "adam; or adam,lr=0.1,beta2=0.99; or JSON; required"),
    "params": (data, "JSON", 'the point: "[1, 2]", or named tensors \'{"W": [[1, 2]], "b": 0}\'; required'),
    "gradient": (data, "JSON", "the gradient, in the layout of the params; required"),
    "state": (data, "JSON", "the state of the previous step; default: none, this is the first step"),
    "value": (number, "NUMBER", "the loss; required if the optimizer needs it, default none"),
    "objective": (
        objective,
        "OBJECTIVE",
        'quadratic; quadratic,condition=20; a formula such as "x**2 + k*y**2,k=20"; or JSON; required, except with --gradients',
    ),
    "gradients": (data, "JSON", "a replay in place of an objective: one gradient per step; needs --start; default none"),
    "start": (named, "START", "a point, or the name of one of the objective's starts; default its first start"),
    "starts": (listed, "STARTS", "several starts: A,B or JSON; default one start"),
    "steps": (steps, "N", "the number of steps, or for compare JSON by label; default 100"),
    "schedule": (named, "SCHEDULE", "the schedule of the learning rate: a name, or JSON; default none, the rate is constant"),
    "noise": (data, "JSON", 'noise on the gradients: \'{"std": 0.1, "seed": 7}\'; default none'),
    "target": (
        data,
        "JSON",
        '\'{"distance": 0.05, "arrival": "settle"}\', relative to the start; it does not end the run; default distance 0.05, settle',
    ),
    "stop": (data, "JSON", 'rules that end the run: \'{"gradient_norm": 1e-6}\', with "when": "all" together; default none'),
    "record_every": (whole, "N", "record every Nth step; default 1"),
    "include": (
        listed,
        "NAMES",
        "any of " + ",".join(get_args(RunPart)) + "; for compare without states; default points,values, for compare none",
    ),
    "grid": (grid, "GRID", "starts x=-6:6:61,y=-3:3:31 (first:last:number of values), learning rates lr=1e-4:1:60, or JSON; required"),
    "measure": (
        listed,
        "NAMES",
        "any of " + ",".join(get_args(Measure)) + "; default settling_step",
    ),
    "baseline": (str, "LABEL", "the label of the run that the others are matched to; default the first"),
    "decompose": (
        listed,
        "LABELS",
        "a plain optimizer and another one: split their difference into step length and direction; default none",
    ),
    "rotate": (listed, "DEGREES", "also rotate the problem and the starts, such as 30,45; default none"),
    "match": (named, "MODE", "one of " + ", ".join(get_args(Match)) + "; default none"),
    "to": (str, "NAME", "the convention to write it in: one of " + ", ".join(get_args(Convention)) + "; required"),
    "reference": (data, "JSON", "the exercise: a request of step or trajectory, or a list of requests; @FILE reads a file; required"),
    "submission": (data, "JSON", "what the student's code returned: params or points, and state; or a list; @FILE reads a file; required"),
}
OF_ONE = ("optimizer",)
CONVERT = (*OF_ONE, "to")
STEP = (*OF_ONE, "params", "gradient", "state", "value")
TRAJECTORY = (
    *(*OF_ONE, "objective", "gradients", "start", "steps", "state"),
    *("schedule", "noise", "target", "stop", "record_every", "include"),
)
COMPARE = (
    "objective",
    "start",
    "starts",
    "steps",
    "schedule",
    "noise",
    "target",
    "baseline",
    "decompose",
    "rotate",
    "match",
    "record_every",
    "include",
)
MAP = ("objective", "grid", "measure", "start", "steps", "schedule", "noise", "target", "baseline", "match")

"""None for an argument in a call is what the framework makes of it: refused, the same as left out, or something of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine.conventions import CONVENTIONS
from stepgrade_service.engine.conventions.constructors import CONSTRUCTORS, without_numbers
from stepgrade_service.engine.conventions.optax_transforms import TRANSFORMS
from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.reading.faults import Refusal, plain
from stepgrade_service.engine.running.trajectory import trajectory

GOLDEN = json.loads((Path(__file__).resolve().parent / "goldens" / "nulls.json").read_text(encoding="utf-8"))

#: Without a learning rate, or with another factor than that, optax's steps go uphill: this service asks for a number.
UPHILL = {"learning_rate", "max_learning_rate", "scaling"}

#: What has no number to compare, with the reason.
NOT_HERE = {
    "muon_weight_dimension_numbers": "the axes of a matrix are told otherwise",
    "clip_value_fn": "it is a function",
    "min_step_size": "Rprop's steps do not become so small in these few steps; without it there is no smallest step",
    "linesearch": "it is an object; null is read as no line search",
}

OPTIMIZERS = [(framework, each.name) for framework in GOLDEN["nulls"] for each in CONSTRUCTORS[framework]]


def call_of(framework: str, name: str, given: Mapping[str, Any]) -> dict[str, str]:
    """A call with a learning rate, where that has no default."""
    row, _ = CONVENTIONS[framework].by_name[plain(name)]
    rate = {"learning_rate": 0.1} if "lr" in row.required else {}
    return {"convention": framework, "call": f"{name}({', '.join(f'{key}={value!r}' for key, value in {**rate, **given}.items())})"}


def outcome(written: Any) -> Any:
    try:
        return resolve(written)
    except Refusal:
        return "refuses"


@pytest.mark.parametrize(("framework", "name"), OPTIMIZERS)
def test_none_is_what_the_framework_makes_of_it(framework, name):
    if name not in GOLDEN["nulls"][framework]:
        pytest.skip("the golden has it with a line search of its own")
    (takes,) = (each.taken for each in CONSTRUCTORS[framework] if each.name == name)
    idle = CONVENTIONS[framework].ignored | without_numbers(takes)  # how a framework computes, and not what
    for argument, expected in GOLDEN["nulls"][framework][name].items():
        if argument in idle or argument in NOT_HERE:
            continue
        around = GOLDEN["around"].get(argument, {})
        found, default = outcome(call_of(framework, name, {**around, argument: None})), outcome(call_of(framework, name, around))
        if expected == "refuses" or argument in UPHILL:
            assert found == "refuses", argument
        elif expected == "default":
            assert found == default, argument
        else:
            assert found not in ("refuses", default), argument


#: Optimizers that take no posted gradients, and torch's Muon, which computes in bfloat16.
OTHERWISE = {("torch", "Muon"), ("optax", "lbfgs"), ("optax", "sophia")}
NUMBERS = [
    (framework, name, argument)
    for framework, names in GOLDEN["nulls"].items()
    for name, arguments in names.items()
    for argument, found in arguments.items()
    if not isinstance(found, str) and argument not in UPHILL and (framework, name) in OPTIMIZERS and (framework, name) not in OTHERWISE
]


@pytest.mark.parametrize(("framework", "name", "argument"), NUMBERS)
def test_the_numbers_of_none_are_the_framework_s(framework, name, argument):
    optimizer = call_of(framework, name, {**GOLDEN["around"].get(argument, {}), argument: None})
    run = trajectory({"optimizer": optimizer, "start": GOLDEN["start"], "gradients": GOLDEN["gradients"]})
    theirs = GOLDEN["nulls"][framework][name][argument]
    expected = np.concatenate([np.ravel(theirs[tensor]) for tensor in GOLDEN["start"]])
    in_float32 = (framework, name) == ("optax", "adafactor")  # it computes the decay of its averages so
    np.testing.assert_allclose(run.points[-1], expected, rtol=3e-7 if in_float32 else 1e-9, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in TRANSFORMS if name in GOLDEN["nulls"]["optax"]])
def test_none_in_a_transform_is_what_optax_makes_of_it(name):
    def chained(given: str) -> dict[str, str]:
        return {"call": f"optax.chain(optax.{name}({given}), optax.scale(-0.1))"}

    needed = {"trace": "decay=0.5", "ema": "decay=0.5"}.get(name, "")
    for argument, expected in GOLDEN["nulls"]["optax"][name].items():
        if f"{argument}=" in needed or argument in without_numbers(TRANSFORMS[name].takes):
            continue
        found, default = outcome(chained(", ".join(filter(None, (needed, f"{argument}=None"))))), outcome(chained(needed))
        if expected == "refuses":
            assert found == "refuses", argument
        elif default != "refuses":
            rules = [each if each == "refuses" else [link.rule for link in each.links] for each in (found, default)]
            assert (rules[0] == rules[1]) == (expected == "default"), argument

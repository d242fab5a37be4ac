"""Write goldens/nulls.json: what torch, Keras and optax do where None is given for an argument; with --check only compare.

For each argument of each optimizer, and of each of optax's transforms: "default", the numbers are those without the argument; "refuses",
the framework raises an error, or its numbers are not finite; else the params after the last step, as text of float64 numbers.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"

import jax
import keras
import numpy as np
import optax
import optax.contrib
import torch
from make_lists import transforms

jax.config.update("jax_enable_x64", True)
keras.config.set_floatx("float64")
torch.set_default_dtype(torch.float64)
warnings.filterwarnings("ignore")

HERE = Path(__file__).resolve().parent
FILE = HERE / "goldens" / "nulls.json"

START = {"W": [[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], "b": [1.0, -2.0, 0.5, 3.0]}
CURVATURE = {"W": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], "b": [1.0, 4.0, 2.0, 3.0]}
GROWTH = [0.5, 1.0, 4.0, -10.0, -3.0]
GRADIENTS = [
    {name: (factor * np.sin(1.0 + np.arange(np.size(each)).reshape(np.shape(each)))).tolist() for name, each in START.items()}
    for factor in GROWTH
]
#: What an optimizer with a required argument gets there.
GIVEN = {"learning_rate": 0.1}
MATRICES_ALONE = ("Muon",)

#: optax's transforms whose names do not begin with scale_by.
PLAIN = ("clip", "add_decayed_weights", "ema", "trace", "normalize", "centralize")

#: What has to stand beside an argument so that it changes numbers.
AROUND: dict[str, dict[str, Any]] = {
    "ema_momentum": {"use_ema": True, "ema_overwrite_frequency": 1},
    "min_step_size": {"learning_rate": 1.5e-6, "eta_minus": 0.1},
    "max_step_size": {"learning_rate": 45.0},
    "dampening": {"momentum": 0.9},
    "factored": {"min_dim_size_to_factor": 1},
}

Run = Callable[[Any, Mapping[str, Any]], dict[str, Any]]


def of_torch(make: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """The params after the last step."""
    names = ["W"] if make.__name__ in MATRICES_ALONE else list(START)
    params = {name: torch.tensor(START[name], requires_grad=True) for name in names}
    optimizer = make(list(params.values()), **given)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = sum((torch.tensor(CURVATURE[name]) * each**2).sum() for name, each in params.items())
        loss.backward()
        return loss

    for gradients in GRADIENTS:
        for name, each in params.items():
            gradient = torch.tensor(gradients[name])
            each.grad = gradient.to_sparse() if make.__name__ == "SparseAdam" else gradient
        optimizer.step(closure) if make.__name__ == "LBFGS" else optimizer.step()
    return {name: each.detach().numpy() for name, each in params.items()}


def of_keras(make: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """The params after the last step."""
    optimizer = make(**given)
    variables = {name: keras.Variable(np.array(each), dtype="float64", name=name) for name, each in START.items()}
    optimizer.build(list(variables.values()))
    for gradients in GRADIENTS:
        optimizer.apply([jax.numpy.asarray(gradients[name]) for name in variables], list(variables.values()))
    return {name: np.array(each.value) for name, each in variables.items()}


def of_optax(make: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """The params after the last step."""
    optimizer = optax.with_extra_args_support(make(**given))
    params = {name: jax.numpy.asarray(each) for name, each in START.items()}
    scales = {name: jax.numpy.asarray(each) for name, each in CURVATURE.items()}

    def loss(at: Any) -> Any:
        return sum((scales[name] * at[name] ** 2).sum() for name in at)

    state = optimizer.init(params)
    is_curved = any(word in str(make) for word in ("lbfgs", "linesearch", "polyak", "momo"))
    for number, gradients in enumerate(GRADIENTS):
        value, true = jax.value_and_grad(loss)(params)
        gradient = true if is_curved else {name: jax.numpy.asarray(each) for name, each in gradients.items()}
        more = {"value": value, "grad": true, "value_fn": loss} if is_curved else {"obj_fn": loss, "key": jax.random.key(number)}
        updates, state = optimizer.update(gradient, state, params, **more)
        params = optax.apply_updates(params, updates)
    return {name: np.array(each) for name, each in params.items()}


def makers() -> Iterator[tuple[str, str, Any, Run]]:
    """The framework, the name, the class or function and what runs it."""
    lists = json.loads((HERE / "lists.json").read_text(encoding="utf-8"))
    yield from (("torch", name, getattr(torch.optim, name), of_torch) for name in lists["torch"]["names"])
    yield from (("keras", name, getattr(keras.optimizers, name), of_keras) for name in lists["keras"]["names"])
    theirs = json.loads((HERE / "signatures.json").read_text(encoding="utf-8"))["optax"]
    for name, function in transforms().items():
        if name in theirs and (
            name in (*lists["optax"]["names"], *lists["optax.contrib"]["names"]) or name.startswith(("scale_by", *PLAIN))
        ):
            yield "optax", name, function, of_optax


def said(make: Any, run: Run, argument: str, given: Mapping[str, Any], default: Mapping[str, Any] | None) -> Any:
    """What None is for an argument."""
    try:
        found = run(make, {**given, argument: None})
    except Exception:  # whatever it raises: the framework refuses
        return "refuses"
    if not all(np.isfinite(each).all() for each in found.values()):
        return "refuses"
    if default is not None and all(np.array_equal(found[name], default[name]) for name in found):
        return "default"
    return {name: each.tolist() for name, each in found.items()}


def of_all() -> dict[str, dict[str, dict[str, Any]]]:
    """By framework, optimizer and argument."""
    found: dict[str, dict[str, dict[str, Any]]] = {"torch": {}, "keras": {}, "optax": {}}
    for framework, name, make, run in makers():
        signature = inspect.signature(make.func if isinstance(make, partial) else make).parameters.values()
        kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        arguments = [each for each in signature if each.name != "params" and each.kind in kinds]
        needed = {each.name: GIVEN.get(each.name, 0.5) for each in arguments if each.default is inspect.Parameter.empty}
        try:
            default = run(make, needed)
        except Exception as error:  # one around another optimizer
            print(f"{framework} {name}: {type(error).__name__}", file=sys.stderr)
            continue
        said_of = found[framework][name] = dict[str, Any]()
        for each in arguments:
            more = AROUND.get(each.name, {})
            said_of[each.name] = said(make, run, each.name, {**needed, **more}, run(make, {**needed, **more}) if more else default)
    return found


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true", help="write nothing, compare with the file")
    found = of_all()
    if options.parse_args().check:
        known = json.loads(FILE.read_text(encoding="utf-8"))
        return int(known["nulls"] != found)
    versions = {name: version(name) for name in found}
    problem = {"start": START, "gradients": GRADIENTS, "around": AROUND}
    FILE.write_text(json.dumps({"versions": versions, **problem, "nulls": found}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Write what the frameworks' own tests of their optimizers run, as numbers: `python tests/parity/published/record.py [keras|torch|optax]`.

keras: its tests are run as they are, and each optimizer that they step is recorded: its configuration, the variables, the gradients, and
the variables after each step. Its assertions hold in the run. torch: the parameter sets of its tests, each run for some steps in float64,
and those that are errors. optax: the lists of its tests, and the problems that each optimizer has to solve. tinygrad: the parameter sets
of its tests, which compare with torch, run by torch. Only numbers and names are kept.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import sys
import unittest
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent

#: What keras's tests are in, of which none is about something else than an optimizer's numbers.
KERAS_TESTS = (
    "sgd", "rmsprop", "adam", "adamw", "adamax", "nadam", "adagrad", "adadelta", "adafactor", "ftrl", "lamb", "lion", "muon",
    "schedule_free_adamw", "optimizer",
)  # fmt: skip


def keras_cases() -> Iterator[dict[str, Any]]:
    """Each test that steps an optimizer: what it made, and where that went."""
    os.environ["KERAS_BACKEND"] = "jax"
    import keras
    from keras.src.optimizers.base_optimizer import BaseOptimizer

    seen: list[tuple[Any, list[Any]]] = []
    apply = BaseOptimizer.apply

    def recorded(self: Any, grads: Any, trainable_variables: Any = None) -> Any:
        variables = list(trainable_variables if trainable_variables is not None else self._trainable_variables)
        steps = next((steps for other, steps in seen if other is self), None)
        if steps is None:
            config = keras.optimizers.serialize(self)
            decays = [bool(self._use_weight_decay(each)) for each in variables]
            steps = [{"optimizer": config, "decays": decays, "start": [numbers(each) for each in variables]}]
            seen.append((self, steps))
        before = [None if each is None else numbers(each) for each in grads]
        result = apply(self, grads, trainable_variables)
        steps.append({"gradients": before, "after": [numbers(each) for each in variables]})
        return result

    BaseOptimizer.apply = recorded
    for name in KERAS_TESTS:
        module = import_module(f"keras.src.optimizers.{name}_test")
        for test in all_tests(unittest.defaultTestLoader.loadTestsFromModule(module)):
            seen.clear()
            passed = test.run().wasSuccessful()
            for number, (_, (made, *steps)) in enumerate(seen):
                if steps and passed:
                    yield {"test": f"{name}_test.{test._testMethodName}[{number}]", **made, "steps": steps}


def all_tests(suite: Any) -> Iterator[Any]:
    for each in suite:
        if isinstance(each, unittest.TestCase):
            yield each
        else:
            yield from all_tests(each)


def numbers(value: Any) -> Any:
    """What a variable holds, as lists."""
    return np.asarray(getattr(value, "value", value), dtype=float).tolist()


STEPS = 10


def torch_cases() -> Iterator[dict[str, Any]]:
    """Each parameter set of torch's tests, and what torch makes of it in float64."""
    import torch
    from torch.testing._internal.common_optimizers import optim_db

    torch.set_default_dtype(torch.float64)
    for info in optim_db:
        for number, each in enumerate(info.optim_inputs_func("cpu")):
            plain = {name: as_json(value) for name, value in each.kwargs.items()}
            yield {"test": f"{info.name}[{number}] {each.desc}", "name": info.optim_cls.__name__, "arguments": plain,
                   **torch_run(info.optim_cls, each.kwargs)}  # fmt: skip
        for number, each in enumerate(info.optim_error_inputs_func("cpu", torch.float64)):
            given = each.optimizer_error_input
            yield {"test": f"{info.name} error[{number}] {given.desc}", "name": info.optim_cls.__name__, "error": True,
                   "arguments": {name: as_json(value) for name, value in given.kwargs.items()},
                   "of_params": given.params is not None, "of_tensors": "tensor" in repr(given.kwargs)}  # fmt: skip


def as_json(value: Any) -> Any:
    """A tensor as its numbers."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return [as_json(part) for part in value] if isinstance(value, tuple | list) else value


def torch_run(make: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """A matrix and a vector on the way of seeded gradients; what asks the objective, on Rosenbrock's valley from (-1.2, 1)."""
    import torch

    random = np.random.default_rng(20)
    if make.__name__ == "LBFGS":
        x = torch.tensor([-1.2, 1.0], requires_grad=True)
        optimizer, points = make([x], **arguments), []
        for _ in range(STEPS):
            optimizer.step(lambda: valley(optimizer, x))
            points.append(x.tolist())
        return {"start": [-1.2, 1.0], "objective": "rosenbrock", "points": points}
    shapes = {"W": (4, 3)} if make.__name__ == "Muon" else {"W": (4, 3), "b": (5,)}
    params = {name: torch.nn.Parameter(torch.tensor(random.normal(size=shape))) for name, shape in shapes.items()}
    start = {name: param.tolist() for name, param in params.items()}
    optimizer, gradients, points = make(list(params.values()), **arguments), [], []
    for _ in range(STEPS):
        gradient = {name: random.normal(size=shape) for name, shape in shapes.items()}
        for name, param in params.items():
            dense = torch.tensor(gradient[name])
            param.grad = dense.to_sparse() if make.__name__ == "SparseAdam" else dense
        optimizer.step()
        gradients.append({name: each.tolist() for name, each in gradient.items()})
        points.append({name: param.tolist() for name, param in params.items()})
    return {"start": start, "gradients": gradients, "points": points}


def valley(optimizer: Any, x: Any) -> Any:
    optimizer.zero_grad()
    loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    loss.backward()
    return loss


#: The parameter sets of tinygrad's test_optim.py, which compares its optimizers with torch's.
OF_TINYGRAD: dict[str, list[dict[str, Any]]] = {
    "SGD": [
        {"lr": 0.001}, {"lr": 10}, {"lr": 1.1}, {"lr": 0.001, "weight_decay": 0.1}, {"lr": 10, "weight_decay": 0.1},
        {"lr": 9, "weight_decay": 0.1}, {"lr": 0.001, "momentum": 0.9}, {"lr": 10, "momentum": 0.9},
        {"lr": 0.001, "momentum": 0.9, "weight_decay": 0.1}, {"lr": 10, "momentum": 0.9, "weight_decay": 0.1},
        {"lr": 0.001, "momentum": 0.9, "nesterov": True}, {"lr": 10, "momentum": 0.9, "nesterov": True},
        {"lr": 0.001, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
        {"lr": 9, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    ],
    "Adam": [{"lr": 0.001}, {"lr": 10}, {"lr": 1.1}],
    "AdamW": [{"lr": 0.001}, {"lr": 10}],
    "Muon": [
        {"lr": 0.001}, {"lr": 1.1}, {"lr": 0.001, "weight_decay": 10}, {"lr": 0.001, "weight_decay": 0.01},
        {"lr": 0.001, "nesterov": False}, {"lr": 0.001, "ns_steps": 3}, {"lr": 0.001, "ns_coefficients": (2.0, -1.5, 0.5)},
        {"lr": 0.001, "momentum": 0.9, "weight_decay": 0.01, "ns_steps": 3, "ns_coefficients": (2.0, -1.5, 0.5)},
    ],
}  # fmt: skip


def tinygrad_cases() -> Iterator[dict[str, Any]]:
    """Its parameter sets, run by torch in float64."""
    import torch

    torch.set_default_dtype(torch.float64)
    for name, every in OF_TINYGRAD.items():
        for number, given in enumerate(every):
            told = {"test": f"{name}[{number}]", "name": name, "arguments": {key: as_json(value) for key, value in given.items()}}
            yield {**told, **torch_run(getattr(torch.optim, name), given)}


#: The lists of optax's tests.
LISTS = {"optax/_src/alias_test.py": "_OPTIMIZERS_UNDER_TEST", "optax/contrib/_common_test.py": "_MAIN_OPTIMIZERS_UNDER_TEST"}


def optax_cases() -> Iterator[dict[str, Any]]:
    """Each optimizer of the lists, which are read and not run."""
    for path, name in LISTS.items():
        for number, each in enumerate(literals(Path(str(files("optax"))).parent / path, name)):
            wrapped = {"wrapper": each["wrapper_name"], "wrapper_arguments": each["wrapper_kwargs"]} if each.get("wrapper_name") else {}
            label = f"{wrapped['wrapper']}({each['opt_name']})" if wrapped else each["opt_name"]
            told = {"test": f"{path}[{number}] {label}", "name": each["opt_name"], "arguments": each["opt_kwargs"]}
            yield {**told, **wrapped}


def literals(path: Path, name: str) -> list[dict[str, Any]]:
    """What a module puts into a list of its own."""
    found = []
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets) and not isinstance(statement, ast.For):
            found += ast.literal_eval(statement.value) if isinstance(statement.value, ast.List | ast.Tuple) else []
    return found


CASES = {"keras": keras_cases, "torch": torch_cases, "optax": optax_cases, "tinygrad": tinygrad_cases}
SOURCES = {
    "keras": "keras/src/optimizers/*_test.py",
    "torch": "torch/testing/_internal/common_optimizers.py, optim_db",
    "optax": "optax/_src/alias_test.py, optax/contrib/_common_test.py",
    "tinygrad": "tinygrad test_optim.py, its parameter sets run by torch",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("framework", choices=CASES)
    framework = parser.parse_args().framework
    told = {
        "source": SOURCES[framework],
        "version": version("torch" if framework == "tinygrad" else framework),
        "cases": list(CASES[framework]()),
    }
    (HERE / f"{framework}.json").write_text(json.dumps(told) + "\n", encoding="utf-8")
    print(f"{framework}: {len(told['cases'])} cases", file=sys.stderr)


if __name__ == "__main__":
    main()

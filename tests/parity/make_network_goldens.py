"""Trains the cases of `network_cases.py` with torch's autograd and optimizers in float64, and keeps what came of it: see README.md.

The computation is written here in torch alone: torch multiplies, differentiates and steps. Only the names of the request are shared.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from network_cases import BATCH, EXAMPLES, NETWORKS, OPTIMIZERS, STEPS, NetworkCase

KEPT = Path(__file__).resolve().parent / "goldens" / "networks.npz"
Tensor = torch.Tensor


def examples(case: NetworkCase, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """X (examples, features) and y."""
    inputs = random.standard_normal((EXAMPLES, case.features))
    if case.targets == "numbers":
        return inputs, random.standard_normal((EXAMPLES, case.outputs) if case.outputs > 1 else EXAMPLES)
    classes = 2 if case.targets == "labels" else case.outputs
    labels = random.integers(0, classes, EXAMPLES)
    labels[:classes] = np.arange(classes)
    return inputs, labels.astype(np.float64)


def shapes(case: NetworkCase) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The named tensors of the params."""
    name = case.request["name"]
    if name != "mlp":
        is_vector = case.outputs == 1
        yield "W", (case.features,) if is_vector else (case.features, case.outputs)
        if name != "least_squares":
            yield "b", () if is_vector else (case.outputs,)
        return
    sizes = [case.features, *case.request["hidden"], case.outputs]
    for layer, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
        yield f"W{layer}", (inputs, outputs)
        yield f"b{layer}", (outputs,)


def score(case: NetworkCase, params: dict[str, Tensor], inputs: Tensor) -> Tensor:
    if case.request["name"] != "mlp":
        return inputs @ params["W"] + params.get("b", 0.0)
    layers = len(params) // 2
    units = inputs
    for layer in range(1, layers + 1):
        units = units @ params[f"W{layer}"] + params[f"b{layer}"]
        if layer < layers:
            units = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}[case.request["activation"]](units)
    return units if case.outputs > 1 else units[:, 0]


def loss_of(case: NetworkCase, params: dict[str, Tensor], inputs: Tensor, targets: Tensor) -> Tensor:
    """The mean or sum over the examples, and the penalty."""
    scores, request, name = score(case, params, inputs), case.request, case.request["name"]
    defaults = {"logistic_regression": "logistic", "softmax_regression": "softmax"}
    loss = request.get("loss", defaults.get(name, "half_squared_error"))
    if loss == "softmax":
        each = torch.nn.functional.cross_entropy(scores, targets.long(), reduction="none")
    elif loss == "logistic":
        each = torch.nn.functional.binary_cross_entropy_with_logits(scores, targets, reduction="none")
    elif loss == "hinge":
        each = torch.clamp(1.0 - (2.0 * targets - 1.0) * scores, min=0.0)
    else:
        square = (scores - targets) ** 2
        each = (square.sum(dim=1) if square.ndim > 1 else square) * (0.5 if loss == "half_squared_error" else 1.0)
    reduction = request.get("reduction", "sum" if name == "least_squares" else "mean")
    weights = sum((tensor**2).sum() for key, tensor in params.items() if key.startswith("W"))
    return (each.mean() if reduction == "mean" else each.sum()) + request.get("l2", 0.0) * request.get("l2_factor", 0.5) * weights


def numbers(params: dict[str, Any]) -> np.ndarray:
    return np.concatenate([np.asarray(tensor.detach()).reshape(-1) for tensor in params.values()])


def gradient(case: NetworkCase, params: dict[str, Tensor], inputs: Tensor, targets: Tensor) -> tuple[float, np.ndarray]:
    loss = loss_of(case, params, inputs, targets)
    slopes = torch.autograd.grad(loss, list(params.values()))
    return loss.item(), numbers(dict(zip(params, slopes, strict=True)))


def trained(case: NetworkCase, optimizer: str, start: dict[str, Tensor], inputs: Tensor, targets: Tensor, order: list[list[int]]) -> Any:
    """Points after each step, and the loss of the mini-batch before it."""
    params = {name: tensor.clone().requires_grad_() for name, tensor in start.items()}
    settings = {key: value for key, value in OPTIMIZERS[optimizer].items() if key != "name"}
    stepper = getattr(torch.optim, optimizer)(list(params.values()), **settings)
    points, losses = [], []
    for batch in order:
        stepper.zero_grad()
        loss = loss_of(case, params, inputs[batch], targets[batch])
        loss.backward()
        stepper.step()
        points.append(numbers(params))
        losses.append(loss.item())
    return np.array(points), np.array(losses)


def made() -> dict[str, Any]:
    """The arrays of every case, by name."""
    torch.set_default_dtype(torch.float64)
    kept: dict[str, Any] = {}
    for number, case in enumerate(NETWORKS):
        random = np.random.default_rng(20261129 + number)
        inputs, targets = examples(case, random)
        start = {name: torch.tensor(0.5 * random.standard_normal(shape)) for name, shape in shapes(case)}
        order = [random.permutation(EXAMPLES)[:BATCH].tolist() for _ in range(STEPS)]
        kept |= {f"{case.id}/X": inputs, f"{case.id}/y": targets, f"{case.id}/order": np.array(order)}
        kept |= {f"{case.id}/start/{name}": np.asarray(tensor) for name, tensor in start.items()}
        live = {name: tensor.clone().requires_grad_() for name, tensor in start.items()}
        features, labels = torch.tensor(inputs), torch.tensor(targets)
        kept[f"{case.id}/value"], kept[f"{case.id}/gradient"] = gradient(case, live, features, labels)
        for name in OPTIMIZERS:
            kept[f"{case.id}/{name}/points"], kept[f"{case.id}/{name}/losses"] = trained(case, name, start, features, labels, order)
    return kept


def main() -> int:
    """Make the file, or compare with it; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare all numbers with the file, to 1e-12, and write nothing")
    is_check, kept = parser.parse_args().check, made()
    if is_check:
        known = dict(np.load(KEPT))
        del known["meta"]
        wrong = sorted({*kept, *known} - {name for name in kept if name in known and np.allclose(kept[name], known[name], 1e-12, 1e-12)})
        print(f"{KEPT.name}: {len(kept)} arrays, different: {', '.join(wrong) or 'none'}")
        return 1 if wrong else 0
    meta = {"torch": torch.__version__, "python": platform.python_version(), "made": datetime.now(UTC).isoformat(timespec="seconds")}
    np.savez_compressed(KEPT, meta=json.dumps(meta), **kept)
    print(f"{KEPT.name}: {len(NETWORKS)} networks, {meta}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

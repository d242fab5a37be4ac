"""Networks on data, beside the same loop in jitted jax: float64, on the CPU, warm, in turns.

`.venv-parity/bin/python bench/networks.py --jax` is the other side, and is started by this program; jax is in the environment of
`make parity`. Each line read there is `<case> <calls>`, and the answer is the seconds of each call and where the run ended.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from subprocess import PIPE, Popen
from time import perf_counter
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
EXAMPLES, FEATURES, STEPS, LR, BATCH = 200, 20, 1000, 0.01, 32

#: Hidden units, the loss, and whether the steps take mini-batches; two of them with every value kept.
CASES: dict[str, tuple[tuple[int, ...], str, bool]] = {
    "linear": ((), "half_squared_error", False),
    "logistic": ((), "logistic", False),
    "two layers": ((16,), "logistic", False),
    "two layers, mini-batches": ((16,), "logistic", True),
    "three layers": ((16, 8), "logistic", False),
}


def examples() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    random = np.random.default_rng(1)
    inputs = random.standard_normal((EXAMPLES, FEATURES))
    return inputs, (inputs[:, 0] + 0.5 * random.standard_normal(EXAMPLES) > 0).astype(np.float64)


def start(hidden: tuple[int, ...]) -> dict[str, np.ndarray[Any, Any]]:
    random, tensors = np.random.default_rng(2), dict[str, Any]()
    for layer, (inputs, outputs) in enumerate(pairwise((FEATURES, *hidden, 1)), start=1):
        tensors[f"W{layer}"] = random.standard_normal((inputs, outputs)) * np.sqrt(2.0 / inputs)
        tensors[f"b{layer}"] = np.zeros(outputs)
    return tensors


def order() -> np.ndarray[Any, Any]:
    """The mini-batches of every step, as both sides take them: those of 4 epochs, of 6 each, over and over."""
    random = np.random.default_rng(3)
    epochs = [random.permutation(EXAMPLES)[: 6 * BATCH].reshape(6, BATCH) for _ in range(4)]
    return np.concatenate(epochs)


def ours() -> dict[str, Callable[[], Any]]:
    """A whole trajectory, planned and run, as the service does it; points and values of every step are kept."""
    from stepgrade_service.engine.running.trajectory import trajectory

    inputs, labels = examples()

    def run(hidden: tuple[int, ...], loss: str, has_batches: bool) -> Any:
        model = {"name": "mlp", "X": inputs, "y": labels, "hidden": list(hidden), "loss": loss}
        batches = {"order": order(), "values": "batch"} if has_batches else {}
        request = {"optimizer": {"name": "adam", "lr": LR}, "objective": {**model, **batches}, "start": start(hidden), "steps": STEPS}
        return trajectory(request).end

    return {name: partial(run, *case) for name, case in CASES.items()}


def theirs() -> dict[str, Callable[[], Any]]:
    """The same steps in one jitted scan, with every point and value kept."""
    import jax
    import optax
    from jax import numpy as jnp

    jax.config.update("jax_enable_x64", True)
    inputs, labels = (jnp.asarray(array) for array in examples())

    def value(loss: str, layers: int, params: Any, x: Any, y: Any) -> Any:
        units = x
        for layer in range(1, layers + 1):
            units = units @ params[f"W{layer}"] + params[f"b{layer}"]
            units = jax.nn.relu(units) if layer < layers else units
        z = units[:, 0]
        return jnp.mean(jnp.logaddexp(0.0, z) - y * z if loss == "logistic" else 0.5 * (z - y) ** 2)

    def made(hidden: tuple[int, ...], loss: str, has_batches: bool) -> Callable[[], Any]:
        adam, of = optax.adam(LR), partial(value, loss, len(hidden) + 1)
        rows = jnp.asarray(order())

        @jax.jit
        def run(params: Any) -> Any:
            def step(carry: Any, k: Any) -> Any:
                params, state = carry
                chosen = rows[k % len(rows)]
                x, y = (inputs[chosen], labels[chosen]) if has_batches else (inputs, labels)
                loss, slopes = jax.value_and_grad(of)(params, x, y)
                updates, after = adam.update(slopes, state)
                return (optax.apply_updates(params, updates), after), (params, loss)

            (end, _), kept = jax.lax.scan(step, (params, adam.init(params)), jnp.arange(STEPS))
            return end, kept

        begun = {name: jnp.asarray(tensor) for name, tensor in start(hidden).items()}

        def call() -> Any:
            end, _ = jax.block_until_ready(run(begun))
            return np.concatenate([np.asarray(end[name]).reshape(-1) for name in begun])

        return call

    return {name: made(*case) for name, case in CASES.items()}


def timed(function: Callable[[], Any], calls: int) -> tuple[list[float], Any]:
    seconds, end = list[float](), None
    for _ in range(calls):
        began = perf_counter()
        end = function()
        seconds.append(perf_counter() - began)
    return seconds, end


def serve() -> None:
    """The side of jax: answers until nothing more is asked."""
    cases = theirs()
    print("ready", flush=True)
    for line in sys.stdin:
        name, _, calls = line.rstrip().rpartition(" ")
        seconds, end = timed(cases[name], int(calls))
        print(json.dumps([seconds, end.tolist()]), flush=True)


def main() -> None:
    if "--jax" in sys.argv:
        serve()
        return
    python = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / ".venv-parity" / "bin" / "python")
    with Popen([python, __file__, "--jax"], stdin=PIPE, stdout=PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdout.readline()

        def ask(name: str, calls: int) -> tuple[list[float], list[float]]:
            assert other.stdin is not None
            assert other.stdout is not None
            print(f"{name} {calls}", file=other.stdin, flush=True)
            seconds, end = json.loads(other.stdout.readline())
            return seconds, end

        print(f"{STEPS} steps of Adam on {EXAMPLES} x {FEATURES}, every point and value kept; least times in milliseconds")
        for name, run in ours().items():
            (_, mine), (_, its) = timed(run, 2), ask(name, 2)
            here, there = list[float](), list[float]()
            for _ in range(5):
                here += timed(run, 3)[0]
                there += ask(name, 3)[0]
            apart = float(np.max(np.abs(np.array(its) - mine)))
            told = f"{1e3 * min(here):8.1f} ms, jax {1e3 * min(there):8.1f} ms, ratio {min(here) / min(there):5.2f}"
            print(f"{name:26}{told}, ends differ by {apart:.0e}")
        other.stdin.close()


if __name__ == "__main__":
    main()

"""The same loops in torch.optim and optax. Runs in the environment of `make parity`, as a child of run.py.

Its arguments are the cases, all of them if there are none. Each line read is `<case> <times>`; the answer is a line of JSON:
the seconds that each of so many calls took, and where the runs ended. So the parent can take turns between these loops and its
own. The first line written tells what is here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

import jax
import numpy as np
import optax
import torch
from problem import BETA1, BETA2, EPS, FRACTION, GRID_STEPS, LR, MINIMUM, RHO, START, STEPS, grid

jax.config.update("jax_enable_x64", True)


def rosenbrock(x: Any) -> Any:
    """Rosenbrock's value at a point of two parameters."""
    return 100.0 * (x[1] - x[0] * x[0]) ** 2 + (1.0 - x[0]) ** 2


def torch_one_run() -> Any:
    """torch.optim.Adam, the gradient by backward(), every point and value kept."""
    x = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([x], lr=LR, betas=(BETA1, BETA2), eps=EPS)
    points, values = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        value = rosenbrock(x)
        points.append(x.detach().clone())
        values.append(value.detach())
        value.backward()
        optimizer.step()
    return x.detach().numpy()


def torch_given_gradients() -> Any:
    """torch.optim.Adam alone: the gradient is given by its formula, in NumPy."""
    x = torch.tensor(START, dtype=torch.float64)
    x.grad = torch.zeros_like(x)
    seen, gradient = x.numpy(), x.grad.numpy()
    optimizer = torch.optim.Adam([x], lr=LR, betas=(BETA1, BETA2), eps=EPS)
    points, values = [], []
    for _ in range(STEPS):
        u, v = seen.tolist()
        rise = v - u * u
        points.append((u, v))
        values.append(100.0 * rise * rise + (1.0 - u) ** 2)
        gradient[0], gradient[1] = -400.0 * u * rise - 2.0 * (1.0 - u), 200.0 * rise
        optimizer.step()
    return seen


ADAM = optax.adam(LR, b1=BETA1, b2=BETA2, eps=EPS)


def advance(carry: Any) -> Any:
    """One step of optax: the new carry, the value where it was."""
    x, state = carry
    value, gradient = jax.value_and_grad(rosenbrock)(x)
    updates, state = ADAM.update(gradient, state)
    return (optax.apply_updates(x, updates), state), value


@jax.jit
def optax_kept(start: Any) -> Any:
    """The end, and every point and value on the way."""

    def step(carry: Any, _: None) -> Any:
        after, value = advance(carry)
        return after, (carry[0], value)

    (end, _), kept = jax.lax.scan(step, (start, ADAM.init(start)), length=STEPS)
    return end, rosenbrock(end), kept


@jax.jit
@jax.vmap
def optax_end(start: Any) -> Any:
    """The end alone."""
    (end, _), _ = jax.lax.scan(lambda carry, _: (advance(carry)[0], None), (start, ADAM.init(start)), length=GRID_STEPS)
    return end


ONE_START = np.array(START)
STARTS = np.ascontiguousarray(grid().T)


def optax_one_run() -> Any:
    """optax.adam, jitted, one lax.scan over the steps."""
    return jax.block_until_ready(optax_kept(ONE_START))[0]


def optax_grid() -> Any:
    """optax.adam, jitted, vmapped over the starts."""
    return jax.block_until_ready(optax_end(STARTS))


def steps_and_value(optimizer: Any, start: Any) -> Any:
    """When the run is first at the target, nan where never, and its value at the end."""
    minimum = jax.numpy.array(MINIMUM)
    threshold = FRACTION * jax.numpy.linalg.norm(start - minimum)

    def look(t: Any, x: Any, arrived: Any) -> Any:
        at_target = jax.numpy.linalg.norm(x - minimum) <= threshold
        return jax.numpy.where(jax.numpy.isnan(arrived) & at_target, t, arrived)

    def step(carry: Any, t: Any) -> Any:
        x, state, arrived = carry
        updates, state = optimizer.update(jax.grad(rosenbrock)(x), state)
        x = optax.apply_updates(x, updates)
        return (x, state, look(t, x, arrived)), None

    begun = (start, optimizer.init(start), look(0.0, start, jax.numpy.nan))
    (end, _, arrived), _ = jax.lax.scan(step, begun, jax.numpy.arange(1.0, GRID_STEPS + 1.0))
    return jax.numpy.array([arrived, rosenbrock(end)])


RMSPROP = optax.rmsprop(LR, decay=RHO, eps=EPS)


@jax.jit
def optax_map_of(starts: Any) -> Any:
    """What a map of Adam and RMSprop tells: steps and values of each, (2, runs, 2)."""
    each = [jax.vmap(partial(steps_and_value, optimizer))(starts) for optimizer in (ADAM, RMSPROP)]
    return jax.numpy.stack(each)


def optax_map() -> Any:
    """Adam and RMSprop of optax over the grid of starts, jitted and vmapped."""
    return np.asarray(optax_map_of(STARTS)).transpose(0, 2, 1)


CALLS = (torch_one_run, torch_given_gradients, optax_one_run, optax_grid, optax_map)
CASES: dict[str, Callable[[], Any]] = {call.__name__: call for call in CALLS if call.__name__ in sys.argv[1:] or len(sys.argv) == 1}


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of a call, and what it gave."""
    began = perf_counter()
    result = call()
    return perf_counter() - began, result


def main() -> None:
    first = {name: timed(call)[0] for name, call in CASES.items()}
    versions = {"torch": torch.__version__, "jax": jax.__version__, "optax": optax.__version__, "numpy": np.__version__}
    print(json.dumps({"versions": versions, "first": first}), flush=True)
    for line in sys.stdin:
        name, times = line.split()
        runs = [timed(CASES[name]) for _ in range(int(times))]
        print(json.dumps({"seconds": [seconds for seconds, _ in runs], "ends": np.asarray(runs[-1][1]).tolist()}), flush=True)


if __name__ == "__main__":
    main()

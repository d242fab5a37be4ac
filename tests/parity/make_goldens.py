"""Makes the golden points of the new cases of `cases.py` with torch, keras and optax themselves, or checks all: see README.md."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from cases import KERAS, OPTAX, TORCH, WITHOUT_EPS, Case

HERE = Path(__file__).resolve().parent
STEPS = 200
ZERO_BY_ZERO = HERE / "goldens" / "zero_by_zero.json"
KEPT = np.array([*range(1, 11), *range(20, STEPS + 1, 10)])
SCALES = np.array([1e-5, 1e-3, 1e-1, 1.0, 10.0, 1e3])
TOLERANCE = 1e-12

#: The arrays of a file that are no case.
INPUTS = ("steps", "x0", "gradients")

Array = np.ndarray[Any, np.dtype[np.float64]]


def inputs() -> tuple[Array, Array]:
    """The start, (6,), and the gradients of every step, (200, 6): one problem for all cases."""
    random = np.random.default_rng(20240229)
    x0 = random.standard_normal(SCALES.size) * np.array([1.0, 1.0, 0.1, 1.0, 3.0, 10.0])
    gradients = random.standard_normal((STEPS, SCALES.size)) * SCALES
    gradients[:, 3] *= 0.97 ** np.arange(STEPS)  # shrinks, so that AMSGrad's maximum matters
    # Powers of two first: bias correction then gives back g and g*g exactly, so a centred variance starts at 0 and not at rounding noise.
    gradients[0] = [2.0**-17, 0.0, -(2.0**-3), 1.0, -(2.0**3), 2.0**10]
    for step, coordinate in [(1, 1), (4, 0), (7, 3), (30, 5), (31, 5), (99, 2), (150, 4), (199, 1)]:
        gradients[step, coordinate] = 0.0
    gradients[60] = 0.0
    return x0, gradients


def hyperparameters(case: Case) -> dict[str, Any]:
    return {key: value for key, value in case.request.items() if key not in ("convention", "name")}


def tensors(case: Case, flat: Array) -> dict[str, Array]:
    """The six numbers as the case has them: one vector, or a matrix and a vector."""
    return {"W": flat[:4].reshape(2, 2), "b": flat[4:]} if case.tensors else {"x": flat}


def flattened(parts: Any) -> Array:
    return np.concatenate([np.asarray(part).reshape(-1) for part in parts])


def is_grouped(value: Any) -> bool:
    """Whether a hyperparameter differs from tensor to tensor."""
    return isinstance(value, dict) or (isinstance(value, list) and any(map(is_grouped, value)))


def of_tensor(value: Any, tensor: str) -> Any:
    """What one tensor has of a hyperparameter."""
    if isinstance(value, dict):
        return value[tensor]
    return tuple(of_tensor(part, tensor) for part in value) if isinstance(value, list) else value


def torch_path(case: Case, x0: Array, gradients: Array) -> Iterator[Array]:
    import torch

    torch.set_default_dtype(torch.float64)  # NAdam's running product is a scalar of the default type
    params = {name: torch.tensor(part, requires_grad=True) for name, part in tensors(case, x0).items()}
    common = {key: value for key, value in hyperparameters(case).items() if not is_grouped(value)}
    own = {key: value for key, value in hyperparameters(case).items() if is_grouped(value)}
    groups = [{"params": [param], **{key: of_tensor(value, name) for key, value in own.items()}} for name, param in params.items()]
    optimizer = getattr(torch.optim, case.request["name"])(groups, **common)
    for gradient in gradients:
        for name, part in tensors(case, gradient).items():
            params[name].grad = torch.tensor(part)
        optimizer.step()
        yield flattened(param.detach().numpy() for param in params.values())


def keras_path(case: Case, x0: Array, gradients: Array) -> Iterator[Array]:
    os.environ["KERAS_BACKEND"] = "jax"
    use_jax_in_float64()
    import keras

    keras.config.set_floatx("float64")  # the learning rate is a variable of this type
    x = keras.Variable(x0, dtype="float64")
    optimizer = getattr(keras.optimizers, case.request["name"])(**hyperparameters(case))
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient, dtype="float64")], [x])
        yield np.array(keras.ops.convert_to_numpy(x))


def optax_path(case: Case, x0: Array, gradients: Array) -> Iterator[Array]:
    use_jax_in_float64()
    import jax.numpy as jnp
    import optax

    x = {name: jnp.asarray(part) for name, part in tensors(case, x0).items()}
    optimizer = getattr(optax, case.request["name"])(**hyperparameters(case))
    state = optimizer.init(x)
    for gradient in gradients:
        updates, state = optimizer.update({name: jnp.asarray(part) for name, part in tensors(case, gradient).items()}, state, x)
        x = optax.apply_updates(x, updates)
        yield flattened(x.values())


def use_jax_in_float64() -> None:
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")


class Framework(NamedTuple):
    cases: tuple[Case, ...]
    path: Callable[[Case, Array, Array], Iterator[Array]]  # the point after each step
    packages: tuple[str, ...]


FRAMEWORKS = {
    "torch": Framework(TORCH, torch_path, ("torch",)),
    "keras": Framework(KERAS, keras_path, ("keras", "jax", "jaxlib")),
    "optax": Framework(OPTAX, optax_path, ("optax", "jax", "jaxlib")),
}


def stored(framework: str) -> dict[str, Array]:
    """What is in a golden file, with its `meta`; nothing if there is none."""
    file = HERE / "goldens" / f"{framework}.npz"
    if not file.exists():
        return {}
    with np.load(file) as arrays:
        return {key: arrays[key] for key in arrays.files}


def zero_by_zero() -> dict[str, list[list[float | None]]]:
    """The points after each of seven steps without eps, from [1, -2], where the first gradient is always 0; null for what is not finite."""
    x0, gradients = np.array([1.0, -2.0]), np.array([[0.0, 0.5]] * 7)
    paths = {case.id: np.stack(list(FRAMEWORKS[case.request["convention"]].path(case, x0, gradients))) for case in WITHOUT_EPS}
    return {name: [[float(x) if np.isfinite(x) else None for x in row] for row in points] for name, points in paths.items()}


def make(framework: str, known: dict[str, Array]) -> dict[str, Array]:
    """The arrays of one golden file but `meta`: `steps`, `x0`, `gradients`, and by case id the points after those steps, (29, 6).

    What is `known` is not made again. The inputs are those of the file: powers differ in the last digit from one processor to another.
    """
    x0, gradients = (known["x0"], known["gradients"]) if known else inputs()
    arrays = {"steps": KEPT, "x0": x0, "gradients": gradients, **known}
    for case in FRAMEWORKS[framework].cases:
        if case.id in known:
            continue
        points = np.stack(list(FRAMEWORKS[framework].path(case, x0, gradients)))
        if points.dtype != np.float64 or not np.isfinite(points).all():
            raise ArithmeticError(f"{case.id}: the points are not finite float64 numbers")
        arrays[case.id] = points[KEPT - 1]
    return arrays


def meta(framework: str) -> str:
    packages = {name: version(name) for name in (*FRAMEWORKS[framework].packages, "numpy")}
    made = {"script": Path(__file__).name, "date": datetime.now(UTC).date().isoformat(), "python": platform.python_version()}
    return json.dumps({**made, "packages": packages, "float": "float64"})


def write(framework: str) -> bool:
    """Add the cases that are new to the file, and leave the others as they are."""
    file = HERE / "goldens" / f"{framework}.npz"
    file.parent.mkdir(exist_ok=True)
    known = stored(framework)
    known.pop("meta", None)
    cases = {case.id for case in FRAMEWORKS[framework].cases}
    kept = {key: array for key, array in known.items() if key in cases or key in INPUTS}
    if kept.keys() == known.keys() and cases <= kept.keys():
        print(f"{file.name}: nothing new")
        return True
    np.savez_compressed(file, meta=np.array(meta(framework)), **make(framework, kept))
    print(f"{file.name}: {len(cases)} cases, {len(cases - kept.keys())} of them new, {file.stat().st_size / 1024:.0f} KiB")
    return True


def check(framework: str) -> bool:
    """Whether the stored file is what the installed framework gives now; prints each array that is not."""
    kept = stored(framework)
    made = json.loads(str(kept.pop("meta")))
    fresh = make(framework, {key: kept[key] for key in INPUTS})
    print(f"{framework}: stored {made['packages']}, here {json.loads(meta(framework))['packages']}")
    worst = {key: difference(kept.get(key), fresh.get(key)) for key in {**kept, **fresh}}
    wrong = {key: gap for key, gap in worst.items() if not gap <= TOLERANCE}
    for key, gap in wrong.items():
        print(f"  {key}: {'missing, or shaped otherwise' if gap == np.inf else f'differs by {gap:.2e}'}")
    agreeing = [gap for key, gap in worst.items() if key not in wrong]
    print(f"  {len(agreeing)} of {len(worst)} arrays agree, the largest difference among them {max(agreeing, default=0.0):.1e}")
    return not wrong


def difference(stored: Array | None, fresh: Array | None) -> float:
    """The largest difference relative to 1 + abs(x); infinite where one is missing or shaped otherwise."""
    if stored is None or fresh is None or stored.shape != fresh.shape:
        return np.inf
    return float(np.max(np.abs(stored - fresh) / (1.0 + np.abs(stored))))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the stored files, write nothing; exit 1 on a difference")
    parser.add_argument("frameworks", nargs="*", help=f"of {', '.join(FRAMEWORKS)}; all if left out")
    arguments = parser.parse_args()
    if unknown := set(arguments.frameworks) - set(FRAMEWORKS):
        parser.error(f"no such framework: {', '.join(sorted(unknown))}")
    if not arguments.check and not arguments.frameworks:
        ZERO_BY_ZERO.write_text("{\n" + ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in zero_by_zero().items()) + "\n}\n")
    if arguments.check and json.loads(ZERO_BY_ZERO.read_text()) != zero_by_zero():
        print(f"{ZERO_BY_ZERO.name}: the frameworks give other numbers now")
    act = check if arguments.check else write
    results = [act(framework) for framework in arguments.frameworks or FRAMEWORKS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Makes the golden rates of `schedule_cases.py` with torch, keras and optax themselves, or checks them: see README.md."""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from schedule_cases import LR, SCHEDULE_CASES, STEPS, plateau_values

KEPT = Path(__file__).resolve().parent / "goldens" / "schedules.json"
TOLERANCE = 1e-12
VALUES = plateau_values()


def torch_rates(request: dict[str, Any]) -> list[float]:
    import torch

    warnings.simplefilter("ignore")
    optimizer = torch.optim.SGD([torch.zeros(1, dtype=torch.float64, requires_grad=True)], lr=LR)
    scheduler, rates = torch_scheduler(request, optimizer), []
    for step in range(STEPS):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        if request["name"] == "ReduceLROnPlateau":
            scheduler.step(VALUES[step + 1] if step + 1 < STEPS else 0.0)
        else:
            scheduler.step()
    return rates


def torch_scheduler(request: dict[str, Any], optimizer: Any) -> Any:
    import torch

    arguments = {name: value for name, value in request.items() if name not in ("convention", "name", "schedulers")}
    make = getattr(torch.optim.lr_scheduler, request["name"])
    if "schedulers" not in request:
        return make(optimizer, **arguments)
    inner = [torch_scheduler(each, optimizer) for each in request["schedulers"]]
    return make(inner, **arguments) if request["name"] == "ChainedScheduler" else make(optimizer, inner, **arguments)


def keras_rates(request: dict[str, Any]) -> list[float]:
    os.environ["KERAS_BACKEND"] = "jax"
    use_jax_in_float64()
    import keras

    keras.config.set_floatx("float64")
    if request["class_name"] == "ReduceLROnPlateau":
        return keras_plateau(request["config"])
    schedule = getattr(keras.optimizers.schedules, request["class_name"])(**request["config"])
    return [float(schedule(step)) for step in range(STEPS)]


def keras_plateau(config: dict[str, Any]) -> list[float]:
    """The callback on a model that has nothing but an optimizer, an epoch per step."""
    import keras

    class Model:
        optimizer = keras.optimizers.SGD(LR)
        metrics: tuple[Any, ...] = ()

    callback, rates = keras.callbacks.ReduceLROnPlateau(**config), []
    callback.set_model(Model())
    callback.on_train_begin()
    for step in range(STEPS):
        rates.append(float(Model.optimizer.learning_rate))
        callback.on_epoch_end(step, {"val_loss": VALUES[step + 1] if step + 1 < STEPS else 0.0})
    return rates


def optax_rates(request: dict[str, Any]) -> list[float]:
    use_jax_in_float64()
    import optax

    if request["name"] != "reduce_on_plateau":
        schedule = optax_schedule(request)
        return [float(schedule(step)) for step in range(STEPS)]
    import jax.numpy as jnp

    arguments = {name: value for name, value in request.items() if name not in ("convention", "name")}
    transform = optax.contrib.reduce_on_plateau(**arguments)
    x = jnp.zeros(1)
    state, rates = transform.init(x), []
    for step in range(STEPS):
        update, state = transform.update(jnp.full(1, LR), state, x, value=VALUES[step])
        rates.append(float(update[0]))
    return rates


def optax_schedule(request: dict[str, Any]) -> Any:
    import optax

    arguments = {name: value for name, value in request.items() if name not in ("convention", "name")}
    if "boundaries_and_scales" in arguments:
        arguments["boundaries_and_scales"] = {int(step): scale for step, scale in arguments["boundaries_and_scales"].items()}
    if "schedules" in arguments:
        arguments["schedules"] = [optax_schedule(each) for each in arguments["schedules"]]
    return getattr(optax, request["name"])(**arguments)


def use_jax_in_float64() -> None:
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")


RATES = {"torch": torch_rates, "keras": keras_rates, "optax": optax_rates}


def keras_velocity() -> list[float]:
    """Points of keras's SGD with momentum, whose rate follows a schedule: the rate is inside the velocity."""
    os.environ["KERAS_BACKEND"] = "jax"
    use_jax_in_float64()
    import keras

    keras.config.set_floatx("float64")
    schedule = keras.optimizers.schedules.ExponentialDecay(0.5, decay_steps=9, decay_rate=0.7)
    x, optimizer, points = keras.Variable([1.0], dtype="float64"), keras.optimizers.SGD(schedule, momentum=0.9), []
    for step in range(STEPS):
        gradient = (-1.0) ** step * (1.0 + step % 7)
        optimizer.apply([keras.ops.convert_to_tensor([gradient], dtype="float64")], [x])
        points.append(float(keras.ops.convert_to_numpy(x)[0]))
    return points


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the file, and write nothing")
    check = parser.parse_args().check
    rates = {name: RATES[name.partition("-")[0]](request) for name, request in SCHEDULE_CASES.items()}
    rates["keras-velocity"] = keras_velocity()
    if not check:
        versions = {name: version(name) for name in ("torch", "keras", "optax", "jax")}
        meta = {"versions": versions, "date": datetime.now(UTC).date().isoformat(), "steps": STEPS, "lr": LR}
        lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(values)}" for name, values in rates.items())
        KEPT.write_text(f'{{\n  "meta": {json.dumps(meta)},\n{lines}\n}}\n')
        return
    kept = json.loads(KEPT.read_text())
    wrong = [name for name, values in rates.items() if name not in kept or off(values, kept[name]) > TOLERANCE]
    print("\n".join(f"{name}: differs" for name in wrong) or f"{len(rates)} schedules as before")
    sys.exit(bool(wrong))


def off(values: list[float], kept: list[float]) -> float:
    """The largest difference, relative to 1 + |kept|."""
    return max(abs(new - old) / (1 + abs(old)) for new, old in zip(values, kept, strict=True))


if __name__ == "__main__":
    main()

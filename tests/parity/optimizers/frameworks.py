"""The points that torch, keras, optax and pytorch_optimizer come to, in float64 throughout."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np
from case import Case
from objective_problems import Function
from problems import Array, diagonal, flat

Tensors = dict[str, Array]
Path = Callable[..., Iterator[Array]]


def as_written(value: Any, tensor: str | None = None) -> Any:
    """An argument for Python: lists are tuples, and of an object of one number per tensor the tensor's."""
    if isinstance(value, dict) and tensor is not None:
        return value[tensor]
    return tuple(as_written(part, tensor) for part in value) if isinstance(value, list) else value


def is_grouped(value: Any) -> bool:
    """Whether an argument differs from tensor to tensor."""
    return isinstance(value, dict) or (isinstance(value, list) and any(map(is_grouped, value)))


def torch_like(
    module: Any, case: Case, start: Tensors, gradients: Iterable[Tensors], values: Iterable[float], function: Any = None
) -> Iterator[Array]:
    """A class of torch's kind, over a list of params or parameter groups; its step is handed the loss or the objective if it wants it."""
    import torch

    torch.set_default_dtype(torch.float64)  # some running products are scalars of the default type
    params = {name: torch.nn.Parameter(torch.tensor(part)) for name, part in start.items()}
    assert case.arguments is not None
    common = {name: as_written(value) for name, value in case.arguments.items() if not is_grouped(value)}
    own = {name: value for name, value in case.arguments.items() if is_grouped(value)}
    groups = [{"params": [param], **{key: as_written(value, name) for key, value in own.items()}} for name, param in params.items()]
    optimizer = getattr(module, case.name)(groups if own else list(params.values()), **common)
    for gradient, value in zip(gradients, values, strict=True):
        for name, part in gradient.items():
            params[name].grad = sparse(part) if case.wants == "sparse" else torch.tensor(part)
        asked = {"value": lambda value=value: torch.tensor(float(value)), "objective": lambda: evaluated(function, params["x"])}
        optimizer.step(*([asked[case.wants]] if case.wants in asked else []))
        yield flat({name: param.detach().numpy() for name, param in params.items()})


def evaluated(function: Any, param: Any) -> Any:
    """The value of a function at a parameter, whose gradient is written to it."""
    import torch

    value, gradient = function(param.detach().numpy())
    param.grad = torch.tensor(gradient)
    return torch.tensor(value)


def sparse(gradient: Array) -> Any:
    """A gradient in which an entry that is exactly 0 is not stored."""
    import torch

    return torch.tensor(gradient).to_sparse()


def torch_path(*problem: Any) -> Iterator[Array]:
    """torch.optim."""
    import torch

    yield from torch_like(torch.optim, *problem)


def zoo_path(*problem: Any) -> Iterator[Array]:
    """pytorch_optimizer."""
    import pytorch_optimizer

    yield from torch_like(pytorch_optimizer, *problem)


def keras_path(case: Case, start: Tensors, gradients: Iterable[Tensors], _: Iterable[float]) -> Iterator[Array]:
    """keras.optimizers, on jax."""
    os.environ["KERAS_BACKEND"] = "jax"
    use_jax_in_float64()
    import keras

    keras.config.set_floatx("float64")  # the learning rate is a variable of this type
    variables = {name: keras.Variable(part, dtype="float64", name=name) for name, part in start.items()}
    assert case.arguments is not None
    made = {name: keras_schedule(value) if is_schedule(value) else as_written(value) for name, value in case.arguments.items()}
    optimizer = getattr(keras.optimizers, case.name)(**made)
    for gradient in gradients:
        own = [keras.ops.convert_to_tensor(gradient[name], dtype="float64") for name in variables]
        optimizer.apply(own, list(variables.values()))
        yield flat({name: np.array(keras.ops.convert_to_numpy(variable)) for name, variable in variables.items()})


def is_schedule(value: Any) -> bool:
    """Whether a learning rate is a schedule, as its framework writes it."""
    return isinstance(value, dict) and not value.keys().isdisjoint(("class_name", "convention"))


def keras_schedule(value: dict[str, Any]) -> Any:
    """A schedule of keras, from its class and its configuration."""
    import keras

    return getattr(keras.optimizers.schedules, value["class_name"])(**value["config"])


def optax_path(
    case: Case, start: Tensors, gradients: Iterable[Tensors], values: Iterable[float], function: Function | None = None
) -> Iterator[Array]:
    """optax and optax.contrib; `function` is for what evaluates the gradient itself. Of lookahead, the fast params."""
    use_jax_in_float64()
    import jax
    import jax.numpy as jnp
    import optax

    x: Any = {name: jnp.asarray(part) for name, part in start.items()}
    x = optax.LookaheadParams.init_synced(x) if case.name == "lookahead" else x
    optimizer = optax.with_extra_args_support(optax_optimizer(case))
    state, update = optimizer.init(x), optimizer.update
    if function is not None and searches(case):
        update = jax.jit(partial(update, value_fn=differentiable(function)))  # its search would be traced anew in every step
    elif case.name == "MultiSteps":
        update = jax.jit(update)  # so would its choice
    for gradient, value in zip(gradients, values, strict=True):
        more: dict[str, Any] = {"value": jnp.asarray(value)} if case.wants == "value" else {}
        if case.wants == "diagonal":
            more["diagonal"] = {name: jnp.asarray(part) for name, part in diagonal(gradient).items()}
        if function is not None and searches(case):
            more |= {"value": jnp.asarray(value), "grad": {"x": jnp.asarray(gradient["x"])}}
        elif function is not None:
            more["grad_fn"] = lambda at, _: {"x": jnp.asarray(function(np.asarray(at["x"]))[1])}
        updates, state = update({name: jnp.asarray(gradient[name]) for name in start}, state, x, **more)
        x = optax.apply_updates(x, updates)
        reached = x.fast if case.name == "lookahead" else x
        yield flat({name: np.asarray(reached[name]) for name in start})


def differentiable(function: Function) -> Any:
    """A function of NumPy as jax takes it, with its own gradient."""
    import jax
    import jax.numpy as jnp

    def called(part: int, x: Any) -> Any:
        shape = jax.ShapeDtypeStruct(x.shape if part else (), jnp.float64)
        return jax.pure_callback(lambda point: np.asarray(function(np.asarray(point))[part], dtype=np.float64), shape, x)

    @jax.custom_vjp
    def value(tensors: Any) -> Any:
        return called(0, tensors["x"])

    value.defvjp(lambda tensors: (called(0, tensors["x"]), called(1, tensors["x"])), lambda slope, change: ({"x": slope * change},))
    return value


def optax_optimizer(case: Case) -> Any:
    """What optax makes of a case: a list of transforms, each with its arguments, is a chain; `of` is what a wrapper stands around."""
    import optax
    import optax.contrib

    assert case.arguments is not None
    if "chain" in case.arguments:
        links = [(name, value) for link in case.arguments["chain"] for name, value in link.items()]
        return optax.chain(*(optax_transform(optax_function(name), value) for name, value in links))
    make = optax_function(case.name)
    own = ("of", "rho") if "of" in case.arguments else ()
    arguments = {name: as_written(value) for name, value in case.arguments.items() if name not in own}
    if "of" not in case.arguments:
        return optax_transform(make, arguments)
    [(name, value)] = case.arguments["of"].items()
    around = [optax_transform(optax_function(name), value)]
    if "rho" in case.arguments:
        around.append(optax.chain(optax.contrib.normalize(), optax.sgd(case.arguments["rho"])))
    if case.name == "MultiSteps":
        steps = make(*around, accumulator_dtype="float64", **arguments)
        return optax.GradientTransformationExtraArgs(steps.init, steps.update)
    return make(*around, **arguments)


def optax_function(name: str) -> Any:
    """What optax or optax.contrib has under a name."""
    import optax
    import optax.contrib

    return getattr(optax, name, None) or getattr(optax.contrib, name)


def searches(case: Case) -> bool:
    """Whether a line search is in it, which evaluates the objective itself."""
    return "linesearch" in repr(case.arguments) or "lbfgs" in (case.name, *case.arguments.get("of", {}))  # type: ignore[union-attr]


def as_given() -> Any:
    """In place of optax's random estimator: the diagonal of the Hessian that the update is handed."""
    import optax

    def update(_: Any, state: Any, params: Any = None, *, diagonal: Any, **__: Any) -> Any:
        return diagonal, state

    return optax.GradientTransformationExtraArgs(lambda _: (), update)


def optax_transform(make: Any, value: Any) -> Any:
    """A transform of a chain: arguments by name, or its only one."""
    if getattr(make, "__name__", "") == "sophia":
        value = {**value, "hessian_diagonal_fn": as_given()}
    if isinstance(value, dict):
        return make(**{name: optax_schedule(each) if is_schedule(each) else as_written(each) for name, each in value.items()})
    return make() if value is None else make(value)


def optax_schedule(value: dict[str, Any]) -> Any:
    """A schedule of optax, from its name and its arguments."""
    import optax

    return getattr(optax, value["name"])(**{name: each for name, each in value.items() if name not in ("convention", "name")})


def use_jax_in_float64() -> None:
    """Before jax makes its first array."""
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")


PATHS: dict[str, Path] = {"torch": torch_path, "keras": keras_path, "optax": optax_path, "pytorch_optimizer": zoo_path}

#: The distributions whose versions the goldens were made with.
DISTRIBUTIONS = {
    "torch": ("torch",),
    "keras": ("keras", "jax"),
    "optax": ("optax", "jax"),
    "pytorch_optimizer": ("pytorch_optimizer", "torch"),
}

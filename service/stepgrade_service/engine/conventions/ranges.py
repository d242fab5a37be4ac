"""What is wrong with the hyperparameters of an optimizer: each by itself, those of parameter groups, and several together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..optimizers import Hyperparameter, Optimizer
from ..optimizers.rule import grouped, settings_of
from ..optimizers.wrapping import WRAPPERS
from ..reading.faults import Fault
from ..reading.tensors import Layout, name_faults
from .declaration import Row


def range_faults(
    settings: dict[str, Any], optimizer: Optimizer, layout: Layout | None, unbounded: frozenset[str] = frozenset()
) -> list[Fault]:
    """What is wrong with the values; numbers become floats on the way. The `unbounded` may be any number."""
    wrong = list[Fault]()
    for name, value in settings.items():
        hyperparameter = WRAPPERS.get(name) or optimizer.by_name[name]
        if name in unbounded:
            hyperparameter = replace(hyperparameter, minimum=None, maximum=None, below=None, above=None)
        if name not in WRAPPERS and hyperparameter.type == "number" and isinstance(value, Mapping):
            wrong += [fault.under(name) for fault in _group_faults(settings, hyperparameter, optimizer, layout)]
        elif detail := hyperparameter.fault(value):
            wrong.append(Fault((name,), detail))
        elif hyperparameter.type == "number":
            settings[name] = float(value) + 0.0  # -0.0 is 0.0, as it is for the cache
    return wrong


def _group_faults(settings: dict[str, Any], hyperparameter: Hyperparameter, optimizer: Optimizer, layout: Layout | None) -> list[Fault]:
    """What is wrong with a hyperparameter of one number per tensor: parameter groups, as torch has them."""
    name, values = hyperparameter.name, settings[hyperparameter.name]
    if not optimizer.takes_groups(hyperparameter):
        return [Fault((), f"expected one number: {optimizer.name} has one number for all tensors")]
    wrong = [Fault((str(tensor),), detail) for tensor, value in values.items() if (detail := hyperparameter.fault(value))]
    if not values:
        wrong.append(Fault((), "expected a number, or an object of one number per tensor"))
    if layout is not None and values and layout.names is None:
        wrong.append(Fault((), "expected one number: the params have no names"))
    elif layout is not None and layout.names is not None and values:
        wrong += name_faults(list(map(str, values)), layout.names)
    if not wrong:
        settings[name] = {tensor: float(value) + 0.0 for tensor, value in values.items()}
    return wrong


def crossed_faults(settings: Mapping[str, Any], row: Row, optimizer: Optimizer) -> list[Fault]:
    """What is wrong with several hyperparameters together, those of each parameter group by themselves."""
    tensors = grouped(settings)
    of_tensors = {name: tuple(value) for name, value in settings.items() if isinstance(value, Mapping)} if tensors else {}
    unlike = [fault.under(name) for name, names in of_tensors.items() for fault in name_faults(names, tensors)]
    if unlike:
        return unlike
    if not tensors:
        return [*optimizer.check(settings), *row.check(settings)]
    found = list[Fault]()
    for tensor in tensors:
        own = {**settings_of(settings, tensor), "lr": settings["lr"]}
        for fault in (*optimizer.check(own), *row.check(own)):
            name = str(fault.path[0])
            is_of_tensor = name != "lr" and isinstance(settings.get(name), Mapping)  # whether lr is one number is a question to all
            found.append(Fault((*fault.path, tensor), fault.detail) if is_of_tensor else fault)
    return list(dict.fromkeys(found))

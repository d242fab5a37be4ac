"""The optimizers that tests go through: all in all conventions, and the switches that choose other formulas."""

from __future__ import annotations

from typing import Any

import pytest

from stepgrade_service.engine.conventions import CONVENTIONS

#: Settings by convention and optimizer that lead to another kernel, another slot or another branch than the defaults do.
SWITCHED: dict[tuple[str, str], list[dict[str, Any]]] = {
    ("torch", "sgd"): [{"momentum": 0.9}, {"momentum": 0.8, "dampening": 0.5}, {"momentum": 0.8, "nesterov": True, "weight_decay": 0.1}],
    ("torch", "adagrad"): [{"lr_decay": 0.1, "initial_accumulator": 0.5}],
    ("torch", "rmsprop"): [{"momentum": 0.7}, {"centered": True, "eps": 0.1}],
    ("torch", "adam"): [{"amsgrad": True, "weight_decay": 0.1}],
    ("torch", "nadam"): [{"weight_decay": 0.1, "weight_decay_mode": "decoupled"}],
    ("keras", "sgd"): [{"momentum": 0.9}, {"momentum": 0.8, "nesterov": True, "weight_decay": 0.1}],
    ("keras", "rmsprop"): [{"momentum": 0.7, "centered": True, "eps": 0.1}],
    ("keras", "adam"): [{"amsgrad": True, "weight_decay": 0.1}],
    ("optax", "sgd"): [{"momentum": 0.9, "nesterov": True}],
    ("optax", "rmsprop"): [{"momentum": 0.7, "nesterov": True, "initial_accumulator": 1.0}, {"bias_correction": True}],
    ("optax", "adam"): [{"amsgrad": True}, {"eps_root": 1e-3, "bias_correction": "m"}],
    ("optax", "adamax"): [{"weight_decay": 0.1}],
    ("paper", "sgd"): [{"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}],
    ("paper", "rmsprop"): [{"centered": True}],
    ("paper", "adam"): [{"amsgrad": True}],
    ("course", "sgd"): [{"momentum": 0.9}],
}
#: What has no default there.
NEEDED: dict[tuple[str, str], dict[str, Any]] = {("paper", "adamw"): {"weight_decay": 0.1}}


def variants() -> list[dict[str, Any]]:
    """Every optimizer of every convention as a request, with its switches, all at a rate that moves it visibly."""
    found = []
    for convention in CONVENTIONS.values():
        for optimizer in convention.by_optimizer:
            key = (convention.name, optimizer)
            written = {"name": optimizer, "convention": convention.name, "lr": 0.02, **NEEDED.get(key, {})}
            found += [written | settings for settings in ({}, *SWITCHED.get(key, []))]
    return found


def described(variant: dict[str, Any]) -> str:
    settings = [f"{name}={value}" for name, value in variant.items() if name not in ("name", "convention", "lr")]
    return "-".join([variant["convention"], variant["name"], *settings])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `variant` is asked for each of them."""
    if "variant" in metafunc.fixturenames:
        metafunc.parametrize("variant", variants(), ids=described)

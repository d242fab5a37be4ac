"""The optimizers that tests go through: all in all conventions, and the switches that choose other formulas. And who imports whom."""

from __future__ import annotations

import ast
import gc
from collections.abc import Callable, Collection, Generator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

from stepgrade_service.engine.conventions import CONVENTIONS
from stepgrade_service.engine.optimizers import OPTIMIZERS

#: Settings by convention and optimizer that lead to another kernel, another slot or another branch than the defaults do.
SWITCHED: dict[tuple[str, str], list[dict[str, Any]]] = {
    ("torch", "sgd"): [{"momentum": 0.9}, {"momentum": 0.8, "dampening": 0.5}, {"momentum": 0.8, "nesterov": True, "weight_decay": 0.1}],
    ("torch", "adagrad"): [{"lr_decay": 0.1, "initial_accumulator": 0.5}],
    ("torch", "rmsprop"): [{"momentum": 0.7}, {"centered": True, "eps": 0.1}],
    ("torch", "adam"): [{"amsgrad": True, "weight_decay": 0.1}],
    ("torch", "asgd"): [{"lambd": 0.1, "t0": 2.0, "weight_decay": 0.1}],
    ("torch", "nadam"): [{"weight_decay": 0.1, "weight_decay_mode": "decoupled"}],
    ("torch", "radam"): [{"weight_decay": 0.1}, {"weight_decay": 0.1, "weight_decay_mode": "decoupled"}],
    ("keras", "sgd"): [{"momentum": 0.9}, {"momentum": 0.8, "nesterov": True, "weight_decay": 0.1}],
    ("keras", "rmsprop"): [{"momentum": 0.7, "centered": True, "eps": 0.1}],
    ("keras", "adam"): [{"amsgrad": True, "weight_decay": 0.1}],
    ("keras", "ftrl"): [{"l1": 0.01, "l2": 0.1, "l2_shrinkage": 0.1, "lr_power": -0.6, "weight_decay": 0.1}],
    ("optax", "sgd"): [{"momentum": 0.9, "nesterov": True}],
    ("optax", "rmsprop"): [{"momentum": 0.7, "nesterov": True, "initial_accumulator": 1.0}, {"bias_correction": True}],
    ("optax", "adam"): [{"amsgrad": True}, {"eps_root": 1e-3, "bias_correction": "m"}],
    ("optax", "lion"): [{"mode": "smooth", "smooth_beta": 2.0}, {"mode": "refined"}],
    ("optax", "rprop"): [{"variant": "rprop-"}],
    ("optax", "madgrad"): [{"weight_decay": 0.1}],
    ("optax", "adamax"): [{"weight_decay": 0.1}],
    ("optax", "radam"): [{"nesterov": True, "eps_root": 1e-3}],
    ("optax", "adabelief"): [{"nesterov": True}, {"weight_decay": 0.1}],
    ("optax", "acprop"): [{"weight_decay": 0.1}],
    ("optax", "adopt"): [{"nesterov": True, "weight_decay": 0.1}, {"use_clipping": False}],
    ("optax", "adan"): [{"weight_decay": 0.1}],
    ("optax", "optimistic_adam"): [{"nesterov": False}],
    ("optax", "novograd"): [{"weight_decay": 0.1, "eps_root": 1e-3}],
    ("optax", "sm3"): [{"beta1": 0.0}],
    ("torch", "adafactor"): [{"beta2_decay": -0.5, "clip_threshold": 2.0, "weight_decay": 0.1}],
    ("keras", "adafactor"): [{"weight_decay": 0.1}],
    ("optax", "adafactor"): [{"beta1": 0.5, "weight_decay": 0.1, "clip_threshold": 0.0, "scale_by_params": False}],
    ("torch", "lbfgs"): [{"line_search": "strong_wolfe", "history_size": 3}, {"max_iter": 2, "max_eval": 9, "history_size": 1}],
    ("torch", "muon"): [{"nesterov": False, "shape_factor": "rms"}],
    ("keras", "muon"): [{"nesterov": False, "ns_steps": 2, "adam_lr_ratio": 0.5}],
    ("optax", "muon"): [
        {"ns_preset": "dion", "preconditioning": "spectral", "adaptive": True},
        {"preconditioning": "aol", "shape_factor": "none", "weight_decay": 0.1, "adam_weight_decay": 0.1},
        {"preconditioning": "schatten"},
    ],
    ("paper", "shampoo"): [{"weight_decay": 0.1}],
    ("optax", "lbfgs_step"): [{"line_search": "none"}, {"history_size": 2, "scale_init": False, "c2": 0.1, "most_trials": 5}],
    ("optax", "sophia"): [{"update_interval": 3, "gamma": 1.0, "weight_decay": 0.1}, {"clip_threshold": 0.0, "gamma": 1.0, "eps": 1.0}],
    ("optax", "lars"): [{"momentum": 0.0}, {"nesterov": True, "weight_decay": 0.1, "eps": 1e-3}],
    ("optax", "lamb"): [{"weight_decay": 0.1, "eps_root": 1e-3}],
    ("keras", "lamb"): [{"weight_decay": 0.1}],
    ("optax", "fromage"): [{"min_norm": 0.5}],
    ("paper", "lars"): [{"weight_decay": 0.1}],
    ("optax", "dog"): [{"initial_step_mode": "distance", "initial_step": 0.1}, {"initial_step_mode": "learning_rate", "weight_decay": 0.1}],
    ("optax", "dowg"): [{"initial_distance": 0.1, "weight_decay": 0.1}],
    ("optax", "prodigy"): [{"safeguard_warmup": True, "beta3": 0.9, "weight_decay": 0.1}],
    ("optax", "polyak_sgd"): [{"scaling": 0.5, "variant": "sps+", "eps": 1e-3}],
    ("optax", "momo"): [{"weight_decay": 0.1, "adapt_lower_bound": True}, {"bias_correction": True}],
    ("optax", "momo_adam"): [{"weight_decay": 0.1, "adapt_lower_bound": True}],
    ("paper", "momo"): [{"weight_decay": 0.1}],
    ("paper", "momo_adam"): [{"weight_decay": 0.1}],
    ("optax", "schedule_free_sgd"): [{"warmup_steps": 10, "weight_decay": 0.1}],
    ("keras", "schedule_free_adamw"): [{"warmup_steps": 10, "weight_decay": 0.1}],
    ("paper", "sgd"): [{"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}],
    ("paper", "rmsprop"): [{"centered": True}],
    ("paper", "adam"): [{"amsgrad": True}],
    ("paper", "laprop"): [{"eps_mode": "hat", "weight_decay": 0.1}],
    ("paper", "adan"): [{"weight_decay": 0.1}],
    ("paper", "ademamix"): [{"warmup_steps": 8.0}],
    ("paper", "adabound"): [{"amsgrad": True, "final_lr": 0.01, "gamma": 1.0}],
    ("paper", "adamod"): [{"m_correction": "rate", "eps_mode": "hat", "beta3": 0.5}],
    ("paper", "padam"): [{"amsgrad": False, "bias_correction": True}],
    ("paper", "stableadamw"): [{"weight_decay": 0.1}],
    ("paper", "gd_backtracking"): [{"c1": 0.5, "shrink": 0.8}],
    ("paper", "aggmo"): [{"count": 2, "scale": 0.5, "weight_decay": 0.1}],
    ("course", "sgd"): [{"momentum": 0.9}],
}
#: What has no default there, or is another number than the others': a line search starts at a step that is mostly too long.
NEEDED: dict[tuple[str, str], dict[str, Any]] = {
    ("optax", "adafactor"): {"min_dim_size_to_factor": 2},
    ("paper", "adamw"): {"weight_decay": 0.1},
    ("paper", "gd_backtracking"): {"lr": 1.0},
    ("torch", "lbfgs"): {"lr": 0.5, "max_iter": 4, "history_size": 5},
}


def variants(optimizers: Collection[str] = OPTIMIZERS) -> list[dict[str, Any]]:
    """Every optimizer of every convention as a request, with its switches, all at a rate that moves it visibly."""
    found = []
    for convention in CONVENTIONS.values():
        for optimizer in convention.by_optimizer:
            if optimizer not in optimizers:
                continue
            key = (convention.name, optimizer)
            written = {"name": optimizer, "convention": convention.name, "lr": 0.02, **NEEDED.get(key, {})}
            found += [written | settings for settings in ({}, *SWITCHED.get(key, []))]
    return found


def described(variant: dict[str, Any]) -> str:
    settings = [f"{name}={value}" for name, value in variant.items() if name not in ("name", "convention", "lr")]
    return "-".join([variant["convention"], variant["name"], *settings])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `any_variant` is asked for each of them; one that takes `variant`, for those that step from a posted gradient."""
    if "variant" in metafunc.fixturenames:
        from_a_gradient = [name for name, entry in OPTIMIZERS.items() if not entry.asks_objective]
        metafunc.parametrize("variant", variants(from_a_gradient), ids=described)
    if "any_variant" in metafunc.fixturenames:
        metafunc.parametrize("any_variant", variants(), ids=described)


def imports_of(package: Path) -> dict[str, set[str]]:
    """What each file of a package imports, by module: in functions and for type checkers too, and the packages that run on the way."""
    modules = {}
    for path in sorted(package.rglob("*.py")):
        parts = [package.name, *path.relative_to(package).with_suffix("").parts]
        modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    found = {}
    for name, path in modules.items():
        home = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
        named = {each for node in ast.walk(ast.parse(path.read_text())) for each in _imported(node, home, modules)}
        passed = {".".join(each.split(".")[:depth]) for each in named if each in modules for depth in range(2, each.count(".") + 1)}
        found[name] = named | {package for package in passed if not f"{name}.".startswith(f"{package}.")}
    return found


def _imported(node: ast.AST, home: list[str], modules: Collection[str]) -> list[str]:
    """The modules that a statement imports; `home` is the package that it stands in."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    above = home[: len(home) + 1 - node.level] if node.level else []
    base = ".".join([*above, *([node.module] if node.module else [])])
    return [f"{base}.{alias.name}" if f"{base}.{alias.name}" in modules else base for alias in node.names]


@pytest.fixture(scope="session")
def imports() -> Callable[[Path], dict[str, set[str]]]:
    """What each file of a package imports."""
    return imports_of


@pytest.fixture(scope="session")
def circle() -> Callable[[dict[str, set[str]]], list[str]]:
    """Files that import one another in a circle, the first as the last; none where there is no circle."""

    def find(imported: dict[str, set[str]]) -> list[str]:
        arrows = {name: {each for each in named if each in imported and each != name} for name, named in imported.items()}
        try:
            TopologicalSorter(arrows).prepare()
        except CycleError as error:
            return list(error.args[1])
        return []

    return find


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without Python's collector of garbage, and leave what is there to stay: it would look through all of it again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--every-shape`: the students' mistakes in every shape of code, about two minutes on two cores."""
    parser.addoption("--every-shape", action="store_true", help="check the students' mistakes in every shape of code, not in one each")

"""Conventions: how each framework, paper and course writes an optimizer, what it leaves unsaid, and which formula it means."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from math import sqrt
from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine.conventions import CONVENTIONS
from stepgrade_service.engine.conventions.choice import Choice
from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.optimizers import OPTIMIZERS
from stepgrade_service.engine.reading.faults import Refusal, plain
from stepgrade_service.engine.reading.tensors import Layout
from stepgrade_service.engine.running.trajectory import trajectory


def refused(request: Any, layout: Layout | None = None) -> dict[tuple[str | int, ...], str]:
    """The faults of a request that must have some, by path."""
    with pytest.raises(Refusal) as caught:
        resolve(request, layout)
    return {fault.path: fault.detail for fault in caught.value.faults}


# What the frameworks' constructors take, with their defaults, by introspection of torch 2.13.0, keras 3.15.1 and optax 0.2.8.

#: Momentum as lectures teach it that correct each running average for its bias.
CORRECTED = {"name": "momentum", "lr": 0.1, "momentum_form": "ema", "first_buffer": "zero", "bias_correction": True}
TORCH_ADAM = {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0, "amsgrad": False}
TORCH_MOMENTS = {"lr": 0.002, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0}
KERAS_ADAM = {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
OPTAX_ADAM = {"b1": 0.9, "b2": 0.999, "eps": 1e-8}

DEFAULTS: dict[str, dict[str, dict[str, Any]]] = {
    "torch": {
        "SGD": {"lr": 0.001, "momentum": 0, "dampening": 0, "weight_decay": 0, "nesterov": False},
        "Adagrad": {"lr": 0.01, "lr_decay": 0, "weight_decay": 0, "initial_accumulator_value": 0, "eps": 1e-10},
        "Adadelta": {"lr": 1.0, "rho": 0.9, "eps": 1e-6, "weight_decay": 0},
        "RMSprop": {"lr": 0.01, "alpha": 0.99, "eps": 1e-8, "weight_decay": 0, "momentum": 0, "centered": False},
        "Adam": {**TORCH_ADAM, "decoupled_weight_decay": False},
        "AdamW": {**TORCH_ADAM, "weight_decay": 0.01},
        "Adamax": TORCH_MOMENTS,
        "NAdam": {**TORCH_MOMENTS, "momentum_decay": 0.004, "decoupled_weight_decay": False},
        "RAdam": {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0, "decoupled_weight_decay": False},
    },
    "keras": {
        "SGD": {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False, "weight_decay": None},
        "Adagrad": {"learning_rate": 0.001, "initial_accumulator_value": 0.1, "epsilon": 1e-7, "weight_decay": None},
        "Adadelta": {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-7, "weight_decay": None},
        "RMSprop": {"learning_rate": 0.001, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False, "weight_decay": None},
        "Adam": {**KERAS_ADAM, "amsgrad": False, "weight_decay": None},
        "AdamW": {**KERAS_ADAM, "amsgrad": False, "weight_decay": 0.004},
        "Adamax": {**KERAS_ADAM, "weight_decay": None},
        "Nadam": {**KERAS_ADAM, "weight_decay": None},
    },
    "optax": {
        "sgd": {"momentum": None, "nesterov": False},
        "sign_sgd": {},
        "adagrad": {"initial_accumulator_value": 0.1, "eps": 1e-7},
        "adadelta": {"rho": 0.9, "eps": 1e-6, "weight_decay": 0.0},
        "rmsprop": {
            "decay": 0.9, "eps": 1e-8, "initial_scale": 0.0, "eps_in_sqrt": True, "centered": False, "momentum": None, "nesterov": False,
            "bias_correction": False,
        },
        "adam": {**OPTAX_ADAM, "eps_root": 0.0, "nesterov": False},
        "nadam": {**OPTAX_ADAM, "eps_root": 0.0, "nesterov": True},
        "adamw": {**OPTAX_ADAM, "eps_root": 0.0, "weight_decay": 1e-4, "nesterov": False},
        "nadamw": {**OPTAX_ADAM, "eps_root": 0.0, "weight_decay": 1e-4, "nesterov": True},
        "amsgrad": {**OPTAX_ADAM, "eps_root": 0.0, "bias_correction_mu": True, "bias_correction_nu": True},
        "adamax": OPTAX_ADAM,
        "adamaxw": {**OPTAX_ADAM, "weight_decay": 1e-4},
        "radam": {**OPTAX_ADAM, "eps_root": 0.0, "threshold": 5.0, "nesterov": False},
        "adabelief": {"b1": 0.9, "b2": 0.999, "eps": 1e-16, "eps_root": 1e-16, "nesterov": False},
        "yogi": {**OPTAX_ADAM, "eps": 1e-3},
        "acprop": {"b1": 0.9, "b2": 0.999, "eps": 1e-16, "eps_root": 1e-16, "weight_decay": 0.0},
        "adopt": {"b1": 0.9, "b2": 0.9999, "eps": 1e-6, "nesterov": False, "use_clipping": True},
        "adan": {"b1": 0.98, "b2": 0.92, "b3": 0.99, "eps": 1e-8, "eps_root": 1e-8, "weight_decay": 0.0},
        "ademamix": {**OPTAX_ADAM, "b3": 0.9999, "alpha": 5.0, "eps_root": 0.0, "weight_decay": 0.0},
        "simplified_ademamix": {"b1": 0.99, "b2": 0.95, "alpha": 0.0, "eps": 1e-8, "eps_root": 0.0, "weight_decay": 0.0},
        "optimistic_adam": {**OPTAX_ADAM, "optimism": None, "eps_root": 0.0, "nesterov": True},
        "optimistic_adam_v2": {**OPTAX_ADAM, "alpha": 1.0, "beta": 1.0, "eps_root": 0.0, "nesterov": True},
        "novograd": {"b1": 0.9, "b2": 0.25, "eps": 1e-6, "eps_root": 0.0, "weight_decay": 0.0},
        "sm3": {"momentum": 0.9},
    },
}  # fmt: skip

# Arguments of every class that leave the numbers as they are at the framework's default, and what they are called here.

TORCH_BASE = {"maximize": (False, "maximize")}
KERAS_BASE = {
    "clipnorm": (None, "clip_norm"),
    "clipvalue": (None, "clip_value"),
    "global_clipnorm": (None, "clip_global_norm"),
    "use_ema": (False, "average_weights"),
    "ema_momentum": (0.99, "average_momentum"),
    "ema_overwrite_frequency": (None, "average_overwrite_every"),
    "loss_scale_factor": (None, "loss_scale"),
    "gradient_accumulation_steps": (None, "accumulation_steps"),
}

COMMON = [(convention, name, base) for convention, base in (("torch", TORCH_BASE), ("keras", KERAS_BASE)) for name in DEFAULTS[convention]]

#: What says how torch computes, and not what.
TORCH_SWITCHES = ("foreach", "capturable", "differentiable", "fused")

# Arguments that the service does not serve, with the value at which they do nothing.

ABSENT: dict[str, dict[str, dict[str, Any]]] = {
    "torch": {"AdamW": {"decoupled_weight_decay": True}},
    "keras": {},
    "optax": {
        "sgd": {"accumulator_dtype": None},
        "adadelta": {"weight_decay_mask": None},
        "adam": {"mu_dtype": None},
        "nadam": {"mu_dtype": None},
        "adamw": {"mu_dtype": None, "mask": None},
        "nadamw": {"mu_dtype": None, "mask": None},
        "amsgrad": {"mu_dtype": None},
        "adamaxw": {"mask": None},
    },
}


def written(convention: str, name: str, **settings: Any) -> dict[str, Any]:
    """A framework's optimizer as its documentation writes it; optax always needs a rate."""
    rate = {"learning_rate": 0.1} if convention == "optax" else {}
    return {"convention": convention, "name": name, **rate, **settings}


def arguments(table: dict[str, dict[str, dict[str, Any]]]) -> list[tuple[str, str, str, Any]]:
    return [(c, name, key, value) for c, names in table.items() for name, given in names.items() for key, value in given.items()]


def another(value: Any) -> Any:
    """A value that an argument may have beside its default."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, tuple):
        return [0.5 * entry for entry in value]
    if value is None:
        return 0.5
    return value + 1.0 if value >= 4.0 else 0.5 * value + 0.01  # a threshold is at least 4


every_class = pytest.mark.parametrize(("convention", "name"), [(c, name) for c, names in DEFAULTS.items() for name in names])


@every_class
def test_all_arguments_written_out_at_the_framework_s_defaults_are_the_same_as_none(convention, name):
    assert resolve(written(convention, name, **DEFAULTS[convention][name])) == resolve(written(convention, name))


@every_class
def test_what_this_service_has_not_is_accepted_where_it_does_nothing(convention, name):
    absent = ABSENT[convention].get(name, {})
    assert resolve(written(convention, name, **absent)) == resolve(written(convention, name))


@pytest.mark.parametrize(("convention", "name", "base"), COMMON)
def test_the_base_class_s_arguments_do_nothing_at_their_defaults_and_are_heard_otherwise(convention, name, base):
    plain_one = resolve(written(convention, name))
    assert resolve(written(convention, name, **{argument: default for argument, (default, _) in base.items()})) == plain_one
    for argument, (default, own) in base.items():
        value = 3.0 if default is None else another(default)
        beside = {"use_ema": True} if argument.startswith("ema_") else {}
        assert resolve(written(convention, name, **beside, **{argument: value})).echo[own] == value


@pytest.mark.parametrize("name", DEFAULTS["torch"])
def test_torch_s_switches_change_no_number_and_are_told(name):
    switched = resolve(written("torch", name, **dict.fromkeys(TORCH_SWITCHES, True)))
    assert switched.echo == {**resolve(written("torch", name)).echo, "ignored": list(TORCH_SWITCHES)}


@pytest.mark.parametrize(("convention", "name", "argument", "default"), arguments(DEFAULTS))
def test_every_argument_is_heard(convention, name, argument, default):
    beside = {"momentum": 0.9} if (convention, argument) == ("torch", "nesterov") else {}
    heard = resolve(written(convention, name, **beside, **{argument: another(default)}))
    assert heard != resolve(written(convention, name, **beside))
    if not isinstance(default, bool):
        assert set(np.ravel(another(default)).tolist()) <= set(heard.echo.values())


@pytest.mark.parametrize(("convention", "name", "argument", "default"), arguments(ABSENT))
def test_what_this_service_has_not_is_refused_by_name_where_it_would_do_something(convention, name, argument, default):
    faults = refused(written(convention, name, **{argument: True if default is None else another(default)}))
    assert argument in faults[(argument,)]


@pytest.mark.parametrize(
    ("convention", "name", "theirs", "ours"),
    [
        ("torch", "RMSprop", {"alpha": 0.7}, {"rho": 0.7}),
        ("torch", "Adam", {"betas": [0.7, 0.8]}, {"beta1": 0.7, "beta2": 0.8}),
        ("torch", "NAdam", {"betas": (0.7, 0.8)}, {"beta1": 0.7, "beta2": 0.8}),
        ("torch", "Adam", {"decoupled_weight_decay": True}, {"weight_decay_mode": "decoupled"}),
        ("torch", "Adagrad", {"initial_accumulator_value": 0.7}, {"initial_accumulator": 0.7}),
        ("keras", "SGD", {"learning_rate": 0.7}, {"lr": 0.7}),
        ("keras", "Adam", {"beta_1": 0.7, "beta_2": 0.8, "epsilon": 0.1}, {"beta1": 0.7, "beta2": 0.8, "eps": 0.1}),
        ("keras", "Adagrad", {"initial_accumulator_value": 0.7}, {"initial_accumulator": 0.7}),
        ("optax", "sgd", {"learning_rate": 0.7}, {"lr": 0.7}),
        ("optax", "adamw", {"learning_rate": 0.7, "b1": 0.7, "b2": 0.8}, {"lr": 0.7, "beta1": 0.7, "beta2": 0.8}),
        (
            "optax",
            "rmsprop",
            {"learning_rate": 0.7, "decay": 0.7, "initial_scale": 1.0, "eps_in_sqrt": False},
            {"lr": 0.7, "rho": 0.7, "initial_accumulator": 1.0, "eps_mode": "outside"},
        ),
        ("optax", "amsgrad", {"learning_rate": 0.7, "bias_correction_nu": False}, {"lr": 0.7, "bias_correction": "m"}),
        ("course", "gd", {"learning_rate": 0.7}, {"lr": 0.7}),
        ("course", "momentum", {"learning_rate": 0.7, "beta": 0.8}, {"lr": 0.7, "momentum": 0.8}),
        ("course", "rmsprop", {"learning_rate": 0.7, "beta": 0.8, "epsilon": 0.1}, {"lr": 0.7, "rho": 0.8, "eps": 0.1}),
        ("course", "rmsprop", {"learning_rate": 0.7, "beta2": 0.8}, {"lr": 0.7, "rho": 0.8}),
        ("course", "adam", {"learning_rate": 0.7, "beta1": 0.5, "epsilon": 0.1}, {"lr": 0.7, "beta1": 0.5, "eps": 0.1}),
    ],
)
def test_the_service_s_own_names_hold_beside_the_framework_s_but_not_together_with_them(convention, name, theirs, ours):
    request = {"convention": convention, "name": name}
    assert resolve({**request, **theirs}) == resolve({**request, **ours})
    doubly_said = refused({**request, **theirs, **ours})
    assert doubly_said
    assert all("sets the same quantity" in detail for detail in doubly_said.values())


@pytest.mark.parametrize(
    ("convention", "name", "argument", "value", "said"),
    [
        ("torch", "Adam", "beta_1", 0.9, "this is the name in convention keras; use beta1 instead"),
        ("torch", "Adam", "b1", 0.9, "this is the name in convention optax; use beta1 instead"),
        ("keras", "Adam", "betas", [0.9, 0.99], "this is the name in convention torch; use beta1 and beta2 instead"),
        ("keras", "RMSprop", "decay", 0.9, "this is the name in convention optax; use rho instead"),
        ("keras", "RMSprop", "alpha", 0.9, "in convention torch; use rho instead; for the learning rate use learning_rate"),
        ("course", "rmsprop", "alpha", 0.1, "in convention course this is the letter of the learning rate; use learning_rate"),
        ("course", "adam", "alpha", 0.1, "in convention course this is the letter of the learning rate; use learning_rate"),
        ("paper", "adam", "alpha", 0.1, "in convention paper this is the letter of the learning rate; use lr"),
        ("torch", "Adam", "gamma", 0.1, "in convention torch this is the letter of the learning rate; use lr"),
        ("torch", "SGD", "mu", 0.9, "in convention torch this is the letter of momentum; use momentum"),
        ("torch", "Adam", "lambda", 0.1, "in convention torch this is the letter of weight_decay; use weight_decay"),
        ("torch", "SGD", "momentun", 0.9, "did you mean momentum"),
        ("torch", "Adam", "nesterov", True, "unknown hyperparameter of adam"),
        ("optax", "amsgrad", "nesterov", True, ""),
    ],
)
def test_an_argument_that_the_framework_s_class_does_not_have_is_refused(convention, name, argument, value, said):
    assert said in refused(written(convention, name, **{argument: value}))[(argument,)]


@pytest.mark.parametrize(
    ("convention", "name", "means"),
    [
        ("torch", "gd", {"name": "sgd"}),
        ("torch", "momentum", {"name": "sgd", "momentum": 0.9}),
        ("keras", "nesterov", {"name": "sgd", "momentum": 0.9, "nesterov": True}),
        ("torch", "amsgrad", {"name": "adam", "amsgrad": True}),
        ("optax", "sign_sgd", {"name": "sign_gd"}),
        ("optax", "nadamw", {"name": "nadam", "weight_decay": 1e-4}),
        ("optax", "adamaxw", {"name": "adamax", "weight_decay": 1e-4}),
        ("course", "momentum", {"name": "sgd", "momentum": 0.9, "momentum_form": "ema"}),
    ],
)
def test_a_name_means_the_optimizer_with_what_the_name_says(convention, name, means):
    assert means.items() <= resolve({"convention": convention, "name": name, "lr": 0.1}).echo.items()
    assert resolve({"convention": convention, "name": name, "lr": 0.1}) == resolve({"convention": convention, "lr": 0.1, **means})


@pytest.mark.parametrize(
    ("named", "with_nesterov", "equals"),
    [("adam", True, "nadam"), ("nadam", False, "adam"), ("adamw", True, "nadamw"), ("nadamw", False, "adamw")],
)
def test_optax_turns_adam_into_nadam_by_a_flag(named, with_nesterov, equals):
    turned = trajectory({"optimizer": written("optax", named, nesterov=with_nesterov), "objective": "rosenbrock", "steps": 9})
    straight = trajectory({"optimizer": written("optax", equals), "objective": "rosenbrock", "steps": 9})
    assert turned.points.tobytes() == straight.points.tobytes()


def decaying(optimizer: str) -> dict[str, float]:
    """A weight decay, which the paper's AdamW must be given, for an optimizer that takes one."""
    return {"weight_decay": 0.1} if "weight_decay" in OPTIMIZERS[optimizer].by_name else {}


def test_names_are_looked_up_without_regard_to_case_and_underscores():
    for convention in CONVENTIONS.values():
        for name in [name for row in convention.rows for name in (row.optimizer, *row.names)]:
            request = {"convention": convention.name, "name": name, "lr": 0.1, **decaying(convention.by_name[plain(name)][0].optimizer)}
            for spelled in (name.upper(), name.lower(), name.replace("_", ""), "_".join(name), name.title()):
                assert resolve({**request, "name": spelled}) == resolve(request)


def test_every_optimizer_resolves_in_a_convention_or_the_refusal_lists_the_conventions_that_have_it():
    for optimizer in OPTIMIZERS:
        having = {c.name for c in CONVENTIONS.values() for row in c.rows if row.optimizer == optimizer}
        having |= {c.name for c in CONVENTIONS.values() if plain(optimizer) in c.by_name}  # lbfgs of optax is lbfgs_step here
        assert having
        for convention in CONVENTIONS:
            request = {"convention": convention, "name": optimizer, "lr": 0.1, **decaying(optimizer)}
            if convention in having:
                assert resolve(request).convention == convention
            else:
                _, listed = refused(request)[("name",)].split(": ")
                assert having <= set(listed.split(", "))


def test_the_convention_left_out_is_torch_s_where_torch_has_the_optimizer_then_the_paper_s_then_the_one_that_has_it():
    told = {"torch": ("sgd", "adagrad", "rprop", "sparse_adam"), "paper": ("lion", "normalized_gd"), "optax": ("dog", "sm3")}
    expected_of = {optimizer: convention for convention, optimizers in told.items() for optimizer in optimizers}
    for optimizer, expected in expected_of.items():
        assert resolve({"name": optimizer, "lr": 0.1}).convention == expected
    assert resolve("Adam") == resolve({"convention": "torch", "name": "adam"})


#: Three steps of Keras 3.15.1 in float64 from [1, 2, 3], with learning rate 0.1: it takes a beta_1 above 1, and below 0.
BETAS_OF_KERAS = {
    ("Adam", 1.1): [0.727939593682158, 2.1670365368927187, 2.860157360725847],
    ("Adam", -0.5): [0.9245558345408537, 1.9502490858823738, 2.562371753117605],
    ("Adamax", 1.1): [0.7684124018758162, 2.1485719729774364, 2.905553164922313],
    ("Nadam", 1.1): [0.9122576660613388, 2.0387200307839057, 2.8657792656648824],
    ("Lamb", 1.1): [0.18068677077510942, 2.481419647853889, 2.5449094901268947],
}


@pytest.mark.parametrize(("name", "beta"), BETAS_OF_KERAS)
def test_keras_checks_no_beta_1_and_its_numbers_are_taken_as_they_are(name, beta):
    gradients = [[0.5, -4.0, 0.0], [0.3, 2.0, 1.0], [-0.1, 1e-3, 2.0]]
    optimizer = {"convention": "keras", "name": name, "learning_rate": 0.1, "beta_1": beta}
    run = trajectory({"optimizer": optimizer, "gradients": gradients, "start": [1.0, 2.0, 3.0]})
    np.testing.assert_allclose(run.points[-1], BETAS_OF_KERAS[name, beta], rtol=1e-14)
    with pytest.raises(Refusal):
        resolve({"name": name, "convention": "torch", "beta1": beta})


NO_RATE = {
    "optax": ["sgd", "momentum", "nesterov", *DEFAULTS["optax"]],
    "paper": ["sgd", "momentum", "nesterov", "normalized_gd", "sign_gd", "adagrad", "rmsprop"],
    "course": ["gd", "momentum", "rmsprop"],
}


@pytest.mark.parametrize(("convention", "name"), [(convention, name) for convention, names in NO_RATE.items() for name in names])
def test_a_rate_that_has_no_default_must_be_given(convention, name):
    assert refused({"convention": convention, "name": name}) == {("lr",): f"expected a value: lr has no default in convention {convention}"}


@pytest.mark.parametrize(
    ("convention", "name", "rate"),
    [
        ("paper", "adam", 0.001),
        ("paper", "adamax", 0.002),
        ("paper", "nadam", 0.002),
        ("paper", "adadelta", 1.0),
        ("paper", "gd_backtracking", 1.0),
        ("course", "adam", 0.01),
    ],
)
def test_a_rate_that_the_source_names_is_the_default(convention, name, rate):
    assert resolve({"convention": convention, "name": name}).echo["lr"] == rate


def test_the_paper_s_adamw_needs_its_weight_decay():
    assert list(refused({"convention": "paper", "name": "adamw"})) == [("weight_decay",)]


@pytest.mark.parametrize(
    ("request_", "path", "nearest"),
    [
        ("adm", (), "adam"),
        ({"name": "rmsporp"}, ("name",), "rmsprop"),
        ({"name": "adam", "convention": "pytorch"}, ("convention",), "torch"),
        ({"name": "adam", "convention": "Kera"}, ("convention",), "keras"),
        ({"name": "adam", "beta": 0.9}, ("beta",), "beta1"),
        ({"name": "sgd", "wieght_decay": 0.9}, ("wieght_decay",), "weight_decay"),
        ({"convention": "keras", "name": "Adam", "learningrate": 0.9}, ("learningrate",), "learning_rate"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest_known_ones(request_, path, nearest):
    detail = refused(request_)[path]
    assert detail.startswith("unknown ")
    assert nearest in detail.partition("did you mean ")[2]


@pytest.mark.parametrize(
    "request_", [None, 3, [], {}, {"name": None}, {"name": 3}, {"convention": "torch"}, {"name": "adam", "convention": 3}]
)
def test_what_is_no_optimizer_is_refused(request_):
    assert refused(request_)


def test_every_fault_is_told_at_once_where_it_was_written():
    request = {"convention": "torch", "name": "Adam", "lr": -1, "betas": [0.9, 1.0], "eps": "1e-8", "amsgrad": 1, "momentum": 0.9}
    assert set(refused(request)) == {("lr",), ("betas", 1), ("eps",), ("amsgrad",), ("momentum",)}
    assert set(refused({"convention": "keras", "name": "Adadelta", "learning_rate": True, "rho": 1.1})) == {("learning_rate",), ("rho",)}


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        ({"name": "adam", "lr": -1e-9}, "lr"),
        ({"name": "adam", "lr": float("nan")}, "lr"),
        ({"name": "adam", "lr": float("inf")}, "lr"),
        ({"name": "adam", "lr": 10**400}, "lr"),
        ({"name": "adam", "lr": "0.1"}, "lr"),
        ({"name": "adam", "lr": True}, "lr"),
        ({"convention": "optax", "name": "adam", "lr": None}, "lr"),
        ({"name": "adam", "lr": [0.1]}, "lr"),
        ({"name": "adam", "beta1": 1}, "beta1"),
        ({"name": "adam", "beta2": -0.1}, "beta2"),
        ({"name": "adam", "eps": -1e-8}, "eps"),
        ({"name": "adam", "eps_mode": "in_max"}, "eps_mode"),
        ({"name": "adam", "bias_correction": "x"}, "bias_correction"),
        ({"name": "adam", "bias_correction": 1}, "bias_correction"),
        ({"name": "adam", "betas": 0.9}, "betas"),
        ({"name": "adam", "betas": [0.9, 0.99, 0.999]}, "betas"),
        ({"name": "adam", "decoupled_weight_decay": 1}, "decoupled_weight_decay"),
        ({"name": "adadelta", "rho": 1.0000001}, "rho"),
        ({"name": "sgd", "momentum": -0.1}, "momentum"),
        ({"name": "sgd", "momentum": 0.9, "nesterov": True, "dampening": 0.1}, "dampening"),
        ({"name": "sgd", "convention": "torch", "nesterov": True}, "momentum"),
        ({"name": "sgd", "momentum": 0.9, "momentum_form": "ema", "dampening": 0.1}, "dampening"),
        ({"name": "sgd", "momentum": 0.9, "lr_in_velocity": True}, "first_buffer"),
        ({**CORRECTED, "momentum_form": "classic"}, "momentum_form"),
        ({**CORRECTED, "nesterov": True}, "nesterov"),
        ({**CORRECTED, "lr_in_velocity": True}, "lr_in_velocity"),
        ({**CORRECTED, "first_buffer": "gradient"}, "first_buffer"),
        ({**CORRECTED, "momentum": 0}, "momentum"),
        ({**CORRECTED, "momentum": 1}, "momentum"),
        ({"convention": "optax", "name": "amsgrad", "lr": 0.1, "bias_correction_mu": "x"}, "bias_correction_mu"),
        ({"name": "adamw", "weight_decay_mode": "decoupled_unscaled", "lr": 0}, "lr"),
        ({"name": "adamw", "weight_decay_mode": "decoupled_unscaled", "lr": {"w": 0.1}}, "lr"),
    ],
)
def test_a_value_out_of_range_is_refused_under_the_name_that_it_was_given(request_, path):
    assert list(refused(request_)) == [(path,)]


def test_a_rate_of_each_tensor_is_held_to_the_tensors():
    named = Layout(("w", "b"), ((2,), (1,)))
    rates = {"w": 0.1, "b": 1}
    assert resolve({"name": "gd", "lr": rates}, named).rates(named).tolist() == [0.1, 0.1, 1.0]
    assert list(refused({"name": "gd", "lr": {"w": 0.1}}, named)) == [("lr",)]
    assert list(refused({"name": "gd", "lr": {**rates, "c": 0.1}}, named)) == [("lr", "c")]
    assert list(refused({"name": "gd", "lr": {"w": 0.1, "b": -1}}, named)) == [("lr", "b")]
    assert list(refused({"name": "gd", "lr": rates}, Layout(None, ((3,),)))) == [("lr",)]


def test_an_echo_posted_back_is_the_same_choice_and_gives_the_same_bytes(any_variant):
    choice = resolve(any_variant)
    posted_back = json.loads(json.dumps(choice.echo))
    assert resolve(posted_back) == choice
    assert json.dumps(resolve(posted_back).echo) == json.dumps(choice.echo)
    first, second = (trajectory({"optimizer": o, "objective": "rosenbrock", "steps": 12}) for o in (any_variant, posted_back))
    assert first.points.tobytes() == second.points.tobytes()
    assert repr(first.summary) == repr(second.summary)


def test_an_echo_says_every_hyperparameter(any_variant):
    echo = resolve(any_variant).echo
    assert list(echo) == ["name", "convention", *OPTIMIZERS[any_variant["name"]].by_name]
    assert any_variant.items() <= echo.items()


def test_an_answer_does_not_depend_on_what_was_asked_before():
    def echoed(**settings: float) -> str:
        return json.dumps(resolve({"name": "adagrad", **settings}).echo["initial_accumulator"])

    assert (echoed(initial_accumulator=0.0, eps=0.01), echoed(initial_accumulator=-0.0, eps=0.01)) == (
        echoed(initial_accumulator=0.0, eps=0.02),
        echoed(initial_accumulator=-0.0, eps=0.03),
    )


def test_whoever_changes_an_echo_changes_nothing_else():
    request = {"name": "adam", "lr": 0.125}
    resolve(request).echo["label"] = "mine"
    assert "label" not in resolve(request).echo


# The formulas of the course and of the papers, each written once more for a single coordinate, as its source prints it.

RANDOM = np.random.default_rng(3)
GRADIENTS = RANDOM.normal(size=(60, 4)) * [1.0, 30.0, 1e-3, 1.0]
GRADIENTS[[1, 2, 20], 0] = 0.0  # not the first: some of these formulas have no eps
GRADIENTS[:, 3] = np.abs(GRADIENTS[:, 3]) + 0.1
START = np.array([1.0, -2.0, 0.5, 30.0])

Path = Iterator[float]


def course_gd(x: float, gradients: list[float], lr: float = 0.1) -> Path:
    for g in gradients:
        x = x - lr * g
        yield x


def course_momentum(x: float, gradients: list[float], lr: float = 0.1, beta: float = 0.9) -> Path:
    v = 0.0
    for g in gradients:
        v = beta * v + (1 - beta) * g
        x = x - lr * v
        yield x


def course_rmsprop(x: float, gradients: list[float], lr: float = 0.1, beta: float = 0.9, epsilon: float = 1e-8) -> Path:
    s = 0.0
    for g in gradients:
        s = beta * s + (1 - beta) * g**2
        x = x - lr * g / (sqrt(s) + epsilon)
        yield x


def course_adam(x: float, gradients: list[float], lr: float = 0.01, b1: float = 0.9, b2: float = 0.999, epsilon: float = 1e-8) -> Path:
    v = s = 0.0
    for t, g in enumerate(gradients, 1):
        v, s = b1 * v + (1 - b1) * g, b2 * s + (1 - b2) * g**2
        x = x - lr * (v / (1 - b1**t)) / (sqrt(s / (1 - b2**t)) + epsilon)
        yield x


def polyak_1964(x: float, gradients: list[float], lr: float = 0.1, mu: float = 0.9) -> Path:
    before = x
    for g in gradients:
        x, before = x - lr * g + mu * (x - before), x
        yield x


def sutskever_2013_at_the_look_ahead_point(x: float, gradients: list[float], lr: float = 0.1, mu: float = 0.9) -> Path:
    theta, v = x, 0.0
    for g in gradients:
        v = mu * v - lr * g
        theta = theta + v
        yield theta + mu * v


def sign_descent(x: float, gradients: list[float], lr: float = 0.1) -> Path:
    for g in gradients:
        x = x - lr * ((g > 0) - (g < 0))
        yield x


def duchi_2011(x: float, gradients: list[float], lr: float = 0.1, delta: float = 0.0) -> Path:
    squares = 0.0
    for g in gradients:
        squares = squares + g * g
        x = x - lr * g / (delta + sqrt(squares))
        yield x


def zeiler_2012(x: float, gradients: list[float], rho: float = 0.95, epsilon: float = 1e-6) -> Path:
    squares = updates = 0.0
    for g in gradients:
        squares = rho * squares + (1 - rho) * g**2
        delta = -sqrt(updates + epsilon) / sqrt(squares + epsilon) * g
        updates = rho * updates + (1 - rho) * delta**2
        x = x + delta
        yield x


def hinton_2012(x: float, gradients: list[float], lr: float = 0.1) -> Path:
    mean_square = 0.0
    for g in gradients:
        mean_square = 0.9 * mean_square + 0.1 * g**2
        x = x - lr * g / sqrt(mean_square)
        yield x


def graves_2013(x: float, gradients: list[float], lr: float = 1e-4) -> Path:
    n = mean = delta = 0.0
    for g in gradients:
        n, mean = 0.95 * n + 0.05 * g**2, 0.95 * mean + 0.05 * g
        delta = 0.9 * delta - lr * g / sqrt(n - mean**2 + 1e-4)
        x = x + delta
        yield x


def kingma_ba_2015(x: float, gradients: list[float], lr: float = 0.001, b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8) -> Path:
    return course_adam(x, gradients, lr, b1, b2, eps)


def kingma_ba_2015_adamax(x: float, gradients: list[float], lr: float = 0.002, b1: float = 0.9, b2: float = 0.999) -> Path:
    m = u = 0.0
    for t, g in enumerate(gradients, 1):
        m, u = b1 * m + (1 - b1) * g, max(b2 * u, abs(g))
        x = x - lr / (1 - b1**t) * m / u
        yield x


def reddi_2018(x: float, gradients: list[float], lr: float = 0.001, b1: float = 0.9, b2: float = 0.999) -> Path:
    m = v = largest = 0.0
    for g in gradients:
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        largest = max(largest, v)
        x = x - lr * m / sqrt(largest)
        yield x


def dozat_2016(x: float, gradients: list[float], lr: float = 0.002, b1: float = 0.9, nu: float = 0.999, eps: float = 1e-8) -> Path:
    def mu(t: int) -> float:
        return b1 * (1 - 0.5 * 0.96 ** (t / 250))

    m, n, product = 0.0, 0.0, 1.0
    for t, g in enumerate(gradients, 1):
        product = product * mu(t)
        m, n = mu(t) * m + (1 - mu(t)) * g, nu * n + (1 - nu) * g**2
        m_hat = mu(t + 1) * m / (1 - product * mu(t + 1)) + (1 - mu(t)) * g / (1 - product)
        n_hat = nu * n / (1 - nu**t)
        x = x - lr * m_hat / (sqrt(n_hat) + eps)
        yield x


def by_hand(rule: Callable[..., Path], **settings: float) -> np.ndarray:
    """The points after each step, (steps, coordinates)."""
    columns = zip(START.tolist(), GRADIENTS.T.tolist(), strict=True)
    return np.array([list(rule(x, gradients, **settings)) for x, gradients in columns]).T


def replayed(optimizer: dict[str, Any], **more: Any) -> np.ndarray:
    return trajectory({"optimizer": optimizer, "start": START, "gradients": GRADIENTS, **more}).points[1:]


def close(points: np.ndarray, expected: np.ndarray) -> bool:
    return bool(np.all(np.abs(points - expected) <= 1e-12 * (1 + np.abs(expected))))


@pytest.mark.parametrize(
    ("optimizer", "rule"),
    [
        ({"convention": "course", "name": "gd", "lr": 0.1}, course_gd),
        ({"convention": "course", "name": "momentum", "lr": 0.1}, course_momentum),
        ({"convention": "course", "name": "rmsprop", "lr": 0.1}, course_rmsprop),
        ({"convention": "course", "name": "adam"}, course_adam),
        ({"convention": "paper", "name": "momentum", "lr": 0.1}, polyak_1964),
        ({"convention": "paper", "name": "nesterov", "lr": 0.1}, sutskever_2013_at_the_look_ahead_point),
        ({"convention": "paper", "name": "sign_gd", "lr": 0.1}, sign_descent),
        ({"convention": "paper", "name": "adagrad", "lr": 0.1}, duchi_2011),
        ({"convention": "paper", "name": "adadelta"}, zeiler_2012),
        ({"convention": "paper", "name": "rmsprop", "lr": 0.1}, hinton_2012),
        ({"convention": "paper", "name": "rmsprop", "centered": True, "lr": 1e-4}, graves_2013),
        ({"convention": "paper", "name": "adam"}, kingma_ba_2015),
        ({"convention": "paper", "name": "adamax"}, kingma_ba_2015_adamax),
        ({"convention": "paper", "name": "amsgrad"}, reddi_2018),
        ({"convention": "paper", "name": "nadam"}, dozat_2016),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_points_are_those_of_the_formula_as_printed(optimizer, rule):
    assert close(replayed(optimizer), by_hand(rule))


@pytest.mark.parametrize(
    ("optimizer", "rule", "settings"),
    [
        ({"convention": "course", "name": "momentum", "learning_rate": 0.3, "beta": 0.5}, course_momentum, {"lr": 0.3, "beta": 0.5}),
        (
            {"convention": "course", "name": "rmsprop", "learning_rate": 0.3, "beta2": 0.5, "epsilon": 1e-3},
            course_rmsprop,
            {"lr": 0.3, "beta": 0.5, "epsilon": 1e-3},
        ),
        (
            {"convention": "course", "name": "adam", "learning_rate": 0.3, "beta1": 0.5, "beta2": 0.8, "epsilon": 1e-3},
            course_adam,
            {"lr": 0.3, "b1": 0.5, "b2": 0.8, "epsilon": 1e-3},
        ),
        ({"convention": "paper", "name": "adagrad", "lr": 0.3, "eps": 0.01}, duchi_2011, {"lr": 0.3, "delta": 0.01}),
        ({"convention": "paper", "name": "amsgrad", "lr": 0.3, "beta1": 0.5, "beta2": 0.8}, reddi_2018, {"lr": 0.3, "b1": 0.5, "b2": 0.8}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_formula_s_numbers_are_the_request_s(optimizer, rule, settings):
    assert close(replayed(optimizer), by_hand(rule, **settings))


def test_the_course_s_momentum_is_torch_s_at_a_tenth_of_the_rate():
    course = replayed({"convention": "course", "name": "momentum", "lr": 0.1})
    assert close(course, replayed({"convention": "torch", "name": "momentum", "lr": 0.01}))
    dampened = replayed({"convention": "torch", "name": "SGD", "lr": 0.1, "momentum": 0.9, "dampening": 0.9})
    assert np.abs(course - dampened).max() > 0.1


def test_normalized_descent_divides_by_the_norm_of_all_that_is_posted():
    lengths = np.linalg.norm(GRADIENTS, axis=1, keepdims=True)
    expected = START - 0.1 * np.cumsum(GRADIENTS / lengths, axis=0)
    assert close(replayed({"convention": "paper", "name": "normalized_gd", "lr": 0.1}), expected)


def test_the_paper_s_adamw_decays_by_the_schedule_s_factor_and_not_by_the_rate():
    alpha, decay, x, m, v = 0.1, 0.05, START, np.zeros(4), np.zeros(4)
    expected = []
    for t, g in enumerate(GRADIENTS, 1):
        factor = 1 / (1 + 0.2 * (t - 1) / 3)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        direction = alpha * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        x = x - factor * (direction + decay * x)
        expected.append(x)
    schedule = {"name": "inverse_time", "decay_rate": 0.2, "decay_steps": 3}
    optimizer = {"convention": "paper", "name": "adamw", "lr": alpha, "weight_decay": decay}
    assert close(replayed(optimizer, schedule=schedule), np.array(expected))


def test_a_rate_inside_the_velocity_differs_from_one_outside_only_under_a_schedule():
    inside, outside = ({"convention": c, "name": "momentum", "lr": 0.1} for c in ("keras", "torch"))
    drop = [0.1] * 20 + [0.01] * 40
    assert close(replayed(inside), replayed(outside))
    assert close(replayed(inside, schedule=drop)[:20], replayed(outside, schedule=drop)[:20])
    assert np.abs(replayed(inside, schedule=drop) - replayed(outside, schedule=drop))[20:].max() > 0.1


def test_a_choice_can_be_asked_for_its_rates_in_any_layout():
    choice: Choice = resolve({"name": "gd", "lr": 0.5})
    assert choice.rates(Layout(None, ((),))).tolist() == [0.5]
    assert choice.rates(Layout(("w", "b"), ((2,), ()))).tolist() == [0.5] * 3

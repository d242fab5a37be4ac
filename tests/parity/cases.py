"""What the goldens hold the engine to: optimizers of torch, keras and optax, each as a Stepgrade request in that framework's own names.

Pure data: importable without the frameworks. `make_goldens.py` builds the framework's optimizer from the very same request.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """One optimizer; `id` is the key of its points in `goldens/<convention>.npz`.

    Where `tensors` is set, the six params are a matrix W (2, 2) and a vector b (2,); an object of two numbers is parameter groups.
    """

    id: str
    request: dict[str, Any]
    tensors: bool = False


def _cases(convention: str, rows: list[tuple[str, str, dict[str, Any]]], tensors: bool = False) -> tuple[Case, ...]:
    return tuple(Case(f"{convention}-{label}", {"convention": convention, "name": name, **given}, tensors) for label, name, given in rows)


TORCH = _cases(
    "torch",
    [
        ("sgd-defaults", "SGD", {}),
        ("sgd-momentum", "SGD", {"lr": 0.01, "momentum": 0.9}),
        ("sgd-dampening", "SGD", {"lr": 0.01, "momentum": 0.9, "dampening": 0.3}),
        ("sgd-nesterov", "SGD", {"lr": 0.01, "momentum": 0.9, "nesterov": True}),
        ("sgd-weight-decay", "SGD", {"lr": 0.01, "weight_decay": 0.1}),
        ("sgd-momentum-dampening-weight-decay", "SGD", {"lr": 0.02, "momentum": 0.8, "dampening": 0.8, "weight_decay": 0.1}),
        ("sgd-nesterov-weight-decay", "SGD", {"lr": 0.02, "momentum": 0.8, "nesterov": True, "weight_decay": 0.1}),
        ("adagrad-defaults", "Adagrad", {}),
        ("adagrad-lr-decay", "Adagrad", {"lr": 0.1, "lr_decay": 0.05}),
        ("adagrad-initial-accumulator", "Adagrad", {"lr": 0.1, "initial_accumulator_value": 0.1}),
        ("adagrad-eps", "Adagrad", {"lr": 0.1, "eps": 0.01}),
        ("adagrad-weight-decay", "Adagrad", {"lr": 0.1, "weight_decay": 0.1}),
        (
            "adagrad-everything",
            "Adagrad",
            {"lr": 0.1, "lr_decay": 0.01, "initial_accumulator_value": 0.5, "eps": 1e-4, "weight_decay": 0.05},
        ),
        ("adadelta-defaults", "Adadelta", {}),
        ("adadelta-rho-eps", "Adadelta", {"lr": 0.5, "rho": 0.95, "eps": 1e-4}),
        ("adadelta-weight-decay", "Adadelta", {"weight_decay": 0.1}),
        ("rmsprop-defaults", "RMSprop", {}),
        ("rmsprop-alpha-eps", "RMSprop", {"lr": 0.02, "alpha": 0.9, "eps": 0.01}),
        ("rmsprop-centered", "RMSprop", {"lr": 0.01, "alpha": 0.9, "centered": True}),
        ("rmsprop-momentum", "RMSprop", {"lr": 0.01, "momentum": 0.9}),
        ("rmsprop-centered-momentum", "RMSprop", {"lr": 0.01, "alpha": 0.95, "centered": True, "momentum": 0.8, "eps": 1e-4}),
        ("rmsprop-weight-decay", "RMSprop", {"lr": 0.01, "weight_decay": 0.1}),
        ("rmsprop-momentum-weight-decay", "RMSprop", {"lr": 0.01, "alpha": 0.9, "momentum": 0.5, "weight_decay": 0.1}),
        ("adam-defaults", "Adam", {}),
        ("adam-betas", "Adam", {"lr": 0.01, "betas": [0.8, 0.95]}),
        ("adam-eps", "Adam", {"lr": 0.01, "eps": 0.01}),
        ("adam-amsgrad", "Adam", {"lr": 0.01, "amsgrad": True}),
        ("adam-amsgrad-betas", "Adam", {"lr": 0.01, "betas": [0.8, 0.95], "amsgrad": True}),
        ("adam-weight-decay", "Adam", {"lr": 0.01, "weight_decay": 0.1}),
        ("adam-decoupled-weight-decay", "Adam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
        ("adamw-defaults", "AdamW", {}),
        ("adamw-weight-decay", "AdamW", {"lr": 0.01, "weight_decay": 0.2}),
        ("adamw-amsgrad", "AdamW", {"lr": 0.01, "betas": [0.8, 0.95], "eps": 1e-4, "amsgrad": True}),
        ("adamax-defaults", "Adamax", {}),
        ("adamax-betas-eps", "Adamax", {"lr": 0.01, "betas": [0.8, 0.95], "eps": 0.01}),
        ("adamax-weight-decay", "Adamax", {"lr": 0.01, "weight_decay": 0.1}),
        ("nadam-defaults", "NAdam", {}),
        ("nadam-betas-eps", "NAdam", {"lr": 0.01, "betas": [0.8, 0.95], "eps": 0.01}),
        ("nadam-momentum-decay", "NAdam", {"lr": 0.01, "momentum_decay": 0.05}),
        ("nadam-weight-decay", "NAdam", {"lr": 0.01, "weight_decay": 0.1}),
        ("nadam-decoupled-weight-decay", "NAdam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
        ("radam-defaults", "RAdam", {}),
        ("radam-betas-eps", "RAdam", {"lr": 0.01, "betas": [0.8, 0.95], "eps": 0.01}),
        ("radam-never-rectified", "RAdam", {"lr": 0.01, "betas": [0.8, 0.6]}),
        ("radam-weight-decay", "RAdam", {"lr": 0.01, "weight_decay": 0.1}),
        ("radam-decoupled-weight-decay", "RAdam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ],
) + _cases(
    "torch",
    [
        ("groups-sgd", "SGD", {"lr": {"W": 0.01, "b": 0.02}, "momentum": {"W": 0.9, "b": 0.0}, "weight_decay": {"W": 0.1, "b": 0.0}}),
        ("groups-sgd-dampening", "SGD", {"lr": 0.01, "momentum": {"W": 0.9, "b": 0.5}, "dampening": {"W": 0.3, "b": 0.0}}),
        (
            "groups-rmsprop",
            "RMSprop",
            {"lr": 0.01, "alpha": {"W": 0.9, "b": 0.99}, "eps": {"W": 1e-8, "b": 0.01}, "momentum": {"W": 0.0, "b": 0.5}},
        ),
        ("groups-adagrad", "Adagrad", {"lr": 0.1, "lr_decay": {"W": 0.0, "b": 0.05}, "eps": {"W": 1e-10, "b": 0.01}}),
        ("groups-adadelta", "Adadelta", {"rho": {"W": 0.9, "b": 0.5}, "eps": {"W": 1e-6, "b": 1e-3}}),
        (
            "groups-adam",
            "Adam",
            {"lr": 0.01, "betas": [{"W": 0.9, "b": 0.5}, {"W": 0.999, "b": 0.95}], "weight_decay": {"W": 0.01, "b": 0.0}},
        ),
        ("groups-adamw", "AdamW", {"lr": {"W": 0.01, "b": 0.001}, "weight_decay": {"W": 0.2, "b": 0.0}, "amsgrad": True}),
        ("groups-adamax", "Adamax", {"lr": 0.01, "eps": {"W": 1e-8, "b": 0.1}}),
        ("groups-nadam", "NAdam", {"lr": 0.01, "betas": [{"W": 0.9, "b": 0.5}, 0.99], "momentum_decay": {"W": 0.004, "b": 0.1}}),
        ("groups-radam", "RAdam", {"lr": 0.01, "betas": [0.9, {"W": 0.999, "b": 0.6}], "weight_decay": {"W": 0.0, "b": 0.1}}),
    ],
    tensors=True,
)

KERAS = _cases(
    "keras",
    [
        ("sgd-defaults", "SGD", {}),
        ("sgd-momentum", "SGD", {"momentum": 0.9}),
        ("sgd-nesterov", "SGD", {"momentum": 0.9, "nesterov": True}),
        ("sgd-nesterov-without-momentum", "SGD", {"learning_rate": 0.02, "nesterov": True}),
        ("sgd-weight-decay", "SGD", {"weight_decay": 0.1}),
        ("sgd-nesterov-weight-decay", "SGD", {"learning_rate": 0.02, "momentum": 0.8, "nesterov": True, "weight_decay": 0.1}),
        ("adagrad-defaults", "Adagrad", {}),
        ("adagrad-initial-accumulator", "Adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.0}),
        ("adagrad-eps", "Adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.01, "epsilon": 0.01}),
        ("adagrad-weight-decay", "Adagrad", {"learning_rate": 0.1, "weight_decay": 0.1}),
        ("adadelta-defaults", "Adadelta", {}),
        ("adadelta-rho-eps", "Adadelta", {"learning_rate": 1.0, "rho": 0.9, "epsilon": 1e-4}),
        ("adadelta-weight-decay", "Adadelta", {"learning_rate": 1.0, "weight_decay": 0.01}),
        ("rmsprop-defaults", "RMSprop", {}),
        ("rmsprop-rho-eps", "RMSprop", {"learning_rate": 0.02, "rho": 0.95, "epsilon": 1e-4}),
        ("rmsprop-centered", "RMSprop", {"learning_rate": 0.01, "centered": True}),
        ("rmsprop-momentum", "RMSprop", {"learning_rate": 0.01, "momentum": 0.9}),
        ("rmsprop-centered-momentum", "RMSprop", {"learning_rate": 0.01, "centered": True, "momentum": 0.8, "epsilon": 1e-4}),
        ("rmsprop-weight-decay", "RMSprop", {"learning_rate": 0.01, "weight_decay": 0.1}),
        ("rmsprop-momentum-weight-decay", "RMSprop", {"learning_rate": 0.01, "momentum": 0.5, "weight_decay": 0.1}),
        ("adam-defaults", "Adam", {}),
        ("adam-betas", "Adam", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.95}),
        ("adam-eps", "Adam", {"learning_rate": 0.01, "epsilon": 0.01}),
        ("adam-amsgrad", "Adam", {"learning_rate": 0.01, "amsgrad": True}),
        ("adam-amsgrad-betas", "Adam", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.95, "amsgrad": True}),
        ("adam-weight-decay", "Adam", {"learning_rate": 0.01, "weight_decay": 0.1}),
        ("adamw-defaults", "AdamW", {}),
        ("adamw-weight-decay", "AdamW", {"learning_rate": 0.01, "weight_decay": 0.2}),
        ("adamw-amsgrad", "AdamW", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4, "amsgrad": True}),
        ("adamax-defaults", "Adamax", {}),
        ("adamax-betas-eps", "Adamax", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 0.01}),
        ("adamax-weight-decay", "Adamax", {"learning_rate": 0.01, "weight_decay": 0.1}),
        ("nadam-defaults", "Nadam", {}),
        ("nadam-betas-eps", "Nadam", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 0.01}),
        ("nadam-weight-decay", "Nadam", {"learning_rate": 0.01, "weight_decay": 0.1}),
    ],
)

OPTAX = _cases(
    "optax",
    [
        ("sgd-defaults", "sgd", {"learning_rate": 0.01}),
        ("sgd-momentum", "sgd", {"learning_rate": 0.01, "momentum": 0.9}),
        ("sgd-nesterov", "sgd", {"learning_rate": 0.01, "momentum": 0.9, "nesterov": True}),
        ("sign-sgd-defaults", "sign_sgd", {"learning_rate": 0.01}),
        ("adagrad-defaults", "adagrad", {"learning_rate": 0.1}),
        ("adagrad-initial-accumulator", "adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.0}),
        ("adagrad-eps", "adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.01, "eps": 0.01}),
        ("adagrad-without-eps", "adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.0, "eps": 0.0}),
        ("adadelta-defaults", "adadelta", {"learning_rate": 1.0}),
        ("adadelta-rho-eps", "adadelta", {"learning_rate": 0.5, "rho": 0.95, "eps": 1e-4}),
        ("adadelta-weight-decay", "adadelta", {"learning_rate": 1.0, "weight_decay": 0.1}),
        ("rmsprop-defaults", "rmsprop", {"learning_rate": 0.01}),
        ("rmsprop-eps-outside", "rmsprop", {"learning_rate": 0.01, "decay": 0.95, "eps": 1e-4, "eps_in_sqrt": False}),
        ("rmsprop-initial-scale", "rmsprop", {"learning_rate": 0.01, "initial_scale": 1.0}),
        ("rmsprop-momentum", "rmsprop", {"learning_rate": 0.01, "momentum": 0.9}),
        ("rmsprop-nesterov", "rmsprop", {"learning_rate": 0.01, "momentum": 0.9, "nesterov": True}),
        ("rmsprop-bias-correction", "rmsprop", {"learning_rate": 0.01, "bias_correction": True}),
        (
            "rmsprop-bias-correction-eps-outside",
            "rmsprop",
            {"learning_rate": 0.01, "eps": 1e-4, "eps_in_sqrt": False, "initial_scale": 0.5, "bias_correction": True},
        ),
        ("rmsprop-centered", "rmsprop", {"learning_rate": 0.01, "centered": True}),
        ("rmsprop-centered-eps-outside", "rmsprop", {"learning_rate": 0.01, "eps_in_sqrt": False, "centered": True}),
        (
            "rmsprop-centered-nesterov",
            "rmsprop",
            {"learning_rate": 0.01, "initial_scale": 1.0, "centered": True, "momentum": 0.8, "nesterov": True},
        ),
        ("rmsprop-centered-bias-correction", "rmsprop", {"learning_rate": 0.01, "eps": 0.01, "centered": True, "bias_correction": True}),
        ("adam-defaults", "adam", {"learning_rate": 0.01}),
        ("adam-betas", "adam", {"learning_rate": 0.01, "b1": 0.8, "b2": 0.95}),
        ("adam-eps", "adam", {"learning_rate": 0.01, "eps": 0.01}),
        ("adam-eps-root", "adam", {"learning_rate": 0.01, "eps": 1e-4, "eps_root": 1e-6}),
        ("adam-nesterov", "adam", {"learning_rate": 0.01, "eps_root": 1e-4, "nesterov": True}),
        ("amsgrad-defaults", "amsgrad", {"learning_rate": 0.01}),
        ("amsgrad-betas-eps-root", "amsgrad", {"learning_rate": 0.01, "b1": 0.8, "b2": 0.95, "eps": 1e-4, "eps_root": 1e-6}),
        ("amsgrad-mu-uncorrected", "amsgrad", {"learning_rate": 0.01, "b2": 0.95, "bias_correction_mu": False}),
        ("amsgrad-nu-uncorrected", "amsgrad", {"learning_rate": 0.01, "b2": 0.95, "bias_correction_nu": False}),
        ("amsgrad-uncorrected", "amsgrad", {"learning_rate": 0.01, "b2": 0.95, "bias_correction_mu": False, "bias_correction_nu": False}),
        ("adamw-defaults", "adamw", {"learning_rate": 0.01}),
        ("adamw-weight-decay", "adamw", {"learning_rate": 0.01, "weight_decay": 0.2, "eps_root": 1e-6}),
        ("adamw-nesterov", "adamw", {"learning_rate": 0.01, "weight_decay": 0.2, "nesterov": True}),
        ("nadamw-defaults", "nadamw", {"learning_rate": 0.01}),
        ("nadamw-weight-decay", "nadamw", {"learning_rate": 0.01, "b1": 0.8, "b2": 0.95, "weight_decay": 0.2}),
        ("adamax-defaults", "adamax", {"learning_rate": 0.01}),
        ("adamax-betas-eps", "adamax", {"learning_rate": 0.01, "b1": 0.8, "b2": 0.95, "eps": 0.01}),
        ("adamaxw-defaults", "adamaxw", {"learning_rate": 0.01}),
        ("adamaxw-weight-decay", "adamaxw", {"learning_rate": 0.01, "weight_decay": 0.2}),
        ("nadam-defaults", "nadam", {"learning_rate": 0.01}),
        ("nadam-betas-eps-root", "nadam", {"learning_rate": 0.01, "b1": 0.8, "b2": 0.95, "eps": 1e-4, "eps_root": 1e-6}),
        ("radam-defaults", "radam", {"learning_rate": 0.01}),
        ("radam-betas-eps", "radam", {"learning_rate": 0.01, "b1": 0.8, "b2": 0.95, "eps": 0.01, "eps_root": 1e-6}),
        ("radam-threshold", "radam", {"learning_rate": 0.01, "threshold": 20.0}),
        ("radam-nesterov", "radam", {"learning_rate": 0.01, "b2": 0.99, "nesterov": True}),
        ("novograd-vector", "novograd", {"learning_rate": 0.01}),
        ("sm3-vector", "sm3", {"learning_rate": 0.1}),
    ],
) + _cases(
    "optax",
    [
        ("novograd-defaults", "novograd", {"learning_rate": 0.01}),
        (
            "novograd-everything",
            "novograd",
            {"learning_rate": 0.01, "b1": 0.95, "b2": 0.98, "eps": 1e-3, "eps_root": 1e-6, "weight_decay": 0.1},
        ),
        ("sm3-defaults", "sm3", {"learning_rate": 0.1}),
        ("sm3-momentum", "sm3", {"learning_rate": 0.1, "momentum": 0.5}),
    ],
    tensors=True,
)

CASES = TORCH + KERAS + OPTAX

#: Without eps, at gradients of which one is always 0: what each framework does with 0/0.
WITHOUT_EPS = (
    *_cases(
        "torch",
        [
            (f"0-by-0-{label}", name, {"lr": 0.1, "eps": 0.0, **more})
            for label, name, more in [
                ("adagrad", "Adagrad", {}),
                ("adadelta", "Adadelta", {}),
                ("rmsprop", "RMSprop", {}),
                ("rmsprop-centered", "RMSprop", {"alpha": 0.5, "centered": True}),
                ("rmsprop-momentum", "RMSprop", {"momentum": 0.9}),
                ("adam", "Adam", {}),
                ("amsgrad", "Adam", {"amsgrad": True}),
                ("adamw", "AdamW", {}),
                ("adamax", "Adamax", {}),
                ("nadam", "NAdam", {}),
                ("radam", "RAdam", {}),
            ]
        ],
    ),
    *_cases(
        "keras",
        [
            (f"0-by-0-{name.lower()}", name, {"learning_rate": 0.1, "epsilon": 0.0, **more})
            for name, more in [
                ("Adagrad", {"initial_accumulator_value": 0.0}),
                ("Adadelta", {}),
                ("RMSprop", {}),
                ("Adam", {}),
                ("AdamW", {}),
                ("Adamax", {}),
                ("Nadam", {}),
            ]
        ],
    ),
    *_cases(
        "optax",
        [
            (f"0-by-0-{label}", name, {"learning_rate": 0.1, "eps": 0.0, **more})
            for label, name, more in [
                ("adagrad", "adagrad", {"initial_accumulator_value": 0.0}),
                ("adadelta", "adadelta", {}),
                ("rmsprop", "rmsprop", {}),
                ("rmsprop-eps-outside", "rmsprop", {"eps_in_sqrt": False}),
                ("rmsprop-bias-correction", "rmsprop", {"bias_correction": True}),
                ("adam", "adam", {}),
                ("amsgrad", "amsgrad", {}),
                ("adamw", "adamw", {}),
                ("adamax", "adamax", {}),
                ("nadam", "nadam", {}),
                ("radam", "radam", {}),
                ("novograd", "novograd", {}),
            ]
        ],
    ),
)

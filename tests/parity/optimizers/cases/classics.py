"""Gradient descent, its momenta, Adagrad, Adadelta and RMSprop; the signs, NovoGrad and SM3 of optax."""

from case import cases

#: What optax cannot be without.
RATE = {"learning_rate": 0.01}

CASES = (
    *cases(
        "torch",
        ("SGD", {}),
        ("SGD", {"lr": 0.01, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
        ("SGD", {"lr": 0.01, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
        ("Adagrad", {}),
        ("Adagrad", {"lr": 0.1, "lr_decay": 0.01, "initial_accumulator_value": 0.5, "eps": 1e-4, "weight_decay": 0.1}),
        ("Adadelta", {}),
        ("Adadelta", {"lr": 0.5, "rho": 0.8, "eps": 1e-4, "weight_decay": 0.1}),
        ("RMSprop", {}),
        ("RMSprop", {"lr": 0.01, "alpha": 0.8, "eps": 1e-4, "momentum": 0.5, "weight_decay": 0.1}),
        ("RMSprop", {"lr": 0.01, "alpha": 0.8, "eps": 1e-2, "momentum": 0.5, "centered": True}),
    ),
    *cases(
        "keras",
        ("SGD", {}),
        ("SGD", {"learning_rate": 0.02, "momentum": 0.9, "weight_decay": 0.1}),
        ("SGD", {"learning_rate": 0.02, "momentum": 0.9, "nesterov": True}),
        ("Adagrad", {}),
        ("Adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.5, "epsilon": 1e-4, "weight_decay": 0.1}),
        ("Adadelta", {}),
        ("Adadelta", {"learning_rate": 0.5, "rho": 0.8, "epsilon": 1e-4, "weight_decay": 0.1}),
        ("RMSprop", {}),
        ("RMSprop", {"learning_rate": 0.01, "rho": 0.8, "epsilon": 1e-2, "momentum": 0.5, "centered": True, "weight_decay": 0.1}),
    ),
    *cases(
        "optax",
        ("sgd", RATE),
        ("sgd", {**RATE, "momentum": 0.9, "nesterov": True}),
        ("sign_sgd", RATE),
        ("adagrad", RATE),
        ("adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-4}),
        ("adadelta", {"learning_rate": 1.0}),
        ("adadelta", {"learning_rate": 0.5, "rho": 0.8, "eps": 1e-4, "weight_decay": 0.1}),
        ("rmsprop", RATE),
        ("rmsprop", {**RATE, "decay": 0.8, "eps": 1e-4, "initial_scale": 0.5, "eps_in_sqrt": False, "momentum": 0.5, "nesterov": True}),
        ("rmsprop", {**RATE, "decay": 0.8, "eps": 1e-2, "initial_scale": 0.5, "centered": True, "bias_correction": True}),
        ("novograd", RATE),
        ("novograd", {**RATE, "b1": 0.8, "b2": 0.5, "eps": 1e-4, "eps_root": 1e-6, "weight_decay": 0.1}),
    ),
    *cases("optax", ("sm3", RATE), ("sm3", {**RATE, "momentum": 0.5}), layouts=("vector", "matrix")),
)

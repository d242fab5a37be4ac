"""Adam, AMSGrad, AdamW, Adamax, NAdam and RAdam."""

from case import cases

#: What optax cannot be without.
RATE = {"learning_rate": 0.01}

CASES = (
    *cases(
        "torch",
        *((name, {}) for name in ("Adam", "AdamW", "Adamax", "NAdam", "RAdam")),
        ("Adam", {"lr": 0.01, "betas": [0.8, 0.95], "eps": 1e-4, "weight_decay": 0.1, "amsgrad": True}),
        ("Adam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
        ("AdamW", {"lr": 0.01, "betas": [0.8, 0.95], "eps": 1e-4, "weight_decay": 0.2, "amsgrad": True}),
        ("Adamax", {"lr": 0.01, "betas": [0.8, 0.95], "eps": 1e-4, "weight_decay": 0.1}),
        (
            "NAdam",
            {"lr": 0.01, "betas": [0.8, 0.95], "eps": 1e-4, "weight_decay": 0.1, "momentum_decay": 0.01, "decoupled_weight_decay": True},
        ),
        ("RAdam", {"lr": 0.01, "betas": [0.8, 0.95], "eps": 1e-4, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ),
    *cases(
        "keras",
        *((name, {}) for name in ("Adam", "AdamW", "Adamax", "Nadam")),
        ("Adam", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4, "weight_decay": 0.1, "amsgrad": True}),
        ("AdamW", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4, "weight_decay": 0.1}),
        ("Adamax", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4, "weight_decay": 0.1}),
        ("Nadam", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4, "weight_decay": 0.1}),
    ),
    *cases(
        "optax",
        *((name, RATE) for name in ("adam", "amsgrad", "adamw", "nadam", "nadamw", "adamax", "adamaxw")),
        ("adam", {"learning_rate": 0.01, "b1": 0.8, "b2": 0.95, "eps": 1e-4, "eps_root": 1e-6, "nesterov": True}),
        ("amsgrad", {"learning_rate": 0.01, "b1": 0.8, "b2": 0.95, "eps": 1e-4, "eps_root": 1e-6}),
        ("adamw", {"learning_rate": 0.01, "b1": 0.8, "b2": 0.95, "eps": 1e-4, "eps_root": 1e-6, "weight_decay": 0.2}),
        ("nadamw", {"learning_rate": 0.01, "b1": 0.8, "b2": 0.95, "eps": 1e-4, "eps_root": 1e-6, "weight_decay": 0.2}),
        ("adamaxw", {"learning_rate": 0.01, "b1": 0.8, "b2": 0.95, "eps": 1e-4, "weight_decay": 0.2}),
        ("radam", {"learning_rate": 0.01, "b1": 0.8, "b2": 0.95, "eps": 1e-4, "eps_root": 1e-6, "threshold": 5.5, "nesterov": True}),
    ),
    *cases(
        "optax",
        ("radam", RATE),
        bound=1e-11,
        because="optax computes the factor r_t with an error of up to 1e-11. The error of this service is up to 3e-12.",
    ),
)

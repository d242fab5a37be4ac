"""Norms per tensor: LARS, LAMB, Fromage, NovoGrad."""

from case import Case, cases

OPTAX = cases(
    "optax",
    ("lars", {"learning_rate": 0.3}),
    (
        "lars",
        {"learning_rate": 0.1, "momentum": 0.7, "nesterov": True, "trust_coefficient": 0.05, "eps": 1e-3, "weight_decay": 0.02},
    ),
    ("lars", {"learning_rate": 0.1, "momentum": 0.0}),
    ("lamb", {"learning_rate": 0.05}),
    ("lamb", {"learning_rate": 0.02, "b1": 0.8, "b2": 0.95, "eps": 1e-3, "eps_root": 1e-6, "weight_decay": 0.1}),
    ("fromage", {"learning_rate": 0.05}),
    ("fromage", {"learning_rate": 0.2, "min_norm": 0.5}),
    ("novograd", {"learning_rate": 0.05}),
    ("novograd", {"learning_rate": 0.02, "b1": 0.8, "b2": 0.5, "eps": 1e-3, "eps_root": 1e-4, "weight_decay": 0.1}),
)

KERAS = cases(
    "keras",
    ("Lamb", {"learning_rate": 0.05}),
    ("Lamb", {"learning_rate": 0.02, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3, "weight_decay": 0.1}),
)

CASES: tuple[Case, ...] = (*OPTAX, *KERAS)

"""Norms, rows and columns of tensors, and matrices: LARS, LAMB, Fromage, NovoGrad, SM3, Adafactor, Muon, Shampoo."""

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

SM3 = cases("optax", ("sm3", {"learning_rate": 0.05}), ("sm3", {"learning_rate": 0.05, "momentum": 0.5}))

#: optax's Adafactor computes the decay of the averages in float32.
ADAFACTOR_OPTAX = cases(
    "optax",
    ("adafactor", {"learning_rate": 0.05}),
    ("adafactor", {"learning_rate": 0.05, "min_dim_size_to_factor": 2}),
    ("adafactor", {"learning_rate": 0.05, "min_dim_size_to_factor": 2, "factored": False}),
    (
        "adafactor",
        {
            "learning_rate": 0.05, "min_dim_size_to_factor": 3, "decay_rate": 0.6, "multiply_by_parameter_scale": False,
            "clipping_threshold": 0.5, "momentum": 0.7, "weight_decay_rate": 0.01, "eps": 1e-6,
        },
    ),
    bound=1e-6,
    because="optax computes the decay of the averages of squares in float32",
)  # fmt: skip

ADAFACTOR = (
    *cases(
        "torch",
        ("Adafactor", {"lr": 0.05}),
        ("Adafactor", {"lr": 0.3, "beta2_decay": -0.6, "eps": [1e-6, 0.05], "d": 2.0, "weight_decay": 0.1}),
    ),
    *cases(
        "keras",
        ("Adafactor", {"learning_rate": 0.05}),
        (
            "Adafactor",
            {
                "learning_rate": 0.3, "beta_2_decay": -0.6, "epsilon_1": 1e-8, "epsilon_2": 0.05, "clip_threshold": 0.7,
                "relative_step": False, "weight_decay": 0.1,
            },
        ),
        bound=1e-6,
        because="Keras computes the decay of the averages of squares in float32",
    ),
)  # fmt: skip

CASES: tuple[Case, ...] = (*OPTAX, *KERAS, *SM3, *ADAFACTOR_OPTAX, *ADAFACTOR)

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

MUON = (
    *cases(
        "torch",
        ("Muon", {"lr": 0.02}),
        (
            "Muon",
            {
                "lr": 0.02, "weight_decay": 0.3, "momentum": 0.8, "nesterov": False, "ns_coefficients": [3.0, -3.2, 1.2], "eps": 1e-3,
                "ns_steps": 3, "adjust_lr_fn": "match_rms_adamw",
            },
        ),
        layouts=("matrix",),
        bound=0.05,
        because="torch's Muon makes matrices orthogonal in bfloat16",
    ),
    *cases(
        "keras",
        ("Muon", {"learning_rate": 0.05}),
        (
            "Muon",
            {
                "learning_rate": 0.05, "adam_beta_1": 0.8, "adam_beta_2": 0.95, "adam_weight_decay": 0.1, "epsilon": 1e-3,
                "weight_decay": 0.2, "muon_a": 3.0, "muon_b": -3.2, "muon_c": 1.2, "adam_lr_ratio": 0.3, "momentum": 0.7, "ns_steps": 3,
                "nesterov": False, "rms_rate": 0.5,
            },
        ),
        bound=1e-6,
        because="Keras takes the norm of a matrix in float32",
    ),
    *cases(
        "optax",
        ("muon", {"learning_rate": 0.05}),
        (
            "muon",
            {
                "learning_rate": 0.05, "ns_coeffs": [3.0, -3.2, 1.2], "ns_steps": 3, "beta": 0.7, "eps": 1e-3, "weight_decay": 0.2,
                "nesterov": False, "adaptive": True, "adam_b1": 0.8, "adam_b2": 0.95, "adam_eps_root": 1e-4, "adam_weight_decay": 0.1,
                "adam_learning_rate": 0.01, "consistent_rms": 0.3,
            },
        ),
        ("muon", {"learning_rate": 0.05, "ns_coeffs": "dion", "preconditioning": "spectral"}),
        ("muon", {"learning_rate": 0.05, "preconditioning": "aol"}),
        ("muon", {"learning_rate": 0.05, "preconditioning": "schatten"}),
    ),
)  # fmt: skip

SHAMPOO = (
    Case(
        {"convention": "paper", "name": "shampoo", "lr": 0.05, "eps": 1e-2},
        framework="pytorch_optimizer",
        name="Shampoo",
        arguments={"lr": 0.05, "matrix_eps": 1e-2},
        layouts=("vector", "matrix"),
    ),
    Case(
        {"convention": "paper", "name": "shampoo", "lr": 0.02, "eps": 1.0, "weight_decay": 0.1},
        framework="pytorch_optimizer",
        name="Shampoo",
        arguments={"lr": 0.02, "matrix_eps": 1.0, "weight_decay": 0.1},
        layouts=("vector", "matrix"),
    ),
    Case(
        {"convention": "paper", "name": "shampoo", "lr": 0.02, "eps": 1e-1, "weight_decay": 0.1, "weight_decay_mode": "decoupled"},
        framework="pytorch_optimizer",
        name="Shampoo",
        arguments={"lr": 0.02, "matrix_eps": 1e-1, "weight_decay": 0.1, "weight_decouple": True},
        layouts=("vector", "matrix"),
    ),
)

CASES: tuple[Case, ...] = (*OPTAX, *KERAS, *SM3, *ADAFACTOR_OPTAX, *ADAFACTOR, *MUON, *SHAMPOO)

"""Methods that find their own learning rate: DoG, DoWG, COCOB, D-Adaptation, Prodigy."""

from case import cases

CASES = cases(
    "optax",
    ("dog", {}),
    ("dog", {"learning_rate": 0.5, "init_step": ["distance", 0.01], "eps": 1e-3, "weight_decay": 0.1}),
    ("dog", {"init_step": ["learning_rate", 1e-4]}),
    ("dowg", {}),
    ("dowg", {"learning_rate": 0.5, "init_estim_sq_dist": 0.01, "eps": 1e-3, "weight_decay": 0.1}),
    ("dowg", {"init_estim_sq_dist": 0.0}),
    ("cocob", {}),
    ("cocob", {"learning_rate": 0.5, "alpha": 10.0, "eps": 1e-3, "weight_decay": 0.1}),
    ("dadapt_adamw", {}),
    ("dadapt_adamw", {"learning_rate": 0.5, "betas": [0.8, 0.95], "eps": 1e-4, "estim_lr0": 1e-3, "weight_decay": 0.1}),
    ("prodigy", {}),
    (
        "prodigy",
        {"learning_rate": 0.5, "betas": [0.8, 0.95], "beta3": 0.9, "eps": 1e-4, "estim_lr0": 1e-3, "estim_lr_coef": 2.0,
         "weight_decay": 0.1, "safeguard_warmup": True},
    ),
)  # fmt: skip

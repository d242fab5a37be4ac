"""Schedule-Free gradient descent and AdamW."""

from case import cases

CASES = (
    *cases(
        "optax",
        ("schedule_free_sgd", {"learning_rate": 0.01}),
        ("schedule_free_sgd", {"learning_rate": 0.01, "b1": 0.8, "weight_decay": 0.1, "weight_lr_power": 1.0}),
        ("schedule_free_adamw", {"learning_rate": 0.01, "b1": 0.8, "b2": 0.95, "eps": 1e-4, "weight_decay": 0.1}),
        ("schedule_free_adamw", {}),
    ),
    *cases(
        "optax",
        ("schedule_free_sgd", {"learning_rate": 0.01, "b1": 0.8, "warmup_steps": 10, "weight_decay": 0.1, "weight_lr_power": 1.0}),
        (
            "schedule_free_adamw",
            {"learning_rate": 0.01, "b1": 0.8, "b2": 0.95, "eps": 1e-4, "warmup_steps": 10, "weight_decay": 0.1, "weight_lr_power": 1.0},
        ),
        bound=1e-6,
        because="optax computes the warm-up in float32",
    ),
    *cases(
        "keras",
        ("ScheduleFreeAdamW", {}),
        (
            "ScheduleFreeAdamW",
            {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4, "warmup_steps": 10, "weight_decay": 0.1},
        ),
    ),
)

"""What has grown out of Adam: in optax, and those that only pytorch_optimizer has."""

from typing import Any

from case import Case, cases

MOMENTS = {"learning_rate": 0.01, "b1": 0.8, "b2": 0.95, "eps": 1e-4}
BETAS = {"beta1": 0.8, "beta2": 0.95}

#: pytorch_optimizer adds it to v under the root.
ADDED = 1e-15

FLOAT32 = "pytorch_optimizer keeps the weights of its bias correction in float32."


def zoo(name: str, request: dict[str, Any], arguments: dict[str, Any], label: str = "", **common: Any) -> Case:
    """An optimizer of the paper's convention beside that of pytorch_optimizer."""
    return Case({"convention": "paper", **request}, framework="pytorch_optimizer", name=name, arguments=arguments, label=label, **common)


CASES = (
    *cases(
        "optax",
        ("adabelief", {"learning_rate": 0.01}),
        ("adabelief", {**MOMENTS, "eps_root": 1e-6, "nesterov": True}),
        ("yogi", {"learning_rate": 0.01}),
        ("yogi", MOMENTS),
        ("acprop", {"learning_rate": 0.01}),
        ("acprop", {**MOMENTS, "eps_root": 1e-6, "weight_decay": 0.1}),
        ("adopt", {"learning_rate": 0.01}),
        ("adopt", {**MOMENTS, "nesterov": True}),
        ("adopt", {**MOMENTS, "use_clipping": False}),
        ("adan", {"learning_rate": 0.01}),
        ("adan", {**MOMENTS, "b3": 0.9, "eps_root": 1e-6, "weight_decay": 0.1}),
        ("ademamix", {"learning_rate": 0.01}),
        ("ademamix", {**MOMENTS, "b3": 0.99, "alpha": 2.0, "eps_root": 1e-6, "weight_decay": 0.1}),
        ("simplified_ademamix", {"learning_rate": 0.01}),
        ("simplified_ademamix", {**MOMENTS, "alpha": 2.0, "eps_root": 1e-6, "weight_decay": 0.1}),
        ("optimistic_adam", {"learning_rate": 0.01}),
        ("optimistic_adam", {**MOMENTS, "optimism": 0.03, "eps_root": 1e-6, "nesterov": False}),
        ("optimistic_adam_v2", {"learning_rate": 0.01}),
        ("optimistic_adam_v2", {**MOMENTS, "alpha": 0.5, "beta": 2.0, "eps_root": 1e-6, "nesterov": False}),
        ("adam", {"learning_rate": 0.01, "b1": 0.0, "b2": 0.0}),
    ),
    zoo("AdaBelief", {"name": "adabelief", "eps": 1e-16, "eps_root": 1e-16}, {}, "defaults"),
    zoo(
        "Adan",
        {"name": "adan", "lr": 0.01, "beta1": 0.8, "beta2": 0.9, "beta3": 0.95, "eps": 1e-4, "weight_decay": 0.1},
        {"lr": 0.01, "betas": [0.8, 0.9, 0.95], "eps": 1e-4, "weight_decay": 0.1},
    ),
    zoo(
        "AdEMAMix",
        {"name": "ademamix", "lr": 0.01, **BETAS, "beta3": 0.99, "alpha": 2.0, "warmup_steps": 20, "weight_decay": 0.1},
        {"lr": 0.01, "betas": [0.8, 0.95, 0.99], "alpha": 2.0, "t_alpha_beta3": 20, "weight_decay": 0.1, "weight_decouple": True},
    ),
    zoo("LaProp", {"name": "laprop", "eps_mode": "hat", "eps_root": ADDED}, {"foreach": False}, "defaults"),
    zoo(
        "LaProp",
        {"name": "laprop", "lr": 0.01, **BETAS, "eps": 1e-4, "eps_mode": "hat", "eps_root": ADDED},
        {"lr": 0.01, "betas": [0.8, 0.95], "eps": 1e-4, "foreach": False},
    ),
    zoo("QHAdam", {"name": "qhadam", "beta1": 0.9, "nu1": 1.0}, {}, "defaults", bound=1e-6, because=FLOAT32),
    zoo(
        "QHAdam",
        {"name": "qhadam", "lr": 0.01, **BETAS, "nu1": 0.7, "nu2": 0.6, "eps": 1e-4, "weight_decay": 0.1},
        {"lr": 0.01, "betas": [0.8, 0.95], "nus": [0.7, 0.6], "eps": 1e-4, "weight_decay": 0.1},
        bound=1e-6,
        because=FLOAT32,
    ),
    zoo("AdaBound", {"name": "adabound", "eps_root": ADDED}, {}, "defaults"),
    zoo(
        "AdaBound",
        {
            "name": "adabound",
            "lr": 0.01,
            **BETAS,
            "final_lr": 0.05,
            "gamma": 0.1,
            "eps": 1e-4,
            "eps_root": ADDED,
            "weight_decay": 0.1,
            "weight_decay_mode": "decoupled",
            "amsgrad": True,
        },
        {
            "lr": 0.01,
            "betas": [0.8, 0.95],
            "final_lr": 0.05,
            "gamma": 0.1,
            "eps": 1e-4,
            "weight_decay": 0.1,
            "ams_bound": True,
        },
    ),
    zoo("AdaMod", {"name": "adamod", "beta2": 0.99, "beta3": 0.9999, "eps_mode": "hat", "m_correction": "rate"}, {}, "defaults"),
    zoo(
        "AdaMod",
        {"name": "adamod", "lr": 0.01, **BETAS, "beta3": 0.9, "eps": 1e-4, "eps_mode": "hat", "m_correction": "rate", "weight_decay": 0.1},
        {"lr": 0.01, "betas": [0.8, 0.95, 0.9], "eps": 1e-4, "weight_decay": 0.1},
    ),
    zoo("DiffGrad", {"name": "diffgrad", "eps_mode": "hat", "eps_root": ADDED}, {}, "defaults"),
    zoo(
        "DiffGrad",
        {"name": "diffgrad", "lr": 0.01, **BETAS, "eps": 1e-4, "eps_mode": "hat", "eps_root": ADDED, "weight_decay": 0.1},
        {"lr": 0.01, "betas": [0.8, 0.95], "eps": 1e-4, "weight_decay": 0.1, "weight_decouple": False},
    ),
    zoo("PAdam", {"name": "padam", "p": 0.25, "amsgrad": False, "bias_correction": True, "eps": 1e-8}, {}, "defaults"),
    zoo(
        "PAdam",
        {
            "name": "padam",
            "lr": 0.01,
            **BETAS,
            "p": 0.4,
            "amsgrad": False,
            "bias_correction": True,
            "eps": 1e-4,
            "weight_decay": 0.1,
        },
        {"lr": 0.01, "betas": [0.8, 0.95], "partial": 0.4, "eps": 1e-4, "weight_decay": 0.1},
    ),
    zoo("StableAdamW", {"name": "stableadamw", "lr": 1e-3, "weight_decay": 1e-2}, {}, "defaults"),
    zoo(
        "StableAdamW",
        {"name": "stableadamw", "lr": 0.01, **BETAS, "eps": 1e-4, "weight_decay": 0.1},
        {"lr": 0.01, "betas": [0.8, 0.95], "eps": 1e-4, "weight_decay": 0.1},
    ),
)

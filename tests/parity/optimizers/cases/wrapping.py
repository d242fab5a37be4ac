"""What may stand around an optimizer: another sign, loss scales, accumulated and clipped gradients, averages, lookahead."""

from case import cases

AVERAGED = {"use_ema": True, "ema_momentum": 0.9}
DECAYED = {"learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.1}


CASES = (
    *cases(
        "torch",
        ("SGD", {"lr": 0.01, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1, "maximize": True}),
        ("Adam", {"lr": 0.01, "weight_decay": 0.1, "maximize": True}),
        ("Adagrad", {"lr": 0.01, "weight_decay": 0.1, "maximize": True, "foreach": False}),
        ("AdamW", {"lr": 0.01, "maximize": True, "amsgrad": True}),
    ),
    *cases(
        "keras",
        ("SGD", {**DECAYED, "clipnorm": 1.0}),
        ("SGD", {**DECAYED, "clipvalue": 0.5}),
        ("SGD", {**DECAYED, "global_clipnorm": 1.0}),
        ("SGD", {**DECAYED, "loss_scale_factor": 128.0}),
        ("SGD", {**DECAYED, "gradient_accumulation_steps": 3}),
        ("SGD", {**DECAYED, **AVERAGED, "ema_overwrite_frequency": 5}),
        (
            "Adam",
            {"learning_rate": 0.01, "gradient_accumulation_steps": 4, **AVERAGED, "ema_overwrite_frequency": 3},
        ),
        (
            "RMSprop",
            {
                "learning_rate": 0.01,
                "momentum": 0.5,
                "centered": True,
                "weight_decay": 0.1,
                "clipnorm": 2.0,
                "loss_scale_factor": 8.0,
                "gradient_accumulation_steps": 2,
                "use_ema": True,
                "ema_momentum": 0.5,
                "ema_overwrite_frequency": 4,
            },
        ),
    ),
)

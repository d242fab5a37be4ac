"""Gradient descent, momentum and Nesterov's momentum as students write them."""

from __future__ import annotations

from tests.students.catalogue.code import CLIPPED, FLAT, Wrong, rule

STEP = {
    "int_params": "w = np.trunc(w - lr * (g + weight_decay * w))",
    "wrong_sign": "w = w + lr * (g + weight_decay * w)",
    "lr_missing": "w = w - (g + weight_decay * w)",
    "lr_twice": "w = w - lr * lr * (g + weight_decay * w)",
    "no_step": "w = w",
    "update_returned": "w = -lr * (g + weight_decay * w)",
}

GRADIENT_DESCENT = rule(
    "gradient descent",
    {"name": "sgd", "lr": 0.05, "weight_decay": 0.1},
    "",
    "lr weight_decay",
    "w = w - lr * (g + weight_decay * w)",
    {
        **STEP,
        **CLIPPED,
        "gradient_divided": "w = w - lr * (g / g.size + weight_decay * w)",
        "wd_without_params": "w = w - lr * (g + weight_decay)",
        "wd_without_lr": "w = w - lr * g - weight_decay * w",
        "wd_sign": "w = w - lr * (g - weight_decay * w)",
        "wd_ignored": "w = w - lr * g",
        "wd_twice": "w = w - lr * (g + 2 * weight_decay * w)",
        "normalised_gradient": Wrong(
            """
g = g + weight_decay * w
w = w - lr * g / np.sqrt(np.sum(g**2))
""",
            whole=True,
            shapes=FLAT,
        ),
    },
)

MOMENTUM = rule(
    "momentum",
    {"name": "sgd", "lr": 0.05, "momentum": 0.9, "weight_decay": 0.1},
    "velocity",
    "lr momentum weight_decay",
    """
g = g + weight_decay * w
velocity = momentum * velocity + g
w = w - lr * velocity
""",
    {
        "momentum_missing_on_velocity": "velocity = velocity + g",
        "velocity_not_accumulated": "velocity = g",
        "momentum_squared": "velocity = momentum**2 * velocity + g",
        "momentum_complement": "velocity = (1 - momentum) * velocity + momentum * g",
        "momentum_on_gradient": "velocity = velocity + momentum * g",
        "first_velocity_lost": "velocity = momentum * (velocity + g)",
        "velocity_added_to_itself": "velocity = velocity + momentum * velocity + g",
        "gradient_divided": "g = g / g.size + weight_decay * w",
        "wd_without_params": "g = g + weight_decay",
        "wd_decoupled": "g = g\nw = w - lr * (velocity + weight_decay * w)",
        "wd_without_lr": "g = g\nw = w - lr * velocity - weight_decay * w",
        "wd_sign": "g = g - weight_decay * w",
        "wd_ignored": "g = g",
        "wd_twice": "g = g + 2 * weight_decay * w",
        "wd_both": "w = w - lr * (velocity + weight_decay * w)",
        "gradient_averaged": "g = np.mean(g) + weight_decay * w",
        "gradient_summed": "g = np.sum(g) + weight_decay * w",
        "gradient_clipped": "g = np.clip(g, -1.0, 1.0) + weight_decay * w",
        "gradient_norm_clipped": Wrong("g = g / max(1.0, np.linalg.norm(g)) + weight_decay * w", shapes=FLAT),
        "state_not_returned": Wrong("g = g + weight_decay * w\nw = w - lr * (momentum * velocity + g)", whole=True),
        "int_state": "w = w - lr * velocity; velocity = velocity.astype(int)",
        "int_params": "w = np.trunc(w - lr * velocity)",
        "wrong_sign": "w = w + lr * velocity",
        "lr_missing": "w = w - velocity",
        "lr_twice": "w = w - lr * lr * velocity",
        "old_velocity": Wrong("g = g + weight_decay * w\nw = w - lr * velocity\nvelocity = momentum * velocity + g", whole=True),
        "nesterov_unasked": "w = w - lr * (g + momentum * velocity)",
        "no_step": "w = w",
        "update_returned": "w = -lr * velocity",
    },
)

NESTEROV = rule(
    "nesterov",
    {"name": "sgd", "convention": "keras", "lr": 0.05, "momentum": 0.9, "nesterov": True},
    "velocity",
    "lr momentum",
    """
velocity = momentum * velocity - lr * g
w = w + momentum * velocity - lr * g
""",
    {
        "momentum_missing_on_velocity": "velocity = velocity - lr * g",
        "velocity_not_accumulated": "velocity = -lr * g",
        "momentum_squared": "velocity = momentum**2 * velocity - lr * g",
        "momentum_complement": "velocity = (1 - momentum) * velocity - momentum * lr * g",
        "momentum_on_gradient": "velocity = velocity - momentum * lr * g",
        "first_velocity_lost": "velocity = momentum * (velocity - lr * g)",
        "velocity_added_to_itself": "velocity = velocity + momentum * velocity - lr * g",
        "gradient_divided": "g = g / g.size",
        "state_not_returned": Wrong("new = momentum * velocity - lr * g\nw = w + momentum * new - lr * g", whole=True),
        "int_state": "w = w + momentum * velocity - lr * g; velocity = velocity.astype(int)",
        "int_params": "w = np.trunc(w + momentum * velocity - lr * g)",
        "wrong_sign_of_velocity": "w = w - velocity",
        "wrong_sign_in_velocity": "velocity = momentum * velocity + lr * g",
        "lr_missing": "velocity = momentum * velocity - g\nw = w + momentum * velocity - g",
        "lr_twice": "velocity = momentum * velocity - lr * lr * g\nw = w + momentum * velocity - lr * lr * g",
        "lr_in_velocity_and_step": "w = w + lr * velocity",
        "old_velocity": Wrong("w = w + velocity\nvelocity = momentum * velocity - lr * g", whole=True),
        "nesterov_plain": "w = w + velocity",
        "nesterov_momentum_twice": Wrong(
            """
before = velocity
velocity = momentum * velocity - lr * g
w = w + momentum**2 * before + momentum * velocity - lr * g
""",
            whole=True,
        ),
        "nesterov_velocity_whole": "w = w + velocity - lr * g",
        "velocity_sign": "velocity = momentum * velocity + lr * g\nw = w - (momentum * velocity + lr * g)",
        "velocity_too_early": "w = w + momentum**2 * velocity - (1 + momentum) * lr * g",
        **CLIPPED,
        "no_step": "w = w",
        "update_returned": "w = momentum * velocity - lr * g",
    },
)

RULES = (GRADIENT_DESCENT, MOMENTUM, NESTEROV)

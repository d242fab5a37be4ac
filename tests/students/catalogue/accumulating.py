"""Adagrad, Adadelta and RMSprop as students write them."""

from __future__ import annotations

from tests.students.catalogue.code import CLIPPED, FLAT, KEEPING, Wrong, rule

ADAGRAD = rule(
    "adagrad",
    {"name": "adagrad", "lr": 0.05, "lr_decay": 0.1},
    "accumulator",
    "lr eps lr_decay",
    """
accumulator = accumulator + g**2
rate = lr / (1 + (t - 1) * lr_decay)
w = w - rate * g / (np.sqrt(accumulator) + eps)
""",
    {
        **CLIPPED,
        "square_for_root": "w = w - rate * g / (accumulator**2 + eps)",
        "adagrad_decayed": "accumulator = 0.9 * accumulator + 0.1 * g**2",
        "accumulator_not_squared": "accumulator = accumulator + g",
        "accumulator_not_accumulated": "accumulator = g**2",
        "eps_inside_sqrt": "w = w - rate * g / np.sqrt(accumulator + eps)",
        "eps_missing": "w = w - rate * g / np.sqrt(accumulator)",
        "eps_paren": "w = w - (rate * g / np.sqrt(accumulator) + eps)",
        "eps_paren_times_lr": "w = w - rate * (g / np.sqrt(accumulator) + eps)",
        "eps_added_to_params": "w = w - rate * g / np.sqrt(accumulator) + eps",
        "sqrt_missing": "w = w - rate * g / (accumulator + eps)",
        "double_sqrt": "w = w - rate * g / (np.sqrt(np.sqrt(accumulator)) + eps)",
        "norm_instead_of_elementwise": Wrong("accumulator = accumulator + np.linalg.norm(g) ** 2", shapes=FLAT),
        "state_not_returned": Wrong(
            """
total = accumulator + g**2
rate = lr / (1 + (t - 1) * lr_decay)
w = w - rate * g / (np.sqrt(total) + eps)
""",
            whole=True,
        ),
        "int_state": "w = w - rate * g / (np.sqrt(accumulator) + eps); accumulator = accumulator.astype(int)",
        "int_params": "w = np.trunc(w - rate * g / (np.sqrt(accumulator) + eps))",
        "wrong_sign": "w = w + rate * g / (np.sqrt(accumulator) + eps)",
        "lr_missing": "w = w - g / (np.sqrt(accumulator) + eps) / (1 + (t - 1) * lr_decay)",
        "lr_twice": "w = w - lr * rate * g / (np.sqrt(accumulator) + eps)",
        "lr_decayed_in_place": Wrong("rate = lr = lr / (1 + (t - 1) * lr_decay)", shapes=KEEPING, keeps=("lr",)),
        "lr_decay_ignored": "rate = lr",
        "old_square": Wrong(
            """
rate = lr / (1 + (t - 1) * lr_decay)
w = w - rate * g / (np.sqrt(accumulator) + eps)
accumulator = accumulator + g**2
""",
            whole=True,
        ),
        "gradient_squared_in_step": "w = w - rate * g**2 / (np.sqrt(accumulator) + eps)",
        "no_step": "w = w",
        "update_returned": "w = -rate * g / (np.sqrt(accumulator) + eps)",
    },
)

ADADELTA = rule(
    "adadelta",
    {"name": "adadelta", "lr": 0.5},
    "v u",
    "lr rho eps",
    """
v = rho * v + (1 - rho) * g**2
delta = np.sqrt(u + eps) / np.sqrt(v + eps) * g
u = rho * u + (1 - rho) * delta**2
w = w - lr * delta
""",
    {
        "beta_complement_v": "v = (1 - rho) * v + rho * g**2",
        "one_minus_beta_missing_v": "v = rho * v + g**2",
        "beta_missing_on_v": "v = v + (1 - rho) * g**2",
        "v_not_accumulated": "v = (1 - rho) * g**2",
        "not_squared": "v = rho * v + (1 - rho) * g",
        "absolute_for_square": "v = rho * v + (1 - rho) * np.abs(g)",
        "square_of_product": "v = rho * v + ((1 - rho) * g) ** 2",
        "v_of_params": "v = rho * v + (1 - rho) * w**2",
        "rmsprop_accumulated": "v = v + g**2",
        **CLIPPED,
        "bias_correction_of_v_unasked": "delta = np.sqrt(u + eps) / np.sqrt(v / (1 - rho**t) + eps) * g",
        "adadelta_u_of_gradients": "u = rho * u + (1 - rho) * g**2",
        "v_added_to_itself": "v = v + rho * v + (1 - rho) * g**2",
        "average_brackets_missing_v": "v = rho * v + 1 - rho * g**2",
        "adadelta_u_not_squared": "u = rho * u + (1 - rho) * delta",
        "adadelta_u_complement": "u = (1 - rho) * u + rho * delta**2",
        "adadelta_u_not_stored": "u = u",
        "adadelta_inverted": "delta = np.sqrt(v + eps) / np.sqrt(u + eps) * g",
        "adadelta_sqrt_missing_above": "delta = (u + eps) / np.sqrt(v + eps) * g",
        "adadelta_sqrt_missing_in_both": "delta = (u + eps) / (v + eps) * g",
        "adadelta_eps_outside_both": "delta = (np.sqrt(u) + eps) / (np.sqrt(v) + eps) * g",
        "adadelta_eps_missing_above": "delta = np.sqrt(u) / np.sqrt(v + eps) * g",
        "adadelta_eps_missing_in_both": "delta = np.sqrt(u) / np.sqrt(v) * g",
        "adadelta_updates_unused": "delta = g / np.sqrt(v + eps)",
        "adadelta_u_after_lr": "u = rho * u + (1 - rho) * (lr * delta) ** 2",
        "eps_outside_sqrt": "delta = np.sqrt(u + eps) / (np.sqrt(v) + eps) * g",
        "eps_missing": "delta = np.sqrt(u + eps) / np.sqrt(v) * g",
        "sqrt_missing": "delta = np.sqrt(u + eps) / (v + eps) * g",
        "norm_instead_of_elementwise": Wrong("v = rho * v + (1 - rho) * np.linalg.norm(g) ** 2", shapes=FLAT),
        "state_not_returned": Wrong(
            """
s = rho * v + (1 - rho) * g**2
delta = np.sqrt(u + eps) / np.sqrt(s + eps) * g
w = w - lr * delta
""",
            whole=True,
        ),
        "int_state": "w = w - lr * delta; v, u = v.astype(int), u.astype(int)",
        "int_params": "w = np.trunc(w - lr * delta)",
        "wrong_sign": "w = w + lr * delta",
        "lr_missing": "w = w - delta",
        "lr_twice": "w = w - lr * lr * delta",
        "no_step": "w = w",
        "update_returned": "w = -lr * delta",
    },
)

#: RMSprop's average, right in neither.
AVERAGE = {
    "beta_complement_v": "v = (1 - rho) * v + rho * g**2",
    "one_minus_beta_missing_v": "v = rho * v + g**2",
    "beta_missing_on_v": "v = v + (1 - rho) * g**2",
    "v_not_accumulated": "v = (1 - rho) * g**2",
    "not_squared": "v = rho * v + (1 - rho) * g",
    "absolute_for_square": "v = rho * v + (1 - rho) * np.abs(g)",
    "square_of_product": "v = rho * v + ((1 - rho) * g) ** 2",
    "v_of_params": "v = rho * v + (1 - rho) * w**2",
    "rmsprop_accumulated": "v = v + g**2",
    "v_added_to_itself": "v = v + rho * v + (1 - rho) * g**2",
    "average_brackets_missing_v": "v = rho * v + 1 - rho * g**2",
    "norm_instead_of_elementwise": Wrong("v = rho * v + (1 - rho) * np.linalg.norm(g) ** 2", shapes=FLAT),
}

RMSPROP = rule(
    "rmsprop",
    {"name": "rmsprop", "lr": 0.01},
    "v",
    "lr rho eps",
    """
v = rho * v + (1 - rho) * g**2
w = w - lr * g / (np.sqrt(v) + eps)
""",
    {
        **AVERAGE,
        **CLIPPED,
        "bias_correction_of_v_unasked": "w = w - lr * g / (np.sqrt(v / (1 - rho**t)) + eps)",
        "square_for_root": "w = w - lr * g / (v**2 + eps)",
        "times_root": "w = w - lr * g * (np.sqrt(v) + eps)",
        "eps_inside_sqrt": "w = w - lr * g / np.sqrt(v + eps)",
        "eps_missing": "w = w - lr * g / np.sqrt(v)",
        "eps_paren": "w = w - (lr * g / np.sqrt(v) + eps)",
        "eps_paren_times_lr": "w = w - lr * (g / np.sqrt(v) + eps)",
        "eps_added_to_params": "w = w - lr * g / np.sqrt(v) + eps",
        "sqrt_missing": "w = w - lr * g / (v + eps)",
        "double_sqrt": "w = w - lr * g / (np.sqrt(np.sqrt(v)) + eps)",
        "state_not_returned": Wrong(
            """
cache = rho * v + (1 - rho) * g**2
w = w - lr * g / (np.sqrt(cache) + eps)
""",
            whole=True,
        ),
        "int_state": "w = w - lr * g / (np.sqrt(v) + eps); v = v.astype(int)",
        "int_params": "w = np.trunc(w - lr * g / (np.sqrt(v) + eps))",
        "wrong_sign": "w = w + lr * g / (np.sqrt(v) + eps)",
        "lr_missing": "w = w - g / (np.sqrt(v) + eps)",
        "lr_twice": "w = w - lr**2 * g / (np.sqrt(v) + eps)",
        "old_square": Wrong("w = w - lr * g / (np.sqrt(v) + eps)\nv = rho * v + (1 - rho) * g**2", whole=True),
        "current_square": "w = w - lr * g / (np.sqrt(g**2) + eps)",
        "gradient_squared_in_step": "w = w - lr * g**2 / (np.sqrt(v) + eps)",
        "no_step": "w = w",
        "update_returned": "w = -lr * g / (np.sqrt(v) + eps)",
    },
)

RMSPROP_WITH_MOMENTUM = rule(
    "rmsprop with momentum",
    {"name": "rmsprop", "lr": 0.01, "momentum": 0.9, "centered": True},
    "v g_mean velocity",
    "lr rho eps momentum",
    """
v = rho * v + (1 - rho) * g**2
g_mean = rho * g_mean + (1 - rho) * g
scaled = g / (np.sqrt(v - g_mean**2) + eps)
velocity = momentum * velocity + scaled
w = w - lr * velocity
""",
    {
        **AVERAGE,
        **CLIPPED,
        "square_for_root": "scaled = g / ((v - g_mean**2) ** 2 + eps)",
        "momentum_missing_on_velocity": "velocity = velocity + scaled",
        "velocity_not_accumulated": "velocity = scaled",
        "momentum_squared": "velocity = momentum**2 * velocity + scaled",
        "momentum_complement": "velocity = (1 - momentum) * velocity + momentum * scaled",
        "momentum_on_gradient": "velocity = velocity + momentum * scaled",
        "velocity_added_to_itself": "velocity = velocity + momentum * velocity + scaled",
        "eps_inside_sqrt": "scaled = g / np.sqrt(v - g_mean**2 + eps)",
        "eps_missing": "scaled = g / np.sqrt(v - g_mean**2)",
        "sqrt_missing": "scaled = g / (v - g_mean**2 + eps)",
        "double_sqrt": "scaled = g / (np.sqrt(np.sqrt(v - g_mean**2)) + eps)",
        "state_not_returned": Wrong(
            """
cache = rho * v + (1 - rho) * g**2
mean = rho * g_mean + (1 - rho) * g
step = momentum * velocity + g / (np.sqrt(cache - mean**2) + eps)
w = w - lr * step
""",
            whole=True,
        ),
        "int_state": "w = w - lr * velocity; v, g_mean, velocity = v.astype(int), g_mean.astype(int), velocity.astype(int)",
        "int_params": "w = np.trunc(w - lr * velocity)",
        "wrong_sign_with_velocity": "w = w + lr * velocity",
        "lr_missing": "w = w - velocity",
        "lr_twice": "w = w - lr * lr * velocity",
        "old_velocity": Wrong(
            """
v = rho * v + (1 - rho) * g**2
g_mean = rho * g_mean + (1 - rho) * g
w = w - lr * velocity
velocity = momentum * velocity + g / (np.sqrt(v - g_mean**2) + eps)
""",
            whole=True,
        ),
        "no_step": "w = w",
        "update_returned": "w = -lr * velocity",
    },
)

RULES = (ADAGRAD, ADADELTA, RMSPROP, RMSPROP_WITH_MOMENTUM)

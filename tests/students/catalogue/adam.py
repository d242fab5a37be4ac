"""The Adam family as students write it."""

from __future__ import annotations

from tests.students.catalogue.code import CLIPPED, FLAT, KEEPING, Wrong, rule

#: The two averages.
FIRST = {
    "beta_complement_m": "m = (1 - beta1) * m + beta1 * g",
    "one_minus_beta_missing_m": "m = beta1 * m + g",
    "beta_missing_on_m": "m = m + (1 - beta1) * g",
    "m_not_accumulated": "m = (1 - beta1) * g",
    "beta2_in_m": "m = beta2 * m + (1 - beta2) * g",
    "one_minus_beta2_on_gradient": "m = beta1 * m + (1 - beta2) * g",
    "m_added_to_itself": "m = m + beta1 * m + (1 - beta1) * g",
    "average_brackets_missing_m": "m = beta1 * m + 1 - beta1 * g",
    "beta2_on_old_m": "m = beta2 * m + (1 - beta1) * g",
}
SECOND = {
    "beta_complement_v": "v = (1 - beta2) * v + beta2 * g**2",
    "one_minus_beta_missing_v": "v = beta2 * v + g**2",
    "beta_missing_on_v": "v = v + (1 - beta2) * g**2",
    "v_not_accumulated": "v = (1 - beta2) * g**2",
    "not_squared": "v = beta2 * v + (1 - beta2) * g",
    "absolute_for_square": "v = beta2 * v + (1 - beta2) * np.abs(g)",
    "square_of_product": "v = beta2 * v + ((1 - beta2) * g) ** 2",
    "v_of_m": "v = beta2 * v + (1 - beta2) * m**2",
    "v_of_params": "v = beta2 * v + (1 - beta2) * w**2",
    "beta1_in_v": "v = beta1 * v + (1 - beta1) * g**2",
    "beta1_on_old_v": "v = beta1 * v + (1 - beta2) * g**2",
    "one_minus_beta1_on_square": "v = beta2 * v + (1 - beta1) * g**2",
    "v_added_to_itself": "v = v + beta2 * v + (1 - beta2) * g**2",
    "average_brackets_missing_v": "v = beta2 * v + 1 - beta2 * g**2",
    "norm_instead_of_elementwise": Wrong("v = beta2 * v + (1 - beta2) * np.linalg.norm(g) ** 2", shapes=FLAT),
}
BOTH = {
    "beta_complement": "m = (1 - beta1) * m + beta1 * g\nv = (1 - beta2) * v + beta2 * g**2",
    "one_minus_beta_missing": "m = beta1 * m + g\nv = beta2 * v + g**2",
    "beta_missing_on_state": "m = m + (1 - beta1) * g\nv = v + (1 - beta2) * g**2",
    "not_accumulated": "m = (1 - beta1) * g\nv = (1 - beta2) * g**2",
    "added_to_itself": "m = m + beta1 * m + (1 - beta1) * g\nv = v + beta2 * v + (1 - beta2) * g**2",
    "average_brackets_missing": "m = beta1 * m + 1 - beta1 * g\nv = beta2 * v + 1 - beta2 * g**2",
    "betas_swapped": "m = beta2 * m + (1 - beta2) * g\nv = beta1 * v + (1 - beta1) * g**2",
}
AVERAGES = {**FIRST, **SECOND, **BOTH, **CLIPPED}

#: What is about t, whatever is done with it.
CLOCK = {
    "t_zero": "t = t - 1",
    "t_off_by_one": "t = t + 1",
    "t_not_advanced": Wrong("", shapes=KEEPING, stays=("t",)),
}
PER_TENSOR = {"t_per_tensor": Wrong("t = (t - 1) * count + number + 1", shapes=("dls",))}

#: The corrected first average.
FIRST_CORRECTED = {
    "no_bias_m": "m_hat = m",
    "bias_no_power_m": "m_hat = m / (1 - beta1)",
    "bias_square_m": "m_hat = m / (1 - beta1**2)",
    "bias_mul_t_m": "m_hat = m / (1 - beta1 * t)",
    "bias_multiplied_m": "m_hat = m * (1 - beta1**t)",
    "bias_paren_m": "m_hat = m / (1 - beta1) ** t",
    "bias_beta2_for_both": "m_hat = m / (1 - beta2**t)",
}


#: The number of the layer, of W1, b1, W2 and so on.
LAYER = "(number // 2 + 1)"


def second_corrected(v: str) -> dict[str, str | Wrong]:
    """The corrected second average, and both; `v` is the name of what is corrected."""
    return {
        "no_bias_v": f"v_hat = {v}",
        "bias_no_power_v": f"v_hat = {v} / (1 - beta2)",
        "bias_square_v": f"v_hat = {v} / (1 - beta2**2)",
        "bias_mul_t_v": f"v_hat = {v} / (1 - beta2 * t)",
        "bias_multiplied_v": f"v_hat = {v} * (1 - beta2**t)",
        "bias_paren_v": f"v_hat = {v} / (1 - beta2) ** t",
        "bias_outside_root": f"v_hat = {v} / (1 - beta2**t) ** 2",
    }


def both_corrected(v: str) -> dict[str, str | Wrong]:
    """What is wrong in both corrections."""
    return {
        "no_bias_correction": f"m_hat = m\nv_hat = {v}",
        "bias_no_power": f"m_hat = m / (1 - beta1)\nv_hat = {v} / (1 - beta2)",
        "bias_square": f"m_hat = m / (1 - beta1**2)\nv_hat = {v} / (1 - beta2**2)",
        "bias_mul_t": f"m_hat = m / (1 - beta1 * t)\nv_hat = {v} / (1 - beta2 * t)",
        "bias_multiplied": f"m_hat = m * (1 - beta1**t)\nv_hat = {v} * (1 - beta2**t)",
        "bias_paren": f"m_hat = m / (1 - beta1) ** t\nv_hat = {v} / (1 - beta2) ** t",
        "bias_betas_swapped": f"m_hat = m / (1 - beta2**t)\nv_hat = {v} / (1 - beta1**t)",
        "bias_beta1_for_both": f"v_hat = {v} / (1 - beta1**t)",
        "layer_for_t": Wrong(f"m_hat = m / (1 - beta1**{LAYER})\nv_hat = {v} / (1 - beta2**{LAYER})", shapes=("dls",)),
        "betas_swapped_everywhere": BOTH["betas_swapped"] + f"\nm_hat = m / (1 - beta2**t)\nv_hat = {v} / (1 - beta1**t)",
    }


#: The last line of Adam and of AMSGrad.
STEP = {
    "eps_inside_sqrt": "w = w - lr * m_hat / np.sqrt(v_hat + eps)",
    "eps_hat": "w = w - lr * np.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v_hat * (1 - beta2**t)) + eps)",
    "eps_missing": "w = w - lr * m_hat / np.sqrt(v_hat)",
    "eps_paren": "w = w - (lr * m_hat / np.sqrt(v_hat) + eps)",
    "eps_paren_times_lr": "w = w - lr * (m_hat / np.sqrt(v_hat) + eps)",
    "eps_added_to_params": "w = w - lr * m_hat / np.sqrt(v_hat) + eps",
    "sqrt_missing": "w = w - lr * m_hat / (v_hat + eps)",
    "double_sqrt": "w = w - lr * m_hat / (np.sqrt(np.sqrt(v_hat)) + eps)",
    "bias_twice": "w = w - lr * np.sqrt(1 - beta2**t) / (1 - beta1**t) * m_hat / (np.sqrt(v_hat) + eps)",
    "int_params": "w = np.trunc(w - lr * m_hat / (np.sqrt(v_hat) + eps))",
    "wrong_sign": "w = w + lr * m_hat / (np.sqrt(v_hat) + eps)",
    "lr_missing": "w = w - m_hat / (np.sqrt(v_hat) + eps)",
    "lr_twice": "w = w - lr**2 * m_hat / (np.sqrt(v_hat) + eps)",
    "raw_gradient_step": "w = w - lr * g / (np.sqrt(v_hat) + eps)",
    "denominator_missing": "w = w - lr * m_hat",
    "square_for_root": "w = w - lr * m_hat / (v_hat**2 + eps)",
    "times_root": "w = w - lr * m_hat * (np.sqrt(v_hat) + eps)",
    "no_step": "w = w",
    "update_returned": "w = -lr * m_hat / (np.sqrt(v_hat) + eps)",
}
SHARED = """
m = beta1 * m + (1 - beta1) * g
m = beta2 * m + (1 - beta2) * g**2
v = m
"""
RATE_IN_PLACE = "lr = lr * np.sqrt(1 - beta2**t) / (1 - beta1**t)"

NADAM_FORGETS = """
mu = beta1 * (1 - 0.5 * 0.96 ** (t * 0.004))
mu_next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * 0.004))
new_m = beta1 * m + (1 - beta1) * g
product = mu_product * mu
m_bar = mu_next * new_m / (1 - product * mu_next) + (1 - mu) * g / (1 - product)
v_hat = (beta2 * v + (1 - beta2) * g**2) / (1 - beta2**t)
w = w - lr * m_bar / (np.sqrt(v_hat) + eps)
"""

#: How much RAdam shortens its step, and from when on it divides at all.
RECTIFICATION = """
rho_inf = 2 / (1 - beta2) - 1
rho = rho_inf - 2 * t * beta2**t / (1 - beta2**t)
r = np.sqrt(np.abs((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho)))
"""
RADAM_FORGETS = (
    RECTIFICATION
    + """
m_hat = (beta1 * m + (1 - beta1) * g) / (1 - beta1**t)
new_v = beta2 * v + (1 - beta2) * g**2
denominator = (np.sqrt(new_v) + eps) / np.sqrt(1 - beta2**t)
w = w - lr * (r * m_hat / denominator if rho > 5 else m_hat)
"""
)

BRACKETS = {
    "bias_brackets_missing": "m_hat = m / 1 - beta1**t\nv_hat = v / 1 - beta2**t",
    "bias_brackets_missing_m": "m_hat = m / 1 - beta1**t",
    "bias_brackets_missing_v": "v_hat = v / 1 - beta2**t",
}

ADAM = rule(
    "adam",
    {"name": "adam"},
    "m v",
    "lr beta1 beta2 eps",
    """
m = beta1 * m + (1 - beta1) * g
v = beta2 * v + (1 - beta2) * g**2
m_hat = m / (1 - beta1**t)
v_hat = v / (1 - beta2**t)
w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
""",
    {
        **AVERAGES,
        **CLOCK,
        **PER_TENSOR,
        **FIRST_CORRECTED,
        **BRACKETS,
        **second_corrected("v"),
        **both_corrected("v"),
        **STEP,
        "current_square": "w = w - lr * m_hat / (np.sqrt(g**2) + eps)",
        "state_overwritten": Wrong(
            """
m = beta1 * m + (1 - beta1) * g
v = beta2 * v + (1 - beta2) * g**2
m = m / (1 - beta1**t)
v = v / (1 - beta2**t)
w = w - lr * m / (np.sqrt(v) + eps)
""",
            whole=True,
        ),
        "state_overwritten_m": "w = w - lr * m_hat / (np.sqrt(v_hat) + eps); m = m_hat",
        "state_overwritten_v": "w = w - lr * m_hat / (np.sqrt(v_hat) + eps); v = v_hat",
        "state_not_returned": Wrong(
            """
m_hat = (beta1 * m + (1 - beta1) * g) / (1 - beta1**t)
v_hat = (beta2 * v + (1 - beta2) * g**2) / (1 - beta2**t)
w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
""",
            whole=True,
        ),
        "nothing_stored": Wrong(
            """
m_hat = (beta1 * m + (1 - beta1) * g) / (1 - beta1**t)
v_hat = (beta2 * v + (1 - beta2) * g**2) / (1 - beta2**t)
w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
""",
            whole=True,
            shapes=KEEPING,
            stays=("t",),
        ),
        "int_state": "w = w - lr * m_hat / (np.sqrt(v_hat) + eps); m, v = m.astype(int), v.astype(int)",
        "state_aliased": Wrong(
            SHARED + "m_hat = m / (1 - beta1**t)\nv_hat = v / (1 - beta2**t)\nw = w - lr * m_hat / (np.sqrt(v_hat) + eps)", whole=True
        ),
        "correction_in_place": Wrong(f"{RATE_IN_PLACE}\nw = w - lr * m / (np.sqrt(v) + eps)", shapes=KEEPING, keeps=("lr",)),
        "old_m": Wrong(
            """
m_hat = m / (1 - beta1**t)
m = beta1 * m + (1 - beta1) * g
v = beta2 * v + (1 - beta2) * g**2
v_hat = v / (1 - beta2**t)
w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
""",
            whole=True,
        ),
        "old_square": Wrong(
            """
v_hat = v / (1 - beta2**t)
m = beta1 * m + (1 - beta1) * g
v = beta2 * v + (1 - beta2) * g**2
m_hat = m / (1 - beta1**t)
w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
""",
            whole=True,
        ),
    },
)

ADAMW = rule(
    "adamw",
    {"name": "adamw", "weight_decay": 0.1},
    "m v",
    "lr beta1 beta2 eps weight_decay",
    """
m = beta1 * m + (1 - beta1) * g
v = beta2 * v + (1 - beta2) * g**2
m_hat = m / (1 - beta1**t)
v_hat = v / (1 - beta2**t)
w = w - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * w)
""",
    {
        **AVERAGES,
        **CLOCK,
        **PER_TENSOR,
        **FIRST_CORRECTED,
        **BRACKETS,
        **second_corrected("v"),
        **both_corrected("v"),
        "eps_inside_sqrt": "w = w - lr * (m_hat / np.sqrt(v_hat + eps) + weight_decay * w)",
        "eps_hat": "w = w - lr * (np.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + eps) + weight_decay * w)",
        "eps_missing": "w = w - lr * (m_hat / np.sqrt(v_hat) + weight_decay * w)",
        "eps_paren": "w = w - (lr * (m_hat / np.sqrt(v_hat) + weight_decay * w) + eps)",
        "eps_paren_times_lr": "w = w - lr * (m_hat / np.sqrt(v_hat) + eps + weight_decay * w)",
        "eps_added_to_params": "w = w - lr * (m_hat / np.sqrt(v_hat) + weight_decay * w) + eps",
        "sqrt_missing": "w = w - lr * (m_hat / (v_hat + eps) + weight_decay * w)",
        "double_sqrt": "w = w - lr * (m_hat / (np.sqrt(np.sqrt(v_hat)) + eps) + weight_decay * w)",
        "bias_twice": "w = w - lr * (np.sqrt(1 - beta2**t) / (1 - beta1**t) * m_hat / (np.sqrt(v_hat) + eps) + weight_decay * w)",
        "square_for_root": "w = w - lr * (m_hat / (v_hat**2 + eps) + weight_decay * w)",
        "times_root": "w = w - lr * (m_hat * (np.sqrt(v_hat) + eps) + weight_decay * w)",
        "state_overwritten_m": "w = w - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * w); m = m_hat",
        "state_overwritten_v": "w = w - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * w); v = v_hat",
        "current_square": "w = w - lr * (m_hat / (np.sqrt(g**2) + eps) + weight_decay * w)",
        "wd_in_fraction": "w = w - lr * (m_hat + weight_decay * w) / (np.sqrt(v_hat) + eps)",
        "wd_without_params": "w = w - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay)",
        "wd_after_step": "w = (w - lr * m_hat / (np.sqrt(v_hat) + eps)) * (1 - lr * weight_decay)",
        "wd_coupled": "g = g + weight_decay * w\nw = w - lr * m_hat / (np.sqrt(v_hat) + eps)",
        "wd_without_lr": "w = w - lr * m_hat / (np.sqrt(v_hat) + eps) - weight_decay * w",
        "wd_sign": "w = w - lr * (m_hat / (np.sqrt(v_hat) + eps) - weight_decay * w)",
        "wd_ignored": "w = w - lr * m_hat / (np.sqrt(v_hat) + eps)",
        "wd_twice": "w = w - lr * (m_hat / (np.sqrt(v_hat) + eps) + 2 * weight_decay * w)",
        "wd_both": "g = g + weight_decay * w",
        "state_overwritten": Wrong(
            """
m = beta1 * m + (1 - beta1) * g
v = beta2 * v + (1 - beta2) * g**2
m = m / (1 - beta1**t)
v = v / (1 - beta2**t)
w = w - lr * (m / (np.sqrt(v) + eps) + weight_decay * w)
""",
            whole=True,
        ),
        "state_not_returned": Wrong(
            """
m_hat = (beta1 * m + (1 - beta1) * g) / (1 - beta1**t)
v_hat = (beta2 * v + (1 - beta2) * g**2) / (1 - beta2**t)
w = w - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * w)
""",
            whole=True,
        ),
        "nothing_stored": Wrong(
            """
m_hat = (beta1 * m + (1 - beta1) * g) / (1 - beta1**t)
v_hat = (beta2 * v + (1 - beta2) * g**2) / (1 - beta2**t)
w = w - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * w)
""",
            whole=True,
            shapes=KEEPING,
            stays=("t",),
        ),
        "int_state": "w = w - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * w); m, v = m.astype(int), v.astype(int)",
        "int_params": "w = np.trunc(w - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * w))",
        "state_aliased": Wrong(
            SHARED
            + "m_hat = m / (1 - beta1**t)\nv_hat = v / (1 - beta2**t)\n"
            + "w = w - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * w)",
            whole=True,
        ),
        "correction_in_place": Wrong(
            f"{RATE_IN_PLACE}\nw = w - lr * (m / (np.sqrt(v) + eps) + weight_decay * w)", shapes=KEEPING, keeps=("lr",)
        ),
        "old_m": Wrong(
            """
m_hat = m / (1 - beta1**t)
m = beta1 * m + (1 - beta1) * g
v = beta2 * v + (1 - beta2) * g**2
v_hat = v / (1 - beta2**t)
w = w - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * w)
""",
            whole=True,
        ),
        "old_square": Wrong(
            """
v_hat = v / (1 - beta2**t)
m = beta1 * m + (1 - beta1) * g
v = beta2 * v + (1 - beta2) * g**2
m_hat = m / (1 - beta1**t)
w = w - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * w)
""",
            whole=True,
        ),
        "wrong_sign": "w = w + lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * w)",
        "lr_missing": "w = w - (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * w)",
        "lr_twice": "w = w - lr**2 * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * w)",
        "raw_gradient_step": "w = w - lr * (g / (np.sqrt(v_hat) + eps) + weight_decay * w)",
        "denominator_missing": "w = w - lr * (m_hat + weight_decay * w)",
        "wrong_sign_beside_decay": "w = w - lr * weight_decay * w + lr * m_hat / (np.sqrt(v_hat) + eps)",
        "lr_missing_beside_decay": "w = w - lr * weight_decay * w - m_hat / (np.sqrt(v_hat) + eps)",
        "lr_twice_beside_decay": "w = w - lr * weight_decay * w - lr**2 * m_hat / (np.sqrt(v_hat) + eps)",
        "no_step_beside_decay": "w = w - lr * weight_decay * w",
        "no_step": "w = w",
        "update_returned": "w = -lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * w)",
    },
)

AMSGRAD = rule(
    "amsgrad",
    {"name": "adam", "amsgrad": True},
    "m v v_max",
    "lr beta1 beta2 eps",
    """
m = beta1 * m + (1 - beta1) * g
v = beta2 * v + (1 - beta2) * g**2
v_max = np.maximum(v_max, v)
m_hat = m / (1 - beta1**t)
v_hat = v_max / (1 - beta2**t)
w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
""",
    {
        **AVERAGES,
        **CLOCK,
        **PER_TENSOR,
        **FIRST_CORRECTED,
        **second_corrected("v_max"),
        **both_corrected("v_max"),
        **STEP,
        "state_overwritten_m": "w = w - lr * m_hat / (np.sqrt(v_hat) + eps); m = m_hat",
        "amsgrad_order": "v_max = np.maximum(v_max, v / (1 - beta2**t))\nv_hat = v_max",
        "amsgrad_max_unused": "v_hat = v / (1 - beta2**t)",
        "amsgrad_max_stored": "v_max = v = np.maximum(v_max, v)",
        "state_not_returned": Wrong(
            """
new_v = beta2 * v + (1 - beta2) * g**2
m_hat = (beta1 * m + (1 - beta1) * g) / (1 - beta1**t)
v_hat = np.maximum(v_max, new_v) / (1 - beta2**t)
w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
""",
            whole=True,
        ),
        "nothing_stored": Wrong(
            """
new_v = beta2 * v + (1 - beta2) * g**2
m_hat = (beta1 * m + (1 - beta1) * g) / (1 - beta1**t)
v_hat = np.maximum(v_max, new_v) / (1 - beta2**t)
w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
""",
            whole=True,
            shapes=KEEPING,
            stays=("t",),
        ),
        "int_state": "w = w - lr * m_hat / (np.sqrt(v_hat) + eps); m, v, v_max = m.astype(int), v.astype(int), v_max.astype(int)",
        "state_aliased": Wrong(
            SHARED
            + "v_max = np.maximum(v_max, v)\nm_hat = m / (1 - beta1**t)\nv_hat = v_max / (1 - beta2**t)\n"
            + "w = w - lr * m_hat / (np.sqrt(v_hat) + eps)",
            whole=True,
        ),
        "correction_in_place": Wrong(f"{RATE_IN_PLACE}\nw = w - lr * m / (np.sqrt(v_max) + eps)", shapes=KEEPING, keeps=("lr",)),
        "old_m": Wrong(
            """
m_hat = m / (1 - beta1**t)
m = beta1 * m + (1 - beta1) * g
v = beta2 * v + (1 - beta2) * g**2
v_max = np.maximum(v_max, v)
v_hat = v_max / (1 - beta2**t)
w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
""",
            whole=True,
        ),
    },
)

ADAMAX = rule(
    "adamax",
    {"name": "adamax", "convention": "keras"},
    "m u",
    "lr beta1 beta2 eps",
    """
m = beta1 * m + (1 - beta1) * g
u = np.maximum(beta2 * u, np.abs(g))
m_hat = m / (1 - beta1**t)
w = w - lr * m_hat / (u + eps)
""",
    {
        **FIRST,
        **CLIPPED,
        **CLOCK,
        "state_overwritten_m": "w = w - lr * m_hat / (u + eps); m = m_hat",
        **{code: lines for code, lines in FIRST_CORRECTED.items() if code != "bias_beta2_for_both"},
        "eps_missing": "w = w - lr * m_hat / u",
        "eps_paren": "w = w - (lr * m_hat / u + eps)",
        "eps_paren_times_lr": "w = w - lr * (m_hat / u + eps)",
        "eps_added_to_params": "w = w - lr * m_hat / u + eps",
        "extra_sqrt": "w = w - lr * m_hat / (np.sqrt(u) + eps)",
        "minimum_for_maximum": "u = np.minimum(beta2 * u, np.abs(g))",
        "bias_correction_of_u": "w = w - lr * m_hat / (u / (1 - beta2**t) + eps)",
        "absolute_missing_in_max": "u = np.maximum(beta2 * u, g)",
        "state_not_returned": Wrong(
            """
m_hat = (beta1 * m + (1 - beta1) * g) / (1 - beta1**t)
w = w - lr * m_hat / (np.maximum(beta2 * u, np.abs(g)) + eps)
""",
            whole=True,
        ),
        "nothing_stored": Wrong(
            """
m_hat = (beta1 * m + (1 - beta1) * g) / (1 - beta1**t)
w = w - lr * m_hat / (np.maximum(beta2 * u, np.abs(g)) + eps)
""",
            whole=True,
            shapes=KEEPING,
            stays=("t",),
        ),
        "int_state": "w = w - lr * m_hat / (u + eps); m, u = m.astype(int), u.astype(int)",
        "int_params": "w = np.trunc(w - lr * m_hat / (u + eps))",
        "wrong_sign": "w = w + lr * m_hat / (u + eps)",
        "lr_missing": "w = w - m_hat / (u + eps)",
        "lr_twice": "w = w - lr * lr * m_hat / (u + eps)",
        "raw_gradient_step": "w = w - lr * g / (u + eps)",
        "old_m": Wrong(
            """
m_hat = m / (1 - beta1**t)
m = beta1 * m + (1 - beta1) * g
u = np.maximum(beta2 * u, np.abs(g))
w = w - lr * m_hat / (u + eps)
""",
            whole=True,
        ),
        "no_step": "w = w",
        "update_returned": "w = -lr * m_hat / (u + eps)",
    },
)

NADAM = rule(
    "nadam",
    {"name": "nadam"},
    "m v mu_product",
    "lr beta1 beta2 eps",
    """
mu = beta1 * (1 - 0.5 * 0.96 ** (t * 0.004))
mu_next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * 0.004))
m = beta1 * m + (1 - beta1) * g
v = beta2 * v + (1 - beta2) * g**2
mu_product = mu_product * mu
m_bar = mu_next * m / (1 - mu_product * mu_next) + (1 - mu) * g / (1 - mu_product)
v_hat = v / (1 - beta2**t)
w = w - lr * m_bar / (np.sqrt(v_hat) + eps)
""",
    {
        **AVERAGES,
        **CLOCK,
        **second_corrected("v"),
        "nadam_same_correction": "m_bar = beta1 * m / (1 - beta1**t) + (1 - beta1) * g / (1 - beta1**t)",
        "nadam_gradient_uncorrected": "m_bar = beta1 * m / (1 - beta1**t) + (1 - beta1) * g",
        "eps_inside_sqrt": "w = w - lr * m_bar / np.sqrt(v_hat + eps)",
        "eps_hat": "w = w - lr * m_bar / (np.sqrt(v_hat) + eps / np.sqrt(1 - beta2**t))",
        "eps_missing": "w = w - lr * m_bar / np.sqrt(v_hat)",
        "eps_paren": "w = w - (lr * m_bar / np.sqrt(v_hat) + eps)",
        "eps_paren_times_lr": "w = w - lr * (m_bar / np.sqrt(v_hat) + eps)",
        "eps_added_to_params": "w = w - lr * m_bar / np.sqrt(v_hat) + eps",
        "sqrt_missing": "w = w - lr * m_bar / (v_hat + eps)",
        "square_for_root": "w = w - lr * m_bar / (v_hat**2 + eps)",
        "times_root": "w = w - lr * m_bar * (np.sqrt(v_hat) + eps)",
        "double_sqrt": "w = w - lr * m_bar / (np.sqrt(np.sqrt(v_hat)) + eps)",
        "state_not_returned": Wrong(NADAM_FORGETS, whole=True),
        "nothing_stored": Wrong(NADAM_FORGETS, whole=True, shapes=KEEPING, stays=("t",)),
        "int_state": "w = w - lr * m_bar / (np.sqrt(v_hat) + eps); m, v = m.astype(int), v.astype(int)",
        "int_params": "w = np.trunc(w - lr * m_bar / (np.sqrt(v_hat) + eps))",
        "wrong_sign": "w = w + lr * m_bar / (np.sqrt(v_hat) + eps)",
        "lr_missing": "w = w - m_bar / (np.sqrt(v_hat) + eps)",
        "lr_twice": "w = w - lr**2 * m_bar / (np.sqrt(v_hat) + eps)",
        "raw_gradient_step": "w = w - lr * g / (np.sqrt(v_hat) + eps)",
        "denominator_missing": "w = w - lr * m_bar",
        "no_step": "w = w",
        "update_returned": "w = -lr * m_bar / (np.sqrt(v_hat) + eps)",
    },
    mu_product=1.0,
)

RADAM = rule(
    "radam",
    {"name": "radam"},
    "m v",
    "lr beta1 beta2 eps",
    RECTIFICATION
    + """
m = beta1 * m + (1 - beta1) * g
v = beta2 * v + (1 - beta2) * g**2
m_hat = m / (1 - beta1**t)
c2 = 1 - beta2**t
denominator = np.sqrt(v / c2) + eps / np.sqrt(c2)
direction = r * m_hat / denominator if rho > 5 else m_hat
w = w - lr * direction
""",
    {
        **AVERAGES,
        **PER_TENSOR,
        **CLOCK,
        "t_zero": "t = np.float64(t - 1)",
        **FIRST_CORRECTED,
        "bias_brackets_missing": "m_hat = m / 1 - beta1**t\ndenominator = np.sqrt(v / 1 - beta2**t) + eps / np.sqrt(c2)",
        "bias_brackets_missing_m": "m_hat = m / 1 - beta1**t",
        "bias_brackets_missing_v": "denominator = np.sqrt(v / 1 - beta2**t) + eps / np.sqrt(c2)",
        "no_bias_v": "c2 = 1",
        "bias_no_power_v": "c2 = 1 - beta2",
        "bias_square_v": "c2 = 1 - beta2**2",
        "bias_mul_t_v": "c2 = 1 - beta2 * t",
        "bias_multiplied_v": "c2 = 1 / (1 - beta2**t)",
        "bias_paren_v": "c2 = (1 - beta2) ** t",
        "bias_outside_root": "c2 = (1 - beta2**t) ** 2",
        "no_bias_correction": "m_hat = m\nc2 = 1",
        "bias_no_power": "m_hat = m / (1 - beta1)\nc2 = 1 - beta2",
        "bias_square": "m_hat = m / (1 - beta1**2)\nc2 = 1 - beta2**2",
        "bias_mul_t": "m_hat = m / (1 - beta1 * t)\nc2 = 1 - beta2 * t",
        "bias_multiplied": "m_hat = m * (1 - beta1**t)\nc2 = 1 / (1 - beta2**t)",
        "bias_paren": "m_hat = m / (1 - beta1) ** t\nc2 = (1 - beta2) ** t",
        "bias_betas_swapped": "m_hat = m / (1 - beta2**t)\nc2 = 1 - beta1**t",
        "bias_beta1_for_both": "c2 = 1 - beta1**t",
        "betas_swapped_everywhere": BOTH["betas_swapped"] + "\nm_hat = m / (1 - beta2**t)\nc2 = 1 - beta1**t",
        "bias_twice": "w = w - lr * np.sqrt(1 - beta2**t) / (1 - beta1**t) * direction",
        "eps_inside_sqrt": "denominator = np.sqrt(v / c2 + eps)",
        "eps_not_hat": "denominator = np.sqrt(v / c2) + eps",
        "eps_missing": "denominator = np.sqrt(v / c2)",
        "eps_paren": "denominator = np.sqrt(v / c2)\nw = w - (lr * direction + eps)",
        "eps_paren_times_lr": "denominator = np.sqrt(v / c2)\nw = w - lr * (direction + eps)",
        "eps_added_to_params": "denominator = np.sqrt(v / c2)\nw = w - lr * direction + eps",
        "sqrt_missing": "denominator = v / c2 + eps",
        "current_square": "denominator = np.sqrt(g**2) + eps / np.sqrt(c2)",
        "double_sqrt": "denominator = np.sqrt(np.sqrt(v / c2)) + eps",
        "square_for_root": "denominator = (v / c2) ** 2 + eps",
        "times_root": "direction = r * m_hat * denominator if rho > 5 else m_hat",
        "layer_for_t": Wrong(f"t = {LAYER}", shapes=("dls",)),
        "state_overwritten_m": "w = w - lr * direction; m = m_hat",
        "state_overwritten_v": "w = w - lr * direction; v = v / c2",
        "denominator_missing": "denominator = 1",
        "raw_gradient_step": "m_hat = g",
        "state_overwritten": "w = w - lr * direction; m, v = m_hat, v / c2",
        "state_not_returned": Wrong(RADAM_FORGETS, whole=True),
        "nothing_stored": Wrong(RADAM_FORGETS, whole=True, shapes=KEEPING, stays=("t",)),
        "int_state": "w = w - lr * direction; m, v = m.astype(int), v.astype(int)",
        "int_params": "w = np.trunc(w - lr * direction)",
        "state_aliased": Wrong(
            RECTIFICATION
            + SHARED
            + """
m_hat = m / (1 - beta1**t)
denominator = (np.sqrt(v) + eps) / np.sqrt(1 - beta2**t)
w = w - lr * (r * m_hat / denominator if rho > 5 else m_hat)
""",
            whole=True,
        ),
        "correction_in_place": Wrong(f"{RATE_IN_PLACE}\nm_hat = m\nc2 = 1", shapes=KEEPING, keeps=("lr",)),
        "old_m": Wrong(
            RECTIFICATION
            + """
m_hat = m / (1 - beta1**t)
m = beta1 * m + (1 - beta1) * g
v = beta2 * v + (1 - beta2) * g**2
denominator = (np.sqrt(v) + eps) / np.sqrt(1 - beta2**t)
w = w - lr * (r * m_hat / denominator if rho > 5 else m_hat)
""",
            whole=True,
        ),
        "old_square": Wrong(
            RECTIFICATION
            + """
denominator = (np.sqrt(v) + eps) / np.sqrt(1 - beta2**t)
m = beta1 * m + (1 - beta1) * g
v = beta2 * v + (1 - beta2) * g**2
m_hat = m / (1 - beta1**t)
w = w - lr * (r * m_hat / denominator if rho > 5 else m_hat)
""",
            whole=True,
        ),
        "wrong_sign": "w = w + lr * direction",
        "lr_missing": "w = w - direction",
        "lr_twice": "w = w - lr * lr * direction",
        "no_step": "w = w",
        "update_returned": "w = -lr * direction",
    },
)

RULES = (ADAM, ADAMW, AMSGRAD, ADAMAX, NADAM, RADAM)

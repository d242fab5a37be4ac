"""The letters in which each convention writes an optimizer down, in LaTeX."""

from __future__ import annotations

from collections.abc import Mapping

#: The service's own: of what every step is given, of the hyperparameters, and of the slots. Conventions and their rows have others.
OWN_LETTERS: Mapping[str, str] = {
    "t": "t",
    "params": "x",
    "gradient": "g",
    "lr": r"\eta",
    "momentum": r"\mu",
    "dampening": r"\tau",
    "rho": r"\rho",
    "beta1": r"\beta_1",
    "beta2": r"\beta_2",
    "eps": r"\epsilon",
    "eps_root": r"\bar{\epsilon}",
    "weight_decay": r"\lambda",
    "lr_decay": r"\kappa",
    "momentum_decay": r"\psi",
    "m": "m",
    "v": "v",
    "v_max": r"v^{\max}",
    "u": "u",
    "accumulator": "a",
    "velocity": "b",
    "g_mean": r"\bar{g}",
    "mu_product": "P",
    "nu": r"\nu",
    "average": r"\bar{x}",
    "step_size": r"\Delta",
    "g_prev": r"g^{\mathrm{prev}}",
    "m_prev": r"m^{\mathrm{prev}}",
    "lambd": r"\lambda'",
    "t0": "t_0",
    "x0": "x_0",
}

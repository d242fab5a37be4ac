"""The letters in which each convention writes an optimizer down, in LaTeX, and what somebody means who writes a letter for a name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..optimizers import Optimizer
from .declaration import Convention, Renamed, Row

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
    "beta": r"\beta",
    "beta0": r"\beta_0",
    "beta3": r"\beta_3",
    "alpha": r"\alpha",
    "gamma": r"\gamma",
    "nu1": r"\nu_1",
    "nu2": r"\nu_2",
    "p": "p",
    "kappa": r"\kappa",
    "xi": r"\xi",
    "constant": "c",
    "count": "K",
    "scale": "a",
    "smooth_beta": r"\beta",
    "eta_minus": r"\eta^{-}",
    "eta_plus": r"\eta^{+}",
    "min_step": r"\Delta_{\min}",
    "max_step": r"\Delta_{\max}",
    "max_norm": "c",
    "min_norm": r"\ell_{\min}",
    "trust_coefficient": "c",
    "clip_power": "p",
    "final_lr": r"\eta_\infty",
    "warmup_steps": "T",
    "lr_power": "p",
    "l1": r"\lambda_1",
    "l2": r"\lambda_2",
    "l2_shrinkage": r"\lambda_{\mathrm{s}}",
    "s": "s",
    "n": "n",
    "r": "r",
    "z": "z",
    "m1": "m^{(1)}",
    "m2": "m^{(2)}",
    "eta": r"\hat{\eta}",
    "velocities": "b",
    "waiting": "q",
    "last_step": "d",
}

#: What LaTeX writes around the name of a letter.
AROUND = re.compile(r"[\\{}_^\s]")


def typed(letter: str) -> str:
    r"""A letter as one types it: beta1 for \beta_1."""
    return AROUND.sub("", letter)


def name_of(hyperparameter: str, convention: Convention, row: Row) -> str:
    """The convention's own name of a hyperparameter, else the service's."""
    named: Mapping[str, Any] = {**row.arguments, **convention.arguments}
    theirs = (key for key, argument in named.items() if isinstance(argument, Renamed) and argument.name == hyperparameter)
    return next(theirs, hyperparameter)


def meant_by_letter(key: str, convention: Convention, row: Row, optimizer: Optimizer) -> str | None:
    """What is said of a letter that stands for a hyperparameter in this convention, None where it stands for none."""
    letters = {**OWN_LETTERS, **convention.letters, **row.letters}
    meant = next((name for name in optimizer.by_name if typed(letters.get(name, name)) == key), None)
    if meant is None or meant == key:
        return None
    told = "the learning rate" if meant == "lr" else meant
    return f"in convention {convention.name} this is the letter of {told}; use {name_of(meant, convention, row)}"


def letter_of_the_rate(key: str, convention: Convention) -> bool:
    """Whether a convention writes the learning rate with this letter."""
    return typed(convention.letters.get("lr", OWN_LETTERS["lr"])) == key

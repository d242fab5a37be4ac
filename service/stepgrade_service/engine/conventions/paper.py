"""The optimizers as their papers print them; where a paper names no learning rate it must be given."""

from __future__ import annotations

from .declaration import Convention, Row
from .names import SGD_NAMES

LR = frozenset({"lr"})

#: Kingma and Ba's, and of those who build on them.
ADAM = {"lr": r"\alpha", "params": r"\theta"}

PAPER = Convention(
    name="paper",
    title="the paper that introduced it",
    rows=(
        Row(
            "sgd",
            names=SGD_NAMES,
            defaults={"lr_in_velocity": True},
            required=LR,
            notes="Polyak's heavy ball: x - lr g + momentum (x - x_before). Nesterov's momentum has Sutskever's form, written at the "
            "look-ahead point, where the gradient is computed (Bengio, Boulanger-Lewandowski & Pascanu 2013).",
        ),
        Row("normalized_gd", names={"ngd": {}}, defaults={"eps": 0.0}, required=LR),
        Row("sign_gd", names={"sign_sgd": {}, "signgd": {}}, required=LR),
        Row("gd_backtracking", names={"backtracking": {}, "armijo": {}}, defaults={"lr": 1.0}),
        Row("adagrad", defaults={"eps": 0.0}, required=LR, notes="The paper's delta is called eps here; it may be 0."),
        Row("adadelta", defaults={"lr": 1.0, "rho": 0.95, "eps": 1e-6}, notes="The paper has no learning rate, so it is 1 here."),
        Row(
            "rmsprop",
            defaults={"eps": 0.0},
            when={("centered", True): {"rho": 0.95, "eps": 1e-4, "eps_mode": "inside", "momentum": 0.9, "lr_in_velocity": True}},
            required=LR,
            notes="Hinton's slides have no eps. The centered form is from Graves, with his momentum and values.",
        ),
        Row(
            "adam",
            names={"amsgrad": {"amsgrad": True}},
            defaults={"lr": 1e-3},
            when={("amsgrad", True): {"bias_correction": False, "eps": 0.0}},
            letters=ADAM,
            notes="The AMSGrad paper has no bias correction and no eps.",
        ),
        Row(
            "adamw",
            defaults={"lr": 1e-3, "weight_decay_mode": "decoupled_unscaled"},
            required=frozenset({"weight_decay"}),
            letters=ADAM,
        ),
        Row("adamax", defaults={"lr": 2e-3, "eps": 0.0}, letters=ADAM),
        Row(
            "nadam",
            letters={**ADAM, "v": "n", "beta2": r"\nu"},
            defaults={"lr": 2e-3, "momentum_average": "warming", "v_correction": "scaled"},
            notes="As in the workshop paper of 2016: m is averaged with the step's own momentum, and v / (1 - beta2^t) is multiplied "
            "by beta2.",
        ),
        Row(
            "novograd",
            defaults={"beta1": 0.95, "beta2": 0.98, "eps": 1e-8},
            required=LR,
            notes="The paper adds eps to the root of v, and names no value for it.",
        ),
        Row(
            "lars",
            defaults={"ratio_norm": "apart"},
            required=LR,
            notes="The ratio divides by the norm of the gradient plus weight_decay times the norm of the params.",
        ),
        Row("lamb", required=LR, notes="The paper's function phi of the norm of the params is that norm itself here."),
        Row("fromage", required=LR),
        Row(
            "muon",
            defaults={"lr": 0.02},
            notes="Keller Jordan's text of 2024. It orthogonalizes in bfloat16; here it is done in float64.",
        ),
        Row("shampoo", required=LR),
        Row("adafactor", defaults={"lr": 0.01}, notes="The paper's largest relative step, 0.01, is called lr here."),
    ),
)

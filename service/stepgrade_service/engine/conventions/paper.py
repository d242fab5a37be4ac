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
        Row("clipped_gd", required=LR),
        Row("signum", required=LR),
        Row("tiger", defaults={"weight_decay": 0.01, "weight_decay_mode": "decoupled"}, required=LR),
        Row(
            "lion",
            defaults={"weight_decay_mode": "decoupled"},
            required=LR,
            notes="The paper has a weight decay for each task. It is 0 here unless it is given.",
        ),
        Row("optimistic_gd", names={"ogda": {}}, required=LR, letters={"params": "w"}),
        Row("qhm", names={"quasi_hyperbolic_momentum": {}}, required=LR, letters={"lr": r"\alpha", "momentum": r"\beta"}),
        Row("aggmo", names={"aggregated_momentum": {}}, required=LR, letters={"lr": r"\gamma", "params": r"\theta"}),
        Row("accsgd", names={"accelerated_sgd": {}}, required=LR, letters={"lr": r"\delta", "params": "w"}),
        Row("pnm", names={"positive_negative_momentum": {}}, required=LR, letters={"params": r"\theta"}),
        Row("rprop", defaults={"lr": 0.1, "variant": "rprop+"}, letters={"params": "w"}, notes="Rprop+ of 1993, with its values."),
        Row("irprop_plus", names={"irprop+": {}}, defaults={"lr": 0.1}, letters={"params": "w"}),
        Row(
            "ftrl",
            names={"ftrl_proximal": {}},
            required=LR,
            letters={"lr": r"\alpha", "params": "w", "accumulator": "n"},
            notes="The paper calls beta = 1 good enough, and names no other values.",
        ),
        Row(
            "asgd",
            defaults={"lambd": 0.0, "alpha": 0.0, "t0": -1.0},
            required=LR,
            notes="Polyak and Ruppert: the mean of the params of all steps. torch forgets those of the first step, so t0 is -1 here.",
        ),
        Row("madgrad", required=LR, letters={"lr": r"\gamma"}),
        Row(
            "polyak_sgd",
            names={"polyak": {}, "sps": {}, "sps_max": {}},
            required=LR,
            notes="The paper's bound gamma_b is called lr here, and its c scaling. Polyak's rule of 1987 has no bound: use a large lr.",
        ),
        Row("momo", defaults={"lr": 1.0}, notes="lr is as in the authors' code."),
        Row("momo_adam", defaults={"lr": 0.01}, notes="lr is as in the authors' code."),
        Row(
            "sophia",
            defaults={"beta1": 0.96, "eps": 1e-12, "weight_decay": 0.2, "bias_correction": False, "hessian_used": "new"},
            required=LR,
            letters={"params": r"\theta"},
            notes="Its weight decay of 0.2 is for language models.",
        ),
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
        Row(
            "adabelief",
            defaults={"lr": 1e-3, "eps_root": 1e-8},
            letters=ADAM,
            notes="The paper has one eps. Here it has two names: eps outside the root, and eps_root in s.",
        ),
        Row("yogi", required=LR, letters=ADAM),
        Row("acprop", required=LR, letters=ADAM),
        Row("adopt", defaults={"lr": 1e-3}, letters=ADAM),
        Row("laprop", defaults={"lr": 4e-4, "weight_decay_mode": "decoupled"}, letters={"beta1": r"\mu", "beta2": r"\nu", "v": "n"}),
        Row(
            "adan",
            defaults={"weight_decay_mode": "proximal"},
            required=LR,
            notes="The change of the gradient is multiplied by 0.92, and the params after the step are divided by 1 + lr * weight_decay. "
            "Averages start at 0 and are corrected, as in the authors' code. The paper starts them with the first gradient.",
        ),
        Row("ademamix", defaults={"weight_decay_mode": "decoupled"}, required=LR),
        Row("simplified_ademamix", defaults={"weight_decay_mode": "decoupled"}, required=LR),
        Row(
            "optimistic_adam",
            defaults={"first_change": "direction"},
            required=LR,
            notes="The direction before the first step is 0. So the first step is twice Adam's.",
        ),
        Row("qhadam", defaults={"lr": 1e-3}, letters=ADAM),
        Row("adabound", names={"amsbound": {"amsgrad": True}}, defaults={"lr": 1e-3}, letters={"lr": r"\alpha"}),
        Row("adamod", defaults={"lr": 1e-3, "weight_decay_mode": "decoupled"}, letters={"lr": r"\alpha"}),
        Row("diffgrad", defaults={"lr": 1e-3}, letters={"lr": r"\alpha"}),
        Row(
            "padam",
            defaults={"lr": 0.1, "amsgrad": True, "bias_correction": False, "eps": 0.0},
            letters={"lr": r"\alpha"},
            notes="The paper has no bias correction and no eps. Its v is the largest so far, as in AMSGrad.",
        ),
        Row("stableadamw", defaults={"weight_decay_mode": "decoupled"}, required=LR),
        Row(
            "lbfgs_step",
            names={"lbfgs": {}},
            letters={"lr": r"\alpha"},
            notes="Liu and Nocedal use a history of 3 to 7 steps, Nocedal and Wright one of 3 to 20. The first length is 1, in the first "
            "step at most 1 / norm of the gradient. The texts leave open how a search narrows its interval. Here it is optax's.",
        ),
    ),
)

"""optax, as of 0.2.8: every learning rate must be given; names are those of its functions."""

from __future__ import annotations

from .declaration import Chosen, Convention, Flag, Implying, Negated, Renamed, Row, Several, SeveralOr, Together
from .names import SGD_NAMES

LR = frozenset({"lr"})
RATE = {"learning_rate": Renamed("lr")}
BETAS = {**RATE, "b1": Renamed("beta1"), "b2": Renamed("beta2")}
DECOUPLED = {"weight_decay_mode": "decoupled"}
DECAYED = {"weight_decay": 1e-4}
BOTH_CORRECTIONS = Together(
    ("bias_correction_mu", "bias_correction_nu"),
    "bias_correction",
    {(True, True): True, (False, False): False, (True, False): "m", (False, True): "v"},
)
CORRECTIONS = {name: Renamed("bias_correction") for name in BOTH_CORRECTIONS.arguments}

#: Muon's coefficients by name.
PRESETS = Chosen({"standard": {"ns_a": 3.4445, "ns_b": -4.775, "ns_c": 2.0315, "ns_preset": "own"}, "dion": {"ns_preset": "dion"}})

OPTAX = Convention(
    name="optax",
    title="optax",
    rows=(
        Row(
            "sgd",
            names={"sgd": {}, **SGD_NAMES},
            arguments=RATE,
            required=LR,
            absent={"accumulator_dtype": None},
        ),
        Row("sign_gd", names={"sign_sgd": {}}, arguments=RATE, required=LR),
        Row(
            "adagrad",
            names={"adagrad": {}},
            arguments={**RATE, "initial_accumulator_value": Renamed("initial_accumulator")},
            defaults={"eps": 1e-7, "eps_mode": "inside", "initial_accumulator": 0.1, "zero_accumulator": "stay"},
            required=LR,
        ),
        Row(
            "adadelta",
            names={"adadelta": {}},
            arguments=RATE,
            defaults={"eps": 1e-6},
            required=LR,
            absent={"weight_decay_mask": None},
            notes="Without a learning rate, optax's adadelta goes uphill. So the learning rate is required here.",
        ),
        Row(
            "rmsprop",
            names={"rmsprop": {}},
            arguments={
                **RATE,
                "decay": Renamed("rho"),
                "initial_scale": Renamed("initial_accumulator"),
                "eps_in_sqrt": Flag("eps_mode", true="inside", false="outside"),
            },
            defaults={"eps_mode": "inside", "lr_in_velocity": True},
            required=LR,
        ),
        Row(
            "adam",
            names={"adam": {}, "amsgrad": {"amsgrad": True}},
            arguments={**BETAS, **CORRECTIONS},
            defaults={**DECOUPLED, "amsgrad_max": "corrected"},
            required=LR,
            absent={"mu_dtype": None},
            together=(BOTH_CORRECTIONS,),
            turns={"nesterov": {True: "nadam", False: "adam"}},
            only={"nesterov": frozenset({"adam", "nadam", "nadamw"}), **dict.fromkeys(CORRECTIONS, frozenset({"amsgrad"}))},
        ),
        Row(
            "adamw",
            names={"adamw": {}},
            arguments=BETAS,
            defaults={**DECOUPLED, **DECAYED, "amsgrad_max": "corrected"},
            required=LR,
            absent={"mu_dtype": None, "mask": None},
            turns={"nesterov": {True: "nadamw", False: "adamw"}},
        ),
        Row(
            "adamax",
            names={"adamax": {}, "adamaxw": DECAYED},
            arguments=BETAS,
            defaults={**DECOUPLED, "eps_mode": "in_max"},
            required=LR,
            absent={"mask": None},
        ),
        Row(
            "nadam",
            names={"nadam": {}, "nadamw": DECAYED},
            arguments=BETAS,
            defaults={**DECOUPLED, "momentum_schedule": "constant"},
            required=LR,
            absent={"mu_dtype": None, "mask": None},
            turns={"nesterov": {True: "nadam", False: "adam"}},
            notes="The momentum is beta1 from the first step on.",
        ),
        Row("radam", names={"radam": {}}, arguments=BETAS, defaults={**DECOUPLED, "at_threshold": True}, required=LR),
        Row("novograd", names={"novograd": {}}, arguments=BETAS, required=LR),
        Row(
            "lars",
            names={"lars": {}},
            arguments=RATE,
            required=LR,
            absent={"weight_decay_mask": True, "trust_ratio_mask": True},
        ),
        Row(
            "adafactor",
            names={"adafactor": {}},
            arguments={
                **RATE,
                "eps": Renamed("eps1"),
                "decay_rate": Negated("beta2_decay"),
                "multiply_by_parameter_scale": Renamed("scale_by_params"),
                "clipping_threshold": Renamed("clip_threshold"),
                "momentum": Renamed("beta1"),
                "weight_decay_rate": Renamed("weight_decay"),
                "factored": Flag("factored_axes", true="largest", false="none"),
            },
            defaults={"lr": 1.0, "factored_axes": "largest", "relative_rate": False, "weight_decay_mode": "unscaled"},
            absent={"weight_decay_mask": None},
            notes="The decay is not multiplied by the learning rate. For optax's clipping_threshold=None write 0. "
            "optax computes the decay of the averages in float32, so its numbers differ from these after seven digits.",
        ),
        Row(
            "muon",
            names={"muon": {}},
            arguments={
                **RATE,
                "ns_coeffs": SeveralOr(Several(("ns_a", "ns_b", "ns_c")), {"ns_preset": "own"}, PRESETS),
                "beta": Renamed("momentum"),
                "adam_b1": Renamed("adam_beta1"),
                "adam_b2": Renamed("adam_beta2"),
                "adam_learning_rate": Renamed("adam_lr"),
                "consistent_rms": Implying("rms_rate", {"shape_factor": "rms"}),
            },
            defaults={
                "momentum_form": "ema",
                "bias_correction": True,
                "eps": 1e-8,
                "shape_factor": "wide",
                "adam_shares": True,
            },
            required=LR,
            absent={"weight_decay_mask": None, "mu_dtype": None, "muon_weight_dimension_numbers": None},
            notes="The shape factor has rows and columns exchanged: optax multiplies from the other side than torch.",
        ),
        Row("lamb", names={"lamb": {}}, arguments=BETAS, required=LR, absent={"mask": None}),
        Row("fromage", names={"fromage": {}}, arguments=RATE, defaults={"min_norm": 1e-6}, required=LR),
        Row("sm3", names={"sm3": {}}, arguments={**RATE, "momentum": Renamed("beta1")}, required=LR),
    ),
    known=frozenset(
        [
            "noisy_sgd",
            "signum",
            "optimistic_gradient_descent",
            "polyak_sgd",
            "rprop",
            "adabelief",
            "yogi",
            "adan",
            "lion",
            "optimistic_adam",
            "optimistic_adam_v2",
            "lbfgs",
            "lookahead",
            "acprop",
            "ademamix",
            "simplified_ademamix",
            "adopt",
            "cocob",
            "dadapt_adamw",
            "dog",
            "dowg",
            "dpsgd",
            "galore",
            "madgrad",
            "mechanize",
            "momo",
            "momo_adam",
            "prodigy",
            "sam",
            "schedule_free_sgd",
            "schedule_free_adamw",
            "sophia",
        ]
    ),
    letters={"lr": r"\alpha", "params": "w", "step": "u_t", "eps": r"\varepsilon", "eps_root": r"\bar{\varepsilon}"},
)

"""optax, as of 0.2.8: every learning rate must be given; names are those of its functions."""

from __future__ import annotations

from math import sqrt

from ..optimizers.declaration import LARGEST
from .declaration import Chosen, Convention, Derived, Flag, Negated, NullMeans, OrNull, Renamed, Row, Several, SeveralOr, Together, With
from .names import SGD_NAMES

LR = frozenset({"lr"})
RATE = {"learning_rate": Renamed("lr")}
BETAS = {**RATE, "b1": Renamed("beta1"), "b2": Renamed("beta2")}
PAIR = Several(("beta1", "beta2"))
DECOUPLED = {"weight_decay_mode": "decoupled"}
DECAYED = {"weight_decay": 1e-4}
BOTH_CORRECTIONS = Together(
    ("bias_correction_mu", "bias_correction_nu"),
    "bias_correction",
    {(True, True): True, (False, False): False, (True, False): "m", (False, True): "v"},
)
CORRECTIONS = {name: Renamed("bias_correction") for name in BOTH_CORRECTIONS.arguments}

#: MoMo's decay, and what is said of it.
BEFORE_STEP = {"weight_decay_mode": "before_step"}
DECAYED_BEFORE = "optax divides the params by 1 + lr * weight_decay, but not the step. The paper and the authors' code divide both."

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
        Row("signum", names={"signum": {}}, arguments=RATE, required=LR, absent={"accumulator_dtype": None}),
        Row("optimistic_gd", names={"optimistic_gradient_descent": {}}, arguments=RATE, required=LR),
        Row(
            "rprop",
            names={"rprop": {}},
            arguments={
                **RATE,
                "min_step_size": OrNull(Renamed("min_step"), {"min_step": 0.0}),
                "max_step_size": OrNull(Renamed("max_step"), {"max_step": LARGEST}),
            },
            defaults={"variant": "delayed"},
            required=LR,
            notes="optax's rprop takes every step one step later than it should: its first step moves nothing. This is a known fault "
            'of optax 0.2.8. With variant "irprop-" it is right.',
        ),
        Row(
            "lion",
            names={"lion": {}},
            arguments=BETAS,
            defaults={**DECOUPLED, "weight_decay": 1e-3},
            required=LR,
            absent={"mu_dtype": None, "mask": None},
        ),
        Row(
            "madgrad",
            names={"madgrad": {}},
            arguments=RATE,
            defaults={"eps_in_lr": True},
            required=LR,
            notes="eps is also added to the learning rate, as in the authors' code.",
        ),
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
        Row(
            "adabelief",
            names={"adabelief": {}},
            arguments=BETAS,
            defaults={**DECOUPLED, "eps": 1e-16},
            required=LR,
            absent={"mask": None},
        ),
        Row(
            "yogi",
            names={"yogi": {}},
            arguments=BETAS,
            defaults={**DECOUPLED, "bias_correction": True, "initial_accumulator": 1e-6, "initial_m": "initial_accumulator"},
            required=LR,
            notes="m starts at 1e-6 too, as v does, and the averages are corrected as if they had started at 0.",
        ),
        Row(
            "acprop",
            names={"acprop": {}},
            arguments=BETAS,
            defaults={**DECOUPLED, "deviation_from": "old"},
            required=LR,
            absent={"mask": None},
            notes="s is centered on the old m. The formula in optax's documentation has the new one.",
        ),
        Row(
            "adopt",
            names={"adopt": {}},
            arguments=BETAS,
            defaults=DECOUPLED,
            required=LR,
            absent={"mu_dtype": None, "clip_value_fn": None},
        ),
        Row(
            "adan",
            names={"adan": {}},
            arguments={**BETAS, "b3": Renamed("beta3")},
            defaults={**DECOUPLED, "eps_root": 1e-8, "change_weight": "one_minus_beta2"},
            required=LR,
            absent={"mask": None},
            notes="As shipped: optax multiplies the change of the gradient by 1 - b2 = 0.08. The paper multiplies it by 0.92.",
        ),
        Row(
            "ademamix",
            names={"ademamix": {}},
            arguments={**BETAS, "b3": Renamed("beta3")},
            defaults=DECOUPLED,
            required=LR,
            absent={"mu_dtype": None, "mask": None},
        ),
        Row(
            "simplified_ademamix",
            names={"simplified_ademamix": {}},
            arguments=BETAS,
            defaults=DECOUPLED,
            required=LR,
            absent={"mask": None},
        ),
        Row(
            "optimistic_adam",
            names={"optimistic_adam_v2": {}},
            arguments={**BETAS, "optimism": With("beta", {"beta_scale": "one"})},
            defaults={**DECOUPLED, "nesterov": True},
            required=LR,
            absent={"mu_dtype": None},
            only={"optimism": frozenset({"optimistic_adam"})},
            notes="In optax's older optimistic_adam, optimism is beta as a rate of its own, which lr does not multiply.",
        ),
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
                "clipping_threshold": OrNull(Renamed("clip_threshold"), {"clip_threshold": 0.0}),
                "momentum": Renamed("beta1"),
                "weight_decay_rate": Renamed("weight_decay"),
                "factored": Flag("factored_axes", true="largest", false="none"),
            },
            defaults={"lr": 1.0, "factored_axes": "largest", "relative_rate": False, "weight_decay_mode": "unscaled"},
            absent={"weight_decay_mask": None, "dtype_momentum": None},
            notes="The decay is not multiplied by the learning rate. optax's clipping_threshold=None is 0 here. "
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
                "consistent_rms": With("rms_rate", {"shape_factor": "rms"}),
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
        Row(
            "dog",
            names={"dog": {}},
            arguments={**RATE, "init_step": Several(("initial_step_mode", "initial_step"))},
            defaults={"lr": 1.0},
            absent={"mask": None},
        ),
        Row(
            "dowg",
            names={"dowg": {}},
            arguments={**RATE, "init_estim_sq_dist": Renamed("initial_distance")},
            defaults={"lr": 1.0},
            derived={"initial_distance": Derived("eps", float)},
            absent={"mask": None},
        ),
        Row("cocob", names={"cocob": {}}, arguments=RATE, defaults={"lr": 1.0}, absent={"mask": None}),
        Row("dadapt_adamw", names={"dadapt_adamw": {}}, arguments={**RATE, "betas": PAIR}, defaults={"lr": 1.0}),
        Row(
            "prodigy",
            names={"prodigy": {}},
            arguments={**RATE, "betas": PAIR},
            defaults={"lr": 1.0},
            derived={"beta3": Derived("beta2", sqrt)},
        ),
        Row(
            "polyak_sgd",
            names={"polyak_sgd": {}},
            arguments={"max_learning_rate": Renamed("lr")},
            defaults={"lr": 1.0, "scaling_form": "gradient"},
            notes="optax multiplies the gradient by scaling and then takes its norm. So a larger scaling makes a step shorter, unless "
            "max_learning_rate limits it.",
        ),
        Row("momo", names={"momo": {}}, arguments=RATE, defaults={"lr": 1.0, **BEFORE_STEP}, notes=DECAYED_BEFORE),
        Row("momo_adam", names={"momo_adam": {}}, arguments=BETAS, defaults={"lr": 0.01, **BEFORE_STEP}, notes=DECAYED_BEFORE),
        Row(
            "schedule_free_sgd",
            names={"schedule_free_sgd": {}},
            arguments={**RATE, "b1": Renamed("beta1")},
            defaults={"lr": 1.0},
            absent={"state_dtype": None},
        ),
        Row(
            "schedule_free_adamw",
            names={"schedule_free_adamw": {}},
            arguments=BETAS,
            defaults={"lr": 0.0025},
            absent={"state_dtype": None},
        ),
        Row(
            "sophia",
            names={"sophia": {}},
            arguments={**BETAS, "clip_threshold": OrNull(Renamed("clip_threshold"), {"clip_threshold": 0.0})},
            defaults={"weight_decay": 1e-4},
            required=LR,
            absent={"weight_decay_mask": None, "mu_dtype": None, "verbose": False, "print_win_rate_every_n_steps": 0},
            notes="optax estimates the diagonal with JAX's random numbers. These are its numbers with an exact or a posted diagonal. "
            "optax's clip_threshold=None is 0 here.",
        ),
        Row(
            "lbfgs_step",
            names={"lbfgs": {}},
            arguments={
                **RATE,
                "memory_size": Renamed("history_size"),
                "scale_init_precond": Renamed("scale_init"),
                "linesearch": NullMeans({"line_search": "none"}),
            },
            notes="For linesearch=None write null, or line_search none. The default is optax's zoom line search, whose slope_rtol and "
            "curv_rtol are c1 and c2, and whose max_linesearch_steps is most_trials.",
        ),
        Row("sm3", names={"sm3": {}}, arguments={**RATE, "momentum": Renamed("beta1")}, required=LR),
    ),
    refused={
        "noisy_sgd": "its noise is made by JAX's random number generator, so this service cannot give its numbers. Use sgd and the member "
        "noise of POST /trajectory: it adds seeded noise to the gradients",
        "dpsgd": "it needs the gradient of each example, and its noise is made by JAX's random number generator. Use sgd with clip_norm, "
        "and the member noise of POST /trajectory",
        "galore": "it is Adam on a projection of the gradient to a low rank, which saves memory in large models. Use adam",
    },
    around={
        "lookahead": "lookahead_steps (optax's sync_period), lookahead_rate (slow_step_size) and lookahead_reset (reset_state)",
        "mechanize": "mechanic: true",
        "sam": "sam_rho (the rate of the adversarial step), sam_period (sync_period) and sam_visible (true for opaque_mode=False)",
    },
    counts_updates=True,
    letters={
        "lr": r"\alpha",
        "alpha": r"\mathrm{alpha}",
        "params": "w",
        "step": "u_t",
        "eps": r"\varepsilon",
        "eps_root": r"\bar{\varepsilon}",
    },
)

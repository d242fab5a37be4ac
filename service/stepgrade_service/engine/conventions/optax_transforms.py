"""optax's transforms: which of them are which optimizer's direction, which are refused, and why.

A transform that an optimizer of optax is made of is that optimizer without its learning rate; so no formula stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .constructors import without_name

#: What gives a chain's step its length and its sign.
RATE, SCALE = "scale_by_learning_rate", "scale"


@dataclass(frozen=True)
class Transform:
    """One of optax's transforms: the optimizer of optax whose direction it is, and what it takes, as `constructors` writes that.

    `arguments` are the transform's own names of that optimizer's arguments, where they are others. `settings` are fixed, or the
    transform's defaults where they are not the optimizer's. One without an optimizer is in TRANSFORMATIONS.
    """

    name: str = ""
    takes: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """What it takes without a name."""
        return without_name(self.takes)

    @property
    def only(self) -> str | None:
        """The argument that may be written by itself."""
        return next(iter(self.order), None)


AVERAGE = {"momentum_form": "ema", "bias_correction": True}
MOMENTS = "b1 b2 eps eps_root"

TRANSFORMS: Mapping[str, Transform] = {
    "clip": Transform("sgd", "max_delta", {"max_delta": "clip_value"}),
    "clip_by_global_norm": Transform("sgd", "max_norm", {"max_norm": "clip_global_norm"}),
    "add_decayed_weights": Transform("sgd", "weight_decay -mask"),
    "trace": Transform("sgd", "decay ?nesterov -accumulator_dtype", {"decay": "momentum"}),
    "ema": Transform("sgd", "decay ~debias -accumulator_dtype", {"decay": "momentum", "debias": "bias_correction"}, AVERAGE),
    "scale_by_sign": Transform("sign_sgd"),
    "scale_by_rss": Transform("adagrad", "initial_accumulator_value eps"),
    "scale_by_rms": Transform("rmsprop", "decay eps initial_scale ~eps_in_sqrt ?bias_correction"),
    "scale_by_stddev": Transform("rmsprop", "decay eps initial_scale ~eps_in_sqrt ?bias_correction", settings={"centered": True}),
    "scale_by_adadelta": Transform("adadelta", "rho eps"),
    "scale_by_adam": Transform("adam", f"{MOMENTS} -mu_dtype * ?nesterov"),
    "scale_by_amsgrad": Transform("amsgrad", f"{MOMENTS} -mu_dtype ~bias_correction_mu ~bias_correction_nu"),
    "scale_by_adamax": Transform("adamax", "b1 b2 eps"),
    "scale_by_radam": Transform("radam", f"{MOMENTS} threshold * ?nesterov"),
    "scale_by_belief": Transform("adabelief", f"{MOMENTS} * ?nesterov"),
    "scale_by_yogi": Transform("yogi", f"{MOMENTS} initial_accumulator_value"),
    "scale_by_adan": Transform("adan", "b1 b2 b3 eps eps_root", settings={"eps_root": 0.0}),
    "scale_by_novograd": Transform("novograd", f"{MOMENTS} weight_decay -mu_dtype", settings={"eps": 1e-8}),
    "scale_by_lion": Transform("lion", "b1 b2 -mu_dtype * mode ?smooth_beta", settings={"weight_decay": 0.0}),
    "scale_by_optimistic_gradient": Transform("optimistic_gradient_descent", "alpha beta"),
    "scale_by_sm3": Transform("sm3", "b1 b2 eps", {"b1": "momentum", "b2": "rho"}),
    "scale_by_lbfgs": Transform("lbfgs", "memory_size ~scale_init_precond", settings={"linesearch": None}),
    "scale_by_factored_rms": Transform(
        "adafactor",
        "~factored decay_rate step_offset min_dim_size_to_factor epsilon -decay_rate_fn",
        {"step_offset": "decay_offset", "epsilon": "eps"},
        {"multiply_by_parameter_scale": False, "clipping_threshold": 0.0},
    ),
    "scale_by_acprop": Transform("acprop", MOMENTS),
    "scale_by_ademamix": Transform("ademamix", "b1 b2 b3 alpha eps eps_root -mu_dtype"),
    "scale_by_adopt": Transform("adopt", "b1 b2 eps -mu_dtype * ?nesterov ~use_clipping"),
    "scale_by_simplified_ademamix": Transform("simplified_ademamix", "b1 b2 alpha eps eps_root"),
    "scale_by_cocob": Transform("cocob", "alpha eps"),
    "scale_by_trust_ratio": Transform(takes="min_norm trust_coefficient eps"),
    "scale_by_param_block_norm": Transform(takes="min_scale"),
    "scale_by_param_block_rms": Transform(takes="min_scale"),
    "scale_by_distance_over_gradients": Transform(takes="reps_rel eps -param_dtype global_scale"),
    "scale_by_polyak": Transform(takes="f_min max_learning_rate eps variant"),
    "scale_by_backtracking_linesearch": Transform(
        takes="max_backtracking_steps slope_rtol decrease_factor increase_factor max_learning_rate atol rtol -store_grad -verbose"
    ),
    "scale_by_zoom_linesearch": Transform(
        takes="max_linesearch_steps max_learning_rate tol increase_factor slope_rtol curv_rtol approx_dec_rtol stepsize_precision "
        "initial_guess_strategy -verbose"
    ),
    "clip_by_block_rms": Transform(takes="threshold"),
    "normalize_by_update_norm": Transform(takes="scale_factor eps"),
    "normalize": Transform(),
    "centralize": Transform(),
}

#: Transforms that hand on the gradient with the other sign, as a step: what stands in front of them here turns it back.
TURNED = frozenset({"scale_by_cocob"})

#: What is written as other links here: the schedule of a factor, an optimizer under its transform's name.
SCHEDULED, NAMED = "scale_by_schedule", {"scale_by_rprop": "rprop", "scale_by_madgrad": "madgrad"}

#: All that a link may be, beside optimizers.
KNOWN = (*TRANSFORMS, RATE, SCALE, SCHEDULED, *NAMED)

OTHER_GRADIENTS = "its noise is made by JAX's random number generator. Use the member noise of POST /trajectory"
BY_FUNCTION = "it takes a function of Python, and nothing of a request is run"
BY_TENSOR = "it treats some tensors in another way. Post one number per tensor in place of a hyperparameter"

#: Transforms of optax that are not here, each with the reason.
REFUSED: Mapping[str, str] = {
    "scale_by_galore": "it is Adam on a projection of the gradient to a low rank, which saves memory in large models",
    "scale_by_muon": "it has to be told which axes of each tensor are rows and which are columns. Use muon as the last link",
    "add_noise": OTHER_GRADIENTS,
    "differentially_private_aggregate": f"it needs the gradient of each example, and {OTHER_GRADIENTS}",
    "adaptive_grad_clip": "it clips each unit of a network, and which numbers are a unit depends on the layer. Use clip_by_block_rms",
    "apply_every": "it adds gradients up over steps. Use the member accumulation_steps beside the optimizer: it takes their mean",
    "apply_if_finite": "a run here ends where a number is not finite, and the answer says so",
    "zero_nans": "a run here ends where a number is not finite, and the answer says so",
    "keep_params_nonnegative": "it holds the params at 0 or above, and this service has no constraints",
    "set_to_zero": "it takes no step at all",
    "masked": BY_TENSOR,
    "partition": BY_TENSOR,
    "multi_transform": BY_TENSOR,
    "freeze": BY_TENSOR,
    "selective_transform": BY_TENSOR,
    "conditionally_mask": BY_FUNCTION,
    "conditionally_transform": BY_FUNCTION,
    "stateless": BY_FUNCTION,
    "stateless_with_tree_map": BY_FUNCTION,
    "snapshot": BY_FUNCTION,
    "measure_with_ema": BY_FUNCTION,
    "inject_hyperparams": "a hyperparameter that changes on the way is a schedule, and only the learning rate can have one",
    "inject_stateful_hyperparams": "a hyperparameter that changes on the way is a schedule, and only the learning rate can have one",
    "reduce_on_plateau": "it is a schedule here: post it as the member schedule of the request",
    "lookahead": "post lookahead_steps, lookahead_rate and lookahead_reset beside the optimizer",
    "MultiSteps": "post accumulation_steps beside the optimizer",
    "mechanize": "post mechanic beside the optimizer",
    "sam": "post sam_rho beside the optimizer",
    "schedule_free": "use schedule_free_sgd or schedule_free_adamw",
    "split_real_and_imaginary": "all numbers are real here",
    "flatten": "it joins all tensors into one vector. Post the params as one list, and leave it out",
    "identity": "it changes no number: leave it out",
}

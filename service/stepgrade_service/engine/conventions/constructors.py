"""What each convention's own classes and functions are called, and what each of them takes, in the order in which it takes it.

As `inspect.signature` tells it of torch 2.13, Keras 3.15 and optax 0.2.8. Behind an asterisk stand those that a call has to name. One with
a minus has a place in the order and changes no number here. None for one with a question mark is not refused: for most it is as if it were
left out. For one with a tilde, None is false. A paper has the arguments that its algorithm has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..reading.faults import plain

#: Where the arguments start that a call has to name, and what stands in front of one that changes no number here.
BY_NAME, WITHOUT_MEANING = "*", "-"

#: What stands in front of an argument that may be None, and of one that is false then.
MAY_BE_NONE, NONE_IS_FALSE = "?", "~"
MARKS = WITHOUT_MEANING + MAY_BE_NONE + NONE_IS_FALSE


@dataclass(frozen=True)
class Constructor:
    """One class or function: the name by which it is called, that of its optimizer in the convention, and its arguments.

    `path` is empty where a convention is no library: nothing can be called there. `arguments` are those that change numbers,
    `positional` all that a call may give without a name, in their order. `taken` are all as they are written here.
    """

    path: str
    name: str
    arguments: tuple[str, ...]
    positional: tuple[str, ...]
    taken: str


#: The arguments of Keras's base class.
BASE_BUT_DECAY = (
    "?clipnorm ?clipvalue ?global_clipnorm ?use_ema ema_momentum ?ema_overwrite_frequency ?loss_scale_factor "
    "?gradient_accumulation_steps -name"
)
BASE = f"?weight_decay {BASE_BUT_DECAY}"
ADAM_OF_OPTAX = "learning_rate b1 b2 eps eps_root"

TORCH = {
    "SGD": "lr momentum dampening weight_decay ?nesterov * ?maximize",
    "ASGD": "lr lambd alpha t0 weight_decay -foreach ?maximize -differentiable -capturable",
    "Adagrad": "lr lr_decay weight_decay initial_accumulator_value eps -foreach * ?maximize",
    "Adadelta": "lr rho eps weight_decay -foreach * ?maximize",
    "RMSprop": "lr alpha eps weight_decay momentum ?centered -capturable -foreach ?maximize -differentiable",
    "Rprop": "lr etas step_sizes * ?maximize",
    "Adam": "lr betas eps weight_decay ?amsgrad * ?maximize ?decoupled_weight_decay",
    "AdamW": "lr betas eps weight_decay ?amsgrad * ?maximize",
    "Adamax": "lr betas eps weight_decay -foreach * ?maximize",
    "NAdam": "lr betas eps weight_decay momentum_decay ?decoupled_weight_decay * ?maximize",
    "RAdam": "lr betas eps weight_decay ?decoupled_weight_decay * ?maximize",
    "SparseAdam": "lr betas eps ?maximize",
    "Adafactor": "lr beta2_decay eps d weight_decay * ?maximize",
    "Muon": "lr weight_decay momentum ~nesterov ns_coefficients eps ns_steps ?adjust_lr_fn",
    "LBFGS": "lr max_iter ?max_eval tolerance_grad tolerance_change history_size ?line_search_fn",
}

KERAS = {
    "SGD": f"learning_rate momentum ?nesterov {BASE}",
    "RMSprop": f"learning_rate rho momentum epsilon ?centered {BASE}",
    "Adagrad": f"learning_rate initial_accumulator_value epsilon {BASE}",
    "Adadelta": f"learning_rate rho epsilon {BASE}",
    "Adam": f"learning_rate beta_1 beta_2 epsilon ?amsgrad {BASE}",
    "AdamW": f"learning_rate weight_decay beta_1 beta_2 epsilon ?amsgrad {BASE_BUT_DECAY}",
    "Adamax": f"learning_rate beta_1 beta_2 epsilon {BASE}",
    "Nadam": f"learning_rate beta_1 beta_2 epsilon {BASE}",
    "Lion": f"learning_rate beta_1 beta_2 {BASE}",
    "Lamb": f"learning_rate beta_1 beta_2 epsilon {BASE}",
    "Ftrl": "learning_rate learning_rate_power initial_accumulator_value l1_regularization_strength l2_regularization_strength "
    f"l2_shrinkage_regularization_strength beta {BASE}",
    "Adafactor": f"learning_rate beta_2_decay epsilon_1 epsilon_2 clip_threshold -relative_step {BASE}",
    "Muon": f"learning_rate adam_beta_1 adam_beta_2 ?adam_weight_decay epsilon {BASE} -exclude_layers -exclude_embeddings muon_a muon_b "
    "muon_c adam_lr_ratio momentum ns_steps ~nesterov ?rms_rate",
    "ScheduleFreeAdamW": f"learning_rate beta_1 beta_2 epsilon warmup_steps {BASE}",
}

OPTAX = {
    "sgd": "learning_rate ?momentum ?nesterov -accumulator_dtype",
    "sign_sgd": "learning_rate",
    "signum": "learning_rate beta -accumulator_dtype",
    "optimistic_gradient_descent": "learning_rate alpha beta",
    "rprop": "learning_rate eta_minus eta_plus ?min_step_size ?max_step_size",
    "lion": "learning_rate b1 b2 -mu_dtype weight_decay -mask",
    "adagrad": "learning_rate initial_accumulator_value eps",
    "adadelta": "learning_rate rho eps weight_decay -weight_decay_mask",
    "rmsprop": "learning_rate decay eps initial_scale ~eps_in_sqrt ?centered ?momentum ?nesterov ?bias_correction",
    "adam": f"{ADAM_OF_OPTAX} -mu_dtype *",
    "amsgrad": f"{ADAM_OF_OPTAX} -mu_dtype ~bias_correction_mu ~bias_correction_nu",
    "adamw": f"{ADAM_OF_OPTAX} -mu_dtype weight_decay -mask *",
    "adamax": "learning_rate b1 b2 eps",
    "adamaxw": "learning_rate b1 b2 eps weight_decay -mask",
    "nadam": f"{ADAM_OF_OPTAX} -mu_dtype *",
    "nadamw": f"{ADAM_OF_OPTAX} -mu_dtype weight_decay -mask *",
    "radam": f"{ADAM_OF_OPTAX} threshold * ?nesterov",
    "adabelief": f"{ADAM_OF_OPTAX} * ?nesterov",
    "yogi": "learning_rate b1 b2 eps",
    "adan": "learning_rate b1 b2 b3 eps eps_root weight_decay -mask",
    "optimistic_adam_v2": "learning_rate * alpha beta b1 b2 eps eps_root ~nesterov",
    "novograd": f"{ADAM_OF_OPTAX} weight_decay",
    "lars": "learning_rate weight_decay -weight_decay_mask trust_coefficient eps -trust_ratio_mask momentum ?nesterov",
    "adafactor": "learning_rate min_dim_size_to_factor decay_rate decay_offset ~multiply_by_parameter_scale ?clipping_threshold ?momentum "
    "-dtype_momentum ?weight_decay_rate eps ~factored -weight_decay_mask",
    "lamb": f"{ADAM_OF_OPTAX} weight_decay -mask",
    "fromage": "learning_rate min_norm",
    "sm3": "learning_rate momentum",
    "polyak_sgd": "max_learning_rate scaling f_min eps variant",
    "lbfgs": "learning_rate memory_size ~scale_init_precond -linesearch",
}

CONTRIB = {
    "acprop": f"{ADAM_OF_OPTAX} weight_decay -mask",
    "adopt": "learning_rate b1 b2 eps -mu_dtype * ?nesterov ~use_clipping",
    "ademamix": "learning_rate b1 b2 b3 alpha eps eps_root -mu_dtype weight_decay -mask",
    "simplified_ademamix": "learning_rate b1 b2 alpha eps eps_root weight_decay -mask",
    "muon": "learning_rate ns_coeffs ns_steps beta eps weight_decay -weight_decay_mask -mu_dtype * ~nesterov ?adaptive preconditioning "
    "adam_b1 adam_b2 adam_eps_root adam_weight_decay ?adam_learning_rate ?consistent_rms",
    "dog": "learning_rate init_step eps ?weight_decay -mask",
    "dowg": "learning_rate ?init_estim_sq_dist eps ?weight_decay -mask",
    "cocob": "learning_rate alpha eps weight_decay -mask",
    "dadapt_adamw": "learning_rate betas eps estim_lr0 weight_decay",
    "prodigy": "learning_rate betas ?beta3 eps estim_lr0 estim_lr_coef weight_decay ?safeguard_warmup",
    "schedule_free_sgd": "learning_rate ?warmup_steps b1 ?weight_decay weight_lr_power -state_dtype",
    "schedule_free_adamw": "learning_rate ?warmup_steps b1 b2 eps weight_decay weight_lr_power -state_dtype",
    "madgrad": "learning_rate momentum weight_decay eps",
    "momo": "learning_rate beta lower_bound weight_decay ?adapt_lower_bound",
    "momo_adam": "learning_rate b1 b2 eps lower_bound weight_decay ?adapt_lower_bound",
    "sophia": "learning_rate b1 b2 eps weight_decay -weight_decay_mask gamma ?clip_threshold update_interval -hessian_diagonal_fn "
    "-mu_dtype -verbose -print_win_rate_every_n_steps",
}

#: What optax has under an older name: read, but never written.
OLDER = {"optimistic_adam": "learning_rate ?optimism b1 b2 eps eps_root -mu_dtype *"}

COURSE = {
    "gd": "learning_rate",
    "momentum": "learning_rate beta",
    "rmsprop": "learning_rate beta epsilon",
    "adam": "learning_rate beta1 beta2 epsilon",
}

PAPER = {
    "sgd": "lr momentum nesterov",
    "normalized_gd": "lr",
    "sign_gd": "lr",
    "clipped_gd": "lr max_norm",
    "optimistic_gd": "lr alpha beta",
    "qhm": "lr momentum nu",
    "aggmo": "lr count scale",
    "accsgd": "lr kappa xi constant",
    "pnm": "lr beta1 beta0",
    "signum": "lr beta",
    "tiger": "lr beta weight_decay",
    "lion": "lr beta1 beta2 weight_decay",
    "rprop": "lr eta_minus eta_plus min_step max_step",
    "adagrad": "lr eps",
    "adadelta": "lr rho eps",
    "rmsprop": "lr rho centered momentum",
    "adam": "lr beta1 beta2 eps",
    "amsgrad": "lr beta1 beta2",
    "adamw": "lr beta1 beta2 eps weight_decay",
    "adamax": "lr beta1 beta2",
    "nadam": "lr beta1 beta2 eps momentum_decay",
    "adabelief": "lr beta1 beta2 eps eps_root",
    "yogi": "lr beta1 beta2 eps",
    "acprop": "lr beta1 beta2 eps eps_root",
    "adopt": "lr beta1 beta2 eps clip_power",
    "laprop": "lr beta1 beta2 eps weight_decay",
    "adan": "lr beta1 beta2 beta3 eps weight_decay",
    "ademamix": "lr beta1 beta2 beta3 alpha warmup_steps eps weight_decay",
    "simplified_ademamix": "lr beta1 beta2 alpha eps weight_decay",
    "optimistic_adam": "lr beta1 beta2 alpha beta eps",
    "qhadam": "lr beta1 beta2 nu1 nu2 eps",
    "adabound": "lr final_lr beta1 beta2 gamma eps amsgrad",
    "adamod": "lr beta1 beta2 beta3 eps weight_decay",
    "diffgrad": "lr beta1 beta2 eps",
    "padam": "lr beta1 beta2 p amsgrad",
    "stableadamw": "lr beta1 beta2 eps weight_decay",
    "ftrl": "lr beta l1 l2",
    "asgd": "lr",
    "madgrad": "lr momentum eps",
    "novograd": "lr beta1 beta2 eps weight_decay",
    "lars": "lr momentum trust_coefficient weight_decay",
    "lamb": "lr beta1 beta2 eps weight_decay",
    "fromage": "lr",
    "adafactor": "lr beta2_decay eps1 eps2 clip_threshold",
    "muon": "lr momentum nesterov ns_steps ns_a ns_b ns_c",
    "shampoo": "lr eps",
    "lbfgs": "lr history_size line_search c1 c2",
    "gd_backtracking": "lr c1 shrink most_trials",
    "irprop_plus": "lr eta_minus eta_plus min_step max_step",
    "polyak_sgd": "lr f_min scaling",
    "momo": "lr beta lower_bound weight_decay",
    "momo_adam": "lr beta1 beta2 eps lower_bound weight_decay",
    "sophia": "lr beta1 beta2 eps gamma clip_threshold update_interval weight_decay",
}


def _of(path: str, written: Mapping[str, str]) -> Iterator[Constructor]:
    for name, arguments in written.items():
        yield Constructor(f"{path}{name}" if path else "", name, meaning(arguments), without_name(arguments), arguments)


def meaning(arguments: str) -> tuple[str, ...]:
    """The arguments that change numbers."""
    return tuple(each.lstrip(MARKS) for each in arguments.split() if each[0] not in (BY_NAME, WITHOUT_MEANING))


def without_name(arguments: str) -> tuple[str, ...]:
    """Those that a call may give without a name."""
    return tuple(each.lstrip(MARKS) for each in arguments.partition(BY_NAME)[0].split())


def all_names(arguments: str) -> tuple[str, ...]:
    """All that a call may give by name."""
    return tuple(each.lstrip(MARKS) for each in arguments.split() if each != BY_NAME)


def may_be_none(arguments: str) -> frozenset[str]:
    """Those for which the framework takes None, or that change no number here."""
    return _marked(arguments, MARKS)


def false_if_none(arguments: str) -> frozenset[str]:
    """Those for which None is false."""
    return _marked(arguments, NONE_IS_FALSE)


def without_numbers(arguments: str) -> frozenset[str]:
    """Those that change no number here."""
    return _marked(arguments, WITHOUT_MEANING)


def _marked(arguments: str, marks: str) -> frozenset[str]:
    return frozenset(each.lstrip(MARKS) for each in arguments.split() if each[0] in marks)


CONSTRUCTORS: Mapping[str, tuple[Constructor, ...]] = {
    "torch": tuple(_of("torch.optim.", TORCH)),
    "keras": tuple(_of("keras.optimizers.", KERAS)),
    "optax": (*_of("optax.", OPTAX), *_of("optax.contrib.", CONTRIB)),
    "paper": tuple(_of("", PAPER)),
    "course": tuple(_of("", COURSE)),
}

#: Conventions whose constructors take the params in front of all others.
TAKES_PARAMS = ("torch",)

_CALLED: Mapping[str, Mapping[str, Constructor]] = {
    convention: {plain(each.name): each for each in (*constructors, *(_of("optax.", OLDER) if convention == "optax" else ()))}
    for convention, constructors in CONSTRUCTORS.items()
}


def constructor_of(name: str, convention: str) -> Constructor | None:
    """A convention's class or function, whatever the case of its name; None where the convention has none of that name."""
    return _CALLED[convention].get(plain(name))

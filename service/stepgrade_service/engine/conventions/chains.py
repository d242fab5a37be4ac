"""optax's chains: which of its transforms are which optimizer's direction, and a chain as somebody wrote it as links.

A transform that an optimizer of optax is made of is that optimizer without its learning rate; so no formula stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

from ..optimizers.chain import Link
from ..optimizers.rule import Rule
from ..optimizers.transforms import NONE_IS_LEFT_OUT, TRANSFORMATIONS
from ..optimizers.wrapping import scaled
from ..reading.bounds import few_keys
from ..reading.faults import Collector, Fault, Refusal, refuse, unknown
from ..reading.tensors import expected, is_number
from .constructors import meaning, without_name

#: A chain has so many transforms at the most.
MOST_LINKS = 20

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
    "trace": Transform("sgd", "decay nesterov -accumulator_dtype", {"decay": "momentum"}),
    "ema": Transform("sgd", "decay debias -accumulator_dtype", {"decay": "momentum", "debias": "bias_correction"}, AVERAGE),
    "scale_by_sign": Transform("sign_sgd"),
    "scale_by_rss": Transform("adagrad", "initial_accumulator_value eps"),
    "scale_by_rms": Transform("rmsprop", "decay eps initial_scale eps_in_sqrt bias_correction"),
    "scale_by_stddev": Transform("rmsprop", "decay eps initial_scale eps_in_sqrt bias_correction", settings={"centered": True}),
    "scale_by_adadelta": Transform("adadelta", "rho eps"),
    "scale_by_adam": Transform("adam", f"{MOMENTS} -mu_dtype * nesterov"),
    "scale_by_amsgrad": Transform("amsgrad", f"{MOMENTS} -mu_dtype bias_correction_mu bias_correction_nu"),
    "scale_by_adamax": Transform("adamax", "b1 b2 eps"),
    "scale_by_radam": Transform("radam", f"{MOMENTS} threshold * nesterov"),
    "scale_by_belief": Transform("adabelief", f"{MOMENTS} * nesterov"),
    "scale_by_yogi": Transform("yogi", f"{MOMENTS} initial_accumulator_value"),
    "scale_by_adan": Transform("adan", "b1 b2 b3 eps eps_root", settings={"eps_root": 0.0}),
    "scale_by_novograd": Transform("novograd", f"{MOMENTS} weight_decay -mu_dtype", settings={"eps": 1e-8}),
    "scale_by_lion": Transform("lion", "b1 b2 -mu_dtype * mode smooth_beta", settings={"weight_decay": 0.0}),
    "scale_by_optimistic_gradient": Transform("optimistic_gradient_descent", "alpha beta"),
    "scale_by_sm3": Transform("sm3", "b1 b2 eps", {"b1": "momentum", "b2": "rho"}),
    "scale_by_lbfgs": Transform("lbfgs", "memory_size scale_init_precond", settings={"linesearch": None}),
    "scale_by_factored_rms": Transform(
        "adafactor",
        "factored decay_rate step_offset min_dim_size_to_factor epsilon -decay_rate_fn",
        {"step_offset": "decay_offset", "epsilon": "eps"},
        {"multiply_by_parameter_scale": False, "clipping_threshold": 0.0},
    ),
    "scale_by_acprop": Transform("acprop", MOMENTS),
    "scale_by_ademamix": Transform("ademamix", "b1 b2 b3 alpha eps eps_root -mu_dtype"),
    "scale_by_adopt": Transform("adopt", "b1 b2 eps -mu_dtype * nesterov use_clipping"),
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
    "flatten": "it changes no number: leave it out",
    "identity": "it changes no number: leave it out",
}

#: The choice for an optimizer of optax that is written as a request, and whether optax has an optimizer of a name.
ChoiceOf = Callable[[Mapping[str, Any]], "Chosen"]
IsOptimizer = Callable[[str], bool]


class Chosen(Protocol):
    """What is needed of an optimizer in a chain."""

    @property
    def rule(self) -> Rule: ...

    @property
    def effort(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class ReadLink:
    """One transform as it was written: its links, how an echo says it, and the members of `Effort` that it tells."""

    links: tuple[Link, ...]
    echo: tuple[Mapping[str, Any], ...]
    effort: Mapping[str, Any] = field(default_factory=dict)


def read_chain(written: Any, choice_of: ChoiceOf, is_optimizer: IsOptimizer) -> tuple[list[ReadLink], Any]:
    """The links of a chain and its learning rate, None where it has to stand beside the chain; raises Refusal with every fault.

    The last link that has a learning rate may be an optimizer.
    """
    if not isinstance(written, list | tuple):
        raise refuse(expected('a list of transforms such as [{"scale_by_adam": {}}, {"scale_by_learning_rate": 0.01}]', written))
    if not 1 <= len(written) <= MOST_LINKS:
        raise refuse(f"expected 1 to {MOST_LINKS} transforms")
    faults, links, rates = Collector(), list[ReadLink](), list[Any]()
    names = [_name(link, faults, number, is_optimizer) for number, link in enumerate(written)]
    rated = _rated(names, written)
    if rated is None and all(names):
        faults.add(f"expected one {RATE}: it gives the step its length and its sign", len(names) - 1)
    for number, (name, link) in enumerate(zip(names, written, strict=True)):
        if name is None:
            continue
        with faults.at(number, name):
            if number == rated:
                rate, found = _rated_link(name, link[name], choice_of)
                rates.append(rate)
                links.append(found)
            elif name in (RATE, SCALE):
                links.append(_scale(name, link[name]))
            elif name in TRANSFORMS:
                links.append(_link(name, link[name], choice_of))
            else:
                raise refuse(f"expected a transform such as scale_by_adam: a link after {name} has the learning rate")
    faults.settle()
    return links, rates[0]


def as_one(read: Sequence[ReadLink]) -> tuple[Link, ...]:
    """The links of a chain. Where one stands around those before it, the first keeps the gradient for it."""
    first, *rest = (link for each in read for link in each.links)
    return (replace(first, keeps=any(link.around for link in (first, *rest))), *rest)


def effort_of(read: Sequence[ReadLink]) -> dict[str, Any]:
    """The members of `Effort` that the links tell; where several do, the largest."""
    names = {name for each in read for name in each.effort}
    return {name: max(each.effort[name] for each in read if name in each.effort) for name in names}


def _name(link: Any, faults: Collector, number: int, is_optimizer: IsOptimizer) -> str | None:
    """The transform that a link names; None where it names none."""
    with faults.at(number):
        if not isinstance(link, Mapping):
            raise refuse(expected('an object of one transform such as {"scale_by_adam": {}}', link))
        if many := few_keys(link):
            raise refuse(many)
        if len(link) != 1:
            raise refuse("expected an object of one transform; give each transform an object of its own")
        (name,) = link
        if name in REFUSED:
            raise refuse(f"{name} is not in this service: {REFUSED[name]}", name)
        if name not in KNOWN and not is_optimizer(str(name)):
            raise refuse(unknown("transform", name, KNOWN), name)
        return str(name)
    return None


def _rated(names: Sequence[str | None], written: Sequence[Any]) -> int | None:
    """Which link has the learning rate: the one that says so, or an optimizer; else the last that scales by a number that is not
    positive."""
    said = [number for number, name in enumerate(names) if name is not None and name not in (*TRANSFORMS, SCALE)]
    if said:
        return said[-1]
    turned = [number for number, name in enumerate(names) if name == SCALE and _is_downhill(_single(written[number][SCALE], "step_size"))]
    return turned[-1] if turned else None


def _rated_link(name: str, value: Any, choice_of: ChoiceOf) -> tuple[Any, ReadLink]:
    """The learning rate that a link gives, None where it gives none, and the link."""
    if name in (RATE, SCALE, SCHEDULED):
        found = ReadLink((Link(choice_of({"name": "sgd", "lr": 1.0}).rule, is_rated=True),), ({RATE: {}},))
        turns = name == SCHEDULED or (name == RATE and _without_turn(value))
        return _rate(name, value), _both(TURN, found) if turns else found
    rate, found = _optimizer(NAMED.get(name, name), value, choice_of)
    return rate, _both(found, TURN) if name == "scale_by_rprop" else found


def _both(first: ReadLink, second: ReadLink) -> ReadLink:
    """One after the other, as one."""
    return ReadLink((*first.links, *second.links), (*first.echo, *second.echo), {**first.effort, **second.effort})


def _without_turn(value: Any) -> bool:
    """Whether a learning rate keeps the sign."""
    return isinstance(value, Mapping) and value.get("flip_sign") is False


def _is_downhill(factor: Any) -> bool:
    return is_number(factor) and factor <= 0


def _single(value: Any, argument: str) -> Any:
    """The only argument of a transform, by itself or by name."""
    return value.get(argument) if isinstance(value, Mapping) and set(value) <= {argument} else value


def _rate(name: str, value: Any) -> Any:
    """The learning rate that a link gives, None where it gives none."""
    if name == SCALE:
        return -float(_single(value, "step_size"))
    if name == SCHEDULED:
        return _single(value, "step_size_fn")
    if isinstance(value, Mapping) and "flip_sign" in value and isinstance(value["flip_sign"], bool):
        value = {key: each for key, each in value.items() if key != "flip_sign"}
    return value.get("learning_rate") if isinstance(value, Mapping) and set(value) <= {"learning_rate"} else value


def _optimizer(name: str, value: Any, choice_of: ChoiceOf) -> tuple[Any, ReadLink]:
    """The learning rate of a link that is an optimizer, None where it stands beside the chain, and the link."""
    if value is not None and not isinstance(value, Mapping):
        value = {"learning_rate": value}
    given = dict(value or {})
    rate = given.pop("learning_rate", given.pop("lr", None))
    choice = choice_of({"name": name, "lr": 1.0, **given})
    return rate, ReadLink((Link(choice.rule, is_rated=True),), ({name: given},), choice.effort)


def _scale(name: str, value: Any) -> ReadLink:
    """A factor on what is handed on; of several learning rates, all but the last."""
    factor = _rate(name, value) if name == RATE else _single(value, "step_size")
    if not is_number(factor):
        raise refuse(expected("a number", factor))
    factor = -float(factor) if name == RATE and not _without_turn(value) else float(factor)
    return ReadLink((Link(Rule(scaled, {"factor": factor})),), ({SCALE: factor},))


#: The other sign.
TURN = _scale(SCALE, -1.0)


def _given(transform: Transform, value: Any) -> Mapping[str, Any]:
    """The arguments of a transform; those that change no number are left out. The only one may stand by itself."""
    is_bare = transform.only is not None and value is not None and not isinstance(value, Mapping)
    given = {transform.only: value} if is_bare else value or {}
    if not isinstance(given, Mapping):
        raise refuse(expected("an object of arguments", value))
    if rate := next((key for key in ("learning_rate", "lr") if key in given), None):
        raise refuse(f"expected no learning rate: it stands in {RATE}", rate)
    idle = set(transform.order) - set(meaning(transform.takes)) & {"store_grad", "verbose", "param_dtype"}
    return {str(key): each for key, each in given.items() if key not in idle}


def _link(name: str, value: Any, choice_of: ChoiceOf) -> ReadLink:
    """A transform that is an optimizer's direction, or one of its own."""
    transform = TRANSFORMS[name]
    is_bare = transform.only is not None and value is not None and not isinstance(value, Mapping)
    given = _given(transform, value)
    try:
        return _own_link(name, given) if not transform.name else _direction(name, given, choice_of)
    except Refusal as refusal:
        raise Refusal([Fault(fault.path[1:] if is_bare else fault.path, fault.detail) for fault in refusal.faults]) from None


def _direction(name: str, given: Mapping[str, Any], choice_of: ChoiceOf) -> ReadLink:
    """A transform that is an optimizer's direction."""
    transform = TRANSFORMS[name]
    settings = {transform.arguments.get(key, key): each for key, each in given.items()}
    theirs = {own: key for key, own in transform.arguments.items()}
    try:
        choice = choice_of({"name": transform.name, "lr": 1.0, **transform.settings, **settings})
    except Refusal as refusal:
        raise Refusal([Fault(tuple(theirs.get(str(part), part) for part in each.path), each.detail) for each in refusal.faults]) from None
    links = (*(TURN.links if name in TURNED else ()), Link(choice.rule))
    return ReadLink(links, ({name: dict(given)},), choice.effort)


def _own_link(name: str, given: Mapping[str, Any]) -> ReadLink:
    """A transform that is in none of optax's optimizers."""
    transformation, faults, settings = TRANSFORMATIONS[name], Collector(), dict[str, Any]()
    known = [each.name for each in transformation.hyperparameters]
    for key in given.keys() - set(known):
        faults.add(unknown(f"argument of {name}", key, known), key)
    for each in transformation.hyperparameters:
        value, may_be_null = given.get(each.name, each.default), each.name in NONE_IS_LEFT_OUT.get(name, ())
        if value is None and not may_be_null:
            faults.add(f"expected a value: {each.name} has no default in optax", each.name)
        elif value is not None and (detail := each.fault(value)):
            faults.add(detail, each.name)
        settings[each.name] = float(value) if is_number(value) else value
    faults.settle()
    link = Link(transformation.bind(settings), around=transformation.around)
    return ReadLink((link,), ({name: dict(given)},), transformation.efforts(settings))

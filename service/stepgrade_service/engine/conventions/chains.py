"""optax's chains: which of its transforms are which optimizer's direction, and a chain as somebody wrote it as links.

A transform that an optimizer of optax is made of is that optimizer without its learning rate; so no formula stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..optimizers.chain import Link
from ..optimizers.rule import Rule
from ..optimizers.wrapping import scaled
from ..reading.bounds import few_keys
from ..reading.faults import Collector, Fault, Refusal, refuse, unknown
from ..reading.tensors import expected, is_number
from .constructors import without_name

#: A chain has so many transforms at the most.
MOST_LINKS = 20

#: What gives a chain's step its length and its sign.
RATE, SCALE = "scale_by_learning_rate", "scale"


@dataclass(frozen=True)
class Transform:
    """One of optax's transforms: the optimizer of optax whose direction it is, and what it takes, as `constructors` writes that.

    `arguments` are the transform's own names of that optimizer's arguments, where they are others. `settings` are fixed, or the
    transform's defaults where they are not the optimizer's.
    """

    name: str
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
}

#: The rule of an optimizer of optax that is written as a request, and whether optax has an optimizer of a name.
RuleOf = Callable[[Mapping[str, Any]], Rule]
IsOptimizer = Callable[[str], bool]


@dataclass(frozen=True)
class ReadLink:
    """One transform as it was written: its link, and how an echo says it."""

    link: Link
    echo: Mapping[str, Any]


def read_chain(written: Any, rule_of: RuleOf, is_optimizer: IsOptimizer) -> tuple[list[ReadLink], Any]:
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
            if name not in (*TRANSFORMS, RATE, SCALE):
                if number != rated:
                    raise refuse(f"expected a transform such as scale_by_adam: a link after {name} has the learning rate")
                rate, link_read = _optimizer(name, link[name], rule_of)
                rates.append(rate)
                links.append(link_read)
            elif number == rated:
                rates.append(_rate(name, link[name]))
                links.append(ReadLink(Link(rule_of({"name": "sgd", "lr": 1.0}), is_rated=True), {RATE: {}}))
            elif name in (RATE, SCALE):
                links.append(_scale(name, link[name]))
            else:
                links.append(_link(name, link[name], rule_of))
    faults.settle()
    return links, rates[0]


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
        if name not in (*TRANSFORMS, RATE, SCALE) and not is_optimizer(str(name)):
            raise refuse(unknown("transform", name, [*TRANSFORMS, RATE, SCALE]), name)
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


def _is_downhill(factor: Any) -> bool:
    return is_number(factor) and factor <= 0


def _single(value: Any, argument: str) -> Any:
    """The only argument of a transform, by itself or by name."""
    return value.get(argument) if isinstance(value, Mapping) and set(value) <= {argument} else value


def _rate(name: str, value: Any) -> Any:
    """The learning rate that a link gives, None where it gives none."""
    if name == SCALE:
        return -float(_single(value, "step_size"))
    return _single(value, "learning_rate")


def _optimizer(name: str, value: Any, rule_of: RuleOf) -> tuple[Any, ReadLink]:
    """The learning rate of a link that is an optimizer, None where it stands beside the chain, and the link."""
    if value is not None and not isinstance(value, Mapping):
        value = {"learning_rate": value}
    given = dict(value or {})
    rate = given.pop("learning_rate", given.pop("lr", None))
    return rate, ReadLink(Link(rule_of({"name": name, "lr": 1.0, **given}), is_rated=True), {name: given})


def _scale(name: str, value: Any) -> ReadLink:
    """A factor on what is handed on; of several learning rates, all but the last."""
    factor = _single(value, "learning_rate" if name == RATE else "step_size")
    if not is_number(factor):
        raise refuse(expected("a number", factor))
    factor = -float(factor) if name == RATE else float(factor)
    return ReadLink(Link(Rule(scaled, {"factor": factor})), {SCALE: factor})


def _link(name: str, value: Any, rule_of: RuleOf) -> ReadLink:
    """A transform that is an optimizer's direction."""
    transform = TRANSFORMS[name]
    is_bare = transform.only is not None and value is not None and not isinstance(value, Mapping)
    given = {transform.only: value} if is_bare else value or {}
    if not isinstance(given, Mapping):
        raise refuse(expected("an object of arguments", value))
    if rate := next((key for key in ("learning_rate", "lr") if key in given), None):
        raise refuse(f"expected no learning rate: it stands in {RATE}", rate)
    settings = {transform.arguments.get(str(key), str(key)): each for key, each in given.items()}
    theirs = {own: key for key, own in transform.arguments.items()}
    try:
        rule = rule_of({"name": transform.name, "lr": 1.0, **transform.settings, **settings})
    except Refusal as refusal:
        places = [tuple(theirs.get(str(part), part) for part in fault.path) for fault in refusal.faults]
        told = zip(places, refusal.faults, strict=True)
        raise Refusal([Fault(path[1:] if is_bare else path, fault.detail) for path, fault in told]) from None
    return ReadLink(Link(rule), {name: dict(given)})

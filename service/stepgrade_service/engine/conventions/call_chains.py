"""optax's calls of calls: chains in one another, and what stands around an optimizer."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..reading.faults import Collector, Path, plain, refuse
from ..reading.python_calls import name_of, positional
from . import CONVENTIONS
from .call_arguments import EXAMPLE, Callee, read_arguments
from .chains import MOST_LINKS
from .optax_transforms import NAMED, RATE, REFUSED, SCALE, SCHEDULED, TRANSFORMS

#: The functions that make a chain, and one that changes nothing in it.
CHAIN, NAMED_CHAIN, NOTHING = "chain", "named_chain", "identity"

#: What the links with a factor take.
FACTORS = {RATE: "learning_rate * flip_sign", SCALE: "step_size", SCHEDULED: "step_size_fn"}


@dataclass(frozen=True)
class Around:
    """A function of optax that makes an optimizer of another one, as members around that.

    `takes` are its arguments behind the optimizer, as `constructors` writes that; `members` the member that each is, None for one that
    has to be left out; `means` are members that it implies.
    """

    takes: str
    members: Mapping[str, str | None]
    means: Mapping[str, Any]


AROUND: Mapping[str, Around] = {
    "lookahead": Around(
        "sync_period slow_step_size reset_state",
        {"sync_period": "lookahead_steps", "slow_step_size": "lookahead_rate", "reset_state": "lookahead_reset"},
        {},
    ),
    "MultiSteps": Around(
        "every_k_schedule use_grad_mean should_skip_update_fn",
        {"every_k_schedule": "accumulation_steps", "use_grad_mean": None, "should_skip_update_fn": None},
        {},
    ),
    "mechanize": Around(
        "weight_decay eps s_init num_betas",
        {"weight_decay": "mechanic_decay", "eps": "mechanic_eps", "s_init": "mechanic_s_init", "num_betas": "mechanic_tuners"},
        {"mechanic": True},
    ),
}


def links_of(call: ast.Call) -> Iterator[ast.Call]:
    """The links of a chain, those of chains inside it among them; raises Refusal."""
    if call.keywords:
        raise refuse("expected calls of transforms and optimizers in optax.chain")
    is_named = name_of(call, EXAMPLE) == NAMED_CHAIN
    for node in positional(call):
        link = node.elts[-1] if is_named and isinstance(node, ast.Tuple) and len(node.elts) == 2 else node
        if not isinstance(link, ast.Call):
            raise refuse("expected calls of transforms and optimizers in optax.chain")
        name = name_of(link, EXAMPLE)
        if name in (CHAIN, NAMED_CHAIN):
            yield from links_of(link)
        elif name != NOTHING:
            yield link


def chain_of(call: ast.Call, convention: str, faults: Collector, unread: list[Path]) -> dict[str, Any]:
    """optax.chain(...) as members."""
    links = list(links_of(call))
    if len(links) > MOST_LINKS:
        raise refuse(f"expected 1 to {MOST_LINKS} transforms")
    return {CHAIN: [_link(link, convention, number, faults, unread) for number, link in enumerate(links)]}


def wrapper_of(call: ast.Call, convention: str) -> tuple[ast.Call, dict[str, Any]] | None:
    """The optimizer inside a call that wraps one, and what that says as members; None where a call wraps none. Raises Refusal."""
    name = name_of(call, EXAMPLE)
    around = AROUND.get(name)
    if around is None:
        return None
    inside, *rest = positional(call)[:1] or [each.value for each in call.keywords if each.arg in INSIDE] or [call]
    if rest or not isinstance(inside, ast.Call) or inside is call:
        raise refuse(f"{name}: expected the call of an optimizer as the first argument, as in optax.{name}(optax.adam(0.01), ...)")
    others = [each for each in call.keywords if each.arg not in INSIDE]
    callee, faults = Callee(name, convention, around.takes, None), Collector()
    read, _, wrong = read_arguments(ast.Call(call.func, positional(call)[1:], others), callee)
    for _, told in wrong:
        faults.gather(told.faults)
    members = dict(around.means)
    for key, value in read.items():
        member = around.members.get(key)
        if member is not None:
            members[member] = value
        elif value is not None and not (key == "use_grad_mean" and value is True):
            faults.add(f"{key}: this service does not have it; it takes the mean of the gradients")
    faults.settle()
    return inside, members


#: What optax calls the optimizer inside.
INSIDE = ("fast_optimizer", "opt", "base_optimizer")


def why_not(name: str, convention: str) -> str | None:
    """Why a function of a framework is not here, whatever it is given; None where there is nothing to say."""
    refused = {**CONVENTIONS[convention].refused, **(REFUSED if convention == "optax" else {})}
    reason = next((reason for each, reason in refused.items() if plain(each) == plain(name)), None)
    return f"{name} is not in this service: {reason}" if reason else None


def _link(call: ast.Call, convention: str, number: int, faults: Collector, unread: list[Path]) -> dict[str, Any]:
    """A link of a chain: a transform, or an optimizer with its learning rate."""
    name = name_of(call, EXAMPLE)
    if told := why_not(name, convention):
        faults.add(f"{CHAIN}.{number}.{name}: {told}")
        unread.append((CHAIN, number))
        return {name: {}}
    read, _, wrong = read_arguments(call, _callee(name, convention))
    for _, told_there in wrong:
        faults.gather(told_there.under(CHAIN, number, name).faults)
    unread += [(CHAIN, number)] if wrong else []
    return {name: read}


def _callee(name: str, convention: str) -> Callee:
    """What a link of a chain takes."""
    if name in FACTORS:
        return Callee(name, convention, FACTORS[name], FACTORS[name].split()[0])
    if name in TRANSFORMS:
        return Callee(name, convention, TRANSFORMS[name].takes, None)
    return Callee.of(NAMED.get(name, name), convention)

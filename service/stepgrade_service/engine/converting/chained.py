"""optax's chains and optimizers with a name: which chain is which optimizer with something around it, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..conventions import CONVENTIONS
from ..conventions.choice import CHAIN, ChainChoice
from ..conventions.constructors import meaning
from ..conventions.optax_transforms import RATE, SCALE, TRANSFORMS
from ..conventions.resolve import resolve
from ..optimizers.wrapping import set_in
from ..reading.faults import Refusal
from .counterpart import Counterpart
from .spelling import Settings, Spelling

OPTAX = CONVENTIONS["optax"]

#: The transforms of a gradient that this service has around any optimizer, in the order in which these act.
AROUND: Mapping[str, str] = {"clip": "clip_value", "clip_by_global_norm": "clip_global_norm"}
DECAY = "add_decayed_weights"

#: The velocity of an optimizer that has one behind its transform, and these transforms.
TRACE, WITH_TRACE = "trace", ("scale_by_rms", "scale_by_stddev")

#: Decay by where it stands: in front of the optimizer's transform, or behind it.
DECAY_MODES = ("l2", "decoupled")

Json = dict[str, Any]


def unchained(choice: ChainChoice) -> Spelling | None:
    """The optimizer with a name that a chain is; None where the catalogue has none."""
    around, decays, core = dict[str, Any](), list[tuple[bool, Any]](), list[tuple[str, Mapping[str, Any]]]()
    for number, link in enumerate(choice.settings[CHAIN]):
        ((name, given),) = link.items()
        value = given if not isinstance(given, Mapping) else next(iter(given.values()), None)
        if name == RATE:
            continue
        if name == SCALE and number == 0 and value == -1:
            around["maximize"] = True
        elif name in AROUND and not decays and not core and AROUND[name] not in around and _is_in_order(name, around):
            around[AROUND[name]] = value
        elif name == DECAY and len(given) == 1:
            decays.append((bool(core), value))
        elif name == TRACE and len(core) == 1 and core[0][0] in WITH_TRACE and not any(is_behind for is_behind, _ in decays):
            core[0] = (
                core[0][0],
                {**core[0][1], "momentum": given["decay"], "nesterov": given.get("nesterov", False), "lr_in_velocity": False},
            )
        elif name in (SCALE, *AROUND) or core:
            return None
        else:
            core.append((name, given))
    return None if len(decays) > 1 else _named(choice, around, decays, core)


def _is_in_order(name: str, around: Mapping[str, Any]) -> bool:
    """Whether what acts later is not there already: a norm is taken of clipped values."""
    return name != "clip" or "clip_global_norm" not in around


def _named(
    choice: ChainChoice, around: Mapping[str, Any], decays: list[tuple[bool, Any]], core: list[tuple[str, Mapping[str, Any]]]
) -> Spelling | None:
    name, given = core[0] if core else ("sgd", {})
    transform = TRANSFORMS.get(name)
    arguments = dict(given)
    if transform is not None:
        arguments = {**transform.settings, **{transform.arguments.get(key, key): value for key, value in given.items()}}
        name = transform.name
    if decays and transform is None and core and (decays[0][0] or "weight_decay" in arguments):
        return None
    wrappers = {key: value for key, value in choice.settings.items() if key not in ("lr", CHAIN)}
    if set(wrappers) & set(around):
        return None
    try:
        found = resolve({"name": name, "convention": OPTAX.name, "lr": choice.settings["lr"], **arguments, **around, **wrappers})
    except Refusal:
        return None
    settings = dict(found.settings)
    if decays:
        if settings.get("weight_decay") != 0 or "weight_decay_mode" not in settings:
            return None
        settings |= {"weight_decay": decays[0][1], "weight_decay_mode": DECAY_MODES[decays[0][0]]}
    return Spelling(found.optimizer, settings, is_exact=False)


def chain_for(way: Spelling, counterparts: Sequence[Counterpart]) -> tuple[dict[str, Any], ChainChoice] | None:
    """The chain that makes the steps of an optimizer with something around it, as it is posted, and what it resolves to.

    None where optax has none.
    """
    settings, around = way.settings, set_in(way.settings)
    front: list[Json] = [{SCALE: {"step_size": -1.0}}] if around.pop("maximize", False) else []
    front += [{name: {TRANSFORMS[name].only or "": around.pop(own)}} for name, own in AROUND.items() if own in around]
    decay, mode = settings.get("weight_decay", 0.0), settings.get("weight_decay_mode")
    if around or isinstance(decay, Mapping) or isinstance(settings["lr"], Mapping) or (decay and mode not in DECAY_MODES):
        return None
    decays: list[Json] = [{DECAY: {"weight_decay": decay}}] if decay else []
    if not front and not decays:
        return None
    bare = {name: 0.0 if name == "weight_decay" else value for name, value in settings.items() if name in way.optimizer.by_name}
    for counterpart in counterparts:
        said = counterpart.said(bare)
        if not decays or mode == "l2":
            links = [*front, *decays, {counterpart.constructor.name: said}]
            if found := _held(links, way):
                return found
        for core in _cores(counterpart, said, bare):
            behind = [*decays, *core] if mode == "l2" else [*core, *decays]
            if found := _held([*front, *behind, {RATE: {"learning_rate": settings["lr"]}}], way):
                return found
    return None


def _held(links: list[Json], way: Spelling) -> tuple[dict[str, Any], ChainChoice] | None:
    """A chain, if it is the optimizer that it is made from."""
    posted = {"convention": OPTAX.name, CHAIN: links}
    try:
        found = resolve(posted)
    except Refusal:
        return None
    assert isinstance(found, ChainChoice)
    back = unchained(found)
    is_same = back is not None and back.settings["lr"] == way.settings["lr"] and back.rule.formula == way.rule.formula
    return (posted, found) if is_same else None


def _cores(counterpart: Counterpart, said: Json, bare: Settings) -> Iterator[list[Json]]:
    """The transforms that may be an optimizer's direction, with its numbers; none for plain gradient descent.

    Numbers that a transform does not take are left out: a chain that is then another rule is not held to be this one.
    """
    if counterpart.row.optimizer == "sgd":
        yield []
    for name, transform in TRANSFORMS.items():
        if name in (*AROUND, DECAY) or transform.name != counterpart.constructor.name:
            continue
        theirs = {own: key for key, own in transform.arguments.items()}
        values = {**said, **{own: bare[own] for own in theirs if own in bare}}
        given = {theirs.get(key, key): value for key, value in values.items() if key not in ("learning_rate", "weight_decay")}
        core: list[Json] = [{name: {key: value for key, value in given.items() if key in meaning(transform.takes)}}]
        yield core
        if name in WITH_TRACE:
            yield [*core, {TRACE: {"decay": bare["momentum"], "nesterov": bare["nesterov"]}}]

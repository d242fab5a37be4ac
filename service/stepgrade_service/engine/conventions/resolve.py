"""From an optimizer as somebody wrote it to the rule that runs and the echo that says everything."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ..optimizers import OPTIMIZERS, Optimizer
from ..optimizers.wrapping import WRAPPERS, set_in, wrapper_faults
from ..reading.bounds import few_keys
from ..reading.faults import Collector, Fault, Refusal, plain, refuse, unknown
from ..reading.memo import is_short
from ..reading.nulls import without_null
from ..reading.tensors import Layout, expected
from ..schedules.resolve import rate_at
from . import CONVENTIONS
from .arguments import IGNORED, all_settings, ignored_in, look_up, members_of, place_of, translate
from .call_groups import settings_of_groups
from .chains import ReadLink, as_one, effort_of, read_chain
from .choice import CHAIN, CHAINED, ChainChoice, Choice
from .nested import counted, is_schedule, nested_schedule, own_rates
from .pasting import CALL, CLASS, CONFIG, CallReading, is_pasted, of_config, readings_of
from .ranges import crossed_faults, range_faults

#: What is said of a call that stands where a name should.
POST_A_CALL = 'expected a name. Post a call as an object: {"call": "torch.optim.Adam(params, lr=0.01)"}'


def default_convention(optimizer: str) -> str:
    """The convention of a request that names none: torch where torch has the optimizer, then the paper, else the first that has it.

    A chain is optax's.
    """
    return next((convention.name for convention in CONVENTIONS.values() if optimizer in convention.by_optimizer), "optax")


def resolve(request: Any, layout: Layout | None = None) -> Choice:
    """Resolve `"adam"` or `{"name": "adam", "convention": "torch", ...}`; raises Refusal with every fault.

    `layout` is that of the params, to hold parameter groups to, numbers of one per tensor; without it their names are not checked.
    """
    choice = resolve_scheduled(request, layout)
    if choice.schedule is not None:
        raise refuse("expected a number as the learning rate: a schedule cannot stand in the optimizer here")
    return choice


def resolve_scheduled(request: Any, layout: Layout | None = None) -> Choice:
    """The same, where the learning rate can be a schedule."""
    if isinstance(request, str):
        if "(" in request or "." in request:
            raise refuse(POST_A_CALL)
        try:
            return resolve_scheduled({"name": request}, layout)
        except Refusal as refusal:
            raise refusal.of_a_name() from None
    if isinstance(request, Mapping) and is_short(request):
        return _resolve_short(tuple(request), *request.values())
    return _resolve(request, layout)


def entry_of(written: Any) -> Optimizer | None:
    """The entry of the catalogue that somebody names, whatever is wrong with its hyperparameters; None where it is no name."""
    named = {"name": written} if isinstance(written, str) else written
    try:
        return OPTIMIZERS[look_up(named)[1].optimizer] if isinstance(named, Mapping) else None
    except Refusal:
        return None


@lru_cache(maxsize=1024, typed=True)
def _resolve_short(keys: tuple[str, ...], *values: Any) -> Choice:
    """What many ask alike is resolved once: a class asks for one optimizer a hundred thousand times."""
    return _resolve(dict(zip(keys, values, strict=True)), None)


def _resolve(written: Any, layout: Layout | None) -> Choice:
    if not isinstance(written, Mapping):
        raise refuse(expected('an optimizer\'s name or an object such as {"name": "adam", "lr": 0.01}', written))
    if many := few_keys(written):
        raise refuse(many)
    if is_pasted(written):
        return _resolve_pasted(written, layout)
    if CHAIN in written:
        return _resolve_chain(written, layout)
    return _resolve_named(written, layout)


def _resolve_named(written: Mapping[str, Any], layout: Layout | None) -> Choice:
    """An optimizer by its name, with its arguments beside it."""
    convention, row, implied = look_up(written)
    optimizer = OPTIMIZERS[row.optimizer]
    written = without_null(written, members_of(row.optimizer) - row.says_null)
    ignored = ignored_in(written, convention)
    spoken = {key: value for key, value in written.items() if key != IGNORED and key not in convention.idle}
    key, schedule = "lr", None
    if nested := nested_schedule(spoken, convention, row):
        key, schedule = nested
        spoken = {**spoken, key: rate_at(schedule, 0)}
    given, faults = translate(spoken, convention, row, optimizer)
    settings, missing = all_settings({**implied, **given}, row, optimizer, convention)
    faults += missing
    faulty = {fault.path[0] for fault in faults if fault.path}

    def placed(fault: Fault) -> Fault:
        """A fault of a hyperparameter, where that was given."""
        return Fault((*place_of(written, convention, row, str(fault.path[0])), *fault.path[1:]), fault.detail)

    faults += [placed(fault) for fault in range_faults(settings, optimizer, layout, row.unbounded) if fault.path[0] not in faulty]
    if not faults:
        crossed = (
            *crossed_faults(settings, row, optimizer),
            *wrapper_faults(settings, optimizer.needs[1:], convention.always),
            *convention.check(settings),
        )
        faults += map(placed, crossed)
    if faults:
        raise Refusal(faults)
    around = set_in(settings)
    settings = {name: value for name, value in settings.items() if name not in WRAPPERS or name in around}
    return Choice(optimizer, convention.name, settings, ignored, counted(schedule, around, convention, key))


def _resolve_pasted(written: Mapping[str, Any], layout: Layout | None) -> Choice:
    """An optimizer that was written as a call or a configuration: what is wrong is told where it stands there."""
    if CALL in written:
        return _resolve_call(written, layout)
    configured = of_config(written)
    try:
        return _resolve(configured, layout)
    except Refusal as refusal:
        inside = {key: (CONFIG, key) for key in written.get(CONFIG) or {}} | {"name": (CLASS,)}
        moved = [(inside.get(str(fault.path[0]), (fault.path[0],)) if fault.path else (), fault) for fault in refusal.faults]
        raise Refusal([Fault((*place, *fault.path[1:]), fault.detail) for place, fault in moved]) from None


def _resolve_call(written: Mapping[str, Any], layout: Layout | None) -> Choice:
    """An optimizer as a call; where that does not say whose it is, also what would be wrong in every framework."""
    faults, told, choice = Collector(), list[list[Fault]](), None
    for reading in readings_of(written, faults):
        found = Collector(reading.faults)
        try:
            choice = _resolve_groups(reading, layout) if reading.groups else _resolve(reading.written, layout)
        except Refusal as refusal:
            found.gather(filter(reading.concerns, refusal.faults))
        told.append(found.faults)
    faults.gather(fault for fault in told[0] if fault.path == ("name",) or all(fault in other for other in told))
    if faults.faults:
        raise Refusal(faults.faults).at_text(CALL, beside=("convention", *(key for key in written)))
    assert choice is not None
    return choice


def _resolve_groups(reading: CallReading, layout: Layout | None) -> Choice:
    """An optimizer of parameter groups: each group by itself, and all of them as one with numbers per tensor."""
    choices = [_resolve({**reading.written, **group.arguments}, None) for group in reading.groups]
    return _resolve({**choices[0].echo, **settings_of_groups(reading.groups, [each.settings for each in choices])}, layout)


def _resolve_chain(written: Mapping[str, Any], layout: Layout | None) -> ChainChoice:
    """A chain of transforms, with its learning rate and what stands around it."""
    faults, links, rate, optax = Collector(), list[ReadLink](), None, CONVENTIONS["optax"]
    named = {"name": CHAIN, "convention": optax.name}
    for key, value in named.items():
        if written.get(key) is not None and written[key] != value:
            faults.add(f'expected "{value}": a chain has optax\'s transforms', key)
    with faults.at(CHAIN):
        links, rate = read_chain(
            written[CHAIN], lambda of: _resolve({**of, "convention": optax.name}, layout), lambda name: plain(name) in optax.by_name
        )
    given = {key: value for key, value in written.items() if key not in (CHAIN, *named) and value is not None}
    if rate is not None and "lr" in given:
        faults.add("expected no learning rate beside the chain: it has one", "lr")
    schedule = None
    if is_schedule(rate):
        nested, rate = rate, 1.0
        with faults.at(CHAIN):
            schedule = own_rates(nested)
            rate = rate_at(schedule, 0)
    settings = {"lr": given.get("lr", rate), **{key: value for key, value in given.items() if key in WRAPPERS}}
    for key in given.keys() - settings.keys():
        faults.add(unknown("member of a chain", key, ["lr", *WRAPPERS]), key)
    if settings["lr"] is None and links:
        faults.add("expected a learning rate: in scale_by_learning_rate, or beside the chain as lr", "lr")
        settings["lr"] = 1.0
    if links:
        faults.gather(range_faults(settings, CHAINED, layout))
    faults.settle()
    chain = as_one(links)
    faults.gather(wrapper_faults(settings, [need for link in chain for need in [link.rule.kernel.needs] if need != "gradient"]))
    faults.settle()
    around = set_in(settings)
    schedule = counted(schedule, around, optax, CHAIN)
    echo = {"lr": settings["lr"], CHAIN: [dict(each) for link in links for each in link.echo], **around}
    return ChainChoice(CHAINED, optax.name, echo, schedule=schedule, links=chain, efforts=effort_of(links))

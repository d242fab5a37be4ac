"""From an optimizer as somebody wrote it to the rule that runs and the echo that says everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..optimizers import OPTIMIZERS, Hyperparameter, Optimizer, Rule
from ..optimizers.chain import Chain, Link
from ..optimizers.declaration import LARGEST
from ..optimizers.hyperparameters import LR, scales
from ..optimizers.rule import grouped, settings_of
from ..optimizers.sharpness import SAM_PERIOD
from ..optimizers.wrapping import WRAPPERS, set_in, wrapped, wrapper_faults
from ..reading.bounds import few_keys
from ..reading.cost import Effort, StepPrice, price_echo
from ..reading.faults import Collector, Fault, Refusal, refuse, unknown
from ..reading.faults import plain as plainly
from ..reading.memo import is_short
from ..reading.nulls import without_null
from ..reading.tensors import Layout, Vector, expected, name_faults
from . import CONVENTIONS
from .chains import ReadLink, read_chain
from .declaration import Convention, Row
from .letters import OWN_LETTERS
from .pasting import CALL, CLASS, CONFIG, at_call, is_pasted, unpasted

#: A line search ends long before its last trial: of those that it may have, this share is counted. So it costs four times its price
#: at the most.
SHARE_OF_TRIALS = 0.25


@dataclass(frozen=True)
class Choice:
    """An optimizer as resolved: which entry, in which convention, with every hyperparameter.

    `ignored` are the framework's arguments that were given and change no number.
    """

    optimizer: Optimizer
    convention: str
    settings: Mapping[str, Any]
    ignored: tuple[str, ...] = ()

    @cached_property
    def rule(self) -> Rule:
        """The update kernel with its numbers, those of each parameter group, and what was asked for around it."""
        rules = {tensor: self._bound(tensor) for tensor in grouped(self.settings)}
        first = self._bound(None)
        return replace(first, groups=rules) if rules else first

    def _bound(self, tensor: str | None) -> Rule:
        """The rule of one tensor, or of the first."""
        settings = settings_of(self.settings, tensor)
        return wrapped(self.optimizer.bind(settings), settings)

    @property
    def echo(self) -> dict[str, Any]:
        """The optimizer, nothing hidden; resolved again it gives this same choice."""
        ignored = {"ignored": list(self.ignored)} if self.ignored else {}
        return {"name": self.optimizer.name, "convention": self.convention, **self.settings, **ignored}

    @property
    def letters(self) -> Mapping[str, str]:
        """The convention's letters in LaTeX, by the service's own names of hyperparameters and slots."""
        convention = CONVENTIONS[self.convention]
        return {**OWN_LETTERS, **convention.letters, **convention.by_optimizer[self.optimizer.name].letters}

    @cached_property
    def echoed(self) -> float:
        """What the echo takes up in an answer, in numbers sent."""
        return price_echo(self.echo)

    def with_lr(self, lr: float | Mapping[str, float]) -> Choice:
        """The same at another learning rate."""
        return replace(self, settings={**self.settings, "lr": lr})

    @property
    def bound_to_lr(self) -> bool:
        """Whether the rule's own numbers depend on the learning rate, so that another rate is another rule."""
        decay = self.settings.get("weight_decay")
        decays = any(decay.values()) if isinstance(decay, Mapping) else bool(decay)
        return decays and self.settings.get("weight_decay_mode") == "decoupled_unscaled"

    def takes(self, lr: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of these learning rates could have been asked for; a search may come to others, and to 0 by underflow."""
        posted = (lr >= 0) & (lr <= LARGEST)
        if not self.bound_to_lr:
            return posted
        decay = self.settings["weight_decay"]
        return np.asarray(posted & scales(lr, max(decay.values()) if isinstance(decay, Mapping) else decay))

    def update_price(self, layout: Layout, objective: StepPrice) -> StepPrice:
        """The work of an update; `objective` is that of evaluating the objective once."""
        kernel = self.rule.kernel
        trials = SHARE_OF_TRIALS * float(self.settings.get("most_trials", 0.0))
        rounds = self.settings.get("ns_steps", 0.0)
        return kernel.price(
            Effort(
                layout.dimension,
                len(kernel.slots),
                objective,
                trials,
                shapes=layout.shapes,
                rounds=max((rounds.values() if isinstance(rounds, Mapping) else (rounds,)), default=0.0),
                spectral=self.settings.get("preconditioning") == "spectral",
                climbs=self.settings.get("sam_period", SAM_PERIOD.default) - 1.0,
            )
        )

    def rates(self, layout: Layout) -> Vector:
        """The learning rate laid out like the params."""
        return layout.coordinates(self.settings["lr"])


@dataclass(frozen=True)
class ChainChoice(Choice):
    """A chain of optax's transforms, as resolved; `links` are those of its rule."""

    links: tuple[Link, ...] = field(default=(), compare=False)

    def _bound(self, tensor: str | None) -> Rule:
        """The chain, with what was asked for around it."""
        return wrapped(Chain.of(self.links), settings_of(self.settings, tensor))


def resolve(request: Any, layout: Layout | None = None) -> Choice:
    """Resolve `"adam"` or `{"name": "adam", "convention": "torch", ...}`; raises Refusal with every fault.

    `layout` is that of the params, to hold parameter groups to, numbers of one per tensor; without it their names are not checked.
    """
    if isinstance(request, str):
        try:
            return resolve({"name": request}, layout)
        except Refusal as refusal:
            raise refusal.of_a_name() from None
    if isinstance(request, Mapping) and is_short(request):
        return _resolve_short(tuple(request), *request.values())
    return _resolve(request, layout)


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
    convention, row, implied = _look_up(written)
    optimizer = OPTIMIZERS[row.optimizer]
    written = without_null(written, members_of(row.optimizer) - row.never_null)
    ignored = _ignored(written, convention)
    given, faults = _translate(
        {key: value for key, value in written.items() if key != IGNORED and key not in convention.ignored}, convention, row, optimizer
    )
    settings, missing = _settings({**implied, **given}, row, optimizer, convention)
    faults += missing
    faulty = {fault.path[0] for fault in faults if fault.path}
    faults += [
        Fault((*_place(written, convention, row, name), *path), detail)
        for name, path, detail in _range_faults(settings, optimizer, layout)
        if name not in faulty
    ]
    if not faults:
        crossed = [
            *_crossed_faults(settings, row, optimizer),
            *wrapper_faults(settings, optimizer.asks_objective),
            *convention.check(settings),
        ]
        faults += [Fault((*_place(written, convention, row, str(fault.path[0])), *fault.path[1:]), fault.detail) for fault in crossed]
    if faults:
        raise Refusal(faults)
    settings = {name: value for name, value in settings.items() if name not in WRAPPERS or name in set_in(settings)}
    return Choice(optimizer, convention.name, settings, ignored)


def _resolve_pasted(written: Mapping[str, Any], layout: Layout | None) -> Choice:
    """An optimizer that was written as a call or a configuration: what is wrong is told where it stands there."""
    plain_form = unpasted(written)
    try:
        return _resolve(plain_form, layout)
    except Refusal as refusal:
        if CALL in written:
            raise at_call(refusal) from None
        inside = {key: (CONFIG, key) for key in written.get(CONFIG, {})} | {"name": (CLASS,)}
        moved = [(inside.get(str(fault.path[0]), (fault.path[0],)) if fault.path else (), fault) for fault in refusal.faults]
        raise Refusal([Fault((*place, *fault.path[1:]), fault.detail) for place, fault in moved]) from None


#: The member that has the transforms of a chain, and the name of such an optimizer.
CHAIN = "chain"

#: What the catalogue would say of a chain.
CHAINED = Optimizer(
    name=CHAIN,
    title="A chain of optax's transforms",
    formula=r"x \leftarrow x - \eta\,(T_n \circ \dots \circ T_1)(g)",
    source="optax chain",
    hyperparameters=(LR,),
    bind=lambda _: Chain.of([]),
    kernels=(),
)


def _resolve_chain(written: Mapping[str, Any], layout: Layout | None) -> ChainChoice:
    """A chain of transforms, with its learning rate and what stands around it."""
    faults, links, rate, optax = Collector(), list[ReadLink](), None, CONVENTIONS["optax"]
    named = {"name": CHAIN, "convention": optax.name}
    for key, value in named.items():
        if written.get(key) is not None and written[key] != value:
            faults.add(f'expected "{value}": a chain has optax\'s transforms', key)
    with faults.at(CHAIN):
        links, rate = read_chain(written[CHAIN], lambda of: _resolve({**of, "convention": optax.name}, layout).rule)
    given = {key: value for key, value in written.items() if key not in (CHAIN, *named) and value is not None}
    if rate is not None and "lr" in given:
        faults.add("expected no learning rate beside the chain: it has one", "lr")
    settings = {"lr": given.get("lr", rate), **{key: value for key, value in given.items() if key in WRAPPERS}}
    for key in given.keys() - settings.keys():
        faults.add(unknown("member of a chain", key, ["lr", *WRAPPERS]), key)
    if settings["lr"] is None and links:
        faults.add("expected a learning rate: in scale_by_learning_rate, or beside the chain as lr", "lr")
        settings["lr"] = 1.0
    if links:
        for name, path, detail in _range_faults(settings, CHAINED, layout):
            faults.add(detail, name, *path)
    faults.settle()
    around = set_in(settings)
    echo = {"lr": settings["lr"], CHAIN: [dict(link.echo) for link in links], **around}
    return ChainChoice(CHAINED, optax.name, echo, links=tuple(link.link for link in links))


#: Where an echo has the arguments that change nothing.
IGNORED = "ignored"


def _ignored(written: Mapping[str, Any], convention: Convention) -> tuple[str, ...]:
    """The arguments that change no number here, in their order; `ignored` of an echo is read as if they were given."""
    echoed = written.get(IGNORED, [])
    if not isinstance(echoed, list | tuple):
        raise refuse(expected("a list of names of arguments that change nothing", echoed), IGNORED)
    faults, known = Collector(), ", ".join(sorted(convention.ignored))
    for number, name in enumerate(echoed):
        if not isinstance(name, str) or name not in convention.ignored:
            told = f"one of: {known}" if known else f"no name: in convention {convention.name} every argument matters"
            faults.add(f"expected {told}", IGNORED, number)
    for name in written.keys() & convention.ignored:
        if not isinstance(written[name], bool):
            faults.add(expected("true, false or null", written[name]), name)
    faults.settle()
    return tuple(dict.fromkeys([*echoed, *(key for key in written if key in convention.ignored)]))


def default_convention(optimizer: str) -> str:
    """The convention of a request that names none: torch where torch has the optimizer, then the paper, else the first that has it.

    A chain is optax's.
    """
    return next((convention.name for convention in CONVENTIONS.values() if optimizer in convention.by_optimizer), "optax")


@cache
def members_of(optimizer: str) -> frozenset[str]:
    """What may stand beside the name of an optimizer, in any convention: what is null there is left out."""
    rows = [convention.by_optimizer[optimizer] for convention in CONVENTIONS.values() if optimizer in convention.by_optimizer]
    together = [argument for row in rows for several in row.together for argument in several.arguments]
    framework = [argument for row in rows for argument in (*row.arguments, *row.absent, *row.turns)]
    common = [argument for convention in CONVENTIONS.values() for argument in (*convention.arguments, *convention.ignored)]
    return frozenset(("convention", IGNORED, *OPTIMIZERS[optimizer].by_name, *WRAPPERS, *common, *framework, *together))


def _look_up(written: Mapping[str, Any]) -> tuple[Convention, Row, Mapping[str, Any]]:
    """Find the convention and the row in it that a request names."""
    if "name" not in written:
        raise refuse(f"expected a name, one of: {', '.join(OPTIMIZERS)}", "name")
    name, faults = written["name"], Collector()
    if not isinstance(name, str):
        faults.add(expected("a string", name), "name")
    asked = None
    with faults.at("convention"):
        asked = _convention(written)
    faults.settle()
    searched = [CONVENTIONS[asked]] if asked else list(CONVENTIONS.values())
    for convention in searched:
        if plainly(name) in convention.by_name:
            return (convention, *_turned(written, convention))
    elsewhere = [convention.name for convention in CONVENTIONS.values() if plainly(name) in convention.by_name]
    if elsewhere:
        raise refuse(f"{asked} has no {name}; these conventions have it: {', '.join(elsewhere)}", "name")
    if reason := next(filter(None, (_why_not(name, convention) for convention in searched)), None):
        raise refuse(reason, "name")
    to_come = [convention.name for convention in searched if plainly(name) in map(plainly, convention.not_yet)]
    if to_come:
        raise refuse(f"{name} of {' and '.join(to_come)} is not in this service yet. Known names: {', '.join(OPTIMIZERS)}", "name")
    rows = [row for convention in searched for row in convention.rows]
    raise refuse(unknown("optimizer", name, [row.optimizer for row in rows], also=[known for row in rows for known in row.names]), "name")


def _why_not(name: str, convention: Convention) -> str | None:
    """Why something that a framework has is no optimizer here, None where there is nothing to say."""
    for refused, reason in convention.refused.items():
        if plainly(refused) == plainly(name):
            return f"{refused} of {convention.name} is not in this service: {reason}"
    for wrapper, members in convention.around.items():
        if plainly(wrapper) == plainly(name):
            return f"{wrapper} of {convention.name} stands around another optimizer: use that one's name, with {members}"
    return None


def _convention(written: Mapping[str, Any]) -> str | None:
    """The convention that a request names, None where it names none."""
    asked = written.get("convention")
    if asked is None:
        return None
    if not isinstance(asked, str):
        raise refuse(expected(f"one of {', '.join(CONVENTIONS)}", asked))
    if plainly(asked) not in CONVENTIONS:
        raise refuse(unknown("convention", asked, CONVENTIONS))
    return plainly(asked)


def _turned(written: Mapping[str, Any], convention: Convention) -> tuple[Row, Mapping[str, Any]]:
    """The row of a name, or of the name that one of its flags turns it into (optax's adam(nesterov=True) is nadam)."""
    row, implied = convention.by_name[plainly(written["name"])]
    for argument, others in row.turns.items():
        if row.takes(argument, written["name"]) and isinstance(written.get(argument), bool):
            turned, implied_there = convention.by_name[plainly(others[written[argument]])]
            return turned, {**implied, **implied_there}
    return row, implied


def _translate(written: Mapping[str, Any], convention: Convention, row: Row, optimizer: Optimizer) -> tuple[dict[str, Any], list[Fault]]:
    """The hyperparameters that were given, under their own names."""
    given, faults, spoken_by = dict[str, Any](), list[Fault](), dict[str, str]()
    spoken = {key: value for key, value in written.items() if key not in ("name", "convention")}
    readings = {
        key: _own(key, value, written["name"], convention, row, optimizer, number) for number, (key, value) in enumerate(spoken.items())
    }
    for together in row.together:
        said = [key for key in together.arguments if readings.pop(key, None) is not None]
        if said:
            readings[said[-1]] = together.own(tuple(written.get(key, True) for key in together.arguments))
    for key, own in readings.items():
        if isinstance(own, str):
            faults.append(Fault((key,), own))
            continue
        for name, quantity in own.items():
            if name in spoken_by:
                faults.append(Fault((key,), f"{spoken_by[name]} sets the same quantity; give only one of them"))
            spoken_by[name] = key
            given[name] = quantity
    return given, faults


def _own(key: str, value: Any, name: str, convention: Convention, row: Row, optimizer: Optimizer, before: int) -> dict[str, Any] | str:
    """One argument under its own name, or what is wrong with it; `before` is how many stand before it."""
    if not row.takes(key, name):
        return f"{name} does not accept this in convention {convention.name}"
    if key in row.turns:
        return {} if isinstance(value, bool) else expected("true or false", value)
    if key in row.arguments:
        return row.arguments[key].own(value)
    if key in convention.arguments:
        return convention.arguments[key].own(value)
    if key in optimizer.by_name or key in WRAPPERS:
        return {key: value}
    if key in row.absent:
        if value == row.absent[key] and type(value) is type(row.absent[key]):
            return {}
        return f"{convention.name}'s {_shown(row)} has {key}; this service does not have it yet"
    for other in CONVENTIONS.values():
        same = other.by_optimizer.get(row.optimizer)
        if same is not None and key in same.arguments:
            targets = " and ".join(same.arguments[key].targets)
            return f"this is the name in convention {other.name}; use {targets} instead"
    elsewhere = [argument for other in CONVENTIONS.values() for argument in getattr(other.by_optimizer.get(row.optimizer), "arguments", ())]
    return unknown(
        f"hyperparameter of {optimizer.name}",
        key,
        [*optimizer.by_name, *row.arguments],
        also=[*elsewhere, *WRAPPERS, *convention.arguments],
        before=before - len(optimizer.by_name),
    )


def _shown(row: Row) -> str:
    """The framework's own name for the row."""
    return next(iter(row.names), row.optimizer)


def _settings(given: Mapping[str, Any], row: Row, optimizer: Optimizer, convention: Convention) -> tuple[dict[str, Any], list[Fault]]:
    """Every hyperparameter of the optimizer: as given, else the convention's default, else its own."""
    defaults = dict(row.defaults)
    for (name, value), changed in row.when.items():
        if given.get(name, defaults.get(name)) == value:
            defaults.update(changed)
    settings, faults = dict[str, Any](), list[Fault]()
    for name, hyperparameter in optimizer.by_name.items():
        if name in given:
            settings[name] = given[name]
        elif name in defaults or (hyperparameter.default is not None and name not in row.required):
            settings[name] = defaults.get(name, hyperparameter.default)
        else:
            faults.append(Fault((name,), f"expected a value: {name} has no default in convention {convention.name}"))
    return {**settings, **{name: given[name] for name in WRAPPERS if name in given}}, faults


def _range_faults(settings: dict[str, Any], optimizer: Optimizer, layout: Layout | None) -> list[tuple[str, tuple[str, ...], str]]:
    """What is wrong with the values; numbers become floats on the way."""
    wrong = list[tuple[str, tuple[str, ...], str]]()
    for name, value in settings.items():
        hyperparameter = WRAPPERS.get(name) or optimizer.by_name[name]
        if name not in WRAPPERS and hyperparameter.type == "number" and isinstance(value, Mapping):
            wrong += _group_faults(settings, hyperparameter, optimizer, layout)
        elif detail := hyperparameter.fault(value):
            wrong.append((name, (), detail))
        elif hyperparameter.type == "number":
            settings[name] = float(value) + 0.0  # -0.0 is 0.0, as it is for the cache
    return wrong


def _group_faults(
    settings: dict[str, Any], hyperparameter: Hyperparameter, optimizer: Optimizer, layout: Layout | None
) -> list[tuple[str, tuple[str, ...], str]]:
    """What is wrong with a hyperparameter of one number per tensor: parameter groups, as torch has them."""
    name, values = hyperparameter.name, settings[hyperparameter.name]
    if (optimizer.asks_objective and name != "lr") or hyperparameter.of_all:
        return [(name, (), f"expected one number: {optimizer.name} takes one step for all tensors together")]
    wrong: list[tuple[str, tuple[str, ...], str]] = [
        (name, (str(tensor),), detail) for tensor, value in values.items() if (detail := hyperparameter.fault(value))
    ]
    if not values:
        wrong.append((name, (), "expected a number, or an object of one number per tensor"))
    if layout is not None and values and layout.names is None:
        wrong.append((name, (), "expected one number: the params have no names"))
    elif layout is not None and layout.names is not None and values:
        wrong += [(name, tuple(map(str, fault.path)), fault.detail) for fault in name_faults(list(map(str, values)), layout.names)]
    if not wrong:
        settings[name] = {tensor: float(value) + 0.0 for tensor, value in values.items()}
    return wrong


def _crossed_faults(settings: Mapping[str, Any], row: Row, optimizer: Optimizer) -> list[Fault]:
    """What is wrong with several hyperparameters together, those of each parameter group by themselves."""
    tensors = grouped(settings)
    of_tensors = {name: tuple(value) for name, value in settings.items() if isinstance(value, Mapping)} if tensors else {}
    unlike = [fault.under(name) for name, names in of_tensors.items() for fault in name_faults(names, tensors)]
    if unlike:
        return unlike
    if not tensors:
        return [*optimizer.check(settings), *row.check(settings)]
    found = list[Fault]()
    for tensor in tensors:
        own = {**settings_of(settings, tensor), "lr": settings["lr"]}
        for fault in (*optimizer.check(own), *row.check(own)):
            name = str(fault.path[0])
            is_of_tensor = name != "lr" and isinstance(settings.get(name), Mapping)  # whether lr is one number is a question to all
            found.append(Fault((*fault.path, tensor), fault.detail) if is_of_tensor else fault)
    return list(dict.fromkeys(found))


def _place(written: Mapping[str, Any], convention: Convention, row: Row, name: str) -> tuple[str | int, ...]:
    """Where a hyperparameter was given: a key, or in a list of several the entry."""
    arguments = {**convention.arguments, **row.arguments}
    if name in written:
        return (name,)
    key = next((key for key, argument in arguments.items() if key in written and name in argument.targets), name)
    if key != name and isinstance(written[key], list | tuple):
        return (key, arguments[key].targets.index(name))
    return (key,)

"""From the arguments that somebody gave an optimizer to its hyperparameters: which row they are for, and what each stands for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from ..optimizers import OPTIMIZERS, Optimizer
from ..optimizers.wrapping import WRAPPERS
from ..reading.faults import Collector, Fault, no_name, refuse, unknown, whole
from ..reading.faults import plain as plainly
from ..reading.tensors import expected
from . import CONVENTIONS
from .declaration import Convention, Row
from .letters import letter_of_the_rate, meant_by_letter, name_of

DIGITS = "0123456789"

#: Names that people write for an optimizer, and that no framework has: a request with one is refused, and told the name it means.
SPOKEN_NAMES = {
    "gradient descent": "gd",
    "vanilla gradient descent": "gd",
    "batch gradient descent": "gd",
    "steepest descent": "gd",
    "stochastic gradient descent": "sgd",
    "mini-batch gradient descent": "sgd",
    "gradient descent with momentum": "momentum",
    "sgd with momentum": "momentum",
    "sgdm": "momentum",
    "heavy ball": "momentum",
    "nag": "nesterov",
    "nesterov momentum": "nesterov",
    "nesterov accelerated gradient": "nesterov",
    "normalized gradient descent": "normalized_gd",
    "sign gradient descent": "sign_gd",
    "root mean square propagation": "rmsprop",
    "adaptive moment estimation": "adam",
}

#: The same for conventions.
SPOKEN_CONVENTIONS = {"tensorflow": "keras", "tf": "keras", "tf.keras": "keras", "jax": "optax", "deeplearning.ai": "course"}

#: Where an echo has the arguments that change nothing.
IGNORED = "ignored"


def ignored_in(written: Mapping[str, Any], convention: Convention) -> tuple[str, ...]:
    """The arguments that change no number here, in their order; `ignored` of an echo is read as if they were given."""
    idle, echoed = convention.idle, written.get(IGNORED, [])
    if not isinstance(echoed, list | tuple):
        raise refuse(expected("a list of names of arguments that change nothing", echoed), IGNORED)
    faults, known = Collector(), ", ".join(sorted(idle))
    for number, name in enumerate(echoed):
        if not isinstance(name, str) or name not in idle:
            told = f"one of: {known}" if known else f"no name: in convention {convention.name} every argument matters"
            faults.add(f"expected {told}", IGNORED, number)
    for name in written.keys() & convention.ignored:
        if not isinstance(written[name], bool):
            faults.add(expected("true, false or null", written[name]), name)
    for name in written.keys() & idle - convention.ignored:
        if not isinstance(written[name], list | tuple) or any(whole(each) is None for each in written[name]):
            faults.add(expected("a list of whole numbers, as in state_dict(), or null", written[name]), name)
    faults.settle()
    return tuple(dict.fromkeys([*echoed, *(key for key in written if key in idle)]))


@cache
def members_of(optimizer: str) -> frozenset[str]:
    """What may stand beside the name of an optimizer, in any convention: what is null there is left out."""
    rows = [convention.by_optimizer[optimizer] for convention in CONVENTIONS.values() if optimizer in convention.by_optimizer]
    together = [argument for row in rows for several in row.together for argument in several.arguments]
    framework = [argument for row in rows for argument in (*row.arguments, *row.absent, *row.turns)]
    common = [argument for convention in CONVENTIONS.values() for argument in (*convention.arguments, *convention.idle)]
    return frozenset(("convention", IGNORED, *OPTIMIZERS[optimizer].by_name, *WRAPPERS, *common, *framework, *together))


def look_up(written: Mapping[str, Any]) -> tuple[Convention, Row, Mapping[str, Any]]:
    """Find the convention and the row in it that a request names."""
    if "name" not in written:
        raise refuse(no_name(written, {name for convention in CONVENTIONS.values() for name in convention.by_name}, OPTIMIZERS), "name")
    name, faults = written["name"], Collector()
    if isinstance(name, str) and _is_numbered(written):
        written = {**written, "name": name.rstrip(DIGITS).rstrip("_")}
        name = written["name"]
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
    also = [known for row in rows for known in row.names]
    raise refuse(unknown("optimizer", name, [row.optimizer for row in rows], also, meant=SPOKEN_NAMES), "name")


def _is_numbered(written: Mapping[str, Any]) -> bool:
    """Whether a name is one that Keras gives the second optimizer of a kind, such as sgd_1."""
    name, stem = str(written["name"]), str(written["name"]).rstrip(DIGITS)
    keras = CONVENTIONS["keras"]
    return (
        isinstance(written.get("convention"), str)
        and plainly(written["convention"]) == keras.name
        and stem.endswith("_")
        and stem != name
        and plainly(name) not in keras.by_name
    )


def _why_not(name: str, convention: Convention) -> str | None:
    """Why something that a framework has is no optimizer here, None where there is nothing to say."""
    for refused, reason in convention.refused.items():
        if plainly(refused) == plainly(name):
            return f"{refused} of {convention.name} is not in this service: {reason}"
    for wrapper, members in convention.around.items():
        if plainly(wrapper) == plainly(name):
            return f"{wrapper} of {convention.name} wraps another optimizer: use the name of that optimizer, with {members}"
    return None


def _convention(written: Mapping[str, Any]) -> str | None:
    """The convention that a request names, None where it names none."""
    asked = written.get("convention")
    if asked is None:
        return None
    if not isinstance(asked, str):
        raise refuse(expected(f"one of {', '.join(CONVENTIONS)}", asked))
    if plainly(asked) not in CONVENTIONS:
        raise refuse(unknown("convention", asked, CONVENTIONS, meant=SPOKEN_CONVENTIONS))
    return plainly(asked)


def _turned(written: Mapping[str, Any], convention: Convention) -> tuple[Row, Mapping[str, Any]]:
    """The row of a name, or of the name that one of its flags turns it into (optax's adam(nesterov=True) is nadam)."""
    row, implied = convention.by_name[plainly(written["name"])]
    for argument, others in row.turns.items():
        if row.takes(argument, written["name"]) and isinstance(written.get(argument), bool):
            turned, implied_there = convention.by_name[plainly(others[written[argument]])]
            return turned, {**implied, **implied_there}
    return row, implied


def translate(written: Mapping[str, Any], convention: Convention, row: Row, optimizer: Optimizer) -> tuple[dict[str, Any], list[Fault]]:
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
        idle = row.absent[key] if isinstance(row.absent[key], tuple) else (row.absent[key],)
        if any(value == each and type(value) is type(each) for each in idle):
            return {}
        return f"{convention.name}'s {_shown(row)} has {key}; this service does not have it yet"
    return _told_of_unknown(key, convention, row, optimizer, before)


def _told_of_unknown(key: str, convention: Convention, row: Row, optimizer: Optimizer, before: int) -> str:
    """What is said of an argument that the convention does not have."""
    if letter := meant_by_letter(key, convention, row, optimizer):
        return letter
    for other in CONVENTIONS.values():
        same = other.by_optimizer.get(row.optimizer)
        if same is not None and key in same.arguments:
            targets = " and ".join(same.arguments[key].targets)
            return f"this is the name in convention {other.name}; use {targets} instead{_or_the_rate(key, convention, row)}"
    if key in convention.former:
        return convention.former[key]
    rows = [other.by_optimizer[row.optimizer] for other in CONVENTIONS.values() if row.optimizer in other.by_optimizer]
    elsewhere = {name: argument.targets[0] for each in rows for name, argument in each.arguments.items() if argument.targets}
    return unknown(
        f"hyperparameter of {optimizer.name}",
        key,
        [*optimizer.by_name, *row.arguments],
        also=[*WRAPPERS, *convention.arguments],
        before=before - len(optimizer.by_name),
        meant=elsewhere,
    )


def _or_the_rate(key: str, convention: Convention, row: Row) -> str:
    """What is added for a name that is a letter of the rate elsewhere: alpha is torch's name of rho, and the rate in most books."""
    elsewhere = any(letter_of_the_rate(key, each) for each in CONVENTIONS.values())
    return f"; for the learning rate use {name_of('lr', convention, row)}" if elsewhere else ""


def _shown(row: Row) -> str:
    """The framework's own name for the row."""
    return next(iter(row.names), row.optimizer)


def all_settings(given: Mapping[str, Any], row: Row, optimizer: Optimizer, convention: Convention) -> tuple[dict[str, Any], list[Fault]]:
    """Every hyperparameter of the optimizer: as given, else the convention's default, else its own."""
    defaults = dict(row.defaults)
    for (name, value), changed in row.when.items():
        if given.get(name, defaults.get(name)) == value:
            defaults.update(changed)
    settings, faults = dict[str, Any](), list[Fault]()
    for name, hyperparameter in optimizer.by_name.items():
        if name in given:
            settings[name] = given[name]
        elif name in row.derived:
            settings[name] = row.derived[name].value({**{each: h.default for each, h in optimizer.by_name.items()}, **defaults, **given})
        elif name in defaults or (hyperparameter.default is not None and name not in row.required):
            settings[name] = defaults.get(name, hyperparameter.default)
        else:
            faults.append(Fault((name,), f"expected a value: {name} has no default in convention {convention.name}"))
    return {**settings, **{name: given[name] for name in WRAPPERS if name in given}}, faults


def place_of(written: Mapping[str, Any], convention: Convention, row: Row, name: str) -> tuple[str | int, ...]:
    """Where a hyperparameter was given: a key, or in a list of several the entry."""
    arguments = {**convention.arguments, **row.arguments}
    if name in written:
        return (name,)
    key = next((key for key, argument in arguments.items() if key in written and name in argument.targets), name)
    if key != name and isinstance(written[key], list | tuple):
        return (key, arguments[key].targets.index(name))
    return (key,)

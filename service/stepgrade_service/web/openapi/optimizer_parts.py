"""The schemas of openapi.yaml for optimizers: a name, an object, a call, a configuration, a chain."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...engine.conventions import CONVENTIONS
from ...engine.conventions.call_arguments import EXAMPLE as CALL_EXAMPLE
from ...engine.conventions.call_arguments import PARAMS, RATES
from ...engine.conventions.chains import MOST_LINKS
from ...engine.conventions.choice import CHAIN
from ...engine.conventions.constructors import CONSTRUCTORS
from ...engine.conventions.declaration import Argument, Flag, Row, Several
from ...engine.conventions.differences import rows_of
from ...engine.conventions.optax_transforms import KNOWN
from ...engine.conventions.pasting import CALL, CLASS, CONFIG
from ...engine.optimizers import OPTIMIZERS, Hyperparameter, Optimizer
from ...engine.optimizers.declaration import LARGEST
from ...engine.optimizers.hyperparameters import LR
from ...engine.optimizers.wrapping import WRAPPERS
from ...engine.reading.bounds import (
    LONGEST_LABEL,
)
from ...engine.reading.faults import plain
from ...engine.reading.python_calls import LONGEST_CALL
from .vocabulary import (
    IN_ANY_CASE,
    NULL,
    Json,
    any_of,
    bounded,
    closed,
    either,
    named,
    one_of,
    ref,
    type_of,
)


def hyperparameter_schema(h: Hyperparameter, *, grouped: bool) -> Json:
    """What a hyperparameter may be, its own bounds and no others; `grouped` is whether named tensors may have a number each."""
    if h.type == "switch":
        return one_of(h.allowed, h.meaning)
    most = LARGEST if h.maximum is None and h.below is None else h.maximum
    least = -LARGEST if h.minimum is None and h.above is None else h.minimum
    schema = bounded("integer" if h.whole else "number", least, most, h.below, h.above)
    return {**(ref(groups_name(h)) if grouped else schema), "description": h.meaning}


def groups_name(h: Hyperparameter) -> str:
    """The component for a number in the range of a hyperparameter, or one per named tensor."""
    return "NumberOrGroups." + "_".join(re.findall(r"[\w.-]+", h.range.removeprefix("a ").replace("+", "")))


def groups() -> dict[str, Json]:
    """A number, or parameter groups as torch has them, for every range that a hyperparameter has."""
    found = dict[str, Json]()
    for h in (h for entry in OPTIMIZERS.values() for h in entry.hyperparameters if h.type == "number" and entry.takes_groups(h)):
        number = {name: value for name, value in hyperparameter_schema(h, grouped=False).items() if name != "description"}
        found[groups_name(h)] = any_of(number, named(number), description="one number, or an object of one number per named tensor")
    return found


def of_optimizer(entry: Optimizer, h: Hyperparameter) -> Json:
    """A hyperparameter of an optimizer: what searches along one line takes one number for all tensors, but for the rates."""
    return hyperparameter_schema(h, grouped=entry.takes_groups(h))


def shared_hyperparameters() -> dict[str, Json]:
    """The hyperparameters that are the same wherever they are, by the name of their component."""
    by_name: dict[str, list[Json]] = {}
    for entry in OPTIMIZERS.values():
        for h in entry.hyperparameters:
            by_name.setdefault(h.name, []).append(of_optimizer(entry, h))
    by_name |= {name: [hyperparameter_schema(h, grouped=False)] for name, h in WRAPPERS.items()}
    return {f"Hyperparameter.{name}": schemas[0] for name, schemas in by_name.items() if all(schema == schemas[0] for schema in schemas)}


def optimizer_schemas() -> dict[str, Json]:
    """A name, or an object: for each optimizer its hyperparameters, and every argument that a framework has for it."""
    shared = shared_hyperparameters()
    names = {name: names_of(entry) for name, entry in OPTIMIZERS.items()}
    by_name = one_of(without_repetitions(known for several in names.values() for known in several), IN_ANY_CASE)
    objects = {f"Optimizer.{name}": optimizer_schema(entry, shared) for name, entry in OPTIMIZERS.items()}
    objects |= {"Optimizer.chain": chain_schema(), "Optimizer.call": call_schema(), "Optimizer.config": config_schema()}
    described = (
        "a name, or an object with the name and hyperparameters; /optimizers/{name} lists the hyperparameters and defaults "
        "of each convention"
    )
    convention = one_of(CONVENTIONS, "the convention that the optimizer is written in, in the answer")
    whole = any_of(by_name, *map(ref, objects), description=described)
    return {"Optimizer": whole, "ConventionName": convention, **objects, **shared, **groups()}


def names_of(entry: Optimizer) -> list[str]:
    """The catalogue's own name, then those of the conventions."""
    return without_repetitions([entry.name, *[known for row in rows_of(entry.name).values() for known in row.names]])


def without_repetitions(names: Iterable[str]) -> list[str]:
    """Names that differ in more than upper and lower case: of others, code generators make the same identifier. The first is kept."""
    return list({plain(name): name for name in reversed(list(names))}.values())[::-1]


def optimizer_schema(entry: Optimizer, shared: dict[str, Json]) -> Json:
    """One optimizer with hyperparameters beside its name."""
    rows = rows_of(entry.name)
    own = {
        h.name: ref(f"Hyperparameter.{h.name}") if f"Hyperparameter.{h.name}" in shared else of_optimizer(entry, h)
        for h in entry.hyperparameters
    }
    own |= {name: ref(f"Hyperparameter.{name}") for name in WRAPPERS}
    properties: dict[str, list[Json]] = {name: [schema] for name, schema in own.items()}
    for row in rows.values():
        for argument, schema in arguments_of(row, own).items():
            properties.setdefault(argument, []).append(schema)
    for argument, schema in common_arguments(rows, own).items():
        properties.setdefault(argument, []).append(schema)
    name = one_of(names_of(entry), IN_ANY_CASE)
    convention = one_of(rows, f"{next(iter(rows))} if left out")
    taken = {"name": name, "convention": convention, **{key: either(schemas) for key, schemas in properties.items()}}
    return closed({**taken, **idle_arguments(rows.values(), taken)}, ["name"])


def call_schema() -> Json:
    """The call of a framework's constructor, as text."""
    text = {"type": "string", "minLength": 1, "maxLength": LONGEST_CALL, "example": CALL_EXAMPLE}
    text["description"] = (
        "the call as in a program; nothing of it is run. torch's params may be left out, and keras's and optax's rate may be a schedule. "
        "The convention may be left out where the name says it, as in torch.optim.Adam(...)"
    )
    return {"type": "object", "properties": {"convention": one_of(RATES), CALL: text}, "required": [CALL]}


def config_schema() -> Json:
    """What keras.optimizers.serialize gives."""
    config = {"type": "object", "additionalProperties": True, "description": "what get_config() gives; its own name says nothing"}
    own = {CLASS: {"type": "string"}, CONFIG: config, "convention": one_of(["keras"])}
    return {"type": "object", "properties": own, "required": [CLASS]}


def chain_schema() -> Json:
    """A chain of optax's transforms, each with its arguments."""
    number = {"type": "number"}
    links = [closed({name: any_of(number, {"type": "object", "additionalProperties": True}, NULL)}, [name]) for name in KNOWN]
    last = {
        "type": "object",
        "propertyNames": {"type": "string", "enum": [constructor.name for constructor in CONSTRUCTORS["optax"]]},
        "additionalProperties": any_of(number, {"type": "object", "additionalProperties": True}, NULL),
        "minProperties": 1,
        "maxProperties": 1,
        "description": "an optimizer of optax, as the last link with a learning rate",
    }
    links.append(last)
    chain = {"type": "array", "minItems": 1, "maxItems": MOST_LINKS, "items": any_of(*links)}
    own = {
        "name": one_of([CHAIN]),
        "convention": one_of(["optax"]),
        CHAIN: {**chain, "description": "transforms, each an object of one; it has the arguments of the transform, or its only argument"},
        "lr": {**ref(groups_name(LR)), "description": "the learning rate, where scale_by_learning_rate has none"},
    }
    return closed({**own, **{name: ref(f"Hyperparameter.{name}") for name in WRAPPERS}}, [CHAIN])


def arguments_of(row: Row, own: dict[str, Json]) -> dict[str, Json]:
    """What a framework's own arguments may be."""
    together = {argument for several in row.together for argument in several.arguments}
    flags = {name: {"type": "boolean"} for name in (*together, *row.turns)}
    spoken = {name: flags.get(name) or argument_schema(argument, own) for name, argument in row.arguments.items()}
    return {**spoken, **{name: flags[name] for name in row.turns}}


def common_arguments(conventions: Iterable[str], own: dict[str, Json]) -> dict[str, Json]:
    """What every optimizer of a convention takes, and what changes nothing there."""
    found = dict[str, Json]()
    ignored = dict[str, None]()
    for convention in (CONVENTIONS[name] for name in conventions):
        found |= {name: own[meant.targets[0]] for name, meant in convention.arguments.items() if meant.targets[0] in own}
        ignored |= dict.fromkeys(sorted(convention.idle))
    found |= {name: any_of({"type": "boolean"}, NULL, description="changes no number here") for name in ignored}
    if PARAMS in ignored:
        numbers = {"type": "array", "items": {"type": "integer"}}
        found[PARAMS] = any_of(numbers, NULL, description="the params of a group in state_dict(); changes no number here")
    if ignored:
        found["ignored"] = {"type": "array", "items": one_of(ignored), "description": "arguments that were given and change no number"}
    return found


def idle_arguments(rows: Iterable[Row], known: Iterable[str]) -> dict[str, Json]:
    """Arguments that have to stay at their defaults, since what they do is not in this service."""
    found: dict[str, list[Json]] = {}
    for row in rows:
        for argument, value in row.absent.items():
            if argument not in known:
                found.setdefault(argument, []).extend(map(idle_value, value if isinstance(value, tuple) else (value,)))
    return {argument: either(schemas) for argument, schemas in found.items()}


def idle_value(value: object) -> Json:
    """The one value that an argument may have."""
    if value is None:
        return NULL
    return {"type": "array", "items": {"type": "string"}, "maxItems": 0} if value == [] else {"type": type_of(value), "const": value}


def argument_schema(argument: Argument, own: dict[str, Json]) -> Json:
    if isinstance(argument, Flag):
        return {"type": "boolean"}
    if isinstance(argument, Several):
        count = len(argument.targets)
        several = {"minItems": count, "maxItems": count, "description": " and ".join(argument.targets)}
        return {"type": "array", "items": either(own[target] for target in argument.targets), **several}
    return own[argument.targets[0]]


def contender_schemas(optimizers: dict[str, Json]) -> dict[str, Json]:
    """An optimizer that may have a label beside its name."""
    label = {
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST_LABEL,
        "description": "its name in the answer; if left out, the name of the optimizer",
    }
    names = [f"Optimizer.{name}" for name in (*OPTIMIZERS, CHAIN, CALL, CONFIG)]
    labelled = {
        name.replace("Optimizer", "Contender"): {**optimizers[name], "properties": {"label": label, **optimizers[name]["properties"]}}
        for name in names
    }
    by_name = optimizers["Optimizer"]["anyOf"][0]
    return {"Contender": any_of(by_name, *map(ref, labelled), description="an optimizer, with an optional label"), **labelled}

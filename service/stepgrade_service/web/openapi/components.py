"""The schemas of openapi.yaml for the parts of requests that no marshmallow schema holds: tensors, optimizers, objectives."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import combinations

from ...engine.comparing.map_plan import AXES, MEASURES
from ...engine.comparing.matching import MODES, TUNED
from ...engine.conventions import CONVENTIONS
from ...engine.conventions.chains import MOST_LINKS, RATE, SCALE, TRANSFORMS
from ...engine.conventions.choice import CHAIN
from ...engine.conventions.declaration import Argument, Flag, Row, Several
from ...engine.conventions.pasting import CALL, CLASS, CONFIG, FIRST
from ...engine.conventions.pasting import EXAMPLE as CALL_EXAMPLE
from ...engine.converting.constructors import CONSTRUCTORS
from ...engine.objectives import OBJECTIVES, Objective, Parameter
from ...engine.objectives.data.models import ALIASES, MODELS, MOST_LAYERS, Member, ModelKind
from ...engine.objectives.resolve import resolve as resolve_objective
from ...engine.optimizers import OPTIMIZERS, Hyperparameter, Optimizer
from ...engine.optimizers.declaration import LARGEST
from ...engine.optimizers.hyperparameters import LR
from ...engine.optimizers.wrapping import WRAPPERS
from ...engine.reading.bounds import (
    LONGEST_LABEL,
    LONGEST_NAME,
    MAX_DEPTH,
    MAX_LEVELS,
    MOST_CASES,
    MOST_KEYS,
    MOST_NUMBERS,
    MOST_OPTIMIZERS,
    MOST_QUANTITIES,
    MOST_STARTS,
    MOST_STEPS,
    MOST_STEPS_TAKEN,
)
from ...engine.reading.faults import plain
from ...engine.reading.python_calls import LONGEST_CALL
from ...engine.running.state import SCHEDULE
from ...engine.running.stops import ARRIVALS, STOP_RULES, TARGETS, WHEN
from ...grading.checking.case import COMPARABLE
from ...grading.checking.submissions import SIDE_EFFECTS
from .expressions import expression_parts
from .schedule_parts import by_label_schemas, memory_schema, noise_schemas, schedule_schemas
from .vocabulary import (
    FLOAT64,
    LEVELS,
    NULL,
    NUMBER,
    Json,
    any_of,
    bounded,
    closed,
    either,
    listed,
    named,
    one_of,
    ref,
    tensor_of,
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
    for h in (h for entry in OPTIMIZERS.values() for h in entry.hyperparameters if h.type == "number" and is_grouped(entry, h)):
        number = {name: value for name, value in hyperparameter_schema(h, grouped=False).items() if name != "description"}
        found[groups_name(h)] = any_of(number, named(number), description="one number, or an object of one number per named tensor")
    return found


def of_optimizer(entry: Optimizer, h: Hyperparameter) -> Json:
    """A hyperparameter of an optimizer: what searches along one line takes one number for all tensors, but for the rates."""
    return hyperparameter_schema(h, grouped=is_grouped(entry, h))


def is_grouped(entry: Optimizer, h: Hyperparameter) -> bool:
    """Whether named tensors may have a number each."""
    return (h.name == "lr" or not entry.asks_objective) and not h.of_all


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


IN_ANY_CASE = "upper or lower case, with or without underscores"


def rows_of(entry: Optimizer) -> dict[str, Row]:
    """How each convention that has an optimizer writes it."""
    return {name: convention.by_optimizer[entry.name] for name, convention in CONVENTIONS.items() if entry.name in convention.by_optimizer}


def names_of(entry: Optimizer) -> list[str]:
    """The catalogue's own name, then those of the conventions."""
    return without_repetitions([entry.name, *[known for row in rows_of(entry).values() for known in row.names]])


def without_repetitions(names: Iterable[str]) -> list[str]:
    """Names that differ in more than upper and lower case: of others, code generators make the same identifier. The first is kept."""
    return list({plain(name): name for name in reversed(list(names))}.values())[::-1]


def optimizer_schema(entry: Optimizer, shared: dict[str, Json]) -> Json:
    """One optimizer with hyperparameters beside its name."""
    rows = rows_of(entry)
    own = {
        h.name: ref(f"Hyperparameter.{h.name}") if f"Hyperparameter.{h.name}" in shared else of_optimizer(entry, h)
        for h in entry.hyperparameters
    }
    own |= {} if entry.asks_objective else {name: ref(f"Hyperparameter.{name}") for name in WRAPPERS}
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
    return {"type": "object", "properties": {"convention": one_of(FIRST), CALL: text}, "required": [CALL]}


def config_schema() -> Json:
    """What keras.optimizers.serialize gives."""
    config = {"type": "object", "additionalProperties": True, "description": "what get_config() gives; its own name says nothing"}
    own = {CLASS: {"type": "string"}, CONFIG: config, "convention": one_of(["keras"])}
    return {"type": "object", "properties": own, "required": [CLASS]}


def chain_schema() -> Json:
    """A chain of optax's transforms, each with its arguments."""
    number = {"type": "number"}
    links = [
        closed({name: any_of(number, {"type": "object", "additionalProperties": True}, NULL)}, [name])
        for name in (*TRANSFORMS, RATE, SCALE)
    ]
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
        ignored |= dict.fromkeys(sorted(convention.ignored))
    found |= {name: any_of({"type": "boolean"}, NULL, description="changes no number here") for name in ignored}
    if ignored:
        found["ignored"] = {"type": "array", "items": one_of(ignored), "description": "arguments that were given and change no number"}
    return found


def idle_arguments(rows: Iterable[Row], known: Iterable[str]) -> dict[str, Json]:
    """Arguments that have to stay at their defaults, since what they do is not in this service."""
    found: dict[str, list[Json]] = {}
    for row in rows:
        for argument, value in row.absent.items():
            if argument not in known:
                found.setdefault(argument, []).append(NULL if value is None else {"type": type_of(value), "const": value})
    return {argument: either(schemas) for argument, schemas in found.items()}


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


def comparison_parts() -> dict[str, Json]:
    """The parts of a comparison that the engine reads."""
    grid = {"type": "array", "items": {"type": "number", "exclusiveMinimum": 0, "maximum": LARGEST}, "minItems": 3, "maxItems": 3}
    described = {
        **grid,
        "description": "[from, to, how many]: learning rates on a logarithmic scale, extended until the best one is not at an end",
    }
    modes = [mode for mode in MODES if mode != TUNED]
    names = {"minLength": 1, "maxLength": LONGEST_NAME}
    points = {
        "type": "object",
        "propertyNames": names,
        "additionalProperties": ref("Start"),
        "minProperties": 1,
        "maxProperties": MOST_STARTS,
    }
    labels = {"type": "array", "items": {"type": "string", "maxLength": LONGEST_LABEL}, "minItems": 2, "maxItems": 2, "uniqueItems": True}
    return {
        "Contenders": listed(ref("Contender"), most=MOST_OPTIMIZERS),
        "Starts": any_of(
            {**points, "description": "starts by name"},
            listed(ref("Start"), most=MOST_STARTS),
            description="several starts; each is the name of one of the objective's starts, or params",
        ),
        "Pair": {
            **labels,
            "description": "two labels, with the plain optimizer first: their difference is split into step length and direction",
        },
        "Match": any_of(
            one_of(MODES, "how learning rates are made comparable"),
            closed({"mode": one_of(modes), "grid": NULL}, ["mode"]),
            closed({"mode": {"const": TUNED}, "grid": described}, ["mode"]),
        ),
    }


def map_parts() -> dict[str, Json]:
    """The parts of a map that the engine reads."""
    positive = {"type": "number", "exclusiveMinimum": 0, "maximum": LARGEST}
    spans = {name: {"type": "array", "items": positive if name == "lr" else NUMBER, "minItems": 3, "maxItems": 3} for name in AXES}
    span = "each [from, to, how many]: lr on a logarithmic scale, x and y the coordinates of the start"
    measure = one_of(MEASURES)
    several = {**listed(measure, most=len(MEASURES)), "uniqueItems": True}
    chosen = [*combinations(AXES, 1), *combinations(AXES, 2)]
    return {
        "OneOrTwo": listed(ref("Contender"), most=2),
        "MapGrid": any_of(
            *(closed({axis: spans[axis] if axis in axes else NULL for axis in AXES}, list(axes)) for axes in chosen),
            description=f"one or two axes, {span}",
        ),
        "Measure": any_of(
            measure, several, description="what is reported for each point: one measure or several; settling_step if left out"
        ),
    }


def objective_schema() -> Json:
    """A name, or an object with parameters; objectives that take the same stand together."""
    kinds: list[tuple[list[str], Json]] = []
    for entry in OBJECTIVES.values():
        takes = {"dimension": dimension_schema(entry), **{p.name: parameter_schema(p) for p in entry.parameters}}
        alike = next((names for names, properties in kinds if properties == takes), None)
        if alike is None:
            kinds.append(([entry.name, *entry.aliases], takes))
        else:
            alike += [entry.name, *entry.aliases]
    by_name = one_of((*(name for names, _ in kinds for name in names), *MODELS), IN_ANY_CASE)
    objects = [closed({"name": one_of(names), **takes}, ["name"]) for names, takes in kinds]
    models = [ref(f"Model.{name}") for name in MODELS]
    described = "a name, or an object with the name and parameters (see /objectives/{name} and /data), or an expression"
    return any_of(by_name, *objects, *models, ref("Expression"), description=described)


def model_schemas() -> dict[str, Json]:
    """The models that take data: settings beside the name."""
    return {f"Model.{name}": model_schema(kind) for name, kind in MODELS.items()}


def model_schema(kind: ModelKind) -> Json:
    members = {name: member_schema(each) for name, each in kind.members.items()}
    return closed({"name": one_of([kind.name]), **members}, ["name"], kind.objective.title)


def member_schema(each: Member) -> Json:
    """A member of a model."""
    return {**_member_schema(each), "description": each.meaning}


def _member_schema(each: Member) -> Json:
    if each.kind == "tensor":
        return any_of(listed(FLOAT64), listed(listed(FLOAT64)))
    if each.kind == "flag":
        return {"type": "boolean"}
    if each.kind == "sizes":
        return listed(bounded("integer", int(each.minimum or 0), int(each.maximum or 0)), 0, MOST_LAYERS)
    if each.kind in ("number", "whole"):
        most = LARGEST if each.maximum is None and each.kind == "number" else each.maximum
        return bounded("integer" if each.kind == "whole" else "number", each.minimum, most)
    names = one_of((*each.choices, *(alias for alias, meant in ALIASES.get(each.name, {}).items() if meant in each.choices)))
    return any_of(names, listed(listed(bounded("integer", 0)))) if each.kind == "order" else names


def dimension_schema(entry: Objective) -> Json:
    return {"const": entry.dimension} if entry.dimension else bounded("integer", entry.least_dimension, entry.most_dimension)


def parameter_schema(p: Parameter) -> Json:
    if p.is_matrix:
        row = listed(NUMBER, most=most_dimension())
        return {**listed(row, most=most_dimension()), "description": f"{p.meaning}, as a list of rows"}
    if p.per_coordinate:
        return any_of(NUMBER, listed(NUMBER, most=most_dimension()), description=f"{p.meaning}: one number, or one number per coordinate")
    least, most = -LARGEST if p.minimum is None else p.minimum, LARGEST if p.maximum is None else p.maximum
    return {**bounded("integer" if p.whole else "number", least, most), "description": p.meaning}


def most_dimension() -> int:
    """The most coordinates that an objective can have."""
    return max(entry.dimension or entry.most_dimension for entry in OBJECTIVES.values())


def start_names() -> list[str]:
    """The names of starts that some objective has."""
    return list(dict.fromkeys(name for objective in (*OBJECTIVES, *MODELS) for name in resolve_objective(objective).facts.starts))


def check_parts() -> dict[str, Json]:
    """The parts of a check that the grading reads."""
    numbers = (
        "the numbers that were returned; null for a number that is not finite. A wrong shape is reported as a mismatch, not "
        "as an error of the request"
    )
    returned: Json = {"description": numbers}
    effects = {
        "type": "array",
        "items": one_of(SIDE_EFFECTS),
        "maxItems": MOST_QUANTITIES,
        "description": "what can be seen only in the student's process",
    }
    told = "t and the slots as they were returned, by the service's names"
    state = {**ref("SubmittedState"), "description": told}
    common = {"update": returned, "state": state, "side_effects": effects}
    submission = any_of(
        closed({"params": returned, "points": NULL, **common}, ["params"]),
        closed(
            {
                "points": {"description": "the params after each recorded step; anything else is reported as a mismatch"},
                "params": NULL,
                **common,
            },
            ["points"],
        ),
    )
    reference = any_of(ref("StepRequest"), ref("TrajectoryRequest"))
    limit = bounded("number", 0, LARGEST)
    return {
        "Reference": {**reference, "description": "a /step or /trajectory request; its answer is the right one"},
        "References": any_of(ref("Reference"), listed(ref("Reference"), most=MOST_CASES)),
        "Compares": {
            **listed(one_of(COMPARABLE)),
            "maxItems": MOST_QUANTITIES,
            "description": "what the test compares; params and points if left out",
        },
        "Submission": submission,
        "SubmittedState": {"type": "object", "maxProperties": MOST_KEYS, "additionalProperties": True, "description": told},
        "Submissions": any_of(ref("Submission"), listed(ref("Submission"), most=MOST_CASES), description="one for each reference"),
        "Tolerance": closed(
            {"rtol": limit, "atol": limit}, description="numbers may be off by atol + rtol |expected|; rtol 1e-6, atol 1e-9"
        ),
    }


def request_parts() -> dict[str, Json]:
    """The parts of requests that the engine reads."""
    limit = bounded("number", 0, LARGEST)
    arrival = one_of(ARRIVALS, "what rankings and verdicts count as arrival: the run stays at the target, or it touches the target once")
    nested = f"a number, or nested lists with equal lengths at each level; this document has {LEVELS} levels, the service takes {MAX_DEPTH}"
    counted = "t counts the steps taken; the other keys are the optimizer's slots. A slot that is left out starts as in the convention"
    span = {"type": "array", "items": FLOAT64, "minItems": 2, "maxItems": 2}
    optimizers = optimizer_schemas()
    started = one_of(start_names(), "/objectives/{name} lists the starts of an objective")
    return {
        "Tensor": {**tensor_of(FLOAT64, minItems=1, maxItems=MOST_NUMBERS), "description": nested},
        "Params": any_of(ref("Tensor"), named(ref("Tensor")), description="a tensor, or an object of named tensors"),
        **optimizers,
        **contender_schemas(optimizers),
        **comparison_parts(),
        **map_parts(),
        "Objective": objective_schema(),
        **expression_parts(),
        **model_schemas(),
        "State": {
            "type": "object",
            "description": counted,
            "properties": {"t": bounded("integer", 0, MOST_STEPS_TAKEN), SCHEDULE: memory_schema()},
            "maxProperties": MOST_KEYS,
            "additionalProperties": any_of(ref("Params"), NULL),
        },
        "Gradients": {**listed(ref("Params"), most=MOST_STEPS), "description": "one gradient per step, to be replayed"},
        "Values": {
            **listed(FLOAT64, most=MOST_STEPS),
            "description": "the loss at the params of each step of a replay",
        },
        "HessianDiagonals": {
            **listed(any_of(ref("Params"), NULL), most=MOST_STEPS),
            "description": "the diagonal of the Hessian at each step of a replay; null in the steps that do not need it",
        },
        "Start": any_of(started, ref("Params"), description="the name of one of the objective's starts, or params"),
        **schedule_schemas(),
        **by_label_schemas(),
        **noise_schemas(),
        "Target": any_of(
            *[closed({**dict.fromkeys(TARGETS, NULL), name: limit, "arrival": arrival}, [name]) for name in TARGETS],
            description="relative to the start; only measured; distance 0.05 if left out",
        ),
        "Stop": closed(
            {**dict.fromkeys(STOP_RULES, limit), "when": one_of(WHEN, "whether one rule is enough (any), or all have to hold (all)")},
            description="the run ends as soon as one of these is met, or all of them; absolute values",
        ),
        "Window": {
            **listed(span, 2),
            "maxItems": 2,
            "description": "[[from, to], [from, to]], one range per parameter; the objective's usual window if left out",
        },
        **check_parts(),
        "Levels": any_of(
            bounded("integer", 1, MAX_LEVELS), listed(FLOAT64, 0, most=MAX_LEVELS), description="the number of levels, or their values"
        ),
    }


#: How a run ends.
ENDINGS = ("completed", "converged", "growing", "diverged")


def answer_parts() -> dict[str, Json]:
    """The parts of answers that are no objects: tensors, in which what is not finite is null, and how a run ends."""
    laid_out: Json = {"type": "object", "additionalProperties": ref("AnswerTensor")}
    return {
        "AnswerTensor": {**tensor_of({"type": ["number", "null"]}), "description": "a number, or nested lists of one depth"},
        "Answer": any_of(ref("AnswerTensor"), laid_out, description="laid out like the params"),
        "Status": one_of(ENDINGS, "how a run ended; growing: it is still finite, but far above its start"),
    }

"""The schemas of openapi.yaml that no marshmallow schema holds: tensors, optimizers, objectives, answers."""

from __future__ import annotations

from typing import Any

from ..engine.conventions import CONVENTIONS
from ..engine.measures import MEANINGS
from ..engine.objectives import OBJECTIVES, Parameter
from ..engine.optimizers import OPTIMIZERS, Hyperparameter
from ..engine.schedules import SCHEDULES
from ..engine.stops import STOP_RULES, TARGETS

Json = dict[str, Any]


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def one_of(*schemas: Json, description: str = "") -> Json:
    return {**({"description": description} if description else {}), "anyOf": list(schemas)}


def closed(properties: Json, required: list[str] | None = None, description: str = "") -> Json:
    """An object that has no other keys."""
    needs = {"required": required} if required else {}
    told = {"description": description} if description else {}
    return {"type": "object", **told, "properties": properties, **needs, "additionalProperties": False}


def bounded(kind: str, least: float | None = None, most: float | None = None, below: float | None = None) -> Json:
    bounds = {"minimum": least, "maximum": most, "exclusiveMaximum": below}
    return {"type": kind, **{name: bound for name, bound in bounds.items() if bound is not None}}


NUMBER = {"type": "number", "minimum": -1e300, "maximum": 1e300}
NULL = {"type": "null"}
NUMBER_OR_NULL = {"type": ["number", "null"]}


def listed(items: Json, least: int = 1) -> Json:
    return {"type": "array", "items": items, "minItems": least}


def named(schema: Json) -> Json:
    return {"type": "object", "additionalProperties": schema, "minProperties": 1}


def hyperparameter_schema(h: Hyperparameter) -> Json:
    """What a hyperparameter may be; its own bounds and no others."""
    if h.type == "switch":
        return {"enum": list(h.allowed), "description": h.meaning}
    schema = {**bounded("number", -1e300 if h.minimum is None else h.minimum, h.maximum, h.below), "description": h.meaning}
    if h.maximum is None and h.below is None:
        schema["maximum"] = 1e300
    return one_of(schema, named({key: v for key, v in schema.items() if key != "description"})) if h.name == "lr" else schema


def widest(found: list[Hyperparameter]) -> Json:
    """One schema for a hyperparameter that several optimizers have: what any of them takes."""
    schemas = []
    for h in found:
        schema = hyperparameter_schema(h)
        if schema not in schemas:
            schemas.append(schema)
    if "enum" in schemas[0]:
        allowed = list(dict.fromkeys(choice for schema in schemas for choice in schema["enum"]))
        return {"enum": allowed, "description": found[0].meaning}
    return schemas[0]


def optimizer_schema() -> Json:
    """A name, or an object: every hyperparameter of every optimizer, and every argument of every framework."""
    by_name: dict[str, list[Hyperparameter]] = {}
    for entry in OPTIMIZERS.values():
        for h in entry.hyperparameters:
            by_name.setdefault(h.name, []).append(h)
    own = {name: widest(found) for name, found in by_name.items()}
    rows = [(convention, row) for convention in CONVENTIONS.values() for row in convention.rows]
    names = sorted({known for _, row in rows for known in (row.optimizer, *row.names)}, key=lambda name: (name.casefold(), name))
    arguments: dict[str, Json] = {}
    for convention, row in rows:
        for argument, meant in row.arguments.items():
            told = f"{convention.name}: {' and '.join(meant.targets)}"
            arguments.setdefault(argument, {"description": told})
    name = {"enum": names, "description": "in any case, with or without underscores"}
    conventions = {"enum": list(CONVENTIONS), "description": "whose defaults, argument names and formula; left out: see /optimizers"}
    return one_of(
        name,
        closed({"name": name, "convention": conventions, **own, **arguments}, ["name"]),
        description="a name, or a name with hyperparameters beside it; which go together is in /optimizers/{name}",
    )


def objective_schema() -> Json:
    """A name, or an object with parameters."""
    parameters: dict[str, Json] = {}
    for entry in OBJECTIVES.values():
        for p in entry.parameters:
            parameters[p.name] = parameter_schema(p)
    name = {"enum": list(OBJECTIVES), "description": "in any case, with or without underscores"}
    dimension = bounded("integer", 1, max(entry.most_dimension for entry in OBJECTIVES.values()))
    return one_of(name, closed({"name": name, "dimension": dimension, **parameters}, ["name"]))


def parameter_schema(p: Parameter) -> Json:
    number = {**bounded("number", p.minimum, p.maximum), "description": p.meaning}
    return one_of({**NUMBER, "description": p.meaning}, listed(NUMBER)) if p.per_coordinate else number


def schedule_schema() -> Json:
    """A list of rates, or one of the named schedules."""
    kinds = []
    for kind in SCHEDULES.values():
        properties = {p.name: hyperparameter_schema(p) | ({"type": "integer"} if p.name in kind.whole else {}) for p in kind.parameters}
        kinds.append(closed({"name": {"const": kind.name}, **properties}, ["name", *sorted(kind.required)], kind.formula))
    rates = {**listed(bounded("number", 0, 1e300)), "description": "the learning rate of each step, indexed by state.t"}
    return one_of(rates, *kinds)


def single(names: list[str]) -> Json:
    """An object with exactly one of these keys, a number of at least 0."""
    return one_of(*[closed({name: bounded("number", 0, 1e300)}, [name]) for name in names])


def request_parts() -> dict[str, Json]:
    """The parts of requests that the engine reads."""
    return {
        "Tensor": one_of(
            NUMBER, listed(ref("Tensor")), description="a number, or a list nested to any depth (64 at most), one length at each level"
        ),
        "Params": one_of(ref("Tensor"), named(ref("Tensor")), description="a tensor, or an object of named tensors"),
        "Optimizer": optimizer_schema(),
        "Objective": objective_schema(),
        "State": {
            "type": "object",
            "description": "t counts the steps taken; the other keys are the optimizer's slots. "
            "A slot left out starts as the convention starts it",
            "properties": {"t": bounded("integer", 0, 2**53 - 1)},
            "additionalProperties": ref("Params"),
        },
        "Gradients": {**listed(ref("Params")), "description": "one gradient a step, to be replayed"},
        "Values": {**listed(NUMBER), "description": "the loss at each step of a replay"},
        "Start": one_of(ref("Params"), {"type": "string"}, description="a params, or the name of one of the objective's starts"),
        "Schedule": schedule_schema(),
        "Target": {**single(list(TARGETS)), "description": "relative to the start; only measured; distance 0.05 if left out"},
        "Stop": closed({name: bounded("number", 0, 1e300) for name in STOP_RULES}, description="any of these ends the run; absolute"),
        "Window": {
            "type": "array",
            "items": {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2},
            "minItems": 2,
            "maxItems": 2,
            "description": "[[from, to], [from, to]], one range a parameter; the objective's usual one if left out",
        },
        "Levels": one_of(
            bounded("integer", 1, 100), {**listed(NUMBER), "maxItems": 100}, description="how many level lines, or their values"
        ),
    }


def answers() -> dict[str, Json]:
    """What comes back."""
    numbers = {"type": "array", "items": NUMBER_OR_NULL}
    entries = {"type": "array", "items": {}}
    echo = {"type": "object", "description": "as resolved, nothing hidden; it can be posted back"}
    engine = {"type": "string", "description": "the engine's version; numbers change only with it"}
    status = {"enum": ["completed", "converged", "diverged"]}
    state = {"type": "object", "description": "post it with the next request to go on", "required": ["t"]}
    summary = {"type": "object", "properties": {name: {"description": meaning} for name, meaning in MEANINGS.items()}}
    return {
        "Answer": one_of(
            NUMBER_OR_NULL, {"type": "array", "items": ref("Answer")}, {"type": "object", "additionalProperties": ref("Answer")}
        ),
        "Step": {
            "type": "object",
            "properties": {
                "status": status,
                "diverged_at": {"type": "integer"},
                "params": ref("Answer"),
                "update": {**ref("Answer"), "description": "the step as computed; null where it was not finite"},
                "state": state,
                "optimizer": echo,
                "measures": {
                    "type": "object",
                    "properties": {
                        "gradient_norm": NUMBER_OR_NULL,
                        "update_norm": NUMBER_OR_NULL,
                        "descent_cosine": NUMBER_OR_NULL,
                        "effective_lr": ref("Answer"),
                    },
                },
                "engine": engine,
            },
            "required": ["status", "params", "update", "state", "optimizer", "measures", "engine"],
        },
        "Trajectory": {
            "type": "object",
            "properties": {
                "status": status,
                "stopped_by": {"enum": [*STOP_RULES, None]},
                "diverged_at": {"type": "integer", "description": "the step that was not finite; only where the run diverged"},
                "steps": {"type": "integer", "description": "taken"},
                "recorded": {"type": "array", "items": {"type": "integer"}, "description": "step numbers, from 0"},
                "points": entries,
                "values": numbers,
                "gradients": {**entries, "description": "at that point; null where a replay has none"},
                "updates": {**entries, "description": "the step that arrived there; null at 0"},
                "states": entries,
                "measures": {
                    "type": "object",
                    "additionalProperties": numbers,
                    "description": "gradient_norm and distance at the point; update_norm and cosines of the step that arrived there, "
                    "null at 0",
                },
                "state": state,
                "summary": summary,
                "optimizer": echo,
                "objective": {**echo, "type": ["object", "null"]},
                "noise": {"type": "object"},
                "stop": {"type": "object"},
                "schedule": {"type": ["object", "array"]},
                "engine": engine,
            },
            "required": ["status", "stopped_by", "steps", "recorded", "state", "summary", "optimizer", "objective", "engine"],
        },
        "Contours": {
            "type": "object",
            "properties": {
                "objective": echo,
                "window": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
                "levels": {"type": "array", "items": {"type": "number"}},
                "polylines": {
                    "type": "array",
                    "description": "for each level its lines, each a list of [x, y]",
                    "items": {"type": "array", "items": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}}},
                },
                "engine": engine,
            },
            "required": ["objective", "window", "levels", "polylines", "engine"],
        },
        "Problem": {
            "type": "object",
            "description": "RFC 9457",
            "properties": {
                "type": {"type": "string"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string"},
                "instance": {"type": "string", "description": "the request id"},
                "errors": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
                        "required": ["pointer", "detail"],
                    },
                },
            },
            "required": ["type", "title", "status", "detail", "instance", "errors"],
        },
    }

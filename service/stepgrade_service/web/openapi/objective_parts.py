"""The schemas of openapi.yaml for objectives: named ones, and models with their data."""

from __future__ import annotations

from ...engine.objectives import OBJECTIVES, Objective, Parameter
from ...engine.objectives.data.models import ALIASES, MODELS, MOST_LAYERS, Member, ModelKind
from ...engine.objectives.resolve import resolve as resolve_objective
from ...engine.optimizers.declaration import LARGEST
from .vocabulary import (
    FLOAT64,
    IN_ANY_CASE,
    NUMBER,
    Json,
    any_of,
    bounded,
    closed,
    listed,
    one_of,
    ref,
)


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

"""The vocabulary of the schemas in openapi.yaml: what code generators can make types of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...engine.optimizers.declaration import LARGEST
from ...engine.reading.bounds import LONGEST_NAME, MOST_TENSORS
from ..schemas import CONTROL

Json = dict[str, Any]

#: How a name may be written.
IN_ANY_CASE = "upper or lower case, with or without underscores"


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def any_of(*schemas: Json, description: str = "") -> Json:
    return {**({"description": description} if description else {}), "anyOf": list(schemas)}


def either(schemas: Iterable[Json]) -> Json:
    """The one schema that all of these are, or any of them."""
    different: list[Json] = []
    for schema in schemas:
        if schema not in different:
            different.append(schema)
    return different[0] if len(different) == 1 else any_of(*different)


def closed(properties: Json, required: list[str] | None = None, description: str = "") -> Json:
    """An object that has no other keys."""
    needs = {"required": required} if required else {}
    told = {"description": description} if description else {}
    return {"type": "object", **told, "properties": properties, **needs, "additionalProperties": False}


def bounded(
    kind: str, least: float | None = None, most: float | None = None, below: float | None = None, above: float | None = None
) -> Json:
    bounds = {"minimum": least, "exclusiveMinimum": above, "maximum": most, "exclusiveMaximum": below}
    return {"type": kind, **{name: bound for name, bound in bounds.items() if bound is not None}}


#: The types of JSON, by those of Python.
TYPES = {bool: "boolean", str: "string", int: "integer", float: "number", type(None): "null"}


def type_of(value: object) -> str:
    """The type that JSON has for a value."""
    return TYPES[type(value)]


def _among(known: list[bool | str | int | None]) -> Json:
    """Some values of one type; a number with a fraction by its bounds, for code generators make nothing of an enum of such numbers."""
    fractions = [value for value in known if isinstance(value, float)]
    return {"minimum": fractions[0], "maximum": fractions[0]} if len(fractions) == len(known) == 1 else {"enum": known}


def one_of(values: Iterable[bool | str | int | None], description: str = "") -> Json:
    """One of some values, by their types: code generators make nothing of values of no type, or of several."""
    by_type: dict[str, list[bool | str | int | None]] = {}
    for value in values:
        by_type.setdefault(type_of(value), []).append(value)
    whole = {"boolean": {True, False}, "null": {None}}
    schemas = [{"type": kind, **({} if set(known) == whole.get(kind) else _among(known))} for kind, known in by_type.items()]
    told = {"description": description} if description else {}
    return {**(schemas[0] if len(schemas) == 1 else any_of(*schemas)), **told}


#: What is a number to the engine's scalars, and what to its tensors: whatever float64 holds.
NUMBER = bounded("number", -LARGEST, LARGEST)
FLOAT64: Json = {"type": "number"}
NULL = {"type": "null"}


def nullable(schema: Json) -> Json:
    """A schema, or null; one that says nothing takes null as it is."""
    told = {"description": schema["description"]} if "description" in schema else {}
    bare = {key: value for key, value in schema.items() if key != "description"}
    if not bare or bare == NULL or NULL in bare.get("anyOf", ()):
        return schema
    if "anyOf" in bare:
        return {**told, "anyOf": [*bare["anyOf"], NULL]}
    return {**told, "anyOf": [bare, NULL]}


def allow_null(schema: Any) -> None:
    """Let null stand, however deeply in a request, for every member that may be left out."""
    if isinstance(schema, list):
        for each in schema:
            allow_null(each)
    elif isinstance(schema, dict):
        for each in schema.values():
            allow_null(each)
        if schema.get("type") == "object" and "properties" in schema:
            needed = schema.get("required", ())
            schema["properties"] = {name: member if name in needed else nullable(member) for name, member in schema["properties"].items()}


def listed(items: Json, least: int = 1, most: int | None = None) -> Json:
    return {"type": "array", "items": items, "minItems": least, **({} if most is None else {"maxItems": most})}


#: Tensors are written down with so many levels of lists. The service takes more, but code generators make no type of a list that may hold
#: lists like itself.
LEVELS = 4


def tensor_of(number: Json, **bounds: Any) -> Json:
    """A number, or lists of such numbers, all of one depth."""
    depths = [number]
    for _ in range(LEVELS):
        depths.append({"type": "array", "items": depths[-1], **bounds})
    return any_of(*depths)


def named(schema: Json) -> Json:
    """An entry a named tensor."""
    names = {"maxLength": LONGEST_NAME, "not": {"pattern": CONTROL}}
    return {"type": "object", "propertyNames": names, "additionalProperties": schema, "minProperties": 1, "maxProperties": MOST_TENSORS}

"""From marshmallow to JSON Schema: what apispec does not know of the fields here, and what code generators need."""

from __future__ import annotations

from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema, fields, validate

from ..answers.answer_parts import AnswerSchema, Either, OneOf
from ..schemas import FlagField, Number, Part, Whole
from .vocabulary import NULL, Json, any_of, one_of, ref, type_of


class Converter(OpenAPIConverter):
    """The schemas of requests and answers as components."""

    def schema2jsonschema(self, schema: Schema) -> Json:
        made: Json = super().schema2jsonschema(schema)
        if not isinstance(schema, AnswerSchema):
            return made
        others = getattr(schema.Meta, "others", None)
        more = {} if others is None else {"additionalProperties": self.field2property(others)}
        return {"type": "object", "description": " ".join((type(schema).__doc__ or "").split()), **made, **more}


class Plugin(MarshmallowPlugin):
    """apispec's plugin with this converter."""

    Converter = Converter

    def init_spec(self, spec: Any) -> None:
        super().init_spec(spec)
        assert self.converter is not None
        self.converter.map_to_openapi_type(Number, "number", None)
        self.converter.map_to_openapi_type(Whole, "integer", None)
        self.converter.map_to_openapi_type(FlagField, "boolean", None)
        for function in (_part, _one_of, _either, _anything, _above, _without_default):
            self.converter.add_attribute_function(function)


def _part(_converter: OpenAPIConverter, field: Any, **_: Any) -> Json:
    return ref(field.component) if isinstance(field, Part) else {}


def _one_of(_converter: OpenAPIConverter, field: Any, **_: Any) -> Json:
    if not isinstance(field, OneOf):
        return {}
    if len(field.values) == 1 and not field.allow_none:
        return {"type": type_of(field.values[0]), "const": field.values[0]}
    return one_of((*field.values, None) if field.allow_none else field.values)


def _either(converter: OpenAPIConverter, field: Any, **_: Any) -> Json:
    if not isinstance(field, Either):
        return {}
    choices = [converter.field2property(choice) for choice in field.choices]
    return any_of(*choices, *([NULL] if field.allow_none else []))


def _anything(_converter: OpenAPIConverter, field: Any, **_: Any) -> Json:
    """An object whose members are not named here."""
    return {"additionalProperties": True} if isinstance(field, fields.Dict) and field.value_field is None else {}


def _above(_converter: OpenAPIConverter, field: Any, ret: Json, **_: Any) -> Json:
    """A bound that is not itself allowed."""
    bounds = [each for each in field.validators if isinstance(each, validate.Range) and not each.min_inclusive]
    if not bounds:
        return {}
    ret.pop("minimum", None)
    return {"exclusiveMinimum": bounds[0].min}


def _without_default(_converter: OpenAPIConverter, _field: Any, ret: Json, **_: Any) -> Json:
    """A default in words: generators make a member that has one required."""
    default = ret.pop("default", None)
    if default in (None, []):
        return {}
    said = (
        ", ".join(map(str, default)) if isinstance(default, list) else str(default).lower() if isinstance(default, bool) else str(default)
    )
    return {"description": "; ".join(filter(None, [str(ret.get("description", "")), f"{said} if left out"]))}

"""The requests of the contract: what may stand in them. Bounds stand here once; openapi.yaml is made from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from ..engine.faults import Fault, refuse, unknown, whole
from ..engine.trajectory import DEFAULT_INCLUDE, DEFAULT_STEPS, INCLUDABLE

MOST_STEPS = 10_000_000
MOST_SEED = 2**53 - 1


class Part(fields.Raw):
    """A part of a request that the engine reads itself, array by array; `component` names its schema in openapi.yaml."""

    default_error_messages = {"required": "expected a value: this is needed", "null": "expected a value, got null"}

    def __init__(self, component: str, **more: Any) -> None:
        self.component = component
        super().__init__(**more)


class Number(fields.Field[float]):
    """A JSON number; no string, boolean or null."""

    default_error_messages = {"required": "expected a value: this is needed", "null": "expected a number, got null"}

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e300:
            raise ValidationError("expected a number")
        return float(value)


class Whole(fields.Field[int]):
    """A whole JSON number, 3 or 3.0."""

    default_error_messages = {"required": "expected a value: this is needed", "null": "expected a whole number, got null"}

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        number = whole(value)
        if number is None:
            raise ValidationError("expected a whole number")
        return number


def between(least: float | None = None, most: float | None = None) -> validate.Range:
    """Bounds, both included."""
    words = [f"at least {least:g}"] if least is not None else []
    words += [f"at most {most:.16g}"] if most is not None else []
    return validate.Range(least, most, error=f"expected {' and '.join(words)}")


class Request(Schema):
    """A request: unknown keys are errors."""

    class Meta:
        unknown = RAISE

    error_messages = {"type": "expected an object", "unknown": "unknown"}


class StepRequest(Request):
    optimizer = Part("Optimizer", required=True)
    params = Part("Params", required=True)
    gradient = Part("Params", required=True, metadata={"description": "laid out exactly like the params"})
    state = Part("State")
    value = Number(metadata={"description": "the loss, for optimizers that need it; none of those here does"})


class NoiseRequest(Request):
    std = Number(required=True, validate=between(0), metadata={"description": "standard deviation of the noise on each coordinate"})
    seed = Whole(load_default=0, validate=between(0, MOST_SEED), metadata={"description": "the noise depends on it and the step alone"})


class NoisePart(fields.Nested):
    default_error_messages = {"type": "expected an object", "null": "expected an object, got null"}


class Quantities(fields.List[str]):
    """Names of quantities, at each recorded step."""

    default_error_messages = {"invalid": "expected a list of names", "null": "expected a list of names, got null"}


class Name(fields.String):
    default_error_messages = {"invalid": "expected a name", "null": "expected a name, got null"}


class TrajectoryRequest(Request):
    optimizer = Part("Optimizer", required=True)
    objective = Part("Objective")
    gradients = Part("Gradients")
    values = Part("Values")
    start = Part("Start")
    steps = Whole(
        validate=between(0, MOST_STEPS),
        metadata={"description": f"how many steps; {DEFAULT_STEPS} on an objective, the number of gradients in a replay"},
    )
    state = Part("State")
    schedule = Part("Schedule")
    noise = NoisePart(NoiseRequest, metadata={"description": "additive Gaussian gradient noise"})
    target = Part("Target")
    stop = Part("Stop")
    record_every = Whole(
        load_default=1, validate=between(1, MOST_STEPS), metadata={"description": "steps between two recorded; start and end always are"}
    )
    include = Quantities(
        Name(validate=validate.OneOf(INCLUDABLE, error=f"expected one of {', '.join(INCLUDABLE)}")),
        load_default=list(DEFAULT_INCLUDE),
        metadata={"description": "what is told of each recorded step"},
    )


class ContoursRequest(Request):
    objective = Part("Objective", required=True)
    window = Part("Window")
    levels = Part("Levels")


def read(schema: Schema, document: Any) -> tuple[dict[str, Any], list[Fault]]:
    """What of a document is well-formed, and what is wrong with the rest; raises Refusal where it is no object at all."""
    if not isinstance(document, Mapping):
        raise refuse("expected an object")
    try:
        return schema.load(document), []
    except ValidationError as error:
        valid = error.valid_data if isinstance(error.valid_data, dict) else {}
        faults = list(_faults(error.normalized_messages(), schema, ()))
        broken = {fault.path[0] for fault in faults if fault.path}
        return {name: value for name, value in valid.items() if name not in broken}, faults


def _faults(messages: Mapping[Any, Any], schema: Schema, path: tuple[str | int, ...]) -> list[Fault]:
    """Marshmallow's messages as faults; an unknown key is told with the nearest known ones."""
    faults = []
    for key, told in messages.items():
        here = path if key == "_schema" else (*path, key)
        if isinstance(told, Mapping):
            field = schema.fields.get(key)
            inner = field.schema if isinstance(field, fields.Nested) else schema
            faults += _faults(told, inner, here)
        elif told == ["unknown"]:
            faults.append(Fault(here, unknown("key", str(key), schema.fields)))
        else:
            faults += [Fault(here, str(detail)) for detail in told]
    return faults

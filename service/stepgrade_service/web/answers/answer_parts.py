"""What the schemas of answers are made of: the fields that marshmallow has no word for, and what many answers hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from marshmallow import EXCLUDE, INCLUDE, Schema, fields

from ...engine.running.summary import MEANINGS
from ..schemas import Part


def told(description: str = "", *, sometimes: bool = False) -> dict[str, Any]:
    """A field's metadata: what it means, and whether only some answers have it."""
    return {**({"description": description} if description else {}), "sometimes": sometimes}


class AnswerSchema(Schema):
    """An answer, or a part of one: every member is there, but for those that are told to be there only sometimes.

    In openapi.yaml its name is that of the class without `Schema`, and its description the docstring. `Meta.others` is what members
    may be that are not named here.
    """

    class Meta:
        unknown = EXCLUDE

    def on_bind_field(self, _: str, field_obj: fields.Field[Any]) -> None:
        field_obj.required = not field_obj.metadata.get("sometimes")


class OneOf(fields.Raw):
    """One of some values, whatever their types."""

    def __init__(self, values: Iterable[bool | str | int], **more: Any) -> None:
        self.values = tuple(values)
        super().__init__(**more)


class Either(fields.Raw):
    """What any one of some fields may hold."""

    def __init__(self, *choices: fields.Field[Any], **more: Any) -> None:
        self.choices = choices
        super().__init__(**more)


class EchoSchema(AnswerSchema):
    """What was used, with every setting, also the defaults; it can be posted back."""

    class Meta:
        unknown = INCLUDE

    name = fields.String()


class ObjectiveEchoSchema(AnswerSchema):
    """The objective as it was used: a name with every parameter, or an expression with its variables; it can be posted back."""

    class Meta:
        unknown = INCLUDE

    name = fields.String(metadata=told("not of an expression", sometimes=True))
    expression = fields.String(metadata=told("the formula, if it was posted", sometimes=True))
    variables = fields.List(fields.String(), metadata=told("of an expression: the names of the params, in their order", sometimes=True))


class AnswerStateSchema(AnswerSchema):
    """What the optimizer remembers: the number of steps and its slots. Post it with the next request to continue."""

    class Meta(AnswerSchema.Meta):
        others = Part("Answer")

    t = fields.Integer()
    schedule = fields.Dict(metadata=told("what the schedule remembers; only with a schedule that has a memory", sometimes=True))


#: What a summary has laid out like the params, and what is true or false there; the rest are numbers.
LAID_OUT, YES_OR_NO = ("sign_flips", "flip_fraction"), ("limit_cycle",)


def measure(name: str, meaning: str) -> fields.Field[Any]:
    """A measure of a summary."""
    if name in LAID_OUT:
        return Part("Answer", metadata=told(meaning))
    return (fields.Boolean if name in YES_OR_NO else fields.Float)(allow_none=True, metadata=told(meaning))


class SummarySchema(AnswerSchema):
    """What is measured on every step of a run."""

    class Meta(AnswerSchema.Meta):
        include: ClassVar[dict[str, fields.Field[Any]]] = {name: measure(name, meaning) for name, meaning in MEANINGS.items()}

    minimum = Part("Answer", metadata=told("the minimum nearest the last point, to which distances are measured; null if none is known"))


#: Fields that several answers have. Each schema copies them.
ENGINE = fields.String(metadata=told("the version of the engine; numbers change only if it changes"))
STATUS = Part("Status")
WHY_DIVERGED = fields.String(metadata=told("why it diverged, in a sentence; only where it did", sometimes=True))
STEP_DIVERGED = fields.Integer(metadata=told("the step that was not finite; only where the run diverged", sometimes=True))
STEPS_TAKEN = fields.Integer(metadata=told("the number of steps taken"))
SCHEDULE = Either(fields.Dict(), fields.List(fields.Float()), metadata=told(sometimes=True))
NOISE = fields.Dict(metadata=told(sometimes=True))
TARGET = fields.Dict(metadata=told(sometimes=True))

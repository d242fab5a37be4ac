"""What /schedules answers."""

from __future__ import annotations

from marshmallow import fields

from .answer_parts import ENGINE, AnswerSchema, Either, OneOf, told

DEFAULT = Either(fields.Float(), fields.Boolean(), fields.String(), allow_none=True, metadata=told("null if there is none"))


class ScheduleEntrySchema(AnswerSchema):
    """A schedule in the list."""

    name = fields.String()
    title = fields.String()
    conventions = fields.List(fields.String(), metadata=told("the frameworks that have it"))
    href = fields.String()


class SchedulesSchema(AnswerSchema):
    """The schedules of the learning rate."""

    schedules = fields.List(fields.Nested(ScheduleEntrySchema))
    engine = ENGINE


class ScheduleParameterSchema(AnswerSchema):
    """A parameter of a schedule."""

    name = fields.String()
    meaning = fields.String()
    type = OneOf(("number", "switch", "numbers", "schedule", "schedules"))
    required = fields.Boolean()
    default = DEFAULT
    range = fields.String(metadata=told("only for numbers: the range in words", sometimes=True))
    minimum = fields.Float(allow_none=True, metadata=told(sometimes=True))
    maximum = fields.Float(allow_none=True, metadata=told(sometimes=True))
    exclusive_maximum = fields.Float(allow_none=True, metadata=told(sometimes=True))
    choices = fields.List(Either(fields.String(), fields.Boolean()), metadata=told("only for a switch: its choices", sometimes=True))


class FrameworkScheduleSchema(AnswerSchema):
    """How a framework writes a schedule."""

    name = fields.String(metadata=told("the convention"))
    schedule = fields.String(metadata=told("the framework's name of the schedule"))
    arguments = fields.Dict(metadata=told("the framework's arguments with their defaults; null if there is none"))
    notes = fields.String()


class SchedulePageSchema(AnswerSchema):
    """Everything about one schedule."""

    name = fields.String()
    title = fields.String()
    meaning = fields.String()
    formula = fields.String(metadata=told("LaTeX; s is the number of steps taken before"))
    source = fields.String()
    needs = fields.List(fields.String(), metadata=told("what it looks at besides the number of steps"))
    parameters = fields.List(fields.Nested(ScheduleParameterSchema))
    conventions = fields.List(fields.Nested(FrameworkScheduleSchema))
    engine = ENGINE

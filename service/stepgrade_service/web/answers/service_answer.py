"""What the service says of itself, and every problem."""

from __future__ import annotations

from marshmallow import fields

from .answer_parts import ENGINE, AnswerSchema, OneOf, told


class LimitsSchema(AnswerSchema):
    """What one request may cost, and what one client may ask for in a while."""

    body_bytes = fields.Float(metadata=told("bytes of a body"))
    work = fields.Float(metadata=told("the work of one request, in units of 10 nanoseconds"))
    answer_numbers = fields.Float(metadata=told("numbers in an answer"))
    memory_bytes = fields.Float(metadata=told("bytes of memory that the work on one request may take"))
    budget = fields.Float(metadata=told("the work that this client may ask for in `budget_seconds`, if it has a limit", sometimes=True))
    budget_seconds = fields.Float(metadata=told("seconds in which all of a spent budget comes back", sometimes=True))


class IndexSchema(AnswerSchema):
    """The links of the service, and its limits."""

    name = fields.String()
    engine = ENGINE
    links = fields.Dict()
    limits = fields.Nested(LimitsSchema)


class AliveSchema(AnswerSchema):
    """The service is alive."""

    status = OneOf(["alive"])


class ReadySchema(AnswerSchema):
    """The service is ready."""

    status = OneOf(["ready"])
    engine = ENGINE


class PositionSchema(AnswerSchema):
    """A place in a text, in characters."""

    offset = fields.Integer(metadata=told("characters before it"))
    length = fields.Integer(metadata=told("how many characters it has; 0 where something is missing"))


class FaultSchema(AnswerSchema):
    """Something that is wrong in a request."""

    pointer = fields.String()
    detail = fields.String()
    position = fields.Nested(PositionSchema, metadata=told("the place in the text of an expression", sometimes=True))


class ProblemSchema(AnswerSchema):
    """An error, as RFC 9457 describes it."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    instance = fields.String(metadata=told("the request id"))
    errors = fields.List(fields.Nested(FaultSchema), metadata=told("every fault of the request"))
    what = fields.String(metadata=told("the resource of which the request needs too much", sometimes=True))
    cost = fields.Integer(metadata=told("what this request would cost", sometimes=True))
    limit = fields.Integer(metadata=told("what one request may cost, or how long its body may be", sometimes=True))
    offered = fields.List(fields.String(), metadata=told("the forms that are available", sometimes=True))

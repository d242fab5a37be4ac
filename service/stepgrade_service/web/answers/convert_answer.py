"""What /convert answers."""

from __future__ import annotations

from marshmallow import fields

from .answer_parts import ENGINE, AnswerSchema, EchoSchema, told


class ConversionSchema(AnswerSchema):
    """An optimizer in another convention."""

    optimizer = fields.Nested(
        EchoSchema, metadata=told("its name and its arguments in that convention, also those at their default; it can be posted back")
    )
    call = fields.String(
        allow_none=True,
        metadata=told(
            "the call that makes it, without the defaults; null in the conventions paper and course, with parameter groups, and "
            "with a schedule"
        ),
    )
    exact = fields.Boolean(metadata=told("true: all numbers are the same to the last bit; false: they are the same up to rounding"))
    notes = fields.List(fields.String(), metadata=told("what was rewritten, one sentence or more for each thing"))
    schedule = fields.Dict(
        metadata=told("only if a schedule stands in the optimizer: that schedule, as a member of a request", sometimes=True)
    )
    given = fields.Nested(EchoSchema, metadata=told("the optimizer that was sent, with every setting"))
    engine = ENGINE

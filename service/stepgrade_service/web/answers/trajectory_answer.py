"""What /trajectory and /contours answer."""

from __future__ import annotations

from marshmallow import fields, validate

from ...engine.running.stops import STOPPED_BY
from ..schemas import Part
from .answer_parts import (
    ENGINE,
    NOISE,
    SCHEDULE,
    STATUS,
    STEP_DIVERGED,
    STEPS_TAKEN,
    TARGET,
    WHY_DIVERGED,
    AnswerSchema,
    AnswerStateSchema,
    EchoSchema,
    ObjectiveEchoSchema,
    OneOf,
    SummarySchema,
    told,
)


class RecordedMeasuresSchema(AnswerSchema):
    """Measures of each recorded step: gradient_norm and distance belong to the point, the others to the step that led to it.

    They are null at step 0.
    """

    class Meta(AnswerSchema.Meta):
        others = fields.List(fields.Float(allow_none=True))

    effective_lr = fields.List(Part("Answer"), metadata=told("null where the gradient is 0", sometimes=True))


class TrajectorySchema(AnswerSchema):
    """Many steps of an optimizer, with what was asked for at each recorded step."""

    status = STATUS
    stopped_by = OneOf(STOPPED_BY.values(), allow_none=True)
    diverged_at = STEP_DIVERGED
    detail = WHY_DIVERGED
    steps = STEPS_TAKEN
    recorded = fields.List(fields.Integer(), metadata=told("step numbers, from 0"))
    points = fields.List(Part("Answer"), metadata=told(sometimes=True))
    values = fields.List(fields.Float(allow_none=True), metadata=told(sometimes=True))
    gradients = fields.List(Part("Answer"), metadata=told("at each point; null in a replay if it has no gradient there", sometimes=True))
    updates = fields.List(Part("Answer"), metadata=told("the step that led to each point; null at step 0", sometimes=True))
    states = fields.List(fields.Nested(AnswerStateSchema), metadata=told(sometimes=True))
    measures = fields.Nested(RecordedMeasuresSchema, metadata=told(sometimes=True))
    state = fields.Nested(AnswerStateSchema)
    summary = fields.Nested(SummarySchema)
    optimizer = fields.Nested(EchoSchema)
    objective = fields.Nested(ObjectiveEchoSchema, allow_none=True)
    noise = NOISE
    target = TARGET
    stop = fields.Dict(metadata=told(sometimes=True))
    schedule = SCHEDULE
    engine = ENGINE


class ContoursSchema(AnswerSchema):
    """The contour lines of an objective of two parameters."""

    objective = fields.Nested(ObjectiveEchoSchema)
    window = fields.List(fields.List(fields.Float()))
    levels = fields.List(fields.Float())
    polylines = fields.List(
        fields.List(fields.List(fields.List(fields.Float(), validate=validate.Length(equal=2)))),
        metadata=told("for each level its contour lines; each line is a list of [x, y]"),
    )
    engine = ENGINE

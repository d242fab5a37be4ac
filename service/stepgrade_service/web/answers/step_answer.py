"""What /step answers."""

from __future__ import annotations

from marshmallow import fields

from ..schemas import Part
from .answer_parts import ENGINE, STATUS, WHY_DIVERGED, AnswerSchema, AnswerStateSchema, EchoSchema, Either, OneOf, told

DRAWN = fields.String(metadata=told("only with include: work_mathml", sometimes=True))


class StepMeasuresSchema(AnswerSchema):
    """What is measured on one step."""

    gradient_norm = fields.Float(allow_none=True)
    update_norm = fields.Float(allow_none=True)
    descent_cosine = fields.Float(allow_none=True)
    effective_lr = Part("Answer", metadata=told("laid out like the params, null where the gradient is 0"))


class WorkLineSchema(AnswerSchema):
    """A line of the worked solution."""

    name = fields.String(metadata=told("the name of a slot, `update`, `params`, or what the line computes"))
    symbol = fields.String(metadata=told("LaTeX, in the letters of the convention"))
    formula = fields.String(metadata=told("LaTeX: what the symbol is equal to"))
    numbers = fields.String(metadata=told("LaTeX: the formula with numbers, and its value; one row per number, at most six rows"))
    value = Part("Answer", metadata=told("one number, or laid out like the params; null where it is not finite"))
    symbol_mathml = DRAWN
    formula_mathml = DRAWN
    numbers_mathml = DRAWN
    note = fields.String(metadata=told("only where the value decides which formula follows: what it decides", sometimes=True))


class LetterSchema(AnswerSchema):
    """A letter in the formulas of the worked solution."""

    symbol = fields.String(metadata=told("LaTeX"))
    symbol_mathml = DRAWN
    name = fields.String(metadata=told("the name of a hyperparameter or slot, or `t`, `params`, `gradient`"))
    meaning = fields.String()
    value = Either(
        fields.Float(),
        fields.Dict(values=fields.Float()),
        allow_none=True,
        metadata=told("one number, or one number per tensor if tensors have their own; null if it is laid out like the params"),
    )


class StepSchema(AnswerSchema):
    """One step of an optimizer."""

    status = STATUS
    diverged_at = OneOf([1], metadata=told("only where the step was not finite", sometimes=True))
    detail = WHY_DIVERGED
    params = Part("Answer")
    update = Part("Answer", metadata=told("the step as computed; null where it was not finite"))
    state = fields.Nested(AnswerStateSchema)
    optimizer = fields.Nested(EchoSchema)
    schedule = fields.Dict(
        metadata=told("only if a schedule stands in the optimizer: that schedule; lr in optimizer is its rate at this step", sometimes=True)
    )
    measures = fields.Nested(StepMeasuresSchema)
    engine = ENGINE
    work = fields.List(
        fields.Nested(WorkLineSchema),
        metadata=told("only with include: the formula line by line; the last line is the params", sometimes=True),
    )
    letters = fields.List(
        fields.Nested(LetterSchema), metadata=told("only with include: what the letters in the formulas stand for", sometimes=True)
    )

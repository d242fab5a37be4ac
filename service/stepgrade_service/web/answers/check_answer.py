"""What /check, /probe, /audit and /mistakes answer."""

from __future__ import annotations

from marshmallow import fields, validate

from .answer_parts import ENGINE, AnswerSchema, EchoSchema, Either, OneOf, told

#: What a finding is, and what a mistake of the catalogue is.
KINDS = ("mistake", "convention", "optimizer", "hyperparameter", "precision")
KINDS_OF_MISTAKES = ("mistake", "convention")


class FormulaSchema(AnswerSchema):
    """A wrong formula and the right one, in LaTeX."""

    wrong = fields.String()
    right = fields.String()


class FoundFormulaSchema(FormulaSchema):
    """Those of a finding."""

    wrong_mathml = fields.String(metadata=told("only with include: mathml", sometimes=True))
    right_mathml = fields.String(metadata=told("only with include: mathml", sometimes=True))


class MismatchSchema(AnswerSchema):
    """The first number that is different from the reference."""

    case = fields.Integer()
    step = fields.Integer()
    quantity = fields.String(metadata=told("params, points, update, state/t, or state/ and a slot"))
    index = fields.List(
        Either(fields.String(), fields.Integer()),
        allow_none=True,
        metadata=told("the place in the quantity; null if the shape is different"),
    )
    expected = fields.Raw(metadata=told("a number, or a shape in words"))
    got = fields.Raw(metadata=told("a number, or a shape"))
    relative_error = fields.Float(allow_none=True)


class FindingSchema(AnswerSchema):
    """Something that explains the numbers."""

    code = fields.String()
    title = fields.String()
    kind = OneOf(KINDS)
    fit = fields.Float(metadata=told("the share of the tolerance that it needs, 0 to 1"))
    where = fields.String()
    hint = fields.String(allow_none=True, metadata=told("the hint at the requested level"))
    formula = fields.Nested(
        FoundFormulaSchema, allow_none=True, metadata=told("with hints 3: the formula of the submission, and the right formula")
    )
    probe = fields.Dict(
        allow_none=True,
        metadata=told("if there are several findings, the first has a request that distinguishes them; null if no request does"),
    )


class CheckSchema(AnswerSchema):
    """Whether a submission agrees with the reference, and what explains a difference."""

    passed = fields.Boolean()
    score = fields.Float(metadata=told("the share of the steps before the first mismatch, averaged over the cases; 1 only if passed"))
    first_mismatch = fields.Nested(MismatchSchema, allow_none=True)
    findings = fields.List(
        fields.Nested(FindingSchema), metadata=told("what explains the numbers, the simplest first; empty if nothing explains them")
    )
    search = OneOf(("complete", "cut_short"), metadata=told("cut_short: the cost limit was reached before every known mistake was tried"))
    optimizer = fields.Nested(EchoSchema)
    engine = ENGINE


ROOM = fields.Dict(
    allow_none=True,
    metadata=told("the largest error that float32 arithmetic explains: in points (one row per compared step) and in state"),
)


class CandidateSchema(AnswerSchema):
    """A known formula, and the numbers that it gives in the place of the reference's."""

    code = fields.String()
    title = fields.String()
    kind = OneOf(KINDS)
    where = fields.String()
    hints = fields.List(fields.String())
    formula = fields.Nested(FormulaSchema, allow_none=True)
    numbers = fields.Dict(allow_none=True, metadata=told("laid out like a submission; null if there are no numbers to compare"))
    room = ROOM


class CandidatesSchema(AnswerSchema):
    """What every known formula gives for one reference."""

    room = ROOM
    candidates = fields.List(fields.Nested(CandidateSchema))
    optimizer = fields.Nested(EchoSchema)
    engine = ENGINE


class ProbeSchema(AnswerSchema):
    """Requests whose answers distinguish the mistakes."""

    reference = fields.List(fields.Dict(), metadata=told("/step or /trajectory requests"))
    gap = fields.Float(
        allow_none=True, metadata=told("any two different formulas differ in some number by at least this relative difference")
    )
    same = fields.List(
        fields.List(fields.String(), validate=validate.Length(equal=2)),
        metadata=told(
            "pairs of codes whose numbers are equal, or nearer than a check sees, with every input; `right` is the right formula"
        ),
    )
    catalogue = fields.Integer(metadata=told("how many mistakes of this optimizer the service knows; 0 if it knows none yet"))
    optimizer = fields.Nested(EchoSchema)
    engine = ENGINE


class CaughtSchema(AnswerSchema):
    """A mistake that the test catches."""

    code = fields.String()
    title = fields.String()
    kind = OneOf(KINDS_OF_MISTAKES)


class LetThroughSchema(CaughtSchema):
    """A mistake that the test lets through."""

    probe = fields.Dict(
        allow_none=True, metadata=told("a request that shows the mistake; null if here it gives the numbers of the right formula")
    )


class AuditSchema(AnswerSchema):
    """Which mistakes a test catches."""

    catches = fields.List(
        fields.Nested(CaughtSchema),
        metadata=told("if this and lets_through are both empty, the service knows no mistakes of this optimizer yet"),
    )
    lets_through = fields.List(fields.Nested(LetThroughSchema))
    probes = fields.List(fields.Dict(), metadata=told("the fewest requests that catch what the test lets through"))
    optimizer = fields.Nested(EchoSchema)
    engine = ENGINE


class MistakeSchema(AnswerSchema):
    """A mistake of the catalogue."""

    code = fields.String()
    title = fields.String()
    kind = OneOf(KINDS_OF_MISTAKES)
    where = fields.String()
    formula = fields.Nested(FormulaSchema)
    hints = fields.List(fields.String(), validate=validate.Length(equal=3))
    optimizers = fields.List(fields.String(), metadata=told("the optimizers in which this mistake is possible, in some convention"))


class MistakesSchema(AnswerSchema):
    """The mistakes that the service knows."""

    mistakes = fields.List(fields.Nested(MistakeSchema))
    engine = ENGINE

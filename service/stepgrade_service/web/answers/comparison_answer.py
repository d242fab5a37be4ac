"""What /compare answers."""

from __future__ import annotations

from typing import get_args

from marshmallow import INCLUDE, fields, validate

from ...engine.comparing.budgets import SCHEDULE as BY_SCHEDULE
from ...engine.comparing.budgets import STEPS
from ...engine.comparing.decomposition import OUTCOMES
from ...engine.comparing.matching import MODES
from ...engine.comparing.verdict import Because, Result
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
    EchoSchema,
    Either,
    ObjectiveEchoSchema,
    OneOf,
    SummarySchema,
    told,
)
from .trajectory_answer import RecordedMeasuresSchema

STEPS_OR_MEAN = fields.Float(allow_none=True, metadata=told("with noise: the mean over the seeds, and null if one seed has no value"))


class SeedSchema(AnswerSchema):
    """How the run of one seed ended."""

    seed = fields.Integer()
    status = STATUS
    diverged_at = fields.Integer(allow_none=True)
    steps_to_target = fields.Integer(allow_none=True)
    settling_step = fields.Integer(allow_none=True)
    tail_gap = fields.Float(allow_none=True)
    final_value = fields.Float(allow_none=True)
    final_distance = fields.Float(allow_none=True)


class RecordedSchema(AnswerSchema):
    """What is recorded of a run, only with include. With noise it is the run of the first seed."""

    recorded = fields.List(fields.Integer(), metadata=told("with include: step numbers, from 0", sometimes=True))
    points = fields.List(Part("Answer"), metadata=told(sometimes=True))
    values = fields.List(fields.Float(allow_none=True), metadata=told(sometimes=True))
    gradients = fields.List(Part("Answer"), metadata=told("at each point", sometimes=True))
    updates = fields.List(Part("Answer"), metadata=told("the step that led to each point; null at step 0", sometimes=True))
    measures = fields.Nested(RecordedMeasuresSchema, metadata=told(sometimes=True))


class RunSchema(RecordedSchema):
    """One optimizer from one start."""

    label = fields.String()
    start = fields.String()
    status = STATUS
    diverged_at = STEP_DIVERGED
    detail = WHY_DIVERGED
    steps = STEPS_TAKEN
    summary = fields.Nested(SummarySchema, metadata=told("as in a trajectory; with noise the means over the seeds"))
    optimizer = fields.Nested(EchoSchema, metadata=told("the optimizer with the learning rate that was used"))
    matched = fields.Boolean(metadata=told("whether the learning rate could be matched as requested", sometimes=True))
    step_length_of = fields.String(
        allow_none=True, metadata=told("with graft: the optimizer whose step length it uses, if not its own", sometimes=True)
    )
    spread = fields.Dict(metadata=told("with noise: sample standard deviations over the seeds", sometimes=True))
    seeds = fields.List(fields.Nested(SeedSchema), metadata=told("with noise: how each seed's run ended", sometimes=True))


class PlaceSchema(AnswerSchema):
    """A place in a ranking."""

    rank = fields.Integer()
    label = fields.String()
    status = STATUS
    settling_step = STEPS_OR_MEAN
    steps_to_target = STEPS_OR_MEAN
    tail_gap = fields.Float(allow_none=True)
    tail_value = fields.Float(allow_none=True, metadata=told("mean value over the last tenth of the points"))
    final_value = fields.Float(allow_none=True)


class ChangeSchema(AnswerSchema):
    """What was changed for one optimizer from one start, or the reason why nothing could be changed.

    With graft and a known minimum there is also what its direction did: `result`, `headline`, `verdict` and `notes`, as in decompose.
    """

    class Meta:
        unknown = INCLUDE

    label = fields.String()
    start = fields.String()


class MatchingSchema(AnswerSchema):
    """What was changed to make the optimizers comparable."""

    mode = OneOf(MODES)
    is_matched = fields.Boolean(metadata=told("whether every learning rate was matched as requested; false if the match is none"))
    baseline = fields.String()
    tuned_by = fields.String(metadata=told(sometimes=True))
    grid = fields.List(fields.Float(), metadata=told(sometimes=True))
    changes = fields.List(fields.Nested(ChangeSchema))


class CellSchema(RecordedSchema):
    """A run with the step length of one optimizer and the direction of one."""

    step_length_of = fields.String()
    direction_of = fields.String()
    status = STATUS
    settling_step = STEPS_OR_MEAN
    steps_to_target = STEPS_OR_MEAN
    tail_gap = fields.Float(allow_none=True)
    outcome = fields.Float(allow_none=True)


class DecompositionSchema(AnswerSchema):
    """The difference between two optimizers from one start, split into step length and direction."""

    start = fields.String()
    plain = fields.String()
    other = fields.String()
    cells = fields.List(fields.Nested(CellSchema), validate=validate.Length(equal=4))
    outcome = OneOf(OUTCOMES, metadata=told("the effects are differences of this quantity; an effect below 0 is better"))
    magnitude_effect = fields.Float(allow_none=True)
    direction_effect = fields.Float(allow_none=True)
    interaction = fields.Float(allow_none=True)
    standard_errors = fields.Dict(metadata=told("with noise: the standard errors of the effects over the seeds", sometimes=True))
    seeds = fields.Integer(metadata=told(sometimes=True))
    result = OneOf(get_args(Result))
    because = OneOf(get_args(Because), allow_none=True)
    headline = fields.String(metadata=told("which optimizer was better from this start, in at most 15 words"))
    verdict = fields.String(metadata=told("the headline, how both ended, and the reason, in at most 60 words"))
    notes = fields.List(fields.String(), metadata=told("what else you should know, in sentences of at most 25 words"))


class FlipSchema(AnswerSchema):
    """What differs at an angle from the answer at 0 degrees."""

    class Meta:
        unknown = INCLUDE

    start = fields.String()
    of = fields.String()
    at_0 = Either(fields.String(), fields.List(fields.String()), allow_none=True, metadata=told("of a ranking: the labels in its order"))
    here = Either(fields.String(), fields.List(fields.String()), allow_none=True, metadata=told("of a ranking: the labels in its order"))


#: The parts that an answer has at each angle.
RUNS = fields.List(fields.Nested(RunSchema))
RANKING = fields.Dict(values=fields.List(fields.Nested(PlaceSchema)), metadata=told("for each start, best first; ties share a rank"))
MATCHING = fields.Nested(MatchingSchema)
DECOMPOSE = fields.List(fields.Nested(DecompositionSchema), metadata=told(sometimes=True))


class RotationSchema(AnswerSchema):
    """The comparison with the objective and the starts rotated together."""

    degrees = fields.Float()
    runs = RUNS
    ranking = RANKING
    matching = MATCHING
    decompose = DECOMPOSE
    flips = fields.List(fields.Nested(FlipSchema), metadata=told("what differs from the answer at 0 degrees"))


class UnequalBudgetsSchema(AnswerSchema):
    """What is not the same for all labels, so that the ranking is not fair."""

    differ = fields.List(OneOf((STEPS, BY_SCHEDULE)), metadata=told("what differs from label to label"))
    note = fields.String(metadata=told("what that means, in a sentence or two"))


class ComparisonSchema(AnswerSchema):
    """Several optimizers, compared from the same starts."""

    runs = RUNS
    ranking = RANKING
    matching = MATCHING
    decompose = DECOMPOSE
    rotations = fields.List(fields.Nested(RotationSchema), metadata=told(sometimes=True))
    objective = fields.Nested(ObjectiveEchoSchema)
    optimizers = fields.List(fields.Nested(EchoSchema))
    starts = fields.Dict()
    steps = Either(fields.Integer(), fields.Dict(values=fields.Integer()), metadata=told("of each run, or by label"))
    unequal_budgets = fields.Nested(UnequalBudgetsSchema, metadata=told("only if steps or schedule differ by label", sometimes=True))
    baseline = fields.String()
    match = Either(fields.String(), fields.Dict())
    target = TARGET
    schedule = SCHEDULE
    noise = NOISE
    engine = ENGINE

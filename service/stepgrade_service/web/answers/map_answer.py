"""What /map answers."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import fields

from ...engine.comparing.decomposition import OUTCOMES, TAIL_GAP
from ...engine.comparing.map_plan import AXES
from .answer_parts import ENGINE, NOISE, SCHEDULE, TARGET, AnswerSchema, EchoSchema, Either, ObjectiveEchoSchema, OneOf, told

NUMBER = fields.Float(allow_none=True)
COUNT = fields.Integer(allow_none=True)


def over_grid(number: fields.Field[Any], description: str, *, sometimes: bool = False) -> Either:
    """Rows by the second axis, columns by the first; a list where there is one axis."""
    return Either(fields.List(number), fields.List(fields.List(number)), metadata=told(description, sometimes=sometimes))


def of_each(number: fields.Field[Any], description: str) -> fields.Dict:
    """An array over the grid for each optimizer; there only where it was asked for."""
    return fields.Dict(values=over_grid(number, description), metadata=told("by label", sometimes=True))


def by_label(description: str = "by label", *, sometimes: bool = False) -> fields.Dict:
    """A number of grid points for each optimizer."""
    return fields.Dict(values=fields.Integer(), metadata=told(description, sometimes=sometimes))


def counted(description: str = "", *, sometimes: bool = False) -> fields.Integer:
    """A number of grid points."""
    return fields.Integer(metadata=told(description, sometimes=sometimes))


#: What only a map of two optimizers counts.
EQUAL = "points where the ratio is below 1.05"
APART = "points where the runs end at minima of different values, so they are not compared"
NOT_COMPARED = "points where the runs cannot be compared"


class StepCountsSchema(AnswerSchema):
    """Where the target was reached, and which of two optimizers was ahead."""

    reached = by_label()
    ahead = by_label(sometimes=True)
    equal = counted(EQUAL, sometimes=True)
    neither = counted(sometimes=True)
    undefined = counted(NOT_COMPARED)
    cells = counted()
    different_minima = counted(APART, sometimes=True)


class ValueCountsSchema(AnswerSchema):
    """Where runs diverged, and which of two optimizers had the lower value at the end."""

    diverged = by_label()
    ahead = by_label(sometimes=True)
    equal = counted(EQUAL, sometimes=True)
    neither = counted(sometimes=True)
    undefined = counted(NOT_COMPARED)
    cells = counted()


class EffectCountsSchema(AnswerSchema):
    """Where an effect helped, and where it hurt."""

    helps = counted()
    hurts = counted()
    ties = counted("points where the effect is below 5 %")
    undefined = counted()


class OutcomeCountsSchema(AnswerSchema):
    """Which quantity the effects are differences of."""

    class Meta(AnswerSchema.Meta):
        include: ClassVar[dict[str, fields.Field[Any]]] = {name: counted(sometimes=name != TAIL_GAP) for name in OUTCOMES}

    undefined = counted()


class MapCountsSchema(AnswerSchema):
    """For each case, the number of grid points."""

    settling_step = fields.Nested(StepCountsSchema, metadata=told(sometimes=True))
    steps_to_target = fields.Nested(StepCountsSchema, metadata=told(sometimes=True))
    final_value = fields.Nested(ValueCountsSchema, metadata=told(sometimes=True))
    minimum_reached = fields.Dict(
        values=fields.List(fields.Integer()),
        metadata=told("by label: points that lead to each of the minima, and to none", sometimes=True),
    )
    direction_effect = fields.Nested(EffectCountsSchema, metadata=told(sometimes=True))
    magnitude_effect = fields.Nested(EffectCountsSchema, metadata=told(sometimes=True))
    outcome = fields.Nested(OutcomeCountsSchema, metadata=told(sometimes=True))
    unmatched = by_label("by label: points where no learning rate was found", sometimes=True)
    undefined = counted("points where the objective or its gradient is not finite")


EFFECT = over_grid(NUMBER, "the effect on log10 of the outcome at each point; below 0 helps; null where it is undefined", sometimes=True)


class MapMeasuresSchema(AnswerSchema):
    """The measures that were asked for, at each point of the grid."""

    settling_step = of_each(COUNT, "null: it did not settle")
    steps_to_target = of_each(COUNT, "null: it never reached the target")
    final_value = of_each(NUMBER, "the value at the last finite point; null: there is none")
    minimum_reached = of_each(COUNT, "which of the minima is within 0.05 of the last point; null: none")
    direction_effect = EFFECT
    magnitude_effect = EFFECT


class MapAxisSchema(AnswerSchema):
    """An axis of the grid."""

    name = OneOf(AXES)
    values = fields.List(fields.Float())


class MapSchema(AnswerSchema):
    """One or two optimizers over a grid of starts or learning rates."""

    axes = fields.List(fields.Nested(MapAxisSchema), metadata=told("one or two; the first runs along a row"))
    labels = fields.List(fields.String())
    measures = fields.Nested(MapMeasuresSchema)
    counts = fields.Nested(MapCountsSchema)
    minima = fields.List(fields.List(fields.Float()))
    lr = of_each(NUMBER, "the learning rate that was used, if it was matched; null: none was found")
    outcome = over_grid(COUNT, "the quantity that the effects are differences of, as an index into outcomes", sometimes=True)
    outcomes = fields.List(fields.String(), metadata=told(sometimes=True))
    standing = fields.Dict(
        values=over_grid(COUNT, "which of two optimizers is ahead, as an index into standings; null: they cannot be compared"),
        metadata=told("by measure of steps or values", sometimes=True),
    )
    standings = fields.List(
        fields.String(), metadata=told("the two labels, then equal (a ratio below 1.05), neither, different_minima", sometimes=True)
    )
    target = TARGET
    schedule = SCHEDULE
    noise = NOISE
    objective = fields.Nested(ObjectiveEchoSchema)
    optimizers = fields.List(fields.Nested(EchoSchema))
    start = fields.Raw(metadata=told("the coordinates that are not on an axis"))
    steps = fields.Integer()
    baseline = fields.String()
    match = Either(fields.String(), fields.Dict())
    grid = fields.Dict()
    measure = fields.List(fields.String())
    engine = ENGINE

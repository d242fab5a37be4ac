"""What /optimizers and /objectives answer."""

from __future__ import annotations

from marshmallow import fields

from ...engine.objectives.data.sets import CLASSES, LABELS, NUMBERS
from ..schemas import Part
from .answer_parts import ENGINE, AnswerSchema, EchoSchema, Either, ObjectiveEchoSchema, OneOf, told

AUTHORS = fields.List(fields.String(), metadata=told("the family names of the authors, in the order of the paper"))
YEAR = fields.Integer(metadata=told("when they published it"))


class OptimizerEntrySchema(AnswerSchema):
    """An optimizer in the list."""

    name = fields.String()
    title = fields.String()
    authors = AUTHORS
    year = YEAR
    kind = fields.String(metadata=told("the group of related optimizers that it belongs to"))
    needs = fields.List(fields.String(), metadata=told("what it needs at each point: gradient, and for some value or objective"))
    conventions = fields.List(fields.String())
    default_convention = fields.String()
    href = fields.String()


class WrapperSchema(AnswerSchema):
    """A member that may stand beside the name of every optimizer."""

    name = fields.String()
    meaning = fields.String()
    type = OneOf(("number", "switch"))
    range = fields.String(metadata=told("only for a number: its range in words", sometimes=True))
    minimum = fields.Float(allow_none=True, metadata=told(sometimes=True))
    exclusive_minimum = fields.Float(allow_none=True, metadata=told(sometimes=True))
    maximum = fields.Float(allow_none=True, metadata=told(sometimes=True))
    exclusive_maximum = fields.Float(allow_none=True, metadata=told(sometimes=True))
    choices = fields.List(Either(fields.String(), fields.Boolean()), metadata=told("only for a switch: its choices", sometimes=True))
    default = Either(
        fields.Float(), fields.String(), fields.Boolean(), allow_none=True, metadata=told("null: it does nothing if it is left out")
    )


class KindSchema(AnswerSchema):
    """A group of related optimizers."""

    name = fields.String()
    title = fields.String()
    meaning = fields.String(metadata=told("what its optimizers have in common"))


class OptimizersSchema(AnswerSchema):
    """The optimizers of the service, and the members that each of them takes beside its own."""

    optimizers = fields.List(fields.Nested(OptimizerEntrySchema))
    kinds = fields.List(fields.Nested(KindSchema), metadata=told("the groups of related optimizers, also those that the query leaves out"))
    wrappers = fields.List(fields.Nested(WrapperSchema))
    engine = ENGINE


class ObjectiveEntrySchema(AnswerSchema):
    """An objective in the list."""

    name = fields.String()
    title = fields.String()
    kind = fields.String(metadata=told("the group of objectives that it belongs to"))
    dimension = fields.Integer(allow_none=True)
    starts = fields.List(fields.String())
    href = fields.String()


class ObjectiveKindSchema(AnswerSchema):
    """A group of objectives."""

    name = fields.String()
    title = fields.String()


class ObjectivesSchema(AnswerSchema):
    """The objectives of the service."""

    objectives = fields.List(fields.Nested(ObjectiveEntrySchema))
    kinds = fields.List(fields.Nested(ObjectiveKindSchema), metadata=told("the groups of objectives"))
    engine = ENGINE


class HyperparameterSchema(AnswerSchema):
    """A hyperparameter of an optimizer."""

    name = fields.String()
    meaning = fields.String()
    type = OneOf(("number", "switch"))
    range = fields.String(metadata=told("only for a number: its range in words", sometimes=True))
    minimum = fields.Float(allow_none=True, metadata=told(sometimes=True))
    exclusive_minimum = fields.Float(allow_none=True, metadata=told(sometimes=True))
    maximum = fields.Float(allow_none=True, metadata=told(sometimes=True))
    exclusive_maximum = fields.Float(allow_none=True, metadata=told(sometimes=True))
    choices = fields.List(Either(fields.String(), fields.Boolean()), metadata=told("only for a switch: its choices", sometimes=True))
    defaults = fields.Dict(metadata=told("the default in each convention; null where a value is required"))


class SlotSchema(AnswerSchema):
    """Something that an optimizer remembers from step to step."""

    name = fields.String()
    meaning = fields.String()
    shape = fields.String()


class ConventionSchema(AnswerSchema):
    """How a framework or a book writes an optimizer."""

    name = fields.String()
    title = fields.String()
    names = fields.Dict(metadata=told("accepted names, each with the hyperparameters that it implies"))
    arguments = fields.Dict(metadata=told("the framework's own arguments, each with the hyperparameters it stands for"))
    required = fields.List(fields.String())
    not_yet = fields.List(fields.String(), metadata=told("arguments that are accepted only with their default value"))
    differences = fields.List(
        fields.String(),
        metadata=told("the defaults that are others than in the paper, a sentence each; without a paper, than in torch, keras or optax"),
    )
    notes = fields.String()


class OptimizerPageSchema(AnswerSchema):
    """Everything about one optimizer."""

    name = fields.String()
    title = fields.String()
    idea = fields.String(metadata=told("what it does, in one sentence"))
    authors = AUTHORS
    year = YEAR
    kind = fields.String(metadata=told("the group of related optimizers that it belongs to"))
    formula = fields.String(metadata=told("LaTeX"))
    formula_mathml = fields.String(metadata=told("the formula as MathML"))
    worked_solution = fields.Boolean(metadata=told("true: /step writes its formula line by line, with `work` in `include`"))
    source = fields.String()
    notes = fields.String()
    needs = fields.List(fields.String(), metadata=told("what it needs at each point: gradient, and for some value or objective"))
    norm = OneOf(("global", "tensor"), allow_none=True)
    default_convention = fields.String()
    hyperparameters = fields.List(fields.Nested(HyperparameterSchema))
    slots = fields.List(fields.Nested(SlotSchema))
    conventions = fields.List(fields.Nested(ConventionSchema))
    engine = ENGINE


class ParameterSchema(AnswerSchema):
    """A parameter of an objective."""

    name = fields.String()
    meaning = fields.String()
    default = fields.Float(allow_none=True)
    minimum = fields.Float(allow_none=True)
    maximum = fields.Float(allow_none=True)
    per_coordinate = fields.Boolean(metadata=told("true: a list of one number per coordinate is possible too"))
    matrix = fields.Boolean(metadata=told("true: a symmetric matrix, as a list of rows"))
    excludes = fields.List(fields.String(), metadata=told("the parameters that are not possible together with this one"))


class MinimumSchema(AnswerSchema):
    """A minimum of an objective, and the value there."""

    point = fields.List(fields.Float())
    value = fields.Float()


class CriticalPointSchema(AnswerSchema):
    """A point where the gradient is 0, or a minimum on an edge."""

    point = fields.List(fields.Float())
    kind = OneOf(("minimum", "saddle", "maximum"))
    value = fields.Float()


class SameExpressionSchema(AnswerSchema):
    """An objective as an expression."""

    expression = fields.String()
    variables = fields.List(fields.String())


class ObjectivePageSchema(AnswerSchema):
    """Everything about one objective, at the parameters in `objective`."""

    name = fields.String()
    title = fields.String()
    aliases = fields.List(fields.String(), metadata=told("other names that a request may use"))
    formula = fields.String(metadata=told("LaTeX"))
    formula_mathml = fields.String(metadata=told("the formula as MathML"))
    source = fields.String()
    notes = fields.String()
    dimension = fields.Integer(allow_none=True, metadata=told("null if every dimension in `dimensions` is possible"))
    dimensions = fields.List(fields.Integer(), metadata=told("the smallest and the largest dimension"))
    parameters = fields.List(fields.Nested(ParameterSchema))
    objective = fields.Nested(ObjectiveEchoSchema)
    window = fields.List(fields.List(fields.Float()), metadata=told("[from, to] for each coordinate; only for drawing, never enforced"))
    domain = fields.List(
        fields.List(fields.Float()),
        metadata=told("[from, to] for each coordinate: where the literature uses it; never enforced"),
    )
    minima = fields.List(fields.Nested(MinimumSchema))
    critical_points = fields.List(
        fields.Nested(CriticalPointSchema), metadata=told("the known minima, saddle points and maxima; the notes say if there are more")
    )
    condition_number = fields.Float(
        allow_none=True, metadata=told("of the Hessian at the first minimum; null if there is none, or the Hessian there is singular")
    )
    starts = fields.Dict(values=fields.List(fields.Float()))
    variables = fields.List(fields.String(), allow_none=True, metadata=told("the letters of two parameters in the formula"))
    expression = fields.Nested(
        SameExpressionSchema,
        allow_none=True,
        metadata=told("the same function, to be posted; null if it has none, or if the parameters are not the default ones"),
    )
    smooth = fields.Boolean(
        allow_none=True,
        metadata=told(
            "false: the gradient has jumps; the notes say what it is there; null for an expression or a model, as the next three"
        ),
    )
    bounded = fields.Boolean(allow_none=True, metadata=told("true: the values have a lower bound"))
    separable = fields.Boolean(allow_none=True, metadata=told("true: a sum of functions of one coordinate each"))
    convex = fields.Boolean(allow_none=True)
    engine = ENGINE


class ModelMemberSchema(AnswerSchema):
    """What may stand beside the name of a model."""

    name = fields.String()
    meaning = fields.String()
    default = fields.Raw(metadata=told("null if there is none"), allow_none=True)
    choices = fields.List(fields.String(), allow_none=True, metadata=told("the names it takes; null if it takes other values"))


class ModelSchema(AnswerSchema):
    """A model that takes data."""

    name = fields.String()
    title = fields.String()
    formula = fields.String(metadata=told("LaTeX"))
    source = fields.String()
    notes = fields.String()
    losses = fields.List(fields.String())
    members = fields.List(fields.Nested(ModelMemberSchema))
    starts = fields.List(fields.String(), metadata=told("the first one is the start of a request that names none"))
    objective = fields.Nested(EchoSchema, metadata=told("what its name alone stands for"))


class DataSetSchema(AnswerSchema):
    """A data set that has a name."""

    name = fields.String()
    title = fields.String()
    targets = OneOf((NUMBERS, LABELS, CLASSES))
    source = fields.String()
    examples = fields.Integer()
    X = Part("Answer")
    y = fields.List(fields.Float())


class LossSchema(AnswerSchema):
    """The loss of one example with score z and target y."""

    name = fields.String()
    formula = fields.String(metadata=told("LaTeX"))


class NamedStartSchema(AnswerSchema):
    """A start of a model."""

    name = fields.String()
    meaning = fields.String()


class DataPageSchema(AnswerSchema):
    """The models that take data, and the data sets that have a name."""

    models = fields.List(fields.Nested(ModelSchema))
    sets = fields.List(fields.Nested(DataSetSchema))
    losses = fields.List(fields.Nested(LossSchema))
    starts = fields.List(fields.Nested(NamedStartSchema))
    engine = ENGINE

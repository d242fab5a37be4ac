"""The order in which explanations are tried, written down here and nowhere else: what stands first is named first.

Where two explanations give the same numbers, the student reads the first. So the order is a judgement of what is likelier.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class ChangeKind(Enum):
    """What an explanation changes in the reference, in order: what is right elsewhere stands before what is wrong."""

    CONVENTION = "the same optimizer as another framework or book has it"
    MISTAKE = "one mistake in the formula"
    OPTIMIZER = "another optimizer"
    NUMBER = "one hyperparameter that is not the one asked for"
    USUAL_NUMBERS = "the numbers that a convention has by itself, for those asked for"


class Family(Enum):
    """The families of mistakes, in order; each is a file of catalogue/mistakes, whose mistakes follow from top to bottom.

    What only some optimizers do stands before what all do: it is what is new to a student there. eps stands before the step count:
    where all gradients are 0, a missing eps and a t of 0 both give nothing but NaN.
    """

    VARIANTS = "what only some families do: signs, norms, trust ratios, bounds, another average"
    AVERAGES = "the running averages"
    VELOCITY = "the velocity"
    EPSILON = "eps and the root"
    CORRECTION = "the bias correction and the step count"
    DECAY = "the weight decay"
    GRADIENT = "the gradient before it is used"
    MEMORY = "what is remembered between steps"
    RATE = "the length of the step: its sign, its learning rate"
    DIRECTION = "what the step follows"
    STEP = "the step as a whole, and what it is divided by"
    UPDATES = "the average of the updates, and the fraction of two roots"


@dataclass(frozen=True)
class Other:
    """Another optimizer to try: its name, and what makes it the variant that is meant.

    It gets the numbers of the reference that have the same meaning: those in `alike`, or without it every decay and eps it has.
    """

    name: str
    alike: tuple[str, ...] | None = None
    settings: dict[str, Any] = field(default_factory=dict)


#: The other optimizers that are tried with the numbers of the reference, in order. An optimizer that is not here is tried after
#: them: nobody has to add it. `normalized_gd` takes no eps from another: its eps is added to a norm, not to a root.
OTHERS = (
    Other("sgd", ()),
    Other("sgd", ("momentum",)),
    Other("sgd", ("momentum",), {"nesterov": True}),
    Other("sgd", ("momentum",), {"convention": "course"}),
    Other("rmsprop", ("eps", "rho")),
    Other("rmsprop", ("eps", "rho"), {"convention": "keras"}),
    Other("adagrad"),
    Other("adadelta"),
    Other("adam"),
    Other("adamax"),
    Other("nadam"),
    Other("adam", settings={"amsgrad": True}),
    Other("normalized_gd", ()),
    Other("sign_gd"),
)

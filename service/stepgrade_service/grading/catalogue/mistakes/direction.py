"""Mistakes about what the step follows: the gradient, an average, the velocity, a look-ahead."""

from __future__ import annotations

import numpy as np

from ...order import Family
from ..formulas import Array, Part, Trait, Work, squared_norm
from .declaration import family
from .rate import AT_STEP
from .velocity import has_momentum, push, velocity_before

mistake, several = family(Family.DIRECTION)


@mistake(
    "raw_gradient_step",
    "the step follows the gradient instead of its average",
    "numerator",
    where="numerator",
    wrong=r"\frac{g}{D}",
    right=r"\frac{N}{D}",
    hints=("Look at what is divided.", "Is it the gradient or its average?", "The step follows m_hat, not the gradient."),
    needs=Trait.AVERAGES_GRADIENT,
    lacks=Trait.FOLLOWS_MORE,
)
def raw_gradient_step(w: Work) -> Array:
    return w.gradient


@mistake(
    "old_m",
    "the step follows m before it is updated",
    "numerator",
    where="numerator",
    wrong=r"\frac{m_{t-1}/(1-\beta_1^t)}{D}",
    right=r"\frac{m_t/(1-\beta_1^t)}{D}",
    hints=("Look at what is divided.", "Is m updated before it is used?", "Update m first, then take the step with the new m."),
    needs=Trait.CORRECTS_M,
    lacks=Trait.FOLLOWS_MORE,
)
def old_m(w: Work) -> Array:
    return w.old.m / w.first_correction


# Where the updates are averaged too, an average from before the step is right in the numerator: the hints would confuse.
@mistake(
    "old_square",
    "the step divides by the old average",
    "square",
    where="denominator",
    wrong=r"\sqrt{S_{t-1}}+\epsilon",
    right=r"\sqrt{S_t}+\epsilon",
    hints=(
        "Look at what you divide by.",
        "Is it updated before it is used?",
        "Update the average first, then divide by the root of the new one.",
    ),
    needs=Trait.SQUARE_AS_KEPT,
    lacks=(Trait.AVERAGES_UPDATES, Trait.DIVIDES_BY_OLD),
)
def old_square(w: Work) -> Array:
    old = w.old.accumulator if hasattr(w.old, "accumulator") else w.old.v
    return old / w.second_correction if hasattr(w, "second_correction") else old


several(
    {"square": lambda w: w.gradient * w.gradient},
    "current_square",
    "the step divides by the root of this gradient's square, not by that of the average",
    where="denominator",
    wrong=r"\sqrt{g^2}+\epsilon",
    right="D",
    hints=(
        "Look at what you divide by.",
        "Is the average used at all?",
        "You divide by sqrt(g**2). Divide by the root of the average: ROOT.",
    ),
    needs=(Trait.SQUARE_AS_KEPT, Trait.SQUARES_EACH),
    lacks=(Trait.SUMS_SQUARES, Trait.AVERAGES_UPDATES, Trait.DIVIDES_BY_OLD, Trait.SQUARES_ANOTHER),
    stands_alone=True,
)
several(
    {"numerator": lambda w: w.gradient * w.gradient},
    "gradient_squared_in_step",
    "the gradient is squared in the step",
    where="numerator",
    wrong=r"\frac{g^2}{D}",
    right=r"\frac{g}{D}",
    hints=("Look at what is divided.", "Does the step still have the sign of the gradient?", "Only the average has g**2. The step has g."),
    needs=(Trait.DIVIDES_BY_ROOT, Trait.SQUARE_AS_KEPT),
    lacks=(Trait.AVERAGES_GRADIENT, Trait.AVERAGES_UPDATES),
    stands_alone=True,
)


def blog_past(w: Work) -> Array:
    """beta1 m_hat, with the same correction as the gradient has."""
    return np.asarray(w.h.beta1 * w.first / (1.0 - w.h.beta1**w.clock))


def own_m(w: Work) -> Array:
    return np.asarray(w.h.beta1 * w.old.m + (1.0 - w.h.beta1) * w.gradient)


def of_nesterov_m(code: str, title: str, of_gradient: Part, wrong: str, line: str, kind: str) -> None:
    """Enter another numerator of a rule that looks ahead with its average m."""
    several(
        {"first": own_m, "numerator": lambda w: blog_past(w) + of_gradient(w)},
        code,
        title,
        where="numerator",
        kind=kind,
        wrong=wrong,
        right=r"\frac{\beta_1 m}{1-\beta_1^{t+1}}+\frac{(1-\beta_1)g}{1-\beta_1^t}",
        hints=("Look at what is divided.", "It has two parts, one of m and one of the gradient. Look at their corrections.", line),
        needs=Trait.WARMS_MOMENTUM,
        when=lambda numbers: bool(numbers["corrected_m"]),
        stands_alone=True,
    )


of_nesterov_m("nadam_same_correction", "m and the gradient have the same correction, as in Ruder's overview",
              lambda w: (1.0 - w.h.beta1) * w.gradient / (1.0 - w.h.beta1**w.clock),
              r"\beta_1\hat m+\frac{(1-\beta_1)g}{1-\beta_1^t}",
              "You write beta1 * m_hat + (1 - beta1) * g / (1 - beta1**t). In this task m is divided by the correction of the next step.",
              "convention")  # fmt: skip
of_nesterov_m("nadam_gradient_uncorrected", "the gradient beside m_hat is not corrected", lambda w: (1.0 - w.h.beta1) * w.gradient,
              r"\beta_1\hat m+(1-\beta_1)g", "Divide (1 - beta1) * g by 1 - beta1**t.", "mistake")  # fmt: skip


@mistake(
    "old_velocity",
    "the step follows the velocity before it is updated",
    "direction",
    where="velocity",
    wrong=r"x\leftarrow x-\eta\,b_{t-1}",
    right=r"x\leftarrow x-\eta\,b_t",
    hints=("Look at the velocity.", "Is it updated before it is used?", "Update the velocity first, then take the step with the new one."),
    needs=Trait.HAS_VELOCITY,
    lacks=Trait.FOLLOWS_MORE,
    when=has_momentum,
)
def old_velocity(w: Work) -> Array:
    return velocity_before(w)


LOOK_AHEAD = "Look at Nesterov's momentum."


several(
    {"direction": lambda w: w.velocity},
    "nesterov_plain",
    "there is no look-ahead: this is plain momentum",
    where="look-ahead",
    wrong=r"x\leftarrow x-\eta b",
    right=r"x\leftarrow x-\eta(\mu b+P)",
    hints=(
        LOOK_AHEAD,
        "What does the step follow?",
        "Use momentum times the new velocity, and the gradient: AHEAD.",
    ),
    needs=Trait.HAS_VELOCITY,
    when=lambda numbers: bool(numbers["nesterov"]),
)
several(
    {"direction": lambda w: push(w) + w.h.momentum * velocity_before(w) * w.h.momentum + w.h.momentum * w.velocity},
    "nesterov_momentum_twice",
    "momentum is used once too often",
    where="look-ahead",
    wrong=r"x\leftarrow x-\eta(\mu^2 b_{t-1}+\mu b_t+P)",
    right=r"x\leftarrow x-\eta(\mu b+P)",
    hints=(
        LOOK_AHEAD,
        "Count how often the old velocity is used.",
        "Use the new velocity once, and the gradient once: AHEAD.",
    ),
    needs=Trait.GATHERS_GRADIENTS,
    when=lambda numbers: bool(numbers["nesterov"]),
)
several(
    {"direction": lambda w: push(w) + w.velocity},
    "nesterov_velocity_whole",
    "the look-ahead does not multiply the velocity by momentum",
    where="look-ahead",
    wrong=r"x\leftarrow x-\eta(b+P)",
    right=r"x\leftarrow x-\eta(\mu b+P)",
    hints=(LOOK_AHEAD, "What is the velocity multiplied by?", "Multiply the new velocity by momentum: AHEAD."),
    needs=Trait.GATHERS_GRADIENTS,
    when=lambda numbers: bool(numbers["nesterov"]),
)
several(
    {"direction": lambda w: push(w) + w.h.momentum * w.velocity},
    "nesterov_unasked",
    "the step looks ahead, as Nesterov's momentum does",
    where="look-ahead",
    wrong=r"x\leftarrow x-\eta(\mu b+P)",
    right=r"x\leftarrow x-\eta b",
    hints=(AT_STEP, "What does the step follow?", "Plain momentum follows the velocity. AHEAD is Nesterov's momentum."),
    needs=Trait.GATHERS_GRADIENTS,
    lacks=Trait.FOLLOWS_MORE,
    when=lambda numbers: not numbers["nesterov"],
)


@mistake(
    "normalised_gradient",
    "the gradient is divided by its norm",
    "direction",
    where="direction",
    wrong=r"\frac{g}{\lVert g\rVert}",
    right=r"g",
    hints=(
        "Look at the gradient in the step.",
        "Does the step still depend on the gradient's length?",
        "The step follows g itself, not g / norm(g).",
    ),
    needs=Trait.FOLLOWS_GRADIENT,
)
def normalised_gradient(w: Work) -> Array:
    return w.gradient / np.sqrt(squared_norm(w))


@mistake(
    "first_velocity_lost",
    "the gradient is added to the velocity before the momentum is applied",
    "velocity",
    where="velocity",
    wrong=r"b\leftarrow\mu(b+P)",
    right=r"b\leftarrow\mu b+P",
    hints=("Look at the velocity.", "Look at the brackets.", "momentum multiplies only the old velocity, not the gradient."),
    needs=Trait.GATHERS_GRADIENTS,
)
def first_velocity_lost(w: Work) -> Array:
    return w.h.momentum * (velocity_before(w) + push(w))

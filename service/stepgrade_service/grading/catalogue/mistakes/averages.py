"""Mistakes about the running averages."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...order import Family
from ..formulas import Array, Part, Trait, Work
from .declaration import Traits, family

_, several = family(Family.AVERAGES)

#: What mistakes about m and v together need.
BOTH = (Trait.AVERAGES_GRADIENT, Trait.AVERAGES_SQUARE)
M, V = r"m\leftarrow\beta_1 m+(1-\beta_1)F", r"v\leftarrow\beta_2 v+(1-\beta_2)E^2"
AT_M, AT_V = "Look at the average of the gradients.", "Look at the average of the squared gradients."


def decay(w: Work) -> float:
    """beta2, or rho."""
    return float(w.h.rho if hasattr(w.h, "rho") else w.h.beta2)


def averaged(w: Work) -> Array:
    """What enters m: the gradient, or in a rule that divides it first, the quotient."""
    new: Array = w.scaled if Trait.SCALES_BEFORE_AVERAGE in w.traits else w.gradient
    return new


def entering(w: Work) -> Array:
    """What is squared in v: the gradient, or what this rule has for it."""
    root_of: Array = w.squared if Trait.SQUARES_ANOTHER in w.traits else w.gradient
    return root_of


def square(w: Work) -> Array:
    root_of = entering(w)
    squared: Array = root_of * root_of
    return squared


def of_m(code: str, title: str, part: Part, wrong: str, *hints: str, more: tuple[Trait, ...] = (), **told: Any) -> None:
    """Enter a mistake about m."""
    needs = (Trait.AVERAGES_GRADIENT, *more)
    several({"first": part}, code, title, where="m", wrong=wrong, right=M, hints=(AT_M, *hints), needs=needs, **told)


def of_v(code: str, title: str, part: Part, wrong: str, *hints: str, needs: Traits = Trait.AVERAGES_SQUARE, **more: Any) -> None:
    """Enter a mistake about v."""
    several({"second": part}, code, title, where="v", wrong=wrong, right=V, hints=(AT_V, *hints), needs=needs, **more)


def of_both(code: str, title: str, m: Part, v: Part, wrong: str, *hints: str, **more: Any) -> None:
    """Enter a mistake made alike about m and v."""
    told = {**more, "where": "m and v", "wrong": wrong, "right": rf"{M},\ {V}", "hints": ("Look at the two running averages.", *hints)}
    several({"first": m, "second": v}, code, title, needs=BOTH, **told)


def complement_m(w: Work) -> Array:
    return (1.0 - w.h.beta1) * w.old.m + w.h.beta1 * averaged(w)


def complement_v(w: Work) -> Array:
    return (1.0 - decay(w)) * w.old.v + decay(w) * square(w)


WEIGHTS = "Look at the weight of the old average and the weight of the new gradient."
of_m("beta_complement_m", "beta1 and 1 - beta1 are exchanged", complement_m, r"m\leftarrow(1-\beta_1)m+\beta_1 F", WEIGHTS,
     "The old average is weighted with beta1, the gradient with 1 - beta1.")  # fmt: skip
of_v("beta_complement_v", "the decay and 1 - decay are exchanged in v", complement_v, r"v\leftarrow(1-\beta_2)v+\beta_2 E^2", WEIGHTS,
     "The old average is weighted with the decay, the squared gradient with 1 - decay.")  # fmt: skip
of_both("beta_complement", "beta and 1 - beta are exchanged", complement_m, complement_v, r"m\leftarrow(1-\beta_1)m+\beta_1 F,\ \dots",
        WEIGHTS, "The old averages are weighted with beta, the new values with 1 - beta.")  # fmt: skip


def whole_m(w: Work) -> Array:
    return w.h.beta1 * w.old.m + averaged(w)


def whole_v(w: Work) -> Array:
    return decay(w) * w.old.v + square(w)


NEW = "Look at the weight of the new gradient."
of_m("one_minus_beta_missing_m", "1 - beta1 is left out", whole_m, r"m\leftarrow\beta_1 m+F", NEW,
     "The gradient has to be multiplied by 1 - beta1.")  # fmt: skip
of_v("one_minus_beta_missing_v", "1 - decay is left out in v", whole_v, r"v\leftarrow\beta_2 v+E^2", NEW,
     "The squared gradient has to be multiplied by 1 - decay.")  # fmt: skip
of_both("one_minus_beta_missing", "1 - beta is left out", whole_m, whole_v, r"m\leftarrow\beta_1 m+F,\ v\leftarrow\beta_2 v+E^2",
        NEW, "The new values have to be multiplied by 1 - beta.")  # fmt: skip


def kept_m(w: Work) -> Array:
    return w.old.m + (1.0 - w.h.beta1) * averaged(w)


def kept_v(w: Work) -> Array:
    return w.old.v + (1.0 - decay(w)) * square(w)


OLD = "Look at the weight of the old average."
of_m("beta_missing_on_m", "the old m is not multiplied by beta1", kept_m, r"m\leftarrow m+(1-\beta_1)F", OLD,
     "The old m has to be multiplied by beta1.")  # fmt: skip
of_v("beta_missing_on_v", "the old v is not multiplied by its decay", kept_v, r"v\leftarrow v+(1-\beta_2)E^2", OLD,
     "The old v has to be multiplied by its decay.")  # fmt: skip
of_both("beta_missing_on_state", "the old averages are not multiplied by beta", kept_m, kept_v, r"m\leftarrow m+(1-\beta_1)F,\ \dots", OLD,
        "The old averages have to be multiplied by beta.")  # fmt: skip


def fresh_m(w: Work) -> Array:
    new: Array = (1.0 - w.h.beta1) * averaged(w)
    return new


def fresh_v(w: Work) -> Array:
    return (1.0 - decay(w)) * square(w)


PAST = "Is the old value still used?"
of_m("m_not_accumulated", "m does not contain the old m", fresh_m, r"m\leftarrow(1-\beta_1)F", PAST, "Add beta1 times the old m.")
of_v("v_not_accumulated", "v does not contain the old v", fresh_v, r"v\leftarrow(1-\beta_2)E^2", PAST, "Add the decay times the old v.")
of_both("not_accumulated", "the averages do not contain the old averages", fresh_m, fresh_v, r"m\leftarrow(1-\beta_1)F,\ \dots", PAST,
        "Add beta times the old average, from the stored state.")  # fmt: skip


def added_m(w: Work) -> Array:
    return w.old.m + (w.h.beta1 * w.old.m + (1.0 - w.h.beta1) * averaged(w))


def added_v(w: Work) -> Array:
    return w.old.v + (decay(w) * w.old.v + (1.0 - decay(w)) * square(w))


SET = "Is it set with =, or added to with +=?"
of_m("m_added_to_itself", "m += ... stands where m = ... belongs", added_m, r"m\leftarrow m+\beta_1 m+(1-\beta_1)F", SET,
     "+= adds the new average to the old one. Write m = beta1 * m + (1 - beta1) * AVERAGED.", stands_alone=True)  # fmt: skip
of_v("v_added_to_itself", "v += ... stands where v = ... belongs", added_v, r"v\leftarrow v+\beta_2 v+(1-\beta_2)E^2", SET,
     "+= adds the new average to the old one. Write v = BETA_V * v + (1 - BETA_V) * SQUARED**2.", stands_alone=True)  # fmt: skip
of_both("added_to_itself", "m += ... and v += ... stand where = belongs", added_m, added_v,
        r"m\leftarrow m+\beta_1 m+(1-\beta_1)F,\ \dots", SET,
        "+= adds the new average to the old one. Write m = ... and v = ..., not m += ... and v += ...", stands_alone=True)  # fmt: skip


def unbracketed_m(w: Work) -> Array:
    """beta1 m + 1 - beta1 g, as it is computed."""
    return w.h.beta1 * w.old.m + 1.0 - w.h.beta1 * averaged(w)


def unbracketed_v(w: Work) -> Array:
    return decay(w) * w.old.v + 1.0 - decay(w) * square(w)


BRACKETS = "Look at its brackets."
of_m("average_brackets_missing_m", "the brackets around 1 - beta1 are missing in m", unbracketed_m, r"m\leftarrow\beta_1 m+1-\beta_1 F",
     BRACKETS, "You write beta1 * m + 1 - beta1 * AVERAGED. Write beta1 * m + (1 - beta1) * AVERAGED.", stands_alone=True)  # fmt: skip
of_v("average_brackets_missing_v", "the brackets around 1 - decay are missing in v", unbracketed_v, r"v\leftarrow\beta_2 v+1-\beta_2 E^2",
     BRACKETS, "You write BETA_V * v + 1 - BETA_V * SQUARED**2. Write BETA_V * v + (1 - BETA_V) * SQUARED**2.",
     stands_alone=True)  # fmt: skip
of_both("average_brackets_missing", "the brackets around 1 - beta are missing", unbracketed_m, unbracketed_v,
        r"m\leftarrow\beta_1 m+1-\beta_1 F,\ \dots", BRACKETS, "Write (1 - beta1) * g and (1 - beta2) * g**2, with brackets.",
        stands_alone=True)  # fmt: skip

of_v("not_squared", "the gradient is not squared in v", lambda w: decay(w) * w.old.v + (1.0 - decay(w)) * entering(w),
     r"v\leftarrow\beta_2 v+(1-\beta_2)E", "Look at the value that enters the average.", "v averages SQUARED**2, not SQUARED.")  # fmt: skip
of_v("absolute_for_square", "v averages the size of the gradient instead of its square",
     lambda w: decay(w) * w.old.v + (1.0 - decay(w)) * np.abs(entering(w)), r"v\leftarrow\beta_2 v+(1-\beta_2)|E|",
     "Look at the value that enters the average.", "v averages SQUARED**2, not abs(SQUARED).")  # fmt: skip
of_v("square_of_product", "1 - decay is squared with the gradient",
     lambda w: decay(w) * w.old.v + ((1.0 - decay(w)) * entering(w)) ** 2, r"v\leftarrow\beta_2 v+((1-\beta_2)E)^2",
     "Look at the brackets around what is squared.",
     "Only SQUARED is squared: (1 - decay) * SQUARED**2, not ((1 - decay) * SQUARED)**2.")  # fmt: skip
of_v("v_of_m", "v averages the square of m instead of the square of the gradient",
     lambda w: decay(w) * w.old.v + (1.0 - decay(w)) * w.first * w.first,
     r"v\leftarrow\beta_2 v+(1-\beta_2)m^2", "Look at the value that enters the average.", "v averages SQUARED**2, not m**2.",
     needs=BOTH, lacks=Trait.SCALES_BEFORE_AVERAGE)  # fmt: skip
of_v("v_of_params", "v averages the squares of the params instead of those of the gradient",
     lambda w: decay(w) * w.old.v + (1.0 - decay(w)) * w.x * w.x,
     r"v\leftarrow\beta_2 v+(1-\beta_2)x^2", "Look at the value that enters the average.",
     "v averages the square of the gradient, not that of the params.")  # fmt: skip
of_v("beta1_in_v", "v is averaged with beta1", lambda w: w.h.beta1 * w.old.v + (1.0 - w.h.beta1) * square(w),
     r"v\leftarrow\beta_1 v+(1-\beta_1)E^2", "Look at which beta it uses.", "v is averaged with beta2.",
     needs=BOTH)  # fmt: skip
of_m("beta2_in_m", "m is averaged with beta2", lambda w: w.h.beta2 * w.old.m + (1.0 - w.h.beta2) * averaged(w),
     r"m\leftarrow\beta_2 m+(1-\beta_2)F", "Look at which beta it uses.", "m is averaged with beta1.",
     more=(Trait.HAS_TWO_BETAS,))  # fmt: skip
of_m("one_minus_beta2_on_gradient", "1 - beta2 stands where 1 - beta1 belongs, in m",
     lambda w: w.h.beta1 * w.old.m + (1.0 - w.h.beta2) * averaged(w), r"m\leftarrow\beta_1 m+(1-\beta_2)F",
     "Does each line have only one beta?", "The gradient is multiplied by 1 - beta1 in m, not by 1 - beta2.",
     more=(Trait.HAS_TWO_BETAS,))  # fmt: skip
of_m("beta2_on_old_m", "beta2 stands where beta1 belongs, on the old m",
     lambda w: w.h.beta2 * w.old.m + (1.0 - w.h.beta1) * averaged(w), r"m\leftarrow\beta_2 m+(1-\beta_1)F",
     "Does each line have only one beta?", "The old m is multiplied by beta1, not by beta2.",
     more=(Trait.HAS_TWO_BETAS,))  # fmt: skip
of_v("beta1_on_old_v", "beta1 stands where beta2 belongs, on the old v",
     lambda w: w.h.beta1 * w.old.v + (1.0 - w.h.beta2) * square(w), r"v\leftarrow\beta_1 v+(1-\beta_2)E^2",
     "Does each line have only one beta?", "The old v is multiplied by beta2, not by beta1.", needs=BOTH)  # fmt: skip
of_v("one_minus_beta1_on_square", "1 - beta1 stands where 1 - beta2 belongs, in v",
     lambda w: w.h.beta2 * w.old.v + (1.0 - w.h.beta1) * square(w), r"v\leftarrow\beta_2 v+(1-\beta_1)E^2",
     "Does each line have only one beta?", "In v the squared gradient is multiplied by 1 - beta2, not by 1 - beta1.",
     needs=BOTH)  # fmt: skip
several(
    {
        "first": lambda w: w.h.beta2 * w.old.m + (1.0 - w.h.beta2) * averaged(w),
        "second": lambda w: w.h.beta1 * w.old.v + (1.0 - w.h.beta1) * square(w),
    },
    "betas_swapped",
    "the two betas are swapped in the averages",
    where="m and v",
    wrong=r"m\leftarrow\beta_2 m+(1-\beta_2)F,\ v\leftarrow\beta_1 v+(1-\beta_1)E^2",
    right=rf"{M},\ {V}",
    hints=("Look at the two running averages.", "Look at which beta each of them uses.", "m is averaged with beta1 and v with beta2."),
    needs=BOTH,
)
several(
    {
        "first": lambda w: w.h.beta2 * w.old.m + (1.0 - w.h.beta2) * averaged(w),
        "second": lambda w: w.h.beta1 * w.old.v + (1.0 - w.h.beta1) * square(w),
        "first_correction": lambda w: 1.0 - w.h.corrected_m * w.h.beta2**w.clock,
        "second_correction": lambda w: 1.0 - w.h.corrected_v * w.h.beta1**w.clock,
    },
    "betas_swapped_everywhere",
    "beta1 and beta2 are swapped",
    where="m and v",
    wrong=r"m\leftarrow\beta_2 m+(1-\beta_2)F,\ \hat m=\frac{m}{1-\beta_2^t},\ \dots",
    right=rf"{M},\ \hat m=\frac{{m}}{{1-\beta_1^t}},\ \dots",
    hints=("Look at the two betas.", "They are swapped.", "beta1 belongs to m and beta2 to v, in the averages and in the corrections."),
    needs=BOTH,
    when=lambda numbers: bool(numbers["corrected_m"] and numbers["corrected_v"]),
)
several(
    {"second": lambda w: np.maximum(w.h.beta2 * w.old.u, w.gradient + w.h.eps_in_max)},
    "absolute_missing_in_max",
    "abs() is missing in the maximum",
    where="largest gradient",
    wrong=r"u\leftarrow\max(\beta_2 u,g)",
    right=r"u\leftarrow\max(\beta_2 u,|g|)",
    hints=(
        "Look at the largest gradient u.",
        "Can a negative gradient be the largest one?",
        "Take the absolute value: max(beta2 * u, abs(g)), not max(beta2 * u, g).",
    ),
    needs=Trait.TAKES_LARGEST_GRADIENT,
)
several(
    {"second": lambda w: np.minimum(w.h.beta2 * w.old.u, np.abs(w.gradient) + w.h.eps_in_max)},
    "minimum_for_maximum",
    "the minimum stands where the maximum belongs",
    where="largest gradient",
    wrong=r"u\leftarrow\min(\beta_2 u,|g|)",
    right=r"u\leftarrow\max(\beta_2 u,|g|)",
    hints=("Look at the largest gradient u.", "Does u become larger if the gradient is large?", "Use np.maximum, not np.minimum."),
    needs=Trait.TAKES_LARGEST_GRADIENT,
    stands_alone=True,
)
several(
    {"second": lambda w: 0.9 * w.old.accumulator + 0.1 * square(w)},
    "adagrad_decayed",
    "the sum of squares is decayed, as RMSprop does it",
    where="accumulator",
    wrong=r"G\leftarrow 0.9\,G+0.1\,g^2",
    right=r"G\leftarrow G+g^2",
    hints=("Look at the accumulator.", "Adagrad does not forget old gradients.", "Adagrad adds g**2 to the sum; only RMSprop decays it."),
    needs=Trait.SUMS_SQUARES,
)
several(
    {"second": lambda w: w.old.accumulator + w.gradient},
    "accumulator_not_squared",
    "the gradient is not squared in the accumulator",
    where="accumulator",
    wrong=r"G\leftarrow G+g",
    right=r"G\leftarrow G+g^2",
    hints=("Look at the accumulator.", "Look at the value that is added.", "Add g**2, not g."),
    needs=Trait.SUMS_SQUARES,
)
several(
    {"second": square},
    "accumulator_not_accumulated",
    "the accumulator does not contain the old accumulator",
    where="accumulator",
    wrong=r"G\leftarrow g^2",
    right=r"G\leftarrow G+g^2",
    hints=("Look at the accumulator.", PAST, "Add g**2 to the old accumulator."),
    needs=Trait.SUMS_SQUARES,
)
# Its last hint speaks of rho: of the rules that average the squares alone.
of_v("rmsprop_accumulated", "the squares are summed, as Adagrad does it", lambda w: w.old.v + square(w), r"v\leftarrow v+g^2",
     "Does v forget old gradients?", "This is an average: rho * v + (1 - rho) * g**2; only Adagrad sums.",
     lacks=(Trait.AVERAGES_GRADIENT, Trait.HAS_TWO_BETAS))  # fmt: skip

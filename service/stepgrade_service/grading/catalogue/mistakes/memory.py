"""Mistakes about what is remembered between steps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...order import Family
from ..formulas import Array, Part, Trait, Work
from .correction import corrected, corrects_v
from .declaration import family

mistake, several = family(Family.MEMORY)

AT = "Look at what is stored at the end of the step."


def hats(w: Work, kept: Mapping[str, Array]) -> dict[str, Array]:
    """The corrected averages in the place of the averages."""
    return {**kept, "m": w.numerator, "v": w.square}


def old(w: Work, kept: Mapping[str, Array]) -> dict[str, Array]:
    return {slot: getattr(w.old, slot) for slot in kept}


#: What is remembered as a number: it is no array that could have been made of whole numbers.
NUMBERS = ("mu_product",)


def truncated(_: Work, kept: Mapping[str, Array]) -> dict[str, Array]:
    return {slot: value if slot in NUMBERS else np.trunc(value) for slot, value in kept.items()}


#: What an array of whole numbers may hold.
AVERAGED = ("first", "second", "velocity", "update_average")


def cut(part: str) -> Part:
    """A part that is written into an array of whole numbers before the step is taken."""
    return lambda w: np.trunc(w.right[part](w))


several(
    {"keep": hats},
    "state_overwritten",
    "the corrected averages are stored in the place of the averages",
    where="stored state",
    wrong=r"m\leftarrow\hat m,\ v\leftarrow\hat v",
    right=r"m\leftarrow\beta_1 m+(1-\beta_1)g,\ \dots",
    hints=(
        AT,
        "m_hat and v_hat are only for this step.",
        "Store m and v, not m_hat and v_hat. Give the corrected averages new names.",
    ),
    needs=(Trait.CORRECTS_M, Trait.CORRECTS_V, Trait.SQUARE_AS_KEPT),
    lacks=(Trait.FOLLOWS_MORE, Trait.TURNS_QUOTIENT),
    when=lambda numbers: corrected(numbers) or corrects_v(numbers),
)
several(
    {"keep": lambda w, kept: {**kept, "m": w.numerator}},
    "state_overwritten_m",
    "m is stored after its correction, v is not",
    where="stored state",
    wrong=r"m\leftarrow\hat m",
    right=r"m\leftarrow\beta_1 m+(1-\beta_1)g",
    hints=(AT, "m_hat is only for this step.", "Store m, not m_hat. Give the corrected average a new name."),
    needs=(Trait.CORRECTS_M, Trait.AVERAGES_GRADIENT),
    lacks=(Trait.WARMS_MOMENTUM, Trait.FOLLOWS_MORE, Trait.TURNS_QUOTIENT),
    when=corrected,
)
several(
    {"keep": lambda w, kept: {**kept, "v": w.square}},
    "state_overwritten_v",
    "v is stored after its correction, m is not",
    where="stored state",
    wrong=r"v\leftarrow\hat v",
    right=r"v\leftarrow\beta_2 v+(1-\beta_2)g^2",
    hints=(AT, "v_hat is only for this step.", "Store v, not v_hat. Give the corrected average a new name."),
    needs=(Trait.CORRECTS_V, Trait.SQUARE_AS_KEPT),
    when=corrects_v,
)
several(
    {"keep": old},
    "state_not_returned",
    "the new state is not stored",
    where="stored state",
    wrong=r"K_t=K_{t-1}",
    right=r"K_t=\text{the new }K",
    hints=(
        AT,
        "Does the next step see the new values of this step?",
        "Keep the new KEPT for the next step. Do not set it to 0 again in each step.",
    ),
)
several(
    {"keep": old, "clock": lambda w: w.first_t},
    "nothing_stored",
    "neither the new state nor t is stored",
    where="stored state",
    wrong=r"K_t=K_{t-1},\ \dots,\ t=1,1,1,\dots",
    right=r"K_t=\text{the new }K,\ \dots,\ t=1,2,3,\dots",
    hints=(AT, "Does the next step see the new values of this step?", "Keep the new KEPT, the rest of the state, and t for the next step."),
    needs=Trait.CORRECTS_BIAS,
    when=corrected,
)
several(
    {"keep": truncated},
    "int_state",
    "the state is stored as whole numbers",
    where="stored state",
    wrong=r"\lfloor K\rfloor",
    right="K",
    hints=(AT, "What is the type of the arrays that hold it?", "zeros_like of an array of integers makes integers: use dtype=float."),
    ways=(("the state is stored in arrays of whole numbers", {part: cut(part) for part in AVERAGED}),),
)


@mistake(
    "int_params",
    "the params are stored as whole numbers",
    "stored",
    where="params",
    wrong=r"\lfloor x+\Delta\rfloor",
    right=r"x+\Delta",
    hints=(
        "Look at the type of the params.",
        "Can they hold a fraction?",
        "An update in place of an array of integers is cut to whole numbers: use floats.",
    ),
)
def int_params(w: Work) -> Array:
    return np.trunc(w.x + w.step) - w.x


def shared_m(w: Work) -> Array:
    return w.h.beta1 * w.old.m + (1.0 - w.h.beta1) * w.gradient


def shared_v(w: Work) -> Array:
    return w.h.beta2 * shared_m(w) + (1.0 - w.h.beta2) * w.gradient * w.gradient


# A beta1 that is still growing is not the one that shared_m averages with.
several(
    {"first": shared_v, "second": shared_v},
    "state_aliased",
    "m and v are one and the same array",
    where="stored state",
    wrong=r"m=v=\texttt{zeros}",
    right=r"m=\texttt{zeros},\ v=\texttt{zeros}",
    hints=(
        "Look at how the state is initialised.",
        "Does writing to one average change the other?",
        "m = v = zeros(...) makes one array with two names: make two.",
    ),
    needs=(Trait.AVERAGES_GRADIENT, Trait.AVERAGES_SQUARE),
    lacks=(Trait.WARMS_MOMENTUM, Trait.SCALES_BEFORE_AVERAGE, Trait.SQUARES_ANOTHER),
)

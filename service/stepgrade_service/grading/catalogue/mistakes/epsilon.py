"""Mistakes about eps and the root."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ...order import Family
from ..formulas import Array, Trait, Work, root, squared_norm
from ..formulas.adam import second_correction
from ..formulas.shared import step
from .declaration import Switched, eps_of, family

mistake, several = family(Family.EPSILON)

#: What mistakes need that tell of sqrt(v) + eps.
ROOT_AND_EPS = (Trait.DIVIDES_BY_ROOT, Trait.ADDS_EPS)
RIGHT = "D"


def has_eps(numbers: Mapping[str, float]) -> bool:
    """Whether there is an eps to be got wrong in the denominator."""
    return any(numbers.get(name, 0.0) > 0 for name in ("eps", "eps_root", "eps_hat"))


def has_eps_outside(numbers: Mapping[str, float]) -> bool:
    return numbers.get("eps", 0.0) > 0 or numbers.get("eps_hat", 0.0) > 0


def has_other_eps_than_hat(numbers: Mapping[str, float]) -> bool:
    return bool(numbers["corrected_v"]) and (numbers["eps"] > 0 or numbers["eps_root"] > 0)


@mistake(
    "eps_inside_sqrt",
    "eps stands inside the square root",
    "denominator",
    where="denominator",
    wrong=r"\sqrt{S+\epsilon}",
    right=RIGHT,
    hints=(
        "Look at what you divide by.",
        "Look at where eps is added in the denominator.",
        "You divide by sqrt(v + eps); the formula divides by sqrt(v) + eps.",
    ),
    needs=ROOT_AND_EPS,
    when=has_eps_outside,
    switched=Switched("eps_mode", after="inside"),
)
def eps_inside_sqrt(w: Work) -> Array:
    return root(w.square + eps_of(w))


@mistake(
    "eps_outside_sqrt",
    "eps stands outside the square root",
    "denominator",
    where="denominator",
    wrong=r"\sqrt{S}+\epsilon",
    right=r"\sqrt{S+\epsilon}",
    hints=(
        "Look at what you divide by.",
        "Look at where eps is added in the denominator.",
        "You divide by sqrt(v) + eps; this convention divides by sqrt(v + eps).",
    ),
    needs=Trait.DIVIDES_BY_ROOT,
    when=lambda numbers: numbers.get("eps_root", 0.0) > 0 or "eps_root" not in numbers,
    switched=Switched("eps_mode", before="inside", after="outside"),
)
def eps_outside_sqrt(w: Work) -> Array:
    return root(w.square) + eps_of(w)


@mistake(
    "eps_hat",
    "eps is added to the root of the uncorrected average",
    "denominator",
    where="denominator",
    kind="convention",
    wrong=r"\eta\,\frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t}\,\frac{m}{\sqrt{v}+\epsilon}",
    right=r"\eta\,\frac{N}{D}",
    hints=(
        "Look at what you divide by.",
        "Look at whether v is corrected before or after eps is added.",
        "You add eps to sqrt(v) before the bias correction; the formula adds it to sqrt(v_hat).",
    ),
    needs=Trait.CORRECTS_V,
    lacks=Trait.CORRECTS_OUTSIDE,
    when=has_other_eps_than_hat,
    switched=Switched("eps_mode", after="hat"),
)
def eps_hat(w: Work) -> Array:
    return root(w.square) + eps_of(w) / root(w.square * 0 + second_correction(w))


@mistake(
    "eps_not_hat",
    "eps is added to the root of the corrected average",
    "denominator",
    where="denominator",
    kind="convention",
    wrong=r"\eta\,\frac{N}{\sqrt{S}+\epsilon}",
    right=r"\eta\,\frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t}\,\frac{m}{\sqrt{v}+\epsilon}",
    hints=(
        "Look at what you divide by.",
        "Look at whether v is corrected before or after eps is added.",
        "You add eps to sqrt(v_hat); this convention adds it to sqrt(v), before the bias correction.",
    ),
    needs=Trait.CORRECTS_V,
    lacks=Trait.CORRECTS_OUTSIDE,
    when=lambda numbers: numbers["eps_hat"] > 0 and bool(numbers["corrected_v"]),
    switched=Switched("eps_mode", before="hat", after="outside"),
)
def eps_not_hat(w: Work) -> Array:
    return root(w.square) + eps_of(w)


def bare(w: Work) -> Array:
    """The denominator without eps."""
    if Trait.USES_NORM in w.traits:
        return np.asarray(w.length)
    return root(w.square) if Trait.DIVIDES_BY_ROOT in w.traits else w.second


@mistake(
    "eps_missing",
    "eps is left out",
    "denominator",
    where="denominator",
    wrong=r"\sqrt{S}",
    right=RIGHT,
    hints=(
        "Look at what you divide by.",
        "Something small is missing in the denominator.",
        "You divide without eps. Add it, as the right formula does.",
    ),
    when=has_eps,
    switched=Switched("eps", after=0.0),
)
def eps_missing(w: Work) -> Array:
    return bare(w)


def out_of_the_fraction(code: str, title: str, added: Callable[[Work], Array], wrong: str, line: str) -> None:
    """Enter a mistake in which eps has left the denominator and is added to the step."""
    several(
        {"denominator": bare, "step": lambda w: step(w) + added(w)},
        code,
        title,
        where="denominator",
        wrong=wrong,
        right=r"x\leftarrow x-\eta\frac{N}{D}",
        hints=("Look at the brackets of the fraction.", "Look at what eps is added to.", line),
        needs=(Trait.SCALES_DIRECTION, Trait.ADDS_EPS),
        when=has_eps,
    )


out_of_the_fraction("eps_paren", "eps is added to the fraction instead of the denominator", lambda w: -eps_of(w) + w.x * 0,
                    r"x\leftarrow x-\left(\eta\frac{N}{\sqrt{S}}+\epsilon\right)",
                    "You wrote lr * OVER / ROOT + eps. Write lr * OVER / (ROOT + eps).")  # fmt: skip
out_of_the_fraction("eps_paren_times_lr", "the brackets around what you divide by are missing", lambda w: -w.rate * eps_of(w),
                    r"x\leftarrow x-\eta\left(\frac{N}{\sqrt{S}}+\epsilon\right)",
                    "You wrote OVER / ROOT + eps. Write OVER / (ROOT + eps).")  # fmt: skip
out_of_the_fraction("eps_added_to_params", "eps is added to the params instead of the denominator", lambda w: eps_of(w) + w.x * 0,
                    r"x\leftarrow x-\eta\frac{N}{\sqrt{S}}+\epsilon",
                    "You wrote x - lr * OVER / ROOT + eps. Write x - lr * OVER / (ROOT + eps).")  # fmt: skip


@mistake(
    "eps_missing_in_max",
    "eps is left out",
    "second",
    where="largest gradient",
    wrong=r"u\leftarrow\max(\beta_2 u,|g|)",
    right=r"u\leftarrow\max(\beta_2 u,|g|+\epsilon)",
    hints=(
        "Look at what you divide by.",
        "Something small is missing in the maximum.",
        "You take max(beta2 * u, abs(g)); this convention takes max(beta2 * u, abs(g) + eps).",
    ),
    needs=Trait.TAKES_LARGEST_GRADIENT,
    when=lambda numbers: numbers["eps_in_max"] > 0,
)
def eps_missing_in_max(w: Work) -> Array:
    return np.maximum(w.h.beta2 * w.old.u, np.abs(w.gradient))


@mistake(
    "sqrt_missing",
    "the square root is left out",
    "denominator",
    where="denominator",
    wrong=r"S+\epsilon",
    right=RIGHT,
    hints=(
        "Look at what you divide by.",
        "The average is of squared gradients, and you divide by it as it is.",
        "You divide by the average itself: divide by its square root.",
    ),
    needs=Trait.DIVIDES_BY_ROOT,
)
def sqrt_missing(w: Work) -> Array:
    return w.square + eps_of(w)


@mistake(
    "extra_sqrt",
    "there is a square root that does not belong there",
    "denominator",
    where="denominator",
    wrong=r"\sqrt{u}+\epsilon",
    right=r"u+\epsilon",
    hints=(
        "Look at what you divide by.",
        "u is the largest gradient, not a squared gradient.",
        "You divide by sqrt(u) + eps; the formula divides by u + eps.",
    ),
    needs=Trait.TAKES_LARGEST_GRADIENT,
)
def extra_sqrt(w: Work) -> Array:
    return root(w.second) + eps_of(w)


@mistake(
    "double_sqrt",
    "the square root is taken twice",
    "denominator",
    where="denominator",
    wrong=r"\sqrt{\sqrt{S}}+\epsilon",
    right=RIGHT,
    hints=(
        "Look at what you divide by.",
        "Count the square roots on the way from v to the denominator.",
        "You take the root twice; the formula divides by sqrt(v) + eps.",
    ),
    needs=ROOT_AND_EPS,
)
def double_sqrt(w: Work) -> Array:
    return root(root(w.square)) + eps_of(w)


def of_one_number(w: Work, squares: float) -> Array:
    """The average or the sum with one number in the place of each coordinate's square."""
    square = squares + w.gradient * 0
    if hasattr(w.old, "accumulator"):
        return w.old.accumulator + square
    decay = w.h.rho if hasattr(w.h, "rho") else w.h.beta2
    return decay * w.old.v + (1.0 - decay) * square


MEAN_OF_SQUARES = "the mean of all squares is used instead of each coordinate's square"


def count(w: Work) -> int:
    """How many numbers the gradient has."""
    return sum(len(each.x) for each in w.beside or (w,))


several(
    {"second": lambda w: of_one_number(w, squared_norm(w))},
    "norm_instead_of_elementwise",
    "the whole gradient's norm is used instead of each coordinate's square",
    where="squared average",
    wrong=r"\lVert g\rVert^2",
    right=r"g \odot g",
    hints=(
        "Look at what is averaged or summed.",
        "Each coordinate has its own average.",
        "You make one number of all squares (np.sum, np.mean, np.dot). Square each number by itself: g**2.",
    ),
    needs=Trait.SQUARES_EACH,
    lacks=Trait.SQUARES_ANOTHER,
    ways=((MEAN_OF_SQUARES, {"second": lambda w: of_one_number(w, squared_norm(w) / count(w))}),),
)

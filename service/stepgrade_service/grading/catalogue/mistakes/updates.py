"""Mistakes about the average of the updates, and the fraction of the two roots."""

from __future__ import annotations

from typing import Any

from ...order import Family
from ..formulas import Array, Part, Trait, Work, root
from .averages import square
from .declaration import family

_, several = family(Family.UPDATES)

U = r"u\leftarrow\rho u+(1-\rho)\Delta^2"
FRACTION = r"\Delta=\frac{\sqrt{u+\epsilon}}{\sqrt{v+\epsilon}}\,g"
AT_U, AT_FRACTION = "Look at the average of the updates.", "Look at the fraction in the update."


def of_u(code: str, title: str, part: Part, wrong: str, *hints: str, **told: Any) -> None:
    """Enter a mistake about u, the average of the squared updates."""
    several({"update_average": part}, code, title, where="u", wrong=wrong, right=U, hints=(AT_U, *hints), **told)


of_u("adadelta_u_of_gradients", "u averages squared gradients instead of squared updates",
     lambda w: w.h.rho * w.old.u + (1.0 - w.h.rho) * square(w), r"u\leftarrow\rho u+(1-\rho)g^2",
     "What is squared in it?", "u averages the square of the update, not of the gradient.")  # fmt: skip
of_u("adadelta_u_after_lr", "u averages the update after the learning rate",
     lambda w: w.h.rho * w.old.u + (1.0 - w.h.rho) * (w.rate * w.direction) ** 2, r"u\leftarrow\rho u+(1-\rho)(\eta\Delta)^2",
     "Is the learning rate in it?", "u averages the update before the learning rate.", kind="convention")  # fmt: skip
of_u("adadelta_u_not_squared", "the update is not squared in u", lambda w: w.h.rho * w.old.u + (1.0 - w.h.rho) * w.direction,
     r"u\leftarrow\rho u+(1-\rho)\Delta", "What is squared in it?", "u averages delta**2, not delta.", stands_alone=True)  # fmt: skip
of_u("adadelta_u_complement", "rho and 1 - rho are exchanged in u",
     lambda w: (1.0 - w.h.rho) * w.old.u + w.h.rho * w.direction * w.direction, r"u\leftarrow(1-\rho)u+\rho\Delta^2",
     "Look at the weight of the old average and the weight of the new update.",
     "The old average is multiplied by rho, the squared update by 1 - rho.", stands_alone=True)  # fmt: skip
of_u("adadelta_u_not_stored", "u never changes", lambda w: w.old.u, r"u\leftarrow u",
     "Does the next step see the new value of this step?", "Store the new u: u = rho * u + (1 - rho) * delta**2.",
     stands_alone=True)  # fmt: skip


def above(w: Work) -> Array:
    """The root of the average of the updates."""
    return root(w.old.u + w.h.eps)


def of_fraction(code: str, title: str, parts: dict[str, Part], wrong: str, *hints: str) -> None:
    """Enter a mistake about the fraction of the two roots."""
    told = {"where": "fraction", "wrong": rf"\Delta={wrong}", "right": FRACTION, "hints": (AT_FRACTION, *hints)}
    several(parts, code, title, needs=Trait.AVERAGES_UPDATES, stands_alone=True, **told)


of_fraction("adadelta_inverted", "the fraction is upside down", {"direction": lambda w: w.denominator / above(w) * w.gradient},
            r"\frac{\sqrt{v+\epsilon}}{\sqrt{u+\epsilon}}\,g", "Which root is above the line?",
            "Divide the root of u, the average of the updates, by the root of v.")  # fmt: skip
of_fraction("adadelta_sqrt_missing_above", "the square root of u is left out", {"numerator": lambda w: (w.old.u + w.h.eps) * w.gradient},
            r"\frac{u+\epsilon}{\sqrt{v+\epsilon}}\,g", "Count the square roots.",
            "There are two square roots: sqrt(u + eps) / sqrt(v + eps) * g.")  # fmt: skip
of_fraction("adadelta_sqrt_missing_in_both", "both square roots are left out",
            {"numerator": lambda w: (w.old.u + w.h.eps) * w.gradient, "denominator": lambda w: w.square + w.h.eps},
            r"\frac{u+\epsilon}{v+\epsilon}\,g", "Count the square roots.",
            "There are two square roots: sqrt(u + eps) / sqrt(v + eps) * g.")  # fmt: skip
of_fraction("adadelta_eps_outside_both", "eps stands outside both square roots",
            {"numerator": lambda w: (root(w.old.u) + w.h.eps) * w.gradient, "denominator": lambda w: root(w.square) + w.h.eps},
            r"\frac{\sqrt{u}+\epsilon}{\sqrt{v}+\epsilon}\,g", "Where is eps added?",
            "Add eps inside the square roots: sqrt(u + eps) / sqrt(v + eps) * g.")  # fmt: skip
of_fraction("adadelta_eps_missing_above", "eps is left out in the root of u", {"numerator": lambda w: root(w.old.u) * w.gradient},
            r"\frac{\sqrt{u}}{\sqrt{v+\epsilon}}\,g", "Where is eps added?",
            "Without eps the first step is 0, and every step after it. Write sqrt(u + eps).")  # fmt: skip
of_fraction("adadelta_eps_missing_in_both", "eps is left out in both square roots",
            {"numerator": lambda w: root(w.old.u) * w.gradient, "denominator": lambda w: root(w.square)},
            r"\frac{\sqrt{u}}{\sqrt{v}}\,g", "Where is eps added?",
            "Add eps inside the square roots: sqrt(u + eps) / sqrt(v + eps) * g.")  # fmt: skip
of_fraction("adadelta_updates_unused", "the root of u is left out, as in RMSprop", {"numerator": lambda w: w.gradient},
            r"\frac{1}{\sqrt{v+\epsilon}}\,g", "Is the average of the updates used?",
            "Multiply by sqrt(u + eps): sqrt(u + eps) / sqrt(v + eps) * g.")  # fmt: skip

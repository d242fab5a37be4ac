"""Mistakes about what only some families do: signs, norms, trust ratios, bounds, another average."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...order import Family
from ..formulas import Array, Trait, Work, root
from ..formulas.shared import over
from ..formulas.work import norm, tensor_norms
from .declaration import family

_, several = family(Family.VARIANTS)

AT_SIGN = "Look at the sign function."
several({"direction": lambda w: w.signed}, "sign_missing", "the sign is not taken", where="direction", wrong=r"x\leftarrow x-\eta\,c",
        right=r"x\leftarrow x-\eta\,\mathrm{sign}(c)",
        hints=("Look at the direction of the step.", "Is each number of it 1 or -1?", "Take the sign of each number: np.sign(...)."),
        needs=Trait.TAKES_SIGN)  # fmt: skip
several({"signed": lambda w: w.gradient}, "sign_of_gradient", "the sign is that of the gradient, not of the average", where="direction",
        wrong=r"\mathrm{sign}(g)", right=r"\mathrm{sign}(c)",
        hints=(AT_SIGN, "What is its argument?", "Take the sign of the average, not of the gradient."),
        needs=(Trait.TAKES_SIGN, Trait.AVERAGES_GRADIENT))  # fmt: skip


C = r"c=\beta_2 m_{t-1}+(1-\beta_2)g"
AT_MIX = "Look at the average whose sign you take."
several({"signed": lambda w: w.h.mix * w.right["first"](w) + (1.0 - w.h.mix) * w.gradient}, "mixed_too_late",
        "m is updated before its sign is taken", where="direction", wrong=r"c=\beta_2 m_t+(1-\beta_2)g", right=C,
        hints=(AT_MIX, "Is m the old one there?", "Mix the old m with the gradient first. Update m after that."),
        needs=Trait.MIXES_OLD)  # fmt: skip
several({"signed": lambda w: w.right["first"](w)}, "sign_of_m", "the sign is that of the new m", where="direction",
        wrong=r"\mathrm{sign}(m_t)", right=C,
        hints=(AT_MIX, "Is it m, or does it have another beta?",
               "The sign is that of beta2 * m + (1 - beta2) * g, with the old m. m itself is averaged with beta1."),
        ways=(("the sign is that of the new m, and m is averaged with beta2",
               {"signed": lambda w: w.right["signed"](w), "first": lambda w: w.right["signed"](w)}),),
        needs=Trait.MIXES_OLD)  # fmt: skip
several({"signed": lambda w: w.h.beta1 * w.old.m + (1.0 - w.h.beta1) * w.gradient,
         "first": lambda w: w.h.mix * w.old.m + (1.0 - w.h.mix) * w.gradient}, "mix_betas_swapped",
        "the two betas are swapped", where="m", wrong=r"c=\beta_1 m+(1-\beta_1)g,\ m\leftarrow\beta_2 m+(1-\beta_2)g",
        right=r"c=\beta_2 m+(1-\beta_2)g,\ m\leftarrow\beta_1 m+(1-\beta_1)g",
        hints=("Look at the two lines with beta.", "Look at which beta each of them uses.",
               "The sign is taken with beta2, and m is stored with beta1."), needs=Trait.MIXES_OLD)  # fmt: skip


AT_NORM = "Look at the norm of the gradient."
several({"length": lambda w: tensor_norms(w, "gradient")}, "norm_of_each_tensor", "each tensor has its own norm", where="norm",
        wrong=r"\lVert g_W\rVert,\ \lVert g_b\rVert", right=r"\lVert g\rVert",
        hints=(AT_NORM, "Of which numbers is it?", "Take one norm of all tensors together: the root of the sum of all squares."),
        needs=Trait.USES_NORM)  # fmt: skip
several({"length": lambda w: norm(w, "gradient") ** 2}, "norm_squared", "the norm is squared: its root is missing", where="norm",
        wrong=r"\lVert g\rVert^2", right=r"\lVert g\rVert",
        hints=(AT_NORM, "Is there a square root?", "The norm is np.sqrt(np.sum(g**2)), or np.linalg.norm(g)."),
        needs=Trait.USES_NORM)  # fmt: skip


def clips(numbers: Mapping[str, float]) -> bool:
    return numbers.get("max_norm", 0.0) > 0


several({"direction": lambda w: w.gradient * (w.h.max_norm / w.length)}, "short_gradient_scaled",
        "a gradient that is short enough is scaled too", where="norm", wrong=r"g\,\frac{c}{\lVert g\rVert}",
        right=r"g\,\min\left(1,\frac{c}{\lVert g\rVert}\right)",
        hints=(AT_NORM, "What happens if the norm is less than the limit?",
               "Scale the gradient only if its norm is larger than the limit."),
        needs=Trait.USES_NORM, when=clips)  # fmt: skip
several({"direction": lambda w: np.clip(w.gradient, -w.h.max_norm, w.h.max_norm)}, "clipped_by_value",
        "each number is clipped, not the norm", where="norm", wrong=r"\mathrm{clip}(g,-c,c)",
        right=r"g\,\min\left(1,\frac{c}{\lVert g\rVert}\right)",
        hints=("Look at the clipping.", "Does the clipped gradient have the direction of the gradient?",
               "Multiply the whole gradient by max_norm / norm(g) if the norm is larger than max_norm."),
        needs=Trait.USES_NORM, when=clips)  # fmt: skip


AT_RATIO = "Look at the ratio of the norms."
RATIO = r"\frac{\lVert x\rVert}{\lVert u\rVert}"
several({"ratio": lambda w: w.x * 0 + 1}, "ratio_missing", "the step is not scaled by the ratio of the norms", where="ratio",
        wrong=r"x\leftarrow x-\eta u", right=rf"x\leftarrow x-\eta\,{RATIO}\,u",
        hints=("Look at the length of the step.", "Does it depend on the norm of the params?",
               "Multiply the step by the ratio of the two norms."), needs=Trait.HAS_TRUST_RATIO)  # fmt: skip
several({"ratio": lambda w: 1.0 / w.right["ratio"](w)}, "ratio_inverted", "the ratio of the norms is upside down", where="ratio",
        wrong=r"\frac{\lVert u\rVert}{\lVert x\rVert}", right=RATIO,
        hints=(AT_RATIO, "Which norm is above the line?", "Divide the norm of the params by the norm of the step."),
        needs=Trait.HAS_TRUST_RATIO)  # fmt: skip
several({"of_params": lambda w: norm(w, "x") + w.x * 0, "of_direction": lambda w: norm(w, "aimed") + w.x * 0}, "ratio_of_all_tensors",
        "the norms are those of all tensors together", where="ratio", wrong=r"\frac{\lVert x_{W,b}\rVert}{\lVert u_{W,b}\rVert}",
        right=r"\frac{\lVert x_W\rVert}{\lVert u_W\rVert},\ \dots",
        hints=(AT_RATIO, "Of which numbers are the norms?", "Each tensor has its own ratio: take the norms of that tensor alone."),
        needs=Trait.HAS_TRUST_RATIO)  # fmt: skip


several({"squared": lambda w: w.gradient}, "gradient_squared", "v averages the square of the gradient itself", where="squared average",
        wrong=r"v\leftarrow\beta_2 v+(1-\beta_2)g^2", right=r"v\leftarrow\beta_2 v+(1-\beta_2)E^2",
        hints=("Look at the average of squares.", "What is squared in it?", "Square SQUARED, not g."),
        needs=Trait.SQUARES_ANOTHER)  # fmt: skip


def away_from_square(w: Work) -> Array:
    """The other sign: v moves away from the squared gradient."""
    squared = w.gradient * w.gradient
    return np.asarray(w.old.v + (1.0 - w.h.beta2) * np.sign(w.old.v - squared) * squared)


several({"second": away_from_square}, "difference_reversed", "the sign of the difference is reversed", where="squared average",
        wrong=r"v\leftarrow v+(1-\beta_2)\,\mathrm{sign}(v-g^2)\,g^2", right=r"v\leftarrow v-(1-\beta_2)\,\mathrm{sign}(v-g^2)\,g^2",
        hints=("Look at the average of squares.", "Does v come closer to g**2?", "Subtract: v - (1 - beta2) * sign(v - g**2) * g**2."),
        needs=Trait.CHANGES_BY_SIGN)  # fmt: skip
several({"first": lambda w: w.h.beta1 * w.old.m + (1.0 - w.h.beta1) * w.gradient}, "averaged_undivided",
        "m averages the gradient before it is divided by the root", where="m", wrong=r"m\leftarrow\beta_1 m+(1-\beta_1)g",
        right=r"m\leftarrow\beta_1 m+(1-\beta_1)\frac{g}{D}",
        hints=("Look at the average m.", "What enters it?", "Divide the gradient by the root first, and average the quotient."),
        needs=Trait.SCALES_BEFORE_AVERAGE)  # fmt: skip


def new_average(w: Work) -> Array:
    """The average after this step, corrected where the old one is."""
    return over(w.second, 1.0 - w.h.beta2**w.clock) if Trait.SQUARES_ANOTHER in w.traits else np.asarray(w.second)


several({"square": new_average}, "new_square", "the step divides by the new average of squares", where="denominator",
        wrong=r"\sqrt{S_t}", right=r"\sqrt{S_{t-1}}",
        hints=("Look at what you divide by.", "Is it the average from before this step?",
               "Divide by the root of the old average first. Update it after that."), needs=Trait.DIVIDES_BY_OLD)  # fmt: skip
several({"denominator": lambda w: root(w.square) + w.h.eps}, "eps_added_to_root", "eps is added to the root", where="denominator",
        wrong=r"\sqrt{S}+\epsilon", right=r"\max(\sqrt{S},\epsilon)",
        hints=("Look at what you divide by.", "What is done with eps?", "Divide by max(sqrt(v), eps), not by sqrt(v) + eps."),
        needs=Trait.DIVIDES_BY_LARGER)  # fmt: skip
several({"denominator": lambda w: root(w.second) + w.h.eps}, "square_root_for_cube_root", "the square root stands for the cube root",
        where="denominator", wrong=r"\sqrt{v}+\epsilon", right=r"\sqrt[3]{v}+\epsilon",
        hints=("Look at what you divide by.", "Which root is it?", "Take the cube root: np.cbrt(v)."),
        needs=Trait.TAKES_CUBE_ROOT)  # fmt: skip
several({"bounded": lambda w: w.free}, "bound_missing", "the rates are not bounded", where="learning rate", wrong="r_t",
        right=r"\hat r_t",
        hints=("Look at the rate of each number.", "Does it have a bound?", "Use the bounded rate in the step."),
        needs=Trait.BOUNDS_RATE)  # fmt: skip
several({"before": lambda w: -w.right["before"](w)}, "old_gradient_added", "the gradient of the step before is added", where="gradient",
        wrong=r"(\alpha+\beta)g_t+\beta g_{t-1}", right=r"(\alpha+\beta)g_t-\beta g_{t-1}",
        hints=("Look at the gradient of the step before.", "Which sign does it have?", "Subtract it: (alpha + beta) * g - beta * g_prev."),
        needs=Trait.LOOKS_BACK)  # fmt: skip


AT_SIZE = "Look at the step sizes."
several({"factor": lambda w: np.where(w.product > 0, w.h.shrink, np.where(w.product < 0, w.h.grow, 1.0))}, "factors_swapped",
        "the step size grows where it has to shrink", where="step size",
        wrong=r"\Delta\leftarrow\eta^{+}\Delta\text{ if the sign changed}",
        right=r"\Delta\leftarrow\eta^{-}\Delta\text{ if the sign changed}",
        hints=(AT_SIZE, "What happens where the sign of the gradient changed?", "Make the step size smaller there, and larger elsewhere."),
        needs=Trait.ADAPTS_SIZES)  # fmt: skip
several({"step": lambda w: -w.step_size * w.gradient}, "size_times_gradient", "the step size is multiplied by the gradient",
        where="step", wrong=r"x\leftarrow x-\Delta\,g", right=r"x\leftarrow x-\Delta\,\mathrm{sign}(g)",
        hints=("Look at the last line, where the params change.", "Does the step depend on the size of the gradient?",
               "Only the sign of the gradient counts: x - step_size * np.sign(g)."), needs=Trait.ADAPTS_SIZES)  # fmt: skip

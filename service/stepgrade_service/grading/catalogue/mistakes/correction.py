"""Mistakes about the bias correction and the step count."""

from __future__ import annotations

from math import isclose
from typing import Any

import numpy as np

from ...order import Family
from ..formulas import Array, Part, Trait, Work
from ..formulas.shared import over
from .declaration import Switched, family

mistake, several = family(Family.CORRECTION)

#: What mistakes need that take the two corrections for one another.
BOTH = (Trait.CORRECTS_M, Trait.CORRECTS_V)
HATS = r"\hat m=\frac{m}{1-\beta_1^t},\ \hat v=\frac{v}{1-\beta_2^t}"
AT = "Look at the bias correction."


def corrected(numbers: Any) -> bool:
    """Whether there is a correction to be got wrong."""
    return bool(numbers.get("corrected_m", numbers.get("corrected", 0.0)))


def corrects_v(numbers: Any) -> bool:
    return bool(numbers["corrected_v"])


def corrects_both(numbers: Any) -> bool:
    return bool(numbers["corrected_m"] and numbers["corrected_v"])


def correction(first: Part | None, second: Part | None) -> dict[str, Part]:
    """The parts that say what m and v are divided by."""
    return {name: part for name, part in (("first_correction", first), ("second_correction", second)) if part is not None}


def one(_: Work) -> float:
    """No correction."""
    return 1.0


several(
    correction(one, one),
    "no_bias_correction",
    "there is no bias correction",
    where="bias correction",
    wrong=r"\frac{m}{\sqrt{v}+\epsilon}",
    right=r"\frac{N}{D},\ " + HATS,
    hints=(AT, "m and v are used without a correction.", "Divide m by 1 - beta1**t and v by 1 - beta2**t before the step."),
    when=corrects_both,
    switched=Switched("bias_correction", after=False),
)
several(
    correction(one, None),
    "no_bias_m",
    "m is not corrected for its bias",
    where="bias correction",
    wrong=r"m",
    right=r"\hat m=\frac{m}{1-\beta_1^t}",
    hints=(AT, "One of the two averages is used uncorrected.", "Divide m by 1 - beta1**t before the step."),
    when=corrected,
)
several(
    correction(None, one),
    "no_bias_v",
    "v is not corrected for its bias",
    where="bias correction",
    wrong=r"v",
    right=r"\hat v=\frac{v}{1-\beta_2^t}",
    hints=(AT, "One of the two averages is used uncorrected.", "Divide v by 1 - beta2**t before the step."),
    when=corrects_v,
)


def divided(code: str, title: str, first: Part, second: Part, wrong: str, right: str, *hints: str) -> None:
    """Enter a wrong divisor: made alike for m and v, for m alone and for v alone. In what is told BETA is the beta at hand."""
    alone = {
        "": (correction(first, second), "beta", r"\beta", corrects_both),
        "_m": (correction(first, None), "beta1", r"\beta_1", corrected),
        "_v": (correction(None, second), "beta2", r"\beta_2", corrects_v),
    }
    for suffix, (parts, beta, latex, when) in alone.items():
        of = f" of {suffix[1:]}" if suffix else ""
        several(
            parts,
            code + suffix,
            f"the bias correction{of} {title}",
            where="bias correction",
            wrong=wrong.replace("BETA", latex),
            right=right.replace("BETA", latex),
            hints=(f"Look at the bias correction{of}.", *(hint.replace("BETA", beta) for hint in hints)),
            when=when,
        )


divided("bias_no_power", "has no power of t", lambda w: 1.0 - w.h.beta1, lambda w: 1.0 - w.h.beta2, r"1-BETA", r"1-BETA^t",
        "Its effect has to become smaller with every step.", "You divide by 1 - BETA; the formula divides by 1 - BETA**t.")  # fmt: skip
divided("bias_square", "has a square instead of a power of t", lambda w: 1.0 - w.h.beta1**2, lambda w: 1.0 - w.h.beta2**2,
        r"1-BETA^2", r"1-BETA^t", "Look at the exponent.",
        "You divide by 1 - BETA**2 in every step; the formula divides by 1 - BETA**t.")  # fmt: skip
divided("bias_mul_t", "multiplies by t instead of taking a power", lambda w: 1.0 - w.h.beta1 * w.clock,
        lambda w: 1.0 - w.h.beta2 * w.clock, r"1-BETA\,t", r"1-BETA^t", "Look at how t is used in it.",
        "You divide by 1 - BETA * t; the formula divides by 1 - BETA**t.")  # fmt: skip
divided("bias_multiplied", "multiplies instead of dividing", lambda w: 1.0 / (1.0 - w.h.beta1**w.clock),
        lambda w: 1.0 / (1.0 - w.h.beta2**w.clock), r"\cdot(1-BETA^t)", r"\div(1-BETA^t)", "It has to make the average larger.",
        "You multiply by 1 - BETA**t; the formula divides by it.")  # fmt: skip
divided("bias_paren", "is (1 - beta)^t instead of 1 - beta^t", lambda w: (1.0 - w.h.beta1) ** w.clock,
        lambda w: (1.0 - w.h.beta2) ** w.clock,
        r"(1-BETA)^t", r"1-BETA^t", "Look at the brackets of the power.",
        "You divide by (1 - BETA)**t; the formula divides by 1 - BETA**t.")  # fmt: skip
several(
    correction(None, lambda w: (1.0 - w.h.beta2**w.clock) ** 2),
    "bias_outside_root",
    "the root of v is corrected instead of v",
    where="bias correction",
    wrong=r"\frac{\sqrt{v}}{1-\beta_2^t}",
    right=r"\sqrt{\frac{v}{1-\beta_2^t}}",
    hints=("Look at the bias correction of v.", "Is it inside the root?", "v is corrected before the root: sqrt(v / (1 - beta2**t))."),
    lacks=Trait.CORRECTS_OUTSIDE,
    when=corrects_v,
)
several(
    correction(lambda w: 1.0 - w.h.beta2**w.clock, lambda w: 1.0 - w.h.beta1**w.clock),
    "bias_betas_swapped",
    "the bias correction has the two betas swapped",
    where="bias correction",
    wrong=r"\frac{m}{1-\beta_2^t},\ \frac{v}{1-\beta_1^t}",
    right=HATS,
    hints=(AT, "Look at which beta is used where.", "m belongs to beta1 and v to beta2, in the correction too."),
    when=corrects_both,
)
several(
    correction(None, lambda w: 1.0 - w.h.beta1**w.clock),
    "bias_beta1_for_both",
    "the bias correction of v uses beta1",
    where="bias correction",
    wrong=r"\frac{v}{1-\beta_1^t}",
    right=r"\frac{v}{1-\beta_2^t}",
    hints=(AT, "Look at which beta is used where.", "v is averaged with beta2, and is corrected with beta2."),
    needs=BOTH,
    when=corrects_v,
)
several(
    correction(lambda w: 1.0 - w.h.beta2**w.clock, None),
    "bias_beta2_for_both",
    "the bias correction of m uses beta2",
    where="bias correction",
    wrong=r"\frac{m}{1-\beta_2^t}",
    right=r"\frac{m}{1-\beta_1^t}",
    hints=(AT, "Look at which beta is used where.", "m is averaged with beta1, and is corrected with beta1."),
    needs=BOTH,
    when=corrected,
)


@mistake(
    "bias_twice",
    "the bias is corrected twice",
    "numerator",
    where="bias correction",
    wrong=r"\frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t}\,\frac{N}{D}",
    right=r"\frac{N}{D}",
    hints=(
        AT,
        "It is there twice: in the averages and in the learning rate.",
        "Correct either m and v, or the learning rate, not both.",
    ),
    needs=BOTH,
    when=corrected,
)
def bias_twice(w: Work) -> Array:
    again = np.sqrt(1.0 - w.h.beta2**w.clock) / (1.0 - w.h.beta1**w.clock)
    corrected_once: Array = w.right["numerator"](w)
    return np.asarray(corrected_once * corrected_once.dtype.type(again))


COUNT = "Look at the step count t."


def clock(code: str, title: str, part: Part, wrong: str, hints: tuple[str, str], *ways: tuple[str, Part]) -> None:
    """Enter a mistake about t, and other ways to make it."""
    told: dict[str, Any] = {"where": "step count", "wrong": wrong, "right": r"t=1,2,3,\dots", "hints": (COUNT, *hints)}
    told["ways"] = tuple((other, {"clock": way}) for other, way in ways)
    several({"clock": part}, code, title, needs=Trait.CORRECTS_BIAS, when=corrected, **told)


clock(
    "t_zero",
    "t is one too small: it counts from 0",
    lambda w: w.t - 1,
    r"t=0,1,2,\dots",
    ("Is it 1 in the first step?", "t is still 0 in the first step, so 1 - beta**t is 0. Add 1 before you use t."),
)
clock(
    "t_off_by_one",
    "t is one too large",
    lambda w: w.t + 1,
    r"t=2,3,4,\dots",
    ("Is it 1 in the first step?", "t is 2 in the first step. You add 1 twice, or t starts at 1 and you add 1 before you use it."),
)
clock(
    "t_not_advanced",
    "t does not increase",
    lambda w: w.first_t,
    r"t=\text{the same number in every step}",
    ("Does it change from step to step?", "t keeps its value. Add 1 in every step, and store t."),
    ("t keeps the value that it has before the first step", lambda w: w.first_t - 1),
)


def per_tensor(w: Work) -> Array:
    """t as it is where every tensor adds 1."""
    return np.asarray((w.t - 1.0) * w.tensor_count + w.tensors + 1.0)


def powered(beta: str) -> Part:
    return lambda w: 1.0 - getattr(w.h, beta) ** w.clock


several(
    {"clock": per_tensor, "first_correction": powered("beta1"), "second_correction": powered("beta2")},
    "t_per_tensor",
    "t increases once per tensor instead of once per step",
    where="step count",
    wrong=r"t \leftarrow t+1 \text{ for each of } W, b, \dots",
    right=r"t \leftarrow t+1 \text{ once per step}",
    hints=(
        COUNT,
        "Does it increase once per step, or once per tensor?",
        "Add 1 to t once before the loop over the params, not inside the loop.",
    ),
    when=corrected,
    is_of_tensors=True,
)


several(
    {"clock": lambda w: w.layers, "first_correction": powered("beta1"), "second_correction": powered("beta2")},
    "layer_for_t",
    "the number of the layer stands where t belongs",
    where="bias correction",
    wrong=r"1-\beta^l",
    right=r"1-\beta^t",
    hints=(
        AT,
        "Look at the power: what does it count?",
        "You use the number of the layer as the power. t is the number of steps, and it is the same for all layers.",
    ),
    when=corrected,
    is_of_tensors=True,
)


def largest_of_the_other(w: Work) -> Array:
    """The largest of the raw averages where the rule takes the corrected ones, and the other way round."""
    return np.maximum(w.old.v_max, w.second if w.h.max_of_corrected else over(w.second, w.second_correction))


several(
    {
        "largest": largest_of_the_other,
        "square": lambda w: over(w.largest, w.second_correction) if w.h.max_of_corrected else w.largest,
    },
    "amsgrad_order",
    "the maximum and the bias correction are in the opposite order",
    where="maximum",
    kind="convention",
    wrong=r"\max_i\hat v_i\text{ for }\frac{\max_i v_i}{1-\beta_2^t}",
    right=r"\text{or the opposite, depending on the convention}",
    hints=(
        "Look at the maximum of the squared averages.",
        "Is it taken before or after the bias correction?",
        "Some conventions take the maximum of v and then correct it. Others take the maximum of v_hat. Do it as in this convention.",
    ),
    when=corrects_v,
    switched=Switched("amsgrad_max"),
)
several(
    {"square": lambda w: over(w.second, w.second_correction)},
    "amsgrad_max_unused",
    "the step divides by the average itself, not by its maximum",
    where="maximum",
    wrong=r"\sqrt{\hat v}+\epsilon",
    right="D",
    hints=(
        "Look at what you divide by.",
        "What is the maximum for?",
        "Divide by the root of the largest v so far; without it this is Adam.",
    ),
    needs=Trait.TAKES_MAXIMUM,
)
several(
    {"keep": lambda w, kept: {**kept, "v": w.largest}},
    "amsgrad_max_stored",
    "the maximum is stored in the place of the average",
    where="maximum",
    wrong=r"v\leftarrow\max(v_{\max},v)",
    right=r"v_{\max}\leftarrow\max(v_{\max},v)",
    hints=(
        "Look at what is stored.",
        "Are v and its maximum stored separately?",
        "Store v and the largest v separately. v stays the average.",
    ),
    needs=Trait.TAKES_MAXIMUM,
)


several({"denominator": lambda w: w.second / (1.0 - w.h.beta2**w.clock) + w.h.eps}, "bias_correction_of_u",
        "u is corrected for its bias too", where="bias correction", wrong=r"\frac{u}{1-\beta_2^t}", right="u",
        hints=(AT, "Which of the two starts too small?", "Only m is corrected. u is the largest gradient so far: divide by it as it is."),
        needs=Trait.TAKES_LARGEST_GRADIENT, when=corrected, stands_alone=True)  # fmt: skip


def averages_gradients(numbers: Any) -> bool:
    """Whether the velocity is a running average that is not corrected: a share of 1 - momentum of the gradient enters it."""
    return not numbers.get("corrected", 0.0) and 0 < numbers["momentum"] < 1 and isclose(numbers["gain"], 1.0 - numbers["momentum"])


def corrected_velocity(w: Work) -> Array:
    """What the step follows, of the velocity without its bias."""
    velocity = over(w.velocity, 1.0 - w.h.momentum**w.t)
    return w.h.gain * w.gradient + w.h.momentum * velocity if w.h.nesterov else velocity


UNASKED = (
    "Does this optimizer have a bias correction?",
    "You divide the running average by 1 - beta**t. In this convention the step follows the average as it is.",
)
several(
    {"direction": corrected_velocity},
    "bias_correction_unasked",
    "the velocity is corrected for its bias, and this optimizer has no such correction",
    where="bias correction",
    kind="convention",
    wrong=r"x\leftarrow x-\eta\,\frac{b}{1-\mu^t}",
    right=r"x\leftarrow x-\eta\,b",
    hints=(AT, *UNASKED),
    needs=Trait.GATHERS_GRADIENTS,
    lacks=(Trait.VELOCITY_IS_STEP, Trait.FOLLOWS_MORE),
    when=averages_gradients,
    switched=Switched("bias_correction", after=True),
)
several(
    {"square": lambda w: over(w.second, 1.0 - w.h.rho**w.t)},
    "bias_correction_of_v_unasked",
    "v is corrected for its bias, and this optimizer has no such correction",
    where="bias correction",
    kind="convention",
    wrong=r"\sqrt{\frac{v}{1-\rho^t}}+\epsilon",
    right=r"\sqrt{v}+\epsilon",
    hints=(AT, *UNASKED),
    needs=(Trait.AVERAGES_SQUARE, Trait.SQUARE_AS_KEPT),
    lacks=(Trait.AVERAGES_GRADIENT, Trait.CORRECTS_V),
    when=lambda numbers: not numbers.get("corrected", 0.0) and 0 < numbers["rho"] < 1,
    switched=Switched("bias_correction", after=True),
)


def m_less_power(w: Work) -> Array:
    """m / 1 - beta1^t, as it is computed without brackets."""
    return w.first - w.first.dtype.type(w.h.beta1**w.clock)


def v_less_power(w: Work) -> Array:
    """The same of v."""
    return w.second - w.second.dtype.type(w.h.beta2**w.clock)


def without_brackets(suffix: str, parts: dict[str, Part], of: str, wrong: str, right: str, line: str) -> None:
    """Enter brackets that are missing in m / (1 - beta1^t), in v's correction, or in both."""
    several(
        parts,
        "bias_brackets_missing" + suffix,
        f"the brackets are missing in the bias correction{of}",
        where="bias correction",
        wrong=wrong,
        right=right,
        hints=(f"Look at the bias correction{of}.", "Look at its brackets.", line),
        needs=(*BOTH, Trait.SQUARE_AS_KEPT),
        lacks=Trait.FOLLOWS_MORE,
        when=lambda numbers: corrects_both(numbers) and not numbers.get("nesterov"),
    )


M_LINE = "m / 1 - beta1**t divides by 1 and then subtracts. Write m / (1 - beta1**t)."
V_LINE = "v / 1 - beta2**t divides by 1 and then subtracts. Write v / (1 - beta2**t)."
without_brackets(
    "", {"numerator": m_less_power, "square": v_less_power}, "", r"\frac{m}{1}-\beta_1^t,\ \frac{v}{1}-\beta_2^t", HATS, M_LINE
)
without_brackets("_m", {"numerator": m_less_power}, " of m", r"\frac{m}{1}-\beta_1^t", r"\frac{m}{1-\beta_1^t}", M_LINE)
without_brackets("_v", {"square": v_less_power}, " of v", r"\frac{v}{1}-\beta_2^t", r"\frac{v}{1-\beta_2^t}", V_LINE)

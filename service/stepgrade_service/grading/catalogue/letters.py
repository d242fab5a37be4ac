"""The letters of a mistake's texts: what they say depends on the formula at hand, and on its numbers.

In LaTeX, S stands for what is under the root, D for the denominator, N for the numerator, F and E for what enters the first average and
what is squared in the second one, P for what enters the velocity, R for the line that has the right weight decay, U for the same line
without it, V for it with the wrong sign, T with the decay twice and Z with the decay alone, and K for what is kept from step to step. The
line is told whole: the sign of a part depends on where it stands. In hints, KEPT is the name of that, SQUARED what is squared, AHEAD the
point that Nesterov's momentum takes, DECAYED what to do with the weight decay, OVER and ROOT what is divided by what root, AVERAGED what
enters the first average, and BETA_V the decay of the second one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isclose

from ...engine.conventions.letters import OWN_LETTERS
from .formulas import Entering, Formula, Trait

L2, DECOUPLED = r"g\leftarrow g+\lambda x", r"x\leftarrow x-\eta\dots-\eta\lambda x"
UNSCALED = r"x\leftarrow x-\eta\dots-\lambda x"

#: The same lines with the wrong sign of the decay, and with the decay twice.
WRONG_SIGN = {
    L2: r"g\leftarrow g-\lambda x",
    DECOUPLED: r"x\leftarrow x-\eta\dots+\eta\lambda x",
    UNSCALED: r"x\leftarrow x-\eta\dots+\lambda x",
}
TWICE = {
    L2: r"g\leftarrow g+2\lambda x",
    DECOUPLED: r"x\leftarrow x-\eta\dots-2\eta\lambda x",
    UNSCALED: r"x\leftarrow x-\eta\dots-2\lambda x",
}

#: Said of the numbers of a rule: its weight decay is subtracted without the learning rate.
IS_UNSCALED = "decay_is_unscaled"

#: The numbers that are an eps.
EPS = ("eps", "eps_root", "eps_hat", "eps_in_max")

#: A letter that stands for something, alone.
TOKEN = re.compile(r"(?<![A-Za-z\\])[SDNPRUVTZKEF](?![A-Za-z])")

#: What enters the velocity, with what it is multiplied by; the velocity by itself; the step along it.
PUSHED = re.compile(r"(?P<sign>\+?)(?:(?P<by>\\mu(?:\^2)?|\(1\+\\mu\))\s?)?(?<![A-Za-z\\])P(?![A-Za-z])")
VELOCITY = re.compile(r"(?<![A-Za-z\\])b(?![A-Za-z])")
SCALED_TERMS, SCALED_VELOCITY = re.compile(r"x-\\eta\((.*)\)"), re.compile(r"x-\\eta\s?(\\,)?(?=\\frac\{b|b)")
#: What becomes of the line of a step where the learning rate stands in the velocity.
IN_TWO_LINES = {
    r"x\leftarrow x-\dots": r"b\leftarrow\mu b-g,\ x\leftarrow x+b",
    r"x\leftarrow x-\eta\,\dots": r"b\leftarrow\mu b+P,\ x\leftarrow x+b",
}
PLAIN_V, AVERAGE = re.compile(r"\bv\b"), re.compile(r"\baverage\b")
MARKED = re.compile(r"\\(hat|bar|tilde) ?\{?(\w+)\}?")


def formula_told(text: str, formula: Formula, numbers: Mapping[str, float]) -> str:
    """LaTeX in the letters of a formula with these numbers."""
    if Trait.HAS_VELOCITY in formula.traits:
        text = _velocity_told(text, formula, numbers)
    if "square" not in formula.parts:
        text = text.replace(r"\sqrt{S}", "S")
    enters = {"E": _entering(formula, "second").latex, "F": _entering(formula, "first").latex}
    text = TOKEN.sub(lambda found: enters.get(found[0], found[0]), text)
    stands_for = {
        "S": square_of(formula, numbers),
        "D": denominator_of(formula, numbers),
        "N": numerator_of(formula, numbers),
        "R": right_decay(numbers),
        "K": _kept(formula),
        "U": "g" if _decays_by_l2(numbers) else r"x\leftarrow x-\eta\dots",
        "V": WRONG_SIGN[right_decay(numbers)],
        "T": TWICE[right_decay(numbers)],
        "Z": right_decay(numbers).replace(r"\lambda x", r"\lambda"),
    }
    text = TOKEN.sub(lambda found: stands_for.get(found[0], found[0]), text)
    if not any(numbers.get(name) for name in EPS):
        text = text.replace(r"+\epsilon", "")
    text = text if "rho" not in numbers else text.replace(r"\beta_2", r"\rho")
    return _in_own_letters(BARS.sub(r"|\1|", text), formula.told)


def hint_told(text: str, formula: Formula, numbers: Mapping[str, float]) -> str:
    """A hint in the letters of a formula with these numbers."""
    if Trait.SUMS_SQUARES in formula.traits:
        text = PLAIN_V.sub("G", text)
    if "AHEAD" in text:
        ahead = "x + momentum * v - lr * g" if Trait.VELOCITY_IS_STEP in formula.traits else "x - lr * (g + momentum * v)"
        text = text.replace("AHEAD", ahead)
    text = text.replace("DECAYED", _decayed_in_words(numbers)).replace("SQUARED", _entering(formula, "second").typed)
    text = text.replace("BETA_V", "rho" if "rho" in numbers else "beta2").replace("AVERAGED", _entering(formula, "first").typed)
    if "ROOT" in text:
        text = text.replace("OVER", typed(numerator_of(formula, numbers)))
        text = text.replace("ROOT", f"sqrt({typed(square_of(formula, numbers))})")
    return words_told(text, formula).replace("KEPT", next(iter(formula.kernel.slots), ""))


def words_told(text: str, formula: Formula) -> str:
    """Words about a family with the names that a formula of it has."""
    if Trait.SUMS_SQUARES in formula.traits:
        text = AVERAGE.sub("sum", text)
    return _in_own_letters(text, formula.typed)


def typed(latex: str) -> str:
    """A letter as people type it: `\\hat v_{\\max}` is v_max_hat."""
    return MARKED.sub(lambda found: f"{found[2]}_{found[1]}", latex.replace(r"_{\max}", "_max"))


#: The brackets around what stands between bars already.
BARS = re.compile(r"\|\(([^|]*)\)\|")


def _in_own_letters(text: str, own: Mapping[str, str]) -> str:
    """With the letters or names that the kernel has for what its family calls otherwise."""
    if not own:
        return text
    names = sorted(own, key=len, reverse=True)
    patterns = "|".join((r"" if name.startswith("\\") else r"(?<![A-Za-z\\])") + re.escape(name) for name in names)
    return re.sub(rf"(?:{patterns})(?![A-Za-z0-9])", lambda found: own[found[0]], text)


def _entering(formula: Formula, average: str) -> Entering:
    """What enters an average."""
    return formula.entering.get(average, Entering("g", "g"))


def _kept(formula: Formula) -> str:
    """The letter of the first thing that is kept."""
    slot = next(iter(formula.kernel.slots), "")
    own = {"velocity": "v" if Trait.VELOCITY_IS_STEP in formula.traits else "b", "accumulator": formula.square}
    return own.get(slot) or OWN_LETTERS.get(slot, slot)


def square_of(formula: Formula, numbers: Mapping[str, float]) -> str:
    """What is under the root; without its hat where it is not corrected."""
    if "corrected_v" in numbers and not numbers["corrected_v"]:
        return formula.square.replace(r"\hat ", "")
    return r"\hat v" if formula.square == "v" and numbers.get("corrected") else formula.square


def numerator_of(formula: Formula, numbers: Mapping[str, float]) -> str:
    """What is divided by the root: an average of the gradients, or the gradient."""
    if Trait.AVERAGES_UPDATES in formula.traits:
        return r"\sqrt{u+\epsilon}\,g"
    if Trait.AVERAGES_GRADIENT not in formula.traits:
        return "g"
    if Trait.WARMS_MOMENTUM in formula.traits:
        return r"\bar m"
    return r"\hat m" if numbers.get("corrected_m", numbers.get("corrected")) else "m"


def denominator_of(formula: Formula, numbers: Mapping[str, float]) -> str:
    """What the numerator is divided by, with eps where this convention has it."""
    square = square_of(formula, numbers)
    if "square" not in formula.parts:
        return rf"{square}+\epsilon"
    if numbers.get("eps_hat"):
        return rf"\sqrt{{{square}}}+\frac{{\epsilon}}{{\sqrt{{1-\beta_2^t}}}}" if numbers["corrected_v"] else rf"\sqrt{{{square}}}+\epsilon"
    is_inside = Trait.ADDS_EPS not in formula.traits or (numbers.get("eps_root") and not numbers.get("eps"))
    return rf"\sqrt{{{square}+\epsilon}}" if is_inside else rf"\sqrt{{{square}}}+\epsilon"


def right_decay(numbers: Mapping[str, float]) -> str:
    """The line with the weight decay as the task has it."""
    if _decays_by_l2(numbers):
        return L2
    return UNSCALED if numbers.get(IS_UNSCALED) else DECOUPLED


def _decays_by_l2(numbers: Mapping[str, float]) -> bool:
    return numbers.get("l2", 0.0) > 0


def _decayed_in_words(numbers: Mapping[str, float]) -> str:
    if _decays_by_l2(numbers):
        return "Add weight_decay * x to the gradient, before anything else"
    return "Subtract weight_decay * x from x" if numbers.get(IS_UNSCALED) else "Subtract lr * weight_decay * x from x"


def _velocity_told(text: str, formula: Formula, numbers: Mapping[str, float]) -> str:
    """The lines about the velocity: with the learning rate in it and the sign of the step, with the rate in it, or without."""
    is_step = Trait.VELOCITY_IS_STEP in formula.traits
    if is_step or numbers.get("lr_in_velocity"):
        sign = "+" if is_step else "-"
        for line, in_two in IN_TWO_LINES.items() if is_step else ():
            text = text.replace(line, in_two)
        text = SCALED_TERMS.sub(lambda found: f"x{sign}{found[1]}" if is_step else f"x-({found[1]})", text)
        text = SCALED_VELOCITY.sub(f"x{sign}", text)
    pushed = _pushed(formula, numbers)

    def push(found: re.Match[str]) -> str:
        sign = "-" if is_step else found["sign"]
        return sign + (f"{found['by']} {pushed}" if found["by"] else pushed)

    text = PUSHED.sub(push, text)
    return VELOCITY.sub("v", text) if is_step else text


def _pushed(formula: Formula, numbers: Mapping[str, float]) -> str:
    """What enters the velocity, without its sign."""
    if "denominator" in formula.parts:
        return (r"\eta" if numbers.get("lr_in_velocity") else "") + r"\frac{g}{D}"
    gain, momentum = numbers.get("gain", 1.0), numbers.get("momentum", 0.0)
    share = "" if gain == 1.0 else r"(1-\mu)" if isclose(gain, 1.0 - momentum) else r"(1-\tau)"
    return (r"\eta" + share if share else r"\eta ") + "g" if Trait.VELOCITY_IS_STEP in formula.traits else share + "g"

"""Mistakes about weight decay."""

from __future__ import annotations

from collections.abc import Mapping

from ...order import Family
from ..formulas import Array, Part, Trait, Work
from ..letters import DECOUPLED, L2
from .declaration import Switched, family

_, several = family(Family.DECAY)

#: Without anything that is remembered, decay in the gradient and decay in the step are one and the same.
WHERE_IT_MATTERS = (Trait.SCALES_DIRECTION, Trait.REMEMBERS)
AT = "Look at the weight decay."


def strength(w: Work) -> float:
    """The weight decay, wherever it stands."""
    return float(w.h.l2 + w.h.decay)


def has_l2(numbers: Mapping[str, float]) -> bool:
    return numbers.get("l2", 0.0) > 0


def has_decoupled(numbers: Mapping[str, float]) -> bool:
    return numbers.get("decay", 0.0) > 0


def has_any(numbers: Mapping[str, float]) -> bool:
    return has_l2(numbers) or has_decoupled(numbers)


def bare(w: Work) -> Array:
    """The gradient as posted."""
    return w.g


def stepped(decay_times: float, scaled: bool = True) -> Part:
    """The step with so many times the decay, times the learning rate or not."""

    def step(w: Work) -> Array:
        decay = decay_times * strength(w) * w.x
        return -w.rate * (w.direction + decay) if scaled else -w.rate * w.direction - decay

    return step


several({"gradient": lambda w: w.g + strength(w) * w.x, "step": stepped(0.0)}, "wd_coupled", "the weight decay is in the gradient",
        where="weight decay", wrong=L2, right="R",
        hints=(AT, "Does it pass through the averages?", "DECAYED. Do not add it to the gradient."),
        needs=WHERE_IT_MATTERS, when=has_decoupled, switched=Switched("weight_decay_mode", after="l2"))  # fmt: skip
several({"gradient": bare, "step": stepped(1.0)}, "wd_decoupled", "the weight decay is subtracted from the params directly",
        where="weight decay", wrong=DECOUPLED, right=L2,
        hints=(AT, "Does it pass through the averages?", "L2 regularisation adds weight_decay * x to the gradient before anything else."),
        needs=WHERE_IT_MATTERS, when=has_l2, switched=Switched("weight_decay_mode", after="decoupled"))  # fmt: skip
several({"gradient": bare, "step": stepped(1.0, scaled=False)}, "wd_without_lr", "the weight decay is not multiplied by the learning rate",
        where="weight decay", wrong=r"x\leftarrow x-\eta\dots-\lambda x", right="R", kind="convention",
        hints=(AT, "Is the learning rate in it?", "You subtract weight_decay * x from x. DECAYED."),
        needs=Trait.SCALES_DIRECTION, when=has_any, switched=Switched("weight_decay_mode", after="decoupled_unscaled"))  # fmt: skip
several({"gradient": lambda w: w.g - w.h.l2 * w.x, "step": lambda w: -w.rate * (w.direction - w.h.decay * w.x)}, "wd_sign",
        "the weight decay has the wrong sign", where="weight decay", wrong="V", right="R",
        hints=(AT, "Does it make the params smaller?", "Weight decay makes x smaller. DECAYED."),
        needs=Trait.SCALES_DIRECTION, when=has_any)  # fmt: skip
several({"gradient": bare, "step": stepped(0.0)}, "wd_ignored", "the weight decay is left out", where="weight decay", wrong="U",
        right="R", hints=(AT, "Is it there at all?", "DECAYED."),
        needs=Trait.SCALES_DIRECTION, when=has_any)  # fmt: skip
several({"gradient": lambda w: w.g + 2.0 * w.h.l2 * w.x, "step": lambda w: -w.rate * (w.direction + 2.0 * w.h.decay * w.x)}, "wd_twice",
        "the weight decay is used twice", where="weight decay", wrong="T", right="R",
        hints=(AT, "How often is it used?", "Use weight_decay * x only once. For example, do not use it in the loss and in the step."),
        needs=Trait.SCALES_DIRECTION, when=has_any)  # fmt: skip
several({"gradient": lambda w: w.g + strength(w) * w.x, "step": stepped(1.0)}, "wd_both",
        "the weight decay is in the gradient and in the step", where="weight decay", wrong=rf"{L2},\ {DECOUPLED}",
        right="R",
        hints=(AT, "How often is it used?", "Use it once. DECAYED."),
        needs=WHERE_IT_MATTERS, when=has_any)  # fmt: skip
several({"gradient": lambda w: w.g + w.h.l2, "step": lambda w: -w.rate * (w.direction + w.h.decay)}, "wd_without_params",
        "the weight decay is not multiplied by the params", where="weight decay", wrong="Z", right="R",
        hints=(AT, "Is x in it?", "You use weight_decay alone. DECAYED."),
        needs=Trait.SCALES_DIRECTION, when=has_any, stands_alone=True)  # fmt: skip
several({"numerator": lambda w: w.right["numerator"](w) + strength(w) * w.x, "step": stepped(0.0)}, "wd_in_fraction",
        "the weight decay is divided by the root too", where="weight decay", wrong=r"x\leftarrow x-\eta\,\frac{N+\lambda x}{D}",
        right=r"x\leftarrow x-\eta\,\frac{N}{D}-\eta\lambda x",
        hints=(AT, "Is it inside the fraction?", "Close the fraction before it. DECAYED, after the division."),
        needs=(Trait.SCALES_DIRECTION, Trait.AVERAGES_GRADIENT), lacks=Trait.FOLLOWS_MORE, when=has_decoupled,
        stands_alone=True)  # fmt: skip
several({"step": lambda w: -w.rate * w.direction - w.rate * w.h.decay * (w.x - w.rate * w.direction)}, "wd_after_step",
        "the weight decay is taken from the params after the step", where="weight decay",
        wrong=r"x'\leftarrow x-\eta\dots,\ x'-\eta\lambda x'", right="R",
        hints=(AT, "Which params is it taken from: the old ones, or those after the step?",
               "Subtract lr * weight_decay * x before the step, or keep the old x for it."),
        needs=Trait.SCALES_DIRECTION, when=has_decoupled)  # fmt: skip

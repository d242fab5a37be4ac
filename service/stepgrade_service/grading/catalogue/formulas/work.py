"""An update rule part by part, as students write it: NumPy, one run, a flat vector. A mistake is one part put wrong.

What is not a number comes without a warning, as long as a `Course` runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Part = Callable[..., Any]


class Work:
    """One step while it is worked out.

    What is given: `t`, the number of this step, `t_before` of those before the run; `x`, `g`, `lr`, each (dimension,); `old`,
    the slots before the step; `h`, the numbers of the rule, named as its kernel names them; `bounds` of the tensors; `first`,
    whether it is the first step of the run. What the parts work out they leave as further attributes, of which `step` is the last.
    """

    def __init__(self, t: int, x: Array, g: Array, lr: Array, slots: Mapping[str, Array], h: Mapping[str, float], **more: Any) -> None:
        self.t, self.x, self.g, self.lr = t, x, g, lr
        self.posted = g
        self.name: str = more.get("name", "")
        self.old, self.h = SimpleNamespace(**slots), SimpleNamespace(**h)
        self.bounds: tuple[int, ...] = more.get("bounds", (0, len(x)))
        self.first_t: int = more.get("first_t", t)
        self.step: Array = x

    def __getattr__(self, name: str) -> Any:
        """What a part that does not belong to this rule would ask for."""
        raise AttributeError(f"this rule has no {name}")


def quotient(a: Array, b: Array) -> Array:
    """a / b, where 0 / 0 is 0: no step."""
    ratio = a / b
    return ratio if a.all() else np.where(a == 0, a * 0, ratio)


def root(square: Any) -> Any:
    """The square root; nan below 0, as a student's would be."""
    return np.sqrt(square)


@dataclass(frozen=True)
class Formula:
    """A rule as its parts, in the order in which they are worked out; `keeps` names what is remembered, by slot.

    Each part but the last leaves its result under its name in the work; the last gives the step.
    """

    name: str
    parts: Mapping[str, Part]
    keeps: Mapping[str, str] = field(default_factory=dict)

    def take(self, work: Work, replaced: Mapping[str, Part]) -> tuple[Array, dict[str, Array]]:
        """Take a step with some of the parts replaced: the step, and the slots that are remembered."""
        for name, part in self.parts.items():
            setattr(work, name, replaced.get(name, part)(work))
        kept = {slot: getattr(work, attribute) for slot, attribute in self.keeps.items()}
        keep: Any = replaced.get("keep")
        return work.step, kept if keep is None else keep(work, kept)

"""A formula: an engine's kernel written part by part, with what it does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from ....engine.optimizers import UpdateKernel
from .shared import step
from .traits import Trait
from .work import Array, Part, Work

#: The letters of the parts that every formula has, as those of `Formula.letters`.
LETTERS = {"gradient": "tilde gradient", "step": "Delta params"}

#: What follows from a part of that name.
BY_PART = {
    "first_correction": Trait.CORRECTS_M,
    "second_correction": Trait.CORRECTS_V,
    "square": Trait.DIVIDES_BY_ROOT,
    "largest": Trait.TAKES_MAXIMUM,
    "update_average": Trait.AVERAGES_UPDATES,
    "product": Trait.WARMS_MOMENTUM,
    "velocity": Trait.HAS_VELOCITY,
    "signed": Trait.TAKES_SIGN,
    "scaled": Trait.SCALES_BEFORE_AVERAGE,
    "squared": Trait.SQUARES_ANOTHER,
    "ratio": Trait.HAS_TRUST_RATIO,
    "length": Trait.USES_NORM,
    "before": Trait.LOOKS_BACK,
    "bounded": Trait.BOUNDS_RATE,
    "factor": Trait.ADAPTS_SIZES,
    "point": Trait.SETS_POINT,
}


def following(kernel: UpdateKernel, parts: Mapping[str, Part], numbers: Collection[str]) -> frozenset[Trait]:
    """The traits that follow from what a rule keeps, from its numbers, and from how it is worked out."""
    numbers = frozenset(numbers)
    facts = {
        Trait.REMEMBERS: bool(kernel.slots),
        Trait.GATHERS_GRADIENTS: "velocity" in parts and "denominator" not in parts,
        Trait.SCALES_DIRECTION: parts["step"] is step,
        Trait.HAS_TWO_BETAS: numbers >= {"beta1", "beta2"},
        Trait.MIXES_OLD: "mix" in numbers,
        Trait.DECAYS_LR: "lr_decay" in numbers,
        Trait.MAY_PUT_LR_IN_VELOCITY: "lr_in_velocity" in numbers,
    }
    by_part = {trait for part, trait in BY_PART.items() if part in parts}
    return frozenset(by_part | {trait for trait, is_so in facts.items() if is_so})


def stored_step(work: Work, replaced: Mapping[str, Part]) -> Any:
    """The step as it is stored in the params, once all parts are worked out."""
    stored = replaced.get("stored")
    return work.step if stored is None else stored(work)


class Entering(NamedTuple):
    """What enters an average: in LaTeX, and as it is typed."""

    latex: str
    typed: str


@dataclass(frozen=True)
class Formula:
    """A rule as its parts, in the order in which they are worked out; each but the last leaves its result under its name in the work.

    The last part gives the step. `keeps` names for every slot of the kernel the part that it remembers. `states` are the
    traits that do not follow from the rest. `square` is how the family writes what is under its root, in LaTeX.

    The parts, and the mistakes, know the numbers and slots by the names that the family has for them: `numbers` makes these of the
    kernel's own numbers, and `slots` names the slots that the kernel calls otherwise. `told` has the kernel's own letter for each that
    a text about the family has in LaTeX, and `typed` the kernel's own words for those in a sentence; `entering` what enters the average
    `first` or `second` where it is not the gradient or its square.

    In a worked solution a part has a line of its own where it has a letter: that of its slot, or one of `letters`, in LaTeX or as a
    mark and the name of what is marked ("hat m"). All others are written out where they are used. `decides` are parts whose value
    decides which formula holds, each with what makes a sentence of it; they are shown even where nothing is computed with them.
    `of_tensors` are parts that are one number per tensor. Without `is_written` there is no worked solution.

    Where it `is_by_coordinate`, every part works number by number, and with what has the same bits in an array of any shape: sums,
    products, quotients, square roots, the larger of two, but no powers of arrays. A part that is a single number follows from the clock
    and the numbers of the rule alone. Then many mistakes in it are worked out at once.

    Where `is_taught`, a student may have computed it where another optimizer was asked for: every check tries it, so each costs time.
    """

    kernel: UpdateKernel
    parts: Mapping[str, Part]
    keeps: Mapping[str, str] = field(default_factory=dict)
    states: frozenset[Trait] = frozenset()
    square: str = r"\hat v"
    letters: Mapping[str, str] = field(default_factory=dict)
    decides: Mapping[str, Callable[[Work], str]] = field(default_factory=dict)
    numbers: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict
    slots: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    entering: Mapping[str, Entering] = field(default_factory=dict)
    of_tensors: frozenset[str] = frozenset()
    is_written: bool = True
    is_taught: bool = False
    is_by_coordinate: bool = False

    def __post_init__(self) -> None:
        """Raises TypeError where the formula does not fit its kernel."""
        if set(self.keeps) != set(self.kernel.slots):
            raise TypeError(f"{self.name}: its kernel has the slots {', '.join(self.kernel.slots)}; keeps {', '.join(self.keeps)}")
        if not set(self.parts).issuperset(self.keeps.values()) or list(self.parts)[-1:] != ["step"]:
            raise TypeError(f"{self.name}: what is kept is a part, and the last part is the step; parts are {', '.join(self.parts)}")

    @property
    def name(self) -> str:
        """The name of the kernel, under which the formula is known."""
        return str(self.kernel.name)

    @cached_property
    def traits(self) -> frozenset[Trait]:
        """What it does: as stated, and what follows from its kernel and its parts."""
        squares = {Trait.SQUARES_EACH} if self.states & {Trait.AVERAGES_SQUARE, Trait.SUMS_SQUARES} else set()
        return self.states | squares | following(self.kernel, self.parts, self.numbers(dict.fromkeys(self.kernel.hyperparameters, 0.5)))

    def remembered(self, slots: Mapping[str, Any]) -> dict[str, Any]:
        """Slots by the names that the family has for them."""
        return {self.slots.get(name, name): slot for name, slot in slots.items()}

    def take(self, works: Sequence[Work], replaced: Mapping[str, Part]) -> list[tuple[Array, dict[str, Array]]]:
        """Take a step with some of the parts replaced: of each work the step, and the slots that are remembered.

        Two parts that every rule has come last: `stored`, the step as it is stored in the params, and `keep`, what becomes of the
        slots. There is one work, or one for each of the different numbers that tensors have. Each part is worked out for all of them
        before the next part is.
        """
        for work in works if len(works) > 1 else ():
            work.beside = works
        for name, part in self.parts.items():
            for work in works:
                setattr(work, name, replaced.get(name, part)(work))
        return [(stored_step(work, replaced), self._kept(work, replaced)) for work in works]

    def _kept(self, work: Work, replaced: Mapping[str, Part]) -> dict[str, Array]:
        kept = {slot: getattr(work, attribute) for slot, attribute in self.keeps.items()}
        keep: Any = replaced.get("keep")
        if keep is None:
            return kept
        changed = keep(work, self.remembered(kept))
        return {slot: changed[self.slots.get(slot, slot)] for slot in kept}

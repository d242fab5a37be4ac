"""Gradient noise as asked for: its law, its size, and the seed of each run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled.noise import alpha_stable, gaussian, student_t
from ..compiled.rotation import Turn
from ..optimizers.declaration import Hyperparameter
from ..reading.bounds import MOST_SEED, MOST_SEEDS, few_keys
from ..reading.faults import MISSING, Collector, refuse, unknown, whole
from ..reading.nulls import without_null
from ..reading.tensors import expected, is_number

Array = NDArray[np.float64]

GAUSSIAN, MULTIPLICATIVE, STUDENT_T, ALPHA_STABLE = "gaussian", "multiplicative", "student_t", "alpha_stable"

STD = Hyperparameter("std", "standard deviation of the noise on each coordinate", minimum=0.0)
FACTOR_STD = Hyperparameter("std", "standard deviation of the factor of each coordinate, whose mean is 1", minimum=0.0)
SCALE = Hyperparameter("scale", "what the random numbers are multiplied by", minimum=0.0)


@dataclass(frozen=True)
class NoiseLaw:
    """A kind of noise: how large it is, and what else it takes (`shape`)."""

    name: str
    meaning: str
    size: Hyperparameter
    shape: Hyperparameter | None = None
    source: str = ""

    @property
    def parameters(self) -> tuple[Hyperparameter, ...]:
        return (self.size,) if self.shape is None else (self.size, self.shape)


LAWS: Mapping[str, NoiseLaw] = {
    law.name: law
    for law in (
        NoiseLaw(GAUSSIAN, "normal numbers are added to the gradient", STD),
        NoiseLaw(
            MULTIPLICATIVE,
            "each coordinate of the gradient is multiplied by a normal number of mean 1, so that there is no noise where the gradient is 0",
            FACTOR_STD,
        ),
        NoiseLaw(
            STUDENT_T,
            "numbers of Student's t-distribution are added: heavy tails. The variance is infinite for df at most 2",
            SCALE,
            Hyperparameter("df", "degrees of freedom; the smaller, the heavier the tails", minimum=0.2, maximum=1e6),
            "Bailey 1994",
        ),
        NoiseLaw(
            ALPHA_STABLE,
            "symmetric alpha-stable numbers are added: heavy tails. The variance is infinite for alpha below 2",
            SCALE,
            Hyperparameter("alpha", "the tail index; 2 is a normal law of variance 2 scale^2, 1 is Cauchy's", minimum=0.1, maximum=2.0),
            "Simsekli, Sagun & Gurbuzbalaban 2019, arXiv:1901.06053",
        ),
    )
}

#: What any noise of a request may have.
SHARED_MEMBERS = ("kind", "seed", "seeds")
NOISE_MEMBERS = frozenset(SHARED_MEMBERS).union(parameter.name for law in LAWS.values() for parameter in law.parameters)


@dataclass(frozen=True)
class Noise:
    """Gradient noise: its size, a standard deviation or a scale; the seed of each run; its law, and what else that takes.

    It is turned with the objective, if that is.
    """

    std: float
    seeds: Sequence[int]
    turn: Turn | None = None
    kind: str = GAUSSIAN
    shape: float = 0.0

    @property
    def multiplies(self) -> bool:
        """Whether it multiplies the gradient; else it is added."""
        return self.kind == MULTIPLICATIVE

    @property
    def settings(self) -> dict[str, Any]:
        """As one writes it, without the seeds; the kind that is meant where none is given is left out."""
        law = LAWS[self.kind]
        told: dict[str, Any] = {"kind": self.kind} if self.kind != GAUSSIAN else {}
        return {**told, law.size.name: self.std, **({law.shape.name: self.shape} if law.shape else {})}

    def rows(self, seed: int, first: int, steps: int, dimension: int) -> Array:
        """What meets the gradients at steps first .. first + steps - 1 of the runs of one seed, (steps, dimension)."""
        if self.kind == STUDENT_T:
            return student_t(self.std, self.shape, seed, 0, first, steps, dimension)
        if self.kind == ALPHA_STABLE:
            return alpha_stable(self.std, self.shape, seed, 0, first, steps, dimension)
        made = gaussian(self.std, seed, 0, first, steps, dimension)
        return 1.0 + made if self.multiplies else made

    def meet(self, gradients: Array, rows: Array) -> None:
        """Disturb gradients in place."""
        if self.multiplies:
            gradients *= rows
        else:
            gradients += rows


def read_noise(value: Any, *, several: bool = False, one: bool = False) -> dict[str, Any] | None:
    """Noise as it is echoed: `{"kind": "student_t", "scale": 0.1, "df": 3, "seed": 7}`; raises Refusal with every fault.

    `several` is whether the echo has `seeds`, a list; in the request it may stand in place of one seed, unless there is `one` only. The
    kind is gaussian if it is left out.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise refuse(expected('an object such as {"std": 0.1}', value))
    if many := few_keys(value):
        raise refuse(many)
    faults, law = Collector(), LAWS[GAUSSIAN]
    value = without_null(value, SHARED_MEMBERS)
    with faults.at("kind"):
        law = _law(value)
    faults.settle()  # which keys are known depends on the kind
    known = ["kind", *(parameter.name for parameter in law.parameters), "seed", *(("seeds",) if several and not one else ())]
    for before, name in enumerate(name for name in value if name not in known):
        faults.add(unknown("key", str(name), known, before=before), str(name))
    echo: dict[str, Any] = {"kind": law.name} if "kind" in value else {}
    for parameter in law.parameters:
        if parameter.name not in value:
            faults.add(MISSING, parameter.name)
        elif detail := parameter.fault(value[parameter.name]):
            faults.add(detail, parameter.name)
        else:
            echo[parameter.name] = float(value[parameter.name])
    if several:
        echo["seeds"] = _seeds(value, faults)
    else:
        with faults.at("seed"):
            echo["seed"] = _seed(value.get("seed", 0))
    faults.settle()
    return echo


def noise_from(echo: Mapping[str, Any] | None) -> Noise | None:
    """What a noise that was read stands for."""
    if not echo:
        return None
    law = LAWS[echo.get("kind", GAUSSIAN)]
    seeds = echo["seeds"] if "seeds" in echo else [echo["seed"]]
    return Noise(echo[law.size.name], seeds, kind=law.name, shape=echo[law.shape.name] if law.shape else 0.0)


def _law(value: Mapping[str, Any]) -> NoiseLaw:
    kind = value.get("kind", GAUSSIAN)
    if not isinstance(kind, str):
        raise refuse(expected(f"one of {', '.join(LAWS)}", kind))
    if kind not in LAWS:
        raise refuse(unknown("kind of noise", kind, LAWS))
    return LAWS[kind]


def _seed(value: Any) -> int:
    seed = whole(value)
    if seed is None:
        raise refuse(f"expected a whole number, got {value!r}" if is_number(value) else expected("a whole number", value))
    if seed < 0:
        raise refuse("expected at least 0")
    if seed > MOST_SEED:
        raise refuse(f"expected at least 0 and at most {MOST_SEED:.16g}")
    return seed


def _seeds(value: Mapping[str, Any], faults: Collector) -> list[int]:
    """The seeds of several runs: a list, or the one seed."""
    if "seed" in value and "seeds" in value:
        faults.add("expected either seed or seeds", "seeds")
    wanted = f"a list of seeds, from 1 to {MOST_SEEDS} of them"
    seeds, key = value.get("seeds", [value.get("seed", 0)]), "seeds" if "seeds" in value else "seed"
    if not isinstance(seeds, list | tuple):
        faults.add(expected(wanted, seeds), "seeds")
        return []
    if not 1 <= len(seeds) <= MOST_SEEDS:
        faults.add(f"expected {wanted}", "seeds")
        return []
    read = list[int]()
    for place, seed in enumerate(seeds):
        with faults.at(*((key, place) if key == "seeds" else (key,))):
            read.append(_seed(seed))
    if len(set(read)) < len(read):
        faults.add("expected different seeds", "seeds")
    return read

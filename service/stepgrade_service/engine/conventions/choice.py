"""What an optimizer as somebody wrote it resolves to: the entry with all its numbers, the rule that runs, and the echo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..optimizers import Optimizer, Rule
from ..optimizers.chain import Chain, Link
from ..optimizers.declaration import LARGEST
from ..optimizers.hyperparameters import LR, scales
from ..optimizers.rule import RuleSettings, of_groups
from ..optimizers.sharpness import SAM_PERIOD, SAM_RHO
from ..optimizers.transformations import TRANSFORMATIONS
from ..optimizers.wrapping import wrapped
from ..reading.cost import Effort, StepPrice, price_echo
from ..reading.tensors import Layout, Vector
from ..schedules import Schedule
from . import CONVENTIONS
from .letters import OWN_LETTERS


@dataclass(frozen=True)
class Choice:
    """An optimizer as resolved: which entry, in which convention, with every hyperparameter.

    `ignored` are the framework's arguments that were given and change no number. `schedule` is one that was given as the learning rate,
    which is then that of the first step.
    """

    optimizer: Optimizer
    convention: str
    settings: Mapping[str, Any]
    ignored: tuple[str, ...] = ()
    schedule: Schedule | None = field(default=None, compare=False)

    @cached_property
    def rule(self) -> Rule:
        """The update kernel with its numbers, those of each parameter group, and what was asked for around it."""
        return of_groups(self.settings, self._bound)

    def _bound(self, settings: RuleSettings) -> Rule:
        """The rule of one tensor, or of all."""
        return wrapped(self.optimizer.bind(settings), settings)

    @property
    def echo(self) -> dict[str, Any]:
        """The optimizer, nothing hidden; resolved again it gives this same choice."""
        ignored = {"ignored": list(self.ignored)} if self.ignored else {}
        return {"name": self.optimizer.name, "convention": self.convention, **self.settings, **ignored}

    @property
    def letters(self) -> Mapping[str, str]:
        """The convention's letters in LaTeX, by the service's own names of hyperparameters and slots."""
        convention = CONVENTIONS[self.convention]
        return {**OWN_LETTERS, **convention.letters, **convention.by_optimizer[self.optimizer.name].letters}

    @cached_property
    def echoed(self) -> float:
        """What the echo takes up in an answer, in numbers sent."""
        return price_echo(self.echo)

    def with_lr(self, lr: float | Mapping[str, float]) -> Choice:
        """The same at another learning rate."""
        return replace(self, settings={**self.settings, "lr": lr})

    @property
    def asking(self) -> str:
        """What of it needs more than the gradient, by its name."""
        return self.optimizer.name if self.optimizer.asks_objective else SAM_RHO.name

    @property
    def bound_to_lr(self) -> bool:
        """Whether the rule's own numbers depend on the learning rate, so that another rate is another rule."""
        decay = self.settings.get("weight_decay")
        decays = any(decay.values()) if isinstance(decay, Mapping) else bool(decay)
        return decays and self.settings.get("weight_decay_mode") == "decoupled_unscaled"

    def takes(self, lr: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of these learning rates could have been asked for; a search may come to others, and to 0 by underflow."""
        posted = (lr >= 0) & (lr <= LARGEST)
        if not self.bound_to_lr:
            return posted
        decay = self.settings["weight_decay"]
        return np.asarray(posted & scales(lr, max(decay.values()) if isinstance(decay, Mapping) else decay))

    def update_price(self, layout: Layout, objective: StepPrice) -> StepPrice:
        """The work of an update; `objective` is that of evaluating the objective once."""
        kernel = self.rule.kernel
        climbs = self.settings.get("sam_period", SAM_PERIOD.default) - 1.0
        return kernel.price(Effort(layout.dimension, len(kernel.slots), objective, shapes=layout.shapes, climbs=climbs, **self.effort))

    @property
    def effort(self) -> Mapping[str, Any]:
        """The members of `Effort` that the hyperparameters tell."""
        rounds = self.settings.get("ns_steps", 0.0)
        return {
            "rounds": max((rounds.values() if isinstance(rounds, Mapping) else (rounds,)), default=0.0),
            "spectral": self.settings.get("preconditioning") == "spectral",
            **self.optimizer.efforts(self.settings),
        }

    def rates(self, layout: Layout) -> Vector:
        """The learning rate laid out like the params."""
        return layout.coordinates(self.settings["lr"])


@dataclass(frozen=True)
class ChainChoice(Choice):
    """A chain of optax's transforms, as resolved; `links` are those of its rule, `efforts` what their hyperparameters tell."""

    links: tuple[Link, ...] = field(default=(), compare=False)
    efforts: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def effort(self) -> Mapping[str, Any]:
        """As of any choice."""
        return self.efforts

    @property
    def asking(self) -> str:
        """The first such transform or optimizer of the chain."""
        asking = [link.rule.kernel for link in self.links if link.rule.kernel.asks]
        named = {each.kernel: name for name, each in TRANSFORMATIONS.items()}
        return named.get(asking[0], asking[0].name) if asking else SAM_RHO.name

    def _bound(self, settings: RuleSettings) -> Rule:
        """The chain, with what was asked for around it."""
        return wrapped(Chain.of(self.links), settings)


#: The member that has the transforms of a chain, and the name of such an optimizer.
CHAIN = "chain"

#: What the catalogue would say of a chain.
CHAINED = Optimizer(
    name=CHAIN,
    title="A chain of optax's transforms",
    formula=r"x \leftarrow x - \eta\,(T_n \circ \dots \circ T_1)(g)",
    source="optax chain",
    hyperparameters=(LR,),
    bind=lambda _: Chain.of([]),
    kernels=(),
)

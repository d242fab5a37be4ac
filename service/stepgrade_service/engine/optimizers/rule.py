"""An update kernel with its numbers: what the loop runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reading.tensors import Layout
from .kinds import UpdateKernel
from .slots import Shape

Array = NDArray[np.float64]

#: What a slot starts with that the first gradient fills: from itself, or with the params as they are then.
FROM_GRADIENT, FROM_PARAMS = np.nan, np.inf


class RuleSettings(Mapping[str, Any]):
    """The hyperparameters of one tensor, by their public names; `overall` are those of the optimizer as it was asked for."""

    def __init__(self, own: Mapping[str, Any], overall: Mapping[str, Any]) -> None:
        self._own, self._overall = own, overall

    def __getitem__(self, name: str) -> Any:
        return self._own[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)

    def uses(self, name: str) -> bool:
        """Whether a hyperparameter is not 0 for some tensor: all tensors run by one kernel, whose slots must serve each of them."""
        value = self._overall[name]
        return any(value.values()) if isinstance(value, Mapping) else bool(value)

    def largest(self, name: str) -> float:
        """The largest that a hyperparameter is for some tensor: the slots of all of them have the same depth."""
        value = self._overall[name]
        return float(max(value.values()) if isinstance(value, Mapping) else value)


def grouped(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the tensors, where a hyperparameter other than lr has a number for each of them; else none."""
    return next((tuple(value) for name, value in settings.items() if name != "lr" and isinstance(value, Mapping)), ())


def settings_of(settings: Mapping[str, Any], tensor: str | None) -> RuleSettings:
    """What one tensor has of settings with parameter groups; for None, the first of them."""
    own = {
        name: (next(iter(value.values())) if tensor is None else value[tensor]) if isinstance(value, Mapping) else value
        for name, value in settings.items()
    }
    return RuleSettings(own, settings)


def of_groups(settings: Mapping[str, Any], bind: Callable[[RuleSettings], Rule]) -> Rule:
    """The rule of some hyperparameters, with that of each parameter group where there are any."""
    rules = {tensor: bind(settings_of(settings, tensor)) for tensor in grouped(settings)}
    first = bind(settings_of(settings, None))
    return replace(first, groups=rules) if rules else first


@dataclass(frozen=True)
class Rule:
    """An update kernel with its numbers.

    `starts` gives a slot's first value, 0 where it is silent; FROM_GRADIENT or FROM_PARAMS where the first gradient fills it: the kernel
    sees nan there. `hidden` slots are worked with but have no influence on what follows, so that nobody needs to carry them. With
    parameter groups, `groups` has the rule of each named tensor, and `values` and `starts` are those of the first. `depths` says how many
    arrays a StackSlot has, 1 where it is silent; `shapes` what a ShapedSlot remembers of a tensor of some shape.
    """

    kernel: UpdateKernel
    values: Mapping[str, float]
    starts: Mapping[str, float] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    depths: Mapping[str, int] = field(default_factory=dict)
    shapes: Mapping[str, Callable[[Shape], Shape | None]] = field(default_factory=dict)
    groups: Mapping[str, Rule] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises TypeError where a name is not one of the kernel's."""
        hyperparameters, slots = self.kernel.hyperparameters, self.kernel.slots
        if self.values.keys() != set(hyperparameters):
            raise TypeError(f"{self.kernel.name} takes the numbers {', '.join(hyperparameters)}; values has {', '.join(self.values)}")
        if unknown := {*self.starts, *self.hidden, *self.depths, *self.shapes} - set(slots):
            raise TypeError(f"{self.kernel.name} has the slots {', '.join(slots) or 'none'}, and no {', '.join(sorted(unknown))}")

    def looks_at_curvature(self, taken: int) -> bool:
        """Whether the step after so many others needs the diagonal of the Hessian."""
        return self.kernel.needs == "hessian_diagonal" and taken % self.values["interval"] == 0.0

    @cached_property
    def hyperparameters(self) -> tuple[float, ...]:
        """The kernel's hyperparameters in the order of its signature."""
        return tuple(float(self.values[name]) for name in self.kernel.hyperparameters)

    @property
    def largest(self) -> Mapping[str, float]:
        """The numbers by name; with parameter groups, the largest that a tensor has."""
        if not self.groups:
            return self.values
        return {name: max(rule.values[name] for rule in self.groups.values()) for name in self.values}

    @cached_property
    def slots(self) -> tuple[str, ...]:
        """The slots that the public sees."""
        return tuple(slot for slot in self.kernel.slots if slot not in self.hidden)

    @cached_property
    def unfilled(self) -> frozenset[str]:
        """The slots that the first gradient fills, at least for some tensor."""
        return frozenset(slot for rule in (self, *self.groups.values()) for slot, first in rule.starts.items() if not isfinite(first))

    @property
    def formula(self) -> str:
        """All that its numbers depend on, but for the learning rate: the same for two rules whose numbers are always the same."""
        groups = [(name, rule.formula) for name, rule in self.groups.items()]
        return repr(
            (self.kernel.name, self.hyperparameters, sorted(self.starts.items()), sorted(self.depths.items()), repr(self.shapes), groups)
        )

    @cached_property
    def distinct(self) -> tuple[tuple[Rule, tuple[str, ...]], ...]:
        """The rules that differ among the parameter groups, each with the names of its tensors; without groups itself, with no names."""
        found: dict[str, tuple[Rule, list[str]]] = {}
        for name, rule in self.groups.items():
            found.setdefault(rule.formula, (rule, []))[1].append(name)
        return tuple((rule, tuple(names)) for rule, names in found.values()) or ((self, ()),)

    def of_tensors(self, layout: Layout) -> list[Rule]:
        """The rule of each tensor, in the order of the layout."""
        if not self.groups:
            return [self] * len(layout.shapes)
        assert layout.names is not None
        return [self.groups[name] for name in layout.names]

    @cached_property
    def _alone(self) -> Array:
        """The hyperparameters of all tensors alike, (1, hyperparameters)."""
        return np.array([self.hyperparameters]).reshape(1, -1)

    def numbers_shape(self, layout: Layout) -> tuple[int, int]:
        """The shape of `numbers`."""
        kind, count = self.kernel.kind, len(self.kernel.hyperparameters)
        if self.kernel.asks or (kind == "elementwise" and not self.groups):
            return 1, count
        return (count, layout.dimension) if kind in ("global_norm", "whole") else (len(layout.shapes), count)

    def numbers(self, layout: Layout) -> Array:
        """The hyperparameters as the kernel's kind wants them: a row for each parameter group or tensor; laid out like the params for a
        global norm, (hyperparameters, dimension)."""
        kind = self.kernel.kind
        if self.kernel.asks or (kind == "elementwise" and not self.groups):
            return self._alone
        rows = np.array([rule.hyperparameters for rule in self.of_tensors(layout)]).reshape(len(layout.shapes), -1)
        if kind not in ("global_norm", "whole"):
            return rows
        return np.ascontiguousarray(np.repeat(rows, np.diff(layout.bounds), axis=0).T)

"""A model with its data, everything resolved: its layers, the layout of its params, its kernel's parameters, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...reading.cost import StepPrice, price_echo
from ...reading.tensors import Layout
from . import packing
from .models import ACTIVATIONS, BATCH, COLUMNS, LOSSES, ORDERS, ModelKind

Array = NDArray[np.float64]

#: The work of evaluating: a call, and a run in it; a multiplication forward, and one backward; what a row of units takes for an example.
CALL, A_RUN, FORWARD, BACKWARD, A_UNIT = 150.0, 45.0, 0.016, 0.04, 0.12

#: Besides, a function such as exp or tanh, a number that is copied, an example that is shuffled, and to seed the twister.
A_FUNCTION, COPIED, SHUFFLED, SEEDED = 2.5, 0.15, 1.2, 300.0

#: A number of a start that is drawn.
DRAWN = 9.0


@dataclass(frozen=True, eq=False)
class Data:
    """The examples: inputs (examples, features) and targets (outputs, examples); for softmax (1, examples), class numbers.

    `echo` is how they were asked for. `is_flat` is whether X was one number an example, `is_single` whether y was a plain list.
    """

    inputs: Array
    targets: Array
    echo: Mapping[str, Any]
    is_flat: bool
    is_single: bool

    @property
    def examples(self) -> int:
        return len(self.inputs)

    @property
    def numbers(self) -> int:
        """How many numbers an echo of posted arrays has."""
        return 0 if "data" in self.echo else self.inputs.size + self.targets.size


@dataclass(frozen=True, eq=False)
class Batches:
    """Mini-batches: how many examples in one, in an epoch how many of them, and in which order; or the posted lists of examples."""

    size: int
    count: int
    order: str
    seed: int = 0
    values: str = BATCH
    lists: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, eq=False)
class Model:
    """A model as resolved; `settings` are those of the echo besides the data."""

    kind: ModelKind
    data: Data
    sizes: tuple[int, ...]
    settings: Mapping[str, Any]
    batches: Batches | None = None

    @property
    def in_columns(self) -> bool:
        return bool(self.settings["layout"] == COLUMNS)

    @property
    def loss(self) -> str:
        return str(self.settings["loss"])

    @cached_property
    def shapes(self) -> tuple[tuple[str, tuple[int, ...], tuple[int, int]], ...]:
        """Name, shape, and fan-in and fan-out of the layer, of every tensor in order."""
        found, layers = list[tuple[str, tuple[int, ...], tuple[int, int]]](), list(pairwise(self.sizes))
        for number, (inputs, outputs) in enumerate(layers, start=1):
            suffix = str(number) if self.kind.is_deep else ""
            found.append((f"W{suffix}", self._weights_shape(inputs, outputs), (inputs, outputs)))
            if self.kind.has_bias:
                found.append((f"b{suffix}", self._bias_shape(outputs), (inputs, outputs)))
        return tuple(found)

    @property
    def _is_vector(self) -> bool:
        """Whether W is a vector, or a number, for NumPy's X @ W to have the shape of a plain list y."""
        return not self.kind.is_deep and not self.in_columns and self.data.is_single and self.loss != "softmax"

    def _weights_shape(self, inputs: int, outputs: int) -> tuple[int, ...]:
        if self._is_vector:
            return () if self.data.is_flat else (inputs,)
        return (outputs, inputs) if self.in_columns else (inputs, outputs)

    def _bias_shape(self, outputs: int) -> tuple[int, ...]:
        return () if self._is_vector else (outputs, 1) if self.in_columns else (outputs,)

    @cached_property
    def layout(self) -> Layout:
        """The named tensors of the params."""
        return Layout(tuple(name for name, _, _ in self.shapes), tuple(shape for _, shape, _ in self.shapes))

    @property
    def clock(self) -> int:
        """Which of the kernel's parameters tells the steps taken; -1 where every step takes all examples."""
        return packing.CLOCK if self.batches is not None else -1

    @property
    def penalty(self) -> float:
        """The factor of the sum of the squared weights."""
        return float(self.settings["l2"] * self.settings["l2_factor"])

    @cached_property
    def parameters(self) -> Array:
        """As the kernel takes them: that of all examples, whatever the mini-batches."""
        head, order, batches = np.zeros(packing.SIZES + len(self.sizes)), self._order, self.batches
        inputs, targets = self.data.inputs.T.reshape(-1), self.data.targets.reshape(-1)
        head[packing.CLOCK], head[packing.WRITTEN] = packing.WHOLE, packing.NOT_YET
        head[packing.EXAMPLES], head[packing.FEATURES], head[packing.OUTPUTS] = self.data.examples, self.sizes[0], self.sizes[-1]
        head[packing.LOSS], head[packing.IS_SUM] = LOSSES[self.loss][0], self.settings["reduction"] == "sum"
        head[packing.PENALTY], head[packing.LAYERS] = self.penalty, len(self.sizes) - 1
        head[packing.ACTIVATION] = ACTIVATIONS[self.settings.get("activation", "identity")]
        head[packing.HAS_BIAS], head[packing.IN_COLUMNS] = self.kind.has_bias, self.in_columns
        if batches is not None:
            head[packing.BATCH_SIZE], head[packing.BATCHES], head[packing.SEED] = batches.size, batches.count, batches.seed
            head[packing.ORDER], head[packing.VALUE_OF_BATCH] = ORDERS.get(batches.order, packing.LISTED), batches.values == BATCH
        head[packing.INPUTS], head[packing.TARGETS] = len(head), len(head) + inputs.size
        head[packing.ORDERED], head[packing.SIZES :] = len(head) + inputs.size + targets.size, self.sizes
        return np.concatenate([head, inputs, targets, order])

    @property
    def _order(self) -> Array:
        """Room for an order, or the posted batches: where each begins, and then all of them."""
        if self.batches is None:
            return np.empty(0)
        if not self.batches.lists:
            return np.zeros(max(self.data.examples, self.batches.size))
        lists = self.batches.lists
        starts = np.cumsum([len(lists) + 1, *map(len, lists)])
        return np.concatenate([starts, *map(np.array, lists)]).astype(np.float64)

    @cached_property
    def echo(self) -> dict[str, Any]:
        """The objective, nothing hidden; resolved again it gives this same one."""
        return {"name": self.kind.name, **self.data.echo, **self.settings}

    @property
    def echoed(self) -> float:
        """What the echo takes up in an answer, in numbers sent."""
        listed = sum(len(batch) + 1 for batch in self.batches.lists) if self.batches is not None else 0
        return self.data.numbers + listed + price_echo(dict(self.settings))

    @cached_property
    def price(self) -> StepPrice:
        """The work of evaluating it once: of the examples of a step, and forward alone where all of them have a value."""
        forward, back = self._an_example
        if self.batches is None:
            return StepPrice(CALL, self.whole_price - CALL)
        largest = max(map(len, self.batches.lists), default=self.batches.size)
        each = A_RUN + largest * (forward + back) + A_UNIT * self.layout.dimension
        if self.batches.values != BATCH:
            each += self.data.examples * forward
        drawn = {"shuffled": self.data.examples / self.batches.count, "sampled": float(largest)}.get(self.batches.order, 0.0)
        return StepPrice(CALL + (SHUFFLED * drawn + SEEDED if drawn else 0.0), each)

    @property
    def whole_price(self) -> float:
        """The work of evaluating all examples once, with their gradient."""
        return CALL + A_RUN + self.data.examples * sum(self._an_example) + A_UNIT * self.layout.dimension

    @property
    def start_price(self) -> float:
        """The work of drawing a start, and of evaluating all examples there."""
        return self.whole_price + DRAWN * self.layout.dimension

    @property
    def _an_example(self) -> tuple[float, float]:
        """The work of one example, forward and backward."""
        multiplied = float(sum(inputs * outputs for inputs, outputs in pairwise(self.sizes)))
        units, functions = sum(self.sizes[1:]), self.sizes[-1] if self.loss in ("logistic", "softmax") else 0
        if self.settings.get("activation") in ("tanh", "sigmoid"):
            functions += sum(self.sizes[1:-1])
        forward = COPIED * self.sizes[0] + FORWARD * multiplied + A_UNIT * units + A_FUNCTION * functions
        return forward, BACKWARD * multiplied + A_UNIT * units

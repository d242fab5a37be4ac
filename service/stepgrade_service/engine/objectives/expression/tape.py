"""From a tree to a tape: constants folded, parameters bound, equal parts computed once, whole powers by multiplication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import e, isfinite

import numpy as np
from numpy.typing import NDArray

from .kernel import TAPE
from .operations import HEAD, MOST_ROWS, NUMBER, OPERATIONS, WIDTH, block_width
from .tree import Node, TextFault
from .vocabulary import CONSTANTS, OF_SEVERAL

#: A whole power up to this one is a product, as one writes it by hand; a higher one is libm's.
LARGEST_PRODUCT = 64

#: The work of looking up an operation of a tape.
LOOKED_UP = 1.5

#: A row of the tape, or a number that is known already.
Operand = int | float

#: What an operation of two operands is where the first of them, or the second, is a constant.
CONSTANT_FIRST = {"add": "add_constant", "subtract": "from_constant", "multiply": "times_constant", "divide": "constant_over"}
CONSTANT_FIRST |= {"power": "constant_to", "least": "least_constant", "greatest": "greatest_constant"}
CONSTANT_SECOND = {"add": "add_constant", "multiply": "times_constant", "divide": "over_constant", "power": "to_constant"}
CONSTANT_SECOND |= {"least": "least_constant", "greatest": "greatest_constant"}


@dataclass(frozen=True, eq=False)
class Tape:
    """A tape as the kernel takes it, packed, and what it costs: in coordinates of an ordinary objective.

    `rows` are its variables and operations. Of a long tape few runs fit into a block, and each block looks up every operation:
    `looked_up` is the work of that for one run.
    """

    packed: NDArray[np.float64]
    work: float
    rows: int

    @property
    def looked_up(self) -> float:
        return LOOKED_UP * self.rows / block_width(self.rows)


class Unusable(Exception):
    """The tree has no tape; `mistake` says why."""

    def __init__(self, mistake: TextFault) -> None:
        self.mistake = mistake


class Recorder:
    """A tape while it is recorded."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.operations = list[tuple[int, int, Operand]]()
        self.known = dict[tuple[int, int, Operand, bool], int]()

    def operation(self, name: str, *operands: Operand) -> Operand:
        """The result of an operation: of constants a constant, else a row, the same for the same operands."""
        rows = [operand for operand in operands if isinstance(operand, int)]
        if not rows:
            return folded(name, [float(operand) for operand in operands])
        if len(operands) == 2 and len(rows) == 1:
            return self.with_constant(name, *operands)
        return self.put(name, *operands)

    def with_constant(self, name: str, first: Operand, second: Operand) -> Operand:
        """An operation of a row and a constant."""
        if isinstance(first, float):
            assert isinstance(second, int)
            return self.put("exp", second) if name == "power" and first == e else self.put(CONSTANT_FIRST[name], second, first)
        assert isinstance(second, float)
        if name == "subtract":
            return self.put("add_constant", first, -second)
        if name == "power":
            return self.power(first, second)
        return self.put(CONSTANT_SECOND[name], first, second)

    def put(self, name: str, first: Operand, second: Operand = 0) -> int:
        """The row of an operation, which is put on the tape once."""
        assert isinstance(first, int)
        if name == "multiply" and first == second:
            name, second = "square", 0
        # 0.0 equals -0.0, and 1 equals 1.0.
        alike = (NUMBER[name], first, second, isinstance(second, float) and np.signbit(second))
        if alike not in self.known:
            self.operations.append((NUMBER[name], first, second))
            self.known[alike] = self.dimension + len(self.operations) - 1
        return self.known[alike]

    def power(self, row: int, exponent: float) -> Operand:
        """A row to the power of a constant."""
        if abs(exponent) == 0.5:
            root = self.put("root", row)
            return root if exponent > 0 else self.put("constant_over", root, 1.0)
        if not exponent.is_integer() or abs(exponent) > LARGEST_PRODUCT:
            return self.put("to_constant", row, exponent)
        if exponent == 0:
            return 1.0
        product, left, square = None, int(abs(exponent)), row
        while left:
            if left & 1:
                product = square if product is None else self.put("multiply", product, square)
            left >>= 1
            square = self.put("square", square) if left else square
        assert product is not None
        return product if exponent > 0 else self.put("constant_over", product, 1.0)

    def without_unused(self, result: int) -> int:
        """Leave out what the result does not need; returns its row then.

        A part to the power of 0 is an example. It could be no number, which would come back to the gradient.
        """
        rows, needed = {row: row for row in range(self.dimension)}, {result}
        for row in range(self.dimension + len(self.operations) - 1, self.dimension - 1, -1):
            if row in needed:
                needed |= set(operands_of(self.operations[row - self.dimension]))
        kept = list[tuple[int, int, Operand]]()
        for row, (number, first, second) in enumerate(self.operations, start=self.dimension):
            if row in needed:
                rows[row] = self.dimension + len(kept)
                is_row = len(operands_of((number, first, second))) == 2
                kept.append((number, rows[first], rows[int(second)] if is_row else second))
        self.operations = kept
        return rows[result]

    def packed(self, result: int) -> NDArray[np.float64]:
        """The parameters of the kernel."""
        numbers = np.zeros(HEAD + WIDTH * len(self.operations))
        bits = numbers.view(np.int64)
        bits[:HEAD] = len(self.operations), result
        for place, (number, first, second) in zip(range(HEAD, numbers.size, WIDTH), self.operations, strict=True):
            bits[place : place + 2] = number, first
            (numbers if isinstance(second, float) else bits)[place + 2] = second
        return numbers


def operands_of(operation: tuple[int, int, Operand]) -> list[int]:
    """The rows that an operation reads."""
    number, first, second = operation
    return [first, int(second)] if OPERATIONS[number].to_b else [first]


def folded(name: str, operands: Sequence[float]) -> float:
    """An operation of constants, by the kernel itself."""
    bits = np.array([1, len(operands), NUMBER[name], 0, len(operands) - 1], dtype=np.int64)
    x, values = np.array(operands).reshape(-1, 1), np.empty(1)
    TAPE.call(x, bits.view(np.float64), values, np.empty_like(x))
    return float(values[0])


def record(text: str, nodes: Sequence[Node], variables: Sequence[str], parameters: Mapping[str, float]) -> Tape:
    """The tape of a tree whose names are all known; raises Unusable where a constant part is not finite, or nothing varies."""
    recorder, names = Recorder(len(variables)), {**CONSTANTS, **parameters, **{name: row for row, name in enumerate(variables)}}
    results = list[Operand]()
    for node in nodes:
        result = recorded(recorder, node, [results[number] for number in node.operands], names)
        if isinstance(result, float) and not isfinite(result):
            raise Unusable(TextFault(f"{text[node.offset : node.end]} is not a finite number", node.position))
        if len(recorder.operations) + len(variables) > MOST_ROWS:
            raise Unusable(TextFault("expected a shorter expression: its powers are too many", node.position))
        results.append(result)
    result = results[-1]
    if isinstance(result, float):
        raise Unusable(TextFault("expected an expression of at least one variable", (0, len(text))))
    result = recorder.without_unused(result)
    work = sum(OPERATIONS[number].work for number, _, _ in recorder.operations)
    return Tape(recorder.packed(result), len(variables) + work, len(variables) + len(recorder.operations))


def recorded(recorder: Recorder, node: Node, operands: Sequence[Operand], names: Mapping[str, Operand]) -> Operand:
    """What one node is on the tape."""
    if node.kind == "number":
        return node.number
    if node.kind == "name":
        return names[node.name]
    if node.kind == "positive":
        return operands[0]
    if node.kind == "negative":
        return recorder.operation("multiply", operands[0], -1.0)
    name = OF_SEVERAL.get(node.name, node.name) if node.kind == "call" else node.kind
    return recorder.operation(name, *operands)

"""What was read from a text: numbers, names and operations in a list, each behind its operands, so that nothing recurses."""

from __future__ import annotations

from dataclasses import dataclass

#: Offset and length in the text, in characters.
Position = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Node:
    """A number, a name, or an operation or a function of the nodes in `operands`; `offset` and `end` are where it stands in the text."""

    kind: str
    name: str
    operands: tuple[int, ...]
    offset: int
    end: int
    number: float = 0.0

    @property
    def position(self) -> Position:
        return self.offset, self.end - self.offset


@dataclass(frozen=True, slots=True)
class TextFault:
    """What is wrong with a text, and where."""

    detail: str
    position: Position

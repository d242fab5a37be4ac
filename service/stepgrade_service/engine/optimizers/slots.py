"""The slots that an update kernel may have: each is an annotation in its signature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

Shape = tuple[int, ...]

if TYPE_CHECKING:
    Slot: TypeAlias = Any
    NumberSlot: TypeAlias = Any
    TensorSlot: TypeAlias = Any
    RowSlot: TypeAlias = Any
    ColumnSlot: TypeAlias = Any
    StackSlot: TypeAlias = Any
    NumbersSlot: TypeAlias = Any
    FurtherSlot: TypeAlias = Any
    LeftSlot: TypeAlias = Any
    RightSlot: TypeAlias = Any
    ShapedSlot: TypeAlias = Any
else:

    class Slot:
        """Annotates a kernel's argument as a slot: an array that the optimizer remembers, laid out like the params."""

        says = "like the params"

        @staticmethod
        def shape(tensor: Shape) -> Shape | None:
            """The shape of what is remembered of a tensor of some shape; None where nothing is."""
            return tensor

    class NumberSlot(Slot):
        """One number for all params. An elementwise kernel sees it in every element."""

        says = "a number; with parameter groups, one number per tensor"

        @staticmethod
        def shape(_: Shape) -> Shape | None:
            return ()

    class TensorSlot(Slot):
        """One number per tensor."""

        says = "one number per tensor"

        @staticmethod
        def shape(_: Shape) -> Shape | None:
            return ()

    class RowSlot(Slot):
        """One number per row of each tensor; per number of a vector."""

        says = "one number per row of each tensor"

        @staticmethod
        def shape(tensor: Shape) -> Shape | None:
            return tensor[:1]

    class ColumnSlot(Slot):
        """One number per index of the second axis, the columns of a matrix; a vector has none."""

        says = "one number per column of each matrix"

        @staticmethod
        def shape(tensor: Shape) -> Shape | None:
            return tensor[1:2] or None

    class StackSlot(Slot):
        """Several arrays like the params, one after another; `Rule.depths` says how many."""

        says = "a list of arrays like the params"

    class NumbersSlot(Slot):
        """Several numbers for all params; `Rule.depths` says how many."""

        says = "a list of numbers"

    class FurtherSlot(Slot):
        """One number per index of each axis after the second, axis after axis."""

        says = "one number per index of each axis after the second, axis after axis"

        @staticmethod
        def shape(tensor: Shape) -> Shape | None:
            return (sum(tensor[2:]),) if len(tensor) > 2 else None

    class LeftSlot(Slot):
        """A square matrix with a row and a column for each row of the tensor."""

        says = "a square matrix for each tensor, as large as the tensor has rows"

        @staticmethod
        def shape(tensor: Shape) -> Shape | None:
            return tensor[:1] * 2

    class RightSlot(Slot):
        """A square matrix with a row and a column for each column of a matrix; a vector has none."""

        says = "a square matrix for each matrix, as large as it has columns"

        @staticmethod
        def shape(tensor: Shape) -> Shape | None:
            return tensor[1:2] * 2 or None

    class ShapedSlot(Slot):
        """Another shape, or nothing, by the tensor's; `Rule.shapes` says which."""

        says = "its shape depends on the tensor's; some tensors have none"

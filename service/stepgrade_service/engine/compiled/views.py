"""Views of packed arrays for compiled code: numbers of one array as other arrays, without numba's slices.

A slice and `reshape` do the same. But numba needs a tenth of a second to compile a slice of a matrix, most of it for ends that count from
behind or stand outside, and `reshape` looks for a copy in every step. A view counts no references: it lives as long as what it shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

from .jit import JIT

__all__ = ["blocks", "numbers_of", "rows_of_runs", "stretch", "stretches"]

VECTOR, MATRIX = types.Array(types.float64, 1, "C"), types.Array(types.float64, 2, "C")

#: The bytes of a number.
WIDTH = 8


class ViewWriter:
    """Writes LLVM's code for views: whole numbers are LLVM's values, or Python's."""

    def __init__(self, context: Any, builder: Any, signature: Any, arguments: Any) -> None:
        self.context, self.builder = context, builder
        self.values = list(arguments)
        self.types = list(signature.args)

    def array(self, place: int) -> Any:
        """An argument that is an array."""
        return make_array(self.types[place])(self.context, self.builder, self.values[place])

    def whole(self, place: int) -> Any:
        """An argument that is a whole number."""
        return self.context.cast(self.builder, self.values[place], self.types[place], types.intp)

    def at(self, array: Any, row: Any, column: Any) -> Any:
        """Where a number of a matrix stands."""
        columns = self.builder.extract_value(array.shape, 1)
        return self.builder.gep(array.data, [self.builder.add(self.builder.mul(row, columns), column)])

    def constant(self, number: int) -> Any:
        return self.context.get_constant(types.intp, number)

    def view(self, data: Any, *lengths: Any) -> Any:
        """An array of these lengths, row after row, that starts there."""
        made = make_array(types.Array(types.float64, len(lengths), "C"))(self.context, self.builder)
        strides = [self.constant(WIDTH)]
        for length in reversed(lengths[1:]):
            strides.insert(0, self.builder.mul(strides[0], length))
        shape, steps = cgutils.pack_array(self.builder, list(lengths)), cgutils.pack_array(self.builder, strides)
        populate_array(made, data=data, shape=shape, strides=steps, itemsize=self.constant(WIDTH), meminfo=None)
        return made._getvalue()

    def tuple_of(self, kind: Any, members: list[Any]) -> Any:
        return self.context.make_tuple(self.builder, kind, members)


@intrinsic  # type: ignore[untyped-decorator]
def _rows_of_runs(_: Any, a: Any, first: Any, stop: Any, runs: Any) -> Any:
    def written(*given: Any) -> Any:
        writer = ViewWriter(*given)
        first, stop, runs = map(writer.whole, (1, 2, 3))
        rows = writer.builder.sdiv(writer.builder.sub(stop, first), runs)
        return writer.view(writer.builder.gep(writer.array(0).data, [first]), rows, runs)

    return MATRIX(a, first, stop, runs), written


@intrinsic  # type: ignore[untyped-decorator]
def _stretch(_: Any, a: Any, first: Any, stop: Any) -> Any:
    def written(*given: Any) -> Any:
        writer = ViewWriter(*given)
        first, stop = map(writer.whole, (1, 2))
        return writer.view(writer.builder.gep(writer.array(0).data, [first]), writer.builder.sub(stop, first))

    return VECTOR(a, first, stop), written


@intrinsic(prefer_literal=True)  # type: ignore[untyped-decorator]
def _stretches(_: Any, a: Any, first: Any, stop: Any, count: Any) -> Any:
    found = types.UniTuple(VECTOR, count.literal_value)

    def written(*given: Any) -> Any:
        writer = ViewWriter(*given)
        array, first, stop = writer.array(0), writer.whole(1), writer.whole(2)
        length = writer.builder.sub(stop, first)
        places = [writer.at(array, writer.constant(row), first) for row in range(count.literal_value)]
        return writer.tuple_of(found, [writer.view(place, length) for place in places])

    return found(a, first, stop, count), written


@intrinsic(prefer_literal=True)  # type: ignore[untyped-decorator]
def _blocks(_: Any, a: Any, ends: Any, row: Any, first: Any, count: Any) -> Any:
    found = types.UniTuple(MATRIX, count.literal_value)

    def written(*given: Any) -> Any:
        writer = ViewWriter(*given)
        array, ends, row = writer.array(0), writer.array(1), writer.whole(2)
        runs, blocks = writer.builder.extract_value(array.shape, 1), []
        for number in range(count.literal_value):
            column = first.literal_value + 2 * number
            start, stop = (writer.builder.load(writer.at(ends, row, writer.constant(column + end))) for end in (0, 1))
            blocks.append(writer.view(writer.at(array, start, writer.constant(0)), writer.builder.sub(stop, start), runs))
        return writer.tuple_of(found, blocks)

    return found(a, ends, row, first, count), written


@intrinsic(prefer_literal=True)  # type: ignore[untyped-decorator]
def _numbers(_: Any, a: Any, row: Any, count: Any) -> Any:
    found = types.UniTuple(types.float64, count.literal_value)

    def written(*given: Any) -> Any:
        writer = ViewWriter(*given)
        array, row = writer.array(0), writer.whole(1)
        places = [writer.at(array, row, writer.constant(column)) for column in range(count.literal_value)]
        return writer.tuple_of(found, [writer.builder.load(place) for place in places])

    return found(a, row, count), written


def _rows_of_runs_in_python(a: Any, first: int, stop: int, runs: int) -> Any:
    return a[first:stop].reshape(-1, runs)


def _stretch_in_python(a: Any, first: int, stop: int) -> Any:
    return a[first:stop]


def _stretches_in_python(a: Any, first: int, stop: int, count: int) -> Any:
    return tuple(a[row, first:stop] for row in range(count))


def _blocks_in_python(a: Any, ends: Any, row: int, first: int, count: int) -> Any:
    places = range(first, first + 2 * count, 2)
    return tuple(a[ends[row, place] : ends[row, place + 1]] for place in places)


def _numbers_in_python(a: Any, row: int, count: int) -> Any:
    return tuple(a[row, :count])


#: rows_of_runs(a, first, stop, runs): numbers of a flat array as rows, one number per run in each.
rows_of_runs: Callable[[Any, int, int, int], Any] = _rows_of_runs if JIT else _rows_of_runs_in_python

#: stretch(a, first, stop): numbers of a flat array.
stretch: Callable[[Any, int, int], Any] = _stretch if JIT else _stretch_in_python

#: stretches(a, first, stop, count): of each of the first rows of a matrix, these numbers.
stretches: Callable[[Any, int, int, int], Any] = _stretches if JIT else _stretches_in_python

#: blocks(a, ends, row, first, count): rows of a matrix, several times; `ends` tells in a row, from column `first` on, where each block
#: starts and stops.
blocks: Callable[[Any, Any, int, int, int], Any] = _blocks if JIT else _blocks_in_python

#: numbers_of(a, row, count): the first numbers of a row of a matrix.
numbers_of: Callable[[Any, int, int], Any] = _numbers if JIT else _numbers_in_python

"""Numbers that know how they were worked out: the parts of a formula, run on these, write the formula down as they compute it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import cbrt, exp, tanh
from typing import Any, Literal

import numpy as np

from ..catalogue.formulas.work import means_of, norms_of, one_by_one, powered

Kind = Literal[
    "letter", "literal", "part", "where",
    "add", "subtract", "multiply", "divide", "power", "negative", "root", "cube_root", "size", "sign", "maximum", "minimum",
    "exponential", "tangent", "norm", "mean",
    "equal", "above", "missing",
]  # fmt: skip

OPERATIONS: dict[Kind, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": powered,
    "negative": operator.neg,
    "root": np.sqrt,
    "cube_root": one_by_one(cbrt),
    "size": np.abs,
    "sign": np.sign,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "exponential": one_by_one(exp),
    "tangent": one_by_one(tanh),
    "equal": operator.eq,
    "above": operator.gt,
    "missing": np.isnan,
}

#: NumPy's functions that are written down; of all others only the value is taken.
FUNCTIONS: dict[np.ufunc, Kind] = {
    np.add: "add",
    np.subtract: "subtract",
    np.multiply: "multiply",
    np.true_divide: "divide",
    np.negative: "negative",
    np.sqrt: "root",
    np.cbrt: "cube_root",
    np.absolute: "size",
    np.sign: "sign",
    np.maximum: "maximum",
    np.minimum: "minimum",
    np.exp: "exponential",
    np.tanh: "tangent",
    np.isnan: "missing",
}


@dataclass(frozen=True, eq=False)
class Term:
    """A number or a flat array, and how it was worked out.

    A `letter` is given, a `literal` stands in the formula itself, a `part` is a named part of the formula, whose only argument is what
    it was worked out from. Of `where` the arguments are a condition, what holds where it is true, and what holds elsewhere. Of a `norm` or
    a `mean` they are what it is of, and as a literal the number of the tensor that each coordinate belongs to. The value is
    always that of NumPy's or Python's own operation; what has no effect, such as 0 that is added, is only not written down.
    """

    value: Any
    kind: Kind
    arguments: tuple[Term, ...] = ()
    name: str = ""

    def at(self, coordinate: int) -> Any:
        """The number at a coordinate; a number that all coordinates share."""
        return self.value[coordinate] if np.ndim(self.value) else self.value

    def named(self, name: str, *, always: bool) -> Term:
        """This as a part of a formula. If not always, a number that stands in the formula itself stays one: no factor 1 is written."""
        return self if self.kind == "literal" and not always else Term(self.value, "part", (self,), name)

    @property
    def within(self) -> Term:
        """What a part was worked out from; anything else itself."""
        return self.arguments[0] if self.kind == "part" else self

    def is_same(self, other: Term) -> bool:
        """Whether it was worked out in the same way."""
        if self is other:
            return True
        if (self.kind, self.name, len(self.arguments)) != (other.kind, other.name, len(other.arguments)):
            return False
        if self.kind == "literal":
            return bool(np.all(self.value == other.value))
        return all(a.is_same(b) for a, b in zip(self.arguments, other.arguments, strict=True))

    def __add__(self, other: Any) -> Term:
        return worked("add", self, other)

    def __radd__(self, other: Any) -> Term:
        return worked("add", other, self)

    def __sub__(self, other: Any) -> Term:
        return worked("subtract", self, other)

    def __rsub__(self, other: Any) -> Term:
        return worked("subtract", other, self)

    def __mul__(self, other: Any) -> Term:
        return worked("multiply", self, other)

    def __rmul__(self, other: Any) -> Term:
        return worked("multiply", other, self)

    def __truediv__(self, other: Any) -> Term:
        return worked("divide", self, other)

    def __rtruediv__(self, other: Any) -> Term:
        return worked("divide", other, self)

    def __pow__(self, other: Any) -> Term:
        return worked("power", self, other)

    def __rpow__(self, other: Any) -> Term:
        return worked("power", other, self)

    def __neg__(self) -> Term:
        return worked("negative", self)

    def __eq__(self, other: object) -> Any:
        return worked("equal", self, other)

    __hash__ = None  # type: ignore[assignment]

    def __gt__(self, other: Any) -> Any:
        return worked("above", self, other)

    def __lt__(self, other: Any) -> Any:
        return worked("above", other, self)

    def norm(self, tensors: Any, is_one: bool) -> Term:
        """The norm over each tensor, or over all coordinates as one number."""
        return Term(norms_of(self.value, tensors, is_one), "norm", (self, Term(tensors, "literal")))

    def mean(self, tensors: Any) -> Term:
        """The mean over each tensor."""
        return Term(means_of(self.value, tensors), "mean", (self, Term(tensors, "literal")))

    def beside(self, others: Sequence[Term], wheres: Sequence[Any]) -> Term:
        """This part of all rules together; `wheres` are the coordinates of each."""
        whole = np.empty(sum(map(len, others)))
        for other, where in zip(others, wheres, strict=True):
            whole[where] = other.value
        return replace(self, value=whole)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __len__(self) -> int:
        return len(self.value)

    @property
    def dtype(self) -> Any:
        """NumPy's type of the numbers."""
        return np.asarray(self.value).dtype

    def astype(self, _: Any) -> Term:
        """The same: solutions are worked out in float64."""
        return self

    def __array_ufunc__(self, function: np.ufunc, method: str, *given: Any, **options: Any) -> Any:
        if method == "__call__" and not options and function in FUNCTIONS:
            return worked(FUNCTIONS[function], *given)
        return getattr(function, method)(*map(_value, given), **options)

    def __array_function__(self, function: Any, _: Any, given: Sequence[Any], options: Any) -> Any:
        if function is np.where and len(given) == 3:
            return chosen(*given)
        return NotImplemented


def _value(given: Any) -> Any:
    return given.value if isinstance(given, Term) else given


def term_of(given: Any) -> Term:
    """A term as it is; a number as a literal."""
    return given if isinstance(given, Term) else Term(given, "literal")


def worked(kind: Kind, *given: Any) -> Term:
    """An operation on terms and numbers."""
    terms = tuple(map(term_of, given))
    value = OPERATIONS[kind](*(term.value for term in terms))
    if all(term.kind == "literal" and np.ndim(term.value) == 0 for term in terms):
        return Term(value, "literal")
    simpler = SHORTER[kind](*terms) if kind in SHORTER else None
    return Term(value, kind, terms) if simpler is None else replace(simpler, value=value)


def chosen(mask: Any, first: Any, second: Any) -> Term:
    """np.where: written down as the one that holds, where it holds everywhere."""
    condition, terms = term_of(mask), (term_of(first), term_of(second))
    holds = np.asarray(condition.value)
    value = np.where(holds, terms[0].value, terms[1].value)
    if not holds.all() and holds.any():
        return Term(value, "where", (condition, *terms))
    one = terms[0] if holds.all() else terms[1]
    return Term(value if np.ndim(one.value) else one.value, one.kind, one.arguments, one.name)


def _is(term: Term, number: float) -> bool:
    return term.kind == "literal" and bool(np.all(term.value == number))


def _operation(kind: Kind, *terms: Term) -> Term:
    """An operation as it is written down; whoever asks for it knows the value."""
    return Term(None, kind, terms)


def _shorter_sum(first: Term, last: Term) -> Term | None:
    """A sum without 0, with the sign of what is added in front of it."""
    if _is(first, 0):
        return last
    if last.kind == "negative":
        return _operation("subtract", first, *last.arguments)
    return first if _is(last, 0) else None


def _shorter_difference(first: Term, last: Term) -> Term | None:
    if _is(first, 0):
        return _operation("negative", last)
    return first if _is(last, 0) else None


def _shorter_product(first: Term, last: Term) -> Term | None:
    """A product without 1, or 0 alone; an inverse as a fraction, the sign in front."""
    if _is(first, 0) or _is(last, 0):
        return Term(None, "literal")
    if _is(first, 1) or _is(last, 1):
        return last if _is(first, 1) else first
    if first.kind == "negative":
        return _operation("negative", _operation("multiply", *first.arguments, last))
    for one, other in ((first, last), (last, first)):
        if one.kind == "divide" and _is(one.arguments[0], 1):
            return _operation("divide", other, one.arguments[1])
    return None


def _shorter_fraction(first: Term, last: Term) -> Term | None:
    if first.kind == "negative":
        return _operation("negative", _operation("divide", *first.arguments, last))
    return first if _is(last, 1) else None


def _shorter_root(term: Term) -> Term | None:
    """The root of an inverse as the inverse of a root."""
    if term.kind == "divide" and _is(term.arguments[0], 1):
        return _operation("divide", term.arguments[0], _operation("root", term.arguments[1]))
    return None


#: How operations are written down where there is a shorter way.
SHORTER: dict[Kind, Callable[..., Term | None]] = {
    "add": _shorter_sum,
    "subtract": _shorter_difference,
    "multiply": _shorter_product,
    "divide": _shorter_fraction,
    "root": _shorter_root,
    "negative": lambda term: term.arguments[0] if term.kind == "negative" else None,
}

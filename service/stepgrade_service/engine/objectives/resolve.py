"""From an objective as somebody wrote it to its kernel, its facts and the echo that says everything."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..optimizers.declaration import LARGEST
from ..reading.bounds import few_keys
from ..reading.cost import StepPrice, in_numbers, objective_price, price_echo
from ..reading.faults import LONGEST_LOOKED_UP, Collector, Refusal, names, no_name, refuse, unknown, whole
from ..reading.faults import plain as plainly
from ..reading.memo import is_short, is_small
from ..reading.nulls import without_null
from ..reading.tensors import Layout, expected, is_number, read_tensor
from . import OBJECTIVES
from .curvature import addressed, asked_of
from .data.facts import facts_of
from .data.model import Model
from .data.models import MODELS
from .data.reading import MOST_WORK as MOST_OF_MODEL
from .data.reading import read_model
from .declaration import Facts, Objective, Parameter
from .expression.resolve import MOST_OF_EXPRESSION, resolve_expression
from .hessian import hessian

DEFAULT_DIMENSION = 2

#: How far two entries of a symmetric matrix may differ, as a share of the largest.
SYMMETRIC = 1e-12

#: What a formula has, and no name.
SIGNS_OF_FORMULA = "+*/^=()²"

#: Each objective by each of its names, as they are looked up.
BY_NAME = {plainly(name): entry for entry in OBJECTIVES.values() for name in (entry.name, *entry.aliases)}

#: The models that take data, and all names there are.
MODEL_BY_NAME = {plainly(name): kind for name, kind in MODELS.items()}
KNOWN = (*OBJECTIVES, *MODELS)


class CriticalPoint(NamedTuple):
    """A point where the gradient is 0, or which is the tip of an edge."""

    point: Sequence[float]
    kind: str
    value: float


@dataclass(frozen=True, eq=False)
class Problem:
    """An objective as resolved: dimension, parameters, facts; `resolving` is the work that this took, where it is worth telling,
    and `looked_up` that of finding the operations of an expression, for one run."""

    objective: Objective
    dimension: int
    facts: Facts
    parameters: Mapping[str, Any]
    finite_starts: set[str] = field(default_factory=set)
    expression: Mapping[str, Any] | None = None
    model: Model | None = None
    resolving: float = 0.0
    looked_up: float = 0.0

    @property
    def layout(self) -> Layout:
        """How its params are laid out: one vector, or a model's named tensors."""
        return self.model.layout if self.model is not None else Layout(None, ((self.dimension,),))

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of its variables, in the order of the numbers; none where they have no names. Those of a plane are at least x and y."""
        if self.expression is not None:
            return tuple(self.expression["variables"])
        return (self.objective.variables or ("x", "y")) if self.dimension == 2 and self.model is None else ()

    @property
    def clock(self) -> int:
        """Which of its parameters tells the steps taken, where it is another function at each step; -1 where it is always the same."""
        return self.model.clock if self.model is not None else -1

    def parameters_after(self, steps: int | None) -> NDArray[np.float64]:
        """The kernel's parameters after so many steps; None asks for the whole objective, where it has parts."""
        parameters = self.facts.kernel_parameters
        if steps is None or self.clock < 0:
            return parameters
        parameters = parameters.copy()
        parameters[self.clock] = steps
        return parameters

    @property
    def echo(self) -> dict[str, Any]:
        """The objective, nothing hidden; resolved again it gives this same problem."""
        if self.expression is not None:
            return dict(self.expression)
        if self.model is not None:
            return self.model.echo
        known = {name: _listed(value) for name, value in self.parameters.items() if value is not None}
        return {"name": self.objective.name, "dimension": self.dimension, **known}

    @property
    def flags(self) -> dict[str, bool]:
        """What is so of the function at these parameters."""
        own, facts = self.objective, self.facts
        return {
            "smooth": own.smooth,
            "bounded": own.bounded if facts.bounded is None else facts.bounded,
            "separable": own.separable if facts.separable is None else facts.separable,
            "convex": own.convex if facts.convex is None else facts.convex,
        }

    @property
    def formula(self) -> str:
        """In LaTeX."""
        return self.facts.formula or self.objective.formula

    @property
    def critical_points(self) -> list[CriticalPoint]:
        """The minima, then the saddle points, then the maxima."""
        least = [CriticalPoint(point, "minimum", value) for point, value in zip(self.facts.minima, self.facts.value_at_minima, strict=True)]
        others = [(point, "saddle") for point in self.facts.saddles] + [(point, "maximum") for point in self.facts.maxima]
        return [*least, *(CriticalPoint(point, kind, self._value(point)) for point, kind in others)]

    def _value(self, point: Sequence[float]) -> float:
        return float(self.evaluate(np.array(point, dtype=np.float64).reshape(-1, 1))[0][0])

    def hessian(self, point: Sequence[float]) -> NDArray[np.float64]:
        """The second derivatives at a point, (dimension, dimension), exact but for rounding."""
        return hessian(self.objective.kernel, self.facts.kernel_parameters, point)

    @cached_property
    def echoed(self) -> float:
        """What the echo takes up in an answer, in numbers sent."""
        if self.model is not None:
            return self.model.echoed
        return price_echo(self.echo) + (in_numbers(self.objective.title) if self.expression is not None else 0.0)

    @cached_property
    def minima(self) -> NDArray[np.float64]:
        """(minima, dimension); one row of nan where there is none."""
        rows = list(self.facts.minima) or [[np.nan] * self.dimension]
        return np.array(rows, dtype=np.float64)

    @cached_property
    def minimum_values(self) -> NDArray[np.float64]:
        """(minima,); one nan where there is none."""
        return np.array(list(self.facts.value_at_minima) or [np.nan], dtype=np.float64)

    @property
    def price(self) -> StepPrice:
        """The work of evaluating it once."""
        if self.model is not None:
            return self.model.price
        return objective_price(self.objective.work(self.dimension)) + StepPrice(each=self.looked_up)

    def asked(self, kernel: Any, values: NDArray[np.float64], steps: int | None) -> tuple[Any, ...]:
        """What an update of some kernel is handed after so many steps; values (runs,) are those at its points."""
        return asked_of(kernel, values, self.objective.kernel, addressed(self.objective.kernel, self.parameters_after(steps)))

    def work_before(self, starts: int = 1) -> float:
        """The work before any step: of resolving it, and of holding so many starts to it."""
        return self.resolving + (starts * self.model.start_price if self.model is not None else 0.0)

    def evaluate(self, points: NDArray[np.float64], steps: int | None = None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Values (runs,) and gradients (dimension, runs) at points (dimension, runs), as a run meets them after so many steps."""
        values, gradients = np.empty(points.shape[1]), np.empty_like(points)
        self.objective.kernel(points, self.parameters_after(steps), values, gradients)
        return values, gradients


def resolve(request: Any, dimension: int | None = None) -> Problem:
    """Resolve `"rosenbrock"` or `{"name": "quadratic", "condition": 20}`; raises Refusal with every fault.

    `dimension` is that of the start, for objectives of any dimension where the request does not say it.
    """
    if isinstance(request, str):
        try:
            return resolve({"name": request}, dimension)
        except Refusal as refusal:
            raise refusal.of_a_name() from None
    if isinstance(request, Mapping) and is_short(request) and is_small(dimension, request.get("dimension")):
        return _resolve_short(dimension, tuple(request), *request.values())
    return _resolve(request, dimension)


@lru_cache(maxsize=1024, typed=True)
def _resolve_short(dimension: int | None, keys: tuple[str, ...], *values: Any) -> Problem:
    """What many ask alike is resolved once."""
    return _resolve(dict(zip(keys, values, strict=True)), dimension)


def _resolve(written: Any, dimension: int | None) -> Problem:
    if not isinstance(written, Mapping):
        raise refuse(expected('an objective\'s name or an object such as {"name": "quadratic", "condition": 20}', written))
    if "expression" in written:
        return _of_expression(written)
    if many := few_keys(written):
        raise refuse(many)
    if isinstance(written.get("name"), str) and plainly(written["name"]) in MODEL_BY_NAME:
        model = read_model(MODEL_BY_NAME[plainly(written["name"])], written)
        return Problem(model.kind.objective, model.layout.dimension, facts_of(model), {}, model=model)
    objective = _look_up(written)
    known = {parameter.name: parameter for parameter in objective.parameters}
    written = without_null(written, {"dimension", *known})
    faults, parameters = Collector(), dict[str, Any]()
    for key in written:
        if key not in known and key not in ("name", "dimension"):
            faults.add(unknown(f"parameter of {objective.name}", key, [*known, "dimension"], before=len(faults.faults)), key)
    size = DEFAULT_DIMENSION
    with faults.at("dimension"):
        size = _dimension(objective, written.get("dimension", _implied(written, known) if dimension is None else dimension), written)
    left_out = _left_out(objective, written, faults)
    for name, parameter in known.items():
        with faults.at(name):
            value = written.get(name, None if name in left_out else parameter.default)
            parameters[name] = None if value is None else _parameter(parameter, value, size)
    faults.settle()
    return Problem(objective, size, objective.facts(parameters, size), parameters)


def most_work_before(written: Any) -> float:
    """The most that resolving an objective can take, and holding a start to it, where it may be wrong."""
    if not isinstance(written, Mapping):
        return 0.0
    if "expression" in written:
        return MOST_OF_EXPRESSION
    name = written.get("name")
    return MOST_OF_MODEL if isinstance(name, str) and plainly(name) in MODEL_BY_NAME else 0.0


def _of_expression(written: Mapping[str, Any]) -> Problem:
    """The problem of a posted formula."""
    found = resolve_expression(written)
    objective, size = found.objective, len(found.formula.variables)
    facts, parameters = objective.facts({}, size), found.formula.parameters
    return Problem(objective, size, facts, parameters, expression=found.echo, resolving=found.work, looked_up=found.formula.tape.looked_up)


def _look_up(written: Mapping[str, Any]) -> Objective:
    if "name" not in written:
        raise refuse(no_name(written, {*BY_NAME, *MODEL_BY_NAME}, KNOWN if {"X", "y"}.isdisjoint(written) else tuple(MODELS)), "name")
    name = written["name"]
    if not isinstance(name, str):
        raise refuse(expected(f"a name, one of: {names(KNOWN)}", name), "name")
    if plainly(name) not in BY_NAME:
        raise refuse(_told_of_unknown(name), "name")
    return BY_NAME[plainly(name)]


def _told_of_unknown(name: str) -> str:
    """What is said of a name that no objective has: that it is a formula, or which objectives have it in their title, or come near."""
    if len(name) <= LONGEST_LOOKED_UP and any(sign in name for sign in SIGNS_OF_FORMULA):
        return f'unknown objective {name!r}; write a formula as an object: {{"expression": "{name}"}}'
    asked = name.casefold().strip()
    titled = [each.name for each in OBJECTIVES.values() if asked and asked in re.findall(r"\w+", each.title.casefold())]
    return unknown("objective", name, KNOWN, meant={name: titled[0]} if titled else None)


def _left_out(objective: Objective, written: Mapping[str, Any], faults: Collector) -> set[str]:
    """The parameters that do not hold because another one is given in their place; of two that are given the second is a fault."""
    left_out = set[str]()
    for group in objective.alternatives:
        given = [parameter.name for parameter in objective.parameters if parameter.name in group and parameter.name in written]
        left_out |= group - set(given) if given else set()
        for name in given[1:]:
            faults.add(f"expected {given[0]} or {name}, not both", name)
    return left_out


def _implied(written: Mapping[str, Any], known: Mapping[str, Parameter]) -> int | None:
    """The dimension that the length of a parameter says."""
    return next((size for name, parameter in known.items() if (size := parameter.length(written.get(name))) is not None), None)


def _dimension(objective: Objective, asked: Any, written: Mapping[str, Any]) -> int:
    """The dimension asked for, held to what the objective allows; that of a start is held to it later."""
    explicit = "dimension" in written
    if objective.dimension is not None:
        if explicit and not is_number(asked):
            raise refuse(expected("a number", asked))
        if explicit and whole(asked) != objective.dimension:
            raise refuse(f"expected {objective.dimension}: {objective.name} has only this dimension")
        return objective.dimension
    if asked is None and not explicit:
        return max(DEFAULT_DIMENSION, objective.least_dimension)
    least, most, size = objective.least_dimension, objective.most_dimension, whole(asked)
    if size is not None and not explicit:
        return min(max(size, least), most)
    if size is None or not least <= size <= most:
        wanted = f"a whole number from {least} to {most}"
        raise refuse(f"expected {wanted}" if is_number(asked) else expected(wanted, asked))
    return size


def _parameter(parameter: Parameter, value: Any, dimension: int) -> Any:
    """One parameter, its numbers as floats."""
    if parameter.is_matrix:
        return _symmetric(value, dimension)
    if parameter.per_coordinate:
        numbers = list(value) if isinstance(value, list | tuple) else [value] * dimension
        if len(numbers) != dimension:
            raise refuse(f"expected a number or a list of {dimension} numbers")
        return tuple(_number(parameter, number) for number in numbers)
    return _number(parameter, value)


def _symmetric(value: Any, dimension: int) -> tuple[tuple[float, ...], ...]:
    """A symmetric matrix; of two entries that differ by rounding, the mean."""
    wanted = f"a symmetric matrix: {dimension} lists of {dimension} numbers"
    if not isinstance(value, list | tuple):
        raise refuse(expected(wanted, value))
    matrix = read_tensor(value) if value else np.empty(0)
    if matrix.shape != (dimension, dimension):
        raise refuse(f"expected {wanted}")
    size = np.abs(matrix).max()
    if not size <= LARGEST:
        raise refuse(f"expected numbers of at most {LARGEST:g}")
    off = np.abs(matrix - matrix.T)
    if (off > SYMMETRIC * size).any():
        i, j = sorted(map(int, np.unravel_index(off.argmax(), off.shape)))
        raise refuse(f"expected a symmetric matrix: entry [{i}][{j}] is {matrix[i, j]:g}, entry [{j}][{i}] is {matrix[j, i]:g}")
    return tuple(map(tuple, (0.5 * matrix + 0.5 * matrix.T).tolist()))


def _listed(value: Any) -> Any:
    """Tuples as lists."""
    return [_listed(each) for each in value] if isinstance(value, tuple) else value


def _number(parameter: Parameter, value: Any) -> float:
    least, most = parameter.minimum, parameter.maximum
    is_sound = is_number(value) and abs(value) <= LARGEST
    low, high = least is not None and is_sound and value < least, most is not None and is_sound and value > most
    if not is_sound or low or high or (parameter.whole and value != int(value)):
        kind = "a whole number" if parameter.whole else "a number"
        span = f" from {least:g} to {most:g}" if least is not None and most is not None else ""
        raise refuse(f"expected {kind}{span}" if is_number(value) else expected(kind + span, value))
    return float(value) + 0.0  # -0.0 is 0.0, as it is for the cache


def named_start(problem: Problem, name: str) -> NDArray[np.float64]:
    """One of the objective's starts; raises Refusal, with the nearest known names where there is none of that name."""
    known = next((known for known in problem.facts.starts if known == name or plainly(known) == plainly(name)), None)
    if known is None and problem.expression is not None:
        listed = f": {', '.join(problem.facts.starts)}" if problem.facts.starts else " of its own"
        raise refuse(f"expected a point, or the name of one of the expression's starts{listed}")
    if known is None:
        usual = resolve({"name": problem.objective.name})
        if problem.model is None and plainly(name) in map(plainly, usual.facts.starts):
            raise refuse(
                f"expected a start for dimension {problem.dimension}; {name} is one of {problem.objective.name} in {usual.dimension}"
            )
        raise refuse(unknown(f"start of {problem.objective.name}", name, problem.facts.starts))
    if known not in problem.finite_starts:
        hold_to_finite(problem, np.array(problem.facts.starts[known], dtype=np.float64))
        problem.finite_starts.add(known)
    return np.array(problem.facts.starts[known], dtype=np.float64)


def hold_to_finite(problem: Problem, point: NDArray[np.float64]) -> None:
    """Raise Refusal where the objective or its gradient is not finite."""
    values, gradients = problem.evaluate(point.reshape(-1, 1))
    if not (np.isfinite(values).all() and np.isfinite(gradients).all()):
        raise refuse(f"{problem.objective.name} or its gradient is not finite there")

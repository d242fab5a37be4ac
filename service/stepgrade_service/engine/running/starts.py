"""Where runs start: a posted point, held to its objective, or one of the objective's own; one of them or several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..objectives.resolve import Problem, hold_to_finite, named_start
from ..reading.bounds import LONGEST_NAME, MOST_STARTS
from ..reading.faults import Collector, Refusal, refuse
from ..reading.tensors import Layout, Params, expected, laid_like, listed, name_faults, read_params


def settle_start(problem: Problem, start: Params | str | None) -> Params:
    """A start that the objective can be evaluated at: posted params, one of the objective's by name, or its first.

    Raises Refusal where the numbers are not as many as the objective takes, where it is not finite there, or for an unknown name.
    """
    if start is None or isinstance(start, str):
        name = first_start(problem) if start is None else start
        return Params(problem.layout, named_start(problem, name))
    if problem.layout.names is not None:
        start = Params(problem.layout, laid_like(start, problem.layout, f"the params of {problem.objective.name}"))
    elif len(start.flat) != problem.dimension:
        raise refuse(_other_number(problem, len(start.flat)))
    start = by_variables(problem, start)
    hold_to_finite(problem, start.flat)
    return start


def _other_number(problem: Problem, got: int) -> str:
    """What is said of a start of another number of numbers; who has fewer in an expression may mean a constant by one of its names."""
    numbers = f"{problem.dimension} number{'s' if problem.dimension != 1 else ''}"
    if problem.expression is None:
        return f"expected {numbers}, as many as {problem.objective.name} takes; got {got}"
    told = f"expected {numbers}, as many as the expression has variables: {listed(problem.variables)}; got {got}"
    constant = 'If one of them is a constant, give its number in parameters (in a command: behind the formula, as in "x**2 + k*y**2,k=20")'
    return f"{told}. {constant}" if got < problem.dimension else told


def by_variables(problem: Problem, start: Params) -> Params:
    """A start whose numbers have the names of the variables, in their order; raises Refusal where they have others in an expression.

    Tensors of several numbers are no variables: they are named as the caller likes, as for an objective that has no such names.
    """
    names, variables = start.layout.names, problem.variables
    if names is None or not variables or names == variables:
        return start
    if sorted(names) != sorted(variables):
        if problem.expression is not None and (not any(start.layout.shapes) or set(names) & set(variables)):
            raise Refusal(name_faults(names, variables, "variable"))
        return start
    layout = Layout(variables, ((),) * len(variables))
    return Params(layout, laid_like(start, layout, "the variables"))


def first_start(problem: Problem) -> str:
    """The name of the start that serves where none is given; raises Refusal where the objective has none."""
    name = next(iter(problem.facts.starts), None)
    if name is None:
        raise refuse(f"expected a point: {problem.objective.name} has no starts of its own")
    return name


def any_point(problem: Problem) -> Params:
    """A point in the window at which the objective is finite, the middle if it is there."""
    low, high = np.array(problem.facts.window, dtype=np.float64).T
    shares = np.array([0.5, 0.25, 0.75, 0.125, 0.375, 0.625, 0.875])
    points = low[:, None] / 2.0 + high[:, None] / 2.0 + (high / 2.0 - low / 2.0)[:, None] * (2.0 * shares - 1.0)
    values, gradients = problem.evaluate(points)
    sound = np.isfinite(values) & np.isfinite(gradients).all(axis=0)
    return Params(Layout(None, ((problem.dimension,),)), points[:, int(sound.argmax())].copy())


class Starts:
    """The starts of a request, `start` or `starts`, while they are read: params or names, by what each is called."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self.several = request.get("starts")
        self.entries: dict[str, Any] = self._entries(request)
        self.read: dict[str, Params | str | None] = {}
        self.misnamed = set[str]()

    def _entries(self, request: Mapping[str, Any]) -> dict[str, Any]:
        if isinstance(self.several, Mapping):
            return dict(self.several)
        if isinstance(self.several, list | tuple):
            return {entry if isinstance(entry, str) else f"start {number}": entry for number, entry in enumerate(self.several, start=1)}
        start = request.get("start")
        return {start if isinstance(start, str) else "start": start}

    def path(self, name: str) -> tuple[str | int, ...]:
        """Where an entry stands in the request."""
        if isinstance(self.several, Mapping):
            return ("starts", name)
        return ("start",) if self.several is None else ("starts", list(self.entries).index(name))

    def look(self, request: Mapping[str, Any], faults: Collector) -> int | None:
        """Read the posted params; returns the dimension that they tell, if any."""
        if self.several is not None and not self._well_formed(request, faults):
            self.entries = {}
        for name, entry in self.entries.items():
            if name in self.misnamed:
                continue
            if faults.is_full:
                break
            if isinstance(entry, str) or (entry is None and self.several is None):
                self.read[name] = entry
                continue
            with faults.at(*self.path(name)):
                self.read[name] = read_params(entry)
        return next((params.layout.dimension for params in self.read.values() if isinstance(params, Params)), None)

    def _well_formed(self, request: Mapping[str, Any], faults: Collector) -> bool:
        """Whether `starts` is a list or an object of some, each once."""
        if request.get("start") is not None:
            faults.add("expected either start or starts", "start")
        wanted = f"an object of named starts, or a list of starts, from 1 to {MOST_STARTS} of them"
        if not isinstance(self.several, Mapping | list | tuple):
            faults.add(expected(wanted, self.several), "starts")
            return False
        if not 1 <= len(self.several) <= MOST_STARTS:
            faults.add(f"expected {wanted}", "starts")
            return False
        if len(self.entries) < len(self.several):
            faults.add("expected each start only once", "starts")
            return False
        for name in list(self.entries):
            if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
                faults.add(f"expected a name of 1 to {LONGEST_NAME} printable characters", *self.path(name))
                self.misnamed.add(name)
        return True

    def settle(self, problem: Problem, faults: Collector, needed: bool = True) -> dict[str, Params]:
        """Hold every start to the objective; a single one that was left out is called as the objective calls it.

        If none is `needed`, any point serves for an objective that has no starts of its own.
        """
        settled = dict[str, Params]()
        if not (needed or problem.facts.starts) and list(self.read.values()) == [None]:
            return {"start": any_point(problem)}
        for name, entry in self.read.items():
            with faults.at(*self.path(name)):
                called = first_start(problem) if entry is None else name
                settled[called] = settle_start(problem, entry)
                first = next(iter(settled.values())).layout
                if settled[called].layout != first:
                    raise refuse(f"expected the layout of the other starts: {first.says()}")
        return settled

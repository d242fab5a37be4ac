"""From an expression as somebody posted it to its objective, its facts, and the echo that says everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...reading.bounds import LONGEST_EXPRESSION, few_keys
from ...reading.faults import Collector, Refusal, refuse, unknown
from ...reading.nulls import without_null
from ...reading.tensors import expected
from ..declaration import Facts, Objective
from .around import Window, read_starts, read_window, usual_window
from .formula import PostedFormula, read_formula
from .minima import Minimum, read_minima
from .search import A_SEARCH, BESIDES, MOST_WORK, find_minima, search_work

MEMBERS = ("expression", "variables", "parameters", "minima", "find_minima", "window", "starts")
OPTIONAL = MEMBERS[1:]


#: The work of reading a character of an expression.
A_CHARACTER = 200.0

#: The most work that an expression can take before anything is done with it.
MOST_OF_EXPRESSION = A_CHARACTER * LONGEST_EXPRESSION + A_SEARCH + BESIDES * MOST_WORK


@dataclass(frozen=True, eq=False)
class Resolved:
    """An expression with all that was posted beside it; `work` is that of reading it, and of the search for its minima."""

    formula: PostedFormula
    minima: list[Minimum]
    starts: dict[str, list[float]]
    window: Window | None
    work: float

    @property
    def facts(self) -> Facts:
        points = [minimum.point for minimum in self.minima]
        return Facts(
            kernel_parameters=self.formula.tape.packed,
            minima=points,
            value_at_minima=[minimum.value for minimum in self.minima],
            starts=self.starts,
            window=self.window or usual_window(len(self.formula.variables), [*self.starts.values(), *points]),
            condition_number=None,
        )

    @property
    def objective(self) -> Objective:
        return self.formula.objective(self.facts)

    @property
    def echo(self) -> dict[str, Any]:
        """What was posted, nothing hidden, with the variables; of minima also the values, and whether they were found by a search."""
        more = {
            "parameters": dict(self.formula.parameters),
            "minima": [minimum.echo for minimum in self.minima],
            "window": [list(span) for span in self.window or ()],
            "starts": self.starts,
        }
        told = {name: value for name, value in more.items() if value}
        return {"expression": self.formula.text, "variables": list(self.formula.variables), **told}


def resolve_expression(written: Mapping[str, Any]) -> Resolved:
    """Resolve `{"expression": "x**2 + kappa*y**2", "parameters": {"kappa": 20}}`; raises Refusal with every fault."""
    if many := few_keys(written):
        raise refuse(many)
    written, faults = without_null(written, OPTIONAL), Collector()
    for key in written:
        if key == "name":
            faults.add("expected either a name or an expression, not both", key)
        elif key not in MEMBERS:
            faults.add(unknown("member of an expression", key, MEMBERS, before=len(faults.faults)), key)
    find = written.get("find_minima", False)
    if not isinstance(find, bool):
        faults.add(expected("true or false", find), "find_minima")
    elif find and "minima" in written:
        faults.add("expected either find_minima or minima, not both", "find_minima")
    try:
        formula = read_formula(written)
    except Refusal as refusal:
        faults.gather(refusal.faults, refusal.more)
        faults.settle()
        raise
    return _resolved(formula, written, faults)


def _resolved(formula: PostedFormula, written: Mapping[str, Any], faults: Collector) -> Resolved:
    """With what stands beside the formula; raises Refusal with the faults there and those before."""
    size, starts, window, minima = len(formula.variables), dict[str, list[float]](), None, list[Minimum]()
    with faults.at("starts"):
        starts = read_starts(written.get("starts"), size)
    with faults.at("window"):
        window = read_window(written.get("window"), size)
    with faults.at("minima"):
        minima = read_minima(written.get("minima"), formula.tape, size)
    faults.settle()
    work = A_CHARACTER * len(formula.text)
    if written.get("find_minima"):
        work, points = work + A_SEARCH + BESIDES * search_work(formula.tape, size), list(starts.values())
        with faults.at("find_minima"):
            minima = find_minima(formula.tape, size, window or usual_window(size, points), points)
        faults.settle()
    return Resolved(formula, minima, starts, window, work)

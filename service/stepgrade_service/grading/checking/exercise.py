"""A check as asked for: references and submissions read and paired, and priced."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stepgrade.judging import PRECISIONS as PRECISIONS
from stepgrade.judging import Tolerance

from ...engine.objectives.resolve import most_work_before
from ...engine.optimizers.declaration import LARGEST
from ...engine.reading.bounds import MOST_CASES, MOST_QUANTITIES, few_keys
from ...engine.reading.cost import Advice, Limits, Price, hold
from ...engine.reading.faults import MISSING, Collector, Fault, Refusal, refuse, unknown, whole
from ...engine.reading.nulls import given, without_null
from ...engine.reading.tensors import expected, is_number
from ...engine.running.trajectory_plan import Plan
from ..candidates.runs import plan_of
from ..candidates.single_and_double import singles
from .allowance import ONE_OF_SEVERAL, a_step, a_step_of
from .case import COMPARABLE, DEFAULT_COMPARES, Case, compared_steps
from .openings import MOST_COORDINATES, MOST_GROUPS
from .shared import kept_by
from .submissions import look_at, read_submission

#: What a tolerance of a request may have.
TOLERANCE_MEMBERS = ("rtol", "atol")

#: How many candidates there are, at most; each may be tried for one step.
CANDIDATES = 5500.0

#: How many rules run to the end of each case: the right one in float64 and in float32; in an audit those mistakes that are not seen
#: on the way, or all where only the end is looked at.
CHECKED, UNSEEN, AUDITED = 2.0, 15.0, 80.0

#: The work of reading a reference and judging a submission, besides its steps; and of judging a step, in steps of a rule.
A_CASE, JUDGED = 3.5e4, 1.0

#: That of telling a candidate with its numbers, at once, and in steps of a rule.
TOLD, EXPLAINED = 3e4, 1.5

#: What is kept of each step, and of each number, in bytes.
KEPT, KEPT_BYTES = 600.0, 40.0

ADVICE = Advice(work="check fewer steps, cases or parameters in one request", at_work="reference")

EXPLAINING = replace(ADVICE, answer=ADVICE.work, at_answer="reference")

#: How much a student is told: nothing, where to look, at which part, the line itself.
LEAST_HINTS, MOST_HINTS = 0, 3


@dataclass(frozen=True)
class Exercise:
    """What is to be checked, everything read and nothing done yet."""

    cases: tuple[Case, ...]
    tolerance: Tolerance
    hints: int

    @property
    def price(self) -> Price:
        """What it costs to judge the submissions. A search for what explains them is priced part by part, from its allowance."""
        return price_of([case.plan for case in self.cases])


def read_exercise(request: Mapping[str, Any], limits: Limits | None = None, known: Iterable[Fault] = ()) -> Exercise:
    """Read `reference`, `submission`, `tolerance`, `hints` and `precision`; raises Refusal with every fault, TooCostly over a limit."""
    faults = Collector(known)
    limits = limits or Limits()
    for name in ("reference", "submission"):
        if name not in request:
            faults.add(MISSING, name)
    plans = read_references(request.get("reference"), faults, limits) if "reference" in request else []
    tolerance = read_tolerance(request.get("tolerance"), request.get("precision", Tolerance.precision), faults)
    hints = whole(request.get("hints", 1))
    if hints is None or not LEAST_HINTS <= hints <= MOST_HINTS:
        faults.add(f"expected a whole number from {LEAST_HINTS} to {MOST_HINTS}", "hints")
    cases = _paired(request, plans, faults) if "submission" in request else []
    faults.settle()
    return Exercise(tuple(cases), tolerance, hints or 0)


def read_references(value: Any, faults: Collector, limits: Limits, rules: float = CHECKED) -> list[tuple[Plan | None, Mapping[str, Any]]]:
    """The plans of one reference or of several, None where one cannot be read; and the requests themselves.

    `rules` is how many rules are to run to the end of each, for the price.
    """
    several = isinstance(value, list | tuple)
    entries: Sequence[Any] = value if several else [value]
    if not 1 <= len(entries) <= MOST_CASES:
        faults.add(f"expected a reference, or a list of them, from 1 to {MOST_CASES}", "reference")
        return []
    plans, spent = list[tuple[Plan | None, Mapping[str, Any]]](), 0.0
    for number, entry in enumerate(entries):
        if faults.is_full or spent > limits.work:
            break
        plan = None
        with faults.at("reference", *([number] if several else [])):
            plan = _plan(entry, limits)
        asked = entry if isinstance(entry, Mapping) else {}
        plans.append((plan, asked))
        spent += most_work_before(asked.get("objective")) if plan is None else work_before(plan)
    hold(limits, Price(work_of([plan for plan, _ in plans if plan is not None], rules)), ADVICE)
    return plans


def work_before(plan: Plan) -> float:
    """The work of reading the objective of a reference."""
    return plan.problem.work_before() if plan.problem is not None else 0.0


def price_of(plans: Sequence[Plan]) -> Price:
    """What it costs to run the right rule through some references, and to hold numbers against its own."""
    numbers = sum(kept_by(plan) for plan in plans)
    memory = KEPT * sum(plan.steps for plan in plans) + KEPT_BYTES * numbers
    read = A_CASE * len(plans) + sum(map(work_before, plans))
    return Price(read + JUDGED * sum(plan.steps * a_step_of(plan) for plan in plans), memory=memory)


def explaining_price(plan: Plan, candidates: int) -> Price:
    """What it costs to run so many candidates to the end of a reference, and to answer with their numbers."""
    numbers = len(compared_steps(plan)) * plan.layout.dimension
    work = candidates * (TOLD + EXPLAINED * plan.steps * a_step_of(plan))
    rows = candidates * len(compared_steps(plan)) if plan.layout.names else 0
    return price_of([plan]) + Price(work, candidates * 2.0 * numbers, KEPT_BYTES * candidates * numbers + KEPT * rows)


def work_of(plans: Sequence[Plan], rules: float = CHECKED) -> float:
    """What it costs to hold submissions against references. A search for what explains them has an allowance of its own."""
    groups = min(max((len(plan.choice.rule.distinct) for plan in plans), default=1), MOST_GROUPS)
    opened = CANDIDATES * (a_step(MOST_COORDINATES, groups) + ONE_OF_SEVERAL) if plans else 0.0
    return opened + sum(work_before(plan) + rules * plan.steps * a_step_of(plan) for plan in plans)


def read_one(request: Mapping[str, Any], faults: Collector, limits: Limits) -> tuple[Plan, Mapping[str, Any]]:
    """One reference of at least one step, of which every candidate is to be run to its end; raises Refusal, or TooCostly."""
    if "reference" not in request:
        faults.add(MISSING, "reference")
        faults.settle()
    plans = read_references(request["reference"], faults, limits)
    plan, written = plans[0] if plans else (None, {})
    if plan is not None and plan.steps == 0:
        faults.add("expected at least one step", "reference", "steps")
    faults.settle()
    assert plan is not None
    hold(limits, explaining_price(plan, singles_of(plan, written)), EXPLAINING)
    return plan, written


def singles_of(plan: Plan, written: Mapping[str, Any]) -> int:
    """How many candidates change one thing in a reference."""
    return len(tuple(singles(plan.choice, given(written.get("optimizer")))))


#: What a step's request calls what a replay of one gradient calls otherwise.
OF_A_STEP = {"start": ("params",), "gradients": ("gradient",), "values": ("value",), "hessian_diagonals": ("hessian_diagonal",)}


def _plan(entry: Any, limits: Limits) -> Plan:
    """One reference; raises Refusal, its faults told in the words of the request that it is."""
    if not isinstance(entry, Mapping):
        raise refuse(expected("a /step or /trajectory request", entry))
    missing = [name for name in ("params", "gradient") if name not in entry]
    if len(missing) == 1 and "start" not in entry and "gradients" not in entry:
        raise refuse(MISSING, missing[0])
    try:
        return plan_of(entry, limits)
    except Refusal as refusal:
        if missing:
            raise
        raise Refusal(_renamed(fault) for fault in refusal.faults) from None


def _renamed(fault: Fault) -> Fault:
    """A fault of a replay of one gradient as one of a step."""
    first, *rest = fault.path or ("",)
    rest = rest[1:] if first in ("gradients", "values", "hessian_diagonals") else rest
    detail = fault.detail.replace("as in start", "as in params").replace("the layout of start", "the layout of params")
    return replace(fault, path=(*OF_A_STEP.get(str(first), (first,)), *rest), detail=detail) if fault.path else fault


def read_tolerance(value: Any, precision: Any, faults: Collector) -> Tolerance:
    """Read `{"rtol": 1e-6, "atol": 1e-9}`; what is left out is as it is there."""
    if precision not in PRECISIONS:
        faults.add(f"expected one of {', '.join(PRECISIONS)}", "precision")
    if value is None:
        return Tolerance(precision=str(precision))
    if not isinstance(value, Mapping):
        faults.add(expected('an object such as {"rtol": 1e-6, "atol": 1e-9}', value), "tolerance")
        return Tolerance()
    if many := few_keys(value):
        faults.add(many, "tolerance")
        return Tolerance()
    numbers = dict[str, float]()
    for name, number in without_null(value, TOLERANCE_MEMBERS).items():
        if name not in TOLERANCE_MEMBERS:
            faults.add(unknown("key", str(name), TOLERANCE_MEMBERS), "tolerance", str(name))
        elif not is_number(number):
            faults.add(expected("a number", number), "tolerance", name)
        elif not 0 <= number <= LARGEST:
            faults.add("expected a number of at least 0", "tolerance", name)
        else:
            numbers[name] = float(number)
    return Tolerance(**numbers, precision=str(precision))


def read_quantities(value: Any, faults: Collector) -> tuple[str, ...]:
    """Which quantities a test compares; the params, after each step, if it does not say."""
    if value is None:
        return DEFAULT_COMPARES
    wanted = f"a list of any of {', '.join(COMPARABLE)}, from 1 to {MOST_QUANTITIES} of them"
    if not isinstance(value, list | tuple):
        faults.add(expected(wanted, value), "compares")
        return ()
    if not 1 <= len(value) <= MOST_QUANTITIES:
        faults.add(f"expected {wanted}", "compares")
        return ()
    for number, quantity in enumerate(value):
        if not isinstance(quantity, str):
            faults.add(expected(f"one of {', '.join(COMPARABLE)}", quantity), "compares", number)
        elif quantity not in COMPARABLE:
            faults.add(unknown("quantity", quantity, COMPARABLE), "compares", number)
    return tuple(str(quantity) for quantity in value)


def rules_of(compares: Collection[str]) -> float:
    """How many rules an audit runs to the end of a reference, by what the test compares."""
    return UNSEEN if "points" in compares else AUDITED


def _paired(request: Mapping[str, Any], plans: Sequence[tuple[Plan | None, Mapping[str, Any]]], faults: Collector) -> list[Case]:
    """Each submission with its reference."""
    value, several = request["submission"], isinstance(request.get("reference"), list | tuple)
    entries: Sequence[Any] = value if several and isinstance(value, list | tuple) else [value]
    if several and not plans:
        return []
    wanted = f"a list of {len(plans)} submissions, one for each reference"
    if several and not isinstance(value, list | tuple):
        faults.add(expected(wanted, value), "submission")
        return []
    if several and len(entries) != len(plans):
        faults.add(f"expected {wanted}", "submission")
        return []
    cases = []
    for number, (entry, (plan, written)) in enumerate(zip(entries, plans, strict=False)):
        if faults.is_full:
            break
        with faults.at("submission", *([number] if several else [])):
            if plan is None:  # its layout is not known, but what else is wrong is
                look_at(entry)[0].settle()
                continue
            submission = read_submission(entry, plan, compared_steps(plan))
            cases.append(Case(plan, given(written.get("optimizer")), submission))
    return cases

"""POST /probe and POST /audit: requests that tell mistakes apart, and what a teacher's own test cannot see."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from ..engine import VERSION
from ..engine.conventions.choice import Choice
from ..engine.conventions.resolve import resolve
from ..engine.reading.cost import Advice, Price, TooCostly
from ..engine.reading.faults import Collector, refuse
from ..grading.checking.allowance import Allowance, Spent
from ..grading.checking.exercise import ADVICE, AUDITED, price_of, read_quantities, read_references, read_tolerance, rules_of, work_of
from ..grading.probing.audit import Audit, audit
from ..grading.probing.probe import Probes, price_of_trials, probes_for
from . import pricing
from .answers.check_answer import AuditSchema, ProbeSchema
from .check import read_references as read_written
from .documentation import Documented
from .negotiation import JSON, answer, asked, chosen, posted
from .schemas import AuditRequest, ProbeRequest, read
from .transport import Stopwatch

blueprint = Blueprint("probe", __name__)
probe_schema, audit_schema = ProbeRequest(), AuditRequest()


FEWER_GROUPS = Advice(work="name fewer tensors in the parameter groups", at_work="optimizer")


PROBE_EXAMPLE = {"optimizer": {"name": "adam", "lr": 0.1}}


@blueprint.post("/probe")
@Documented(tag="grading", content={JSON: ProbeSchema}, request=ProbeRequest, example=PROBE_EXAMPLE)
def probe() -> Response:
    """Give requests that distinguish mistakes."""
    chosen([JSON])
    _, known = asked()
    with Stopwatch("parse"):
        request, known = read(probe_schema, posted(), known)
        faults, choice = Collector(known), None
        if "optimizer" in request:
            with faults.at("optimizer"):
                choice = resolve(request["optimizer"])
                if choice.rule.kernel.asks:
                    own = choice.optimizer.name
                    name = own if choice.asking == own else f"{own} with {choice.asking}"
                    needed = "loss" if choice.rule.kernel.needs == "value" else "objective"
                    raise refuse(f"there are no probes for {name}: a probe posts only gradients, and {name} needs the {needed}")
        faults.settle()
        assert choice is not None
        pricing.hold(price_of_trials(choice), Price(), FEWER_GROUPS)
    with Stopwatch("compute"):
        document = probes_of(choice, probes_for(choice))
    return answer(document)


def probes_of(choice: Choice, probes: Probes) -> dict[str, Any]:
    """The answer of /probe."""
    return {
        "reference": list(probes.requests),
        "gap": probes.gap,
        "same": [list(pair) for pair in probes.same],
        "catalogue": probes.catalogue,
        "optimizer": choice.echo,
        "engine": VERSION,
    }


AUDIT_EXAMPLE = {
    "reference": {"optimizer": {"name": "adam", "convention": "keras", "lr": 0.5}, "params": [1, 2, 3, 4], "gradient": [1, 6, 7, 2]},
    "tolerance": {"rtol": 1e-4, "atol": 1e-4},
    "compares": ["params"],
}


@blueprint.post("/audit", endpoint="audit")
@Documented(tag="grading", content={JSON: AuditSchema}, request=AuditRequest, example=AUDIT_EXAMPLE)
def audit_test() -> Response:
    """Say which mistakes a test catches, and which it lets through."""
    chosen([JSON])
    _, known = asked()
    with Stopwatch("parse"):
        request, known = read(audit_schema, posted(), known)
        request, known = read_written(request, known)
        faults = Collector(known)
        limits = pricing.limits()
        tolerance = read_tolerance(request.get("tolerance"), "float64", faults)
        compares = read_quantities(request.get("compares"), faults)
        rules = rules_of(compares)
        plans = [plan for plan, _ in read_references(request["reference"], faults, limits, rules)] if "reference" in request else []
        faults.settle()
        read_plans = [plan for plan in plans if plan is not None]
        pricing.hold(price_of(read_plans), Price(), ADVICE)
    with Stopwatch("compute"):
        allowance = Allowance(limits.work)
        try:
            found = audit(read_plans, tolerance, compares, allowance)
        except Spent:
            most = max(work_of(read_plans, AUDITED), limits.work + 1.0)
            raise TooCostly("units of work", most, limits.work, ADVICE.work, ADVICE.at_work) from None
        pricing.searched(allowance.spent)
        document = audit_of(read_plans[0].choice, found)
    return answer(document)


def audit_of(choice: Choice, found: Audit) -> dict[str, Any]:
    """The answer of /audit."""
    return {
        "catches": [{"code": caught.code, "title": caught.title, "kind": caught.kind} for caught in found.catches],
        "lets_through": [
            {"code": hole.candidate.code, "title": hole.candidate.title, "kind": hole.candidate.kind, "probe": hole.probe}
            for hole in found.lets_through
        ],
        "probes": list(found.probes),
        "optimizer": choice.echo,
        "engine": VERSION,
    }

"""POST /check, and how the requests within a request are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response

from ..engine import VERSION
from ..engine.reading.bounds import MOST_CASES
from ..engine.reading.cost import Price
from ..engine.reading.faults import Collector, Fault, Refusal
from ..grading.candidates.candidate import Candidate
from ..grading.candidates.notes import in_float32, side_effect
from ..grading.checking.check import CheckResult, check
from ..grading.checking.exercise import ADVICE, EXPLAINING, Exercise, explaining_price, read_exercise, read_one, singles_of
from ..grading.checking.fitting import Finding
from ..grading.checking.submissions import SIDE_EFFECTS
from ..grading.probing.probe import probe_between, work_of_trials
from . import pricing
from .answers.check_answer import CandidatesSchema, CheckSchema
from .documentation import Documented
from .explanations import document as explained
from .mathml import mathml
from .negotiation import JSON, answer, asked, chosen, posted
from .schemas import CheckRequest, StepRequest, TrajectoryRequest, read
from .transport import Stopwatch

blueprint = Blueprint("check", __name__)
schema = CheckRequest()

#: The work of writing a candidate's number, and what it takes up meanwhile, in bytes.
A_NUMBER, BYTES = 3.0, 40.0

ONE_STEP, MANY_STEPS = StepRequest(), TrajectoryRequest()


EXAMPLE = {
    "reference": {"optimizer": {"name": "adam", "lr": 0.1, "eps": 0.01}, "params": [1.0, 2.0], "gradient": [0.5, -0.02]},
    "submission": {"params": [0.9019, 2.0873]},
    "tolerance": {"rtol": 1e-3},
    "hints": 2,
}


@blueprint.post("/check", endpoint="check")
@Documented(tag="grading", content={JSON: {"anyOf": [CheckSchema, CandidatesSchema]}}, request=CheckRequest, example=EXAMPLE)
def check_submission() -> Response:
    """Compare a student's numbers with the reference, and say what explains a difference."""
    chosen([JSON])
    _, faults = asked()
    with Stopwatch("parse"):
        request, faults = read(schema, posted(), faults)
        request, faults = read_references(request, faults)
        if request.get("candidates"):
            return candidates(request, faults)
        exercise = read_exercise(request, pricing.limits(), faults)
        pricing.hold(exercise.price, Price(), ADVICE)
    with Stopwatch("compute"):
        verdict = check(exercise.cases, exercise.tolerance, pricing.limits().work)
        pricing.searched(verdict.searched)
        document = told(exercise, verdict)
        if request["include"]:
            draw(document["findings"])
    return answer(document)


def candidates(request: Mapping[str, Any], known: Sequence[Fault]) -> Response:
    """What every known formula gives in the place of one reference's numbers."""
    faults = Collector(known)
    for name in ("submission", "tolerance", "include"):
        if request.get(name, []) != []:
            faults.add(f"leave out {name}: with candidates, nothing is checked", name)
    if isinstance(request.get("reference"), list):
        faults.add("expected only one reference together with candidates", "reference")
    plan, written = read_one(request, faults, pricing.limits())
    asked = explaining_price(plan, singles_of(plan, written))
    pricing.hold(asked, Price(A_NUMBER * asked.answer, memory=BYTES * asked.answer), EXPLAINING)
    with Stopwatch("compute"):
        document = explained(plan, written)
    return answer(document)


def read_references(request: Mapping[str, Any], faults: Sequence[Fault]) -> tuple[dict[str, Any], list[Fault]]:
    """The request with its references held to their schemas, and what is wrong with them."""
    found, written = Collector(faults), request.get("reference")
    if written is None:
        return dict(request), found.faults
    several = isinstance(written, list)
    if several and not 1 <= len(written) <= MOST_CASES:  # told where they are read
        return dict(request), found.faults
    entries = []
    for number, entry in enumerate(written if several else [written]):
        if found.is_full:
            entries.append(entry)
            continue
        path = ("reference", number) if several else ("reference",)
        is_step = isinstance(entry, Mapping) and ("params" in entry or "gradient" in entry)
        try:
            valid, wrong = read(ONE_STEP if is_step else MANY_STEPS, entry)
        except Refusal as refusal:
            valid, wrong = entry, []
            if isinstance(entry, Mapping):
                wrong = list(refusal.faults)
        entries.append(valid)
        found.gather(fault.under(*path) for fault in wrong)
    return {**request, "reference": entries if several else entries[0]}, found.faults


def told(exercise: Exercise, verdict: CheckResult) -> dict[str, Any]:
    """The answer of /check."""
    choice = exercise.cases[0].plan.choice
    telling = [finding_of(finding, exercise.hints) for finding in verdict.findings]
    if len(telling) > 1 and work_of_trials(choice) <= pricing.limits().work:
        telling[0]["probe"] = probe_between(exercise.cases[0].plan, [finding.candidate for finding in verdict.findings])
    known = {finding.candidate.code for finding in verdict.findings}
    noted = [side_effect(choice, code, SIDE_EFFECTS[code]) for code in verdict.side_effects if code not in known]
    noted += [in_float32(choice)] if verdict.is_float32 else []
    return {
        "passed": verdict.passed,
        "score": verdict.score,
        "first_mismatch": None if verdict.first_mismatch is None else verdict.first_mismatch.to_dict(),
        "findings": [*telling, *(finding_of(Finding(candidate, 0.0, 0.0), exercise.hints) for candidate in noted)],
        "search": "complete" if verdict.is_searched else "cut_short",
        "optimizer": choice.echo,
        "engine": VERSION,
    }


def finding_of(finding: Finding, hints: int) -> dict[str, Any]:
    """A finding, with the hint of the asked level; the formulas come with the last."""
    candidate: Candidate = finding.candidate
    formula = {"wrong": candidate.wrong, "right": candidate.right} if hints == 3 and candidate.wrong else None
    return {
        "code": candidate.code,
        "title": candidate.title,
        "kind": candidate.kind,
        "fit": finding.fit,
        "where": candidate.where,
        "hint": candidate.hints[hints - 1] if hints else None,
        "formula": formula,
        "probe": None,
    }


def draw(findings: Sequence[dict[str, Any]]) -> None:
    """Add the formulas of findings as MathML."""
    for finding in findings:
        if formula := finding["formula"]:
            formula |= {f"{name}_mathml": mathml(written) for name, written in formula.items()}

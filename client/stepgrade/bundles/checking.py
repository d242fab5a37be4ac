"""POST /check without the service: a submission against the numbers that a bundle keeps for its references."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from stepgrade.bundles.bundle import CHECK, Bundle
from stepgrade.bundles.calls import Call
from stepgrade.bundles.numbers import Tolerance, apart, compare, is_float32, quantities
from stepgrade.bundles.references import references_of
from stepgrade.errors import InvalidArgument
from stepgrade.messages import Json

MOST_FINDINGS, MOST_HINTS = 8, 3
ROUNDING, NEARLY = 1e-9, 8.0  # what is off by less is exact; what is so many times further off than the best is not told
EXPLAINED = 0.1  # of what is off, a finding leaves no larger share unexplained
FLOAT32 = "float32"  # a note, and the precision that lets it pass


@dataclass(frozen=True)
class Fit:
    """How far a candidate is off, as a share of the tolerance, relative to the numbers, and at most; and how far from the right answer
    it is at most."""

    fit: float
    residual: float
    error: float
    deviation: float


@dataclass(frozen=True)
class BundledCase:
    """A reference as the bundle keeps it, and what was submitted to it."""

    kept: Json
    submission: Json

    @cached_property
    def is_float32(self) -> bool:
        """Whether the numbers may come from float32 arithmetic."""
        return is_float32(self.submission)

    @property
    def room(self) -> Any:
        """What float32 arithmetic may be off."""
        return self.kept["room"] if self.is_float32 else None

    @property
    def steps(self) -> list[int]:
        """The numbers of the compared steps."""
        return list(self.kept["expected"].get("recorded", [1]))

    def first_mismatch(self, number: int, tolerance: Tolerance, room: Any) -> Json | None:
        """The first number that is off, and where."""
        for quantity in quantities(self.submission, self.kept["expected"], room):
            first = compare(quantity, tolerance).first
            if first is not None:
                return {"case": number, "step": quantity.step, "quantity": quantity.name, **first}
        return None

    def score(self, mismatch: Json | None) -> float:
        """The share of the steps before a mismatch; of an end alone nothing is compared but the end."""
        steps = self.steps[-1:] if "params" in self.submission else self.steps
        return 1.0 if mismatch is None or not steps else sum(step < mismatch["step"] for step in steps) / len(steps)

    def fit(self, candidate: Json, tolerance: Tolerance) -> Fit | None:
        """How well a candidate's numbers reproduce what was submitted, whatever it counts; None at the first that does not."""
        numbers = {**candidate["numbers"], "recorded": self.steps}
        room = candidate["room"] if self.is_float32 and tolerance.precision == FLOAT32 else None
        kept = {slot: got for slot, got in (self.submission.get("state") or {}).items() if got is not None and slot != "t"}
        if not kept.keys() <= numbers["state"].keys():
            return None
        submission = {**self.submission, "state": kept}
        right = {(each.step, each.name): each.expected for each in quantities(submission, self.kept["expected"])}
        fit = residual = error = deviation = 0.0
        for quantity in quantities(submission, numbers, room):
            found = compare(quantity, tolerance)
            if found.first is not None:
                return None
            fit, residual, error = max(fit, found.fit), max(residual, found.residual), max(error, found.error)
            deviation = max(deviation, apart(quantity.expected, right[quantity.step, quantity.name]))
        return Fit(fit, residual, error, deviation)


def check(body: Json, bundle: Bundle) -> Json:
    """Answer a check as the service does, but for pairs of mistakes, wrong shapes and probes, which a bundle does not keep.

    Raises
    ------
    NotInBundle
        A reference is not in it.
    InvalidArgument
        There is not one submission for each reference.
    """
    references, tolerance, hints = references_of(body), Tolerance.read(body), int(body.get("hints", 1))
    submissions = _submissions(body, len(references))
    kept = [bundle.find(Call(CHECK, "json", {"reference": reference})).answer for reference in references]
    cases = [BundledCase(*pair) for pair in zip(kept, submissions, strict=True)]
    _hold_slots(cases)
    strict = [case.first_mismatch(number, tolerance, None) for number, case in enumerate(cases)]
    roomy = [case.first_mismatch(number, tolerance, case.room) for number, case in enumerate(cases)]
    found = roomy if tolerance.precision == FLOAT32 else strict
    first = next((mismatch for mismatch in found if mismatch is not None), None)
    scores = [case.score(mismatch) for case, mismatch in zip(cases, found, strict=True)]
    codes = [effect for case in cases for effect in case.submission.get("side_effects") or ()]
    codes += [FLOAT32 for one, other in zip(strict, roomy, strict=True) if one and not other]
    explained = [] if first is None else _explained(cases, references, first, tolerance, hints)
    return {
        "passed": first is None,
        "score": 1.0 if first is None else min(sum(scores) / len(scores), float(np.nextafter(1.0, 0.0))),
        "first_mismatch": first,
        "findings": [*explained, *(_note(cases[0], code, hints) for code in dict.fromkeys(codes))],
        "search": "complete" if first is None or explained else "cut_short",
        "optimizer": cases[0].kept["optimizer"],
        "engine": bundle.engine,
    }


def _explained(cases: Sequence[BundledCase], references: Sequence[Json], first: Json, tolerance: Tolerance, hints: int) -> list[Json]:
    """What explains the first mismatch: numbers that are missing nothing does, a count alone that it was not advanced."""
    leading = first["case"]
    if first["quantity"] == "state/t":
        kept = (references[leading].get("state") or {}).get("t", 0) == first["got"]
        return [_finding(each, 0.0, hints) for each in cases[leading].kept["candidates"] if kept and each["code"] == "t_not_advanced"]
    return [] if first["index"] is None else _explanations(cases, leading, tolerance, hints)


def _submissions(body: Json, count: int) -> list[Json]:
    given = body.get("submission")
    listed: list[Any] = given if isinstance(given, list) else [given]
    if len(listed) != count:
        raise InvalidArgument(f"/submission must hold one for each reference, {count}; it has {len(listed)}", pointer="/submission")
    for index, each in enumerate(listed):
        if not isinstance(each, Mapping) or ("params" in each) == ("points" in each):
            pointer = f"/submission/{index}" if isinstance(given, list) else "/submission"
            raise InvalidArgument(f"{pointer} must be an object with either params or points", pointer=pointer)
    return listed


def _hold_slots(cases: Sequence[BundledCase]) -> None:
    """Refuse a state with slots that the optimizer has not: that is the grader's fault, not the student's."""
    for case in cases:
        known = case.kept["expected"]["state"]
        unknown = [slot for slot in case.submission.get("state") or {} if slot not in known]
        if unknown:
            message = f"/submission/state/{unknown[0]}: unknown slot; there are {', '.join(known)}"
            raise InvalidArgument(message, pointer=f"/submission/state/{unknown[0]}")


def _explanations(cases: Sequence[BundledCase], leading: int, tolerance: Tolerance, hints: int) -> list[Json]:
    """What reproduces the numbers of every case, in the service's order; what is further off is not told beside what is near."""
    fitting = []
    for candidates in _shared(cases, leading):
        fits = [case.fit(candidate, tolerance) for case, candidate in zip(cases, candidates, strict=True)]
        known = [fit for fit in fits if fit is not None]
        if len(known) == len(cases) and max(fit.error for fit in known) <= EXPLAINED * max(fit.deviation for fit in known):
            fitting.append((max(fit.residual for fit in known), _finding(candidates[leading], max(fit.fit for fit in known), hints)))
    near = max(ROUNDING, NEARLY * min((residual for residual, _ in fitting), default=0.0))
    chosen = [finding for residual, finding in fitting if residual <= near]
    firsts: dict[str, Json] = {}
    for finding in chosen:
        firsts.setdefault(finding["code"], finding)
    return list(firsts.values())[:MOST_FINDINGS]


def _shared(cases: Sequence[BundledCase], leading: int) -> Iterator[list[Json]]:
    """The candidates that all cases have, in the order of one of them."""
    named = [_named(case.kept["candidates"]) for case in cases]
    return ([each[name] for each in named] for name in named[leading] if all(name in each for each in named))


def _named(candidates: Sequence[Json]) -> dict[tuple[str, str, int], Json]:
    """Candidates with numbers by code, title, and which it is of those that share them, as one optimizer in two conventions does."""
    seen = Counter[tuple[str, str]]()
    found = {}
    for each in candidates:
        name = each["code"], each["title"]
        if each["numbers"] is not None:
            found[*name, seen[name]] = each
            seen[name] += 1
    return found


def _finding(candidate: Json, fit: float, hints: int) -> Json:
    told = {name: candidate[name] for name in ("code", "title", "kind")}
    hint = candidate["hints"][hints - 1] if hints else None
    formula = candidate["formula"] if hints == MOST_HINTS else None
    return {**told, "fit": fit, "where": candidate["where"], "hint": hint, "formula": formula, "probe": None}


def _note(case: BundledCase, code: str, hints: int) -> Json:
    """What is told beside the numbers: a candidate without numbers."""
    plain = {"code": code, "title": code.replace("_", " "), "kind": "mistake", "where": "", "hints": [None] * MOST_HINTS, "formula": None}
    return _finding(next((each for each in case.kept["candidates"] if each["code"] == code), plain), 0.0, hints)

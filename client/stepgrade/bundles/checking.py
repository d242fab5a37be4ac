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
from stepgrade.bundles.kept import KeptLayout, KeptReference
from stepgrade.bundles.references import references_of
from stepgrade.errors import InvalidArgument
from stepgrade.judging import (
    EXPLAINED,
    FLOAT32,
    UNLIKE,
    CaseJudgement,
    Fit,
    Miscounted,
    Mismatch,
    Misshapen,
    Quantity,
    Submission,
    Tolerance,
    end_or_points,
    explain,
    fitted,
    judge,
    nearest,
    telling_at,
    together,
)
from stepgrade.messages import Json

MOST_HINTS = 3


@dataclass(frozen=True, eq=False)
class BundledCase:
    """A reference as the bundle keeps it, and what was submitted to it."""

    reference: KeptReference
    posted: Json

    @cached_property
    def submission(self) -> Submission:
        """What was submitted, flat."""
        return self.reference.read(self.posted)

    @property
    def candidates(self) -> list[Json]:
        """What may explain other numbers, and notes."""
        return list(self.reference.kept["candidates"])

    def outcome(self, number: int, tolerance: Tolerance) -> CaseJudgement:
        """The judgement on it."""
        reference = self.reference
        return judge(number, self.submission, reference.right, reference.layout, tolerance, lambda: reference.room(reference.kept["room"]))

    def fit(self, candidate: Json, tolerance: Tolerance) -> Fit | None:
        """How well a candidate's numbers reproduce what was submitted, whatever it counts; None at the first that does not."""
        return fitted(self._quantities(candidate, self.submission.is_float32 and tolerance.precision == FLOAT32), tolerance)

    def _quantities(self, candidate: Json, is_roomy: bool) -> Iterator[Quantity]:
        """What was submitted beside what a candidate gives."""
        reference, right = self.reference, self.reference.right
        given, room = reference.numbers(candidate["numbers"]), reference.room(candidate["room"] if is_roomy else None)
        for step in right.steps:
            for quantity, got in telling_at(self.submission, step, right.steps[-1]):
                expected = given.of(quantity, step)
                yield UNLIKE if expected is None else Quantity(got, expected, right.of(quantity, step), room.of(quantity, step))


def check(body: Json, bundle: Bundle) -> Json:
    """Answer a check as the service does, but for pairs of mistakes, wrong shapes and probes, which a bundle does not keep.

    Raises
    ------
    NotInBundle
        A reference is not in it.
    InvalidArgument
        There is not one submission for each reference.
    """
    body = _given(body)
    references, tolerance, hints = references_of(body), _tolerance(body), int(body.get("hints", 1))
    submissions = _submissions(body, len(references))
    kept = [bundle.find(Call(CHECK, "json", {"reference": reference})).answer for reference in references]
    cases = [BundledCase(KeptReference(*pair), posted) for *pair, posted in zip(references, kept, submissions, strict=True)]
    _hold_slots(cases)
    judged = together([case.outcome(number, tolerance) for number, case in enumerate(cases)])
    first = judged.first_mismatch
    explained = [] if first is None else _explained(cases, first, tolerance, hints)
    known = {each["code"] for each in explained}
    codes = [effect for case in cases for effect in case.submission.side_effects] + [FLOAT32] * judged.is_float32
    return {
        "passed": judged.passed,
        "score": judged.score,
        "first_mismatch": None if first is None else _told(first, cases[first.case]),
        "findings": [*explained, *(_note(cases[0], code, hints) for code in dict.fromkeys(codes) if code not in known)],
        "search": "complete" if first is None or explained else "cut_short",
        "optimizer": cases[0].reference.kept["optimizer"],
        "engine": bundle.engine,
    }


def _given(written: Json) -> Json:
    """What is not null: for an optional member null says what leaving it out says."""
    return {name: value for name, value in written.items() if value is not None}


def _tolerance(body: Json) -> Tolerance:
    """That of a check's body."""
    given, plain = _given(body.get("tolerance") or {}), Tolerance()
    rtol, atol = float(given.get("rtol", plain.rtol)), float(given.get("atol", plain.atol))
    return Tolerance(rtol, atol, str(body.get("precision", plain.precision)))


def _told(first: Mismatch, case: BundledCase) -> Json:
    """The mismatch as it stands in an answer: shapes as lists, null for what is no finite number."""
    told = first.to_dict()
    if first.index is None:
        numbers = first.got.numbers if isinstance(first.got, Misshapen) else None
        layout = case.reference.right.layouts.get(first.quantity, case.reference.layout)
        assert isinstance(layout, KeptLayout)
        got = first.got.shape if isinstance(first.got, Miscounted) else "no numbers" if numbers is None else list(numbers.shape)
        return {**told, "expected": layout.listed(), "got": got}
    if first.quantity == "state/t" and isinstance(first.got, (int, float)) and first.expected:
        told["relative_error"] = abs(first.got - first.expected) / abs(first.expected)
    return {name: None if isinstance(part, float) and not np.isfinite(part) else part for name, part in told.items()}


def _explained(cases: Sequence[BundledCase], first: Mismatch, tolerance: Tolerance, hints: int) -> list[Json]:
    """What explains the first mismatch: numbers that are missing nothing does, a count alone that it was not advanced."""
    leading = cases[first.case]
    if first.quantity == "state/t":
        kept = leading.reference.taken == first.got
        return [_finding(each, 0.0, hints) for each in leading.candidates if kept and each["code"] == "t_not_advanced"]
    return [] if first.index is None else _explanations(cases, first.case, tolerance, hints)


def _submissions(body: Json, count: int) -> list[Json]:
    given = body.get("submission")
    listed: list[Any] = given if isinstance(given, list) else [given]
    if len(listed) != count:
        raise InvalidArgument(f"/submission must have one entry per reference ({count}). It has {len(listed)}.", pointer="/submission")
    for index, each in enumerate(listed):
        if not isinstance(each, Mapping) or end_or_points(each) is None:
            pointer = f"/submission/{index}" if isinstance(given, list) else "/submission"
            raise InvalidArgument(f"{pointer} must be an object with params or points, not with both.", pointer=pointer)
    return listed


def _hold_slots(cases: Sequence[BundledCase]) -> None:
    """Refuse a state with slots that the optimizer has not: that is the grader's fault, not the student's."""
    for case in cases:
        known = case.reference.kept["expected"]["state"]
        unknown = [slot for slot in case.posted.get("state") or {} if slot not in known]
        if unknown:
            message = f"/submission/state/{unknown[0]}: unknown slot. The slots are {', '.join(known)}."
            raise InvalidArgument(message, pointer=f"/submission/state/{unknown[0]}")


def _explanations(cases: Sequence[BundledCase], leading: int, tolerance: Tolerance, hints: int) -> list[Json]:
    """What reproduces the numbers of every case, in the service's order; what is further off is left out beside what is near."""
    found = list[tuple[Json, Fit]]()
    for candidates in _shared(cases, leading):
        whole = explain([case.fit(candidate, tolerance) for case, candidate in zip(cases, candidates, strict=True)], EXPLAINED)
        if whole is not None:
            found.append((candidates[leading], whole))
    told = nearest(found, lambda each: each[1].residual, lambda each: str(each[0]["code"]))
    return [_finding(candidate, whole.share, hints) for candidate, whole in told]


def _shared(cases: Sequence[BundledCase], leading: int) -> Iterator[list[Json]]:
    """The candidates that all cases have, in the order of one of them."""
    named = [_named(case.candidates) for case in cases]
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
    """A note beside the numbers: a candidate without numbers."""
    plain = {"code": code, "title": code.replace("_", " "), "kind": "mistake", "where": "", "hints": [None] * MOST_HINTS, "formula": None}
    return _finding(next((each for each in case.candidates if each["code"] == code), plain), 0.0, hints)

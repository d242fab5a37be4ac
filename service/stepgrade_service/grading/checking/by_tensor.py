"""Where some tensors are right and others are not: the wrong ones looked at by themselves.

Students write every formula once for W and once for b, and one of the two may be wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from stepgrade.judging import EXPLAINED, Room, Tolerance, agree, nearest, telling_at

from ..candidates.of_tensors import about, tensor_mistakes, together
from .allowance import Allowance
from .case import Case
from .fitting import Finding, Fitting, coordinates
from .openings import possible
from .precision import float32_room

#: Of more tensors that are wrong, none is looked at by itself.
MOST_TENSORS = 12


@dataclass(frozen=True)
class TensorVerdicts:
    """The names of the tensors of all cases: those that are wrong in some case, and those that are right in all."""

    wrong: tuple[str, ...]
    right: tuple[str, ...]


def by_tensor(cases: Sequence[Case], tolerance: Tolerance, allowance: Allowance) -> list[Finding]:
    """What explains the tensors that are wrong, where no single change explains all numbers.

    The gradients of a run on an objective depend on all the params, so that only replays can be looked at in parts.
    """
    if any(case.plan.layout.names is None or case.plan.gradients is None for case in cases):
        return []
    tensors = tensors_of(cases, tolerance)
    if not tensors.wrong:
        return []
    if tensors.right:
        found = list(_explaining(cases, tolerance, allowance, tensors.wrong))
        if found:
            wrong = _beside_right_ones(cases, tensors)
            return [replace(each, candidate=about(each.candidate, _once(wrong), _once(tensors.right))) for each in found]
    return _each_alone(cases, tolerance, allowance, tensors)


def _each_alone(cases: Sequence[Case], tolerance: Tolerance, allowance: Allowance, tensors: TensorVerdicts) -> list[Finding]:
    """One explanation for each wrong tensor, those of one code together; nothing unless all are explained."""
    if not 1 < len(tensors.wrong) <= MOST_TENSORS:
        return []
    of_code = dict[str, tuple[Finding, list[str]]]()
    for name in tensors.wrong:
        first = next(iter(_explaining(cases, tolerance, allowance, (name,))), None)
        if first is None:
            return []
        of_code.setdefault(first.candidate.code, (first, []))[1].append(name)
    found = [finding for finding, _ in of_code.values()]
    told = [about(finding.candidate, _once(names), ()) for finding, names in of_code.values()]
    told[-1] = about(found[-1].candidate, _once(next(reversed(of_code.values()))[1]), _once(tensors.right))
    return [Finding(together(told), max(each.fit for each in found), max(each.residual for each in found))]


def _explaining(cases: Sequence[Case], tolerance: Tolerance, allowance: Allowance, names: Sequence[str]) -> list[Finding]:
    """The single changes that explain these tensors, and what one gets wrong about a whole tensor; the simplest first."""
    wanted = frozenset(names)
    having = [case for case in cases if wanted.intersection(case.plan.layout.names or ())]
    # What differs at once rules out most candidates at the first step.
    having.sort(key=lambda case: not _is_wrong(case, tolerance, wanted))
    leading, fitting = having[0], Fitting(having, tolerance, allowance, wanted)
    where = coordinates(leading.plan.layout, wanted)
    found = list(fitting.findings(tensor_mistakes(leading.plan.choice), EXPLAINED))
    # Twice the step is also the step at twice the rate: nobody gives one tensor another rate.
    found = found or list(fitting.findings(possible(leading, tolerance, "singles", allowance, where), EXPLAINED))
    return nearest(found, lambda each: each.residual, lambda each: each.candidate.code)


def tensors_of(cases: Sequence[Case], tolerance: Tolerance) -> TensorVerdicts:
    """Which tensors are wrong."""
    wrong = dict.fromkeys(chain.from_iterable(_wrong(case, tolerance) for case in cases))
    names = dict.fromkeys(chain.from_iterable(case.plan.layout.names or () for case in cases))
    return TensorVerdicts(tuple(wrong), tuple(name for name in names if name not in wrong))


def _beside_right_ones(cases: Sequence[Case], tensors: TensorVerdicts) -> list[str]:
    """The wrong tensors of the references in which others are right: there is what the one has that the other has not."""
    layouts = [set(case.plan.layout.names or ()) for case in cases]
    beside = set[str]().union(*(names for names in layouts if not names.isdisjoint(tensors.right)))
    return [name for name in tensors.wrong if name in beside]


def _once(names: Sequence[str]) -> list[str]:
    """Names to be told: some references call the tensors of the only layer W and b, and others W1 and b1."""
    return [name for name in names if f"{name}1" not in names]


def _is_wrong(case: Case, tolerance: Tolerance, names: frozenset[str]) -> bool:
    return not names.isdisjoint(_wrong(case, tolerance))


def _wrong(case: Case, tolerance: Tolerance) -> Iterator[str]:
    """The tensors of a case that have a number that is off, in what is laid out like the params."""
    layout, right, last = case.plan.layout, case.right_numbers, case.plan.steps
    room = float32_room(case, right) if case.is_roomy(tolerance) else Room()
    off = np.zeros(layout.dimension, dtype=bool)
    for step in right.steps:
        for quantity, got in telling_at(case.submission, step, last):
            expected = right.of(quantity, step)
            if expected is not None and isinstance(got, np.ndarray) and got.shape == off.shape == expected.shape:
                off |= ~agree(got, expected, tolerance.around(expected) + room.of(quantity, step))
    bounds = zip(layout.names or (), layout.bounds[:-1], layout.bounds[1:], strict=True)
    yield from (name for name, first, end in bounds if off[first:end].any())

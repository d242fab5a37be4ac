"""Where some tensors are right and others are not: the wrong ones looked at by themselves.

Students write every formula once for W and once for b, and one of the two may be wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from stepgrade.judging import EXPLAINED, Room, Tolerance, agree, nearest, telling_at

from ..candidates.candidate import Candidate
from ..candidates.of_tensors import about, tensor_mistakes, together
from ..candidates.runs import layers_of
from .allowance import Allowance, a_step_of
from .case import Case
from .fitting import Finding, Fitting, coordinates
from .openings import possible
from .precision import float32_room

#: What the tensors of the last layer are called together.
LAST_LAYER = "the last layer"

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
            named = [(each, _to_tell(cases, tolerance, allowance, [each.candidate])) for each in found]
            return [replace(each, candidate=about(each.candidate, names.wrong, names.right)) for each, names in named]
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
    called, right = _called(cases), _to_tell(cases, tolerance, allowance, [each.candidate for each in found]).right
    named = [(finding.candidate, tuple(dict.fromkeys(called[name] for name in names))) for finding, names in of_code.values()]
    told = [about(candidate, names, right if candidate is found[-1].candidate else ()) for candidate, names in named]
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


def _to_tell(cases: Sequence[Case], tolerance: Tolerance, allowance: Allowance, candidates: Sequence[Candidate]) -> TensorVerdicts:
    """The tensors to be told: right is one in which each of the mistakes would show, and does not.

    Where references contradict each other, the last tensor of one being the first of another, names say nothing: the last layer is told
    as such, and else those of one that has both.
    """
    called, of_case = _called(cases), list[tuple[list[str], list[str]]]()
    for case in cases:
        wrong = set(_wrong(case, tolerance))
        seen = set.intersection(*(set(_showing(case, tolerance, allowance, each)) for each in candidates))
        names = case.plan.layout.names or ()
        of_case.append(([called[each] for each in names if each in wrong], [called[each] for each in names if each in seen - wrong]))
    wrongs, rights = (dict.fromkeys(chain.from_iterable(told)) for told in zip(*of_case, strict=True))
    if wrongs.keys() & rights.keys():
        if all(_is_last_layer(case, _wrong(case, tolerance)) for case in cases):
            return TensorVerdicts((LAST_LAYER,), ())
        told, right = next((told for told in of_case if all(told)), of_case[0])
        return TensorVerdicts(tuple(dict.fromkeys(told)), tuple(name for name in dict.fromkeys(right) if name not in wrongs))
    return TensorVerdicts(tuple(wrongs), tuple(rights))


def _is_last_layer(case: Case, wrong: Iterable[str]) -> bool:
    """Whether these are the tensors of the last layer."""
    layers = layers_of(case.plan.layout)
    names = np.array(case.plan.layout.names or ())
    return set(wrong) == set(names[layers == layers.max()].tolist())


def _called(cases: Sequence[Case]) -> dict[str, str]:
    """What each tensor is called: some references call the tensors of the only layer W and b, and others W1 and b1."""
    names = dict.fromkeys(chain.from_iterable(case.plan.layout.names or () for case in cases))
    return {name: f"{name}1" if f"{name}1" in names else name for name in names}


def _showing(case: Case, tolerance: Tolerance, allowance: Allowance, candidate: Candidate) -> Iterator[str]:
    """The tensors of a case in which a candidate differs from what is right, by more than a check allows."""
    if not candidate.fits(case.plan.layout):
        return
    allowance.take(case.plan.steps * a_step_of(case.plan))
    rows = zip(candidate.run(case.course), case.right_rows, strict=True)
    off = np.array([~agree(x, right, tolerance.around(right)) for (x, _), (right, _) in rows])
    yield from _tensors_in(case, np.asarray(off.any(axis=0)))


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
    yield from _tensors_in(case, off)


def _tensors_in(case: Case, off: NDArray[np.bool_]) -> Iterator[str]:
    """The tensors that have a coordinate in (dimension,)."""
    layout = case.plan.layout
    bounds = zip(layout.names or (), layout.bounds[:-1], layout.bounds[1:], strict=True)
    yield from (name for name, first, end in bounds if off[first:end].any())

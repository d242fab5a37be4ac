"""A single point, as most send it: what gives it is measured at once, from the openings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from stepgrade.judging import EXPLAINED, Fit, Tolerance, explain, fits_of_rows

from .allowance import Allowance, a_step, a_step_of
from .case import Case
from .fitting import COMPARED, Finding
from .openings import Opening, opened


def is_one_point(case: Case, tolerance: Tolerance) -> bool:
    """Whether the point after a single step was submitted, and nothing else that could tell which formula was used."""
    got, submission = case.submission.points.get(1), case.submission
    is_alone = isinstance(got, np.ndarray) and submission.update is None and not submission.state
    return is_alone and case.plan.steps == 1 and not case.is_roomy(tolerance)


def giving_the_point(case: Case, tolerance: Tolerance, allowance: Allowance) -> Iterator[Finding] | None:
    """The single changes that give the only point of the only case, as `Fitting` finds them; None where they have to be run for that."""
    known = opened(case, "singles", allowance) if is_one_point(case, tolerance) else None
    if known is None:
        return None
    got = case.submission.points[1]
    assert isinstance(got, np.ndarray)
    return _findings(case, known, fits_of_rows(got, known.points, case.right_numbers.points[1], tolerance), allowance)


def _findings(case: Case, known: Opening, fits: Mapping[int, Fit], allowance: Allowance) -> Iterator[Finding]:
    """Those of the candidates that explain the point, each at the price of a run."""
    layout, a_run = case.plan.layout, a_step_of(case.plan)
    for number, fit in fits.items():
        candidate = known.makers[number]()
        if not candidate.fits(layout):
            continue
        allowance.take(a_run)
        allowance.take(COMPARED * a_step(layout.dimension))
        whole = explain([fit], EXPLAINED)
        if whole is not None:
            yield Finding(candidate, whole.share, whole.residual)

"""What is looked at again after a run: what settles a run in a limit cycle, and what a run has stopped at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..running.endings import Endings
from ..schedules import Schedule
from ..schedules.resolve import resolve as resolve_schedule
from .contest import Contender, Contest, results_of
from .sentences import MINIMUM, PLATEAU, SADDLE, UNKNOWN
from .verdict import Cure

Array = NDArray[np.float64]

#: The smaller rate that is tried, as a share of the rate.
SMALLER = 0.1

#: Of more parameters than these no Hessian is made.
MOST_PARAMETERS = 50

#: The step of the central differences, as a share of a coordinate's size.
DIFFERENCE = 1e-5

#: A curvature below this share of the largest decides nothing; below this share of the largest at the start, all are flat.
FLAT, FLAT_BESIDE_START = 1e-6, 1e-3


def cures_of(contest: Contest, contenders: Sequence[Contender], start: int) -> tuple[Cure, ...]:
    """What contenders in limit cycles do from one start at a tenth of the rate, and with a cosine schedule where there is none."""
    found = []
    for contender in contenders:
        smaller = contender.with_rates(contender.rates * SMALLER)
        decaying = None if contest.schedule.on else _settles(replace(contest, schedule=_cosine(contest.steps)), contender, start)
        found.append(Cure(contender.label, _settles(contest, smaller, start), decaying))
    return tuple(found)


def _cosine(steps: int) -> Schedule:
    return resolve_schedule({"name": "cosine", "decay_steps": max(steps, 1)})


def _settles(contest: Contest, contender: Contender, start: int) -> int | None:
    """The settling step from one start; None where it does not settle."""
    one = replace(contest, starts=contest.starts[:, [start]].copy())
    rates = contender.rates[:, [start]]
    if not contest.taken(contender, rates).all():
        return None
    alone = replace(contender, rates=rates)
    if contender.length_of is not None:
        alone = replace(alone, length_of=replace(contender.length_of, rates=contender.length_of.rates[:, [start]]))
    step = results_of(one, one.run(alone, looks=True)).settling_step[0, 0]
    return None if np.isnan(step) else int(step)


def stopped_at(contest: Contest, ended: Endings, start: int) -> str | None:
    """What the first seed's run has stopped at that is no known minimum, by its Hessian; None where it has not stopped."""
    if not ended.is_stationary[start, 0]:
        return None
    point = ended.point[start, 0] if contest.turn is None else contest.turn.back(ended.point[start, 0].reshape(-1, 1))[:, 0]
    if len(point) > MOST_PARAMETERS:
        return UNKNOWN
    curvatures, at_start = (_curvatures(contest, where) for where in (point, contest.starts[:, start]))
    if curvatures is None:
        return UNKNOWN
    largest = abs(curvatures).max()
    if at_start is not None and largest <= FLAT_BESIDE_START * abs(at_start).max():
        return PLATEAU
    if curvatures.min() < -FLAT * largest:
        return SADDLE
    return MINIMUM if curvatures.min() > FLAT * largest else UNKNOWN


def _curvatures(contest: Contest, point: Array) -> Array | None:
    """The eigenvalues of the Hessian, by central differences of the gradient; None where they are not finite."""
    steps = DIFFERENCE * np.maximum(1.0, abs(point))
    around = np.concatenate([point[:, np.newaxis] + np.diag(steps), point[:, np.newaxis] - np.diag(steps)], axis=1)
    _, gradients = contest.problem.evaluate(np.ascontiguousarray(around))
    ahead, behind = np.split(gradients, 2, axis=1)
    hessian = (ahead - behind) / (2.0 * steps)
    if not np.isfinite(hessian).all():
        return None
    return np.asarray(np.linalg.eigvalsh((hessian + hessian.T) / 2.0))

"""Whether a run never touched the target because its steps are too short for their number: told only where that is sure."""

from __future__ import annotations

import numpy as np

from ..loop.advance import DIVERGED
from ..loop.measures import LENGTH, TO_DISTANCE
from .contest import Contest
from .recordings import Ran

#: Such a run moves in nearly a straight line, this share of its way at least, and its last step is at least this share of the mean one.
#: What winds, or has slowed down, may be held by something else: a valley, a plateau, another minimum.
STRAIGHT, AT_SPEED = 0.9, 0.5


def is_too_short(contest: Contest, ran: Ran, start: int) -> bool:
    """Whether the way of a run without noise, laid out straight, would not reach from this start to the target."""
    run, ended, target = start * len(contest.seeds), ran.results, contest.target
    never = np.isnan(ended.steps_to_target[start, 0]) and ran.simulation.reason[run] != DIVERGED
    if not never or contest.is_noisy or target.numbers[0] != TO_DISTANCE or contest.steps == 0:
        return False
    number = int(ended.minimum[start, 0])
    way = float(ran.simulation.watched.sums[number, LENGTH, run])
    begun = contest.starts[:, start] if contest.turn is None else contest.turn.forth(contest.starts[:, [start]])[:, 0]
    distance, come = np.linalg.norm(contest.minima[number] - begun), np.linalg.norm(ran.simulation.points[:, run] - begun)
    last = np.linalg.norm(ran.simulation.last_update[:, run])
    return bool(way < (1.0 - target.numbers[1]) * distance and come >= STRAIGHT * way and last >= AT_SPEED * way / contest.steps)

"""Runs of a comparison with what is recorded of them on the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..loop.advance import DIVERGED
from ..running.batch import Recording, Simulation, only
from ..running.endings import Endings
from ..running.recorded import Recorded, Rows, recorded_in, recording_of
from .contest import Contender, Contest, results_of


@dataclass(frozen=True)
class Included:
    """What is recorded of every run: which quantities, and every how many steps; nothing where there are no quantities."""

    include: tuple[str, ...] = ()
    every: int = 1

    @cached_property
    def recording(self) -> Recording:
        """The same, as a batch has it."""
        return recording_of(self.include, self.every) if self.include else Recording()

    @property
    def needs_last_step(self) -> bool:
        """Whether the end of a run that diverged has to be known beyond its point and its value."""
        return bool(set(self.include) - {"points", "values"})


@dataclass(frozen=True)
class Ran:
    """What a contender did from every start, and what was recorded from each of them; nothing where nothing is included."""

    simulation: Simulation
    results: Endings
    recorded: tuple[Recorded, ...] = ()


def ran(contest: Contest, contender: Contender, kept: Included) -> Ran:
    """Run a contender from every start. With noise the run of the first seed is recorded."""
    at_once = len(contest.seeds) == 1
    simulation = contest.run(contender, watched=True, looks=True, recording=kept.recording if at_once else Recording())
    results = results_of(contest, simulation)
    if not kept.include:
        return Ran(simulation, results)
    first = contest if at_once else replace(contest, seeds=contest.seeds[:1])
    recorded = simulation if at_once else first.run(contender, watched=True, looks=True, recording=kept.recording)
    starts = range(contest.starts.shape[1])
    return Ran(simulation, results, tuple(_recorded(first, contender, kept, recorded, results, start) for start in starts))


def _recorded(contest: Contest, contender: Contender, kept: Included, simulation: Simulation, results: Endings, start: int) -> Recorded:
    """What was recorded from one start, up to the last finite point."""
    one, steps = only(simulation, start), int(simulation.ended[start])
    if simulation.reason[start] == DIVERGED:
        steps = max(steps - 1, 0)
        if kept.needs_last_step and steps % kept.every:
            which, more = np.array([start]), {"steps": steps, "watched": True, "looks": True, "recording": kept.recording}
            one = contest.trial(contender, contender.rates[:, which], which, **more)
    return recorded_in(Rows(one, kept.every, steps, contest.minima, int(results.minimum[start, 0])), kept.include)

"""Grafting: every step has the length of one optimizer's and the direction of another's.

Both advance their own state on the same gradients at the shared point (Agarwal, Anil, Hazan, Koren & Zhang 2020,
arXiv:2002.11803, "M#D").
"""

from __future__ import annotations

import numpy as np

from .arithmetic import norms
from .compiled import compiled
from .optimizers import Rule
from .rotation import Turn
from .simulation import Array, Batch, Simulation
from .stepwise import Proposal, simulate_stepwise

#: What keeps the direction of a step of length 0 from being 0/0; the paper's own.
EPS = 1e-16


@compiled
def graft(magnitude, direction, lengths, direction_lengths, step):  # type: ignore[no-untyped-def]
    """step = |magnitude| direction / (|direction| + eps), run by run: all (dimension, runs), the lengths (runs,)."""
    norms(magnitude, lengths)
    norms(direction, direction_lengths)
    for i in range(step.shape[0]):
        for r in range(step.shape[1]):
            step[i, r] = lengths[r] * (direction[i, r] / (direction_lengths[r] + EPS))


def simulate_grafted(batch: Batch, direction: Rule, direction_rates: Array, turn: Turn | None = None) -> Simulation:
    """Run a batch whose steps are as long as its own rule's and point where `direction` would go.

    direction_rates: laid out like the batch's rates. The global norm is taken, over all tensors.
    """
    lengths, direction_lengths = np.empty((2, batch.starts.shape[1]))
    own, other = Proposal(batch.rule, batch.rates, batch), Proposal(direction, direction_rates, batch)
    return simulate_stepwise(batch, (own, other), lambda step: graft(own.step, other.step, lengths, direction_lengths, step), turn)

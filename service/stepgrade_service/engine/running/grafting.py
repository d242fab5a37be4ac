"""Grafting: every step has the length of one optimizer's and the direction of another's.

Both advance their own state on the same gradients at the shared point (Agarwal, Anil, Hazan, Koren & Zhang 2020,
arXiv:2002.11803, "M#D").
"""

from __future__ import annotations

import numpy as np

from ..loop.grafted import graft
from ..optimizers import Rule
from .batch import Array, Batch, Simulation
from .stepwise import Proposal, simulate_stepwise


def simulate_grafted(batch: Batch, direction: Rule, direction_rates: Array) -> Simulation:
    """Run a batch whose steps are as long as its own rule's and point where `direction` would go.

    direction_rates: laid out like the batch's rates. The global norm is taken, over all tensors.
    """
    lengths, direction_lengths = np.empty((2, batch.starts.shape[1]))
    own, other = Proposal(batch.rule, batch.rates, batch), Proposal(direction, direction_rates, batch)
    return simulate_stepwise(batch, (own, other), lambda step: graft(own.step, other.step, lengths, direction_lengths, step))

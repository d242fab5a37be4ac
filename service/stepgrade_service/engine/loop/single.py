"""One step by itself: what the loop does around an update, for one step of one run."""

from __future__ import annotations

import numpy as np

from ..compiled.arithmetic import finite, norm, quotient_or_zero
from ..compiled.jit import compiled


@compiled
def settle(params, gradient, update, memory, after, effective):  # type: ignore[no-untyped-def]
    """Take the step, (dimension, 1), and measure it: after = params + update, effective = -update / gradient.

    Returns whether all is finite, the norms of gradient and update, and the cosine of the step with the negative gradient,
    nan where it is undefined.
    """
    sound = True
    for k in range(memory.shape[0]):
        for i in range(memory.shape[1]):
            sound &= finite(memory[k, i])
    gradient_norm, update_norm, cosine = norm(gradient, 0), norm(update, 0), 0.0
    for i in range(params.shape[0]):
        after[i, 0] = params[i, 0] + update[i, 0]
        sound &= finite(after[i, 0])
        effective[i, 0] = np.nan if gradient[i, 0] == 0.0 else -update[i, 0] / gradient[i, 0]
        cosine -= quotient_or_zero(update[i, 0], update_norm) * quotient_or_zero(gradient[i, 0], gradient_norm)
    undefined = gradient_norm == 0.0 or update_norm == 0.0
    return sound, gradient_norm, update_norm, np.nan if undefined else min(1.0, max(-1.0, cosine))

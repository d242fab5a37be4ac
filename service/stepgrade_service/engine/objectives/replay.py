"""The objective of a replay: none, its gradients are given."""

from __future__ import annotations

from ..compiled.jit import compiled
from .declaration import objective_kernel


@compiled
def only_given(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """The objective of a replay: nothing. -0.0 is the number that changes no other when it is added."""
    values[:] = 0.0
    gradients[:] = -0.0


REPLAY = objective_kernel(only_given)

"""All solutions, family by family."""

from __future__ import annotations

from tests.students.public import by_layers, loops, objects, with_config, with_state

SOLUTIONS = [*by_layers.SOLUTIONS, *with_config.SOLUTIONS, *with_state.SOLUTIONS, *objects.SOLUTIONS, *loops.SOLUTIONS]

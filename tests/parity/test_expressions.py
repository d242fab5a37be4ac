"""Generated expressions equal what torch's autograd makes of them (`make_expressions.py`)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from fuzz.expressions import valid
from fuzz.formulas import SEED, differs, outcome

GOLDENS = np.load(Path(__file__).parent / "goldens" / "expressions.npz")


def test_values_and_gradients_equal_those_of_torch():
    found, moved, told = GOLDENS["found"], GOLDENS["moved"], Counter[str]()
    for number in range(len(found)):
        case = valid(SEED, number)
        value, gradient, why = outcome(case)
        told[why] += 1
        if not why:
            assert not differs(case, value, gradient, found[number], moved[number]), case
    assert told[""] > 0.7 * len(found)
    assert set(told) == {"", "a constant part is not finite", "no variable is left"}

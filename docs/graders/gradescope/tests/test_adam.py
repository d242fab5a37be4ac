"""The exercise: adam(w, dw, config) in optim.py takes one Adam step, and returns the new w and config."""

import unittest
from collections.abc import Callable

from gradescope_utils.autograder_utils.decorators import partial_credit

from stepgrade import CheckResult, Client, check_function
from stepgrade.reports import graded

CLIENT = Client("https://stepgrade.example.edu")
POINTS = 10


def check_adam() -> CheckResult:
    from optim import adam  # here, so that a file that cannot be imported fails the test, and not the autograder

    return check_function(adam, "adam", client=CLIENT, time_limit=10)


class TestAdam(unittest.TestCase):
    @partial_credit(POINTS)
    def test_adam(self, set_score: Callable[[float], None]) -> None:
        """adam: one step, and the steps after it"""
        result = graded("adam", check_adam, points=POINTS)
        set_score(result.awarded)
        if not result.passed:
            self.fail(result.message)
        print(result.message)

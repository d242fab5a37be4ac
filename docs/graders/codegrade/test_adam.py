"""A "Run pytest" step of AutoTest runs it; CodeGrade's own pytest plugin reports the result."""

import pytest

from stepgrade import CheckResult, Client, check_function
from stepgrade.reports import graded

CLIENT = Client("https://stepgrade.example.edu")


def check_adam() -> CheckResult:
    from optim import adam

    return check_function(adam, "adam", client=CLIENT, time_limit=10)


def test_adam() -> None:
    result = graded("adam", check_adam)
    if not result.passed:
        pytest.fail(result.message, pytrace=False)
    print(result.message)

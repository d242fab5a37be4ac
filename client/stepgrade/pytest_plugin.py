"""Fixtures for pytest. Load them with `-p stepgrade.pytest_plugin`, or `pytest_plugins = ["stepgrade.pytest_plugin"]` in conftest.py.

`stepgrade` is a client with the settings of the environment. `check_step`, `check_trajectory` and `check_function` fail a test, with the
diagnosis in the first line. If the service cannot be reached, the test is skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from stepgrade.client import Client
from stepgrade.errors import ServiceOverloaded, ServiceUnreachable, TooManyRequests
from stepgrade.grading import CheckResult
from stepgrade.grading.defaults import default_client
from stepgrade.reports.result import NOT_GRADED

Check = Callable[..., CheckResult]


@pytest.fixture(scope="session")
def stepgrade() -> Client:
    """The client. Override it in conftest.py to use a bundle, or the service in this process."""
    return default_client()


@pytest.fixture
def check_step(stepgrade: Client) -> Check:
    """Like `Client.compare_step`. The test fails if the numbers differ from the reference."""
    return _failing(stepgrade.compare_step)


@pytest.fixture
def check_trajectory(stepgrade: Client) -> Check:
    """Like `Client.compare_trajectory`. The test fails if the numbers differ from the reference."""
    return _failing(stepgrade.compare_trajectory)


@pytest.fixture
def check_function(stepgrade: Client) -> Check:
    """Like `Client.check_function`. The test fails if the numbers differ from the reference."""
    return _failing(stepgrade.check_function)


def _failing(compare: Check) -> Check:
    def check(*arguments: Any, **named: Any) -> CheckResult:
        __tracebackhide__ = True
        try:
            verdict = compare(*arguments, **named)
        except (ServiceUnreachable, ServiceOverloaded, TooManyRequests):
            _skip()
        if not verdict.passed:
            pytest.fail(verdict.message, pytrace=False)
        return verdict

    return check


def _skip() -> NoReturn:
    __tracebackhide__ = True
    pytest.skip(NOT_GRADED)

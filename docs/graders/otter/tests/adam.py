"""The exercise: adam(w, dw, config) takes one Adam step, and returns the new w and config."""

from collections.abc import Callable

from otter.test_files import test_case

from stepgrade import Client, check_function
from stepgrade.reports import graded

OK_FORMAT = False

name = "adam"

CLIENT = Client("https://stepgrade.example.edu")


@test_case(points=10)
def test_one_step_and_those_after_it(adam: Callable[..., object]) -> None:
    result = graded("adam", lambda: check_function(adam, "adam", client=CLIENT, time_limit=10))
    assert result.passed, result.message


@test_case(points=0, hidden=True)
def test_the_reference_could_be_asked() -> None:
    CLIENT.probe("adam")

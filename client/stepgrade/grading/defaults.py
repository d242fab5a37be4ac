"""The graders' methods as functions, with a client that has the settings of the environment."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache, wraps
from inspect import Parameter, getdoc, signature
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast, overload

from stepgrade.client import Client
from stepgrade.grading.grader import Grader

HEAD = "Parameters\n----------\n"
CLIENT = """client : Client, optional
    The client that asks. Default: a client with the settings of the environment.
"""

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)


def default_client() -> Client:
    """The client with the settings of the environment. A new one is made when a variable changes.

    Raises
    ------
    ConfigurationError
        A variable is wrong.
    """
    return _made(tuple(sorted(each for each in os.environ.items() if each[0].startswith("STEPGRADE"))))


@lru_cache(maxsize=1)
def _made(_: tuple[tuple[str, str], ...]) -> Client:
    return Client()


class WithoutClient(Protocol[P, R_co]):
    """A method as a function: its own arguments, or these and `client=`."""

    @overload
    def __call__(self, *arguments: P.args, **named: P.kwargs) -> R_co: ...

    @overload
    def __call__(self, *arguments: Any, client: Grader | None, **named: Any) -> R_co: ...


def _asked(method: Callable[Concatenate[Any, P], R_co]) -> WithoutClient[P, R_co]:
    """The method as a function. `client=` replaces the default client, and help() has it with the other arguments."""

    @wraps(method)
    def function(*arguments: Any, client: Grader | None = None, **named: Any) -> Any:
        return method(client if client is not None else default_client(), *arguments, **named)

    _, *own = signature(method).parameters.values()
    client = Parameter("client", Parameter.KEYWORD_ONLY, default=None, annotation="Client | None")
    function.__doc__ = (getdoc(method) or "").replace(HEAD, HEAD + CLIENT, 1)
    vars(function)["__signature__"] = signature(method).replace(parameters=[*own, client])
    return cast(WithoutClient[P, R_co], function)


compare_step = _asked(Grader.compare_step)
compare_trajectory = _asked(Grader.compare_trajectory)
check_step = _asked(Grader.check_step)
check_trajectory = _asked(Grader.check_trajectory)
check_function = _asked(Grader.check_function)

"""What the arguments of a sweep may be, and which of them exclude each other."""

from __future__ import annotations

from typing import Any, get_args

from stepgrade.choices import Keep, Method
from stepgrade.errors import ConfigurationError, InvalidArgument
from stepgrade.transports import BundleTransport, Transport

METHODS: tuple[Method, ...] = get_args(Method)
KEPT: tuple[Keep, ...] = get_args(Keep)


def hold_arguments(
    method: str,
    workers: int | None,
    keep: str = KEPT[0],
    *,
    journal: Any = None,
    into: Any = None,
    executor: Any = None,
    transport: Transport | None = None,
) -> None:
    """Hold the arguments of a sweep to what they may be, before anything starts.

    Raises
    ------
    InvalidArgument
        No sweep calls the method, there are no workers, or `keep` is unknown.
    ConfigurationError
        Two of the arguments exclude each other.
    """
    if method not in METHODS:
        raise InvalidArgument(f"method must be one of {', '.join(METHODS)}, not {method!r}.", pointer="/method")
    if workers is not None and (isinstance(workers, bool) or not isinstance(workers, int) or workers < 1):
        raise InvalidArgument(f"workers must be a whole number, 1 or more, not {workers!r}.", pointer="/workers")
    if keep not in KEPT:
        raise InvalidArgument(f"keep must be one of {', '.join(KEPT)}, not {keep!r}.", pointer="/keep")
    if executor is not None and isinstance(transport, BundleTransport):
        raise ConfigurationError("This client uses a bundle. A sweep with an executor computes its answers. Use another client.")
    if journal is not None and into is not None:
        raise ConfigurationError("Give journal or into, not both. The directory is its own journal.")
    if journal is not None and executor is not None:
        raise ConfigurationError("Give journal or executor, not both. With an executor, into=directory keeps the results.")

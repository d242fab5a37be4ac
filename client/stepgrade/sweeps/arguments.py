"""What the arguments of a sweep may be, and which of them exclude each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from stepgrade.choices import Keep, Method
from stepgrade.errors import ConfigurationError, InvalidArgument
from stepgrade.sweeps.chunk import Local, Source
from stepgrade.sweeps.grids import Combinations
from stepgrade.sweeps.names import hold_call
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


def hold_calls(calls: Any) -> None:
    """Hold the calls to what a sweep can loop over; raises InvalidArgument for a text, for one call, and for what has no elements."""
    if isinstance(calls, (str, bytes, Mapping)) or not isinstance(calls, Iterable):
        said = f"calls must be a list of calls, each of them a mapping of arguments, not {calls!r:.60}. `grid` makes such a list."
        raise InvalidArgument(said, pointer="/calls")


def hold_names(source: Source, method: Method, calls: Iterable[Any]) -> None:
    """Hold the names that all calls have to the arguments of the method, before the first call; other calls are held one by one.

    Raises
    ------
    InvalidArgument
        A name is unknown, or an argument without a default is missing.
    """
    if isinstance(calls, Combinations) and len(calls):
        hold_call(source.kind if isinstance(source, Local) else type(source), method, calls.names, "Every call of")

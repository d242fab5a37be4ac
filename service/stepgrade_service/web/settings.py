"""The service's settings: the STEPGRADE_SERVER_* variables, checked when it starts."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from math import inf
from pathlib import Path
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError
from marshmallow.fields import Boolean, Float, Integer, String
from marshmallow.validate import Range

from ..budgets.api_keys import ApiKey, read_keys
from ..engine.reading.cost import Limits
from ..engine.reading.faults import unknown

PREFIX = "STEPGRADE_SERVER_"

#: In MiB, what a worker needs for itself: its threads, its kernels, and what it keeps of memory that was given back.
LEAST_MEMORY = 384

#: In MiB, what it has to have for requests at least.
LEAST_FOR_REQUESTS = 16

#: More people than an address can stand for.
MOST_PEOPLE = 100_000


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks, or single addresses, with commas between them; raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def shares(text: str) -> dict[IPv4Network | IPv6Network, int]:
    """Networks, each with the number of people behind one of its addresses: `192.0.2.0/24=200`, commas between them; raises ValueError."""
    found = dict[IPv4Network | IPv6Network, int]()
    for network, _, people in (part.strip().partition("=") for part in text.split(",") if part.strip()):
        own = ip_network(network.strip())
        if own in found:
            raise ValueError(f"the network {own} is there twice")
        found[own] = _people(network, people.strip())
    return found


def _people(network: str, number: str) -> int:
    """The number of people behind an address of a network; raises ValueError."""
    if not number:
        raise ValueError(f"the number of people is missing after {network}")
    if not (number.isascii() and number.isdigit() and 1 <= int(number[:20]) <= MOST_PEOPLE):
        raise ValueError(f"the number of people after {network} is {number!r}, and not a whole number from 1 to {MOST_PEOPLE}")
    return int(number)


def hold_host(text: str) -> None:
    """Raise ValidationError for an empty host."""
    if not text.strip():
        raise ValidationError("Expected an address, such as 127.0.0.1; 0.0.0.0 for all addresses of this machine.")


def hold_networks(text: str) -> None:
    """Raise ValidationError for what are no networks."""
    try:
        networks(text)
    except ValueError as error:
        raise ValidationError(f"Expected addresses or networks such as 10.0.0.0/8, separated by commas: {error}.") from None


def hold_shares(text: str) -> None:
    """Raise ValidationError for what are no networks with numbers of people."""
    try:
        shares(text)
    except ValueError as error:
        raise ValidationError(f"Expected networks with the number of people behind one address, as 192.0.2.0/24=200: {error}.") from None


def hold_enough_memory(megabytes: int) -> None:
    """Raise ValidationError for a limit of memory that leaves a worker nothing for requests."""
    least = LEAST_MEMORY + LEAST_FOR_REQUESTS
    if 0 < megabytes < least:
        raise ValidationError(f"Expected 0, or at least {least} MiB: a worker needs {LEAST_MEMORY} MiB for itself.")


def hold_redis(url: str) -> None:
    """Raise ValidationError for what is no address of a Redis, or where nothing is installed that speaks to one."""
    if not url:
        return
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise ValidationError("Expected an address such as redis://redis:6379/0.")
    if find_spec("redis") is None:
        raise ValidationError("The package redis is missing: pip install 'stepgrade-service[redis]'.")
    from redis import ConnectionPool, RedisError  # takes 50 ms, and is not installed everywhere

    try:
        ConnectionPool.from_url(url).make_connection()  # it connects to nothing yet
    except (RedisError, TypeError, ValueError):
        raise ValidationError("Expected an address such as redis://redis:6379/0; the host, port or an option here is wrong.") from None


def hold_keys(text: str) -> None:
    """Raise ValidationError for what is no list of keys."""
    try:
        read_keys(text)
    except ValueError as error:
        raise ValidationError(f"The list of keys is wrong: {error}.") from None


def hold_keys_file(path: str) -> None:
    """Raise ValidationError for a file that is not there, or has no list of keys."""
    if path:
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise ValidationError(f"The file cannot be read ({type(error).__name__}).") from None
        hold_keys(text)


def setting(default: Any, meaning: str, *checks: Callable[[Any], Any], is_secret: bool = False) -> Any:
    """A setting; its variable is read as what the default is, and each check may raise ValidationError for the value.

    No fault quotes the value of a secret one.
    """
    return field(default=default, metadata={"meaning": meaning, "checks": checks, "is_secret": is_secret})


@dataclass(frozen=True)
class Settings:
    """What one instance of the service runs with; variables, their faults and their table are made from it."""

    host: str = setting("127.0.0.1", "address to listen on, or `localhost`", hold_host)
    port: int = setting(8000, "port to listen on", Range(1, 65535))
    workers: int = setting(1, "processes, one per core", Range(1, 256))
    threads: int = setting(0, "threads of a worker among which it divides a large batch of runs; 0: its share of the cores", Range(0, 256))
    max_body: int = setting(8 * 1024 * 1024, "largest body, in bytes", Range(1024, 1 << 30))
    max_work: float = setting(5e8, "most work a request may cost, in units of 10 nanoseconds", Range(1.0))
    max_answer: float = setting(1e6, "most numbers an answer may have", Range(1.0))
    max_request_memory: int = setting(
        480,
        f"most memory that the work on a request may take, in MiB; never more than `STEPGRADE_SERVER_MAX_MEMORY` less {LEAST_MEMORY}",
        Range(1, 1 << 20),
    )
    requests_at_a_time: int = setting(
        8, "requests that a worker works on at the same time; a client has at most half of them, so that the others stay free", Range(1, 64)
    )
    backpressure: int = setting(
        64, "requests that wait in a worker; a client has at most half of these; the next gets a 503", Range(1, 65535)
    )
    max_connections: int = setting(2048, "connections that a worker keeps open; the next one waits", Range(16, 65535))
    trusted_proxies: str = setting(
        "", "networks of trusted proxies, separated by commas; their `X-Forwarded-For` gives the client's address", hold_networks
    )
    drain_seconds: float = setting(
        1.0,
        "seconds between the stop signal and the closing of the port; `/readyz` reports 503 during this time",
        Range(0.0, 300.0),
    )
    kill_timeout: int = setting(45, "seconds that a worker then has to finish the requests that it has", Range(1, 1800))
    max_seconds: float = setting(
        20.0,
        "seconds that a request may run; then its worker ends and a new one starts; it may wait as long before it starts; 0: no limit",
        Range(0.0, 3600.0),
    )
    max_memory: int = setting(
        2048,
        "memory that a worker may have, in MiB; large requests wait until they fit into it together; 0: no limit",
        Range(0, 1 << 20),
        hold_enough_memory,
    )
    budget: float = setting(
        0.0,
        "work that one client may ask for in `STEPGRADE_SERVER_BUDGET_SECONDS`, in units of 10 nanoseconds; 0: no limit",
        Range(0.0, 1e15),
    )
    budget_seconds: float = setting(60.0, "seconds in which all of a spent budget comes back", Range(1.0, 86400.0))
    shared_addresses: str = setting(
        "",
        "networks in which many people share one address, with their number, separated by commas: `192.0.2.0/24=200`; an address there"
        " has that many budgets, and that many turns in the queue",
        hold_shares,
    )
    redis_url: str = setting(
        "",
        "address of a Redis in which replicas and workers share the budgets; without one, each worker counts alone",
        hold_redis,
        is_secret=True,
    )
    api_keys: str = setting("", "API keys, separated by commas: `name:hash` or `name:hash:budget` each", hold_keys, is_secret=True)
    api_keys_file: str = setting("", "file with more API keys, one per line", hold_keys_file)
    access_log: bool = setting(False, "a line of JSON for each request on standard error")

    @cached_property
    def limits(self) -> Limits:
        """What one request may cost."""
        return Limits(self.max_work, self.max_answer, min(self.max_request_memory * 2.0**20, self.memory_for_requests))

    @cached_property
    def memory_for_requests(self) -> float:
        """The bytes that a worker has for all of its requests together."""
        return (self.max_memory - LEAST_MEMORY) * 2.0**20 if self.max_memory else inf

    @cached_property
    def keys(self) -> tuple[ApiKey, ...]:
        """The API keys."""
        filed = Path(self.api_keys_file).read_text(encoding="utf-8") if self.api_keys_file else ""
        return read_keys(f"{self.api_keys}\n{filed}")

    @cached_property
    def trusted_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The addresses of the proxies that are trusted."""
        return networks(self.trusted_proxies)

    @cached_property
    def shares(self) -> dict[IPv4Network | IPv6Network, int]:
        """For how many people an address of a network stands."""
        return shares(self.shared_addresses)

    @cached_property
    def threads_a_worker(self) -> int:
        """How many threads a worker may let run beside each other for one request."""
        return self.threads or max(1, cores() // self.workers)


#: The settings by the names of their variables.
VARIABLES = {PREFIX + each.name.upper(): each for each in fields(Settings)}

KINDS = {str: String, int: Integer, float: Float, bool: Boolean}

READER = Schema.from_dict(
    {name: KINDS[type(each.default)](validate=[*each.metadata["checks"]]) for name, each in VARIABLES.items()}, name="Variables"
)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class SettingsError(ValueError):
    """Variables that cannot be used; its text has a line for each."""


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment; raises SettingsError, naming every variable that is unknown or wrong."""
    environment = os.environ if environment is None else environment
    given = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
    lines = [unknown("variable", name, VARIABLES) for name in given if name not in VARIABLES]
    read: dict[str, Any] = {}
    try:
        read = READER(unknown=EXCLUDE).load(given)
    except ValidationError as error:
        lines += [_fault(name, " ".join(details), given[name]) for name, details in error.normalized_messages().items()]
    if lines:
        raise SettingsError("\n".join(sorted(lines)))
    settings = Settings(**{VARIABLES[name].name: value for name, value in read.items()})
    hold_budgets(settings)
    return settings


def _fault(name: str, expected: str, given: str) -> str:
    return f"{name}: {expected}" if VARIABLES[name].metadata["is_secret"] else f"{name}: {expected} It is {given!r}."


def hold_budgets(settings: Settings) -> None:
    """Raise SettingsError for a budget into which the dearest request never fits, or a key that stands in both lists."""
    try:
        keys = settings.keys
    except ValueError as error:
        raise SettingsError(f"{PREFIX}API_KEYS and {PREFIX}API_KEYS_FILE together: {error}.") from None
    budgets = {f"{PREFIX}BUDGET": settings.budget} | {f"The budget of the API key {key.name}": key.budget or 0.0 for key in keys}
    if small := [name for name, budget in budgets.items() if 0 < budget < settings.max_work]:
        raise SettingsError("\n".join(f"{name}: Expected 0, or at least {PREFIX}MAX_WORK ({settings.max_work:g})." for name in small))

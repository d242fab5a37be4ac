"""The service's settings: the STEPGRADE_SERVER_* variables, checked when it starts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from ..engine.reading.cost import Limits
from ..engine.reading.faults import unknown

PREFIX = "STEPGRADE_SERVER_"

#: In MiB, what a worker needs before its first request, and a little more.
LEAST_MEMORY = 256


@dataclass(frozen=True)
class Settings:
    """What one instance of the service runs with."""

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    threads: int = 0
    max_body: int = 8 * 1024 * 1024
    max_work: float = 5e8
    max_answer: float = 1e6
    max_request_memory: int = 768
    requests_at_a_time: int = 2
    backpressure: int = 64
    max_connections: int = 2048
    trusted_proxies: str = ""
    drain_seconds: float = 1.0
    kill_timeout: int = 30
    max_seconds: float = 20.0
    max_memory: int = 2048
    access_log: bool = False

    @cached_property
    def limits(self) -> Limits:
        """What one request may cost."""
        return Limits(self.max_work, self.max_answer, self.max_request_memory * 2.0**20)

    @cached_property
    def trusted_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The addresses of the proxies that are trusted."""
        return networks(self.trusted_proxies)

    @cached_property
    def threads_a_worker(self) -> int:
        """How many threads a worker may let run beside each other for one request."""
        return self.threads or max(1, cores() // self.workers)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks, or single addresses, with commas between them; raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


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


def hold_enough_memory(megabytes: int) -> None:
    """Raise ValidationError for a limit of memory below which a worker does not even start."""
    if 0 < megabytes < LEAST_MEMORY:
        raise ValidationError(f"Expected 0, or at least {LEAST_MEMORY}: a worker needs this much memory (in MiB) before its first request.")


class SettingsSchema(Schema):
    """The variables, without their prefix and in lower case."""

    host = fields.String(
        validate=hold_host,
        metadata={"description": "address to listen on, or `localhost`"},
    )
    port = fields.Integer(validate=validate.Range(1, 65535), metadata={"description": "port to listen on"})
    workers = fields.Integer(validate=validate.Range(1, 256), metadata={"description": "processes, one per core"})
    threads = fields.Integer(
        validate=validate.Range(0, 256),
        metadata={"description": "threads of a worker among which it divides a large batch of runs; 0: its share of the cores"},
    )
    max_body = fields.Integer(validate=validate.Range(1024, 1 << 30), metadata={"description": "largest body, in bytes"})
    max_work = fields.Float(
        validate=validate.Range(1.0), metadata={"description": "most work a request may cost, in units of 10 nanoseconds"}
    )
    max_answer = fields.Float(validate=validate.Range(1.0), metadata={"description": "most numbers an answer may have"})
    max_request_memory = fields.Integer(
        validate=validate.Range(1, 1 << 20), metadata={"description": "most memory that the work on a request may take, in MiB"}
    )
    requests_at_a_time = fields.Integer(
        validate=validate.Range(1, 64),
        metadata={"description": "requests that a worker works on at the same time; of two or more, one is kept free for other addresses"},
    )
    backpressure = fields.Integer(
        validate=validate.Range(1, 65535),
        metadata={"description": "requests that wait in a worker; one address has at most half of these; the next gets a 503"},
    )
    max_connections = fields.Integer(
        validate=validate.Range(16, 65535), metadata={"description": "connections that a worker keeps open; the next one waits"}
    )
    trusted_proxies = fields.String(
        validate=hold_networks,
        metadata={"description": "networks of trusted proxies, separated by commas; their `X-Forwarded-For` gives the client's address"},
    )
    drain_seconds = fields.Float(
        validate=validate.Range(0.0, 300.0),
        metadata={"description": "seconds between the stop signal and the closing of the port; `/readyz` reports 503 during this time"},
    )
    kill_timeout = fields.Integer(
        validate=validate.Range(1, 1800), metadata={"description": "seconds that a worker then has to finish its current requests"}
    )
    max_seconds = fields.Float(
        validate=validate.Range(0.0, 3600.0),
        metadata={"description": "seconds that a request may run; then its worker ends and a new one starts; 0: no limit"},
    )
    max_memory = fields.Integer(
        validate=[validate.Range(0, 1 << 20), hold_enough_memory],
        metadata={"description": "memory that a worker may have, in MiB; a request that needs more gets a 503; 0: no limit"},
    )
    access_log = fields.Boolean(metadata={"description": "a line of JSON for each request on standard error"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Settings:
        return Settings(**data)


class SettingsError(ValueError):
    """Variables that cannot be used; its text has a line for each."""


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment; raises SettingsError, naming every variable that is unknown or wrong."""
    environment = os.environ if environment is None else environment
    given = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
    schema = SettingsSchema()
    known = {PREFIX + name.upper(): name for name in schema.fields}
    lines = [unknown("variable", name, known) for name in given if name not in known]
    try:
        settings: Settings = schema.load({known[name]: value for name, value in given.items() if name in known})
    except ValidationError as error:
        for name, details in error.normalized_messages().items():
            variable = PREFIX + name.upper()
            lines.append(f"{variable}: {' '.join(details)} It is {given[variable]!r}.")
    if lines:
        raise SettingsError("\n".join(sorted(lines)))
    return settings

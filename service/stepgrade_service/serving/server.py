"""The server: granian with the application, as the settings say."""

from __future__ import annotations

import sys
from contextlib import suppress
from ipaddress import ip_address
from math import ceil

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from ..web.settings import Settings, SettingsError, read_settings
from .directory import NotOurs, directory_of, hold
from .listening import CannotListen, address_of, connections, hold_free, not_free, written
from .metrics import forget
from .supervisor import Supervisor

#: So many seconds a connection may be idle, or take for the head of a request; then it is closed.
IDLE_SECONDS = 30

#: What the server says at its start, beside its address: who can reach it. The first lines of docs/deploy.md say more.
FOR_THIS_COMPUTER = "Only this computer can reach it. For a class: STEPGRADE_SERVER_HOST=0.0.0.0 (docs/deploy.md)"
WITHOUT_A_GATEWAY = """\
This is enough for a class on one network. The service alone has no TLS and no request limit per address.
It refuses invalid HTTP without an explanation. On the internet, put the gateway in front of it: docs/deploy.md"""

#: The worker's application. The bench serves another one.
TARGET = "stepgrade_service.serving.worker:application"


def run(target: str = TARGET) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    try:
        settings = read_settings()
        address = address_of(settings.host)
        hold_free(address, settings.port)
        if hold(directory_of(settings.host, settings.port)) is None:
            raise not_free(address, settings.port, "another server has just started there")
        server = server_of(target, settings, address)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except (CannotListen, NotOurs) as error:
        print(error, file=sys.stderr)
        return 1
    with suppress(OSError):  # where nobody can read it, as on a disk that is full, it serves all the same
        print(f"Stepgrade on http://{written(address, settings.port)} (docs: /docs/, Ctrl-C ends it)\n{reach_of(address)}", flush=True)
    server.serve()
    return 0


def reach_of(address: str) -> str:
    """Who can reach a server that listens on an address, and what that asks for."""
    return FOR_THIS_COMPUTER if ip_address(address).is_loopback else WITHOUT_A_GATEWAY


def server_of(target: str, settings: Settings, address: str) -> Supervisor:
    """The server with its options."""
    directory = directory_of(settings.host, settings.port)
    forget(directory)
    return Supervisor(
        target,
        directory=directory,
        factory=True,
        interface=Interfaces.RSGI,
        address=address,
        port=settings.port,
        workers=settings.workers,
        backpressure=connections(settings.max_connections),
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=1000 * IDLE_SECONDS),
        websockets=False,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=settings.kill_timeout + ceil(settings.drain_seconds),
        log_level=LogLevels.warning,
    )

"""The server: granian with the application, as the settings say."""

from __future__ import annotations

import gc
import logging
import resource
import socket
import sys

from flask import Flask
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from .engine.warm import load_core
from .web import create_app, watchdog
from .web.settings import Settings, SettingsError, read_settings


def application() -> Flask:
    """The application of a worker: core kernels are loaded before it takes a request."""
    settings = read_settings()
    if settings.access_log:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(message)s"))
        access = logging.getLogger("stepgrade_service.access")
        access.addHandler(handler)
        access.setLevel(logging.INFO)
        access.propagate = False
    errors = logging.StreamHandler()
    errors.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.getLogger("stepgrade_service").addHandler(errors)
    load_core()
    app = create_app(settings)
    if settings.max_memory:
        limit_memory(settings.max_memory)
    if settings.max_seconds:
        watchdog.install(app, watchdog.Watchdog(settings.max_seconds, watchdog.directory_of(settings.port)))
    # What is loaded now stays: the collector need not look at it again, in the middle of a request.
    gc.collect()
    gc.freeze()
    return app


def limit_memory(megabytes: int) -> None:
    """Let allocations beyond so much fail in this process, as errors that are answered, before the system has to kill it."""
    limit, (_, hard) = megabytes << 20, resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def port_fault(settings: Settings) -> str | None:
    """Why the address cannot be listened on, or None."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}"
    return None


def run() -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    try:
        settings = read_settings()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    if fault := port_fault(settings):
        print(f"{fault}. Another port: STEPGRADE_SERVER_PORT=8001, or make serve PORT=8001", file=sys.stderr)
        return 1
    server = Server(
        "stepgrade_service.serve:application",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.host,
        port=settings.port,
        workers=settings.workers,
        blocking_threads=1,
        backpressure=settings.backpressure,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=settings.kill_timeout,
        log_level=LogLevels.warning,
    )
    print(f"Stepgrade on http://{settings.host}:{settings.port} (docs: /docs/, Ctrl-C ends it)", flush=True)
    server.serve()
    return 0

"""A worker of the server: the application, with what receives its requests and watches over it."""

from __future__ import annotations

import gc
import logging
import resource
import sys
from collections.abc import Callable
from functools import partial

from flask import Flask

from ..engine.running.giving_way import give_way_to
from ..engine.warm import load_core
from ..web import create_app, memory
from ..web.drawable import STUDIO, draw_for
from ..web.settings import Settings, read_settings
from .allocator import keep_freed_memory
from .casebook import Casebook
from .directory import directory_of
from .ending import hold_back_ctrl_c
from .fair_queue import FairQueue
from .front import Front
from .housekeeping import Housekeeping
from .metrics import OF_THE_QUEUE, WITHOUT_REDIS, Metrics
from .slow_readers import SlowReaders
from .studio import Studio, opened
from .tracing import tracing_of
from .watchdog import Watchdog
from .work import Job, Workshop

#: After so many seconds a thread that computes lets another one run, where it holds Python's lock. Answers to probes wait for that.
SWITCH = 0.001

#: Short requests that are worked on at the same time: one has Python's lock, and what the other has to wait for passes meanwhile.
SHORT_AT_A_TIME = 1

#: A client may have so much more work than its part, in the units of the prices, and its requests still do not wait for those that came
#: later. It is a tenth of a second.
BURST = 1e7


def application(make: Callable[[Settings], Flask] = create_app) -> Front:
    """The service as a worker serves it: its core kernels are loaded before it takes a request."""
    hold_back_ctrl_c()
    settings = read_settings()
    log_to_standard_error(settings.access_log)  # first: what goes wrong while the application is made is told too
    load_core()
    if settings.max_memory:
        limit_memory(settings.max_memory)
    keep_freed_memory()
    studio = opened(partial(draw_for, settings), memory.longest_wait(settings))  # before the application, which has threads
    return serve(make(settings), studio)


def serve(app: Flask, studio: Studio | None) -> Front:
    """An application as a worker serves it."""
    settings: Settings = app.config["SETTINGS"]
    if studio is not None:
        app.extensions[STUDIO] = studio
    if settings.max_memory:
        memory.install(app)
    sys.setswitchinterval(SWITCH)
    directory = directory_of(settings.host, settings.port)
    queue = FairQueue[Job](settings.requests_at_a_time, settings.backpressure, SHORT_AT_A_TIME, BURST)
    casebook = Casebook(directory, queue.places)
    watchdog = Watchdog(settings.max_seconds, casebook) if settings.max_seconds else None
    metrics = Metrics(directory, lambda: gauges(queue, app))
    workshop = Workshop(app, queue, watchdog, metrics)
    give_way_to(lambda: queue.busy, workshop.note_long)
    readers = SlowReaders(settings.port, settings.max_memory) if settings.max_memory else None
    front = Front(app, settings, workshop, tracing_of(), Housekeeping(watchdog, casebook, metrics, readers))
    # What is loaded now stays: the collector need not look at it again, in the middle of a request.
    gc.collect()
    gc.freeze()
    return front


def gauges(queue: FairQueue[Job], app: Flask) -> dict[str, int]:
    """What is so just now in this worker."""
    limiting = app.extensions.get("limiting")
    is_alone = limiting is not None and not limiting.ledger.is_in_touch
    return {name: getattr(queue, attribute) for name, (_, attribute) in OF_THE_QUEUE.items()} | {WITHOUT_REDIS: int(is_alone)}


def log_to_standard_error(each_request: bool) -> None:
    """Write what goes wrong, and if wanted a line for each request."""
    if each_request:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(message)s"))
        access = logging.getLogger("stepgrade_service.access")
        access.addHandler(handler)
        access.setLevel(logging.INFO)
        access.propagate = False
    errors = logging.StreamHandler()
    errors.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    for name in ("stepgrade_service", "opentelemetry"):
        logging.getLogger(name).addHandler(errors)


def limit_memory(megabytes: int) -> None:
    """Let allocations beyond so much fail in this process, as errors that are answered, before the system has to kill it."""
    limit, (_, hard) = megabytes << 20, resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))

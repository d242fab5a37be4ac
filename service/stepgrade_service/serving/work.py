"""The work threads: each takes a request from the queue, lets the application answer it, and sends the answer."""

from __future__ import annotations

from asyncio import Future, Task
from collections.abc import Callable
from threading import Thread, local
from time import perf_counter
from typing import Any

from flask import Flask
from granian.rsgi import HTTPProtocol  # type: ignore[attr-defined]

from ..web.pricing import A_REQUEST
from ..web.problems import ApiProblem, fault_of_ours
from ..web.transport import IDENTIFIED, TRACED
from .casebook import REFUSED_FOR, digest_of
from .fair_queue import FairQueue
from .metrics import Metrics
from .replies import Answered, log_told, reply_of, routes_of, told
from .tracing import SPAN, RequestSpan
from .watchdog import Watchdog


class Job:
    """A request that is all here, and how it is answered."""

    __slots__ = ("arrived", "body", "client", "environ", "finished", "proto", "queued", "watch")

    def __init__(
        self, client: str, environ: dict[str, Any], body: bytes, proto: HTTPProtocol, arrived: float, finished: Future[None]
    ) -> None:
        self.client, self.environ, self.body, self.proto, self.arrived, self.finished = client, environ, body, proto, arrived, finished
        self.queued = perf_counter()
        self.watch: Task[None] | None = None


class Workshop:
    """The work threads of a worker; `finished` is told of each job that was answered."""

    def __init__(self, app: Flask, queue: FairQueue[Job], watchdog: Watchdog | None, metrics: Metrics) -> None:
        self.app, self.queue, self.watchdog, self.metrics = app, queue, watchdog, metrics
        self.routes = routes_of(app)
        self._here = local()

    def open(self, finished: Callable[[Job], None]) -> None:
        """Start the threads."""
        for place in range(self.queue.places):
            Thread(target=self._work, args=(place, finished), name=f"work-{place}", daemon=True).start()

    def note_long(self) -> None:
        """What this thread works on takes long; said in a work thread, and elsewhere of no effect."""
        place = getattr(self._here, "place", None)
        if place is not None:
            self.queue.note_long(place)

    def _work(self, number: int, finished: Callable[[Job], None]) -> None:
        place = self._here.place = self.queue.place(number)
        while True:
            job, work = place.get(), 0.0
            try:
                work = self._send(number, job)
            except BaseException as error:  # granian then answers with a 500; a thread that ended here would be missed for ever
                fault_of_ours(error, job.environ[IDENTIFIED], job.environ.get(TRACED, ""))
            finally:
                self.queue.done(job.client, place, max(work, A_REQUEST))
                finished(job)
                del job  # a thread that waits holds no body

    def _send(self, place: int, job: Job) -> float:
        """Send the answer to a job; returns the work that was done for it. What is refused was priced, but not done."""
        span: RequestSpan | None = job.environ.get(SPAN)
        if span is not None:
            span.started()
        answered = self._answer(place, job)
        if span is not None:
            span.end(answered)
        reply, route, work, _ = answered
        job.proto.response_bytes(*reply)
        self.metrics.note(route, reply.status, perf_counter() - job.arrived, work)
        return work if reply.status < 400 else 0.0

    def _answer(self, place: int, job: Job) -> Answered:
        """The answer to a job, whatever happens."""
        try:
            if self.watchdog is None:
                return reply_of(self.app, job.environ)
            return self._watched(self.watchdog, place, job)
        except ApiProblem as problem:
            return self._told(problem, job)
        except BaseException as error:
            return self._told(fault_of_ours(error, job.environ[IDENTIFIED], job.environ.get(TRACED, "")), job)

    def _watched(self, watchdog: Watchdog, place: int, job: Job) -> Answered:
        """The answer to a job that ends this worker if it takes too long; raises ApiProblem for one that may not begin."""
        environ = job.environ
        asked = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']} {environ.get('HTTP_ACCEPT', '')}"
        digest = digest_of(asked, job.body) if job.body else None
        if digest is not None and watchdog.casebook.has_ended_workers(digest):
            raise ended_before()
        if not watchdog.begin(place, environ[IDENTIFIED], digest):
            raise one_at_a_time()
        try:
            return reply_of(self.app, environ)
        finally:
            watchdog.finish(place)

    def _told(self, problem: ApiProblem, job: Job) -> Answered:
        """An answer that the application knows nothing of, so its line in the log is written here."""
        environ, reply = job.environ, told(problem, job.environ[IDENTIFIED])
        path = environ["PATH_INFO"]
        route = path if path in self.routes else None
        asked = (environ[IDENTIFIED], environ["REQUEST_METHOD"], path)
        log_told(problem, reply, environ, asked, route, job.arrived, len(job.body))
        return Answered(reply, route)


def ended_before() -> ApiProblem:
    """503 for a request that ended workers before."""
    detail = (
        "two workers ended while they worked on this request, and the server now refuses it for ten minutes."
        " Ask for less, for example for fewer steps"
    )
    return ApiProblem(503, "ended-before", "The request was ended before", detail, headers={"Retry-After": f"{REFUSED_FOR:.0f}"})


def one_at_a_time() -> ApiProblem:
    """503 for a request that may have ended a worker, while another such request is worked on."""
    detail = (
        "a worker ended while it worked on this request and on others. To find out which of them ended it, the server works on one of"
        " these at a time; send this request again later"
    )
    return ApiProblem(503, "one-at-a-time", "One of these requests at a time", detail, headers={"Retry-After": "1"})

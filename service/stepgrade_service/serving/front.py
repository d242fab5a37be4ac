"""Receives every request: answers the probes itself, waits for bodies, and hands the rest to the work threads.

It runs in the event loop, and the work beside it, so nothing that a client does or does not send keeps another waiting.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections import deque
from io import BytesIO
from time import perf_counter
from typing import Any

from flask import Flask
from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]

from ..web.clients import CLIENT, Clients
from ..web.problems import ApiProblem, fault_of_ours
from ..web.settings import Settings
from ..web.transport import IDENTIFIED, identified
from .addresses import Addresses
from .bodies import Bodies
from .ending import end_in_time
from .environ import environ_of
from .fair_queue import SHORT, FairQueue
from .housekeeping import Housekeeping
from .metrics import Metrics
from .probes import HealthProbes
from .replies import Answered, log_told, told
from .slow_readers import limit_slow_readers
from .tracing import RequestSpan, Tracing
from .work import Job, Workshop

#: How often the front looks after the requests that are worked on, and after how long it asks whether a client is still there.
INTERVAL = 0.1


class Front:
    """A worker's application, as granian's RSGI calls it."""

    def __init__(
        self,
        app: Flask,
        settings: Settings,
        workshop: Workshop,
        tracing: Tracing | None = None,
        housekeeping: Housekeeping | None = None,
    ) -> None:
        self.app, self.settings, self.workshop, self.tracing, self.housekeeping = app, settings, workshop, tracing, housekeeping
        self.queue: FairQueue[Job] = workshop.queue
        self.metrics: Metrics = workshop.metrics
        self.probes = HealthProbes(app, self.metrics)
        self._addresses, self._clients = Addresses(settings.trusted_networks), Clients(settings)
        self._bodies = Bodies(settings.max_body)
        self._server = (settings.host, str(settings.port))
        self._jobs = set[Job]()
        self._finished = deque[Job]()
        self._is_looking = self._looks_at_the_queue = False

    def __rsgi_init__(self, loop: AbstractEventLoop) -> None:
        """The loop is about to run."""
        self._loop = loop
        end_in_time(loop, self.probes, self.settings.drain_seconds)
        loop.call_soon(limit_slow_readers, self.settings.port)
        self.workshop.open(self._finished.append)
        if self.housekeeping is not None:  # last: it leaves the numbers by which the main process knows that this worker was ready
            self.housekeeping.start()

    def __rsgi_del__(self, loop: AbstractEventLoop) -> None:
        """The loop has ended; no connection is left."""
        self._let_go()
        if self.tracing is not None:
            self.tracing.close()

    async def __rsgi__(self, scope: Scope, proto: HTTPProtocol) -> None:
        """Answer one request."""
        arrived, environ = perf_counter(), dict[str, Any]()
        request_id, span = identified(scope.headers.get("x-request-id", "")), None
        try:
            environ = environ_of(scope, self._server)
            if scope.method in ("GET", "HEAD") and (reply := self.probes.reply(scope.path, request_id)):
                proto.response_bytes(*reply)
                return
            if self.tracing is not None:
                span = self.tracing.begin(environ, request_id)
            await self._answer(environ, scope, proto, request_id, arrived)
        except ApiProblem as problem:
            self._send(problem, environ, scope, proto, request_id, arrived, span)
        except Exception as error:
            trace_id = "" if span is None else span.trace_id
            self._send(fault_of_ours(error, request_id, trace_id), environ, scope, proto, request_id, arrived, span)

    async def _answer(self, environ: dict[str, Any], scope: Scope, proto: HTTPProtocol, request_id: str, arrived: float) -> None:
        """Wait for the body, and let a work thread answer."""
        environ[IDENTIFIED] = request_id
        environ["REMOTE_ADDR"] = self._addresses.of(scope.client, environ.get("HTTP_X_FORWARDED_FOR", ""))
        client = self._clients.of(environ)
        if client is None:  # a key that is not known: the application says so
            client = self._clients.at(environ)
        else:
            environ[CLIENT] = client
        if not self._is_looking:
            self._is_looking = True
            self._loop.call_later(INTERVAL, self._look)
        body = await self._bodies.receive(environ, proto, client.name)
        try:
            await self._work(Job(client.name, environ, body, proto, arrived, self._loop.create_future()), client.weight)
        finally:
            self._bodies.let_go(client.name, len(body))
        if "HTTP_TRANSFER_ENCODING" in environ and "HTTP_EXPECT" not in environ:
            await self._bodies.read_off(proto)

    async def _work(self, job: Job, weight: float) -> None:
        """Let a work thread answer."""
        job.environ["wsgi.input"] = BytesIO(job.body)
        if not self.queue.put(job.client, job, weight):
            raise busy()
        self._jobs.add(job)
        if self.queue.waiting and not self._looks_at_the_queue:
            self._loop.call_later(SHORT, self._look_at_the_queue)
            self._looks_at_the_queue = True
        self._let_go()
        await job.finished

    def _send(
        self,
        problem: ApiProblem,
        environ: dict[str, Any],
        scope: Scope,
        proto: HTTPProtocol,
        request_id: str,
        arrived: float,
        span: RequestSpan | None,
    ) -> None:
        """Send an answer that is the server's own; the environ is empty where the request's head could not be read."""
        reply = told(problem, request_id)
        if span is not None:
            span.end(Answered(reply))
        proto.response_bytes(*reply)
        route = scope.path if scope.path in self.workshop.routes else None
        self.metrics.note(route, reply.status, perf_counter() - arrived)
        length = scope.headers.get("content-length", "")
        asked = (request_id, scope.method, scope.path)
        log_told(problem, reply, environ, asked, route, arrived, int(length) if length.isdigit() else 0)

    def _let_go(self) -> None:
        """End the calls whose jobs are done. Nobody waits for that, so it is not worth to wake the loop for it."""
        while self._finished:
            self._end(self._finished.popleft())

    def _end(self, job: Job, problem: ApiProblem | None = None) -> None:
        self._jobs.discard(job)
        if job.watch is not None:
            job.watch.cancel()
            job.watch = None  # a cancelled task keeps its job: with this, neither waits for the collector
        if job.finished.done():
            return
        if problem is None:
            job.finished.set_result(None)
        else:
            job.finished.set_exception(problem)

    def _look_at_the_queue(self) -> None:
        """Let begin what waits for a request that is not as short as it seemed."""
        self.queue.look()
        self._looks_at_the_queue = self.queue.waiting > 0
        if self._looks_at_the_queue:
            self._loop.call_later(SHORT, self._look_at_the_queue)

    def _look(self) -> None:
        """Look after the requests whose bodies arrive, those that wait, and those that are worked on."""
        self._let_go()
        now = perf_counter()
        longest = self.settings.max_seconds
        for job in tuple(self._jobs):
            if longest and now - job.queued > longest and self.queue.discard(job.client, job):
                self._end(job, waited_too_long(longest))
            elif job.watch is None and now - job.arrived > INTERVAL:
                job.watch = self._loop.create_task(self._drop_when_gone(job))
        self._is_looking = self._bodies.look() or bool(self._jobs)
        if self._is_looking:
            self._loop.call_later(INTERVAL, self._look)

    async def _drop_when_gone(self, job: Job) -> None:
        """Take a request back from the queue when its client is gone."""
        await job.proto.client_disconnect()
        if self.queue.discard(job.client, job):
            self._end(job)


def waited_too_long(seconds: float) -> ApiProblem:
    """503 for a request that no thread was free for."""
    detail = f"this request has waited for {seconds:g} seconds behind other requests; send it again later"
    return ApiProblem(503, "overloaded", "Too many requests wait", detail, headers={"Retry-After": "5"})


def busy() -> ApiProblem:
    """503 for a queue that is full."""
    detail = "the queue is full, for this client or for all clients; send this request again later"
    return ApiProblem(503, "overloaded", "Too many requests wait", detail, headers={"Retry-After": "1"})

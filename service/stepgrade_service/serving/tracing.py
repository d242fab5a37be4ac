"""A span for each request, sent to a collector. It is off unless the standard OTEL_* variables ask for it, and then needs a package.

A thread of its own sends the spans, some at a time. If the collector is gone it drops them, and no request waits or fails. Only this room
knows OpenTelemetry, and it loads it only where it is asked for.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from importlib.util import find_spec
from threading import Thread
from time import perf_counter, time_ns
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ..engine import VERSION
from ..web.transport import TRACED
from .replies import Answered

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

#: Where the span of a request stands in its environ.
SPAN = "stepgrade.span"

#: What asks for spans, and what an exporter may be.
ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
EXPORTERS, PROTOCOL = ("otlp", "console"), "http/protobuf"

#: A worker that ends waits so many seconds for its last spans to be sent.
LAST_SECONDS = 2.0

logger = logging.getLogger("stepgrade_service")


class RequestSpan:
    """The span of a request; its trace is the client's where that has one."""

    def __init__(self, span: Span, method: str) -> None:
        context = span.get_span_context()
        self.trace_id = f"{context.trace_id:032x}"
        #: The span as the client may join it to its own, in the form of W3C's traceparent.
        self.parent = f"00-{self.trace_id}-{context.span_id:016x}-{context.trace_flags:02x}"
        self._span, self._method, self._began = span, method, perf_counter()

    def started(self) -> None:
        """A work thread begins with the request."""
        self._span.set_attribute("stepgrade.seconds_waited", perf_counter() - self._began)

    def end(self, answered: Answered) -> None:
        """The request is answered."""
        span, status, route = self._span, answered.reply.status, answered.route
        answered.reply.headers.append(("Traceresponse", self.parent))
        if span.is_recording():
            span.set_attribute("http.response.status_code", status)
            if route is not None:
                span.update_name(f"{self._method} {route}")
                span.set_attribute("http.route", route)
            if answered.work:
                span.set_attribute("stepgrade.work", answered.work)
            if answered.optimizers:
                span.set_attribute("stepgrade.optimizers", answered.optimizers)
            if status >= 500:
                _tell_failure(span, status)
        span.end()


class Tracing:
    """Makes the spans of a worker."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider, self._tracer = provider, provider.get_tracer("stepgrade_service", VERSION)
        self._propagator, self._kind = TraceContextTextMapPropagator(), SpanKind.SERVER

    def begin(self, environ: dict[str, Any], request_id: str) -> RequestSpan:
        """A request has arrived: its span begins, and stands in its environ."""
        method, headers = environ["REQUEST_METHOD"], {"traceparent": "HTTP_TRACEPARENT", "tracestate": "HTTP_TRACESTATE"}
        attributes = {
            "http.request.method": method,
            "url.path": environ["PATH_INFO"][:500],
            "url.scheme": environ["wsgi.url_scheme"],
            "stepgrade.request_id": request_id,
        }
        context = self._propagator.extract({name: environ[key] for name, key in headers.items() if key in environ})
        span = RequestSpan(self._tracer.start_span(method, context, self._kind, attributes, start_time=time_ns()), method)
        environ[SPAN], environ[TRACED] = span, span.trace_id
        return span

    def close(self) -> None:
        """Send what is left. A collector that does not answer keeps nobody from ending."""
        ending = Thread(target=self._provider.shutdown, name="last-spans", daemon=True)
        ending.start()
        ending.join(LAST_SECONDS)


def tracing_of(environment: Mapping[str, str] | None = None) -> Tracing | None:
    """The tracing that the OTEL_* variables ask for; None where they ask for none, or for what is not there: then the log says so."""
    environment = os.environ if environment is None else environment
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    asked = bool(exporter) or any(environment.get(name) for name in ENDPOINTS)
    if not asked or exporter == "none" or environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    if lacking := _lacking(exporter or EXPORTERS[0], environment):
        logger.error("no traces: %s", lacking)
        return None
    try:
        return Tracing(_provider(exporter, environment))
    except Exception as error:  # the package reads the other variables itself, each in its own way
        logger.error("no traces: an OTEL_ variable cannot be used (%s: %s)", type(error).__name__, error)
        return None


def _lacking(exporter: str, environment: Mapping[str, str]) -> str:
    """What keeps spans from being sent; empty where nothing does."""
    protocol = next((environment[name] for name in PROTOCOLS if environment.get(name)), PROTOCOL)
    if exporter not in EXPORTERS:
        return f"OTEL_TRACES_EXPORTER is {exporter!r}, expected otlp, console or none"
    if protocol != PROTOCOL:
        return f"the OTLP protocol is {protocol!r}, expected {PROTOCOL} (a collector has it on port 4318)"
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter.otlp.proto.http") is None:
        return "OTEL_ variables are set, and the package is missing: pip install 'stepgrade-service[otel]'"
    return ""


def _provider(exporter: str, environment: Mapping[str, str]) -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

    logging.getLogger(OTLPSpanExporter.__module__).setLevel(logging.ERROR)  # else each of six tries to send is told
    ours = {"service.version": VERSION, "service.instance.id": str(uuid4())}
    if not environment.get("OTEL_SERVICE_NAME") and "service.name=" not in environment.get("OTEL_RESOURCE_ATTRIBUTES", ""):
        ours["service.name"] = "stepgrade"
    provider = TracerProvider(resource=Resource.create(ours), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(ConsoleSpanExporter() if exporter == "console" else OTLPSpanExporter()))
    return provider


def _tell_failure(span: Span, status: int) -> None:
    from opentelemetry.trace import StatusCode

    span.set_attribute("error.type", str(status))
    span.set_status(StatusCode.ERROR)

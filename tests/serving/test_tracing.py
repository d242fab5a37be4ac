"""Spans: what one tells, whose trace it belongs to, and that no request depends on who gets them."""

import ast
import json
import logging
import os
import socket
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from time import perf_counter
from types import SimpleNamespace

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from stepgrade_service.serving import tracing
from stepgrade_service.serving.fair_queue import FairQueue
from stepgrade_service.serving.metrics import GAUGES, Metrics
from stepgrade_service.serving.tracing import SPAN, Tracing, tracing_of
from stepgrade_service.serving.work import Job, Workshop
from stepgrade_service.web import create_app
from stepgrade_service.web.settings import Settings
from stepgrade_service.web.transport import IDENTIFIED

STEP = json.dumps({"optimizer": "adam", "params": [1.0], "gradient": [1.0]}).encode()
# A batch that nobody takes is given up seconds later, in the midst of another test.
logging.getLogger("opentelemetry.exporter.otlp.proto.http.trace_exporter").addFilter(lambda _: False)

ROOT = Path(__file__).resolve().parents[2]
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def exporter():
    return InMemorySpanExporter()


@pytest.fixture
def traced(exporter):
    """Tracing whose spans are there as soon as they end."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return Tracing(provider)


class Connection:
    """A connection that keeps its answer."""

    def response_bytes(self, status, headers, body):
        self.status, self.headers, self.body = status, dict(headers), body


def answered(traced, tmp_path, path="/step", body=STEP, app=None, **headers):
    """What a client gets to a request that a work thread answers."""
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "a", "SERVER_PORT": "80"}
    environ |= {"wsgi.url_scheme": "http", "HTTP_HOST": "a", "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body))}
    environ |= {**headers, IDENTIFIED: "homework-3", "wsgi.input": BytesIO(body)}
    if traced is not None:
        traced.begin(environ, "homework-3")
    queue, ended, connection = FairQueue(1, 8), Event(), Connection()
    queue.put("a", Job("a", environ, body, connection, perf_counter(), SimpleNamespace()))
    app = app or create_app(Settings())
    Workshop(app, queue, None, Metrics(tmp_path, lambda: dict.fromkeys(GAUGES, 0))).open(lambda _: ended.set())
    assert ended.wait(30)
    return connection


def test_a_span_tells_the_route_the_status_the_optimizer_and_the_cost_and_nothing_of_the_body(traced, exporter, tmp_path):
    assert answered(traced, tmp_path).status == 200
    [span] = exporter.get_finished_spans()
    told = dict(span.attributes)
    assert (span.name, span.kind, span.parent, span.status.status_code) == ("POST /step", SpanKind.SERVER, None, StatusCode.UNSET)
    assert told.pop("stepgrade.work") >= 80_000
    assert 0 <= told.pop("stepgrade.seconds_waited") < 30
    assert told == {
        "http.request.method": "POST",
        "http.route": "/step",
        "http.response.status_code": 200,
        "url.path": "/step",
        "url.scheme": "http",
        "stepgrade.request_id": "homework-3",
        "stepgrade.optimizers": ("adam",),
    }


def test_the_trace_is_the_client_s_and_the_answer_names_the_span(traced, exporter, tmp_path):
    connection = answered(traced, tmp_path, HTTP_TRACEPARENT=f"00-{TRACE}-{PARENT}-01", HTTP_TRACESTATE="course=a")
    [span] = exporter.get_finished_spans()
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, PARENT)
    assert span.context.trace_state["course"] == "a"
    assert connection.headers["Traceresponse"] == f"00-{TRACE}-{span.context.span_id:016x}-01"


def test_a_trace_that_the_client_does_not_keep_is_not_sent_but_named(traced, exporter, tmp_path):
    connection = answered(traced, tmp_path, HTTP_TRACEPARENT=f"00-{TRACE}-{PARENT}-00")
    assert exporter.get_finished_spans() == ()
    assert connection.headers["Traceresponse"].startswith(f"00-{TRACE}-")
    assert connection.headers["Traceresponse"].endswith("-00")


@pytest.mark.parametrize("parent", ["", "nonsense", f"00-{'0' * 32}-{PARENT}-01", f"ff-{TRACE}-{PARENT}-01"])
def test_a_traceparent_that_is_none_begins_a_new_trace(traced, exporter, tmp_path, parent):
    assert answered(traced, tmp_path, HTTP_TRACEPARENT=parent).status == 200
    [span] = exporter.get_finished_spans()
    assert span.parent is None


def test_a_refusal_is_no_error_of_the_span_and_a_fault_of_ours_is_one_that_the_log_finds_by_the_trace(traced, exporter, tmp_path, caplog):
    assert answered(traced, tmp_path, body=b"{}").status == 422
    app = create_app(Settings())
    app.add_url_rule("/broken", view_func=lambda: [][1], methods=["POST"])
    assert answered(traced, tmp_path, "/broken", app=app).status == 500
    refused, failed = exporter.get_finished_spans()
    assert (refused.status.status_code, refused.attributes["http.response.status_code"]) == (StatusCode.UNSET, 422)
    assert (failed.status.status_code, failed.attributes["error.type"]) == (StatusCode.ERROR, "500")
    assert f"request homework-3 (trace {failed.context.trace_id:032x}) failed: IndexError" in caplog.text
    assert failed.events == (), "the text of an error may quote what was posted"


def test_the_access_log_has_the_trace(traced, exporter, tmp_path, caplog):
    with caplog.at_level(logging.INFO, "stepgrade_service.access"):
        answered(traced, tmp_path)
        answered(None, tmp_path)
    [span] = exporter.get_finished_spans()
    with_trace, without = (json.loads(record.getMessage()) for record in caplog.records)
    assert with_trace["trace_id"] == f"{span.context.trace_id:032x}"
    assert "trace_id" not in without


@contextmanager
def collector():
    """A collector: its address, and the spans that it gets, with those who sent them."""
    got = SimpleQueue()

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
            for each in asked.resource_spans:
                sender = {attribute.key: attribute.value.string_value for attribute in each.resource.attributes}
                for scope in each.scope_spans:
                    for span in scope.spans:
                        got.put((self.path, sender, span))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Takes)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", got
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def variables(monkeypatch):
    """Sets OTEL_* variables, and no others are there."""
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)

    def set_them(**values):
        for name, value in values.items():
            monkeypatch.setenv(f"OTEL_{name}", value)

    return set_them


def test_spans_reach_a_collector_when_the_worker_ends_at_the_latest(variables, tmp_path):
    with collector() as (address, got):
        variables(EXPORTER_OTLP_ENDPOINT=address, RESOURCE_ATTRIBUTES="deployment.environment.name=term")
        traced = tracing_of()
        answered(traced, tmp_path)
        traced.close()
        path, sender, span = got.get(timeout=10)
    assert (path, span.name) == ("/v1/traces", "POST /step")
    assert (sender["service.name"], sender["deployment.environment.name"]) == ("stepgrade", "term")
    assert sender["service.instance.id"]


def test_the_variables_name_the_service(variables):
    variables(SERVICE_NAME="grader", TRACES_EXPORTER="otlp")
    traced = tracing_of()
    assert traced._provider.resource.attributes["service.name"] == "grader"
    traced.close()


@pytest.mark.parametrize("silent", [False, True], ids=["nobody listens", "nobody answers"])
def test_a_collector_that_is_gone_neither_slows_nor_fails_a_request_nor_an_end(variables, tmp_path, silent, monkeypatch):
    monkeypatch.setattr(tracing, "LAST_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        if not silent:
            listening.close()
        port = listening.getsockname()[1] if silent else 9
        variables(
            EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}", BSP_SCHEDULE_DELAY="1", BSP_MAX_QUEUE_SIZE="2", BSP_MAX_EXPORT_BATCH_SIZE="1"
        )
        traced, app = tracing_of(), create_app(Settings())
        answered(traced, tmp_path, app=app)
        began = perf_counter()
        assert [answered(traced, tmp_path, app=app).status for _ in range(8)] == [200] * 8
        assert perf_counter() - began < 2
        began = perf_counter()
        traced.close()
        assert perf_counter() - began < 1


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"SERVICE_NAME": "stepgrade", "TRACES_SAMPLER": "always_on"},
        {"EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "TRACES_EXPORTER": "none"},
        {"EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "SDK_DISABLED": "true"},
    ],
    ids=["nothing", "no exporter", "none", "disabled"],
)
def test_it_is_off_unless_the_variables_ask_for_it(variables, values, caplog):
    variables(**values)
    assert tracing_of() is None
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER is 'zipkin', expected otlp, console or none"),
        (
            {"EXPORTER_OTLP_ENDPOINT": "http://a:4317", "EXPORTER_OTLP_PROTOCOL": "grpc"},
            "the OTLP protocol is 'grpc', expected http/protobuf",
        ),
        ({"TRACES_EXPORTER": "otlp", "BSP_MAX_QUEUE_SIZE": "-1"}, "an OTEL_ variable cannot be used"),
    ],
)
def test_what_cannot_be_is_told_once_and_the_service_goes_on_without(variables, values, told, caplog):
    variables(**values)
    assert tracing_of() is None
    assert told in caplog.text


def test_a_missing_package_is_told_with_what_to_install(variables, caplog, monkeypatch):
    monkeypatch.setattr(tracing, "find_spec", lambda _: None)
    variables(EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318")
    assert tracing_of() is None
    assert "the package is missing: pip install 'stepgrade-service[otel]'" in caplog.text


def test_without_the_variables_nothing_of_it_is_loaded():
    """It stands in functions of one module, which run where it is asked for, and beside what only a type checker reads."""
    named = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "service").rglob("*.py")}
    assert {name for name, text in named.items() if "import opentelemetry" in text or "from opentelemetry" in text} == {"tracing.py"}
    for statement in ast.parse(named["tracing.py"]).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            assert "opentelemetry" not in ast.unparse(statement)


def test_the_environ_of_a_request_has_its_span(traced):
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "wsgi.url_scheme": "http"}
    assert traced.begin(environ, "a") is environ[SPAN]

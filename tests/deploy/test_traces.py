"""Traces as they are deployed: through the gateway, from several workers."""

from __future__ import annotations

import json

from tests.serving.test_tracing import PARENT, TRACE, collector

STEP = json.dumps({"optimizer": "gd", "params": [1], "gradient": [1]}).encode()


def test_every_worker_sends_its_spans_within_the_trace_that_the_gateway_lets_through(new_gateway, replica_with, monkeypatch):
    with collector() as (address, got):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        replica = replica_with(WORKERS="2", DRAIN_SECONDS="0", TRUSTED_PROXIES="127.0.0.1")
        before = new_gateway([replica.port])
        told = [before.post("/step", STEP, Traceparent=f"00-{TRACE}-{PARENT}-01") for _ in range(40)]
        told += [before.post("/step", b"{", Traceparent=f"00-{TRACE}-{PARENT}-01")]
        assert {answer.status for answer in told} == {200, 400}
        spans = [got.get(timeout=20) for _ in told]
    assert {span.trace_id.hex() for _, _, span in spans} == {TRACE}
    assert {answer.headers["Traceresponse"] for answer in told} == {f"00-{TRACE}-{span.span_id.hex()}-01" for _, _, span in spans}
    assert len({sender["service.instance.id"] for _, sender, _ in spans}) <= 2

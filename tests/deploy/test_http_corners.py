"""The corners of HTTP, at the bare service: what is refused is a problem wherever the server lets us say so."""

from __future__ import annotations

import json
import time

import pytest

STEP = json.dumps({"optimizer": "gd", "params": [1], "gradient": [1]}).encode()
HEAD = b"POST /step HTTP/1.1\r\nHost: service\r\nContent-Type: application/json\r\n"
GET = b"GET / HTTP/1.1\r\nHost: service\r\n"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, id="two hosts"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", 400, id="no host"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, id="two hosts, where no work thread answers"),
        pytest.param(b"GET /readyz HTTP/1.1\r\n\r\n", 400, id="no host, where no work thread answers"),
        pytest.param(HEAD + b"\r\n", 400, id="no body"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(STEP), STEP), 411, id="chunked"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", 411, id="chunked, and nothing sent yet"),
        pytest.param(HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411, id="chunked with a length"),
        pytest.param(HEAD + b"Content-Length: %d\r\n\r\n" % (1 << 40), 413, id="far too long, and nothing sent"),
        pytest.param(HEAD + b"Content-Length: %d\r\n\r\n" % (9 << 20) + b" " * (9 << 20), 413, id="too long"),
        pytest.param(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % (1 << 40), 413, id="too long, asked before"),
        pytest.param(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % (9 << 20), 413, id="a little too long, asked before"),
        pytest.param(b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, id="a long path"),
        pytest.param(GET + b"X-Long: " + b"a" * 9000 + b"\r\n\r\n", 431, id="a long header"),
        pytest.param(GET + b"".join(b"X-%d: %b\r\n" % (n, b"a" * 1000) for n in range(40)) + b"\r\n", 431, id="long headers"),
        pytest.param(b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405, id="another method"),
        pytest.param(b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 404, id="a tunnel"),
        pytest.param(b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 404, id="the server as a whole"),
        pytest.param(b"GET //elsewhere.example/ HTTP/1.1\r\nHost: a\r\n\r\n", 404, id="a path like a host"),
        pytest.param(b"GET /docs/%00 HTTP/1.1\r\nHost: a\r\n\r\n", 404, id="a zero byte"),
        pytest.param(b"GET /docs/%ff%zz HTTP/1.1\r\nHost: a\r\n\r\n", 404, id="no UTF-8"),
    ],
)
def test_what_is_refused_is_a_problem(bare, sent, status):
    answer = bare.raw(sent)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert list(answer.json)[:6] == ["type", "title", "status", "detail", "instance", "errors"]
    assert answer.json["status"] == status
    assert answer.json["instance"] == answer.headers["X-Request-Id"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"not http at all\r\n\r\n", 400, id="no request line"),
        pytest.param(GET + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, id="two lengths"),
        pytest.param(GET + b"Name : value\r\n\r\n", 400, id="a space in a name"),
        pytest.param(GET + b"".join(b"X-%d: 1\r\n" % n for n in range(120)) + b"\r\n", 431, id="more than a hundred headers"),
        pytest.param(b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, id="a path of 70 kB"),
    ],
)
def test_what_the_server_cannot_read_it_refuses_without_a_body(bare, sent, status):
    """docs/deploy.md says so in its first lines; the gateway answers these with problems."""
    answer = bare.raw(sent)
    assert answer.status == status
    assert answer.body == b""
    assert answer.headers["Connection"] == "close"


def test_a_client_that_still_sends_a_chunked_body_gets_its_answer(bare):
    chunk = b"80000\r\n" + b"x" * 0x80000 + b"\r\n"
    with bare.open(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk) as channel:
        for _ in range(8):
            time.sleep(0.1)
            channel.sendall(chunk)
        channel.sendall(b"0\r\n\r\n")
        assert channel.recv(15) == b"HTTP/1.1 411 Le"


def test_the_body_is_asked_for_with_100_where_it_will_be_read(bare):
    with bare.open(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(STEP)) as channel:
        assert channel.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        channel.sendall(STEP)
        assert channel.recv(15) == b"HTTP/1.1 200 OK"


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics", "/optimizers", "/docs/"])
def test_a_head_has_the_length_of_the_answer_and_no_body(bare, path):
    head = bare.request("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["Content-Length"]) > 10


def test_an_answer_that_is_not_new_has_no_body(bare):
    known = bare.get("/optimizers").headers["ETag"]
    again = bare.get("/optimizers", **{"If-None-Match": known})
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", known)


def test_metrics_are_what_prometheus_reads(bare):
    answer = bare.get("/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    names = {line.split()[2] for line in answer.body.decode().splitlines() if line.startswith("# TYPE")}
    assert names >= {"stepgrade_requests_total", "stepgrade_request_seconds", "stepgrade_queue_length", "stepgrade_worker_restarts_total"}

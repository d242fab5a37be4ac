"""What the gateway tells a browser, with TLS and without; and the answers that it gives where no replica does."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import yaml
from tests.deploy.composed import ROOT, STACK, composed

STEP = json.dumps({"optimizer": {"name": "sgd", "lr": 0.1}, "params": 1.0, "gradient": 1.0}).encode()
TLS = ROOT / "deploy" / "gateway" / "tls"
HSTS = "Strict-Transport-Security"

#: What is asked, and the headers for browsers that the answer has: of the service's own, and of the gateway's own problems.
ANSWERS = {
    "page": ("GET", "/", b"", "text/html", {"Content-Security-Policy", "Referrer-Policy"}),
    "documentation": ("GET", "/docs/", b"", "text/html", {"Content-Security-Policy", "Referrer-Policy"}),
    "script": ("GET", "/docs/swagger-ui.css", b"", "*/*", set()),
    "json": ("POST", "/step", STEP, "application/json", set()),
    "problem of the service": ("POST", "/step", b"{}", "application/json", set()),
    "problem of the gateway": ("GET", "/metrics", b"", "*/*", set()),
}


@pytest.mark.parametrize("asked", ANSWERS.values(), ids=ANSWERS)
def test_each_header_comes_once_and_says_no_version_of_nginx(gateway, asked):
    method, path, body, accept, own = asked
    answer = gateway.request(method, path, body or None, {"Content-Type": "application/json", "Accept": accept})
    names = [name.title() for name, _ in answer.headers.items()]
    assert {name for name in names if names.count(name) > 1} - {"Vary"} == set()
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert own == {name for name in ("Content-Security-Policy", "Referrer-Policy") if name in answer.headers}
    assert "X-Frame-Options" not in answer.headers, "a course may show the page in a frame; the policy of /docs/ forbids it there"
    assert answer.headers["Server"] == "nginx"
    assert HSTS not in answer.headers, "there is no TLS here"


def test_a_replica_that_does_not_answer_in_time_is_a_504_that_says_when_to_retry(new_gateway):
    def hurry(gateway):
        path = gateway.directory / "nginx.conf"
        hurried, changed = re.subn(r"proxy_read_timeout \w+;", "proxy_read_timeout 100ms;", path.read_text())
        assert changed == 1
        path.write_text(hurried)

    with socket.create_server(("127.0.0.1", 0)) as silent:
        answer = new_gateway([silent.getsockname()[1]], change=hurry).post("/step", STEP)
    assert answer.status == answer.json["status"] == 504
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["type"] == "urn:stepgrade:problem:gateway-timeout"
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.fixture(scope="module")
def certified(nginx, new_directory):
    """A directory with a certificate for 127.0.0.1 and its key."""
    if shutil.which("openssl") is None:
        if os.environ.get("STEPGRADE_REQUIRE_NGINX") == "1":
            pytest.fail("there is no openssl here (apt-get install openssl)")
        pytest.skip("there is no openssl here (apt-get install openssl)")
    directory = new_directory()
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=here"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-out", directory / "certificate", "-keyout", directory / "key"]
    subprocess.run(made, check=True, capture_output=True)
    directory.chmod(0o755)  # nginx runs as another user here
    (directory / "key").chmod(0o644)
    return directory


class Ok(BaseHTTPRequestHandler):
    """As much of a replica as TLS needs."""

    def do_POST(self):
        self.send_response(200 if self.path == "/step" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def tls(new_gateway, certified):
    """The gateway as tls/compose.yml starts it; its port is the one for TLS, and `plain` the other."""

    def listen(gateway):
        gateway.plain = gateway.port + 1
        text = (TLS / "listen.conf").read_text().replace("/run/secrets", str(certified))
        for inner, outer in (("8080", gateway.plain), ("8443", gateway.port)):
            assert f"listen {inner}" in text
            text = text.replace(f"listen {inner}", f"listen 127.0.0.1:{outer}")
        (gateway.directory / "site" / "listen.conf").write_text(text)

    with ThreadingHTTPServer(("127.0.0.1", 0), Ok) as replica:
        Thread(target=replica.serve_forever, daemon=True).start()
        yield new_gateway([replica.server_port], change=listen)
        replica.shutdown()


def over_tls(tls, certified, method, path, body=None):
    trusting = ssl.create_default_context(cafile=str(certified / "certificate"))
    connection = http.client.HTTPSConnection("127.0.0.1", tls.port, timeout=20, context=trusting)
    connection.request(method, path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


@pytest.mark.parametrize(("path", "status"), [("/step", 200), ("/nowhere", 404), ("/metrics", 404)])
def test_with_tls_a_browser_is_told_to_come_with_tls_from_now_on(tls, certified, path, status):
    answer, body = over_tls(tls, certified, "POST", path, STEP)
    assert answer.status == status, body
    assert answer.headers.get_all(HSTS) == ["max-age=31536000"]


@pytest.mark.parametrize("port", ["plain", "port"])
def test_without_tls_a_client_is_told_where_to_go(tls, port):
    tls_port, tls.port = tls.port, getattr(tls, port)
    try:
        answer = tls.post("/step?a=b", STEP)
    finally:
        tls.port = tls_port
    where = "127.0.0.1" if port == "plain" else f"127.0.0.1:{tls.port}"  # as published, the ports are 80 and 443
    assert (answer.status, answer.headers["Location"]) == (308, f"https://{where}/step?a=b")
    assert HSTS not in answer.headers


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_versions_of_tls_are_refused(tls, certified):
    old = ssl.create_default_context(cafile=str(certified / "certificate"))
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError, match="ALERT"), socket.create_connection(("127.0.0.1", tls.port)) as channel:
        old.wrap_socket(channel, server_hostname="127.0.0.1")


def test_the_files_of_tls_fit_one_another_and_the_stack():
    listen = (TLS / "listen.conf").read_text()
    added = composed(TLS / "compose.yml")
    [port] = added["services"]["gateway"]["ports"]
    assert f"listen {port['target']} ssl" in listen
    assert f"listen {composed(STACK)['services']['gateway']['ports'][0]['target']};" in listen
    assert (ROOT / added["configs"]["listen"]["file"]).resolve() == TLS / "listen.conf"
    assert added["configs"]["listen"]["name"] == composed(STACK)["configs"]["listen"]["name"]
    for secret in added["services"]["gateway"]["secrets"]:
        assert f"/run/secrets/{secret['target']};" in listen
        assert secret["source"] in added["secrets"]
        assert secret["uid"] == yaml.safe_load(STACK.read_text())["services"]["gateway"]["user"].split(":")[0]

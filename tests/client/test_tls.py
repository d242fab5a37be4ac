"""The client against a server that is slow behind TLS: the deadline holds for the handshake, the request and the answer."""

import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest

from stepgrade import Client, ServiceTimeout
from stepgrade.messages import Request
from stepgrade.transports import HttpTransport

LONGEST = 3.0  # seconds that a connection is served at most
DEADLINE, SOON = 0.5, 1.8


def dripping(connection, begin, piece):
    """Say this, then one byte after another."""
    connection.sendall(begin)
    ends = time.monotonic() + LONGEST
    while time.monotonic() < ends:
        for byte in piece:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)


def taking(connection):
    """Take the request little by little."""
    ends = time.monotonic() + LONGEST
    while time.monotonic() < ends:
        connection.recv(16_384)
        time.sleep(0.05)


def serve(listening, talk, context=None):
    """Serve one connection after another, in a thread."""

    def run():
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            try:
                connection.settimeout(LONGEST)
                with context.wrap_socket(connection, server_side=True) if context else connection as spoken:
                    talk(spoken)
            except OSError:
                continue

    threading.Thread(target=run, daemon=True).start()


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for this machine, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    folder = tmp_path_factory.mktemp("tls")
    files = folder / "certificate.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-out", files[0], "-keyout", files[1]]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    return files


@pytest.fixture
def secured(listening, certificate, monkeypatch):
    """Serve behind TLS, with a certificate that the client trusts."""

    def make(talk):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
        serve(listening, talk, context)
        return address(listening)

    return make


def address(listening):
    return f"https://127.0.0.1:{listening.getsockname()[1]}"


def test_a_handshake_that_drips_does_not_outlast_the_deadline(listening):
    serve(listening, lambda connection: dripping(connection, b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", b"\x03"))
    began = time.monotonic()
    with Client(address(listening), deadline=DEADLINE) as client, pytest.raises(ServiceTimeout):
        client.health()
    assert time.monotonic() - began < SOON


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"], ids=["head", "body"])
def test_an_answer_that_drips_does_not_outlast_the_deadline(secured, begin):
    url, began = secured(lambda connection: dripping(connection, begin, b"HTTP/1.1 200 OK ")), time.monotonic()
    with Client(url, deadline=DEADLINE) as client, pytest.raises(ServiceTimeout):
        client.health()
    assert time.monotonic() - began < SOON


def test_a_request_that_is_taken_slowly_does_not_outlast_the_deadline(secured):
    request = Request.make("POST", "/step", {"params": ["x" * 30_000_000]}, None, "application/json")
    transport, began = HttpTransport(secured(taking), deadline=DEADLINE), time.monotonic()
    with pytest.raises(ServiceTimeout):
        transport.send(request)
    assert time.monotonic() - began < SOON


def answering(connection):
    """Answer when the request is there: a connection that closes with data unread takes its answer back."""
    connection.recv(16_384)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


def test_a_whole_answer_comes_through(secured):
    with Client(secured(answering)) as client:
        assert client.health() == {}


# Through a proxy: what it says to CONNECT, and the handshake with the server behind it.

CONNECTED = b"HTTP/1.1 200 OK\r\n\r\n"
HANDSHAKE = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", b"\x03"
SLOW = {
    "the answer to CONNECT": lambda connection: dripping(connection, b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "many headers": lambda connection: dripping(connection, b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n"),
    "the handshake behind it": lambda connection: dripping(connection, CONNECTED + HANDSHAKE[0], HANDSHAKE[1]),
    "a handshake that begins late": lambda connection: (time.sleep(0.8 * DEADLINE), connection.sendall(CONNECTED), time.sleep(LONGEST)),
}


@pytest.mark.parametrize("slow", SLOW)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_drips_does_not_outlast_the_deadline(listening, secured, monkeypatch, scheme, slow):
    def talk(connection):
        connection.recv(65_536)
        SLOW[slow](connection)

    if scheme == "https":
        secured(talk)
    else:
        serve(listening, talk)
    monkeypatch.setenv("https_proxy", address(listening).replace("https", scheme))
    began = time.monotonic()
    with Client("https://service.example", deadline=DEADLINE) as client, pytest.raises(ServiceTimeout):
        client.health()
    assert time.monotonic() - began < SOON

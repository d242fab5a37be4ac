"""Where the server listens, and what its connections inherit."""

import resource
import socket

import pytest

from stepgrade_service.serving.listening import OTHER_FILES, CannotListen, address_of, connections, hold_free, written
from stepgrade_service.serving.slow_readers import SECONDS, limit_slow_readers


@pytest.mark.parametrize(
    ("host", "address"), [("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1"), ("::1", "::1"), ("[::1]", "::1"), ("::", "::")]
)
def test_a_host_is_an_address_or_a_name_of_this_machine(host, address):
    assert address_of(host) == address


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a b", "fe80::1%lo", "1.2.3.4.5", ""])
def test_any_other_is_refused_with_what_is_expected(host):
    with pytest.raises(CannotListen, match=r"STEPGRADE_SERVER_HOST: .* use 127\.0\.0\.1"):
        address_of(host)


def test_an_ipv6_address_stands_in_brackets():
    assert written("::1", 8000) == "[::1]:8000"
    assert written("127.0.0.1", 8000) == "127.0.0.1:8000"


def test_a_port_that_is_taken_is_told():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"cannot listen on 127.0.0.1:{port}: .* STEPGRADE_SERVER_PORT"):
            hold_free("127.0.0.1", port)


def test_there_are_never_more_connections_than_files(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 1024))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    assert connections(100) == 100
    assert connections(5000) == 1024 - OTHER_FILES


def test_as_many_files_are_allowed_as_connections_need(monkeypatch):
    limits = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 4096))
    monkeypatch.setattr(resource, "setrlimit", lambda _, both: limits.append(both))
    assert connections(2048) == 2048
    assert limits == [(2048 + OTHER_FILES, 4096)]


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="an option of Linux")
def test_a_connection_ends_whose_client_reads_nothing_and_other_ports_are_left_alone():
    with socket.create_server(("127.0.0.1", 0)) as ours, socket.create_server(("127.0.0.1", 0)) as other:
        limit_slow_readers(ours.getsockname()[1])
        with socket.create_connection(ours.getsockname()), ours.accept()[0] as connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 1000 * SECONDS
        assert other.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 0

"""Clients that do not read their answers."""

import socket
import time
from contextlib import suppress
from struct import pack

import pytest

from stepgrade_service.serving import slow_readers
from stepgrade_service.serving.slow_readers import SlowReaders


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="what is unread is known on Linux")
def test_a_connection_that_does_not_move_is_ended_once_memory_is_short(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as ours, socket.create_connection(ours.getsockname()):
        connection, _ = ours.accept()
        with connection:
            connection.setblocking(False)
            with suppress(BlockingIOError):
                while connection.send(b"x" * 65536):
                    pass
            time.sleep(0.5)
            readers = SlowReaders(ours.getsockname()[1], 1 << 30)
            readers.look()
            readers.look()
            monkeypatch.setattr("stepgrade_service.serving.slow_readers._in_use", lambda: 1 << 60)
            readers.look()
            readers.look()
            with pytest.raises(BrokenPipeError):
                connection.send(b"x")


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="what is unread is known on Linux")
def test_a_connection_that_moves_stays_though_as_much_is_under_way_at_each_look(monkeypatch):
    monkeypatch.setattr(slow_readers, "_in_use", lambda: 1 << 60)
    monkeypatch.setattr(slow_readers, "ioctl", lambda *_: pack("i", 100))
    with socket.create_server(("127.0.0.1", 0)) as ours, socket.create_connection(ours.getsockname()) as client:
        connection, _ = ours.accept()
        with connection:
            readers = SlowReaders(ours.getsockname()[1], 1 << 30)
            for _ in range(3):
                connection.sendall(b"x" * 100)
                assert len(client.recv(100, socket.MSG_WAITALL)) == 100
                readers.look()
            connection.sendall(b"y")
            assert client.recv(1) == b"y"

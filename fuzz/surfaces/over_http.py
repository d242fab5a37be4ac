"""Headers and raw sockets: a real server, started as anybody starts it, and asked over connections of its own."""

from __future__ import annotations

import dataclasses
import http.client
import io
import os
import re
import socket
import struct
import tempfile
from collections.abc import Callable
from contextlib import suppress
from time import sleep

from demo.server import HOST, Server, chosen_port

from stepgrade import Client

from .. import envelopes, wire
from ..case import Case, Exchange, Request
from ..contract import broken_rule
from ..dice import Dice
from ..look import Limits, Look
from ..measuring import children, resident
from ..minimise import smaller_bytes
from ..service import Answer, Service, named
from ..valid import Catalogue

#: Seconds in which the server says that it is alive, whatever it was sent before.
ALIVE = 1.0

#: Seconds in which an answer has to come where a whole request was sent.
ANSWER = 25.0

#: So long a connection is listened to on which the server may owe nothing.
LISTEN = 0.05

#: What no answer of the server has, but where the cases before have left too many requests in its queue.
FAULTS, BUSY = re.compile(rb"^HTTP/1\.1 5\d\d", re.MULTILINE), b"urn:stepgrade:problem:overloaded"


class OverHttp:
    """What both surfaces have: the server, and what is looked at after each case."""

    chunk = 50

    def __init__(self, app: str, limits: Limits) -> None:
        os.environ["STEPGRADE_SERVER_MAX_MEMORY"] = str(limits.memory)
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - it is open as long as the server
        self.server = Server(chosen_port(), self._errors)
        self.server.start()
        with Client(self.server.url) as client:
            self.server.wait(client)
        self.catalogue = Catalogue(Service(named(app)).ask)
        self._workers = self._worker_processes()

    def look(self, case: Case, often: bool = False) -> Look:
        """Send a case; then the server has to be alive, and the worker the same."""
        label, found = self._exchanged(case)
        if not self._is_alive():
            found = found or f"not alive within {ALIVE:g} s"
        if often and self._worker_processes() != self._workers:
            self._workers, found = self._worker_processes(), found or "a worker of the server ended"
        return Look(label, found)

    def _exchanged(self, case: Case) -> tuple[str, str]:
        raise NotImplementedError

    def connected(self, timeout: float) -> socket.socket:
        return socket.create_connection((HOST, self.server.port), timeout=timeout)

    def _is_alive(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.server.port, timeout=ALIVE)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def _worker_processes(self) -> list[int]:
        return children(self.server.process.pid) if self.server.process else []

    def memory(self) -> float:
        return max(map(resident, self._worker_processes()), default=0.0)

    def close(self) -> None:
        self.server.stop()
        self._errors.close()


class Headers(OverHttp):
    """Requests that are whole, with odd addresses and headers."""

    def case(self, dice: Dice) -> Request:
        return wire.with_odd_headers(dice, envelopes.asked(dice, self.catalogue) if dice.chance(0.5) else self._step(dice))

    def _step(self, dice: Dice) -> Request:
        path = dice.one_of(list(self.catalogue.bodies))
        return envelopes.posted(dice, path, wire.STEP, self.catalogue.forms[path])

    def _exchanged(self, case: Case) -> tuple[str, str]:
        assert isinstance(case, Request)
        with self.connected(ANSWER) as channel, suppress(OSError):
            channel.sendall(wire.request_bytes(case))
            try:
                return self._judged(case, read(channel, case.method))
            except http.client.HTTPException as error:
                return "no HTTP", f"an answer that is no HTTP: {type(error).__name__}"
            except TimeoutError:
                return "no answer", "no answer to a whole request"
        return "closed", ""

    def _judged(self, case: Request, answer: Answer) -> tuple[str, str]:
        """What the server cannot read it refuses without a body; all other answers keep the contract."""
        label = f"{answer.status} {answer.mimetype}"
        if not answer.body and answer.headers.get("connection") == "close" and answer.status in (400, 414, 431):
            return label, ""
        return label, broken_rule(case, answer) or ""

    def smaller(self, case: Case, found: str) -> Request:
        assert isinstance(case, Request)
        for header in case.headers:
            without = dataclasses.replace(case, headers=[each for each in case.headers if each is not header])
            if self._exchanged(without)[1] == found:
                case = without
        return case


class Sockets(OverHttp):
    """Bytes that are not always HTTP, and connections that end too early."""

    def case(self, dice: Dice) -> Exchange:
        return wire.exchange(dice, self.catalogue)

    def _exchanged(self, case: Case) -> tuple[str, str]:
        assert isinstance(case, Exchange)
        heard = b""
        with suppress(OSError), self.connected(LISTEN) as channel:
            for number, piece in enumerate(case.pieces):
                if number:
                    sleep(case.pause)
                channel.sendall(piece)
            heard = ENDINGS[case.ending](channel)
        fault = FAULTS.search(heard)
        status = re.match(rb"HTTP/1\.1 (\d\d\d)", heard)
        label = status[1].decode() if status else "silence" if not heard else "other bytes"
        if label == "other bytes":
            return label, "bytes that are no HTTP"
        return label, f"an answer of {fault[0][-3:].decode()}" if fault and BUSY not in heard else ""

    def smaller(self, case: Case, found: str) -> Exchange:
        assert isinstance(case, Exchange)
        pieces, fixed = list(case.pieces), case

        def fails_with(place: int) -> Callable[[bytes], bool]:
            def fails(piece: bytes) -> bool:
                return self.look(dataclasses.replace(fixed, pieces=[*pieces[:place], piece, *pieces[place + 1 :]]), True).found == found

            return fails

        for place, piece in enumerate(pieces):
            pieces[place] = smaller_bytes(piece, fails_with(place))
        return dataclasses.replace(case, pieces=pieces)


def read(channel: socket.socket, method: str) -> Answer:
    """The answer to a request; raises http.client.HTTPException where it is no HTTP."""
    response = http.client.HTTPResponse(channel, method=method)
    response.begin()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, headers, response.read())


def heard_out(channel: socket.socket) -> bytes:
    """All that comes until nothing comes for a while."""
    heard = io.BytesIO()
    with suppress(TimeoutError, ConnectionError):
        while part := channel.recv(1 << 16):
            heard.write(part)
    return heard.getvalue()


def cut_off(channel: socket.socket) -> bytes:
    """Nothing: the connection is torn, as when a machine is switched off."""
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return b""


def half_closed(channel: socket.socket) -> bytes:
    """What comes after the client has said that it sends no more."""
    channel.shutdown(socket.SHUT_WR)
    return heard_out(channel)


def little_read(channel: socket.socket) -> bytes:
    """The first bytes, and then no more."""
    with suppress(TimeoutError, ConnectionError):
        return channel.recv(12)
    return b""


ENDINGS: dict[str, Callable[[socket.socket], bytes]] = {
    "read": heard_out,
    "reset": cut_off,
    "half-close": half_closed,
    "little": little_read,
    "close": lambda _: b"",
}

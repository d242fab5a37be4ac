"""Answers in a file, so that an interrupted sweep can continue.

Each line holds one answer: its request, its length, and its JSON without changes, so every float64 keeps its last bit. Lines are only
appended, each with one write. An incomplete line is skipped, and its request is sent again.
"""

from __future__ import annotations

import json
import os
import re
import threading
from hashlib import sha256
from pathlib import Path

from requests.structures import CaseInsensitiveDict

from stepgrade.checked import members, text
from stepgrade.errors import ConfigurationError
from stepgrade.messages import Answer, Request
from stepgrade.strict_json import parse
from stepgrade.transports import Transport

JSON = "application/json"
MARK = b'{"stepgrade_journal":1,'
FACTS = re.compile(re.escape(MARK) + rb'"key":"([0-9a-f]{64})","size":(\d{1,15}),')
BEFORE_ANSWER, AFTER_ANSWER = b',"answer":', b"}\n"


class Journal:
    """The answers in one file; only where they stand is held in memory. Several threads may share it.

    `fault` is what the last write failed with, None if it did not.

    Raises
    ------
    ConfigurationError
        The file is something else, or cannot be read or written.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.fault: ConfigurationError | None = None
        self._lock = threading.Lock()
        self._places: dict[bytes, tuple[int, int]] = {}
        try:
            self._open()
        except OSError as error:
            raise self._unusable(error) from error

    def get(self, request: Request) -> Answer | None:
        """The answer to `request`, if it is there and can be read; if not, it is asked again, and the later line counts."""
        place = self._places.get(_key(request))
        if place is None:
            return None
        try:
            with self.path.open("rb") as file:
                file.seek(place[0])
                line = file.read(place[1])
        except OSError:
            return None
        if not _is_whole(line) or _key_of(line) != _key(request):  # the file was changed meanwhile
            return None
        return _kept(line)

    def add(self, request: Request, answer: Answer) -> None:
        """Append one answer. Raises nothing: a full disk must not cost the answer, and stands in `fault`."""
        body = answer.body.translate(None, b"\r\n")  # outside strings, where JSON has none
        facts = {"path": request.path, "request": json.loads(request.body), "request_id": answer.id_or(request.id)}
        head = MARK + b'"key":"%s","size":%d,' % (_key(request).hex().encode(), len(body)) + json.dumps(facts).encode()[1:-1]
        line = head + BEFORE_ANSWER + body + AFTER_ANSWER
        with self._lock:
            try:
                with self.path.open("ab") as file:
                    file.write(line)
                    file.flush()
                    self._places[_key(request)] = (file.tell() - len(line), len(line))
            except OSError as error:
                self.fault = self._unusable(error)

    def _open(self) -> None:
        """Find what is there, and end a line that was half-written, so that the next stands alone."""
        with self.path.open("a+b") as file:
            file.seek(0)
            start = file.read(len(MARK))
            if not MARK.startswith(start):
                raise ConfigurationError(f"{self.path} is not the journal of a sweep. Name another file, or a new one.")
            if len(start) < len(MARK):  # the process died at its first letters: nothing is there
                file.truncate(0)
            file.seek(0)
            at, line = 0, b"\n"
            for line in file:
                if _is_whole(line):
                    self._places[_key_of(line)] = (at, len(line))
                at += len(line)
            if not line.endswith(b"\n"):
                file.write(b"\n")

    def _unusable(self, error: OSError) -> ConfigurationError:
        return ConfigurationError(f"The journal {self.path} cannot be used: {error.strerror or error}")


class Journaling:
    """A transport that asks another one for what is not in the journal yet, and keeps what it answers."""

    def __init__(self, transport: Transport, journal: Journal) -> None:
        self.transport, self.journal = transport, journal

    def __repr__(self) -> str:
        """Where it goes."""
        return repr(self.transport)

    def send(self, request: Request) -> Answer:
        """Answer from the journal, or else send."""
        if request.method != "POST" or request.headers["Accept"] != JSON:  # a picture
            return self.transport.send(request)
        kept = self.journal.get(request)
        if kept is not None:
            return kept
        answer = self.transport.send(request)
        if answer.status == 200 and _is_ours(answer):
            self.journal.add(request, answer)
        return answer

    def close(self) -> None:
        """Close what carries the requests."""
        self.transport.close()


def _key(request: Request) -> bytes:
    return sha256(b"\n".join([request.method.encode(), request.path.encode(), request.body])).digest()


def _key_of(line: bytes) -> bytes:
    found = FACTS.match(line)
    return bytes.fromhex(found[1].decode()) if found else b""


def _kept(line: bytes) -> Answer | None:
    """The answer in a whole line; None where the line was damaged, or written by somebody else."""
    body = line[-_size(line) - len(AFTER_ANSWER) : -len(AFTER_ANSWER)]
    try:
        request_id = text(members(parse(line[: -len(body) - len(AFTER_ANSWER) - len(BEFORE_ANSWER)] + b"}"))["request_id"])
    except (LookupError, TypeError, ValueError):
        return None
    answer = Answer(200, CaseInsensitiveDict({"Content-Type": JSON, "X-Request-Id": request_id}), body)
    return answer if _is_ours(answer) else None


def _is_ours(answer: Answer) -> bool:
    """Whether Stepgrade answered: a login page, or what another service says, must not be kept."""
    try:
        return "engine" in members(answer.json())
    except (ValueError, TypeError):
        return False


def _size(line: bytes) -> int:
    found = FACTS.match(line)
    return int(found[2]) if found else -1


def _is_whole(line: bytes) -> bool:
    size = _size(line)
    before = -size - len(AFTER_ANSWER)
    return size > 0 and line.endswith(AFTER_ANSWER) and line[before - len(BEFORE_ANSWER) : before] == BEFORE_ANSWER

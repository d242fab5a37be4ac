"""Answers in an SQLite file, so that an interrupted sweep can continue.

An answer is a row, and its JSON stands there as it came, so every float64 keeps its last bit. A row is written whole or not at all:
SQLite takes back what a kill interrupts, and that request is sent again.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from hashlib import sha256
from pathlib import Path

from requests.structures import CaseInsensitiveDict

from stepgrade.checked import members
from stepgrade.errors import ConfigurationError
from stepgrade.messages import Answer, Request
from stepgrade.transports import Transport

JSON = "application/json"
PATIENCE = 60.0  # seconds that a write waits for other processes

#: By this number, which SQLite keeps for an application, a journal is known.
NUMBER = int.from_bytes(b"stpg", "big")
OLD_FORMAT = b'{"stepgrade_journal":'

#: In a write-ahead log a row does not wait for the disk, and a power failure costs the last rows at most.
PREPARE = (
    "PRAGMA trusted_schema = OFF",
    f"PRAGMA application_id = {NUMBER}",
    "CREATE TABLE IF NOT EXISTS answers (key BLOB PRIMARY KEY, path TEXT, request TEXT, request_id TEXT, answer TEXT)",
    "COMMIT",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
)

#: What SQLite's own words do not say.
REASONS = {
    sqlite3.SQLITE_FULL: "No space left on device",
    sqlite3.SQLITE_READONLY: "The file or its folder is read-only",
    sqlite3.SQLITE_CANTOPEN: "No file can be written there. Its folder must exist, and you must be allowed to write in it",
    sqlite3.SQLITE_BUSY: "Another program has locked it",
    sqlite3.SQLITE_CORRUPT: "The file is damaged. Delete it, or name a new one",
}


class Journal:
    """The answers in one file. Several threads, and several processes, may share it.

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
        try:
            self._file = sqlite3.connect(self.path.absolute(), PATIENCE, isolation_level=None, check_same_thread=False)
            weakref.finalize(self, self._file.close)
            self._open()
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def get(self, request: Request) -> Answer | None:
        """The answer to `request`, if it is there and can be read; if not, it is asked again, and the later row counts."""
        try:
            with self._lock:
                row = self._file.execute("SELECT request_id, answer FROM answers WHERE key = ?", [_key(request)]).fetchone()
        except sqlite3.Error:  # also text that is no UTF-8
            return None
        if row is None or not all(isinstance(part, str) for part in row):  # the file was changed by somebody else
            return None
        answer = Answer(200, CaseInsensitiveDict({"Content-Type": JSON, "X-Request-Id": row[0]}), row[1].encode())
        return answer if _is_ours(answer) else None

    def add(self, request: Request, answer: Answer) -> None:
        """Keep one answer. Raises nothing: a full disk must not cost the answer, and stands in `fault`."""
        row = [_key(request), request.path, request.body.decode(), answer.id_or(request.id), answer.body.decode()]
        try:
            with self._lock:
                self._file.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", row)
        except sqlite3.Error as error:
            self.fault = self._unusable(error)

    def _open(self) -> None:
        """Make what a new file lacks; a file that is something else stays as it is."""
        try:
            self._file.execute("BEGIN IMMEDIATE")
            if self._file.execute("PRAGMA application_id").fetchone() != (NUMBER,) and self.path.stat().st_size:
                raise self._something_else()
            for statement in PREPARE:
                self._file.execute(statement)
            if self._file.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise sqlite3.DatabaseError(REASONS[sqlite3.SQLITE_CORRUPT])
        finally:
            self._file.rollback()

    def _unusable(self, error: sqlite3.Error) -> ConfigurationError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without what SQLite adds to it for experts
        if code == sqlite3.SQLITE_NOTADB:
            return self._something_else()
        return ConfigurationError(f"The journal {self.path} cannot be used: {REASONS.get(code, str(error))}.")

    def _something_else(self) -> ConfigurationError:
        with self.path.open("rb") as file:
            is_old = file.read(len(OLD_FORMAT)) == OLD_FORMAT
        what = "the journal of an older Stepgrade, which this one cannot read" if is_old else "not the journal of a sweep"
        return ConfigurationError(f"{self.path} is {what}. Name another file, or a new one.")


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


def _is_ours(answer: Answer) -> bool:
    """Whether Stepgrade answered: a login page, or what another service says, must not be kept."""
    try:
        return "engine" in members(answer.json())
    except (ValueError, TypeError):
        return False

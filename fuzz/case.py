"""A case: what is sent. Its seed, its surface and its number determine it; in the corpus it is a file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .dice import Dice

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Request:
    """One request of HTTP."""

    method: str
    target: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str:
        """A header, its name in lower case; one that stands several times as one, as a server puts it together."""
        return ",".join(value for known, value in self.headers if known.lower() == name)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def written(self) -> dict[str, Any]:
        """The request as it stands in a file. Latin-1 has a character for each byte, so that no body is lost."""
        return {"method": self.method, "target": self.target, "headers": self.headers, "body": self.body.decode("latin-1")}


def request_of(written: dict[str, Any]) -> Request:
    """The request that stands in a file."""
    headers = [(name, value) for name, value in written["headers"]]
    return Request(written["method"], written["target"], headers, written["body"].encode("latin-1"))


@dataclass(frozen=True)
class Exchange:
    """What is sent over one connection: pieces of bytes, the seconds between them, and how the connection ends."""

    pieces: list[bytes]
    pause: float = 0.0
    ending: str = "read"

    def written(self) -> dict[str, Any]:
        return {"pieces": [piece.decode("latin-1") for piece in self.pieces], "pause": self.pause, "ending": self.ending}


def exchange_of(written: dict[str, Any]) -> Exchange:
    """The exchange that stands in a file."""
    return Exchange([piece.encode("latin-1") for piece in written["pieces"]], written["pause"], written["ending"])


Case = Request | Exchange


def dice_of(seed: int, surface: str, number: int) -> Dice:
    """What the case of this number is made with."""
    return Dice(f"{seed}:{surface}:{number}")


def keep(surface: str, name: str, case: Case, found: str, directory: Path | None = None) -> Path:
    """Write a case into the corpus; returns its file."""
    path = (directory or CORPUS) / surface / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"found": found, **case.written()}, indent=1) + "\n", encoding="utf-8")
    return path


def kept(surface: str, directory: Path | None = None) -> dict[str, Case]:
    """The cases of a surface in the corpus, by name."""
    found: dict[str, Case] = {}
    for path in sorted(((directory or CORPUS) / surface).glob("*.json")):
        written = json.loads(path.read_text(encoding="utf-8"))
        found[path.stem] = exchange_of(written) if "pieces" in written else request_of(written)
    return found

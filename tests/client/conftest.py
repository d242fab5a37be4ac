"""A scripted service for the client's tests: it answers what it was told to, in order, and remembers what it was asked."""

from __future__ import annotations

import copy
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from requests.structures import CaseInsensitiveDict

from stepgrade import Answer, Client, Request, transports

STEP = {
    "status": "completed",
    "engine": "2.0",
    "params": [0.9, 2.1],
    "update": [-0.1, 0.1],
    "state": {"t": 1, "m": [0.05, -0.4], "v": [0.1, None]},
    "optimizer": {"name": "adam", "convention": "torch", "lr": 0.1},
    "measures": {"gradient_norm": 4.0, "update_norm": 0.141421, "descent_cosine": None, "effective_lr": [0.2, None]},
}
#: What `include: ["work"]` adds to it.
WORK = {
    "work": [
        {"name": "m", "symbol": "m_t", "formula": r"\beta_1\,m_{t-1}", "numbers": r"0.9 \cdot 0 = 0", "value": 0.0},
        {"name": "rho", "symbol": r"\rho_t", "formula": "1", "numbers": "1", "value": 1, "note": "rho_t is not above 5."},
        {
            "name": "params",
            "symbol": r"\theta_t",
            "formula": r"\theta_{t-1} + \Delta \theta_t",
            "numbers": r"\begin{aligned} \mathtt{params[0]}:\quad & 1 = 1 \\ \mathtt{params[1]}:\quad & 2 = 2 \end{aligned}",
            "value": [0.9, None],
        },
    ],
    "letters": [
        {"symbol": "t", "name": "t", "meaning": "the number of this step", "value": 1},
        {"symbol": "m_{t-1}", "name": "m", "meaning": "before the step: running average of gradients", "value": None},
        {"symbol": r"\kappa", "name": "lr_decay", "meaning": "a_b*", "value": {"W": 0.5, "b": 1e-10}},
    ],
}
TRAJECTORY = {
    "status": "completed",
    "stopped_by": None,
    "engine": "2.0",
    "steps": 2,
    "recorded": [0, 1, 2],
    "points": [[1.0, 2.0], [0.9, 1.9], [0.8, 1.8]],
    "values": [3.0, 2.0, 0.000012],
    "updates": [None, [-0.1, -0.1], [-0.1, -0.1]],
    "states": [{"t": 0, "m": [0.0, 0.0]}, {"t": 1, "m": [0.1, 0.2]}, {"t": 2, "m": [0.2, 0.4]}],
    "measures": {"update_norm": [None, 0.14, 0.14]},
    "state": {"t": 2, "m": [0.2, 0.4]},
    "summary": {"steps_to_target": None, "minimum": [0.0, 0.0]},
    "optimizer": {"name": "adam"},
    "objective": {"name": "quadratic"},
}


def run_of(label: str, start: str, settled: int | None, touched: int | None = None, **other: Any) -> dict[str, Any]:
    """One of the `runs` of POST /compare; it touches the target where it settles, unless said otherwise."""
    summary = {
        "steps_to_target": settled if touched is None else touched,
        "settling_step": settled,
        "tail_gap": 0.10473571008456351,
        "path_efficiency": 0.7652006902828627,
        "first_step": 0.8944271435059167,
        "sign_flips": [8, 0],
        "descent_cosine": 0.8682691405208565,
        "target_cosine": 0.915326097537169,
        "turning_cosine": None,
        "final_value": 0.10434953267551304,
        "minimum": [0.0, 0.0],
    }
    ran = {"label": label, "start": start, "status": "completed", "steps": 200, "summary": summary}
    return {**ran, "optimizer": {"name": label, "lr": 0.2}, **other}


def place(rank: int, label: str, settled: int | None, touched: int | None, gap: float | None, **other: Any) -> dict[str, Any]:
    """A place in a ranking."""
    steps = {"settling_step": settled, "steps_to_target": touched}
    return {"rank": rank, "label": label, "status": "completed", **steps, "tail_gap": gap, "tail_value": gap, "final_value": gap, **other}


RANKING = {
    "A": [
        place(1, "rmsprop", 111, 28, 1e-2),
        place(2, "gd", 148, 148, 1e-3),
    ],
    "B": [
        place(1, "rmsprop", None, 9, 0.1),
        place(2, "gd", None, None, None, status="diverged"),
    ],
}
CELL = {"step_length_of": "gd", "direction_of": "rmsprop", "settling_step": 12, "steps_to_target": 10, "tail_gap": 0.1}
CELL |= {"status": "completed", "outcome": 1.0}
SPLIT = {
    "start": "B",
    "plain": "gd",
    "other": "rmsprop",
    "cells": [CELL] * 4,
    "outcome": "log10_tail_gap",
    "magnitude_effect": -0.3,
    "direction_effect": -0.4,
    "interaction": None,
    "standard_errors": None,
    "seeds": None,
    "result": "hurt",
    "because": "both",
    "headline": "From B, rmsprop hurt: it did not settle.",
    "verdict": "From B, rmsprop hurt: it did not settle. Mean value gap at the end: 0.105 for rmsprop, 2.1e-5 for gd.",
    "notes": ["rmsprop is in a limit cycle.", "With a cosine schedule, rmsprop settles in 84 steps."],
}
FLIP = {"start": "B", "of": "ranking", "at_0": ["rmsprop", "gd"], "here": ["gd", "rmsprop"]}
COMPARISON = {
    "engine": "2.0",
    "runs": [
        run_of("gd", "A", 148),
        run_of("gd", "B", None, status="diverged", diverged_at=12),
        run_of("rmsprop", "A", 111, 28, step_length_of="gd", matched=True),
        run_of("rmsprop", "B", None, 9),
    ],
    "ranking": RANKING,
    "matching": {
        "mode": "first_step",
        "baseline": "gd",
        "changes": [{"label": "rmsprop", "start": "A", "lr_before": 0.2, "lr_after": None, "reason": "no rate does it"}],
    },
    "decompose": [SPLIT],
    "rotations": [
        {
            "degrees": 45,
            "runs": [run_of("gd", "B", 54), run_of("rmsprop", "B", 28)],
            "ranking": {"B": RANKING["B"]},
            "matching": {"mode": "first_step", "baseline": "gd", "changes": []},
            "flips": [FLIP],
        }
    ],
    "baseline": "gd",
    "starts": {"A": [-5.0, -1.0], "B": [-0.3, -2.0]},
    "objective": {"name": "quadratic"},
    "optimizers": [{"label": "gd", "name": "sgd", "lr": 0.02}, {"label": "rmsprop", "name": "rmsprop", "lr": 0.2}],
    "steps": 200,
    "target": {"distance": 0.05, "arrival": "settle"},
    "match": "first_step",
}
MAP = {
    "engine": "2.0",
    "axes": [{"name": "x", "values": [-1.0, 0.0, 1.0]}, {"name": "y", "values": [2.0, 3.0]}],
    "labels": ["gd", "rmsprop"],
    "measures": {
        "settling_step": {"gd": [[10, None, 30], [40, 50, 60]], "rmsprop": [[1, 2, 3], [400, 5, 6]]},
        "direction_effect": [[0.5, None, -0.5], [0.1, 0.2, 0.3]],
        "minimum_reached": {"gd": [[0, 0, None], [0, 0, 0]], "rmsprop": [[0, 0, 0], [0, 0, 0]]},
    },
    "counts": {
        "settling_step": {"ahead": {"gd": 1, "rmsprop": 4}, "equal": 0, "neither": 1, "different_minima": 0, "cells": 6},
        "direction_effect": {"helps": 1, "hurts": 4, "ties": 0, "undefined": 1},
        "minimum_reached": {"gd": [5, 1], "rmsprop": [6, 0]},
    },
    "outcome": "log10_settling_step",
    "minima": [[0.0, 0.0]],
    "objective": {"name": "quadratic"},
    "optimizers": [{"label": "gd", "name": "sgd", "lr": 0.02}, {"label": "rmsprop", "name": "rmsprop", "lr": 0.2}],
    "steps": 100,
    "target": {"distance": 0.05, "arrival": "settle"},
}
PROBLEM = {
    "type": "about:blank",
    "title": "Unprocessable",
    "status": 422,
    "detail": "the request has 2 faults",
    "instance": "1234abcd",
    "errors": [
        {"pointer": "/optimizer/lerning_rate", "detail": "unknown; did you mean lr?"},
        {"pointer": "/params/1", "detail": "must be a number"},
    ],
}


@dataclass
class Reply:
    """What the scripted service does with one request; `after` seconds, and `broken`: "reset" before it, "cut" or "stall" within."""

    status: int = 200
    body: bytes | dict[str, Any] = field(default_factory=lambda: STEP)
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0.0
    broken: str = ""

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    @property
    def fields(self) -> dict[str, str]:
        form = "application/problem+json" if self.status >= 400 else "application/json"
        return {"Content-Type": form, **self.headers}


class Handler(BaseHTTPRequestHandler):
    """Plays the next reply of the script, the last one again and again."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        script = self.server.script  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        script.seen.append((self.command, self.path, dict(self.headers), body))
        reply = script.replies[min(len(script.seen), len(script.replies)) - 1]
        time.sleep(reply.after)
        if reply.broken == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        self.send_response(reply.status)
        for name, value in reply.fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.content) + (99 if reply.broken == "cut" else 0)))
        self.close_connection = reply.broken == "cut"
        self.end_headers()
        time.sleep(0.4 if reply.broken == "stall" else 0)
        self.wfile.write(reply.content)

    do_GET = do_POST = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Quiet(ThreadingHTTPServer):
    """A server that says nothing of clients that hang up."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


class Script:
    """The scripted service: `url`, `replies` to come, and what was `seen` as (method, path, headers, body)."""

    def __init__(self) -> None:
        self.replies, self.seen = [Reply()], []
        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.server.script = self  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def plays(self, *replies: dict[str, Any]) -> None:
        """Answer with these from now on, each given by the fields of `Reply`; the last one stays."""
        self.replies = [Reply(**each) for each in replies]


@pytest.fixture
def service() -> Iterator[Script]:
    """A scripted service on a port of its own."""
    script = Script()
    threading.Thread(target=script.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield script
    script.server.shutdown()
    script.server.server_close()


@pytest.fixture
def step_body() -> dict[str, Any]:
    """An answer of POST /step."""
    return copy.deepcopy(STEP)


@pytest.fixture
def work() -> dict[str, Any]:
    """What a worked solution adds to an answer of POST /step."""
    return copy.deepcopy(WORK)


@pytest.fixture
def trajectory_body() -> dict[str, Any]:
    """An answer of POST /trajectory."""
    return copy.deepcopy(TRAJECTORY)


@pytest.fixture
def comparison_body() -> dict[str, Any]:
    """An answer of POST /compare: two optimizers, two starts, a decomposition, a rotation."""
    return copy.deepcopy(COMPARISON)


@pytest.fixture
def map_body() -> dict[str, Any]:
    """An answer of POST /map: two optimizers, 3 x 2 starts."""
    return copy.deepcopy(MAP)


@pytest.fixture
def problem_body() -> dict[str, Any]:
    """A problem document with two faults."""
    return copy.deepcopy(PROBLEM)


@pytest.fixture
def client(service: Script) -> Iterator[Client]:
    """A client of the scripted service."""
    with Client(service.url) as asking:
        yield asking


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that the client made; they take no time."""
    pauses: list[float] = []
    monkeypatch.setattr(transports.http, "sleep", pauses.append)
    return pauses


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' own environment: nothing set for the client, no proxy."""
    ours = ("STEPGRADE_URL", "STEPGRADE_TIMEOUT", "STEPGRADE_OFFLINE", "STEPGRADE_BUNDLE", "STEPGRADE_MAX_ANSWER", "STEPGRADE_ENGINE")
    for name in (*ours, "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


class Canned:
    """A transport that carries nothing: it keeps the last request and answers with `body`."""

    def __init__(self, body: object, status: int = 200) -> None:
        self.answer = Answer(status, CaseInsensitiveDict({"Content-Type": "application/json"}), json.dumps(body).encode())
        self.last: Request | None = None

    def send(self, request: Request) -> Answer:
        self.last = request
        return self.answer

    def close(self) -> None:
        """Nothing is open."""

    @property
    def sent(self) -> Any:
        """The body of the last request, parsed."""
        return json.loads(self.last.body) if self.last else None


@pytest.fixture
def canned() -> Callable[..., tuple[Client, Canned]]:
    """Make a client whose every call is answered by the same body, and its transport."""

    def make(body: object, status: int = 200) -> tuple[Client, Canned]:
        transport = Canned(body, status)
        return Client(transport=transport), transport

    return make

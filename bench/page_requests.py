"""What a page asks for: four paths in one /compare, beside four /trajectory calls. Over HTTP, one connection, kept alive."""

from __future__ import annotations

from collections.abc import Iterator

from connection import Connection, post
from server import SERVICE, serving
from table import Section, at_least, ratio, timed
from timing import calls_of, in_turns

OPTIMIZERS = ({"name": "gd", "lr": 0.02}, {"name": "momentum", "lr": 0.01}, {"name": "rmsprop", "lr": 0.2}, {"name": "adam", "lr": 0.3})
RUN = {"objective": "quadratic", "start": "A", "steps": 300, "include": ["points", "values"]}

#: One call may take at most this part of the time of the four.
TIMES_AS_FAST = 2.0


def sections(rounds: int) -> Iterator[Section]:
    """The same four paths, asked for in one request and in four."""
    together = post("/compare", {**RUN, "optimizers": OPTIMIZERS})
    apart = [post("/trajectory", {**RUN, "optimizer": optimizer}) for optimizer in OPTIMIZERS]
    with serving(SERVICE, together) as server:
        connection = Connection(server.port)
        cases = {
            "one": (calls_of(lambda: connection.ask(together)), 10),
            "four": (calls_of(lambda: [connection.ask(each) for each in apart]), 10),
        }
        times = in_turns(rounds, cases)
        sizes = len(connection.ask(together).body), sum(len(connection.ask(each).body) for each in apart)
        connection.close()
    told = at_least(times["four"].median / times["one"].median, TIMES_AS_FAST)
    rows = [timed("one /compare", times["one"], ratio(times["four"], times["one"]), told), timed("four /trajectory", times["four"])]
    notes = [f"{sizes[0]:,} bytes in one answer, {sizes[1]:,} in four"]
    yield Section("4 optimizers, 300 steps, points and values; over HTTP", rows, notes)

"""The service over HTTP: /trajectory and /step beside routes that do no work, its start and its memory. One connection, kept alive."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from time import perf_counter

from connection import Connection, post, server_timing
from problem import LR, START, STEPS
from server import BENCH_APP, SERVICE, serving
from table import Row, Section, at_least, at_most, duration, ratio, timed
from timing import Times, in_turns

TRAJECTORY = {"optimizer": {"name": "adam", "lr": LR}, "objective": "rosenbrock", "start": START, "steps": STEPS}
STEP = {"optimizer": {"name": "rmsprop", "lr": 0.01, "rho": 0.9}, "params": [1.0, 2.0], "gradient": [0.1, -4.0]}

#: Requests at a time: few, so that the routes that are compared see the same moments of the machine.
AT_A_TIME = 10

#: Requests of each kind behind which a worker's memory has settled.
ENOUGH = 200


def sections(rounds: int) -> Iterator[Section]:
    """The requests, then the start."""
    with serving(BENCH_APP, post("/step", STEP)) as server:
        connection = Connection(server.port)
        yield trajectory(connection, rounds)
        yield step(connection, rounds)
        connection.close()
    yield start(max(2, rounds // 4))


def trajectory(connection: Connection, rounds: int) -> Section:
    """/trajectory as JSON, beside as many bytes that were there before."""
    request = post("/trajectory", TRAJECTORY)
    size = len(connection.ask(request).body)
    asked = Asked(connection, request)
    worked, idle = side_by_side(rounds, asked, Asked(connection, post(f"/bench/bytes?n={size}", TRAJECTORY)))
    return Section(
        f"/trajectory, {STEPS:,} steps, JSON of {size:,} bytes",
        [
            timed("/trajectory", worked, ratio(worked, idle), at_most(worked.median / idle.median, 3)),
            timed("as many ready-made bytes", idle),
            *asked.split(worked),
        ],
    )


def step(connection: Connection, rounds: int) -> Section:
    """/step with two numbers, beside a route that reads the same body and answers {}."""
    asked = Asked(connection, post("/step", STEP))
    worked, idle = side_by_side(rounds, asked, Asked(connection, post("/bench/empty", STEP)))
    return Section(
        "/step, two parameters",
        [
            timed("/step", worked, ratio(idle, worked, "rps"), at_least(idle.median / worked.median, 0.5, "rps")),
            timed("an empty route that takes the same body", idle),
            *asked.split(worked),
        ],
        [f"{1 / worked.median:,.0f} and {1 / idle.median:,.0f} requests a second, one after the other"],
    )


class Asked:
    """A request, the times of its calls, and where the server says that they went."""

    def __init__(self, connection: Connection, request: bytes) -> None:
        self.connection, self.request = connection, request
        self.timings: list[dict[str, float]] = []
        connection.ask(request)

    def calls(self, count: int) -> list[float]:
        """Send it so many times, one after the other; returns the seconds of each."""
        seconds = []
        for _ in range(count):
            began = perf_counter()
            head, _ = self.connection.send(self.request)
            seconds.append(perf_counter() - began)
            self.timings.append(server_timing(head))
        return seconds

    def split(self, times: Times) -> list[Row]:
        """Rows: where the time goes. The rest, by subtraction, is HTTP and Flask, on both ends."""
        timings = self.timings[-len(times.seconds) :]
        rest = [total - sum(timing.values()) for total, timing in zip(times.seconds, timings, strict=True)]
        parts = {name: [timing[name] for timing in timings] for name in timings[0]} | {"rest": rest}
        medians = {name: median(seconds) for name, seconds in parts.items()}
        return [Row(f"  {name}", duration(part), ratio=f"{part / times.median:.0%}") for name, part in medians.items()]


def side_by_side(rounds: int, worked: Asked, idle: Asked) -> tuple[Times, Times]:
    """The times of two requests that take turns."""
    times = in_turns(10 * rounds, {"worked": (worked.calls, AT_A_TIME), "idle": (idle.calls, AT_A_TIME)})
    return times["worked"], times["idle"]


def start(times: int) -> Section:
    """From the command to the first answer, and the memory of the worker then; one start before them leaves the cache warm."""
    starts, fresh, used = Times(), list[float](), list[float]()
    for number in range(times + 1):
        with serving(SERVICE, post("/step", STEP)) as server:
            if number:
                starts.seconds.append(server.seconds_to_first_answer)
                fresh += server.worker_memory()
                ask_often(Connection(server.port))
                used += server.worker_memory()
    return Section(
        "python -m stepgrade_service serve, one worker, warm cache",
        [
            timed("from the command to the first answer of /step", starts, target=at_most(starts.median, 2, "s")),
            Row("memory of the worker at its first answer", megabytes(fresh)),
            Row(f"memory after {2 * ENOUGH} requests", megabytes(used)),
        ],
    )


def ask_often(connection: Connection) -> None:
    """Send what was measured above again and again, and hang up."""
    for request in (post("/trajectory", TRAJECTORY), post("/step", STEP)):
        for _ in range(ENOUGH):
            connection.ask(request)
    connection.close()


def megabytes(sizes: list[float]) -> str:
    """The median of memory sizes."""
    return f"{median(sizes):.0f} MB" if sizes else "unknown here"

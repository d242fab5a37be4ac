"""The night before the deadline, on this machine: the house as it is deployed, under the load of a course, while its parts are killed.

    python bench/deadline.py faults     200,000 requests, and slow clients, while replicas, workers and Redis are killed, the replicas are
                                        restarted one by one, and the disk for their logs is full
    python bench/deadline.py latency    how long an answer takes at 70 % of what the house can do
    python bench/deadline.py abuser     what one client with 100 times a student's rate costs the others
    python bench/deadline.py memory     an hour at half load: whether the memory of a worker grows

Who sends has the same cores as who answers: read the ratios. Where times are measured, the requests go over bare connections, because the
client takes a good part of what the house takes. The faults are met by the client itself. A missed target is told, and the command ends
with 1.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from statistics import median
from threading import Event
from time import perf_counter, sleep

from bare import send_as_answered, send_at
from house import House, every, house
from load import Tally, part, send_all, started
from mixture import NAMED
from slow import slow_clients
from table import duration, machine, number

#: Processes that send, and the threads of each.
SENDERS, THREADS = 2, 8

#: A replica is killed once in so many seconds.
KILLED_EVERY = 5.0
KILLED, WORKER_KILLED, DRAWERS_KILLED = OFTEN = ("replica killed", "worker killed", "process killed that draws")

#: Of what the house can do, while the time of an answer is measured; how many times the median the slowest of a hundred may take; and the
#: turns.
SHARE, TIMES_THE_MEDIAN, TURNS = 0.7, 5.0, 5

#: Students, the requests of each per second, how many times as many the abuser sends, over how many connections, and how much longer the
#: students may wait.
STUDENTS, RATE, TIMES_THE_RATE, CONNECTIONS, TIMES_AS_LONG = 50, 1.0, 100, 16, 1.5

#: Seconds after which memory has settled, and the megabytes by which it may grow after that.
SETTLING, GROWTH = 300.0, 8.0


def faults(chosen: argparse.Namespace) -> bool:
    """Send all requests while parts are killed."""
    logging = [("STEPGRADE_SERVER_ACCESS_LOG", "true")]
    with house(settings=[*logging, *chosen.setting], is_log_full=True) as built:
        over, events = Event(), list[tuple[float, str]]()

        def note(what: str) -> None:
            events.append((perf_counter(), what))

        def kill(turn: int) -> None:
            built.kill(turn % len(built.replicas))
            note(KILLED)
            sleep(KILLED_EVERY / 2)
            built.kill_worker(turn % len(built.replicas))
            note(WORKER_KILLED)
            sleep(KILLED_EVERY / 4)
            built.kill_drawers(1 - turn % len(built.replicas))
            note(DRAWERS_KILLED)

        began = perf_counter()
        every(KILLED_EVERY, kill, over)
        with ExitStack() as stack:
            slow = stack.enter_context(slow_clients(built.port))
            pipes = [
                stack.enter_context(started(send_all, built.port, first, chosen.requests, SENDERS, THREADS)) for first in range(SENDERS)
            ]
            sleep(20.0)
            with built.without_redis():
                sleep(20.0)
            note("Redis killed, and back")
            built.roll()
            note("replicas restarted one by one")
            tally = Tally()
            for pipe in pipes:
                tally.add(pipe.recv())
        over.set()
    took = tally.ended - began
    print(f"{len(tally.times):,} requests answered in {took:.0f} s, {len(tally.times) / took:.0f} per second")
    within = [what for when, what in events if when <= tally.ended]
    often = [f"{within.count(what)} times a {what}" for what in OFTEN]
    print("meanwhile: " + "; ".join([*often, *(what for what in within if what not in OFTEN)]))
    late = [what for when, what in events if when > tally.ended and what not in OFTEN]
    return (
        told("failed at the client", len(tally.failures), tally.failures)
        & told(f"of {slow.answered + len(slow.failures):,} of slow clients failed", len(slow.failures), slow.failures)
        & told(f"of {tally.compared:,} compared with the engine in this process, different", len(tally.different), tally.different)
        & told("of the faults came after the last request: ask for more", len(late), late)
    )


def told(what: str, count: int, which: list[str] | list[int]) -> bool:
    """Print a count that has to be 0, and the first of them."""
    print(f"{count:,} {what}: {'met' if count == 0 else 'missed'}")
    for each in which[:10]:
        print(f"    {each}")
    return count == 0


def capacity(built: House, requests: int, turn: int = 0, only: str = "") -> float:
    """Requests that are answered per second, as fast as they can be."""
    with started(send_as_answered, built.port, 1 + turn * requests, requests, SENDERS * THREADS, only) as pipe:
        seconds, _ = pipe.recv()
    print(f"as fast as they can be answered: {requests / seconds:.0f} requests per second ({seconds:.0f} s)", flush=True)
    return float(requests / seconds)


def latency(chosen: argparse.Namespace) -> bool:
    """Measure answers at a part of the capacity, beside those to one request at a time. Both are measured in turns, because a machine that
    others use too is not equally fast all the time; the middle one counts.
    """
    turns, only = list[list[float]](), chosen.only
    with house(settings=chosen.setting) as built:
        capacity(built, chosen.requests // 20, only=only)  # afterwards what is used is loaded
        with started(send_as_answered, built.port, 0, max(200, chosen.requests // 200), 1, only) as pipe:
            alone: Tally = pipe.recv()[1]
        tally = Tally()
        for turn in range(TURNS):
            rate = SHARE * capacity(built, chosen.requests // 20, turn, only)
            with started(send_at, built.port, 1, rate, (chosen.seconds or 60.0) / TURNS, 64, 1 + turn, False, only) as pipe:
                own: Tally = pipe.recv()
            tally.add(own)
            turns.append(own.seconds())
            tell(f"at {rate:.0f} per second", turns[-1])
    tell("one at a time", alone.seconds())
    kinds = sorted({kind for _, kind, _ in tally.times})
    for kind in (None, *kinds):
        tell(kind or "all", tally.seconds(kind))
    reached = sorted(part(seconds, 0.99) / part(seconds, 0.5) for seconds in turns)[TURNS // 2]
    print(f"99 % over the median: {number(reached)}; {said(reached, TIMES_THE_MEDIAN)}")
    return told("failed at the client", len(tally.failures), tally.failures) & (reached <= TIMES_THE_MEDIAN)


def tell(what: str, seconds: list[float]) -> None:
    """Print the middle and the end of the times."""
    middle, late = part(seconds, 0.5), part(seconds, 0.99)
    times = f"median {duration(middle):>10}   99 %: {duration(late):>10}   {number(late / middle)} x"
    print(f"  {what:<24} {len(seconds):8,}   {times}")


def said(reached: float, limit: float) -> str:
    """Whether a target is met."""
    return f"at most {number(limit)}: {'met' if reached <= limit else 'missed'}"


def abuser(chosen: argparse.Namespace) -> bool:
    """Measure students alone and beside an abuser, in turns."""
    late = dict[str, list[float]]({"alone": [], "beside": []})
    with house(settings=chosen.setting) as built:
        for turn in range(4):
            name = "beside" if turn % 2 else "alone"
            with ExitStack() as stack:
                if name == "beside":
                    stack.enter_context(started(send_at, built.port, 9_000_000, TIMES_THE_RATE * RATE, 3600.0, CONNECTIONS, 7, True, ""))
                    sleep(3.0)
                pipe = stack.enter_context(
                    started(send_at, built.port, 1000, STUDENTS * RATE, chosen.seconds or 30.0, STUDENTS, 10 + turn // 2, False, "")
                )
                tally: Tally = pipe.recv()
            late[name].append(part(tally.seconds(), 0.95))
            times = f"median {duration(part(tally.seconds(), 0.5))}   95 %: {duration(late[name][-1])}"
            print(f"  {name:<8} {len(tally.times):6,} answers   {times}")
    reached = min(late["beside"]) / min(late["alone"])
    print(f"95 % beside the abuser over alone: {number(reached)}; {said(reached, TIMES_AS_LONG)}")
    return reached <= TIMES_AS_LONG


def memory(chosen: argparse.Namespace) -> bool:
    """Watch the workers' memory at half load.

    Its level is the median of a quarter of the time. The largest size of a quarter is told beside it: that is of the moment with the most
    pictures and maps at once, and shows no growth.
    """
    with house(settings=chosen.setting) as built:
        rate = 0.5 * capacity(built, chosen.requests // 20)
        seconds = chosen.seconds or 3600.0
        seen: list[dict[str, float]] = []
        with started(send_at, built.port, 1, rate, seconds, 32, 1, False, "") as pipe:
            began = perf_counter()
            while not pipe.poll(10.0):
                if perf_counter() - began > min(SETTLING, seconds / 4):
                    seen.append(built.memory())
            tally: Tally = pipe.recv()
    most = 0.0
    for name in seen[-1]:
        sizes = [each[name] for each in seen if name in each]
        quarters = [sizes[len(sizes) * number // 4 : len(sizes) * (number + 1) // 4] or sizes for number in range(4)]
        levels = [median(quarter) for quarter in quarters]
        most = max(most, levels[-1] - levels[0])
        in_words = ", ".join(f"{level:.0f} (most {max(quarter):.0f})" for level, quarter in zip(levels, quarters, strict=True))
        print(f"  {name}, MB in each quarter of the time: {in_words}; the last over the first: {levels[-1] - levels[0]:+.1f}")
    print(f"{seconds:.0f} s at {rate:.0f} per second; {said(most, GROWTH)} MB")
    return told("failed at the client", len(tally.failures), tally.failures) & (most <= GROWTH)


def set_to(text: str) -> tuple[str, str]:
    """A setting, as `BUDGET=0`."""
    name, _, value = text.partition("=")
    return f"STEPGRADE_SERVER_{name}", value


PARTS = {"faults": faults, "latency": latency, "abuser": abuser, "memory": memory}


def main() -> int:
    parser = argparse.ArgumentParser("bench/deadline.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("part", choices=PARTS, help="what to measure")
    parser.add_argument("--requests", type=int, default=200_000, help="how many requests (default: %(default)s)")
    parser.add_argument("--seconds", type=float, help="how long, where it is measured for a time")
    parser.add_argument("--setting", type=set_to, action="append", default=[], help="of the replicas, as BUDGET=0")
    parser.add_argument("--only", choices=NAMED, default="", help="for latency: requests of this kind alone")
    chosen = parser.parse_args()
    print(machine(), flush=True)
    return 0 if PARTS[chosen.part](chosen) else 1


if __name__ == "__main__":
    sys.exit(main())

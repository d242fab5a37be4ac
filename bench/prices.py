"""Compare the price of requests with their cost: random requests to every endpoint, in every form.

`python bench/prices.py` prints the table of docs/limits.md, and every request whose price is not within a factor of three of the
measurement. `--write` writes the table to the page. Processor time is that of one thread. Memory is the largest increase of the process's
memory. Both need Linux.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import sampling
from flask import Response, g
from table import machine

from stepgrade_service.engine import VERSION
from stepgrade_service.engine.reading.cost import UNITS_A_SECOND, Price
from stepgrade_service.engine.warm import load_core
from stepgrade_service.web import create_app
from stepgrade_service.web.settings import Settings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "limits.md"
TABLE = re.compile(r"(<!-- measured: prices -->\n).*?(<!-- end of measured -->)", re.DOTALL)

#: What costs less is not held against its price, in seconds and in bytes; what costs more has to be within so many times of it.
LEAST_SECONDS, LEAST_BYTES, WITHIN = 0.01, 1e7, 3.0

#: One that is not is measured again so many times: another program may have been in its way, or a kernel was loaded.
AGAIN = 2

#: What these have worked out is remembered, so that a second time costs less.
REMEMBERED = ("/check", "/check, candidates", "/probe", "/audit")

#: Numbers from which requests are drawn that are not measured.
UNCOUNTED = 10**6


@dataclass(frozen=True)
class Cost:
    """What one request took: seconds of the processor and bytes, and its price; without one it was refused."""

    name: str
    form: str
    number: int
    seconds: float
    bytes: float
    price: Price | None
    refusal: str = ""

    @property
    def ratios(self) -> tuple[float | None, float | None]:
        """Price over measured: of the work and of the memory, None where that is too little to be measured."""
        if self.price is None:
            return None, None
        work = self.price.work / UNITS_A_SECOND / self.seconds if self.seconds > LEAST_SECONDS else None
        memory = self.price.memory / self.bytes if self.bytes > LEAST_BYTES else None
        return work, memory

    @property
    def is_outside(self) -> bool:
        return any(ratio is not None and not 1 / WITHIN <= ratio <= WITHIN for ratio in self.ratios)


class Meter:
    """The application in this process, and what a request to it costs."""

    def __init__(self) -> None:
        self.app, self.price = create_app(Settings(threads=1)), Price()
        self.app.after_request(self._noted)
        self.client, self.libc = self.app.test_client(), ctypes.CDLL("libc.so.6")
        load_core()

    def _noted(self, response: Response) -> Response:
        self.price = g.get("price", Price())
        return response

    def ask(self, path: str, body: sampling.Body) -> sampling.Body:
        """The document of an answer in JSON."""
        answer: sampling.Body = self.client.post(path, json=body).json or {}
        return answer

    def cost(self, name: str, form: str, number: int) -> Cost:
        """Draw a request and measure it, again where it is far from its price; the least of what was measured counts."""
        path, body = sampling.ENDPOINTS[name].path, json.dumps(sampling.body_of(name, form, number, self.ask)).encode()
        found = self._once(name, path, form, number, body)
        for _ in range(0 if name in REMEMBERED else AGAIN):
            if not found.is_outside:
                break
            again = self._once(name, path, form, number, body)
            found = Cost(name, form, number, min(found.seconds, again.seconds), min(found.bytes, again.bytes), found.price)
        return found

    def _once(self, name: str, path: str, form: str, number: int, body: bytes) -> Cost:
        gc.collect()
        self.libc.malloc_trim(0)
        before = memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        began = process_time()
        answer = self.client.post(path, data=body, headers={"Accept": form, "Content-Type": sampling.JSON})
        seconds = process_time() - began
        if answer.status_code != 200:
            return Cost(name, form, number, seconds, 0.0, None, str((answer.json or {}).get("detail")))
        return Cost(name, form, number, seconds, max(0.0, memory("VmHWM") - before), self.price)

    def warm_up(self) -> None:
        """Load or compile what requests share: every optimizer's kernel, every objective's, upright and turned, and what draws."""
        start, lr = {"steps": 2}, 1e-4
        for name in sampling.OPTIMIZERS:
            self.ask("/compare", {"objective": "sphere", "optimizers": [{"name": name, "lr": lr}, {"name": "sgd", "lr": lr}], **start})
        for objective in (*sampling.PLANE, *sampling.ANY_DIMENSION):
            pair = [{"name": "sgd", "lr": lr}, {"name": "gd_backtracking", "lr": lr}]
            self.ask("/compare", {"objective": objective, "optimizers": pair, "rotate": [15], "match": "graft", **start})
        gc.collect()
        gc.freeze()  # what is there now is not gone through again before every request


class Journal:
    """What was measured before, a line of JSON for each request, so that a long run can be done in parts."""

    def __init__(self, path: Path | None) -> None:
        self.path, lines = path, path.read_text().splitlines() if path is not None and path.is_file() else []
        entries = [json.loads(line) for line in lines]
        costs = [Cost(**{**entry, "price": entry["price"] and Price(**entry["price"])}) for entry in entries]
        self.known = {(cost.name, cost.form, cost.number): cost for cost in costs}

    def keep(self, cost: Cost) -> Cost:
        if self.path is not None:
            with self.path.open("a") as lines:
                lines.write(json.dumps(asdict(cost)) + "\n")
        return cost


def memory(what: str) -> float:
    """A line of this process's status, in bytes."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(what))
    return 1024.0 * int(line.split()[1])


def measured(meter: Meter, journal: Journal, name: str, form: str, count: int, *, only_known: bool) -> list[Cost]:
    """The costs of so many requests of one kind; what the journal has is not measured again."""
    known = [journal.known.get((name, form, number)) for number in range(count)]
    if only_known:
        return [cost for cost in known if cost]
    for number in range(3 if None in known else 0):
        meter.cost(name, form, UNCOUNTED + number)
    gc.freeze()
    return [cost or journal.keep(meter.cost(name, form, number)) for number, cost in enumerate(known)]


# What is told of them.

HEADS = (
    "endpoint",
    "form",
    "answered",
    "above 10 ms",
    "time: price / measured",
    "above 10 MB",
    "memory: price / measured",
    "ratios below 1/3 or above 3",
)


def table(kinds: Iterable[Sequence[Cost]]) -> str:
    """A row of Markdown for each endpoint and form."""
    return "\n".join([line(HEADS), line(["---"] * len(HEADS)), *(line(_cells(costs)) for costs in kinds)]) + "\n"


def counted(kinds: Sequence[Sequence[Cost]]) -> str:
    """How many requests there were, and how many of them are outside."""
    outside = sum(cost.is_outside for costs in kinds for cost in costs)
    return f"Of {sum(map(len, kinds)):,} requests, {outside:,} have a ratio below 1/3 or above 3.\n"


def line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(costs: Sequence[Cost]) -> list[str]:
    answered = [cost for cost in costs if cost.price is not None]
    work, held = ([ratio for cost in answered if (ratio := cost.ratios[kind]) is not None] for kind in (0, 1))
    outside = sum(cost.is_outside for cost in answered)
    name, form = costs[0].name, costs[0].form
    return [
        f"`{name}`",
        f"`{form}`",
        f"{len(answered)} of {len(costs)}",
        str(len(work)),
        spread(work),
        str(len(held)),
        spread(held),
        str(outside),
    ]


def spread(ratios: Sequence[float]) -> str:
    """The smallest, the median and the largest."""
    return f"{min(ratios):.2f}, {median(ratios):.2f}, {max(ratios):.2f}" if ratios else "–"


def outliers(costs: Iterable[Cost], meter: Meter) -> Iterator[str]:
    """A line for each request outside, with what it asked for."""
    for cost in costs:
        if cost.is_outside and cost.price is not None:
            work, held = (f"{ratio:.2f}" if ratio is not None else "–" for ratio in cost.ratios)
            told = f"{1e3 * cost.seconds:.0f} ms, price {work} times that; {cost.bytes / 1e6:.0f} MB, price {held} times that"
            body = json.dumps(brief(sampling.body_of(cost.name, cost.form, cost.number, meter.ask)))
            yield f"{cost.name} {cost.form} number {cost.number}: {told}: {body}"


def brief(value: Any) -> Any:
    """A request in a line: of long lists how long they are."""
    if isinstance(value, dict):
        return {name: brief(part) for name, part in list(value.items())[:12]}
    if isinstance(value, list) and len(value) > 8:
        return f"{len(value)} entries"
    return [brief(part) for part in value] if isinstance(value, list) else value


def facts(count: int) -> str:
    return f"{machine()}; engine {VERSION}; at most {count} requests of each kind; {date.today().isoformat()}"


def in_one_thread() -> None:
    """Start anew where NumPy's matrix products would use several threads, which wait for each other busily."""
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "OPENBLAS_NUM_THREADS": "1"})  # noqa: S606


def main() -> None:
    parser = argparse.ArgumentParser("bench/prices.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=500, help="requests of each endpoint in each form")
    parser.add_argument("--only", nargs="*", default=list(sampling.ENDPOINTS), choices=list(sampling.ENDPOINTS), help="these endpoints")
    parser.add_argument("--write", action="store_true", help="write the table to docs/limits.md")
    parser.add_argument("--journal", type=Path, help="write each measurement to this file, and do not measure again what it has")
    parser.add_argument("--only-known", action="store_true", help="measure nothing, and print what the journal has")
    chosen = parser.parse_args()
    in_one_thread()
    began, meter, journal, kinds = perf_counter(), Meter(), Journal(chosen.journal), list[list[Cost]]()
    meter.warm_up()
    print(facts(chosen.count), flush=True)
    for name in chosen.only:
        for form in sampling.ENDPOINTS[name].forms:
            kinds.append(measured(meter, journal, name, form, chosen.count, only_known=chosen.only_known))
            print(line(_cells(kinds[-1])), flush=True)
            print("\n".join(outliers(kinds[-1], meter)), flush=True)
    print(f"\n{table(kinds)}\n{counted(kinds)}In {perf_counter() - began:.0f} s.")
    if chosen.write:
        told = f"{facts(chosen.count)}\n\n{table(kinds)}\n{counted(kinds)}"
        written = partial(re.sub, TABLE, lambda found: f"{found[1]}\n{told}\n{found[2]}")
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

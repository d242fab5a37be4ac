"""`python -m fuzz`: fuzz the service for a while, go on where the last run stopped, or send one case again."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import monotonic

from stepgrade_service.engine.warm import load_all

from .case import Case, dice_of, kept
from .costs import dearest
from .journal import Journal
from .look import Limits, Surface
from .pool import Pool, WorkersDoNotStart
from .report import grows, told
from .service import APP, Service, named
from .worker import SURFACES, Piece, surface_of

#: Seconds for all surfaces together, where nobody says how long; and what each surface gets of a run's time.
SECONDS, SHARES = 180.0, {"json": 0.4, "pictures": 0.3, "headers": 0.15, "sockets": 0.15}

#: Seconds in which the corpus has to be through.
REPLAY = 600.0

#: A case may take so many times as long as the dearest request that the service takes.
DEAR = 2.0


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m fuzz", description="Send the service odd requests and look at each answer.")
    parser.add_argument("--surface", choices=list(SURFACES), action="append", help="only this surface; can be given several times")
    parser.add_argument("--seconds", type=float, help="seconds for all surfaces together (default: 180, or no limit with --count)")
    parser.add_argument("--count", type=int, help="stop when each surface has had so many cases, those of earlier runs included")
    parser.add_argument("--seed", type=int, default=1, help="another seed has other cases (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=1, help="workers beside each other (default: %(default)s)")
    parser.add_argument("--memory", type=int, default=1024, help="memory of a worker, in MiB (default: %(default)s)")
    parser.add_argument("--journal", type=Path, default=Path(".fuzz"), help="directory that says how far it is (default: %(default)s)")
    parser.add_argument("--case", metavar="CASE", help="send one case: SURFACE:SEED:NUMBER, or SURFACE/NAME for a file of the corpus")
    parser.add_argument("--app", default=APP, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    options = parsed(arguments)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    load_all()  # else the first cases compile, and take long
    limit = DEAR * dearest(Service(named(APP)))
    limits = Limits(max(limit, 1.0), 10.0 * max(limit, 2.0), options.memory)
    if options.case:
        return sent(options.case, options.app, limits)
    print(f"A case may take {limits.cpu:.1f} s of a processor: twice the dearest request that the service takes.", flush=True)
    clean = [fuzzed(name, options, limits) for name in options.surface or SURFACES]
    return 0 if all(clean) else 1


def fuzzed(name: str, options: argparse.Namespace, limits: Limits) -> bool:
    """Fuzz one surface; returns whether nothing was found."""
    journal, began = Journal(options.journal, name, options.seed), monotonic()
    before = journal.seconds
    pool = Pool(name, options.app, limits, options.jobs)
    corpus = kept(name)
    failures = []
    try:
        again = Piece(0, len(corpus), corpus=tuple(corpus.values()))
        for seen in pool.results(iter([again] if corpus else []), began + REPLAY):
            failures += [f"  FOUND again: {found} (--case {name}/{list(corpus)[number]})" for number, found, _ in seen.found]
        began = monotonic()
        for seen in pool.results(pieces(pool, journal.next, options), began + allotted(name, options)):
            journal.seconds = before + monotonic() - began
            journal.add(seen)
    except WorkersDoNotStart as error:
        failures.append(f"  FOUND: {error}, before its first case")
    finally:
        pool.close()
    growth = filter(None, [grows(journal)])
    print(*told(journal, partial(surface_of, name, options.app, limits), limits.cpu), *failures, *growth, sep="\n", flush=True)
    return not (journal.found or failures or grows(journal))


def pieces(pool: Pool, first: int, options: argparse.Namespace) -> Iterator[Piece]:
    """The cases from a number on, up to the count that is wanted."""
    while options.count is None or first < options.count:
        count = pool.chunk if options.count is None else min(pool.chunk, options.count - first)
        yield Piece(first, count, options.seed)
        first += count


def allotted(name: str, options: argparse.Namespace) -> float:
    """The seconds of a surface: its share of the run's."""
    if options.seconds is None and options.count is not None:
        return float("inf")
    chosen = options.surface or list(SURFACES)
    return (options.seconds or SECONDS) * SHARES[name] / sum(SHARES[each] for each in chosen)


def sent(text: str, app: str, limits: Limits) -> int:
    """Send one case, in this process, and say all about it."""
    name = text.partition("/")[0].partition(":")[0]
    surface = surface_of(name, app, limits)
    try:
        case = case_of(text, surface)
        print(case)
        look = surface.look(case, often=True)
    finally:
        surface.close()
    print(f"{look.label}; {look.cpu:.3f} s of a processor; {look.found or 'nothing is wrong'}")
    return 1 if look.found else 0


def case_of(text: str, surface: Surface) -> Case:
    """The case that `SURFACE:SEED:NUMBER` or `SURFACE/NAME` names."""
    if "/" in text:
        name, _, file = text.partition("/")
        return kept(name)[file.removesuffix(".json")]
    name, seed, number = text.split(":")
    return surface.case(dice_of(int(seed), name, int(number)))


if __name__ == "__main__":
    sys.exit(main())

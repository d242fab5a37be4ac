"""How fast it is: the engine's loop beside torch, optax and NumPy; the service beside the same server doing no work, and
while one address asks for all it can, bare and through the gateway; a map over HTTP beside the same work in NumPy and optax without it;
refusals beside parsing.

`make bench` runs it. What is compared takes turns within the one run, so read the ratios and not the milliseconds; a ratio
is one of medians, that of the least times stands in brackets. A missed target is told, and fails nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable

import busy
import check
import compiling
import expressions
import gateway
import maps
import matching
import objectives
import optimizers
import over_http
import page_requests
import refusals
import steps
from table import Section, machine, show

#: The parts, in their order.
PARTS = {
    "loop": steps.sections,
    "optimizers": optimizers.sections,
    "objectives": objectives.sections,
    "http": over_http.sections,
    "page": page_requests.sections,
    "busy": busy.sections,
    "gateway": gateway.sections,
    "map": maps.sections,
    "match": matching.sections,
    "check": check.sections,
    "refuse": refusals.sections,
    "expressions": expressions.sections,
    "compile": compiling.sections,
}


def main() -> None:
    parser = argparse.ArgumentParser("bench/run.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a quarter of the repetitions")
    parser.add_argument("--only", choices=PARTS, help="one part of it")
    chosen = parser.parse_args()
    rounds = 4 if chosen.quick else 16
    print(machine(), flush=True)
    for name, sections in PARTS.items():
        if chosen.only in (None, name):
            tell(sections(rounds))


def tell(sections: Iterable[Section]) -> None:
    """Print what was measured as soon as it is there."""
    for section in sections:
        print("\n" + show(section), flush=True)


if __name__ == "__main__":
    main()

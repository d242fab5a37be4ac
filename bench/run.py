"""How fast it is: the engine's loop beside torch, optax and NumPy; the service beside the same server doing no work.

`make bench` runs it. What is compared takes turns within the one run, so read the ratios and not the milliseconds; a ratio
is one of medians, that of the least times stands in brackets. A missed target is told, and fails nothing.
"""

from __future__ import annotations

import argparse

import over_http
import steps
from table import Section, machine, show


def main() -> None:
    parser = argparse.ArgumentParser("bench/run.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a quarter of the repetitions")
    parser.add_argument("--only", choices=("loop", "http"), help="one half of it")
    chosen = parser.parse_args()
    rounds = 4 if chosen.quick else 16
    print(machine(), flush=True)
    if chosen.only != "http":
        tell(*steps.sections(rounds))
    if chosen.only != "loop":
        tell(*over_http.sections(rounds))


def tell(*sections: Section) -> None:
    """Print what was measured as soon as it is there."""
    for section in sections:
        print("\n" + show(section), flush=True)


if __name__ == "__main__":
    main()

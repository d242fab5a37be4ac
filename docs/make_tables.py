"""Write the tables of these pages from the code: `python docs/make_tables.py`; with --check only say whether they are up to date.

A table stands in a page between `<!-- table: its_name -->` and `<!-- end of table -->`; what is between is made, the rest is written.
"""

from __future__ import annotations

import argparse
import re
import sys
from inspect import getmembers, isfunction, signature
from pathlib import Path

from tables import objectives, optimizers, schedules, settings

ROOT = Path(__file__).resolve().parents[1]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "client" / "README.md"]
MARKED = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end of table -->)", re.DOTALL)

#: Every table by its name: what each file of `tables` has that needs no arguments.
TABLES = {
    name: make
    for subject in (optimizers, objectives, schedules, settings)
    for name, make in getmembers(subject, isfunction)
    if make.__module__ == subject.__name__ and not name.startswith("_") and not signature(make).parameters
}


def renewed(text: str) -> str:
    """A page with its tables as the code has them now."""
    return MARKED.sub(lambda found: f"{found[1]}\n{TABLES[found[2]]()}\n{found[3]}", text)


def main(given: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the tables of the documentation from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; name the pages whose tables are out of date, and exit 1")
    check = parser.parse_args(given).check
    pages = {page: page.read_text(encoding="utf-8") for page in PAGES}
    stale = {page: renewed(text) for page, text in pages.items() if renewed(text) != text}
    for page, text in stale.items():
        if check:
            print(f"{page.relative_to(ROOT)} is not what the code says; `python docs/make_tables.py` writes it", file=sys.stderr)
        else:
            page.write_text(text, encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())

"""Write optimizers.md from the catalogue, a family a section, and the count in README.md: `python docs/make_optimizers.py`; with --check
only compare.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import fill

from tables.markdown import COLUMNS, GIVEN, code, table

from stepgrade_service.engine.conventions import CONVENTIONS, Row
from stepgrade_service.engine.conventions.differences import default_in, written
from stepgrade_service.engine.optimizers import FAMILIES_BY_KIND, KINDS, OPTIMIZERS, Hyperparameter, Optimizer
from stepgrade_service.engine.reading.faults import plain

ROOT = Path(__file__).resolve().parents[1]
PAGE, README = ROOT / "docs" / "optimizers.md", ROOT / "README.md"

#: The frameworks' own lists, and where the README has the count that is made of them.
LISTS = ROOT / "tests" / "parity" / "lists.json"
COUNT = re.compile(r"(<!--count-->)(.*?)(<!--end-->)")

HEAD = """\
# The optimizers

*`python docs/make_optimizers.py` makes this page. All of it comes from the code that runs.*

The service has {count} optimizers in {families} families, from gradient descent to methods that find their own learning rate. Each of them
has:

- its idea in one sentence, who published it, and when;
- its formula, and what it remembers from step to step;
- the defaults in each convention, first those that differ;
- what it needs besides the gradient, and what there is to know.

In the formulas x are the params, g is the gradient at x, η is the learning rate (`lr`), λ is `weight_decay`, and t counts the steps from 1.
An arrow gives a quantity its new value. Every number is treated by itself, except in norms, sums and products of matrices.

[Why frameworks differ](conventions.md) explains the switches, and has the frameworks' own names. `GET /optimizers/adam` answers the same
facts as JSON, and `client.optimizer("adam")` as a dict.

{contents}
"""

#: What an optimizer is handed at each point, in words; the gradient alone is what most need.
NEEDED = {
    "value": "the value of the objective",
    "hessian_diagonal": "the diagonal of the Hessian",
    "objective": "the objective itself",
}


def listed(kind: str) -> str:
    """A family in the table of contents."""
    title = FAMILIES_BY_KIND[kind].title
    return f"- [{title}](#{title.lower().replace(' ', '-')})"


def wrapped(text: str, indent: str = "") -> str:
    """A paragraph in lines that fit an editor; the lines after the first stand `indent` further in."""
    return fill(text, 140, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def family(kind: str, entries: Sequence[Optimizer], told: set[str]) -> Iterator[str]:
    """A section: what the family does, then each of its optimizers."""
    of_all = FAMILIES_BY_KIND[kind]
    yield f"## {of_all.title}\n"
    yield wrapped(f"{of_all.meaning} `GET /optimizers?kind={kind}` lists them.") + "\n"
    yield from (one(entry, told) for entry in entries)


def one(entry: Optimizer, told: set[str]) -> str:
    """An optimizer from its idea to its notes."""
    rows = {name: CONVENTIONS[name].by_optimizer[entry.name] for name in COLUMNS if entry.name in CONVENTIONS[name].by_optimizer}
    parts = [
        f"### {entry.name}\n",
        wrapped(f"**{entry.title}.** {entry.idea}") + "\n",
        wrapped(f"{entry.who}, {entry.year}. Source: {entry.source}.") + "\n",
        f"```math\n{entry.formula}\n```\n",
        wrapped(state(entry) + needs(entry)) + "\n",
        *defaults(entry, rows),
    ]
    remarks = "".join(wrapped(f"- {line}", "  ") + "\n" for line in remarked(entry, rows, told))
    return "\n".join([*parts, remarks] if remarks else parts)


def state(entry: Optimizer) -> str:
    """What it remembers, each with its meaning."""
    slots = dict.fromkeys(slot for kernel in entry.kernels for slot in kernel.slots)
    if not slots:
        return "It remembers nothing."
    return f"It remembers {'; '.join(f'{code(slot)}: {entry.slot_meanings[slot]}' for slot in slots)}."


def needs(entry: Optimizer) -> str:
    """What it needs besides the gradient."""
    more = [NEEDED[need] for need in entry.needs if need != "gradient"]
    return f" It needs {' and '.join(more)} besides the gradient." if more else ""


def defaults(entry: Optimizer, rows: Mapping[str, Row]) -> Iterator[str]:
    """A table of the defaults in which conventions differ, and the others in a line."""
    told = {h.name: [default(h, row) for row in rows.values()] for h in entry.hyperparameters}
    differing = [[code(name), *values] for name, values in told.items() if len(set(values)) > 1]
    same = [f"{code(name)} {values[0]}" for name, values in told.items() if len(set(values)) == 1]
    if differing:
        yield table(["default", *rows], differing)
    if same:
        yield wrapped(f"{'The same in all' if len(rows) > 1 else f'Only {next(iter(rows))} has it'}: {', '.join(same)}.") + "\n"


def default(h: Hyperparameter, row: Row) -> str:
    value = default_in(row, h)
    return GIVEN if value is None else written(value)


def remarked(entry: Optimizer, rows: Mapping[str, Row], told: set[str]) -> Iterator[str]:
    """What is said of it; what the switches mean in which conventions differ, where the page has not `told` it; what is said of each."""
    if entry.notes:
        yield entry.notes
    for h in entry.hyperparameters:
        if h.type == "switch" and h.meaning not in told and len({default(h, row) for row in rows.values()}) > 1:
            told.add(h.meaning)
            yield f"{code(h.name)}: {h.meaning}."
    for name, row in rows.items():
        for (switch, value), changed in row.when.items():
            others = ", ".join(f"{code(key)} {written(new)}" for key, new in changed.items())
            yield f"{name}, if {code(switch)} is {written(value)}: {others}."
        if row.notes:
            yield f"{name}: {row.notes}"


def counted() -> str:
    """How many there are, and how many of each framework's own list."""
    lists = json.loads(LISTS.read_text(encoding="utf-8"))
    every = {name for convention in CONVENTIONS.values() for name in convention.by_name}
    shares = []
    for framework, told in lists.items():
        convention = CONVENTIONS.get(framework.partition(".")[0])
        known = every if convention is None else set(convention.by_name)
        count, total = sum(plain(name) in known for name in told["names"]), len(told["names"])
        shares.append(f"all {total} of {framework}" if count == total else f"{count} of {framework}'s {total}")
    return f"{len(OPTIMIZERS)} optimizers: {', '.join(shares)}"


def counted_in(text: str) -> str:
    """A text with the count as it is now."""
    return COUNT.sub(lambda found: f"{found[1]}{counted()}{found[3]}", text)


def page() -> str:
    told = set[str]()
    sections = [part for kind, entries in KINDS.items() for part in family(kind, entries, told)]
    contents = "\n".join(listed(kind) for kind in KINDS)
    return "\n".join([HEAD.format(count=len(OPTIMIZERS), families=len(KINDS), contents=contents), *sections])


def main(given: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the page of optimizers from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the page is out of date")
    made = {PAGE: page(), README: counted_in(README.read_text(encoding="utf-8"))}
    if not parser.parse_args(given).check:
        for path, text in made.items():
            path.write_text(text, encoding="utf-8")
        return 0
    stale = [path.name for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for name in stale:
        print(f"{name} is not what the code says; `python docs/make_optimizers.py` writes it", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

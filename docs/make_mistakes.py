"""Write mistakes.md from the catalogue and from what the test of it found: `python docs/make_mistakes.py`; with --check only compare.

What was found stands in tests/grading/confusion.json, which `python tests/grading/test_confusion.py` writes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import fill

from stepgrade_service.grading.candidates.schedules import SCHEDULE_MISTAKES
from stepgrade_service.grading.catalogue.mistakes import MISTAKES, Mistake
from stepgrade_service.grading.checking.submissions import SIDE_EFFECTS
from stepgrade_service.web.mistakes import optimizers_of_mistakes

ROOT = Path(__file__).resolve().parents[1]
PAGE, FOUND = ROOT / "docs" / "mistakes.md", ROOT / "tests" / "grading" / "confusion.json"

HEAD = """\
# The mistakes that are known by name

*Made by `python docs/make_mistakes.py`: the catalogue from the code, the counts from a run of the tests.*

A mistake is an update rule that is wrong on purpose. `/check` runs the right rule and, where a student's numbers are others, these
rules too; what reproduces the numbers is the diagnosis. The kind *convention* means: right in another framework or book.

- [How surely they are told apart](#how-surely-they-are-told-apart)
- [The catalogue](#the-catalogue)
- [What only the student's own process can show](#what-only-the-students-own-process-can-show)

## How surely they are told apart

Each mistake was made with each optimizer that it applies to, on {inputs} random inputs and on the optimizer's own probes (`/probe`), and
what it gave was sent through `/check` with the tolerance that it has by itself. *First*: named first. *Beside*: named after another formula
that gives the same numbers on that input, as two mistakes do that differ only once there is a state. *Unseen*: within the tolerance of
the right answer, so that it passes; an eps of 1e-8 can stand anywhere where gradients are near 1. *Unexplained*: neither.

{summary}
{extremes}

By mistake: on how many of the {inputs} random inputs it is named first; `+` beside others; in brackets, unseen. A dash: it cannot be
made there.

{confusion}
## The catalogue

The letter S stands for what is under the root in the optimizer at hand. The three hints are what `hints` 1 to 3 of `/check` tell.
"""

TAIL = """\
## What only the student's own process can show

The client sees these while it runs a student's function, and sends them along as `side_effects`; numbers alone do not show them.

{effects}"""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "".join(f"| {' | '.join(line)} |\n" for line in (heads, ["---"] * len(heads), *rows))


def counted(letters: str) -> str:
    """How often a mistake was named first, beside others, and not seen: `12 + 5 (3)`."""
    count = Counter(letters)
    beside = f" + {count['B']}" if count["B"] else ""
    return f"{count['F']}{beside}" + (f" ({count['P']})" if count["P"] else "")


def confusion(found: Mapping[str, Mapping[str, str]]) -> str:
    codes = [code for code in MISTAKES if any(code in rows for rows in found.values())]
    cells = [[f"`{code}`", *(counted(rows[code].split()[0]) if code in rows else "–" for rows in found.values())] for code in codes]
    return table(["mistake", *found], cells)


def summary(found: Mapping[str, Mapping[str, str]]) -> str:
    """By optimizer, how many outcomes there were of each kind, on random inputs and on the probes."""
    rows = []
    for optimizer, outcomes in found.items():
        cells = [optimizer, str(len(outcomes))]
        for part in (0, 1):
            count = Counter("".join(letters.split()[part] for letters in outcomes.values()))
            cells += [f"{count[letter]:,}" for letter in "FBPN"]
        rows.append(cells)
    kinds = ("first", "beside", "unseen", "unexplained")
    return table(["optimizer", "mistakes", *kinds, *(f"{kind}, on probes" for kind in kinds)], rows)


def extremes(found: Mapping[str, Mapping[str, str]]) -> str:
    """The mistakes that random inputs show least often."""
    never = [(code, name) for name, rows in found.items() for code, letters in rows.items() if set(letters.split()[0]) == {"P"}]
    by_code: dict[str, list[str]] = {}
    for code, name in never:
        by_code.setdefault(code, []).append(name)
    told = "; ".join(f"`{code}` ({', '.join(names)})" for code, names in by_code.items())
    return fill(f"Never seen on random inputs, always on probes: {told}.", 140, break_long_words=False, break_on_hyphens=False)


def entry(mistake: Mistake, made_with: Sequence[str]) -> str:
    """One mistake: what it is, the formulas, the hints."""
    hints = "\n".join(f"{number}. {hint}" for number, hint in enumerate(mistake.hints, start=1))
    head = f"### `{mistake.code}`\n\n**{mistake.title}**.\n"
    where = f"A {mistake.kind}, about: {mistake.where}. With {', '.join(made_with)}."
    return f"{head}{where}\n\n- written: ${mistake.wrong}$\n- right: ${mistake.right}$\n\n{hints}\n"


def catalogue() -> Iterator[str]:
    made_with = optimizers_of_mistakes()
    for mistake in MISTAKES.values():
        yield entry(mistake, made_with[mistake.code])
    for mistake in SCHEDULE_MISTAKES:
        yield entry(mistake, ["any optimizer that has a schedule"])


def page() -> str:
    found = json.loads(FOUND.read_text(encoding="utf-8"))
    inputs = max(len(letters.split()[0]) for rows in found.values() for letters in rows.values())
    effects = table(["code", "what it says"], [[f"`{code}`", told] for code, told in SIDE_EFFECTS.items()])
    head = HEAD.format(inputs=inputs, summary=summary(found), extremes=extremes(found), confusion=confusion(found))
    return "\n".join([head, *catalogue(), TAIL.format(effects=effects)])


def main(given: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the page of mistakes from the code and from what the tests found.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the page is out of date")
    made = page()
    if not parser.parse_args(given).check:
        PAGE.write_text(made, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != made:
        print("docs/mistakes.md is not what the code says; `python docs/make_mistakes.py` writes it", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

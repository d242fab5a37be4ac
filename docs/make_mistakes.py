"""Write mistakes.md from the catalogue and from what the tests of it found: `python docs/make_mistakes.py`; with --check only compare.

What was found stands in tests/students/catalogue/found.json, which `python -m tests.students.catalogue.collection` writes, and in
tests/grading/confusion.json, which `python tests/grading/test_confusion.py` writes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import fill

from stepgrade_service.grading.candidates.of_loops import LOOP_MISTAKES
from stepgrade_service.grading.candidates.of_tensors import TENSOR_MISTAKES
from stepgrade_service.grading.candidates.schedules import SCHEDULE_MISTAKES
from stepgrade_service.grading.catalogue.mistakes import MISTAKES, Mistake
from stepgrade_service.grading.checking.submissions import SIDE_EFFECTS
from stepgrade_service.web.mistakes import optimizers_of_mistakes, told_of_usual

ROOT = Path(__file__).resolve().parents[1]
PAGE, FOUND = ROOT / "docs" / "mistakes.md", ROOT / "tests" / "grading" / "confusion.json"
IN_CODE = ROOT / "tests" / "students" / "catalogue" / "found.json"

HEAD = """\
# The mistakes that the service knows

*`python docs/make_mistakes.py` makes this page. The catalogue comes from the code, and the counts come from a run of the tests.*

A mistake is a wrong update rule. `/check` runs the right rule first. If the student's numbers differ, `/check` also runs the wrong rules.
A rule that reproduces the student's numbers is the diagnosis. If its kind is *convention*, the rule is right in another framework or book.

- [How reliably each mistake is found](#how-reliably-each-mistake-is-found)
- [The catalogue](#the-catalogue)
- [What can be seen only in the student's process](#what-can-be-seen-only-in-the-students-process)

## How reliably each mistake is found

Two tests make each mistake with each optimizer in which it is possible. There are four results:

- *First*: `/check` names the mistake first.
- *Later*: `/check` names the mistake after another formula, which gives the same numbers on this input. For example, two mistakes can be
  equal at the first step and differ at the next ones. A state of whole numbers that are all 0 counts here too: it is told as a state that
  is not stored, unless the params or the gradients are whole numbers, or the client saw the whole numbers in the student's process.
- *Unseen*: the wrong numbers are within the tolerance of the right ones, so they pass. For example, if gradients are near 1, an eps of 1e-8
  at the wrong place changes almost nothing.
- *Unexplained*: `/check` sees that the numbers are wrong, but does not name the mistake.

### In students' code

The first test has {functions} NumPy functions. Each formula is written by hand, as a student writes it, and has nothing from the service.
The functions have the four shapes of `check_function`: `tuple`, `dls`, `cs231n` and `object`. The inputs are the optimizer's probes and two
random inputs.

{in_code}
The unseen ones are objects. An object starts without a state, and takes a few steps. In its first five steps RAdam does not divide, and
AMSGrad's largest `v` is `v` itself.

### On random inputs

The second test uses the service's own wrong formulas on {inputs} random inputs, and on the optimizer's own probes (`/probe`). It sends the
wrong numbers to `/check`, with the default tolerance.

{summary}
{extremes}

The next table has one row per mistake. The number says on how many of the {inputs} random inputs the mistake is named first. The number
after `+` counts *later*. The number in brackets counts *unseen*. A dash means that the mistake is not possible in this optimizer.

{confusion}
## The catalogue

The formulas and hints are those of Adam. If the mistake is not possible in Adam, they are those of the first optimizer that is named.
`/check` writes them in the letters of the optimizer that was asked for. The three lines of each entry are the hints 1 to 3 of `/check`.
"""

TAIL = """\
## What can be seen only in the student's process

The numbers alone do not show these. The client sees them when it runs a student's function. It sends them to `/check` as `side_effects`.

{effects}"""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "".join(f"| {' | '.join(line)} |\n" for line in (heads, ["---"] * len(heads), *rows))


def counted(letters: str) -> str:
    """How often a mistake was named first, named after another formula, and not seen: `12 + 5 (3)`."""
    count = Counter(letters)
    later = f" + {count['B']}" if count["B"] else ""
    return f"{count['F']}{later}" + (f" ({count['P']})" if count["P"] else "")


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
    kinds = ("first", "later", "unseen", "unexplained")
    return table(["optimizer", "mistakes", *kinds, *(f"{kind}, on probes" for kind in kinds)], rows)


def in_code(found: Mapping[str, Mapping[str, Mapping[str, str]]]) -> str:
    """By optimizer, what came of each mistake in each shape of code."""
    kinds, rows = ("first", "later", "unseen", "unexplained"), []
    for optimizer, codes in found.items():
        count = Counter(outcome for shapes in codes.values() for outcome in shapes.values())
        rows.append([optimizer, str(len(codes)), f"{count.total():,}", *(f"{count[kind]:,}" for kind in kinds)])
    return table(["optimizer", "mistakes", "functions", *kinds], rows)


def extremes(found: Mapping[str, Mapping[str, str]]) -> str:
    """The mistakes that random inputs show least often."""
    never = [(code, name) for name, rows in found.items() for code, letters in rows.items() if set(letters.split()[0]) == {"P"}]
    by_code: dict[str, list[str]] = {}
    for code, name in never:
        by_code.setdefault(code, []).append(name)
    told = "; ".join(f"`{code}` ({', '.join(names)})" for code, names in by_code.items())
    found = f"`/check` sees none of these mistakes on random inputs. At least one probe of the optimizer shows each of them: {told}."
    return fill(found, 140, break_long_words=False, break_on_hyphens=False)


def entry(mistake: Mistake, made_with: Sequence[str]) -> str:
    """One mistake: what it is, the formulas, the hints."""
    told = told_of_usual(mistake)
    hints = "\n".join(f"{number}. {hint}" for number, hint in enumerate(told.hints, start=1))
    head = f"### `{mistake.code}`\n\n**{mistake.title}**.\n"
    where = fill(f"Kind: {mistake.kind}. Place: {mistake.where}. Optimizers: {', '.join(made_with)}.", 140)
    return f"{head}{where}\n\n- student: ${told.wrong}$\n- reference: ${told.right}$\n\n{hints}\n"


def catalogue() -> Iterator[str]:
    made_with = optimizers_of_mistakes()
    for mistake in MISTAKES.values():
        yield entry(mistake, made_with[mistake.code])
    for mistake in SCHEDULE_MISTAKES:
        yield entry(mistake, ["any optimizer that has a schedule"])
    for mistake in LOOP_MISTAKES:
        yield entry(mistake, ["any optimizer, in a loop that computes its gradients"])
    for mistake in TENSOR_MISTAKES:
        yield entry(mistake, ["any optimizer whose params have names"])


def page() -> str:
    found = json.loads(FOUND.read_text(encoding="utf-8"))
    inputs = max(len(letters.split()[0]) for rows in found.values() for letters in rows.values())
    effects = table(["code", "what it says"], [[f"`{code}`", told] for code, told in SIDE_EFFECTS.items()])
    written = json.loads(IN_CODE.read_text(encoding="utf-8"))
    functions = sum(len(shapes) for codes in written.values() for shapes in codes.values())
    code = {"functions": f"{functions:,}", "in_code": in_code(written)}
    head = HEAD.format(**code, inputs=inputs, summary=summary(found), extremes=extremes(found), confusion=confusion(found))
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

"""Right code in every shape, for every optimizer, in both precisions, with other names each time: all of it passes, and nobody is accused.

`python -m tests.students.right.many 10000` from the top of the repository runs so many; without a number, each combination once.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from itertools import cycle, islice, product
from random import Random

from tests.students.right.rules import RULES, Rule
from tests.students.right.shapes import SHAPES, Code, drafted

from stepgrade import Client, StepgradeError

DTYPES = ("float64", "float32")
RATES = (0.05, 0.1, 0.02, 0.3)
#: Notes that right code may have: what its shape does to the caller's arrays.
ALLOWED = {"params_mutated_in_place", "float32"}


def combinations() -> list[tuple[Rule, int, str]]:
    """Every rule in every shape and precision."""
    return [(rule, shape, dtype) for rule, shape, dtype in product(RULES, range(len(SHAPES)), DTYPES)]


def code(rule: Rule, shape: int, dtype: str, rng: Random) -> Code:
    """One student's code."""
    return SHAPES[shape](drafted(rule, dtype, rng))


def said_of(client: Client, rule: Rule, shape: int, dtype: str, rng: Random) -> str:
    """What is wrong with the verdict on right code; "" if nothing is."""
    written = code(rule, shape, dtype, rng)
    optimizer = {**rule.optimizer, "lr": rng.choice(RATES), **rule.numbers}
    try:
        verdict = client.check_function(written.student, optimizer, written.style, random=rng.randrange(3), seed=rng.randrange(1000))
    except StepgradeError as error:
        return f"{type(error).__name__}: {error}\n{written.text}"
    accused = [each.code for each in verdict.findings if each.code not in ALLOWED]
    return "" if verdict.passed and not accused else f"{verdict.message} {accused}\n{written.text}"


def wrong(client: Client, count: int, seed: int = 0) -> Iterator[str]:
    """The combinations whose right code does not pass, or is accused."""
    rng = Random(seed)
    for number, (rule, shape, dtype) in enumerate(islice(cycle(combinations()), count)):
        said = said_of(client, rule, shape, dtype, rng)
        if said:
            yield f"{number}: {rule.name} {SHAPES[shape].__name__} {dtype}: {said}"


def main() -> None:
    """Run, and print what is wrong."""
    count, begun, found = int(sys.argv[1]) if len(sys.argv) > 1 else len(combinations()), time.monotonic(), 0
    for found, said in enumerate(wrong(Client.local(), count), start=1):  # noqa: B007 (counted)
        print(said, end="\n\n")
    print(f"{count} runs of right code: {found} fail or are accused ({time.monotonic() - begun:.0f} s)")


if __name__ == "__main__":
    main()

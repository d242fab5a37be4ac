"""What torch makes of generated expressions: their values and gradients in float64, by Python's own reading of the text.

    python tests/parity/make_expressions.py            # writes goldens/expressions.npz
    python tests/parity/make_expressions.py --check    # compares with it
    python tests/parity/make_expressions.py --count 100000 --to numbers.npz

The last command's file is for `python -m fuzz.formulas --against numbers.npz`. Each number is beside what a change of all numbers
of the expression by 1e-13 of themselves does to it: where that is much, the last digits are nobody's.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from pathlib import Path
from random import Random

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[2]))
from fuzz.expressions import NAMES, Case, valid

HERE = Path(__file__).parent
SEED, COUNT = 1, 3000

#: Numbers that are no part of a name.
NUMBER = re.compile(r"(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
CHANGE = 1e-13


def valued(value, form):
    """A value with the derivative of another form of the function, which is the same but for a constant and for rounding."""
    change = form.detach() - form  # subtracted: -0.0 - 0.0 is -0.0
    return value.detach() - torch.where(torch.isfinite(form), change, torch.zeros_like(change))


FUNCTIONS = {
    **{name: getattr(torch, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "atan", "abs", "sign")},
    "log1p": torch.log1p,
    # torch's own derivatives of these lose their digits far from 0, as 1 - tanh(x)^2 does.
    "tanh": lambda x: valued(torch.tanh(x), torch.sign(x) * (1 - torch.exp(-2 * torch.abs(x))) / (1 + torch.exp(-2 * torch.abs(x)))),
    "expm1": lambda x: valued(torch.expm1(x), torch.exp(x)),
    "logistic": lambda x: torch.exp(-torch.logaddexp(-x, torch.zeros_like(x))),
    "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
}


def pairwise(of_two):
    """A function of two arguments as one of several, from the left."""

    def of_several(first, *rest):
        for each in rest:
            first = of_two(first, each)
        return first

    return of_several


def computed(case: Case, chance: Random | None) -> np.ndarray:
    """The value and the gradient by each of NAMES, nan where the expression has it not; `chance` changes all numbers a little."""

    def tensor(number: float) -> torch.Tensor:
        moved = number * (1.0 + (chance.uniform(-CHANGE, CHANGE) if chance else 0.0))
        return torch.tensor(moved, dtype=torch.float64)

    variables = {name: tensor(number).requires_grad_() for name, number in case.point.items()}
    known = {**FUNCTIONS, "min": pairwise(torch.minimum), "max": pairwise(torch.maximum), "T": lambda text: tensor(float(text))}
    known |= {"pi": tensor(math.pi), "e": tensor(math.e), **variables}
    text = NUMBER.sub(lambda found: f"T('{found.group()}')", case.text.replace("^", "**"))
    value = eval(text, {"__builtins__": {}}, known)  # noqa: S307 (the text is this program's own)
    row = np.full(1 + len(NAMES), np.nan)
    row[0] = value.item()
    if value.requires_grad:
        for name, gradient in zip(variables, torch.autograd.grad(value, list(variables.values()), allow_unused=True), strict=True):
            row[1 + NAMES.index(name)] = 0.0 if gradient is None else gradient.item()
    return row


def numbers(count: int) -> dict[str, np.ndarray]:
    """Values and gradients of the first expressions, and how much a small change of their numbers changes them."""
    found, moved = np.full((count, 1 + len(NAMES)), np.nan), np.full((count, 1 + len(NAMES)), np.nan)
    for number in range(count):
        case = valid(SEED, number)
        found[number] = computed(case, None)
        with np.errstate(invalid="ignore"):
            changed = [np.abs(computed(case, Random(f"{number} {turn}")) - found[number]) for turn in range(2)]
        moved[number] = np.fmax(*changed)
    return {"found": found, "moved": moved, "torch": np.array(torch.__version__)}


def differing(made: dict[str, np.ndarray], kept: dict[str, np.ndarray]) -> list[str]:
    """The expressions whose numbers are not those of the file, as far as a small change of the expression's numbers leaves them."""
    found, before = made["found"], kept["found"]
    with np.errstate(invalid="ignore"):
        near = np.abs(found - before) <= np.fmax(1e-12 * np.abs(before), 10.0 * np.fmax(kept["moved"], made["moved"]))
    alike = near | (found == before) | (np.isnan(found) & np.isnan(before))
    return [valid(SEED, int(number)).text for number in np.flatnonzero(~alike.all(axis=1))]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--to", type=Path, default=HERE / "goldens" / "expressions.npz")
    parser.add_argument("--check", action="store_true", help="write nothing, and compare with the numbers in the file")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if not asked.check:
        np.savez_compressed(asked.to, **numbers(asked.count))
        return 0
    kept = dict(np.load(asked.to))
    wrong = differing(numbers(len(kept["found"])), kept)
    print(f"{len(kept['found'])} expressions, torch {torch.__version__}: {len(wrong)} differ", *wrong[:10], sep="\n  ")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())

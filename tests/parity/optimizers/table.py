"""Writes docs/parity.md: every optimizer of every framework, and how far our paths are from theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from case import BOUND
from frameworks import DISTRIBUTIONS
from problems import LAYOUTS, STEPS

if TYPE_CHECKING:
    from run import Compared

PAGE = Path(__file__).resolve().parents[3] / "docs" / "parity.md"

TITLES = {"torch": "torch.optim", "keras": "keras.optimizers", "optax": "optax", "pytorch_optimizer": "pytorch_optimizer"}


def write(everything: Mapping[str, Sequence[Compared]]) -> None:
    """The page for what was compared, by family."""
    PAGE.write_text("\n".join(lines(everything)) + "\n")


def lines(everything: Mapping[str, Sequence[Compared]]) -> Iterator[str]:
    """The page, line by line."""
    found = [each for several in everything.values() for each in several]
    yield "# Parity with the frameworks"
    yield ""
    yield f"This service gives the numbers of the frameworks. {sum(each.passed for each in found)} of {len(found)} paths agree."
    yield ""
    yield f"- A path has {STEPS} steps. Its gradients change sign, some of them are 0, and their sizes go from 1e-6 to 1e3."
    yield f"- There are {len(LAYOUTS)} sets of tensors. An optimizer that does not take all shapes runs on some of them:"
    yield from (f"  - {described(layout)}" for layout in LAYOUTS)
    yield "- Each optimizer runs with its defaults and with other values of its arguments. All numbers are float64."
    yield (
        f"- The largest difference is relative to the largest size that the number had on its path. The limit is {BOUND:g}.\n"
        "  A larger limit has its reason below."
    )
    yield f"- Versions: {', '.join(versions(found))}."
    yield "- `make parity` runs the frameworks again and writes this page."
    for framework, title in TITLES.items():
        yield from table(title, [each for each in found if each.case.framework == framework])


def described(layout: str) -> str:
    """The tensors of a layout in words."""
    shapes = LAYOUTS[layout]
    sizes = {name: " x ".join(map(str, shape)) for name, shape in shapes.items()}
    if len(shapes) == 1:
        return f"one tensor of {sizes['x']} numbers"
    return "several tensors: " + ", ".join(f"{name} of {size}" for name, size in sizes.items())


def versions(found: Sequence[Compared]) -> list[str]:
    """The distributions that were compared with, with their versions."""
    names = dict.fromkeys(name for each in found for name in DISTRIBUTIONS[each.case.framework])
    return [f"{name} {version(name)}" for name in names]


def table(title: str, found: Sequence[Compared]) -> Iterator[str]:
    """The optimizers of one framework; for each its paths, the largest difference among them and the limit."""
    if not found:
        return
    yield from ["", f"## {title}", "", "| optimizer | sets of arguments | paths | largest difference | limit |", "|---|---|---|---|---|"]
    reasons = dict[str, None]()
    for name in sorted({each.case.name for each in found}, key=str.lower):
        own = [each for each in found if each.case.name == name]
        sets, worst, bound = len({each.case.id for each in own}), max(each.worst for each in own), max(each.case.bound for each in own)
        yield f"| `{name}` | {sets} | {len(own)} | {worst:.1e} | {bound:g} |"
        reasons |= dict.fromkeys(f"`{name}`: {each.case.because}" for each in own if each.case.because)
    if reasons:
        yield from ["", "Why a limit is larger:", "", *(f"- {reason}" for reason in reasons)]

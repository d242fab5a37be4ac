"""The catalogue as dicts: a notebook renders their formulas, and nothing else of a dict changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stepgrade.messages import Json
from stepgrade.plain_text import harmless
from stepgrade.results.blocks import Block, FormulaBlock, Table, as_markdown

FORMULA = "formula"
FACTS = ("meaning", "idea", "authors", "year", "source", "needs", "notes", "where", "optimizers")
TABLES = {
    "hyperparameters": ("name", "meaning", "range"),
    "parameters": ("name", "meaning", "default"),
    "slots": ("name", "meaning", "shape"),
    "critical_points": ("point", "kind", "value"),
    "conventions": ("name", "title", "schedule", "notes"),
}
NAMES = {"wrong": "With the mistake", "right": "Without it"}  # of the two formulas of a mistake


class CatalogueEntry(Json):
    """One entry of a catalogue: a dict that a notebook shows with its formulas rendered."""

    def _repr_markdown_(self) -> str:
        return as_markdown(self._blocks())

    def _blocks(self) -> Iterator[Block]:
        yield ": ".join(harmless(self[name], 200) for name in ("name", "code", "title") if self.get(name))
        yield from formulas(self.get(FORMULA))
        yield from (f"{name}: {_in_words(self[name])}" for name in FACTS if self.get(name))
        for name, heads in TABLES.items():
            rows = self.get(name)
            if isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows):
                yield Table(heads, [[_in_words(row.get(head)) for head in heads] for row in rows], name)
                yield from differences(rows)


class Catalogue(Json):
    """Entries by name: a dict that a notebook shows as its names, titles and formulas."""

    def _repr_markdown_(self) -> str:
        return as_markdown(self._blocks())

    def _blocks(self) -> Iterator[Block]:
        for name, entry in self.items():
            yield f"{name}: {harmless(entry.get('title', ''), 200)}"
            yield from formulas(entry.get(FORMULA))


def formulas(formula: Any) -> list[Block]:
    """A formula, or the wrong and the right one of a mistake."""
    if isinstance(formula, dict):
        return [FormulaBlock(latex, harmless(NAMES.get(name) or name, 100)) for name, latex in formula.items() if isinstance(latex, str)]
    return [FormulaBlock(formula)] if isinstance(formula, str) else []


def differences(rows: list[Any]) -> Iterator[str]:
    """A line for each convention that differs from the paper, or from the first framework that has the optimizer."""
    for row in rows:
        told = row.get("differences")
        if isinstance(told, list) and told:
            yield f"{_in_words(row.get('name'))}: {' '.join(harmless(sentence, 500) for sentence in told)}"


def _in_words(value: Any) -> str:
    """A value as text: a list with commas, nothing for what is not there."""
    if isinstance(value, list):
        return ", ".join(map(_in_words, value))
    return "" if value is None else harmless(value, 500)

"""The examples of a model from a file: CSV, or JSON with X and y."""

from __future__ import annotations

import csv
from contextlib import suppress
from pathlib import Path
from typing import Any

from stepgrade.cli.reading import load
from stepgrade.errors import ConfigurationError, InvalidArgument


def with_examples(objective: Any, name: str) -> dict[str, Any]:
    """A model with the examples of a file. Of CSV the last column is y; a first line without numbers is left out."""
    if objective is None:
        raise InvalidArgument("/objective: data needs a model. Name it with --objective, such as linear_regression.", pointer="/objective")
    model = {"name": objective} if isinstance(objective, str) else dict(objective)
    if Path(name).suffix.lower() == ".json":
        content = load(name)
        if not isinstance(content, dict) or not {"X", "y"} <= content.keys():
            raise ConfigurationError(f"{name} must contain a JSON object with X and y")
        return {**model, "X": content["X"], "y": content["y"]}
    rows = _rows(name)
    return {**model, "X": [row[:-1] for row in rows], "y": [row[-1] for row in rows]}


def _rows(name: str) -> list[list[float]]:
    """The numbers of a CSV file, line by line."""
    try:
        with Path(name).open(newline="", encoding="utf-8-sig") as text:
            lines = [(number, cells) for number, cells in enumerate(csv.reader(text), start=1) if any(map(str.strip, cells))]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"Cannot read {name}: {getattr(error, 'strerror', None) or error}") from None
    if lines and not any(map(_is_number, lines[0][1])):
        lines = lines[1:]
    if not lines:
        raise ConfigurationError(f"{name} has no numbers")
    columns = len(lines[0][1])
    for number, cells in lines:
        wrong = next((cell for cell in cells if not _is_number(cell)), None)
        if wrong is not None:
            raise ConfigurationError(f"{name}, line {number}: expected a number, got {wrong!r:.40}")
        if len(cells) != columns or columns < 2:
            wanted = f"{columns} numbers, as in the first line" if columns > 1 else "2 numbers or more: the last one is y"
            raise ConfigurationError(f"{name}, line {number}: expected {wanted}; got {len(cells)}")
    return [[float(cell) for cell in cells] for _, cells in lines]


def _is_number(cell: str) -> bool:
    with suppress(ValueError):
        float(cell)
        return True
    return False

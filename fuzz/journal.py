"""What a run has come to so far, in a file for each surface and seed: the next run goes on from there."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

from .case import keep
from .worker import COSTLIEST, Seen

#: So many measurements of the memory are kept; then every second one is let go.
MOST_MEASURED = 400


class Journal:
    """The cases from 0 to `next`, what they were counted under, what was found, what was costly."""

    def __init__(self, directory: Path, surface: str, seed: int) -> None:
        self.surface, self.seed = surface, seed
        self.path = directory / f"{surface}-{seed}.json"
        known: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8")) if self.path.is_file() else {}
        self.next: int = known.get("next", 0)
        self.seconds: float = known.get("seconds", 0.0)
        self.labels: Counter[str] = Counter(known.get("labels", {}))
        self.found: dict[str, dict[str, Any]] = known.get("found", {})
        self.costliest: list[list[Any]] = known.get("costliest", [])
        self.memory: list[list[float]] = known.get("memory", [])
        self._early: dict[int, Seen] = {}

    def add(self, seen: Seen) -> None:
        """Note a piece of work, as soon as all before it are noted."""
        self._early[seen.piece.first] = seen
        while (following := self._early.pop(self.next, None)) is not None:
            self._fold(following)
        self._write()

    def _fold(self, seen: Seen) -> None:
        self.next += seen.piece.count
        self.labels += seen.labels
        self.costliest = sorted([*self.costliest, *map(list, seen.costliest)], reverse=True)[:COSTLIEST]
        if seen.memory:
            self.memory.append([self.next, round(seen.memory, 1)])
            self.memory = self.memory[::2] if len(self.memory) > MOST_MEASURED else self.memory
        for number, found, small in seen.found:
            first = self.found.setdefault(found, {"number": number, "count": 0})
            first["count"] += 1
            if small is not None and first["number"] == number:
                first["kept"] = keep(self.surface, f"{self.seed}-{number}", small, found).name

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(".new")
        kept = {name: value for name, value in vars(self).items() if name not in ("path", "_early")}
        new.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        os.replace(new, self.path)

    def growth(self) -> tuple[float, float]:
        """The memory after the first quarter of what was measured, and that of the last quarter: each a median."""
        sizes = [size for _, size in self.memory]
        quarter = len(sizes) // 4
        early, late = (sizes[quarter : 2 * quarter], sizes[-quarter:]) if quarter else (sizes, sizes)
        return (median(early), median(late)) if sizes else (0.0, 0.0)

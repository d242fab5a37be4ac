"""What Compose runs: docker-compose.yml with docker-compose.override.yml, merged as Compose does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
STACK, OVERRIDE = ROOT / "docker-compose.yml", ROOT / "docker-compose.override.yml"


def composed(*files: Path) -> dict[str, Any]:
    """These files as one, without what begins with x-; without files, what `docker compose` reads by itself."""
    merged: dict[str, Any] = {}
    for path in files or (STACK, OVERRIDE):
        merge(merged, yaml.safe_load(path.read_text(encoding="utf-8")))
    return {key: value for key, value in merged.items() if not key.startswith("x-")}


def merge(goal: dict[str, Any], more: dict[str, Any]) -> None:
    """Merge one mapping into another; what stands in both lists is in the list once."""
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(goal.get(key), dict):
            merge(goal[key], value)
        elif isinstance(value, list) and key in goal:
            goal[key] = goal[key] + value
        else:
            goal[key] = value

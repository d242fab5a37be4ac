"""openapi.yaml as it is committed, read once per process: in pure Python reading it takes longer than most tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

TEXT = (Path(__file__).resolve().parents[2] / "openapi.yaml").read_text(encoding="utf-8")
DOCUMENT: dict[str, Any] = yaml.load(TEXT, Loader=yaml.CSafeLoader)

"""openapi.yaml as it is committed, read once per process and only where a test needs it: reading it takes longer than most tests."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TEXT = (Path(__file__).resolve().parents[2] / "openapi.yaml").read_text(encoding="utf-8")

#: Its paths, and those that take a POST, by the lines that they stand on: every process that runs some of the tests collects all of them.
PATHS: list[str] = re.findall(r"(?m)^  (/.*):$", TEXT)
POSTED: list[str] = re.findall(r"(?m)^  (/.*):\n(?:    .*\n)*?    post:$", TEXT)


@cache
def committed() -> dict[str, Any]:
    """The document."""
    document: dict[str, Any] = yaml.load(TEXT, Loader=yaml.CSafeLoader)
    return document

"""The service's own names for gradient descent, which hold in every convention that has momentum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SGD_NAMES: Mapping[str, Mapping[str, Any]] = {"gd": {}, "momentum": {"momentum": 0.9}, "nesterov": {"momentum": 0.9, "nesterov": True}}

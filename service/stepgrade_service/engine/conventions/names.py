"""The service's own names for gradient descent, which hold in every convention that has momentum."""

from __future__ import annotations

SGD_NAMES = {"gd": {}, "momentum": {"momentum": 0.9}, "nesterov": {"momentum": 0.9, "nesterov": True}}

"""The text of the call that makes an optimizer, as one types it: pasted back it is the same optimizer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..conventions.pasting import TAKES_PARAMS
from .constructors import Constructor


def call_text(constructor: Constructor, convention: str, arguments: Mapping[str, Any]) -> str:
    """`torch.optim.Adam(params, lr=0.01, betas=(0.8, 0.95))`."""
    given = [f"{name}={_literal(value)}" for name, value in arguments.items()]
    return f"{constructor.path}({', '.join([*(['params'] if convention in TAKES_PARAMS else []), *given])})"


def _literal(value: Any) -> str:
    return repr(tuple(value) if isinstance(value, list) else value)

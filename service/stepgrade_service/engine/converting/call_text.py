"""The text of the call that makes an optimizer, as one types it: pasted back it is the same optimizer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..conventions.constructors import CONSTRUCTORS, TAKES_PARAMS, Constructor


def call_text(constructor: Constructor, convention: str, arguments: Mapping[str, Any]) -> str:
    """`torch.optim.Adam(params, lr=0.01, betas=(0.8, 0.95))`."""
    given = [f"{name}={_literal(value)}" for name, value in arguments.items()]
    return f"{constructor.path}({', '.join([*(['params'] if convention in TAKES_PARAMS else []), *given])})"


def chain_text(links: Sequence[Mapping[str, Any]]) -> str:
    """`optax.chain(optax.clip(max_delta=1.0), optax.sgd(learning_rate=0.1))`."""
    paths = {constructor.name: constructor.path for constructor in CONSTRUCTORS["optax"]}
    calls = []
    for link in links:
        ((name, given),) = link.items()
        named = [f"{key}={_literal(value)}" for key, value in given.items()] if isinstance(given, Mapping) else [_literal(given)]
        arguments = ", ".join(named)
        calls.append(f"{paths.get(name, f'optax.{name}')}({arguments})")
    return f"optax.chain({', '.join(calls)})"


def _literal(value: Any) -> str:
    return repr(tuple(value) if isinstance(value, list) else value)

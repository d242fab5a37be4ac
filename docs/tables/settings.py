"""Tables of settings, limits and bounds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stepgrade.settings import SETTINGS, Setting
from stepgrade_service.engine.conventions.differences import written as shown
from stepgrade_service.engine.reading import bounds as engine_bounds
from stepgrade_service.engine.reading.cost import UNITS_A_SECOND, Limits
from stepgrade_service.web.settings import PREFIX, VARIABLES

from .markdown import NONE, code, table


def settings() -> str:
    """The variables that configure the service."""
    rows = []
    for name, each in VARIABLES.items():
        bounds = [(check.min, check.max) for check in each.metadata["checks"] if hasattr(check, "min")]
        allowed = " to ".join(f"{bound:,g}" if bound < 1e6 else f"{bound:,}" for bound in bounds[0] if bound is not None) if bounds else ""
        allowed += " or more" if bounds and bounds[0][1] is None else ""
        written = shown(each.default) if isinstance(each.default, bool | str) else f"{each.default:.0f}"
        rows.append([code(name), code(written) if written else NONE, allowed or NONE, each.metadata["meaning"]])
    return table(["variable", "default", "range", "meaning"], rows)


def client_settings() -> str:
    """The arguments of the client, and the variables that they replace."""
    rows = [
        [": ".join(filter(None, [each.argument and code(each.argument), each.meaning])), _variable(each), each.usual] for each in SETTINGS
    ]
    return table(["argument of `Client`", "variable", "default"], rows)


def _variable(each: Setting[Any]) -> str:
    return ": ".join(filter(None, [each.variable and code(each.variable), each.example])) or NONE


def limits() -> str:
    """What one request may cost, where nobody sets anything else."""
    held = Limits()
    rows = [
        ["work", "10 nanoseconds of one processor core", f"{held.work:,.0f}: that is {held.work / UNITS_A_SECOND:g} seconds", "MAX_WORK"],
        ["size of the answer", "numbers; 20 characters of text count as one number", f"{held.answer:,.0f}", "MAX_ANSWER"],
        ["memory", "bytes in use at the same time", f"{held.memory:,.0f}: that is {held.memory / 2**20:g} MiB", "MAX_REQUEST_MEMORY"],
    ]
    return table(["what", "unit", "limit", "setting"], ([*row, code(PREFIX + name)] for *row, name in rows))


def bounds() -> str:
    """How many, how long and how deep what a request holds may be: the table of the engine, with what stands above each number."""
    written = Path(engine_bounds.__file__).read_text(encoding="utf-8")
    found = re.findall(r"^#: (.+)\n((?:(?:MAX|MOST|LONGEST)_|DEEPEST)[^(\n]*) = ", written, re.MULTILINE)
    return table(["what", "at most"], ([meaning.rstrip("."), _most(re.findall(r"\w+", named))] for meaning, named in found))


def _most(named: Sequence[str]) -> str:
    """The number of a bound; of several that differ each with the end of its name."""
    values = {name: getattr(engine_bounds, name) for name in named}
    if len(set(values.values())) == 1:
        return f"{values[named[0]]:,}"
    return ", ".join(f"{name.partition('_')[2].lower()} {value:,}" for name, value in values.items())

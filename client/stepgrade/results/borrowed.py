"""pandas and matplotlib belong to the caller: they are imported only when they are needed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from stepgrade.errors import ConfigurationError, UnexpectedAnswer


def frame(columns: Mapping[str, Any]) -> Any:
    """A pandas DataFrame of these columns."""
    if len({len(column) for column in columns.values()}) > 1:
        raise UnexpectedAnswer("The answer cannot become a DataFrame. Its columns do not have the same length.")
    return borrow("pandas", "pandas", "to_pandas()").DataFrame(dict(columns))


def current_axes() -> Any:
    """The current axes of pyplot."""
    return borrow("matplotlib.pyplot", "matplotlib", "plot() without axes").gca()


def matplotlib_s(module: str) -> Any:
    """A module of matplotlib, for what draws on axes."""
    return borrow(f"matplotlib.{module}", "matplotlib", "plot()")


def literal(text: str) -> str:
    """`text` for matplotlib: a dollar sign begins no formula."""
    return text.replace("$", r"\$")


def borrow(module: str, distribution: str, wish: str) -> Any:
    """A module of the caller's; raises ConfigurationError with how to install it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ConfigurationError(
            f"{wish} needs {distribution}. It cannot be imported ({error}). Install it: pip install {distribution}"
        ) from error

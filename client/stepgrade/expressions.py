"""A formula as an objective."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def expression(
    text: str,
    variables: Sequence[str] | None = None,
    *,
    minima: Sequence[Any] | None = None,
    find_minima: bool | None = None,
    window: Sequence[Sequence[float]] | None = None,
    starts: Mapping[str, Any] | None = None,
    **parameters: float,
) -> dict[str, Any]:
    """Write an objective that is a formula of your own.

    Parameters
    ----------
    text : str
        The formula, such as `"x**2 + kappa*y**2"`: numbers, names, `+ - * / **`, brackets, and functions such as `exp`.
    variables : sequence of str, optional
        The names of the variables, in the order of the point. Default: the names in the formula, in the order in which they appear.
    minima : sequence of points, optional
        The known minima. Measures such as the distance refer to them. Default: none.
    find_minima : bool, optional
        Search for minima. The answer calls them candidates. Default: no search.
    window : sequence of pairs, optional
        The part of the plane that is drawn, a range per variable. Default: around the known points.
    starts : mapping of points, optional
        Starts with names. The first is the default start. Default: none, and each call needs a `start`.
    parameters : float
        The numbers of all other names in the formula, such as `kappa=20`.

    Returns
    -------
    dict
        The objective, for `client.trajectory(..., objective=...)` and every other call that takes one.
    """
    members: dict[str, Any] = {"variables": variables, "parameters": parameters or None, "minima": minima, "find_minima": find_minima}
    members |= {"window": window, "starts": starts}
    return {"expression": text, **{name: value for name, value in members.items() if value is not None}}

"""One step, as POST /step answers it."""

from __future__ import annotations

from dataclasses import dataclass

from stepgrade.checked import members, named, number_or_none, text, whole
from stepgrade.encoding import Arrays, tensor, thawed
from stepgrade.messages import Json
from stepgrade.plain_text import harmless
from stepgrade.results.base import Result, called, common
from stepgrade.results.layout import refuse_other_layout


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Step(Result):
    """One step. `params` and `state` go into the next call as they are.

    Attributes
    ----------
    status : str
        `completed`, or `diverged` where the step was not finite.
    params : array, or dict of arrays
        The point after the step, laid out like the params that were posted (a number becomes a 0-d array).
    update : array, dict of arrays, or None
        The step as it was computed.
    state : dict
        `t`, the number of steps taken, and the optimizer's slots.
    optimizer : dict
        As resolved: every hyperparameter and switch. Posted back it gives the same bytes.
    measures : dict
        `gradient_norm`, `update_norm`, `descent_cosine` (a float, None where undefined), `effective_lr` (like the params, NaN where
        the gradient is 0).
    """

    status: str
    params: Arrays
    update: Arrays | None
    state: Json
    optimizer: Json
    measures: Json

    @classmethod
    def read(cls, raw: Json, request: Json, request_id: str) -> Step:
        """Read an answer; raises KeyError, TypeError or ValueError where it is not one."""
        params, update = tensor(raw["params"]), None if raw["update"] is None else tensor(raw["update"])
        refuse_other_layout(request.get("params"), (params, update))
        whole(raw["state"]["t"]), number_or_none(raw["measures"].get("update_norm"))
        return cls(
            **common(raw, request, request_id),
            status=text(raw["status"]),
            params=params,
            update=update,
            state=thawed(members(raw["state"])),
            optimizer=named(raw["optimizer"]),
            measures=thawed(members(raw["measures"])),
        )

    def __repr__(self) -> str:
        """One line: whose step, which, and how long."""
        norm = self.measures.get("update_norm")
        length = "" if norm is None else f", |update| = {norm:.3g}"
        return f"Step({called(self.optimizer)}, {harmless(self.status)}, t = {self.state['t']}{length})"

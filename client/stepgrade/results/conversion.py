"""An optimizer in another convention, as POST /convert answers it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from stepgrade.checked import members, text_or_none, texts, truth
from stepgrade.messages import Json
from stepgrade.plain_text import harmless
from stepgrade.results.base import LONGEST_NAME, Shown, called, common
from stepgrade.results.blocks import Block, Table


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Conversion(Shown):
    """An optimizer in another convention.

    Attributes
    ----------
    optimizer : dict
        Its name and its arguments in that convention. Every method takes it.
    call : str or None
        The call that makes it, as text. None in the conventions paper and course, and with parameter groups.
    exact : bool
        True: all numbers are the same to the last bit. False: they are the same up to rounding.
    notes : tuple of str
        What was rewritten.
    given : dict
        The optimizer that was sent, with every setting.
    """

    optimizer: Json
    call: str | None
    exact: bool
    notes: tuple[str, ...]
    given: Json

    @classmethod
    def read(cls, raw: Json, request: Json, request_id: str) -> Conversion:
        """Read an answer; raises KeyError, TypeError or ValueError if it is not one."""
        return cls(
            **common(raw, request, request_id),
            optimizer=members(raw["optimizer"]),
            call=text_or_none(raw["call"]),
            exact=truth(raw["exact"]),
            notes=texts(raw["notes"]),
            given=members(raw["given"]),
        )

    def __repr__(self) -> str:
        """One line: the call, or the optimizer."""
        return f"Conversion({harmless(self.call, LONGEST_NAME) if self.call else called(self.optimizer)})"

    def _blocks(self) -> list[Block]:
        """The call, how equal the numbers are, what was rewritten, and every argument."""
        sentences = [self.call] if self.call else []
        sentences.append("The numbers are the same to the last bit." if self.exact else "The numbers are the same up to rounding.")
        rows = [(name, value if isinstance(value, int | float | str) else json.dumps(value)) for name, value in self.optimizer.items()]
        return [*sentences, *(f"{note}." for note in self.notes), Table(("argument", "value"), rows)]

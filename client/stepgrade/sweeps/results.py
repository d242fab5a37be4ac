"""The results of a sweep that are in a directory: columns, one entry per call, read when they are asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from stepgrade.errors import ConfigurationError, InvalidArgument
from stepgrade.messages import Json
from stepgrade.results.borrowed import frame
from stepgrade.sweeps.columns import NO_NUMBER, Column, joined
from stepgrade.sweeps.shard import ENDS, NO_COLUMNS, answer_at, names_in, read
from stepgrade.sweeps.shard import TEXTS as ANSWERS
from stepgrade.sweeps.store import Shard, facts_of, shards_in

#: Columns of text that every sweep of trajectories has.
TEXTS = ("status", "engine", "error")

T = TypeVar("T")


class SweepResults(Mapping[str, Column]):
    """The columns of a sweep by name. Each has one entry per call that is done, in the order of the calls.

    `index` is the number of the call. `call.optimizer.lr` and the like are its arguments, if they are single numbers or texts, or
    lists of at most four. `error` says what was wrong with a call that failed, else it is empty. The other columns are those of the
    answer: for a trajectory `status`, `steps` and the measures of its summary, such as `settling_step` and `final_value`. Numbers are
    float64, and NaN if there is none. A column is read from the disk each time that you ask for it.

    Attributes
    ----------
    path : Path
        The directory.
    count : int
        The number of calls that are done, or got no answer (`unanswered`).
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._facts = facts_of(self.path)
        self._shards = shards_in(self.path)
        self.count = sum(shard.count for shard in self._shards)
        self._names: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        """One line: how many calls, and where."""
        return f"SweepResults({self.count} calls in {self.path})"

    def __getitem__(self, name: str) -> Column:
        """One column. Raises KeyError if no call has it. As long as no call is done, each column is empty."""
        if not self.count:
            return np.empty(0, dtype=np.str_ if name in TEXTS else np.float64)
        parts = [self._part(shard, name) for shard in self._shards if name not in NO_COLUMNS]
        if not any(part is not None for part in parts):
            near = get_close_matches(name, list(self), 1)
            raise KeyError(f"There is no column {name}" + (f"; did you mean {near[0]}?" if near else ". list(runs) has all names."))
        empty = zip(parts, self._shards, strict=True)
        return joined(np.full(shard.count, NO_NUMBER) if part is None else part for part, shard in empty)

    def __iter__(self) -> Iterator[str]:
        """The names of the columns."""
        if self._names is None:
            names = dict[str, None]()
            for shard in self._shards:
                names |= dict.fromkeys(self._of(shard, names_in))
            self._names = tuple(name for name in names if name not in NO_COLUMNS)
        return iter(self._names)

    def __contains__(self, name: object) -> bool:
        """Whether a call has the column."""
        return any(name == each for each in self)

    def __len__(self) -> int:
        """The number of columns; `count` is the number of calls."""
        return sum(1 for _ in self)

    @property
    def errors(self) -> dict[int, str]:
        """The calls that failed: what was wrong, by the number of the call."""
        said = self["error"]
        failed = np.flatnonzero(said)
        return dict(zip(self["index"][failed].tolist(), said[failed].tolist(), strict=True)) if failed.size else {}

    @property
    def unanswered(self) -> dict[int, str]:
        """Those of `errors` that are no fault of the request: the same sweep into the same directory makes these calls again."""
        lost = [range(shard.first, shard.last + 1) for shard in self._shards if not shard.answered]
        errors = self.errors if lost else {}
        return {index: errors[index] for numbers in lost for index in numbers}

    def answer(self, index: int) -> Json:
        """The whole answer to one call, of a sweep that kept them (`keep="answers"`).

        Parameters
        ----------
        index : int
            The number of the call, from 0.

        Raises
        ------
        InvalidArgument
            The call failed, it is not done, or the sweep kept summaries only.
        """
        for shard in self._shards:
            if shard.first <= index <= shard.last and self._facts["keep"] == "answers":
                arrays = self._of(shard, partial(read, wanted=(ANSWERS, ENDS)))
                text = answer_at(arrays, index - shard.first) if ENDS in arrays else b""
                if text:
                    answer: Json = json.loads(text)
                    return answer
        why = 'the sweep kept no answers. Use keep="answers"' if self._facts["keep"] != "answers" else "the call failed, or it is not done"
        raise InvalidArgument(f"There is no answer to call {index}: {why}.", pointer="/index")

    def to_pandas(self) -> Any:
        """Make a DataFrame, one row per call that is done. Raises ConfigurationError if pandas is missing."""
        return frame(dict(self))

    def _part(self, shard: Shard, name: str) -> Column | None:
        return self._of(shard, partial(read, wanted=(name,))).get(name)

    def _of(self, shard: Shard, what: Callable[[Path], T]) -> T:
        """What a shard has."""
        try:
            return what(shard.path)
        except FileNotFoundError:
            said = f"The sweep into {self.path} was started again, and made some calls again. Open the directory again with load_sweep."
            raise ConfigurationError(said) from None


def load_sweep(path: str | os.PathLike[str]) -> SweepResults:
    """Open the results of a sweep: `client.sweep(calls, into=path)` or `stepgrade sweep --into PATH` wrote them.

    It works at any time, also while the sweep runs: then it has the calls that are done so far.

    Parameters
    ----------
    path : path
        The directory.

    Raises
    ------
    ConfigurationError
        It is not the directory of a sweep. A file of it that is broken raises this when a column is read.
    """
    return SweepResults(path)

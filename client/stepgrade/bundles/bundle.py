"""A bundle: answers by their canonical request. For each reference of a check it has the numbers of every known formula."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stepgrade.bundles.calls import MISSING, Call, canonical, differences, fingerprint
from stepgrade.errors import ConfigurationError, NotInBundle
from stepgrade.messages import Json

FORMAT = 1
SHOWN_DIFFERENCES = 3
SHOWN_CALL = 500  # letters
CHECK = "/check"


@dataclass(frozen=True)
class Kept:
    """A call and its answer: JSON as it is, text as `{"text": ...}`, bytes as `{"base64": ...}`."""

    call: Call
    answer: Any
    content_type: str = "application/json"

    def to_dict(self, engine: str) -> Json:
        """An entry of the file."""
        return {
            "key": self.call.key(engine),
            "path": self.call.path,
            "form": self.call.form,
            "request": self.call.body,
            "content_type": self.content_type,
            "fingerprint": fingerprint(self.answer),
            "answer": self.answer,
        }

    @classmethod
    def read(cls, entry: Json) -> Kept:
        """Read an entry of the file."""
        return cls(Call(entry["path"], entry["form"], entry["request"]), entry["answer"], entry["content_type"])


@dataclass(frozen=True, eq=False)
class Bundle:
    """Answers of one version of the engine.

    Attributes
    ----------
    title, engine : str
        The title of the spec, and the version of the engine.
    answers : tuple of Kept
        In the order of the spec. Those of /check hold the numbers that a submission is compared with.
    """

    title: str
    engine: str
    answers: tuple[Kept, ...]
    _by_key: dict[str, Kept] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Sort the answers by key."""
        object.__setattr__(self, "_by_key", {kept.call.key(self.engine): kept for kept in self.answers})

    def __repr__(self) -> str:
        """One line: the title, the number of answers, the engine."""
        return f"Bundle({self.title!r}, {len(self.answers)} answers, engine {self.engine})"

    @property
    def fingerprint(self) -> str:
        """The sha256 of its content."""
        return fingerprint([self.title, self.engine, [[key, fingerprint(kept.answer)] for key, kept in self._by_key.items()]])

    def find(self, call: Call) -> Kept:
        """The answer to a call.

        Parameters
        ----------
        call : Call
            Its path, its form and its body.

        Raises
        ------
        NotInBundle
            The bundle has no answer. The message names the nearest request, the differences, and how to add the answer.
        """
        kept = self._by_key.get(call.key(self.engine))
        if kept is None:
            raise NotInBundle(self._lacking(call))
        return kept

    def text(self) -> str:
        """The file: one line per answer, no NaN, the same bytes for the same answers."""
        head = {"stepgrade_bundle": FORMAT, "title": self.title, "engine": self.engine, "fingerprint": self.fingerprint}
        lines = ",\n".join(_dumped(kept.to_dict(self.engine)) for kept in self._by_key.values())
        return f'{_dumped(head)[:-1]},"answers":[\n{lines}\n]}}\n'

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the file; raises ConfigurationError if it cannot be written.

        Parameters
        ----------
        path : path
            The file. One that is there already is replaced.
        """
        try:
            Path(path).write_text(self.text(), encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(f"Cannot write {path}: {error.strerror or error}") from None

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Bundle:
        """Read a file; raises ConfigurationError if it is no bundle, or was changed after it was built."""
        try:
            written = json.loads(Path(path).read_bytes())
            if not isinstance(written, Mapping) or "stepgrade_bundle" not in written:
                raise ConfigurationError(f"{path} is not a bundle. `stepgrade bundle build` makes a bundle from a spec.")
            if written["stepgrade_bundle"] != FORMAT:
                raise ConfigurationError(f"The bundle {path} has format {written['stepgrade_bundle']}, not {FORMAT}. Build it again.")
            bundle = cls(written["title"], written["engine"], tuple(Kept.read(entry) for entry in written["answers"]))
            if bundle.fingerprint != written["fingerprint"]:
                raise ConfigurationError(f"The bundle {path} was changed after it was built: its fingerprint is different. Build it again.")
        except OSError as error:
            raise ConfigurationError(f"Cannot read the bundle {path}: {error.strerror or error}") from None
        except (KeyError, TypeError, ValueError, RecursionError, AttributeError) as error:
            if isinstance(error, ConfigurationError):
                raise
            raise ConfigurationError(f"{path} is not a complete bundle ({error}). Build it again.") from None
        return bundle

    def _lacking(self, call: Call) -> str:
        asked = canonical(call.body)
        unlike = [list(differences(asked, canonical(kept.call.body))) for kept in self._alike(call)]
        if unlike:
            nearest = min(unlike, key=len)
            unequal = [f"{pointer or '/'} is {_shown(here)} here and {_shown(there)} there" for pointer, here, there in nearest]
            more = len(nearest) - SHOWN_DIFFERENCES
            near = "The nearest request in it: " + "; ".join([*unequal[:SHOWN_DIFFERENCES], *([f"and {more} more"] if more > 0 else [])])
        else:
            near = "It has only: " + ", ".join(dict.fromkeys(kept.call.words() for kept in self.answers))
        return (
            f"{call.words()} is not in the bundle {self.title!r} ({len(self.answers)} answers, engine {self.engine})\n  {near}\n"
            f"  Add it to the calls of the spec, and build the bundle again: {_shown(call.written(), SHOWN_CALL)}"
        )

    def _alike(self, call: Call) -> Iterator[Kept]:
        return (kept for kept in self.answers if kept.call.route == call.route)


def _dumped(value: Any) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def _shown(value: Any, most: int = 60) -> str:
    text = "missing" if value is MISSING else json.dumps(value)
    return text if len(text) <= most else text[: most - 3] + "..."

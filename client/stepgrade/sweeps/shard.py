"""A shard: the results of neighbouring calls as an npz, which NumPy reads."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np

from stepgrade.errors import ConfigurationError
from stepgrade.sweeps.columns import Column

#: Higher levels take several times as long, and save a tenth.
LEVEL = 1

#: What is compressed shrinks to less than this share, as a sample of so many bytes shows.
WORTH, SAMPLE = 0.5, 4096

#: Members that have no row per call: what the calls were, and their answers one behind the other.
DIGEST, TEXTS, ENDS = "digest", "answers.text", "answers.ends"
NO_COLUMNS = (DIGEST, TEXTS, ENDS)

T = TypeVar("T")


def written(columns: Mapping[str, Column]) -> bytes:
    """An npz of these arrays. It has no times, so that equal arrays are equal bytes."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, column in columns.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, column, allow_pickle=False)
            content = member.getbuffer()
            archive.writestr(ZipInfo(f"{name}.npy"), content, ZIP_DEFLATED if _shrinks(content) else ZIP_STORED, LEVEL)
    return buffer.getvalue()


def _shrinks(content: memoryview) -> bool:
    """Whether it is worth while to compress it: measures are not, and would take as long as the runs."""
    sample = content[-SAMPLE:]
    return len(zlib.compress(sample, LEVEL)) < WORTH * len(sample)


def read(path: Path, wanted: Collection[str]) -> dict[str, Column]:
    """Those of the wanted arrays that a shard has.

    Raises
    ------
    FileNotFoundError
        It is gone.
    ConfigurationError
        It cannot be read.
    """
    return _read(path, lambda archive: {name: np.asarray(archive[name]) for name in wanted if name in archive.files})


def names_in(path: Path) -> list[str]:
    """The names of the arrays; raises as `read` does."""
    return _read(path, lambda archive: [*archive.files])


def _read(path: Path, what: Callable[[Any], T]) -> T:
    try:
        with np.load(path) as archive:
            return what(archive)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigurationError(f"The file {path} cannot be read: {error.strerror or error}.") from None
    except Exception as error:  # NumPy, zipfile and zlib each have their own words for a file that is cut or overwritten
        said = f"The file {path} is broken. Delete it, and start the same sweep again: it makes the calls of this file again."
        raise ConfigurationError(said) from error


def with_answers(texts: Sequence[bytes]) -> dict[str, Column]:
    """Answers of any length, as arrays."""
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    return {TEXTS: np.frombuffer(b"".join(texts), dtype=np.uint8), ENDS: ends}


def answer_at(arrays: Mapping[str, Column], row: int) -> bytes:
    """One of these answers; empty where the call failed."""
    ends = arrays[ENDS]
    return bytes(arrays[TEXTS][int(ends[row - 1]) if row else 0 : int(ends[row])])

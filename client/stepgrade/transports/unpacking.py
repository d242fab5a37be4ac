"""A body as it arrives, unpacked piece by piece and never beyond a size: a small bomb must not fill the memory."""

from __future__ import annotations

import io
import math
import re
import zipfile
import zlib
from typing import Any

import numpy as np

PACKED = "gzip, deflate"
GZIP = ("gzip", "x-gzip")
ENCODINGS = ("", "identity", "deflate", *GZIP)
GZIP_BEGINS = b"\x1f\x8b"

MOST_ARRAYS = 100_000  # in an npz; an answer has a few for each of its named tensors
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    TypeError,
    ValueError,
    RuntimeError,
    MemoryError,
)
_ENTRY = b"PK\x01\x02"  # begins an entry of a zip file's directory
_LONGEST_HEAD = 2000  # bytes of an array
#: How NumPy writes the head of an array of numbers or text. Its own reader evaluates any head, and warns of an odd one on stderr.
_HEAD = re.compile(
    rb"\x93NUMPY(?:\x01\0..|[\x02\x03]\0....)"
    rb"\{'descr': '([<>|=]?[biufcSUVO]\d{0,8})', 'fortran_order': (?:True|False), 'shape': \(((?:\d{1,19},? ?){0,64})\), \} *\n",
    re.DOTALL,
)


class TooLarge(Exception):
    """An answer has more bytes than the client takes."""


class Broken(Exception):
    """An answer cannot be unpacked."""


class Body:
    """Collects a body; `most` is the size in bytes, packed and unpacked."""

    def __init__(self, encoding: str, most: int) -> None:
        self._kind, self._most = encoding.strip().lower(), most
        if self._kind not in ENCODINGS:
            raise Broken(f"it is packed as {encoding!r:.40}, and the client asked for {PACKED}")
        self._taken = bytearray()
        self._seen = 0
        self._unpacker: Any = self._new() if self._kind not in ENCODINGS[:2] else None
        self._begun = False

    def add(self, piece: bytes) -> None:
        """Take a piece, packed as it came; raises TooLarge and Broken."""
        self._seen += len(piece)
        if self._unpacker is None:
            self._put(piece)
        elif piece:
            self._unpack(piece)

    def whole(self) -> bytes:
        """All of it; raises Broken where the end is missing."""
        if self._unpacker is not None and self._seen and not self._unpacker.eof:
            raise Broken("its end is missing")
        return bytes(self._taken)

    def _put(self, piece: bytes) -> None:
        if len(self._taken) + len(piece) > self._most or self._seen > self._most:
            raise TooLarge
        self._taken += piece

    def _unpack(self, piece: bytes) -> None:
        if self._unpacker.eof and not piece.startswith(GZIP_BEGINS[:1]):  # padding after the end
            return self._put(b"")
        try:
            while piece:
                if self._unpacker.eof:
                    if self._kind not in GZIP or not GZIP_BEGINS.startswith(piece[:2]):
                        break
                    self._unpacker = self._new()
                self._put(self._decompressed(piece))
                piece = self._unpacker.unconsumed_tail or self._unpacker.unused_data
        except zlib.error as fault:
            raise Broken(str(fault)) from None

    def _decompressed(self, piece: bytes) -> bytes:
        room = self._most - len(self._taken) + 1
        try:
            found: bytes = self._unpacker.decompress(piece, room)
        except zlib.error:
            if self._begun or self._kind != "deflate":
                raise
            self._unpacker = zlib.decompressobj(-zlib.MAX_WBITS)  # some servers leave out the two bytes at the beginning
            found = self._unpacker.decompress(piece, room)
        self._begun = True
        return found

    def _new(self) -> Any:
        return zlib.decompressobj(16 + zlib.MAX_WBITS if self._kind in GZIP else zlib.MAX_WBITS)


def refuse_npz_bomb(body: bytes, most: float) -> None:
    """Look at the directory of an npz and at the heads of its arrays, so that `numpy.load` is safe. Raises TooLarge and Broken."""
    if body.count(_ENTRY) > MOST_ARRAYS:
        raise TooLarge
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > most:
                raise TooLarge
            for entry in entries:
                _refuse_false_head(archive, entry)
    except UNREADABLE as fault:
        raise Broken(f"the npz cannot be read: {fault}") from None


def _refuse_false_head(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """NumPy takes as much memory as the head of an array says before it reads the first number."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("its compression is one that NumPy does not use")
    with archive.open(entry) as file:
        head = _HEAD.match(file.read(_LONGEST_HEAD))
    if head is None:
        raise ValueError("an array has no valid NumPy header")
    kind, sizes = np.dtype(head[1].decode()), [int(size) for size in head[2].replace(b",", b" ").split()]
    if kind.hasobject:
        raise ValueError("it contains Python objects")
    if math.prod(sizes) * kind.itemsize > entry.file_size:
        raise ValueError("an array has less data than its header says")

"""Reads the atoms of MP4 files: the exact length after the edit list, and whether the whole file is there."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

from ...streams.paths import PathLike
from ..errors import MediaError


def _atoms(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield (name, start, end) of the contents of each atom between `start` and `end`, which lie inside the file.

    An atom's own end is what it says, and may lie beyond both.
    """
    position = start
    while position + 8 <= end:
        file.seek(position)
        head = file.read(16)
        size, name = struct.unpack_from(">I4s", head)
        header = 8
        if size == 1 and len(head) == 16:
            size, header = struct.unpack_from(">Q", head, 8)[0], 16
        size = size or end - position
        if size < header:
            return
        yield name, position + header, position + size
        position += size


def _inside(file: BinaryIO, span: tuple[int, int]) -> Iterator[tuple[bytes, int, int]]:
    """Yield the atoms inside another, which none of them leaves."""
    for name, start, end in _atoms(file, *span):
        yield name, min(start, span[1]), min(end, span[1])


def _find(file: BinaryIO, span: tuple[int, int], *path: bytes) -> tuple[int, int] | None:
    for step in path:
        span_or_none = next(((start, end) for name, start, end in _inside(file, span) if name == step), None)
        if span_or_none is None:
            return None
        span = span_or_none
    return span


def _field(file: BinaryIO, span: tuple[int, int] | None, short: str, long: str) -> tuple[int, ...]:
    """Unpack a versioned atom: `short` for version 0, `long` for version 1, both without the version itself."""
    if span is None:
        return ()
    file.seek(span[0])
    layout = long if file.read(4)[:1] == b"\1" else short
    data = file.read(struct.calcsize(layout))
    return struct.unpack(layout, data) if len(data) == struct.calcsize(layout) else ()


def read_mp4(path: PathLike) -> float | None:
    """The exact length in seconds of the first sound track after its edit list; None when the file is fragmented.

    Raises MediaError for a file that is cut short: an atom that reaches beyond the end, or no index at all.
    """
    with open(path, "rb") as file:
        end = os.fstat(file.fileno()).st_size
        top = list(_atoms(file, 0, end))
        if any(stop > end for _, _, stop in top) or not any(name == b"moov" for name, _, _ in top):
            raise MediaError(path, "truncated: its data or its index (moov) is cut off; get a whole copy of the file")
        movie = next((start, stop) for name, start, stop in top if name == b"moov")
        if any(name == b"moof" for name, _, _ in top):
            return None
        movie_clock = _field(file, _find(file, movie, b"mvhd"), ">8xI", ">16xI") or (1000,)
        for name, start, stop in _inside(file, movie):
            if name == b"trak" and _is_sound(file, (start, stop)):
                return _track_length(file, (start, stop), movie_clock[0])
    return None


def _is_sound(file: BinaryIO, track: tuple[int, int]) -> bool:
    handler = _find(file, track, b"mdia", b"hdlr")
    if handler is None:
        return False
    file.seek(handler[0] + 8)
    return file.read(4) == b"soun"


def _track_length(file: BinaryIO, track: tuple[int, int], movie_clock: int) -> float | None:
    header = _field(file, _find(file, track, b"mdia", b"mdhd"), ">8xII", ">16xIQ")
    if not header or not header[0] or not header[1]:
        return None
    clock, media = header
    edits = _edits(file, _find(file, track, b"edts", b"elst"))
    if not edits or not movie_clock:
        return media / clock
    if len(edits) > 1:
        return None
    duration, start_at = edits[0]
    left, edited = max(0, media - start_at) / clock, duration / movie_clock
    # The edit is often rounded to milliseconds; the sum of the packets' durations is not: it wins if it says the same.
    return left if not edited or abs(left - edited) <= 1.5 / movie_clock else min(left, edited)


def _edits(file: BinaryIO, span: tuple[int, int] | None) -> list[tuple[int, int]]:
    """The (duration in movie time, start in media time) of each edit that plays something."""
    if span is None:
        return []
    file.seek(span[0])
    head = file.read(8)
    if len(head) < 8:
        return []
    version, count = struct.unpack(">B3xI", head)
    entry = struct.Struct(">Qq4x" if version else ">Ii4x")
    data = file.read(min(count, 1000) * entry.size)
    return [edit for edit in entry.iter_unpack(data[: len(data) // entry.size * entry.size]) if edit[1] >= 0]

"""Reads the first and the last page of an Ogg file: how long the stream is, and whether its end is there."""

from __future__ import annotations

import os
import struct

from ...streams.paths import PathLike
from ..errors import MediaError

_HEADER = struct.Struct("<4sBBqIIIB")
_LARGEST_PAGE = 27 + 255 + 255 * 255
_LAST_PAGE = 4


def read_ogg(path: PathLike) -> int | None:
    """The position at the end of the stream, in frames (of 48 kHz for Opus, its pre-skip taken off).

    None when the file holds several streams, whose lengths it does not sum up. Raises MediaError when the page that
    closes the stream is missing.
    """
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        first = file.read(_HEADER.size + 255 + 255)
        file.seek(max(0, size - 2 * _LARGEST_PAGE))
        tail = file.read()
    opus = first.find(b"OpusHead")
    vorbis = first.find(b"\x01vorbis")
    pre_skip = int.from_bytes(first[opus + 10 : opus + 12], "little") if opus >= 0 else 0
    whole = _pages(tail)
    if not whole or len(first) < _HEADER.size or not whole[-1].flags & _LAST_PAGE:
        raise MediaError(path, "truncated: the page that ends the Ogg stream is missing; get a whole copy of the file")
    last, serial = whole[-1], _HEADER.unpack_from(first)[4]
    if last.serial != serial or (opus < 0 and vorbis < 0) or last.granule <= 0:
        return None
    return int(max(0, last.granule - pre_skip))


class _Page:
    """One page header: its flags, the position at its end and the stream that it belongs to."""

    def __init__(self, flags: int, granule: int, serial: int) -> None:
        self.flags, self.granule, self.serial = flags, granule, serial


def _pages(tail: bytes) -> list[_Page]:
    """The pages that lie wholly inside `tail`."""
    pages = []
    place = tail.find(b"OggS")
    while place >= 0 and place + _HEADER.size <= len(tail):
        _, version, flags, granule, serial, _, _, segments = _HEADER.unpack_from(tail, place)
        lacing = tail[place + _HEADER.size : place + _HEADER.size + segments]
        end = place + _HEADER.size + segments + sum(lacing)
        if version == 0 and len(lacing) == segments and end <= len(tail):
            pages.append(_Page(flags, granule, serial))
            place = tail.find(b"OggS", end)
        else:
            place = tail.find(b"OggS", place + 4)
    return pages

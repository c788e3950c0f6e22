"""The extra chunks of WAV files: ID3, the INFO list, broadcast and studio chunks. Works on RIFF and RF64 alike."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator

from mutagen import id3

from ...streams.paths import PathLike
from ..headers.riff_aiff import read_chunks
from .model import Tags

#: Chunks of words and of numbers that travel between WAV files as they are; the second kind counts in frames.
_WORDS = (b"bext", b"iXML", b"_PMX", b"aXML", b"chna", b"axml")
_MARKS = (b"cue ", b"plst", b"smpl", b"inst", b"acid")
_LARGEST = 16 << 20

_INFO = {
    b"INAM": "title",
    b"IART": "artist",
    b"IPRD": "album",
    b"ICRD": "date",
    b"IGNR": "genre",
    b"ICMT": "comment",
    b"ICOP": "copyright",
    b"ISRC": "source",
    b"ITRK": "tracknumber",
    b"IPRT": "tracknumber",
    b"IMUS": "composer",
    b"IENG": "engineer",
}
#: In a broadcast chunk of version 2: five loudness values, which mastering made untrue, and what says "not told".
_BEXT_LOUDNESS, _NOT_TOLD = 412, b"\xff\x7f" * 5


def read_extra(path: PathLike) -> tuple[id3.ID3, Tags, list[tuple[bytes, bytes]]]:
    """The ID3 frames, the INFO texts and the other chunks (name, contents) of a WAV file."""
    frames, info, others = id3.ID3(), Tags(), []
    with open(path, "rb") as file:
        is_rf64 = file.read(4) == b"RF64"
        for name, offset, size in _past_data(file, is_rf64):
            file.seek(offset)
            if name.lower() == b"id3 ":
                frames = id3.ID3(io.BytesIO(file.read(size)))
            elif name == b"LIST" and size <= _LARGEST:
                contents = file.read(size)
                for key, text in _info_texts(contents):
                    info.add(key, text)
                others.append((name, contents))
            elif name in _WORDS + _MARKS and size <= _LARGEST:
                others.append((name, file.read(size)))
    return frames, info, others


def _past_data(file: io.BufferedReader, is_rf64: bool) -> Iterator[tuple[bytes, int, int]]:
    """The chunks of a file, also those that follow a data chunk too long for its own header."""
    long_size = 0
    for name, offset, size in read_chunks(file, "<"):
        if name == b"ds64":
            file.seek(offset + 8)
            long_size = struct.unpack("<Q", file.read(8))[0]
        if name == b"data" and is_rf64 and size == 0xFFFFFFFF:
            yield from read_chunks(file, "<", offset + long_size + long_size % 2)
            return
        yield name, offset, size


def _info_texts(contents: bytes) -> Iterator[tuple[str, str]]:
    if contents[:4] != b"INFO":
        return
    place = 4
    while place + 8 <= len(contents):
        name, size = struct.unpack_from("<4sI", contents, place)
        if name in _INFO:
            raw = contents[place + 8 : place + 8 + size].rstrip(b"\0")
            try:
                yield _INFO[name], raw.decode("utf-8")
            except UnicodeDecodeError:
                yield _INFO[name], raw.decode("latin-1")
        place += 8 + size + size % 2


def write_extra(
    path: PathLike, frames: id3.ID3, version: int, others: list[tuple[bytes, bytes]], same_rate: bool
) -> Iterator[str]:
    """Append ID3 frames (as ID3v2.`version`) and chunks to a finished WAV file.

    Yields what was left out because it counts in frames of another sample rate.
    """
    if frames:
        buffer = io.BytesIO()
        frames.save(buffer, v2_version=version)
        append_chunk(path, b"id3 ", buffer.getvalue())
    for name, contents in others:
        if not same_rate and (name in _MARKS or contents[:4] == b"adtl"):
            yield f"the chunk {name.decode('latin-1').strip()!r}: its marks are for another sample rate"
            continue
        if name == b"bext" and len(contents) >= _BEXT_LOUDNESS + len(_NOT_TOLD):
            contents = contents[:_BEXT_LOUDNESS] + _NOT_TOLD + contents[_BEXT_LOUDNESS + len(_NOT_TOLD) :]
        append_chunk(path, name, contents)


def append_chunk(path: PathLike, name: bytes, contents: bytes) -> None:
    """Append a chunk to a RIFF or RF64 file and correct the size in its header."""
    with open(path, "r+b") as file:
        large = file.read(4) == b"RF64"
        file.seek(0, os.SEEK_END)
        file.write(struct.pack("<4sI", name, len(contents)) + contents + b"\0" * (len(contents) % 2))
        size = file.tell() - 8
        # A ds64 chunk comes first in an RF64 file, and its first field is the size of the whole.
        file.seek(20 if large else 4)
        file.write(struct.pack("<Q" if large else "<I", size))

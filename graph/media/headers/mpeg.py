"""Counts the frames of MPEG audio streams exactly: MP3 by its Xing header, ADTS by walking it."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import os
import re
import struct
from dataclasses import dataclass
from typing import BinaryIO

from ...streams.paths import PathLike
from ..errors import MediaError

#: Frames in an AAC-LC packet.
AAC_PACKET = 1024
#: The name under which iTunes, and our ADTS files, note encoder delay, padding and the number of frames.
GAPLESS_NOTE = "iTunSMPB"

_SEARCH = 1 << 16


@dataclass(frozen=True)
class Gapless:
    """Where the music lies in what a decoder puts out: `skip` frames before it, then `frames` (None: to the end).

    `decoded` is the number of frames that the decoder puts out altogether, where that was counted.
    """

    skip: int = 0
    frames: int | None = None
    decoded: int | None = None


def parse_gapless_note(text: str) -> Gapless | None:
    """Read an iTunSMPB text: four hexadecimal fields, of which the 2nd is the delay, the 4th the number of frames."""
    match = re.match(r"\s*[0-9A-F]+\s+([0-9A-F]+)\s+[0-9A-F]+\s+([0-9A-F]+)(?!\S)", text, re.ASCII | re.IGNORECASE)
    skip, frames = (int(field, 16) for field in match.groups()) if match else (0, 0)
    return Gapless(skip, frames) if frames else None


def format_gapless_note(delay: int, frames: int, padding: int) -> str:
    """Write an iTunSMPB text for `frames` of audio with `delay` frames of nothing before and `padding` after it."""
    return f" 00000000 {delay:08X} {padding:08X} {frames:016X}" + " 00000000" * 8


def id3_size(file: BinaryIO) -> int:
    """The length in bytes of the ID3v2 tags that `file` starts with."""
    total = 0
    while True:
        file.seek(total)
        head = file.read(10)
        if len(head) < 10 or head[:3] != b"ID3":
            return total
        size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
        total += 10 + size + (10 if head[5] & 0x10 else 0)


def read_adts(path: PathLike) -> Gapless:
    """Walk the frames of an ADTS file. Raises MediaError when the last one is cut short or one of them is damaged."""
    packets = 0
    with open(path, "rb") as file:
        position = id3_size(file)
        end = os.fstat(file.fileno()).st_size
        window, base = b"", position
        while position + 7 <= end:
            if position + 7 > base + len(window):
                file.seek(position)
                window, base = file.read(1 << 20), position
            head = window[position - base : position - base + 7]
            if head[:3] == b"TAG" or head[:3] == b"APE":
                break
            size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
            if head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or size < 7:
                raise MediaError(path, f"damaged: no AAC frame at byte {position}; get a whole copy of the file")
            if position + size > end:
                raise MediaError(path, "truncated: its last AAC frame is cut short; get a whole copy of the file")
            packets += 1 + (head[6] & 3)
            position += size
    note = _adts_note(path)
    decoded = packets * AAC_PACKET
    if note and note.frames and note.skip + note.frames > decoded:
        promised = note.skip + note.frames
        raise MediaError(path, f"truncated: it promises {promised} frames but holds {decoded}; get a whole copy of it")
    return Gapless(note.skip, note.frames, decoded) if note else Gapless(0, decoded, decoded)


def _adts_note(path: PathLike) -> Gapless | None:
    import mutagen  # loaded by what reads tags
    from mutagen.id3 import ID3

    try:
        comments = ID3(path).getall("COMM")
    except mutagen.MutagenError:
        return None
    notes = [parse_gapless_note(str(comment)) for comment in comments if comment.desc == GAPLESS_NOTE]
    return notes[0] if notes else None


def check_mp3(path: PathLike) -> bool:
    """Whether an MP3 file tells its exact length (a Xing header). Raises MediaError when it promises more than it has.

    A file without that header cannot know: it is then a plain row of frames, of which any number may be missing.
    """
    with open(path, "rb") as file:
        start = id3_size(file)
        file.seek(start)
        data = file.read(_SEARCH)
    end = os.path.getsize(path)
    frame, xing = _first_layer3(data)
    if data[xing : xing + 4] not in (b"Xing", b"Info") or xing + 16 > len(data):
        return False
    flags, frames, size = struct.unpack(">III", data[xing + 4 : xing + 16])
    if not flags & 1 or not frames:
        return False
    if flags & 2 and start + frame + size > end:
        promised, present = size, end - start - frame
        raise MediaError(
            path, f"truncated: it promises {promised} bytes of audio but holds {present}; get a whole copy of the file"
        )
    return True


def _first_layer3(data: bytes) -> tuple[int, int]:
    """Where the first layer III frame starts in `data`, and where its Xing header would be; (0, 0) if there is none."""
    frame = data.find(b"\xff")
    while 0 <= frame < len(data) - 4:
        if data[frame + 1] & 0xE6 == 0xE2 and data[frame + 2] & 0xF0 != 0xF0:
            mpeg1, mono = data[frame + 1] & 0x18 == 0x18, data[frame + 3] & 0xC0 == 0xC0
            side = (17 if mono else 32) if mpeg1 else (9 if mono else 17)
            return frame, frame + 4 + side
        frame = data.find(b"\xff", frame + 1)
    return 0, 0

"""Reads the skeleton of RIFF, RF64 and AIFF files: how much audio the header promises, and how much there is."""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ...streams.paths import PathLike
from ..errors import MediaError
from ..speaker_layouts import layout_from_mask

#: Data sizes that programs write when they stream into a pipe and cannot go back (FFmpeg and others, and SoX).
_STREAMED = (0, 0x7FFFF000, 0xFFFFFFFF)
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE


@dataclass(frozen=True)
class PcmHeader:
    """What the header of a PCM file says; `frames` is None when it was streamed and nobody went back to fill it in."""

    container: str
    channels: int
    sample_rate: int
    bit_depth: int
    is_float: bool
    plain: bool
    layout: str | None
    frames: int | None


def read_chunks(file: BinaryIO, byte_order: str, start: int = 12) -> Iterator[tuple[bytes, int, int]]:
    """Yield (name, offset of the contents, size) of each chunk of a RIFF ("<") or AIFF (">") file."""
    end = os.fstat(file.fileno()).st_size
    position = start
    while position + 8 <= end:
        file.seek(position)
        name, size = struct.unpack(f"{byte_order}4sI", file.read(8))
        yield name, position + 8, size
        position += 8 + size + size % 2


def read_wav_header(path: PathLike) -> PcmHeader:
    """The header of a WAV or RF64 file. Raises MediaError when it is broken or promises data that is not there."""
    with open(path, "rb") as file:
        magic = file.read(4)
        order = ">" if magic == b"RIFX" else "<"
        long_size: int | None = None
        fmt = b""
        for name, offset, size in read_chunks(file, order):
            file.seek(offset)
            if name == b"ds64" and magic == b"RF64":
                sizes = file.read(16)
                long_size = struct.unpack("<8xQ", sizes)[0] if len(sizes) == 16 else None
            elif name == b"fmt ":
                fmt = file.read(min(size, 40))
            elif name == b"data":
                if len(fmt) < 16:
                    break
                known = long_size if long_size is not None and size == 0xFFFFFFFF else size
                return _wav_header(path, "rf64" if magic == b"RF64" else "wav", fmt, order, offset, known)
    raise MediaError(path, "not a whole WAV file: it has no audio data; it was cut short or is damaged")


def _wav_header(path: PathLike, container: str, fmt: bytes, order: str, offset: int, size: int) -> PcmHeader:
    tag, channels, rate, _, align, bits = struct.unpack(f"{order}HHIIHH", fmt[:16])
    mask = 0
    if tag == _EXTENSIBLE and len(fmt) >= 40:
        valid, mask, tag = struct.unpack(f"{order}HIH", fmt[18:26])
        bits = valid if 0 < valid <= bits else bits
    if not channels or not rate or not align:
        raise MediaError(path, "damaged WAV header: it tells no channels or no sample rate")
    plain = tag in (_PCM, _FLOAT) and align == channels * ((bits + 7) // 8)
    present = os.path.getsize(path) - offset
    streamed = (size in _STREAMED and present > size) or size == 0xFFFFFFFF
    if size > present and not streamed:
        raise truncated(path, size // align, present // align)
    frames = present // align if streamed else size // align
    layout = layout_from_mask(mask, channels) or {1: "mono", 2: "stereo"}.get(channels)
    return PcmHeader(container, channels, rate, bits, tag == _FLOAT, plain, layout, frames)


def read_aiff_header(path: PathLike) -> PcmHeader:
    """The header of an AIFF or AIFF-C file. Raises MediaError when it is broken or promises data that is not there."""
    with open(path, "rb") as file:
        container = "aifc" if file.read(12)[8:] == b"AIFC" else "aiff"
        common = b""
        sound: tuple[int, int] | None = None
        for name, offset, size in read_chunks(file, ">"):
            file.seek(offset)
            if name == b"COMM":
                common = file.read(min(size, 22))
            elif name == b"SSND":
                sound = offset + 8, size - 8
    if len(common) < 18 or sound is None:
        raise MediaError(path, "not a whole AIFF file: it has no audio data; it was cut short or is damaged")
    channels, frames, bits, exponent, mantissa = struct.unpack(">hIhHQ", common[:18])
    coding = common[18:22] if container == "aifc" else b"NONE"
    is_float = coding.lower() in (b"fl32", b"fl64")
    bits = {b"fl32": 32, b"fl64": 64}.get(coding.lower(), bits)
    plain = bits > 0 and (is_float or coding in (b"NONE", b"twos", b"sowt", b"in24", b"in32"))
    rate = _extended(exponent, mantissa)
    if channels <= 0 or not rate:
        raise MediaError(path, "damaged AIFF header: it tells no channels or no sample rate")
    align = channels * ((bits + 7) // 8)
    present = os.path.getsize(path) - sound[0]
    if plain and align > 0 and max(frames * align, sound[1]) > present:
        raise truncated(path, frames, max(0, present) // align)
    layout = {1: "mono", 2: "stereo"}.get(channels)
    return PcmHeader(container, channels, rate, bits, is_float, plain, layout, frames)


def _extended(exponent: int, mantissa: int) -> int:
    """The whole number nearest to an 80-bit float of those parts; 0 for what is no sample rate in Hz."""
    power = (exponent & 0x7FFF) - 16383 - 63
    return round(math.ldexp(mantissa, power)) if power < 0 else 0


def truncated(path: PathLike, promised: int, present: int) -> MediaError:
    """The error for a file that holds fewer frames than its header promises."""
    return MediaError(
        path, f"truncated: it promises {promised} frames but holds {present}; get a whole copy of the file"
    )

"""Writes WAV, and RF64 once the file outgrows the 32-bit sizes of WAV: room for RF64's sizes is kept from the start."""

from __future__ import annotations

import struct

from ..speaker_layouts import mask_from_layout
from .pcm import PcmEncoder

#: The largest size that a RIFF header can tell, in bytes.
RIFF_LIMIT = 0xFFFFFFFF

_EXTENSIBLE, _PCM, _FLOAT = 0xFFFE, 1, 3
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
_DS64 = struct.Struct("<QQQI")


class WavEncoder(PcmEncoder):
    """Little-endian PCM in the chunks of WAV or RF64.

    The header is WAVE_FORMAT_EXTENSIBLE, with the channel mask, exactly when a layout beyond stereo is to be told.
    """

    order = "<"

    def _fmt_chunk(self) -> bytes:
        form = self._format
        tag = _FLOAT if form.sample_type == "float" else _PCM
        align = form.channels * self._bits // 8
        mask = mask_from_layout(form.layout) if form.layout not in (None, "mono", "stereo") else 0
        common = (form.channels, form.sample_rate, form.sample_rate * align, align, self._bits)
        if mask:
            extension = struct.pack("<HHIH", 22, self._bits, mask, tag) + _GUID_TAIL
            return struct.pack("<HHIIHH", _EXTENSIBLE, *common) + extension
        return struct.pack("<HHIIHH", tag, *common) + (b"\0\0" if tag == _FLOAT else b"")

    def _header(self) -> bytes:
        frames = self._data_bytes // (self._format.channels * self._bits // 8)
        fmt = self._fmt_chunk()
        fact = self._format.sample_type == "float" or fmt[:2] == b"\xfe\xff"
        length = 12 + 8 + _DS64.size + 8 + len(fmt) + (12 if fact else 0) + 8
        riff = length - 8 + self._data_bytes + self._data_bytes % 2
        large = riff > RIFF_LIMIT or self._format.container == "rf64"
        parts = [struct.pack("<4sI4s", b"RF64" if large else b"RIFF", 0xFFFFFFFF if large else riff, b"WAVE")]
        sizes = _DS64.pack(riff, self._data_bytes, frames, 0) if large else bytes(_DS64.size)
        parts.append(struct.pack("<4sI", b"ds64" if large else b"JUNK", _DS64.size) + sizes)
        parts.append(struct.pack("<4sI", b"fmt ", len(fmt)) + fmt)
        if fact:
            parts.append(struct.pack("<4sII", b"fact", 4, min(frames, 0xFFFFFFFF)))
        parts.append(struct.pack("<4sI", b"data", 0xFFFFFFFF if large else self._data_bytes))
        return b"".join(parts)

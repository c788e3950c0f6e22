"""Writes WAV, and RF64 once the file outgrows the 32-bit sizes of WAV: room for RF64's sizes is kept from the start."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from .formats import Format
from .layouts import mask_from_layout
from .output import Output
from .quantise import interleaved

#: The largest size that a RIFF header can tell, in bytes.
RIFF_LIMIT = 0xFFFFFFFF

_EXTENSIBLE, _PCM, _FLOAT = 0xFFFE, 1, 3
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
_DS64 = struct.Struct("<QQQI")


class WavEncoder:
    """Interleaved PCM behind a header whose sizes are filled in at the end.

    The header is WAVE_FORMAT_EXTENSIBLE, with the channel mask, exactly when a layout beyond stereo is to be told.
    """

    def __init__(self, output: Output, format: Format) -> None:
        """Write a header without sizes."""
        self._output, self._format = output, format
        self._bits = format.bit_depth or 16
        self._data_bytes = 0
        self._fmt = self._fmt_chunk()
        output.write(self._header())

    def write(self, block: NDArray[np.float64]) -> int:
        """Append a block `(channels, n)`; returns how many samples were clipped."""
        data, clipped = interleaved(block, self._bits, self._format.sample_type == "float")
        if self._bits == 24:
            # The value sits in the upper three bytes of each little-endian int32.
            data = np.ascontiguousarray(data.astype("<i4").view(np.uint8).reshape(-1, 4)[:, 1:])
        else:
            data = data.astype(data.dtype.newbyteorder("<"), copy=False)
        self._output.write(data.data)
        self._data_bytes += data.nbytes
        return clipped

    def close(self) -> None:
        """Pad the data to an even length and fill in the sizes."""
        if self._data_bytes % 2:
            self._output.write(b"\0")
        self._output.seek(0)
        self._output.write(self._header())

    def abort(self) -> None:
        """Nothing to let go of."""

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
        fact = self._format.sample_type == "float" or self._fmt[:2] == b"\xfe\xff"
        length = 12 + 8 + _DS64.size + 8 + len(self._fmt) + (12 if fact else 0) + 8
        riff = length - 8 + self._data_bytes + self._data_bytes % 2
        large = riff > RIFF_LIMIT or self._format.container == "rf64"
        parts = [struct.pack("<4sI4s", b"RF64" if large else b"RIFF", 0xFFFFFFFF if large else riff, b"WAVE")]
        sizes = _DS64.pack(riff, self._data_bytes, frames, 0) if large else bytes(_DS64.size)
        parts.append(struct.pack("<4sI", b"ds64" if large else b"JUNK", _DS64.size) + sizes)
        parts.append(struct.pack("<4sI", b"fmt ", len(self._fmt)) + self._fmt)
        if fact:
            parts.append(struct.pack("<4sII", b"fact", 4, min(frames, 0xFFFFFFFF)))
        parts.append(struct.pack("<4sI", b"data", 0xFFFFFFFF if large else self._data_bytes))
        return b"".join(parts)

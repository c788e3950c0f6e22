"""Writes AIFF, and AIFF-C where samples are floats or the name asks for it: big-endian samples, sizes at the end."""

from __future__ import annotations

import math
import struct

import numpy as np
from numpy.typing import NDArray

from .errors import MediaError
from .formats import Format
from .layouts import mask_from_layout
from .output import Output
from .quantise import interleaved

#: The largest size that an AIFF header can tell, in bytes.
AIFF_LIMIT = 0xFFFFFFFF

#: The version of the AIFF-C standard, a date; and CoreAudio's mark for "the layout is told by a mask".
_AIFC_VERSION, _USE_MASK = 0xA2805140, 1 << 16
_CODINGS = {
    ("int", 16): b"NONE\x0enot compressed\0",
    ("int", 24): b"NONE\x0enot compressed\0",
    ("int", 32): b"NONE\x0enot compressed\0",
    ("float", 32): b"fl32\x0632-bit\0",
    ("float", 64): b"fl64\x0664-bit\0",
}


class AiffEncoder:
    """Interleaved big-endian PCM behind a header whose sizes are filled in at the end."""

    def __init__(self, output: Output, format: Format) -> None:
        """Write a header without sizes."""
        self._output, self._format = output, format
        self._bits = format.bit_depth or 16
        self._data_bytes = 0
        output.write(self._header())

    def write(self, block: NDArray[np.float64]) -> int:
        """Append a block `(channels, n)`; returns how many samples were clipped."""
        data, clipped = interleaved(block, self._bits, self._format.sample_type == "float")
        big = data.astype(data.dtype.newbyteorder(">"))
        if self._bits == 24:
            # The value sits in the upper, that is the first, three bytes of each int32.
            big = np.ascontiguousarray(big.view(np.uint8).reshape(-1, 4)[:, :3])
        self._data_bytes += big.nbytes
        if self._data_bytes > AIFF_LIMIT - len(self._header()):
            raise MediaError(self._output.destination, "an AIFF file ends at 4 GB; use wav, rf64 or flac")
        self._output.write(big.view(np.uint8).data)
        return clipped

    def close(self) -> None:
        """Pad the data to an even length and fill in the sizes."""
        if self._data_bytes % 2:
            self._output.write(b"\0")
        self._output.seek(0)
        self._output.write(self._header())

    def abort(self) -> None:
        """Nothing to let go of."""

    def _header(self) -> bytes:
        form, aifc = self._format, self._format.container == "aifc"
        frames = self._data_bytes // (form.channels * self._bits // 8)
        common = struct.pack(">hIh", form.channels, frames, self._bits) + _extended(form.sample_rate)
        chunks = b""
        if aifc:
            chunks += struct.pack(">4sII", b"FVER", 4, _AIFC_VERSION)
            common += _CODINGS[form.sample_type, self._bits]
        chunks += struct.pack(">4sI", b"COMM", len(common)) + common
        mask = mask_from_layout(form.layout) if form.channels > 2 else 0
        if mask:
            chunks += struct.pack(">4sIIII", b"CHAN", 12, _USE_MASK, mask, 0)
        chunks += struct.pack(">4sIII", b"SSND", 8 + self._data_bytes, 0, 0)
        size = 4 + len(chunks) + self._data_bytes + self._data_bytes % 2
        return struct.pack(">4sI4s", b"FORM", size, b"AIFC" if aifc else b"AIFF") + chunks


def _extended(value: int) -> bytes:
    """A positive whole number as an 80-bit float: sign and exponent, then 64 bits of mantissa."""
    exponent = math.frexp(value)[1] - 1
    return struct.pack(">HQ", 16383 + exponent, value << (63 - exponent))

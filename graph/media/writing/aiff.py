"""Writes AIFF, and AIFF-C where samples are floats or the name asks for it: big-endian samples, sizes at the end."""

from __future__ import annotations

import math
import struct

from ..errors import MediaError
from ..speaker_layouts import mask_from_layout
from .pcm import PcmEncoder

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


class AiffEncoder(PcmEncoder):
    """Big-endian PCM in the chunks of AIFF or AIFF-C."""

    order = ">"

    def _check_size(self) -> None:
        if self._data_bytes > AIFF_LIMIT - len(self._header()):
            raise MediaError(self._output.destination, "an AIFF file ends at 4 GB; use wav, rf64 or flac")

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

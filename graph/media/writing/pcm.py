"""What WAV and AIFF share: interleaved PCM behind a header whose sizes are filled in at the end."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ..formats import Format
from .hidden_output import HiddenOutput
from .quantise import interleaved


class PcmEncoder:
    """Writes samples as they are; subclasses say in which order their bytes stand, and what the header is."""

    order: ClassVar[Literal["<", ">"]]
    delay: ClassVar[int] = 0

    def __init__(self, output: HiddenOutput, format: Format) -> None:
        """Write a header without sizes."""
        self._output, self._format = output, format
        self._bits = format.bit_depth or 16
        self._data_bytes = 0
        output.write(self._header())

    def write(self, block: NDArray[np.float64]) -> int:
        """Append a block `(channels, n)`; returns how many samples were clipped."""
        data, clipped = interleaved(block, self._bits, self._format.sample_type == "float")
        data = data.astype(data.dtype.newbyteorder(self.order), copy=False)
        if self._bits == 24:
            # The value sits in the upper three bytes of each int32: the last, or where the upper come first the first.
            upper = slice(1, 4) if self.order == "<" else slice(0, 3)
            data = np.ascontiguousarray(data.view(np.uint8).reshape(-1, 4)[:, upper])
        self._data_bytes += data.nbytes
        self._check_size()
        self._output.write(data.view(np.uint8).data)
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
        """Return the header for what has been written so far; its length is always the same."""
        raise NotImplementedError

    def _check_size(self) -> None:
        """Raise MediaError where the header could not tell the size."""

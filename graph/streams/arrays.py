"""Audio in memory as a source and as a destination."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from ...nodes import Block
from .protocols import Source


class ArraySource:
    """Audio ``(channels, frames)`` in memory."""

    def __init__(self, audio: ArrayLike, sample_rate: int) -> None:
        self.audio = np.atleast_2d(np.asarray(audio, dtype=np.float64))
        self.sample_rate = sample_rate
        self.channels, self.frames = self.audio.shape

    def blocks(self, frames: int) -> Iterator[Block]:
        """Yield copies of the parts of the audio."""
        for start in range(0, self.frames, frames):
            yield np.ascontiguousarray(self.audio[:, start : start + frames])


class ArrayDestination:
    """Keeps the committed audio in memory, in ``audio`` ``(channels, frames)``."""

    lossy = False

    def __init__(self, bits: int | None = None) -> None:
        self.bits = bits
        self.audio: Block | None = None

    def open(self, frames: int | None) -> ArraySink:
        """Return a sink that will set ``audio``."""
        return ArraySink(self)


class ArraySink:
    """One attempt of an ``ArrayDestination``."""

    def __init__(self, destination: ArrayDestination) -> None:
        self._destination, self._parts = destination, list[Block]()

    def write(self, block: Block) -> None:
        """Append a copy of ``block``."""
        self._parts.append(block.copy())

    def decoded(self) -> Source:
        """Refuse: an array is what was written, and knows no sample rate."""
        raise TypeError("an array is what was written to it; only a lossy output has something to decode")

    def commit(self) -> None:
        """Set ``audio`` of the destination."""
        self._destination.audio = np.concatenate(self._parts, axis=1)

    def abort(self) -> None:
        """Forget everything."""
        self._parts.clear()

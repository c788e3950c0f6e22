"""Sound at another sample rate (soxr VHQ), to the exact length, whatever the size of the blocks it comes in."""

# mypy: disable-error-code="import-untyped"

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...streams.protocols import BLOCK, Source

Block = NDArray[np.float64]


def resampled(chunks: Iterator[Block], channels: int, rate_in: int, rate_out: int) -> Iterator[Block]:
    """Yield `chunks`, `(channels, n)` at `rate_in` Hz, at `rate_out` Hz: `resampled_length` frames in all.

    The samples do not depend on how the sound is divided into chunks. Between equal rates it passes untouched.
    """
    if rate_in == rate_out:
        yield from chunks
        return
    import soxr  # loaded where rates differ

    stream = soxr.ResampleStream(rate_in, rate_out, channels, dtype="float64", quality="VHQ")
    taken = written = 0
    for chunk in chunks:
        taken += chunk.shape[1]
        block = stream.resample_chunk(np.ascontiguousarray(chunk.T))
        # What soxr holds back keeps this below the final length; the cut only guards against a change in soxr.
        block = block[: resampled_length(taken, rate_in, rate_out) - written]
        written += len(block)
        yield np.ascontiguousarray(block.T)
    rest = stream.resample_chunk(np.zeros((0, channels)), last=True).T
    missing = resampled_length(taken, rate_in, rate_out) - written
    tail = np.zeros((channels, missing))
    there = min(missing, rest.shape[1])
    tail[:, :there] = rest[:, :there]
    yield tail


def resampled_length(frames: int, rate_in: int, rate_out: int) -> int:
    """How many frames `frames` become at another rate: the nearest whole number, half rounded up."""
    return (2 * frames * rate_out + rate_in) // (2 * rate_in)


class ResampledSource:
    """`source` at another `sample_rate` in Hz; each reading resamples it anew."""

    def __init__(self, source: Source, sample_rate: int) -> None:
        self.sample_rate, self.channels = sample_rate, source.channels
        self.frames = (
            None if source.frames is None else resampled_length(source.frames, source.sample_rate, sample_rate)
        )
        self._source = source

    def blocks(self, frames: int) -> Iterator[Block]:
        """Yield the audio as C-contiguous float64 `(channels, n)`: n is `frames`, less only in the last block."""
        chunks = self._source.blocks(BLOCK)
        chunks = resampled(chunks, self.channels, self._source.sample_rate, self.sample_rate)
        return reblocked(chunks, self.channels, frames)


def reblocked(chunks: Iterator[Block], channels: int, frames: int) -> Iterator[Block]:
    """Yield `chunks` in new blocks of `frames`, less only in the last one."""
    block, filled = np.empty((channels, frames)), 0
    for chunk in chunks:
        used = 0
        while used < chunk.shape[1]:
            n = min(frames - filled, chunk.shape[1] - used)
            block[:, filled : filled + n] = chunk[:, used : used + n]
            filled, used = filled + n, used + n
            if filled == frames:
                yield block
                block, filled = np.empty((channels, frames)), 0
    if filled:
        yield block[:, :filled].copy()

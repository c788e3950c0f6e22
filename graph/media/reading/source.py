"""A file as a source of blocks: bounded memory, any number of times over, at its own sample rate or another."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from copy import copy
from typing import Self

from ...streams.paths import PathLike
from ..errors import MediaError
from ..formats import Format
from ..info import MediaInfo
from .decode import Block, decoded
from .fingerprint import fingerprint
from .probe import probe
from .resample import reblocked, resampled, resampled_length


class FileSource:
    """An audio file, or the first audio stream of a video file, that is read in blocks.

    `sample_rate` (Hz) reads it resampled (soxr VHQ). Raises MediaError, here or while iterating, when the file is
    missing, is no audio, is empty, truncated or damaged, has more than 8 channels, or holds NaN or infinity.
    """

    def __init__(self, path: PathLike, sample_rate: int | None = None) -> None:
        """Look at the file; decode nothing yet."""
        self._path = os.fspath(path)
        self._probe = probe(self._path)
        self._fingerprint: str | None = None
        self._rate = self._probe.format.sample_rate if sample_rate is None else self._checked(sample_rate)

    def at(self, sample_rate: int) -> Self:
        """Return the same file read at `sample_rate` in Hz, without looking at it again."""
        other = copy(self)
        other._rate = self._checked(sample_rate)
        return other

    def _checked(self, sample_rate: int) -> int:
        if sample_rate < 1:
            raise MediaError(self._path, f"cannot be read at {sample_rate} Hz; the sample rate must be at least 1 Hz")
        return sample_rate

    @property
    def path(self) -> str:
        """Where the file is."""
        return self._path

    @property
    def format(self) -> Format:
        """How the file stores its audio; its sample rate is the file's, also when the source resamples."""
        return self._probe.format

    @property
    def info(self) -> MediaInfo:
        """Container, duration, size and bit rates of the file."""
        return self._probe.info

    @property
    def sample_rate(self) -> int:
        """The rate of the blocks in Hz."""
        return self._rate

    @property
    def channels(self) -> int:
        """The number of channels of the blocks."""
        return self._probe.format.channels

    @property
    def frames(self) -> int | None:
        """How many frames the blocks hold together, exactly; None when only decoding the whole file would tell."""
        known = self._probe.frames
        return None if known is None else resampled_length(known, self.format.sample_rate, self._rate)

    def fingerprint(self, poll: Callable[[], None] = lambda: None) -> str:
        """Tell this audio from any other (see `fingerprint.py`), read once; `poll` is called between reads."""
        if self._fingerprint is None:
            self._fingerprint = fingerprint(self._path, poll)
        return self._fingerprint

    def blocks(self, frames: int) -> Iterator[Block]:
        """Yield the audio as C-contiguous float64 `(channels, n)`: n is `frames`, less only in the last block.

        Each call opens the file anew and starts at its beginning; each block is the caller's to keep or change.
        Raises MediaError when the file turns out to be damaged or truncated, or to hold NaN or infinity.
        """
        if frames < 1:
            raise ValueError(f"a block must have at least 1 frame, not {frames}")
        chunks = decoded(self._path, self._probe)
        return reblocked(resampled(chunks, self.channels, self.format.sample_rate, self._rate), self.channels, frames)

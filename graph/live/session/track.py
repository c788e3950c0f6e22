"""A track in reach: decoded once, at the rate of the sound system, and read from any frame."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from ....nodes import Block
from ...media import FileSource, MediaError
from ...media.reading.resample import resampled
from ...storage.spool import Spool

CHUNK = 65536
"""Frames in which the track is decoded."""


class Track:
    """The audio of ``source``, a file or another track, on a spool.

    A file may be deleted, or written over, once this stands.  It is a ``Source`` for the driver as well.  Raises
    ``MediaError`` for a file that cannot be read, or when the disk cannot hold 8 bytes a sample.
    """

    def __init__(self, source: FileSource | Resampled) -> None:
        self.path: str = source.path
        self.sample_rate: int = source.sample_rate
        self.channels: int = source.channels
        self._spool = Spool(self.channels, most_bytes=None)
        self._spool.begin(None)
        try:
            for block in source.blocks(CHUNK):
                self._spool.add(block)
                if self._spool.failure:
                    break
            self._spool.finish()
        except BaseException:
            self._spool.forget()
            raise
        if self._spool.failure:
            folder, why = tempfile.gettempdir(), self._spool.failure
            raise MediaError(self.path, f"there is no room for the decoded sound in {folder}: {why}")
        self.frames = self._spool.frames

    def read(self, start: int, frames: int) -> Block:
        """Return the ``(channels, <= frames)`` from frame ``start`` on."""
        return self._spool.read(start, frames)

    def blocks(self, frames: int) -> Iterator[Block]:
        """Yield all of it from the start."""
        return self._spool.blocks(frames)

    def close(self) -> None:
        """Let go of the file."""
        self._spool.forget()


class Resampled:
    """A ``track`` at another ``sample_rate`` in Hz, as a source."""

    def __init__(self, track: Track, sample_rate: int) -> None:
        self.path, self.sample_rate, self.channels = track.path, sample_rate, track.channels
        self._track = track

    def blocks(self, frames: int) -> Iterator[Block]:
        """Yield all of it from the start."""
        return resampled(self._track.blocks(frames), self.channels, self._track.sample_rate, self.sample_rate)

"""A track in reach: decoded once, at the rate of the sound system, and read from any frame."""

# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import tempfile
from collections.abc import Iterator

import numpy as np
import soxr

from ....nodes import Block
from ...media import FileSource, MediaError


class Track:
    """The audio of ``source``, a file or another track, in an unnamed temporary file.

    A file may be deleted, or written over, once this stands.  It is a ``Source`` for the driver as well.  Raises
    ``MediaError`` for a file that cannot be read, or when the disk cannot hold 8 bytes a sample.
    """

    def __init__(self, source: FileSource | Resampled) -> None:
        self.path: str = source.path
        self.sample_rate: int = source.sample_rate
        self.channels: int = source.channels
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close
        try:
            for block in source.blocks(65536):
                self._file.write(np.ascontiguousarray(block.T).data)
            self._file.flush()
        except OSError as failed:
            self._file.close()
            folder = tempfile.gettempdir()
            raise MediaError(self.path, f"there is no room for the decoded sound in {folder}: {failed}") from None
        except BaseException:
            self._file.close()
            raise
        self.frames = self._file.tell() // (8 * self.channels)
        self._sound = np.memmap(self._file, "f8", "r", shape=(self.frames, self.channels))

    def read(self, start: int, frames: int) -> Block:
        """Return the ``(channels, <= frames)`` from frame ``start`` on."""
        return np.array(self._sound[start : start + frames].T, dtype=np.float64, order="C")

    def blocks(self, frames: int) -> Iterator[Block]:
        """Yield all of it from the start."""
        for start in range(0, self.frames, frames):
            yield self.read(start, frames)

    def close(self) -> None:
        """Let go of the file."""
        del self._sound
        self._file.close()


class Resampled:
    """A ``track`` at another ``sample_rate`` in Hz, as a source."""

    def __init__(self, track: Track, sample_rate: int) -> None:
        self.path, self.sample_rate, self.channels = track.path, sample_rate, track.channels
        self._track = track

    def blocks(self, frames: int) -> Iterator[Block]:
        """Yield all of it from the start."""
        stream = soxr.ResampleStream(self._track.sample_rate, self.sample_rate, self.channels, "float64", "VHQ")
        for block in self._track.blocks(frames):
            yield np.ascontiguousarray(stream.resample_chunk(np.ascontiguousarray(block.T)).T)
        yield np.ascontiguousarray(stream.resample_chunk(np.zeros((0, self.channels)), last=True).T)

"""A file as a sink for blocks: it appears under its name when it is whole, or not at all."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...streams.paths import PathLike
from ..errors import MediaError
from ..formats import Format, check_format
from ..reading.probe import probe
from ..reading.source import FileSource
from .aiff import AiffEncoder
from .hidden_output import HiddenOutput, write_error
from .wav import WavEncoder


class Encoder(Protocol):
    """What turns blocks into a file of one kind."""

    @property
    def delay(self) -> int:
        """Frames that a decoder puts out before the music and that only a tag can tell of."""

    def write(self, block: NDArray[np.float64]) -> int:
        """Append a block `(channels, n)`; returns how many samples were clipped."""

    def close(self) -> None:
        """Write all that is held back; nothing may be written after that."""

    def abort(self) -> None:
        """Let go of everything, without an exception."""


class FileSink:
    """Writes an audio file from float64 blocks `(channels, n)`.

    Everything goes to a hidden file beside `path`; `commit`, or leaving a `with` block, makes it durable, copies the
    tags and the cover of `tags_from`, and only then gives it its name. `abort`, or an exception, leaves nothing behind.
    `frames_expected`, where the number of frames is known beforehand, lets AAC in MP4 end to the frame in every player.
    """

    def __init__(
        self, path: PathLike, format: Format, tags_from: PathLike | None = None, *, frames_expected: int | None = None
    ) -> None:
        """Open the hidden file. Raises MediaError when the format or the place does not allow it."""
        check_format(format, path)
        self.path = os.fspath(path)
        self.format = format
        #: Frames written so far.
        self.frames = 0
        #: Samples so far that an integer format could not hold and that were set to the nearest legal value.
        self.clipped = 0
        #: After commit: what of the source's tags could not be kept, a sentence each.
        self.tag_losses: list[str] = []
        self._tags_from = tags_from
        self._open, self._finished = True, False
        self._output = HiddenOutput(path)
        try:
            self._encoder = _encoder(self._output, format, frames_expected)
        except BaseException:
            self._output.discard()
            raise

    def __enter__(self) -> FileSink:
        """Use as a context manager: commits at the end, aborts on an exception."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Commit, or abort after an exception."""
        if kind is None:
            self.commit()
        else:
            self.abort()

    def write(self, block: NDArray[np.float64]) -> None:
        """Append a block: float64 `(channels, n)`, full scale at 1.0. The block is not kept.

        Raises MediaError, after which only `abort` is left, when the disk is full or a sample is NaN or infinite.
        """
        if not self._open or self._finished:
            raise MediaError(self.path, "is closed; nothing more can be written")
        if block.ndim != 2 or block.shape[0] != self.format.channels:
            raise ValueError(f"a block for {self.path} must be ({self.format.channels}, n), not {block.shape}")
        if not np.isfinite(block).all():
            raise MediaError(self.path, f"NaN or infinity within {block.shape[1]} frames from frame {self.frames} on")
        if not block.shape[1]:
            return
        self.clipped += self._encoder.write(block)
        self._output.check()
        self.frames += block.shape[1]

    def decoded(self) -> FileSource:
        """Finish the file, still hidden, and return it to be read before `commit` or `abort`; nothing more is written.

        Raises MediaError, leaving nothing behind, when that fails.
        """
        self.finish()
        return FileSource(self._output.path)

    def finish(self) -> None:
        """Make the hidden file whole, unless it is; nothing can be written after that.

        Raises MediaError, leaving nothing behind, when that fails.
        """
        if self._finished:
            return
        try:
            if not self.frames:
                raise MediaError(self.path, "nothing was written to it; an audio file needs at least one frame")
            self._encoder.close()
            self._output.close()
            self._tag()
            self._verify()
        except BaseException:
            self.abort()
            raise
        self._finished = True

    def commit(self) -> None:
        """Finish the file and give it its name. Raises MediaError, leaving nothing behind, when that fails."""
        if not self._open:
            return
        self.finish()
        try:
            self._output.publish()
        except BaseException:
            self.abort()
            raise
        self._open = False

    def abort(self) -> None:
        """Give up: remove the hidden file; what was at `path` before stays. Does nothing after a commit."""
        if self._open:
            self._open = False
            self._encoder.abort()
            self._output.discard()

    def _tag(self) -> None:
        from ..tags.transfer import finish_tags  # mutagen is loaded where a file is finished, not with the package

        delay = self._encoder.delay
        try:
            self.tag_losses = finish_tags(self._tags_from, self._output.path, self.format, self.frames, delay)
        except OSError as error:
            raise write_error(self.path, error) from None

    def _verify(self) -> None:
        """Look at what was made with the reader's eyes: libraries don't tell all that goes wrong."""
        try:
            info = probe(self._output.path)
        except MediaError as error:
            raise MediaError(self.path, f"what was written cannot be read back: {error}") from None
        # An MP3 cannot tell that it is shorter than 47 frames: a decoder's delay less than one of its packets.
        least = 47 if self.format.codec == "mp3" else 0
        if info.frames is not None and info.frames != max(least, self.frames):
            raise MediaError(self.path, f"{self.frames} frames were written, but the file tells {info.frames}")


def _encoder(output: HiddenOutput, format: Format, frames_expected: int | None) -> Encoder:
    if format.container in ("wav", "rf64"):
        return WavEncoder(output, format)
    if format.container in ("aiff", "aifc"):
        return AiffEncoder(output, format)
    # Their libraries are loaded where they write: FFmpeg takes long, and a WAV file needs none of it.
    if format.codec in ("flac", "vorbis"):
        from .sndfile import SndfileEncoder

        return SndfileEncoder(output, format)
    from .ffmpeg import AvEncoder

    return AvEncoder(output, format, frames_expected)

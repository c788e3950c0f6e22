"""Sound in an unnamed temporary file: what was decoded or shaped once is read again instead of made again."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

import numpy as np

from ...nodes import Block

MOST_BYTES = 2**30
"""Bytes that a spool takes of the disk: 25 minutes of stereo at 44.1 kHz."""


class Spool:
    """Sound of ``channels``, bit for bit, as long as it does not outgrow ``most_bytes`` (None: any) or the disk.

    ``begin``, ``add`` each block, ``finish``; if ``whole`` then, ``read`` and ``blocks`` give the sound again, in
    several threads at once if need be.  ``failure`` is what the disk said when it took no more.
    """

    def __init__(self, channels: int, most_bytes: int | None = MOST_BYTES) -> None:
        self.whole = False
        self.frames = 0
        self.failure: OSError | None = None
        self._frame_bytes, self._channels, self._most_bytes = 8 * channels, channels, most_bytes
        self._file: IO[bytes] | None = None
        self._reading = threading.Lock()

    def begin(self, frames: int | None) -> None:
        """Forget what was added before, and take what comes, unless ``frames``, if known, are too many."""
        self.forget()
        self.failure = None
        if self._has_room(frames or 1):
            try:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by forget
            except OSError as error:
                self.failure = error

    def add(self, block: Block) -> None:
        """Append ``(channels, frames)``."""
        if self._file is None:
            return
        if not self._has_room(self.frames + block.shape[1]):
            self.forget()
            return
        try:
            self._file.write(np.ascontiguousarray(block.T).data)
        except OSError as error:
            self._fail(error)
            return
        self.frames += block.shape[1]

    def finish(self) -> None:
        """Note that all blocks were added."""
        try:
            if self._file is not None:
                self._file.flush()
        except OSError as error:
            self._fail(error)
        self.whole = self._file is not None

    def read(self, start: int, frames: int) -> Block:
        """Return the ``(channels, <= frames)`` from frame ``start`` on, to be kept or changed."""
        if self._file is None:
            raise ValueError("nothing is on this spool: it was forgotten, or the sound had no room")
        frames = max(0, min(frames, self.frames - start))
        with self._reading:
            self._file.seek(start * self._frame_bytes)
            data = self._file.read(frames * self._frame_bytes)
        return np.array(np.frombuffer(data).reshape(-1, self._channels).T, order="C")

    def blocks(self, frames: int) -> Iterator[Block]:
        """Yield all of it from the start, ``(channels, frames)`` at a time, to be kept or changed."""
        for start in range(0, self.frames, frames):
            yield self.read(start, frames)

    def forget(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            with suppress(OSError):  # what a full disk did not take
                self._file.close()
        self._file, self.frames, self.whole = None, 0, False

    def _has_room(self, frames: int) -> bool:
        return self._most_bytes is None or frames * self._frame_bytes <= self._most_bytes

    def _fail(self, error: OSError) -> None:
        self.forget()
        self.failure = error

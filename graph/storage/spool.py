"""Sound kept in an unnamed temporary file, so that what passes over it again need not be made again."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

import numpy as np

from ...nodes import Block

MOST_BYTES = 2**30
"""So much is kept, on disk: 25 minutes of stereo at 44.1 kHz."""


class Spool:
    """Blocks of ``channels``, bit for bit, as long as they do not outgrow ``most_bytes`` or the disk.

    ``begin``, ``add`` each block, ``finish``; if ``whole`` then, ``blocks`` yields them again, in several threads at
    once if need be.
    """

    def __init__(self, channels: int, most_bytes: int = MOST_BYTES) -> None:
        self.whole = False
        self._channels, self._most_bytes = channels, most_bytes
        self._file: IO[bytes] | None = None
        self._lengths: list[int] = []
        self._reading = threading.Lock()

    def begin(self, frames: int | None) -> None:
        """Forget what was kept, and keep what is added, unless ``frames``, if known, are too many."""
        self.forget()
        if self._most_bytes > 0 and 8 * self._channels * (frames or 0) <= self._most_bytes:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by forget

    def add(self, block: Block) -> None:
        """Keep the next ``(channels, frames)``."""
        if self._file is None:
            return
        try:
            self._file.write(np.ascontiguousarray(block).data)
        except OSError:  # a full disk
            self.forget()
            return
        self._lengths.append(block.shape[1])
        if self._file.tell() > self._most_bytes:
            self.forget()

    def finish(self) -> None:
        """Note that all blocks were added."""
        try:
            if self._file is not None:
                self._file.flush()
        except OSError:
            self.forget()
        self.whole = self._file is not None

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks from the start, to be kept or changed."""
        assert self._file is not None
        place = 0
        for frames in self._lengths:
            size = 8 * self._channels * frames
            with self._reading:
                self._file.seek(place)
                data = bytearray(self._file.read(size))
            place += size
            yield np.frombuffer(data).reshape(self._channels, frames)

    def forget(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            with suppress(OSError):  # what a full disk did not take
                self._file.close()
        self._file, self._lengths, self.whole = None, [], False

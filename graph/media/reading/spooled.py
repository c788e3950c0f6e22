"""A file that is decoded once, and read again from a spool."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from ....nodes import Block
from ...storage.spool import Spool
from ...streams.paths import PathLike
from .source import FileSource


class SpooledSource(FileSource):
    """A file that is decoded once: its first whole reading is kept for the next ones.

    Several threads may read; ``forget`` lets go of what is kept.
    """

    def __init__(self, path: PathLike, sample_rate: int | None = None) -> None:
        super().__init__(path, sample_rate)
        self._kept = Spool(self.channels)
        self._frames = 0
        self._keeping = threading.Lock()

    def blocks(self, frames: int) -> Iterator[Block]:
        """Yield the audio as ``FileSource`` does."""
        if self._kept.whole and frames == self._frames:
            return self._kept.blocks(frames)
        return self._read(frames)

    def forget(self) -> None:
        """Let go of what is kept."""
        self._kept.forget()

    def _read(self, frames: int) -> Iterator[Block]:
        fresh = super().blocks(frames)
        if self._kept.whole or not self._keeping.acquire(blocking=False):
            yield from fresh
            return
        try:
            self._frames = frames
            self._kept.begin(self.frames)
            for block in fresh:
                self._kept.add(block)
                yield block
            self._kept.finish()
        finally:
            if not self._kept.whole:
                self._kept.forget()
            self._keeping.release()

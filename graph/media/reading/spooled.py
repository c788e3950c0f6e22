"""A source that is read once, and then again from a spool."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from ....nodes import Block
from ...storage.spool import MOST_BYTES, Spool
from ...streams.protocols import Source


class SpooledSource:
    """``source``, whose first whole reading goes to a spool for the next ones, as far as that has room.

    Several threads may read; ``forget`` lets go of the spool.  Nothing is spooled unless it is to be read ``again``.
    """

    def __init__(self, source: Source, again: bool = True) -> None:
        self.sample_rate, self.channels, self.frames = source.sample_rate, source.channels, source.frames
        self._source, self._spool = source, Spool(source.channels, MOST_BYTES if again else 0)
        self._filling = threading.Lock()

    def blocks(self, frames: int) -> Iterator[Block]:
        """Yield the audio as ``source`` does."""
        return self._spool.blocks(frames) if self._spool.whole else self._read(frames)

    def forget(self) -> None:
        """Let go of the spool."""
        self._spool.forget()

    def _read(self, frames: int) -> Iterator[Block]:
        fresh = self._source.blocks(frames)
        if self._spool.whole or not self._filling.acquire(blocking=False):
            yield from fresh
            return
        try:
            self._spool.begin(self.frames)
            for block in fresh:
                self._spool.add(block)
                yield block
            self._spool.finish()
        finally:
            if not self._spool.whole:
                self._spool.forget()
            self._filling.release()

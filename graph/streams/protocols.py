"""Where blocks come from and go to: sources, sinks, and the thread that reads ahead."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from ...nodes import Block

BLOCK = 16384
"""Frames in which the driver streams."""


class Source(Protocol):
    """Audio that can be read from its start as often as wanted."""

    @property
    def sample_rate(self) -> int:
        """Frames a second."""

    @property
    def channels(self) -> int:
        """1..8."""

    @property
    def frames(self) -> int | None:
        """Length, where it is known before reading."""

    def blocks(self, frames: int) -> Iterator[Block]:
        """Yield ``(channels, 1..frames)`` float64 blocks from the start."""


class Sink(Protocol):
    """One attempt at an output: committed as a whole, or leaving nothing."""

    def write(self, block: Block) -> None:
        """Append a ``(channels, frames)`` block."""

    def decoded(self) -> Source:
        """End the writing, and return what a player will hear, to be read before ``commit`` or ``abort``."""

    def commit(self) -> None:
        """Make what was written the result."""

    def abort(self) -> None:
        """Leave no trace, unless committed."""


class Destination(Protocol):
    """A place for an output; ``open`` begins an attempt."""

    def open(self, frames: int | None) -> Sink:
        """Return a new sink; ``frames`` is the length where it is known."""

    @property
    def bits(self) -> int | None:
        """Bits of the integers that will hold the audio; None for float and lossy outputs."""

    @property
    def lossy(self) -> bool:
        """Whether what a player will hear differs from what was written."""


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


class ReadAhead:
    """Runs an iterator of blocks in a thread of its own, a few blocks ahead; use as a context manager.

    Decoding and kernels hold no GIL, so two stages of a pass fill two cores.  An exception of the iterator is raised
    where the blocks are taken; leaving the context stops the thread.
    """

    def __init__(self, blocks: Iterator[Block], depth: int = 6) -> None:
        self._blocks = blocks
        self._ready: queue.Queue[Block | BaseException | None] = queue.Queue(depth)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="read-ahead", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        while self._thread.is_alive():
            self._drain()
            self._thread.join(0.01)

    def __iter__(self) -> Iterator[Block]:
        while True:
            item = self._ready.get()
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item

    def _run(self) -> None:
        last: BaseException | None = None
        try:
            for block in self._blocks:
                self._ready.put(block)
                if self._stop.is_set():
                    return
        except BaseException as failed:  # whatever it is, it belongs to the thread that takes the blocks
            last = failed
        self._ready.put(last)

    def _drain(self) -> None:
        try:
            while True:
                self._ready.get_nowait()
        except queue.Empty:
            pass

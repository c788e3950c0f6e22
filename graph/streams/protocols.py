"""Where blocks come from and go to: sources, sinks, and the thread that reads ahead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

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

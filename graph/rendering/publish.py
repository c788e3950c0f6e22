"""Several outputs as one: all of them appear, or none does."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass

from ...nodes import Block
from ..media import FileSink
from ..storage.hidden_files import hidden_name
from ..streams.protocols import Source
from .destinations import FileDestination


@dataclass
class Several:
    """Destinations of one sample rate and bit depth that get the same blocks: lossless ones, or a single lossy one."""

    parts: Sequence[FileDestination]

    @property
    def lossy(self) -> bool:
        """Whether what a player will hear differs from what was written."""
        return self.parts[0].lossy

    @property
    def bits(self) -> int | None:
        """Bits of the integers that hold the audio in all of them."""
        return self.parts[0].bits

    def open(self, frames: int | None) -> SeveralSinks:
        """Begin an attempt at all of them."""
        opened: list[FileSink] = []
        try:
            for part in self.parts:
                opened.append(part.open(frames))
        except BaseException:
            for sink in opened:
                sink.abort()
            raise
        return SeveralSinks(opened)


@dataclass
class SeveralSinks:
    """One attempt at several outputs."""

    parts: Sequence[FileSink]

    def write(self, block: Block) -> None:
        """Append ``block`` to all."""
        for part in self.parts:
            part.write(block)

    def decoded(self) -> Source:
        """Return what all of them hold."""
        return self.parts[0].decoded()

    def commit(self) -> None:
        """Give all of them their names."""
        publish(self.parts)

    def abort(self) -> None:
        """Leave no trace, unless committed."""
        for part in self.parts:
            part.abort()


def publish(sinks: Sequence[FileSink]) -> None:
    """Finish all ``sinks``, then give each its name; raises ``MediaError``, leaving what was there before.

    A file that gives way is kept under a hidden name until the last one has its own, where the disk knows links.
    """
    for sink in sinks:
        sink.finish()
    before: list[tuple[str, str | None]] = []
    try:
        for sink in sinks:
            before.append((sink.path, _second_name(sink.path)))
            sink.commit()
    except BaseException:
        for path, hidden in reversed(before):
            _put_back(path, hidden)
        raise
    for _, hidden in before:
        if hidden:
            _remove(hidden)


def _second_name(path: str) -> str | None:
    """Return a second, hidden name of the file at ``path``; None where none is, "" where it can have no second."""
    if not os.path.lexists(path):
        return None
    hidden = os.path.join(os.path.dirname(path), hidden_name(".part"))
    try:
        os.link(path, hidden)
    except OSError:
        return ""
    return hidden


def _put_back(path: str, hidden: str | None) -> None:
    if hidden is None:
        _remove(path)
    elif hidden:
        with contextlib.suppress(OSError):
            os.replace(hidden, path)
        _remove(hidden)  # still there if both are the same file


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.remove(path)

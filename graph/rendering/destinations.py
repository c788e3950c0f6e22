"""From paths to what a render reads and writes: the file destination, and what a path alone means."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ..media import FileSink, FileSource, Format, MediaError, output_format
from ..media.writing.hidden_output import check_place
from ..streams.paths import PathLike
from ..streams.protocols import Destination, Source

DITHERED_BITS = (16, 20, 24)
MEMORY_BITS = 24
"""Bits of a lossless file made of audio that came from memory."""


@dataclass
class FileDestination:
    """An output file, its format, and the file whose tags travel with it; ``sink`` is the latest attempt."""

    path: PathLike
    format: Format
    tags_from: PathLike | None = None
    sink: FileSink | None = None

    @classmethod
    def like(cls, source: Source, path: PathLike, format: str | None = None) -> Self:
        """Return the destination at ``path`` for ``source``: in its format, as far as extension or ``format`` allow.

        Audio from memory becomes 24-bit integers where the codec is lossless.  Raises ``MediaError``.
        """
        if isinstance(source, FileSource):
            chosen = output_format(source.format, path, format, sample_rate=source.sample_rate)
            return cls(path, chosen, tags_from=source.path)
        memory = Format("wav", "pcm", source.sample_rate, source.channels, MEMORY_BITS, "int")
        return cls(path, output_format(memory, path, format))

    @property
    def bits(self) -> int | None:
        """Bits of the integers that hold the audio and that are coarse enough for dither; None for others."""
        integer = self.format.lossless and self.format.sample_type == "int"
        return self.format.bit_depth if integer and self.format.bit_depth in DITHERED_BITS else None

    @property
    def lossy(self) -> bool:
        """Whether what a player will hear differs from what was written."""
        return not self.format.lossless

    def open(self, frames: int | None) -> FileSink:
        """Begin an attempt at the file."""
        self.sink = FileSink(self.path, self.format, self.tags_from, frames_expected=frames)
        return self.sink


def opened(source: Source | PathLike, destination: Destination | PathLike) -> tuple[Source, Destination]:
    """Return what a render works with; a path is a file, read at the rate that the output holds.

    Raises ``MediaError`` for a file that cannot be read or written like that, or that would take the source's place.
    """
    stream: Source = FileSource(source) if isinstance(source, (str, os.PathLike)) else source
    if isinstance(destination, (str, os.PathLike)):
        if isinstance(stream, FileSource):
            keep_source(stream.path, destination)
        destination = FileDestination.like(stream, destination)
        if isinstance(stream, FileSource):
            stream = stream.at(destination.format.sample_rate)
    if isinstance(destination, FileDestination) and destination.format.sample_rate != stream.sample_rate:
        raise MediaError(
            destination.path,
            f"{destination.format.codec} will hold {destination.format.sample_rate} Hz, the audio has "
            f"{stream.sample_rate} Hz; resample it first",
        )
    return stream, destination


def keep_source(source: PathLike, output: PathLike, overwrite: bool = False) -> None:
    """Raise ``MediaError`` where ``output`` cannot be, or is the source itself without leave to ``overwrite`` it."""
    check_place(output)
    same = Path(output).exists() and Path(source).exists() and os.path.samefile(source, output)
    if same and not overwrite:
        raise MediaError(output, "is the source itself; give another name (only 'master --overwrite' takes its place)")

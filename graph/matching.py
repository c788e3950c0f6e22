"""Copies of previews at one loudness: louder sounds better, so an honest comparison has none that is louder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..nodes import Dither, Gain, Spec
from ..nodes.loudness import LoudnessMeter
from .chain import Chain
from .media import FileSink, MediaError
from .monitor import Monitor
from .passes import compensated
from .places import FileDestination, PathLike
from .preview_maker import Passage
from .streams import BLOCK


@dataclass(frozen=True)
class Copies:
    """Where the copies go: one of the original, one of each preview."""

    original: Path
    previews: tuple[Path, ...]

    @classmethod
    def beside(cls, source: PathLike, previews: Sequence[PathLike]) -> Copies:
        """Return places beside ``previews``, their names ending in ``-matched``."""
        paths = [Path(os.fspath(path)) for path in previews]
        first = paths[0]
        original = first.with_name(f"{Path(os.fspath(source)).stem}-original-matched{first.suffix}")
        return cls(original, tuple(path.with_name(f"{path.stem}-matched{path.suffix}") for path in paths))

    @property
    def paths(self) -> tuple[Path, ...]:
        """All of them, the original first."""
        return self.original, *self.previews


@dataclass(frozen=True)
class Matched:
    """The copies, finished but for their names, the loudness in LUFS of all of them, and the gain in dB of each."""

    sinks: list[FileSink]
    loudness: float
    gains_db: list[float]


def match(passages: Sequence[Passage], destinations: Sequence[FileDestination], monitor: Monitor) -> Matched:
    """Write ``passages`` to ``destinations``, each turned down to the loudness of the quietest.

    Raises ``MediaError`` where one has no loudness: silence, or under 400 ms.
    """
    heard = [_loudness(passage, place) for passage, place in zip(passages, destinations, strict=True)]
    gains = [min(heard) - loudness for loudness in heard]
    sinks: list[FileSink] = []
    try:
        for passage, place, gain in zip(passages, destinations, gains, strict=True):
            dither = [Dither(bits=str(place.bits))] if place.bits else []
            level = Chain([Gain(gain_db=gain), *dither])
            level.prepare(Spec(passage.sample_rate, passage.channels, BLOCK))
            sinks.append(place.open(passage.frames))
            for block in monitor.watch("match", compensated(passage.blocks(BLOCK), level), passage.frames):
                sinks[-1].write(block)
            sinks[-1].finish()
    except BaseException:
        for sink in sinks:
            sink.abort()
        raise
    return Matched(sinks, min(heard), gains)


def _loudness(passage: Passage, place: FileDestination) -> float:
    if not passage.sound.whole:
        raise MediaError(place.path, "there is no room to keep so long a passage for matched copies; ask for less")
    meter = LoudnessMeter(passage.sample_rate, passage.channels, BLOCK)
    for block in passage.blocks(BLOCK):
        meter.feed(block)
    if meter.integrated == float("-inf"):
        raise MediaError(place.path, "a passage that is silent, or under 400 ms, has no loudness that could be matched")
    return meter.integrated

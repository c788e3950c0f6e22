"""Copies of previews at one loudness: louder sounds better, so an honest comparison has none that is louder."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...nodes import Dither, Gain, Spec
from ...nodes.measuring.loudness import LoudnessMeter
from ..analysis.analysis import measure
from ..chains.chain import Chain
from ..chains.compensate import compensated
from ..media import FileSink, MediaError
from ..rendering.destinations import FileDestination
from ..streams.paths import PathLike
from ..streams.progress import Monitor
from ..streams.protocols import BLOCK
from .maker import Passage

TOLERANCE_LU, TOLERANCE_DB = 0.03, 0.04
"""How far copies may lie apart as they are heard, half of what no ear can tell; and a peak above its ceiling."""

SPARE_DB, MOST_WRITES = 0.05, 5
"""Room beside a peak's excess: the codec answers the next gain with another error."""


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


class _Copy:
    """A copy of ``passage``: how loud it is heard at no gain, and what its file holds at the latest one."""

    def __init__(self, passage: Passage, place: FileDestination, ceiling: float) -> None:
        self.natural = _loudness(passage, place)
        self.gain_db, self.over_db = math.nan, -math.inf
        self.sink: FileSink | None = None
        self._passage, self._place, self._ceiling = passage, place, ceiling

    def write(self, gain_db: float, monitor: Monitor) -> None:
        """Write it anew at ``gain_db`` and measure what is heard of it, decoded."""
        self.abort()
        passage, place = self._passage, self._place
        dither = [Dither(bits=place.bits)] if place.bits else []
        level = Chain([Gain(gain_db=gain_db), *dither])
        level.prepare(Spec(passage.sample_rate, passage.channels, BLOCK))
        self.sink = place.open(passage.frames)
        for block in monitor.watch("match", compensated(passage.blocks(BLOCK), level), passage.frames):
            self.sink.write(block)
        report = measure(self.sink.decoded(), monitor)
        self.gain_db = gain_db
        if report.integrated_lufs is not None:
            self.natural = report.integrated_lufs - gain_db
        if report.true_peak_dbtp is not None:
            self.over_db = report.true_peak_dbtp - self._ceiling

    def abort(self) -> None:
        """Leave no trace, unless committed."""
        if self.sink is not None:
            self.sink.abort()


def match(
    passages: Sequence[Passage], destinations: Sequence[FileDestination], ceilings: Sequence[float], monitor: Monitor
) -> Matched:
    """Write ``passages`` to ``destinations``, each turned down to the loudness of the quietest.

    All are turned down further where one would be heard above its own of ``ceilings``, in dBTP: what a codec adds to
    the peaks of the quietest, or an original that was too high to begin with.  Raises ``MediaError`` where one has no
    loudness: silence, or under 400 ms.
    """
    copies = [_Copy(*one) for one in zip(passages, destinations, ceilings, strict=True)]
    lowered = 0.0
    try:
        for _ in range(MOST_WRITES):
            level = min(copy.natural for copy in copies) - lowered
            for copy in copies:
                if not abs(copy.natural + copy.gain_db - level) <= TOLERANCE_LU:
                    copy.write(level - copy.natural, monitor)
            over = max(copy.over_db for copy in copies)
            if over > TOLERANCE_DB:
                lowered += over + SPARE_DB
            elif all(abs(copy.natural + copy.gain_db - level) <= TOLERANCE_LU for copy in copies):
                break
    except BaseException:
        for copy in copies:
            copy.abort()
        raise
    sinks = [copy.sink for copy in copies if copy.sink is not None]
    return Matched(sinks, level, [copy.gain_db for copy in copies])


def _loudness(passage: Passage, place: FileDestination) -> float:
    if not passage.sound.whole:
        raise MediaError(place.path, "there is no room to keep so long a passage for matched copies; ask for less")
    meter = LoudnessMeter(passage.sample_rate, passage.channels, BLOCK)
    for block in passage.blocks(BLOCK):
        meter.feed(block)
    if meter.integrated == float("-inf"):
        raise MediaError(place.path, "a passage that is silent, or under 400 ms, has no loudness that could be matched")
    return meter.integrated

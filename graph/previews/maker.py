"""One preview being made: the passage of a master, or a plain cut, written but for its name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...nodes import Analyzer, Block, Report, Spec
from ..analysis.analysis import Analysis, measure
from ..media import FileSink
from ..planning.plan import Plan, plan
from ..planning.settings import Settings
from ..rendering.attempts import attempt, write_through
from ..rendering.codec_judge import NEAR_LU
from ..rendering.destinations import FileDestination
from ..rendering.judge import judge_of
from ..rendering.loudness_judge import TOLERANCE_LU
from ..rendering.shaped_sound import Shaping
from ..rendering.solve import solve
from ..rendering.verdict import AfterCodec
from ..storage.spool import Spool
from ..streams.progress import Monitor
from ..streams.protocols import BLOCK, Source
from ..streams.read_ahead import ReadAhead
from .window import Window, again, settled, to_spool


@dataclass(frozen=True)
class Passage:
    """A passage as a source: ``frames`` on the spool ``sound``."""

    sample_rate: int
    channels: int
    frames: int
    sound: Spool

    def blocks(self, frames: int) -> Iterator[Block]:
        """Yield ``(channels, frames)`` at a time."""
        return self.sound.blocks(frames)


@dataclass(frozen=True)
class Unpublished:
    """A finished preview: its file, not yet named, its sound as it went in, and what is heard in it.

    ``plan`` and ``track_loudness``, in LUFS, are those of the whole master; None for a plain cut.
    """

    sink: FileSink
    passage: Passage
    report: Report
    plan: Plan | None = None
    track_loudness: float | None = None
    after_codec: AfterCodec | None = None


def cut(stream: Source, window: Window, monitor: Monitor) -> Passage:
    """Return what lies in ``window`` of ``stream``, on a spool."""
    passage = Passage(stream.sample_rate, stream.channels, window.frames, Spool(stream.channels))
    try:
        to_spool(passage.sound, monitor.watch("render", window.of_blocks(stream.blocks(BLOCK)), window.frames), window)
    except BaseException:
        passage.sound.forget()
        raise
    return passage


def make_cut(stream: Source, window: Window, destination: FileDestination, monitor: Monitor) -> Unpublished:
    """Write the plain passage in ``window`` to ``destination``."""
    passage = cut(stream, window, monitor)
    blocks = passage.sound.blocks(BLOCK) if passage.sound.whole else window.of_blocks(stream.blocks(BLOCK))
    analyzer = Analyzer()
    analyzer.prepare(Spec(stream.sample_rate, stream.channels, BLOCK))
    sink = destination.open(window.frames)
    try:
        with ReadAhead(blocks) as ahead:
            for block in write_through(sink, ahead, window.frames, monitor):
                analyzer.process_block(block)
        report = measure(sink.decoded(), monitor) if destination.lossy else analyzer.report()
    except BaseException:
        sink.abort()
        passage.sound.forget()
        raise
    return Unpublished(sink, passage, report)


def make_mastered(
    stream: Source, window: Window, analysis: Analysis, settings: Settings, destination: FileDestination,
    monitor: Monitor,
) -> Unpublished:  # fmt: skip
    """Write the passage in ``window`` of the master by ``settings`` to ``destination``."""
    passage = Passage(stream.sample_rate, stream.channels, window.frames, Spool(stream.channels))
    bits, whole = destination.bits, window.first / stream.sample_rate
    unsolved = plan(analysis, settings, stream.sample_rate)
    try:
        with Shaping(stream, unsolved) as shaping:
            solved = solve(stream, unsolved, monitor, shaping)
            tolerance = NEAR_LU if destination.lossy else TOLERANCE_LU
            level, loudness = settled(shaping, solved, bits, window, passage.sound, tolerance, monitor)

            def sound(trial: Plan) -> Iterator[Block]:
                if trial is not final:
                    return again(shaping, trial, window, monitor, bits)
                if passage.sound.whole:
                    return passage.sound.blocks(BLOCK)
                return again(shaping, trial, window, monitor, bits, whole)

            # The level of the whole is settled; what a codec does to the passage is not.
            final = replace(level, final=True)
            judge = judge_of(final, passage, destination, passage.sound)
            last = attempt(final, sound, destination.open, window.frames, judge, monitor)
            last.sink.finish()
    except BaseException:
        passage.sound.forget()
        raise
    return Unpublished(last.sink, passage, last.verdict.report, level, loudness, last.verdict.after_codec)

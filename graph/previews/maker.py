"""One preview being made: the passage of a master, or a plain cut, written but for its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ...nodes import Analyzer, Block, Report, Spec
from ..analysis.analysis import Analysis, analyse
from ..media import FileSink, FileSource
from ..planning.plan import Plan, plan
from ..planning.settings import Settings
from ..rendering.codec_judge import NEAR_LU, AfterCodec, CodecJudge
from ..rendering.destinations import FileDestination
from ..rendering.loudness_judge import TOLERANCE_LU, LoudnessJudge
from ..rendering.render import Judge
from ..rendering.shaped_sound import Shaping
from ..rendering.solve import solve
from ..storage.spool import Spool
from ..streams.progress import Monitor
from ..streams.protocols import BLOCK
from ..streams.read_ahead import ReadAhead
from .window import Window, again, settled


@dataclass(frozen=True)
class Passage:
    """A passage as a source: ``frames`` of what ``sound`` has kept."""

    sample_rate: int
    channels: int
    frames: int
    sound: Spool

    def blocks(self, frames: int) -> Iterator[Block]:
        """Yield ``(channels, frames)`` at a time."""
        return self.sound.blocks(frames)


@dataclass(frozen=True)
class Made:
    """A finished preview: its file, not yet named, its sound as it went in, and what is heard in it.

    ``plan`` and ``track_loudness``, in LUFS, are those of the whole master; None for a plain cut.
    """

    sink: FileSink
    passage: Passage
    report: Report
    plan: Plan | None = None
    track_loudness: float | None = None
    after_codec: AfterCodec | None = None


def cut(stream: FileSource, window: Window, monitor: Monitor) -> Passage:
    """Return what lies in ``window`` of ``stream``, kept."""
    passage = Passage(stream.sample_rate, stream.channels, window.frames, Spool(stream.channels))
    passage.sound.begin(window.frames)
    try:
        for block in monitor.watch("render", window.of_blocks(stream.blocks(BLOCK)), window.frames):
            passage.sound.add(block)
        passage.sound.finish()
    except BaseException:
        passage.sound.forget()
        raise
    return passage


def make_cut(stream: FileSource, window: Window, destination: FileDestination, monitor: Monitor) -> Made:
    """Write the plain passage in ``window`` to ``destination``."""
    passage = cut(stream, window, monitor)
    blocks = passage.sound.blocks(BLOCK) if passage.sound.whole else window.of_blocks(stream.blocks(BLOCK))
    analyzer = Analyzer()
    analyzer.prepare(Spec(stream.sample_rate, stream.channels, BLOCK))
    sink = destination.open(window.frames)
    try:
        _write(sink, blocks, analyzer.process_block, window, monitor)
        report = analyse(sink.decoded(), monitor).report if destination.lossy else analyzer.report()
    except BaseException:
        sink.abort()
        passage.sound.forget()
        raise
    return Made(sink, passage, report)


def make_mastered(
    stream: FileSource, window: Window, analysis: Analysis, settings: Settings, destination: FileDestination,
    monitor: Monitor,
) -> Made:  # fmt: skip
    """Write the passage in ``window`` of the master by ``settings`` to ``destination``."""
    passage = Passage(stream.sample_rate, stream.channels, window.frames, Spool(stream.channels))
    made = plan(analysis, settings, stream.sample_rate)
    try:
        with Shaping(stream, made) as shaping:
            made = solve(stream, made, monitor, shaping)
            tolerance = NEAR_LU if destination.lossy else TOLERANCE_LU
            made, loudness = settled(shaping, made, destination.bits, window, passage.sound, tolerance, monitor)
            judge = _judge(made, passage, destination)
            sink, last = _encoded(shaping, passage, window, made, destination, judge, monitor)
            return Made(sink, passage, judge.report(), made, loudness, judge.after_codec(last))
    except BaseException:
        passage.sound.forget()
        raise


def _judge(plan: Plan, passage: Passage, destination: FileDestination) -> Judge:
    """Return what judges the passage: its level is settled, the ceiling behind a codec is not."""
    final = replace(plan, final=True)
    decoded = destination.lossy and plan.settings.codec_safe
    return CodecJudge(final, passage, passage.sound) if decoded else LoudnessJudge(final, passage)


def _encoded(
    shaping: Shaping, passage: Passage, window: Window, plan: Plan, destination: FileDestination, judge: Judge,
    monitor: Monitor,
) -> tuple[FileSink, Plan]:  # fmt: skip
    """Write until ``judge`` lets it stay; return the finished file and the plan of its sound."""
    bits, whole = destination.bits, window.first / shaping.spec.sample_rate
    blocks = passage.sound.blocks(BLOCK) if passage.sound.whole else again(shaping, plan, window, monitor, bits, whole)
    while True:
        sink = destination.open(window.frames)
        try:
            _write(sink, blocks, judge.meter(), window, monitor)
            following = judge.next_plan(plan, sink, monitor)
            if following is None:
                sink.finish()
                return sink, plan
        except BaseException:
            sink.abort()
            raise
        sink.abort()
        plan = following
        blocks = again(shaping, plan, window, monitor, bits)


def _write(
    sink: FileSink, blocks: Iterator[Block], meter: Callable[[Block], None], window: Window, monitor: Monitor
) -> None:
    with ReadAhead(blocks) as ahead:
        for block in monitor.watch("render", ahead, window.frames):
            meter(block)
            sink.write(block)

"""Rendering: the sound of a plan, streamed from a source into a destination, and measured as it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from ...nodes import Block, Limiter, Report
from ..chains.chain import Chain
from ..chains.compensate import compensated
from ..planning.plan import Plan
from ..streams.paths import PathLike
from ..streams.progress import Monitor
from ..streams.protocols import Destination, Sink, Source
from ..streams.read_ahead import ReadAhead
from .codec_judge import AfterCodec, CodecJudge
from .destinations import opened
from .loudness_judge import LoudnessJudge
from .shaped_sound import Shaping
from .solve import solve
from .stage_history import StageHistory, StageRecorder, stage_course


@dataclass(frozen=True)
class Rendered:
    """What came of a render: the plan as solved, what the output measures, what the stages did over time.

    Of a lossy output that was decoded, ``after`` is what is heard, and ``after_codec`` tells what that took.
    """

    plan: Plan
    after: Report
    stages: StageHistory = field(repr=False)
    renders: int
    after_codec: AfterCodec | None = None


class Judge(Protocol):
    """Measures what a render writes, and says whether it stays."""

    def meter(self) -> Callable[[Block], None]:
        """Return what hears every block of the next render."""

    def next_plan(self, plan: Plan, sink: Sink, monitor: Monitor) -> Plan | None:
        """Return the plan for another render after the one by ``plan`` into ``sink``; None: it stays."""

    def report(self) -> Report:
        """Return the measurements of the last render."""

    def after_codec(self, plan: Plan) -> AfterCodec | None:
        """Return what holding the ceiling behind a codec took; None where that was not the task."""


def render(
    source: Source | PathLike, destination: Destination | PathLike, plan: Plan, monitor: Monitor | None = None
) -> Rendered:
    """Stream ``source`` through the chain of ``plan`` into ``destination``, each a stream or the path of a file.

    The loudness is solved first unless the plan holds a gain, and again, from what was measured on the output, while
    it misses the target (see ``loudness_judge``).  A lossy output is decoded, and rendered again while that misses the
    ceiling (see ``codec_judge``), unless the settings turn it off.  Either the finished output is left, or nothing.
    """
    monitor = monitor or Monitor()
    source, destination = opened(source, destination)
    plan = plan.at(source.sample_rate)
    with Shaping(source, plan) as shaping:
        if plan.gain_db is None:
            plan = solve(source, plan, monitor, shaping)
        rendered, sink = render_shaped(source, shaping, destination, plan, monitor)
    try:
        sink.commit()
    finally:
        sink.abort()
    return rendered


def _judge(source: Source, destination: Destination, plan: Plan) -> Judge:
    decoded = destination.lossy and plan.settings.codec_safe
    return CodecJudge(plan, source) if decoded else LoudnessJudge(plan, source)


def render_shaped(
    source: Source, shaping: Shaping, destination: Destination, plan: Plan, monitor: Monitor
) -> tuple[Rendered, Sink]:
    """Render what ``shaping`` makes of ``source`` by the solved ``plan`` until it may stay.

    The sink returned has all of it, and is to be committed or aborted; after an exception nothing is left.
    """
    judge, renders = _judge(source, destination, plan), 0
    while True:
        sink = destination.open(shaping.frames)
        try:
            stages = _pass(shaping, sink, Chain(plan.level_chain(destination.bits)), monitor, judge.meter())
            renders += 1
            following = judge.next_plan(plan, sink, monitor)
        except BaseException:
            sink.abort()
            raise
        if following is None:
            return Rendered(plan, judge.report(), stages, renders, judge.after_codec(plan)), sink
        sink.abort()
        plan = following


def _pass(shaping: Shaping, sink: Sink, level: Chain, monitor: Monitor, meter: Callable[[Block], None]) -> StageHistory:
    """Stream once, in three threads: reading and shaping; level, limiter and dither; metering and writing."""
    level.prepare(shaping.spec)
    limiter = next(node for node in level if isinstance(node, Limiter))
    reduction = StageRecorder(shaping.spec.sample_rate, lambda: np.array([limiter.gain_reduction_db()]), deepest=True)
    with (
        ReadAhead(shaping.blocks()) as sound,
        ReadAhead(compensated(sound, level, reduction.note)) as finished,
    ):
        for block in monitor.watch("render", finished, shaping.frames):
            meter(block)
            sink.write(block)
    return stage_course(shaping.recorder, reduction)

"""Rendering: the sound of a plan, streamed from a source into a destination, and measured as it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from ..nodes import Block, DynamicEQ, Limiter, Report, Spec
from .chain import Chain
from .correction import Correction
from .guard import AfterCodec, Guard
from .monitor import Monitor
from .passes import compensated, shaped
from .places import PathLike, opened
from .planner import Plan
from .solver import solve
from .stages import StageCourse, StageRecorder
from .streams import BLOCK, Destination, ReadAhead, Sink, Source

T = TypeVar("T")


@dataclass(frozen=True)
class Rendered:
    """What came of a render: the plan as solved, what the output measures, what the stages did over time.

    Of a lossy output that was decoded, ``after`` is what is heard, and ``after_codec`` tells what that took.
    """

    plan: Plan
    after: Report
    stages: StageCourse = field(repr=False)
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
    it misses the target (see ``correction``).  A lossy output is decoded, and rendered again while that misses the
    ceiling (see ``guard``), unless the settings turn it off.  Either the finished output is left, or nothing.
    """
    monitor = monitor or Monitor()
    source, destination, plan = opened(source, destination, plan)
    if plan.gain_db is None:
        plan = solve(source, plan, monitor)
    judge: Judge = Guard(plan, source) if destination.lossy and plan.settings.codec_safe else Correction(plan, source)
    renders = 0
    while True:
        sink = destination.open(source.frames)
        try:
            stages = _pass(source, sink, plan, destination.bits, monitor, judge.meter())
            renders += 1
            following = judge.next_plan(plan, sink, monitor)
            if following is None:
                sink.commit()
                return Rendered(plan, judge.report(), stages, renders, judge.after_codec(plan))
        finally:
            sink.abort()
        plan = following


def _pass(
    source: Source, sink: Sink, plan: Plan, bits: int | None, monitor: Monitor, meter: Callable[[Block], None]
) -> StageCourse:
    """Stream once, in three threads: reading and shaping; level, limiter and dither; metering and writing."""
    spec = Spec(source.sample_rate, source.channels, BLOCK)
    whole = plan.chain(bits)
    nodes = list(whole)
    cut = len(plan.shaping_chain())
    shaping, level = Chain(nodes[:cut]), Chain(nodes[cut:])
    for node in (shaping, level):
        node.prepare(spec)
    recorder = StageRecorder(spec.sample_rate, _the(nodes, DynamicEQ), _the(nodes, Limiter))
    with (
        ReadAhead(shaped(source.blocks(BLOCK), shaping, recorder.shaped)) as sound,
        ReadAhead(compensated(sound, level, recorder.levelled)) as finished,
    ):
        for block in monitor.watch("render", finished, source.frames):
            meter(block)
            sink.write(block)
    return recorder.course()


def _the(nodes: list[Any], kind: type[T]) -> T:
    return next(node for node in nodes if isinstance(node, kind))

"""Rendering: the sound of a plan, streamed from a source into a destination, and measured as it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..nodes import Analyzer, DynamicEQ, Limiter, Report, Spec
from .chain import Chain
from .correction import Correction
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
    """What came of a render: the plan as solved, what the output measures, what the stages did over time."""

    plan: Plan
    after: Report
    stages: StageCourse = field(repr=False)
    renders: int


def render(
    source: Source | PathLike, destination: Destination | PathLike, plan: Plan, monitor: Monitor | None = None
) -> Rendered:
    """Stream ``source`` through the chain of ``plan`` into ``destination``, each a stream or the path of a file.

    The loudness is solved first unless the plan holds a gain, and again, from what was measured on the output, while
    it misses the target (see ``correction``).  Either the finished output is left, or nothing.
    """
    monitor = monitor or Monitor()
    source, destination, plan = opened(source, destination, plan)
    if plan.gain_db is None:
        plan = solve(source, plan, monitor)
    correction, renders = Correction(plan), 0
    while True:
        sink = destination.open(source.frames)
        try:
            after, stages = _pass(source, sink, plan, destination.bits, monitor)
            renders += 1
            gain = correction.next_gain(plan.gain_db or 0.0, after.integrated_lufs)
            if gain is None:
                sink.commit()
                return Rendered(plan, after, stages, renders)
        finally:
            sink.abort()
        plan = plan.with_gain(gain, slope=plan.slope)


def _pass(
    source: Source, sink: Sink, plan: Plan, bits: int | None, monitor: Monitor
) -> tuple[Report, StageCourse]:
    """Stream once, in three threads: reading and shaping; level, limiter and dither; metering and writing."""
    spec = Spec(source.sample_rate, source.channels, BLOCK)
    whole = plan.chain(bits)
    nodes = list(whole)
    cut = len(plan.shaping_chain())
    shaping, level, meter = Chain(nodes[:cut]), Chain(nodes[cut:]), Analyzer()
    for node in (shaping, level, meter):
        node.prepare(spec)
    recorder = StageRecorder(spec.sample_rate, _the(nodes, DynamicEQ), _the(nodes, Limiter))
    with (
        ReadAhead(shaped(source.blocks(BLOCK), shaping, recorder.shaped)) as sound,
        ReadAhead(compensated(sound, level, recorder.levelled)) as finished,
    ):
        for block in monitor.watch("render", finished, source.frames):
            meter.process_block(block)
            sink.write(block)
    return meter.report(), recorder.course()


def _the(nodes: list[Any], kind: type[T]) -> T:
    return next(node for node in nodes if isinstance(node, kind))

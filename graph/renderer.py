"""Rendering: the sound of a plan, streamed from a source into a destination, and measured as it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from ..nodes import Analyzer, DynamicEQ, Limiter, Report, Spec
from .chain import Chain
from .monitor import Monitor
from .passes import compensated, shaped
from .planner import Plan
from .solver import solve
from .stages import StageCourse, StageRecorder
from .streams import BLOCK, Destination, ReadAhead, Sink, Source

T = TypeVar("T")

TOLERANCE_LU = 0.025
"""A render whose measured loudness is farther than this from the target is made again with the gain corrected."""

MOST_RENDERS = 5


@dataclass(frozen=True)
class Rendered:
    """What came of a render: the plan as solved, what the output measures, what the stages did over time."""

    plan: Plan
    after: Report
    stages: StageCourse = field(repr=False)
    renders: int


def render(source: Source, destination: Destination, plan: Plan, monitor: Monitor | None = None) -> Rendered:
    """Stream ``source`` through the chain of ``plan`` into ``destination``.

    The loudness is solved first unless the plan holds a gain, and again, from what was measured on the output, while
    it misses the target by more than ``TOLERANCE_LU``.  Either the finished output is left, or nothing.
    """
    monitor = monitor or Monitor()
    if plan.gain_db is None:
        plan = solve(source, plan, monitor)
    target = plan.settings.loudness
    tried: dict[float, float] = {}
    while True:
        sink = destination.open(source.frames)
        try:
            after, stages = _pass(source, sink, plan, destination.bits, monitor)
            last = plan.gain_db or 0.0
            again = last in tried
            tried[last] = after.integrated_lufs if after.integrated_lufs is not None else -np.inf
            done = target is None or plan.final or again
            gain = None if done or target is None else _next_gain(tried, last, target, plan.slope)
            if gain is None:
                sink.commit()
                return Rendered(plan, after, stages, len(tried))
            sink.abort()
        except BaseException:
            sink.abort()
            raise
        plan = plan.with_gain(gain, slope=plan.slope)


def _next_gain(tried: dict[float, float], last: float, target: float, slope: float) -> float | None:
    """Return the gain in dB to render with next; None when the ``last`` render is to stay.

    ``tried`` maps gains to the loudness they gave.  The nearest one is corrected along the ``slope`` that the solver
    found; when renders run out, the nearest one it is.
    """
    best = min(tried, key=lambda gain: abs(target - tried[gain]))
    miss = target - tried[best]
    if not np.isfinite(miss) or (best == last and abs(miss) <= TOLERANCE_LU) or len(tried) > MOST_RENDERS:
        return None
    if len(tried) == MOST_RENDERS or abs(miss) <= TOLERANCE_LU:
        return None if best == last else best
    wanted = best + miss / slope
    while any(abs(wanted - gain) < 1e-6 for gain in tried):
        wanted -= 0.5 * miss / slope
    return wanted


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

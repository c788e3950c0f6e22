"""Rendering: the sound of a plan, streamed from a source into a destination, and measured as it is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ...nodes import Block, Limiter, Report
from ..chains.chain import Chain
from ..chains.compensate import compensated
from ..planning.plan import Plan
from ..streams.paths import PathLike
from ..streams.progress import Monitor
from ..streams.protocols import Destination, Sink, Source
from ..streams.read_ahead import ReadAhead
from .attempts import attempt
from .destinations import opened
from .judge import judge_of
from .shaped_sound import Shaping
from .solve import solve
from .stage_history import StageHistory, StageRecorder, stage_course
from .verdict import AfterCodec


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


def render_shaped(
    source: Source, shaping: Shaping, destination: Destination, plan: Plan, monitor: Monitor
) -> tuple[Rendered, Sink]:
    """Render what ``shaping`` makes of ``source`` by the solved ``plan`` until it may stay.

    The sink returned has all of it, and is to be committed or aborted; after an exception nothing is left.
    """
    sound, judge = _Limited(shaping, destination.bits), judge_of(plan, source, destination)
    last = attempt(plan, sound, destination.open, shaping.frames, judge, monitor)
    verdict = last.verdict
    return Rendered(last.plan, verdict.report, sound.stages(), last.renders, verdict.after_codec), last.sink


class _Limited:
    """The finished sound of plans that share ``shaping``; ``bits`` of an integer output bring its dither."""

    def __init__(self, shaping: Shaping, bits: int | None) -> None:
        self._shaping, self._bits = shaping, bits

    def __call__(self, plan: Plan) -> Iterator[Block]:
        """Yield the sound of ``plan``; it is shaped in a thread of its own."""
        level = Chain(plan.level_chain(self._bits))
        level.prepare(self._shaping.spec)
        limiter = next(node for node in level if isinstance(node, Limiter))
        self._reduction = StageRecorder(
            self._shaping.spec.sample_rate, lambda: np.array([limiter.gain_reduction_db()]), deepest=True
        )
        with ReadAhead(self._shaping.blocks()) as shaped:
            yield from compensated(shaped, level, self._reduction.note)

    def stages(self) -> StageHistory:
        """Return what the stages did in the last sound."""
        return stage_course(self._shaping.recorder, self._reduction)

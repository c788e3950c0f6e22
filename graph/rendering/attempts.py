"""The loop of every output: open, write, ask the judge, and abort and render again until a render stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from ...nodes import Block
from ..planning.plan import Plan
from ..streams.progress import Monitor
from ..streams.protocols import Sink
from ..streams.read_ahead import ReadAhead
from .judge import Judge
from .verdict import Verdict

AnySink = TypeVar("AnySink", bound=Sink)


@dataclass(frozen=True)
class Attempt(Generic[AnySink]):
    """The render that stays: its plan, its verdict, the number of renders, and the sink that holds all of it.

    The sink is to be committed or aborted.
    """

    plan: Plan
    verdict: Verdict
    renders: int
    sink: AnySink


def attempt(
    plan: Plan, sound: Callable[[Plan], Iterator[Block]], open_sink: Callable[[int | None], AnySink],
    frames: int | None, judge: Judge, monitor: Monitor,
) -> Attempt[AnySink]:  # fmt: skip
    """Write the ``sound`` of ``plan``, and of the plans that ``judge`` wishes next, until a render stays.

    ``sound`` and the judge run in threads of their own; ``frames`` is the length where it is known.  After an exception
    nothing is left.
    """
    renders = 0
    while True:
        sink = open_sink(frames)
        try:
            with ReadAhead(sound(plan)) as blocks:
                verdict = judge.verdict(plan, write_through(sink, blocks, frames, monitor), sink, monitor)
        except BaseException:
            sink.abort()
            raise
        renders += 1
        if verdict.next_plan is None:
            return Attempt(plan, verdict, renders, sink)
        sink.abort()
        plan = verdict.next_plan


def write_through(sink: Sink, blocks: Iterable[Block], frames: int | None, monitor: Monitor) -> Iterator[Block]:
    """Yield each block of ``blocks`` once it is written to ``sink``."""
    for block in monitor.watch("render", blocks, frames):
        sink.write(block)
        yield block

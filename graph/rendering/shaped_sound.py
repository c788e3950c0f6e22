"""The shaped sound of a plan, computed once: later passes read it again."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Self

from ...nodes import Block, DynamicEQ, Spec
from ..chains.chain import Chain
from ..planning.plan import Plan
from ..storage.spool import MOST_BYTES, Spool
from ..streams.protocols import BLOCK, Source
from .stage_history import StageRecorder


class Shaping:
    """What the limiter of a plan will get, block by block, as often as wanted; a context manager.

    The first whole run goes to a spool, bit for bit, unless it outgrows ``most_bytes`` or the
    disk; that costs time, no more.  ``recorder`` holds what the equaliser did in the first run.
    """

    def __init__(self, source: Source, plan: Plan, most_bytes: int = MOST_BYTES) -> None:
        self.spec = Spec(source.sample_rate, source.channels, BLOCK)
        self.frames = source.frames
        self._source, self._spool = source, Spool(source.channels, most_bytes)
        nodes = plan.shaping_chain()
        self._chain = Chain(nodes)
        self._chain.prepare(self.spec)
        eq = next(node for node in nodes if isinstance(node, DynamicEQ))
        self._look = eq.gains_db
        self.recorder = self._new_recorder()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spool.forget()

    def blocks(self) -> Iterator[Block]:
        """Yield the shaped ``(channels, frames)`` blocks from the start."""
        return self._spool.blocks(BLOCK) if self._spool.whole else self._shaped()

    def _shaped(self) -> Iterator[Block]:
        self._chain.reset()
        self._spool.begin(self.frames)
        self.recorder = self._new_recorder()
        for block in self._source.blocks(BLOCK):
            self._chain.process_block(block)
            self.recorder.note(block.shape[1])
            self._spool.add(block)
            yield block
        self._spool.finish()

    def _new_recorder(self) -> StageRecorder:
        return StageRecorder(self.spec.sample_rate, self._look, deepest=False)

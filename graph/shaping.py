"""The shaped sound of a plan, made once: what passes over it later read it again instead of filtering anew."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import IO, Self

import numpy as np

from ..nodes import Block, DynamicEQ, Spec
from .chain import Chain
from .planner import Plan
from .stages import StageRecorder
from .streams import BLOCK, Source

MOST_BYTES = 2**30
"""So much is kept, on disk: 25 minutes of stereo at 44.1 kHz.  What is longer is shaped anew by every pass."""


class Shaping:
    """What the limiter of a plan will get, block by block, as often as wanted; a context manager.

    The first whole run is kept in an unnamed temporary file, bit for bit, unless it outgrows ``most_bytes`` or the
    disk; that costs time, no more.  ``recorder`` holds what the equaliser did in the first run.
    """

    def __init__(self, source: Source, plan: Plan, most_bytes: int = MOST_BYTES) -> None:
        self.spec = Spec(source.sample_rate, source.channels, BLOCK)
        self.frames = source.frames
        self._source, self._most_bytes = source, most_bytes
        nodes = plan.shaping_chain()
        self._chain = Chain(nodes)
        self._chain.prepare(self.spec)
        self._file: IO[bytes] | None = None
        self._lengths: list[int] = []
        self._whole = False
        eq = next(node for node in nodes if isinstance(node, DynamicEQ))
        self._look = eq.gains_db
        self.recorder = self._new_recorder()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._forget()

    def blocks(self) -> Iterator[Block]:
        """Yield the shaped ``(channels, frames)`` blocks from the start."""
        return self._kept() if self._whole else self._made()

    def _made(self) -> Iterator[Block]:
        self._chain.reset()
        self._begin()
        for block in self._source.blocks(BLOCK):
            self._chain.process_block(block)
            self.recorder.note(block.shape[1])
            self._keep(block)
            yield block
        self._whole = self._file is not None

    def _kept(self) -> Iterator[Block]:
        assert self._file is not None
        self._file.seek(0)
        for frames in self._lengths:
            block = np.frombuffer(bytearray(self._file.read(8 * self.spec.channels * frames)))
            yield block.reshape(self.spec.channels, frames)

    def _begin(self) -> None:
        self._forget()
        self.recorder = self._new_recorder()
        if self._most_bytes > 0 and 8 * self.spec.channels * (self.frames or 0) <= self._most_bytes:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__

    def _keep(self, block: Block) -> None:
        if self._file is None:
            return
        try:
            self._file.write(np.ascontiguousarray(block).data)
        except OSError:  # a full disk: the sound will be shaped again
            self._forget()
            return
        self._lengths.append(block.shape[1])
        if self._file.tell() > self._most_bytes:
            self._forget()

    def _forget(self) -> None:
        if self._file is not None:
            with suppress(OSError):  # what a full disk did not take
                self._file.close()
        self._file, self._lengths, self._whole = None, [], False

    def _new_recorder(self) -> StageRecorder:
        return StageRecorder(self.spec.sample_rate, self._look, deepest=False)

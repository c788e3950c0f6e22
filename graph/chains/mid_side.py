"""A chain for the mid and one for the side of a stereo signal."""

from __future__ import annotations

from typing import Any, Unpack

from ...nodes.base import Block, Spec
from ...nodes.kernels.mix import add_mid_side, to_mid_side
from .alignment import Delay, ScratchBlock
from .container import Container, Member, Values
from .parallel import as_chain


class MidSide(Container):
    """Process mid ``(l + r) / 2`` and side ``(l - r) / 2`` of a stereo signal through a mono chain each.

    What the chains change is decoded and added to the input, so where they change nothing left and right stay bit for
    bit.  Other layouts than stereo pass untouched, without latency.  Latency is that of the longer chain.
    """

    id = "mid_side"

    def __init__(self, mid: Any = None, side: Any = None, **values: Unpack[Values]) -> None:
        self.mid, self.side = as_chain(mid), as_chain(side)
        super().__init__(**values)
        self._refuse_doubles()

    def __repr__(self) -> str:
        return f"MidSide(mid={self.mid!r}, side={self.side!r})"

    def members(self) -> list[Member]:
        """Return the two chains, named ``mid`` and ``side``."""
        return [Member(0, "mid", self.mid, 0), Member(1, "side", self.side, 0)]

    def _prepare(self, spec: Spec) -> int:
        self._applies = spec.channels == 2
        # The chains are prepared even when they do not apply, so that an edit of theirs is seen as taken in.
        mono = Spec(spec.sample_rate, 1, spec.max_block)
        for chain in (self.mid, self.side):
            chain.prepare(mono)
        longest = max(self.mid.latency, self.side.latency) if self._applies else 0
        self._rooms = ScratchBlock(1, spec.max_block), ScratchBlock(1, spec.max_block)
        self._mid_delay = Delay(1, max(0, longest - self.mid.latency), spec.max_block)
        self._side_delay = Delay(1, max(0, longest - self.side.latency), spec.max_block)
        self._beside = Delay(spec.channels, longest, spec.max_block)
        return longest

    def _reset(self) -> None:
        super()._reset()
        for delay in (self._mid_delay, self._side_delay, self._beside):
            delay.reset()

    def _process(self, block: Block) -> None:
        if not self._applies:
            return
        mid, side = (room.like(block[:1]) for room in self._rooms)
        to_mid_side(block, mid, side)
        dry = self._beside.delayed(block)
        self.mid.process_block(mid)
        self.side.process_block(side)
        add_mid_side(block, self._mid_delay.delayed(mid), self._side_delay.delayed(side), dry)

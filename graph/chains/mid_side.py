"""A chain for the mid and one for the side of a stereo signal."""

from __future__ import annotations

from typing import Any, ClassVar, Unpack

from ...nodes.base import Spec
from ...nodes.kernels import mid_side as kernels
from .container import Container, Member, Values
from .parallel import as_chain


class MidSide(Container):
    """Process mid ``(l + r) / 2`` and side ``(l - r) / 2`` of a stereo signal through a mono chain each.

    What the chains change is decoded and added to the input, so where they change nothing left and right stay bit for
    bit.  Other layouts than stereo pass untouched, without latency.  Latency is that of the longer chain.
    """

    id = "mid_side"
    kernels: ClassVar[Any] = kernels

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
        applies = spec.channels == 2
        # The chains are prepared even when they do not apply, so that an edit of theirs is seen as taken in.
        for chain in (self.mid, self.side):
            chain.prepare(_mono(spec))
        longest = max(self.mid.latency, self.side.latency) if applies else 0
        m = self._allocate(spec, longest)
        m.delays[:] = [max(0, longest - chain.latency) for chain in (self.mid, self.side)]
        return longest

    def _spec_inside(self) -> Spec:
        return _mono(self._prepared())


def _mono(spec: Spec) -> Spec:
    return Spec(spec.sample_rate, 1, spec.max_block)

"""The engine without its process and its sound system: what would be called back is called by the test."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from masterchain.graph import Chain
from masterchain.graph.live.devices.base import NullDevice
from masterchain.graph.live.engine.host import Engine
from masterchain.graph.live.engine.process import Build, make_player
from masterchain.graph.live.engine.pulse import EnginePulse
from masterchain.graph.live.engine.segment import Size
from masterchain.nodes import Spec
from numpy.typing import NDArray

RATE = 48000


class Rig(Engine):
    """An engine whose player runs here; ``run`` stands for the sound system."""

    def __init__(self, factory: Callable[[], Chain], audition: bool = True, points: int = 0) -> None:
        super().__init__(NullDevice(RATE), factory, audition=audition)
        self.sample_rate, self.period, self.channels = RATE, 256, 2
        size = Size(2, sum(1 for _ in factory().paths()), points, 4 * RATE, 64)
        shared = self._shared = size.create()
        build = Build(factory, size, shared.name, audition, False)
        self.player = make_player(build, Spec(RATE, 2, 8192), shared)
        self.pulse = EnginePulse(self.player, shared, RATE, False)
        self.latency = self.player.latency

    def run(self, frames: int, blocks: Iterable[int] = (256,), sound: NDArray[Any] | None = None) -> NDArray[Any]:
        """Call back for ``frames`` in ``blocks`` of such lengths, over and over; return what came out."""
        out, at, lengths = np.zeros((2, frames)), 0, tuple(blocks)
        while at < frames:
            n = min(lengths[at % len(lengths)], frames - at)
            block = np.zeros((2, n)) if sound is None else np.ascontiguousarray(sound[:, at : at + n])
            self.pulse.begin()
            self.pulse.render(block)
            self.pulse.finish(n)
            out[:, at : at + n] = block
            at += n
        return out

    def close(self) -> None:
        """Give the memory back."""
        del self.player, self.pulse
        super().close()

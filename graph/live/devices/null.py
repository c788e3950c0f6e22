"""The null device: no sound system, a clock alone."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from .base import NullDevice, Pulse, Render


class NullBackend:
    """Calls back by the clock, or as fast as can be."""

    def __init__(self, device: NullDevice) -> None:
        self.sample_rate, self.period, self.channels = device.sample_rate, device.period, device.channels
        self._paced, self._frames = device.paced, device.frames

    def run(
        self, render: Render, pulse: Pulse, latency: int, started: Callable[[], None],
        ended: Callable[[float], bool],
    ) -> str | None:  # fmt: skip
        """Play until ``ended`` says so, or all frames are done."""
        block = np.zeros((self.channels, self.period))
        started()
        last, done, start = block, 0, time.perf_counter()
        while self._frames is None or done < self._frames:
            count = self.period if self._frames is None else min(self.period, self._frames - done)
            if count < self.period:
                last = np.zeros((self.channels, count))
            wait = start + done / self.sample_rate - time.perf_counter() if self._paced else 0.0
            if not self._paced and pulse.hungry(count):
                if ended(0.0005):
                    return None
                continue
            if (wait > 0.0 or done % 64 == 0) and ended(max(0.0, wait)):
                return None
            here = block if count == self.period else last
            here[:] = 0.0
            pulse.begin()
            render(here)
            pulse.finish(count)
            done += count
        return "done"

    def close(self) -> None:
        """There is nothing to let go of."""


def open_null(device: NullDevice) -> NullBackend:
    """Return the clock."""
    return NullBackend(device)

"""The inner loops of the trace on which a loudness is solved: frames to steps, steps to hops of 100 ms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import kernel

Array = NDArray[np.float64]


@kernel
def coarser(peaks: Array, power: Array, out: NDArray[np.float32]) -> None:
    """Write the largest of ``peaks`` and the mean of ``power`` of each step into ``out`` ``(steps, 2)``.

    Both are ``(frames,)``, whole steps of them.
    """
    if out.shape[0] == 0:
        return
    step = peaks.shape[0] // out.shape[0]
    for i in range(out.shape[0]):
        highest, total = peaks[i * step], 0.0
        for j in range(i * step, (i + 1) * step):
            highest = max(highest, peaks[j])
            total += power[j]
        out[i, 0], out[i, 1] = highest, total / step


@kernel
def add_to_hops(power: Array, gains: Array, first: int, per_hop: float, sums: Array) -> None:
    """Add ``power`` ``(steps,)``, turned down by ``gains`` ``(steps,)``, to the sum of the hop that each step is in.

    ``first`` is the number of the first step, ``per_hop`` how many steps a hop has, which need not be whole.
    """
    for i in range(power.shape[0]):
        sums[int((first + i) / per_hop)] += power[i] * gains[i] ** 2

"""Sums of aligned signals: parallel branches, dry and wet, mid and side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import kernel
from .smooth import glide

Array = NDArray[np.float64]


@kernel
def add(total: Array, part: Array) -> None:
    """Add ``part`` to ``total`` ``(channels, frames)`` in place."""
    for c in range(total.shape[0]):
        for i in range(total.shape[1]):
            total[c, i] += part[c, i]


@kernel
def subtract(block: Array, dry: Array) -> None:
    """Take ``dry`` from ``block`` ``(channels, frames)`` in place."""
    for c in range(block.shape[0]):
        for i in range(block.shape[1]):
            block[c, i] -= dry[c, i]


@kernel
def blend(wet: Array, dry: Array, state: Array, target: float, coefficient: float) -> None:
    """Mix ``dry`` into ``wet`` in place, 0 gives the dry and 1 the wet bit for bit; ``state`` ``(3,)`` glides."""
    for i in range(wet.shape[1]):
        mix = glide(state, target, coefficient)
        if mix < 1.0:
            for c in range(wet.shape[0]):
                wet[c, i] = dry[c, i] if mix <= 0.0 else dry[c, i] + mix * (wet[c, i] - dry[c, i])


@kernel
def to_mid_side(block: Array, mid: Array, side: Array) -> None:
    """Write the mid and the side of stereo ``block`` ``(2, frames)`` into ``mid`` and ``side`` ``(1, frames)``."""
    for i in range(block.shape[1]):
        mid[0, i] = 0.5 * (block[0, i] + block[1, i])
        side[0, i] = 0.5 * (block[0, i] - block[1, i])


@kernel
def add_mid_side(block: Array, mid: Array, side: Array, dry: Array) -> None:
    """Write into ``block`` the stereo ``dry`` plus what ``mid`` and ``side`` differ from its own.

    Decoding mid and side afresh would round; a difference that is 0 leaves left and right bit for bit.
    """
    for i in range(block.shape[1]):
        left, right = dry[0, i], dry[1, i]
        middle = mid[0, i] - 0.5 * (left + right)
        sides = side[0, i] - 0.5 * (left - right)
        block[0, i] = left + (middle + sides)
        block[1, i] = right + (middle - sides)

"""What every node does with a block before and after its own kernel: clean it, keep the dry sound, cross-fade."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import inlined, kernel

Array = NDArray[np.float64]

LOUDEST = 1e6
"""Samples beyond +120 dBFS are no audio: they are clamped here, so that no square of them overflows."""


@kernel
def clean(block: Array) -> None:
    """Make every sample finite, in place: NaN becomes 0, what lies beyond +-``LOUDEST`` becomes that."""
    for c in range(block.shape[0]):
        row = block[c]
        for i in range(row.shape[0]):
            x = row[i]
            row[i] = 0.0 if x != x else min(max(x, -LOUDEST), LOUDEST)


@kernel
def remember(history: Array, block: Array, latency: int, dry: Array) -> None:
    """Write the input delayed by ``latency`` into ``dry`` ``(channels, >= frames)`` and shift ``history``."""
    n = block.shape[1]
    for c in range(block.shape[0]):
        for i in range(min(n, latency)):
            dry[c, i] = history[c, i]
        for i in range(latency, n):
            dry[c, i] = block[c, i - latency]
    shift(history, block, latency)


@kernel
def shift(history: Array, block: Array, latency: int) -> None:
    """Keep the last ``latency`` frames of the input in ``history`` ``(channels, latency)``."""
    n = block.shape[1]
    for c in range(block.shape[0]):
        for i in range(latency - n):
            history[c, i] = history[c, i + n]
        for i in range(max(0, latency - n), latency):
            history[c, i] = block[c, n - latency + i]


@kernel
def crossfade(block: Array, dry: Array, mix: Array, step: float, target: float) -> None:
    """Fade ``block`` into ``dry`` along half a cosine; ``mix[0]`` is how far it has come (0 wet, 1 dry)."""
    at = mix[0]
    for i in range(block.shape[1]):
        at = min(at + step, target) if at < target else max(at - step, target)
        if at >= 1.0:
            for c in range(block.shape[0]):
                block[c, i] = dry[c, i]
        elif at > 0.0:
            # The quintic has no corner in its slope or curvature, so that a switch leaves no click.
            share = at * at * at * (at * (at * 6.0 - 15.0) + 10.0)
            for c in range(block.shape[0]):
                block[c, i] += share * (dry[c, i] - block[c, i])
    mix[0] = at


@inlined
def fill(row: Array, value: float) -> None:
    """Set all of ``row`` ``(frames,)``.  Unlike a slice assignment it can't fail, and needs no code for that."""
    for i in range(row.shape[0]):
        row[i] = value


@inlined
def copy(source: Array, into: Array) -> None:
    """Copy ``source`` ``(frames,)`` into the beginning of ``into``."""
    for i in range(source.shape[0]):
        into[i] = source[i]


@inlined
def copy_block(source: Array, into: Array) -> None:
    """Copy ``source`` ``(channels, frames)`` into ``into`` of that shape."""
    for c in range(source.shape[0]):
        for i in range(source.shape[1]):
            into[c, i] = source[c, i]

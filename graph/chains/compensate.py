"""Blocks through a chain with latency: aligned, and as many frames as went in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from ...nodes import Block
from ..streams.protocols import BLOCK
from .chain import Chain


def compensated(
    blocks: Iterable[Block], chain: Chain, after: Callable[[int], None] = lambda frames: None
) -> Iterator[Block]:
    """Yield ``blocks`` processed by a prepared ``chain``, its latency taken out: as many frames, aligned."""
    held = chain.latency
    for block in blocks:
        chain.process_block(block)
        skip = min(held, block.shape[1])
        held -= skip
        if skip < block.shape[1]:
            after(block.shape[1] - skip)
            yield np.ascontiguousarray(block[:, skip:])
    tail = chain.flush()[:, held:]
    for start in range(0, tail.shape[1], BLOCK):
        part = np.ascontiguousarray(tail[:, start : start + BLOCK])
        after(part.shape[1])
        yield part

"""Rings without locks in shared memory: one process puts, one takes, neither ever waits.

``ends`` ``(2,)`` counts what was ever put and ever taken.  Data is written before the count that speaks of it, and read
before the count that frees it; a fence between the two holds on machines that would reorder them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from ....nodes.kernels.compiled import kernel

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

PUT, TAKEN = 0, 1

# What a record of the command ring says, and what it says it of.
KIND, DUE, INDEX, VALUE, RECORD = 0, 1, 2, 3, 4
NOW = -1.0
"""A due frame that has come already."""


def _fence(typingctx: Any) -> Any:
    """Keep loads and stores on their side."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return types.none(), generate


fence: Any = intrinsic(_fence)


@kernel
def room(ends: Ints, capacity: int) -> int:
    """Return how much more can be put."""
    return int(capacity - (ends[PUT] - ends[TAKEN]))


@kernel
def ready(ends: Ints) -> int:
    """Return how much there is to be taken."""
    return int(ends[PUT] - ends[TAKEN])


@kernel
def put_frames(ring: Array, ends: Ints, block: Array) -> int:
    """Put what fits of ``block`` ``(channels, frames)`` into ``ring`` ``(channels, capacity)``; return how many."""
    capacity = ring.shape[1]
    count = min(block.shape[1], capacity - (ends[PUT] - ends[TAKEN]))
    fence()
    start = ends[PUT] % capacity
    for c in range(block.shape[0]):
        for i in range(count):
            at = start + i
            ring[c, at if at < capacity else at - capacity] = block[c, i]
    fence()
    ends[PUT] += count
    return int(count)


@kernel
def take_frames(ring: Array, ends: Ints, block: Array) -> int:
    """Take what there is, at most ``block`` ``(channels, frames)``; return how many frames of it are new."""
    capacity = ring.shape[1]
    count = min(block.shape[1], ends[PUT] - ends[TAKEN])
    fence()
    start = ends[TAKEN] % capacity
    for c in range(block.shape[0]):
        for i in range(count):
            at = start + i
            block[c, i] = ring[c, at if at < capacity else at - capacity]
    fence()
    ends[TAKEN] += count
    return int(count)


@kernel
def put_record(ring: Array, ends: Ints, kind: float, due: float, index: float, value: float) -> bool:
    """Put a record into ``ring`` ``(capacity, 4)``; say whether there was room."""
    capacity = ring.shape[0]
    if ends[PUT] - ends[TAKEN] >= capacity:
        return False
    fence()
    row = ring[ends[PUT] % capacity]
    row[KIND], row[DUE], row[INDEX], row[VALUE] = kind, due, index, value
    fence()
    ends[PUT] += 1
    return True


@kernel
def gather(ring: Array, ends: Ints, pending: Array, count: int) -> int:
    """Move records from ``ring`` into ``pending``, sorted by their due frame, of one frame in the order they came.

    ``count`` are in there; returns how many are then.  What finds no room stays in the ring.
    """
    capacity = ring.shape[0]
    while ends[TAKEN] < ends[PUT] and count < pending.shape[0]:
        fence()
        row = ring[ends[TAKEN] % capacity]
        at = count
        while at > 0 and pending[at - 1, DUE] > row[DUE]:
            pending[at] = pending[at - 1]
            at -= 1
        pending[at] = row
        count += 1
        fence()
        ends[TAKEN] += 1
    return count


@kernel
def drop_first(pending: Array, count: int, gone: int) -> int:
    """Forget the ``gone`` first of ``count`` records; return how many are left."""
    for i in range(count - gone):
        pending[i] = pending[i + gone]
    return count - gone

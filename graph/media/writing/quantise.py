"""Turns float64 blocks into the integers of a file: rounded to the nearest, clipped to the legal range, counted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def to_integers(block: NDArray[np.float64], bits: int) -> tuple[NDArray[np.int32], int]:
    """Round a block `(channels, n)` to signed integers of `bits` bits.

    Returns them as int32 `(channels, n)` in the range -2^(bits-1) .. 2^(bits-1)-1, and how many had to be clipped.
    float64 holds every integer up to 2^53, so a block that was read from integers comes out as the same integers.
    """
    limit = 2.0 ** (bits - 1)
    rounded = np.rint(block * limit)
    clipped = int(np.count_nonzero((rounded < -limit) | (rounded > limit - 1)))
    if clipped:
        np.clip(rounded, -limit, limit - 1, out=rounded)
    return rounded.astype(np.int32), clipped


def interleaved(block: NDArray[np.float64], bits: int, is_float: bool) -> tuple[NDArray[np.generic], int]:
    """A block as C-contiguous rows of frames `(n, channels)` for a library that writes PCM, and the clipped samples.

    Floats keep their width; 16-bit integers become int16, wider ones int32 with the value in the upper bits.
    """
    if is_float:
        return np.ascontiguousarray(block.T, dtype=np.float32 if bits == 32 else np.float64), 0
    integers, clipped = to_integers(block, bits)
    if bits == 16:
        return np.ascontiguousarray(integers.T, dtype=np.int16), clipped
    return np.ascontiguousarray((integers << (32 - bits)).T), clipped

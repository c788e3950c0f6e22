"""Width by third octaves, for who knows the whole track: the gains with which every band comes out where it aims."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import inlined, kernel
from .maths import log10, pow10
from .stereo_imager import HIGH, LOW, MID, width_gain

Array = NDArray[np.float64]

ROUNDS = 12
"""Each takes back what the one before left; a band sees a third or more of a shelf, so next to nothing remains."""

SHELF_DB = 18.0
"""The most that a shelf lifts or lowers its band against the middle one."""


@kernel
def fitted_width(
    side_to_mid_db: Array,
    side: Array,
    shares: Array,
    dead_band: Array,
    responses: Array,
    step_db: float,
    gains: Array,
) -> None:
    """Write the gains of the side in dB, ``(points, 3)``, that bring each band to its dead band, into ``gains``.

    ``side_to_mid_db`` ``(points, 3)`` is what a band has, ``dead_band`` ``(2, 3)`` its narrow and wide edge; ``side``
    ``(points, thirds)`` are mean squares, of which ``shares`` ``(3, thirds)`` lie in each band.  The shelves' slopes
    reach into their neighbours: ``responses`` ``(2, steps, thirds)`` is what the low and the high shelf do, in dB, at
    gains from ``-step_db (steps - 1) / 2`` on.
    """
    aims, reached = np.zeros(3), np.zeros(3)
    moved = np.zeros(side.shape[1])
    for p in range(gains.shape[0]):
        gains[p] = 0.0
        for b in range(3):
            aims[b] = width_gain(side_to_mid_db[p, b], dead_band[0, b], dead_band[1, b])
        if aims[LOW] == 0.0 and aims[MID] == 0.0 and aims[HIGH] == 0.0:
            continue
        for _ in range(ROUNDS):
            widen(side[p], gains[p], responses, step_db, moved)
            seen(side[p], moved, shares, gains[p], reached)
            for b in range(3):
                gains[p, b] += aims[b] - reached[b]
            for b in (LOW, HIGH):
                gains[p, b] = gains[p, MID] + min(max(gains[p, b] - gains[p, MID], -SHELF_DB), SHELF_DB)


@inlined
def widen(side: Array, gains: Array, responses: Array, step_db: float, moved: Array) -> None:
    """Write the mean squares ``side`` ``(thirds,)`` into ``moved`` as the ``gains`` ``(3,)`` leave them."""
    last = responses.shape[1] - 1
    moved[:] = gains[MID]
    for f in range(2):
        at = min(max((gains[2 * f] - gains[MID]) / step_db + 0.5 * last, 0.0), float(last))
        row = min(int(at), last - 1)
        share = at - row
        for i in range(moved.shape[0]):
            moved[i] += responses[f, row, i] + share * (responses[f, row + 1, i] - responses[f, row, i])
    for i in range(moved.shape[0]):
        moved[i] = side[i] * pow10(0.1 * moved[i])


@inlined
def seen(before: Array, after: Array, shares: Array, gains: Array, rise: Array) -> None:
    """Write by how many dB each band rose from ``before`` to ``after`` ``(thirds,)``; with nothing in it, the gain."""
    for b in range(3):
        was, became = 0.0, 0.0
        for i in range(before.shape[0]):
            was += shares[b, i] * before[i]
            became += shares[b, i] * after[i]
        rise[b] = 10.0 * log10(became / was) if was > 0.0 and became > 0.0 else gains[b]

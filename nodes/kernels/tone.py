"""The rule that turns what a band measures into what the equaliser does there: slow tone, fast dynamics."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import inlined
from .maths import log10, pow10

Array = NDArray[np.float64]

FLOOR_DB = -78.0
"""Below this level (dBFS, mean square) a band is noise floor, which is left alone."""

WHOLE_DB = 1.5
"""Where the colour has so many dB, a track is brought all the way to it; below, in part only into its neighbourhood."""

RANGE_DB, BAND_STEP_DB = 6.0, 4.5
"""Up to this range, neighbouring bands, 0.83 octaves apart, are moved against each other by so much at most."""

REST_DB, REST_SLOPE, REST_RANGE_DB = 22.0, 0.25, 3.0
"""This far under its running level a compressed band rests, and is let down by so much a dB further, to 3 dB."""


@inlined
def neutral_offset(levels: Array, target: Array, weights: Array) -> float:
    """Return the level at which ``target`` lies over ``levels``: robust, as the weighted mean of small deviations.

    One band far off (no sub-bass at all) must not drag the others: deviations beyond 9 dB count as 9 dB.
    """
    offset = 0.0
    for b in range(levels.shape[0]):
        offset += weights[b] * (levels[b] - target[b])
    for _ in range(8):
        move = 0.0
        for b in range(levels.shape[0]):
            move += weights[b] * min(max(levels[b] - target[b] - offset, -9.0), 9.0)
        offset += move
    return offset


@inlined
def wanted(
    off: float,
    moved: float,
    colour: float,
    tolerance: float,
    lift: float,
    amount: float,
    range_db: float,
    empty_from: float,
    empty_to: float,
) -> float:
    """Return the dB by which a level that lies ``off`` dB over that of records is to be moved, ``moved`` dB included.

    What lies, so moved, within ``tolerance`` of the ``colour`` dB asked for is left there; what lies beyond is moved
    ``amount`` 0..1 of the way to the nearer end, and eased into ``range_db``, of which ``lift`` 0..1 may be spent on
    lifting for all but the colour.  Where the colour is heard a track must have as much of it: there the tolerance
    holds on its far side only.  Lifting ends between ``empty_from`` and ``empty_to`` dB under the level of records:
    nothing is there, and it stays as it is moved.
    """
    heard = min(abs(colour) / WHOLE_DB, 1.0)
    lowest = colour - tolerance * (1.0 - heard if colour > 0.0 else 1.0)
    highest = colour + tolerance * (1.0 - heard if colour < 0.0 else 1.0)
    put_right = min(max(off + moved, -tolerance), tolerance) - off
    coloured = min(max(off + moved, lowest), highest) - off - put_right
    righted = eased(amount * put_right, (lift if put_right > 0.0 else 1.0) * range_db)
    move = bent(righted + amount * coloured, range_db)
    share = filled(-off, empty_from, empty_to) if move > 0.0 else 1.0
    return share * move + (1.0 - share) * moved


@inlined
def eased(wanted_db: float, most_db: float) -> float:
    """Return ``wanted_db`` eased into +-``most_db``: what is asked for first counts most."""
    if most_db <= 0.0:
        return 0.0
    return wanted_db * float(pow10(-log10(1.0 + abs(wanted_db / most_db) ** 3) / 3.0))


@inlined
def slopes_held(values: Array, step: float, work: Array) -> None:
    """Bend ``values`` ``(n,)`` so that neighbours differ by at most ``step``; ``work`` ``(2, n)`` is scratch.

    The mean of the highest such curve that stays below, and of the lowest one that stays above: more at one place
    is never less at another.
    """
    n = values.shape[0]
    for i in range(n):
        work[0, i] = values[i] if i == 0 else min(values[i], work[0, i - 1] + step)
        work[1, i] = values[i] if i == 0 else max(values[i], work[1, i - 1] - step)
    for j in range(n):
        i = n - 1 - j
        if j > 0:
            work[0, i] = min(work[0, i], work[0, i + 1] + step)
            work[1, i] = max(work[1, i], work[1, i + 1] - step)
        values[i] = 0.5 * (work[0, i] + work[1, i])


@inlined
def bent(wanted_db: float, most_db: float) -> float:
    """Return ``wanted_db`` bent into +-``most_db``: nearly itself up to three quarters of that."""
    return wanted_db / float(np.sqrt(np.sqrt(np.sqrt(1.0 + (wanted_db / most_db) ** 8)))) if most_db > 0.0 else 0.0


@inlined
def filled(lack: float, empty_from: float, empty_to: float) -> float:
    """Return 0..1: how much of a band that lacks ``lack`` dB holds music; none of it from ``empty_to`` dB on."""
    return 1.0 - min(max((lack - empty_from) / (empty_to - empty_from), 0.0), 1.0)


@inlined
def audible(level: float) -> float:
    """Return 0..1: how much of a band at ``level`` dB is music rather than noise floor."""
    return min(max((level - FLOOR_DB) / 12.0, 0.0), 1.0)


@inlined
def tonal_gains(
    levels: Array,
    target: Array,
    neutral: Array,
    weights: Array,
    tolerance: Array,
    lift: Array,
    empty: Array,
    solve: Array,
    amount: float,
    range_db: float,
    work: Array,
    aims: Array,
    gains: Array,
) -> None:
    """Write the gain in dB of every band that brings ``levels`` to ``target``; arrays ``(bands,)`` but for ``work``.

    What the target has on the ``neutral`` levels, those of records, is the colour that is ``wanted``.  ``empty``
    ``(2, bands)``; ``aims`` gets what the gains do together at the bands' centres; ``work`` ``(2, bands)`` is scratch.
    """
    bands = levels.shape[0]
    offset = neutral_offset(levels, neutral, weights)
    for b in range(bands):
        off = levels[b] - neutral[b] - offset
        colour = target[b] - neutral[b]
        move = wanted(off, 0.0, colour, tolerance[b], lift[b], amount, range_db, empty[0, b], empty[1, b])
        aims[b] = audible(levels[b]) * move
    slopes_held(aims, BAND_STEP_DB * max(1.0, range_db / RANGE_DB), work)
    for b in range(bands):
        total = 0.0
        for j in range(bands):
            total += solve[b, j] * aims[j]
        gains[b] = total


@inlined
def dynamic_gain(over_db: float, ratio: float, knee_db: float, range_db: float) -> float:
    """Return the gain in dB for a level ``over_db`` above the threshold: a soft-knee compressor, below 1 an expander.

    The knee is the quadratic one of Giannoulis, Massberg & Reiss (JAES 60(6), 2012, eq. 4).
    """
    half = knee_db / 2.0
    if over_db <= -half:
        above = 0.0
    elif over_db >= half:
        above = over_db
    else:
        above = (over_db + half) ** 2 / (2.0 * knee_db)
    gain = min(max((1.0 / ratio - 1.0) * above, -range_db), range_db)
    if ratio > 1.0 and over_db < -REST_DB:
        # What is compressed is made up for later; a pause is not music, and its hiss shall not rise with it.
        gain = -min(REST_SLOPE * (-REST_DB - over_db), REST_RANGE_DB)
    return gain

"""The rule that turns what a band measures into what the equaliser does there: slow tone, fast dynamics."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import inlined

Array = NDArray[np.float64]

EMPTY_FROM_DB, EMPTY_TO_DB = 20.0, 34.0
"""A band this far under its target holds no music (a low-passed file, no sub-bass): lifting fades out between."""

FLOOR_DB = -78.0
"""Below this level (dBFS, mean square) a band is noise floor, which is left alone."""

WHOLE_DB = 1.5
"""Where the colour has so many dB, what lies against it is taken back whole, whatever the amount."""

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
def share_of(lack_db: float, colour_db: float, amount: float) -> float:
    """Return the share 0..1 of a lack (below 0 a surplus) that is taken back: ``amount``, and more where it is heard.

    What lies against the colour is taken back nearly whole: a sound of warm lows is not heard where lows are missing.
    What a track already has of the colour is taken back whole: with the colour added, it is left as it is.
    """
    colour = abs(colour_db)
    heard = min(colour / WHOLE_DB, 1.0) if lack_db * colour_db > 0.0 else has_of(lack_db, colour_db)
    return amount + (1.0 - amount) * heard


@inlined
def has_of(lack_db: float, colour_db: float) -> float:
    """Return the share 0..1 of a deviation that is the colour itself."""
    return min(abs(colour_db / lack_db), 1.0) if lack_db * colour_db < 0.0 else 0.0


@inlined
def correction(level: float, aim: float, lift: float, amount: float, range_db: float) -> float:
    """Return the dB that bring a band at ``level`` dB ``amount`` 0..1 of the way to the ``aim`` level.

    It bends into ``range_db``, of which ``lift`` 0..1 may be spent on lifting.
    """
    lack = aim - level
    if lack > 0.0:
        return audible(level) * bent(amount * lack * filled(lack, EMPTY_FROM_DB, EMPTY_TO_DB), range_db * lift)
    return audible(level) * bent(amount * lack, range_db)


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
    lift: Array,
    solve: Array,
    amount: float,
    range_db: float,
    aims: Array,
    gains: Array,
) -> None:
    """Write the gain in dB of every band that brings ``levels`` to ``target``; all arrays ``(bands,)``.

    The way there has two parts: the ``correction`` to the ``neutral`` levels, and colour, what the target has on the
    neutral one, which is added whole: a sound is heard on any track.  ``aims`` is scratch.
    """
    bands = levels.shape[0]
    offset = neutral_offset(levels, neutral, weights)
    for b in range(bands):
        colour = target[b] - neutral[b]
        share = share_of(neutral[b] + offset - levels[b], colour, amount)
        aims[b] = correction(levels[b], neutral[b] + offset, lift[b], share, range_db)
        aims[b] += audible(levels[b]) * colour
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

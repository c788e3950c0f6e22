"""What of a passage is music, and what is noise or a rest of what plays there: it is not to be lifted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...nodes.bands import NEUTRAL_DB
from .passages import Passages, decibels, part

Array = NDArray[np.float64]

REST_FROM_LU, REST_TO_LU = 12.0, 24.0
"""A passage begins to rest so far under the track's loudness, and rests so far: a pause, the end of a fade-out."""

SILENT_LU = 60.0
"""Points this far under the track's loudness are silence, which is nobody's noise floor."""

LOWEST_PERCENT, HIGHEST_PERCENT = 5.0, 95.0
"""A level is this share of the time at its lowest: that is noise, or a rest of what plays there."""

FLOOR_FROM_DB, FLOOR_TO_DB = 0.5, 3.0
"""From its lowest level on, a third may be lifted from so many dB, and in full from so many."""

STEADY_DB, VARIED_DB = 3.0, 9.0
"""A third that reaches so little over its lowest level does not show a floor, one that reaches so far does."""

DULL_DB, FAINT_DB = 12.0, 18.0
"""So far under the level of records beside the other thirds, a third may be music that is dull; so far, it is faint."""

FALLEN_DB, GONE_DB = 5.0, 10.0
"""What has fallen so far under the level that the tone goes by begins to rest, and rests so far under it."""

AROUND_SECONDS = 2.0
"""A rest pulls the tone with it so far to both sides."""


def awake(level_lu: Array) -> Array:
    """Return 0..1: how little passages of ``level_lu`` against the track's loudness rest."""
    return part(level_lu, -REST_TO_LU, -REST_FROM_LU)


def music(passages: Passages, near: Array, now: Array) -> Array:
    """Return how far each third is music, 1, or noise, 0, ``(points, 31)``.

    ``near`` ``(points, 31)`` are the mean squares that the tone goes by, ``now`` those of the moment.  What is near
    its lowest level, and faint beside the rest, is noise or rests; so is what has gone from one moment to the next.
    """
    playing = part(_regions(decibels(now)) - _regions(decibels(near)), -GONE_DB, -FALLEN_DB)
    share = _lowest(playing, AROUND_SECONDS / passages.hop_seconds)
    sounding = passages.level_lu > -SILENT_LU
    if not sounding.any():
        return share
    floor, shown = _floor(decibels(passages.thirds)[sounding], passages.level_lu[sounding])
    above = part(decibels(near) - floor, FLOOR_FROM_DB, FLOOR_TO_DB)
    off = decibels(near) - NEUTRAL_DB
    faint = part(np.median(off, axis=1, keepdims=True) - off, DULL_DB, FAINT_DB)
    return np.asarray(share * (1.0 - shown * (1.0 - above) * faint))


def _floor(thirds_db: Array, level_lu: Array) -> tuple[Array, Array]:
    """Return the lowest level of each third ``(31,)`` in dB, and 0..1: how far that shows a floor or a rest.

    It does where the third is often far above; and where it keeps still while the music comes and goes.  A third that
    is as steady as the music is music.
    """
    floor, highest = np.percentile(thirds_db, [LOWEST_PERCENT, HIGHEST_PERCENT], axis=0)
    softest, loudest = np.percentile(level_lu, [LOWEST_PERCENT, HIGHEST_PERCENT])
    reach = highest - floor
    return floor, part(np.maximum(reach, loudest - softest - 2.0 * reach), STEADY_DB, VARIED_DB)


def _regions(thirds_db: Array) -> Array:
    """Return the mean of each third of ``(points, 31)`` and the two on either side: single notes come and go."""
    padded = np.pad(thirds_db, ((0, 0), (2, 2)), mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 5, axis=1).mean(axis=-1))


def _lowest(values: Array, points: float) -> Array:
    """Return the lowest of ``values`` ``(n, columns)`` within ``points`` of each."""
    reach = round(points)
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0).min(axis=-1))

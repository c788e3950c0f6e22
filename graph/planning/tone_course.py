"""What the equaliser does over a track: tone that follows the music, moves no loudness and lifts no noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...nodes import DynamicEQ, Report, ToneCourse
from ...nodes.bands import THIRD_OCTAVES_HZ, band_levels_db
from .noise import awake, music
from .passages import Passages, decibels, part

Array = NDArray[np.float64]

MOMENT_SECONDS, TONE_SECONDS = 1.0, 3.0
"""Deviations of the Gaussians through which a moment is seen, and its passage, the mean of moments in dB: so a loud
one does not speak for a soft one beside it."""

LEVEL_SECONDS = 0.7
"""The same of the loudness that is made up for: well within the 3 s of short-term loudness, well over a beat."""

REST_SECONDS, RUNNING_FLOOR_DB = 1.0, 12.0
"""The same of a rest; and so far under that of the track, the running level of a band stays while it rests."""

FAINTEST = 0.3
"""What rests by more than all but this share keeps the make-up of the music beside it away."""

BASS_HZ, BASS_SHARE = 180.0, 0.5
"""What lies below is not freely lifted where headroom counts: by 3 dB at most where nothing else does."""

RIDE_SECONDS, RIDE_LU = 2.0, 8.0
"""A level is ridden as slowly as this, and by the distance from the track's loudness up to so much."""


@dataclass(frozen=True, slots=True)
class ToneAsked:
    """What is asked of a tone course besides tone.

    ``share`` 0..1 of it is done; ``loudly`` 0..1 is how far headroom comes before bass; ``ride`` in % is how much
    farther passages are to lie from the track's loudness, less far where it is below 0.
    """

    share: float = 1.0
    loudly: float = 0.0
    ride: float = 0.0


def tone_course(report: Report, eq: DynamicEQ, asked: ToneAsked, sample_rate: float) -> ToneCourse:
    """Return what ``eq`` does over the track of ``report``, processed at ``sample_rate`` in Hz.

    It does not ask what the imager will do: so the mono sum comes out the same, stereo image or not.
    """
    passages = Passages(report)
    sounding = passages.smoothed(awake(passages.level_lu)[:, None], REST_SECONDS)
    gains = asked.share * sounding * _tone(passages, eq, asked.loudly)
    # In dB: by power, the loudest moment would decide for the pause beside it.
    change = passages.smoothed(eq.loudness_change_db(passages.thirds, gains)[:, None], LEVEL_SECONDS)
    makeup = sounding * _ride(passages, asked.ride) - part(sounding, 0.0, FAINTEST) * change
    return ToneCourse(
        hop_frames=passages.hop_seconds * sample_rate,
        gains_db=passages.with_edges(gains),
        levels_db=passages.with_edges(_running(passages)),
        makeup_db=passages.with_edges(makeup)[:, 0],
    )


def _tone(passages: Passages, eq: DynamicEQ, loudly: float) -> Array:
    """Return the gains of the bands in dB, ``(points, bands)``, that ``eq`` asks of each passage."""
    moments = decibels(passages.smoothed(passages.thirds, MOMENT_SECONDS))
    near = 10.0 ** (0.1 * passages.around(moments, TONE_SECONDS))
    now = passages.smoothed(passages.thirds, LEVEL_SECONDS)
    free = np.where(THIRD_OCTAVES_HZ < BASS_HZ, 1.0 - BASS_SHARE * loudly, 1.0)
    return eq.tone_for(near, free * music(passages, near, now), now)


def _running(passages: Passages) -> Array:
    """Return the running level of each band in dB, ``(points, bands)``, which a rest does not take down with it."""
    running = band_levels_db(passages.around(passages.thirds, TONE_SECONDS))
    return np.maximum(running, band_levels_db(passages.mean(passages.thirds)) - RUNNING_FLOOR_DB)


def _ride(passages: Passages, ride: float) -> Array:
    """Return the dB by which each point is ridden, ``(points, 1)``."""
    power = 10.0 ** (0.1 * passages.level_lu)
    around = decibels(passages.smoothed(power[:, None], RIDE_SECONDS))
    return np.asarray(ride / 100.0 * np.clip(around, -RIDE_LU, RIDE_LU))

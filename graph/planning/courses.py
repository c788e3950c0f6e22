"""From what the analysis saw to what equaliser and imager do over the track: courses that follow the music.

Every course is smoothed over seconds, leans on the whole track where a moment says little, and never lifts a pause.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...nodes import DynamicEQ, Report, StereoImager, ToneCourse, WidthCourse
from ...nodes.bands import NEUTRAL_DB, THIRD_OCTAVES_HZ, band_levels_db
from ...nodes.stereo_imager import SHARES

Array = NDArray[np.float64]

REST_DB = 12.0
"""So far under that of the track, the running level of a band that rests stays, for the dynamics to know it rests."""

MOMENT_SECONDS = 1.0
TONE_SECONDS = 3.0
WIDTH_SECONDS = 3.0
"""Standard deviation of the Gaussian window through which the course looks at the track."""

WIDTH_SHARE = 0.9
"""How far a passage's width is treated as itself; the rest is the whole track's, which keeps contrasts alive."""

LEVEL_SECONDS = 0.7
"""The same of the loudness that is made up for: well within the 3 s of short-term loudness, well over a beat."""

GATE_LU = 20.0
"""Points this far under the track's loudness say nothing of its tone."""

REST_FROM_LU, REST_TO_LU = 12.0, 24.0
"""Tone fades out between these distances under the track's loudness: rests and fade-outs keep their hiss low."""

LOWEST_PERCENT, HIGHEST_PERCENT = 5.0, 95.0
"""A level is this share of the time at its lowest: that is noise, or a rest of what plays there."""

FLOOR_FROM_DB, FLOOR_TO_DB = 0.5, 3.0
"""From its lowest level on, a third may be lifted from so many dB, and in full from so many."""

STEADY_DB, VARIED_DB = 3.0, 9.0
"""A third that reaches so little over its lowest level does not show a floor, one that reaches so far does."""

DULL_DB, FAINT_DB = 4.0, 8.0
"""So far under the level of records beside the other thirds, a third may be music that is dull; so far, it is faint."""

FALLEN_DB, GONE_DB = 5.0, 10.0
"""A third whose level has fallen so far under the one that the tone goes by begins to rest, so far it does."""

AROUND_SECONDS = 2.0
"""The tone that a rest pulls with it reaches so far to both sides."""

SILENT_LU = 60.0
"""Points this far under the track's loudness are silence, which is nobody's noise floor."""

TINY = 1e-15


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
    thirds = np.nan_to_num(np.asarray(report.course.thirds, dtype=np.float64))
    level, hop = _loudness(report), report.course.hop_seconds
    heard = (level > _loudest(level) - GATE_LU).astype(float)
    moments = _decibels(_smoothed(thirds, MOMENT_SECONDS / hop))
    near = 10.0 ** (0.1 * _around(moments, heard, _mean(moments, heard), TONE_SECONDS / hop))
    free = np.where(THIRD_OCTAVES_HZ < BASS_HZ, 1.0 - BASS_SHARE * asked.loudly, 1.0)
    now = _smoothed(thirds, LEVEL_SECONDS / hop)
    awake = _awake(level, hop)
    tone = asked.share * awake * eq.tone_for(near, free * _music(thirds, near, now, level, hop), now)
    makeup = _ridden(level, hop, asked.ride) - awake[:, 0] * _level_change(eq.loudness_change_db(thirds, tone), hop)
    gains, levels, rides = _with_edges(tone, _running(thirds, heard, hop), makeup[:, None])
    return ToneCourse(hop * sample_rate, gains, levels, rides[:, 0])


def _running(thirds: Array, heard: Array, hop: float) -> Array:
    """Return the running level of each band in dB, ``(points, bands)``, which a rest does not take down with it."""
    whole = _mean(thirds, heard)
    running = band_levels_db(_around(thirds, heard, whole, TONE_SECONDS / hop))
    return np.maximum(running, band_levels_db(whole) - REST_DB)


def _awake(level: Array, hop: float) -> Array:
    """Return 0..1 by which each point is not a rest, ``(points, 1)``: one that is far softer than the track."""
    awake = np.clip((level - _loudest(level) + REST_TO_LU) / (REST_TO_LU - REST_FROM_LU), 0.0, 1.0)
    return _smoothed(awake[:, None], 1.0 / hop)


def _music(thirds: Array, near: Array, now: Array, level: Array, hop: float) -> Array:
    """Return how far each third is music, 1, or noise, 0, ``(points, 31)``.

    What is near its lowest level, and faint beside the rest, is noise or a rest of what plays there; so is what has
    gone from one moment to the next.
    """
    playing = np.clip((_regions(_decibels(now)) - _regions(_decibels(near)) + GONE_DB) / (GONE_DB - FALLEN_DB), 0.0, 1.0)
    share = _lowest(playing, AROUND_SECONDS / hop)
    sounding = level > _loudest(level) - SILENT_LU
    if sounding.any():
        floor, shown = _floor(_decibels(thirds)[sounding], level[sounding])
        above = np.clip((_decibels(near) - floor - FLOOR_FROM_DB) / (FLOOR_TO_DB - FLOOR_FROM_DB), 0.0, 1.0)
        off = _decibels(near) - NEUTRAL_DB
        lack = np.median(off, axis=1, keepdims=True) - off
        faint = np.clip((lack - DULL_DB) / (FAINT_DB - DULL_DB), 0.0, 1.0)
        share = share * (1.0 - shown * (1.0 - above) * faint)
    return np.asarray(share)


def _lowest(values: Array, points: float) -> Array:
    """Return the lowest of ``values`` ``(n, columns)`` within ``points`` of each."""
    reach = round(points)
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0).min(axis=-1)


def _regions(thirds_db: Array) -> Array:
    """Return the mean of each third of ``(points, 31)`` and the two on either side: single notes come and go."""
    padded = np.pad(thirds_db, ((0, 0), (2, 2)), mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 5, axis=1).mean(axis=-1)


def _floor(thirds_db: Array, level: Array) -> tuple[Array, Array]:
    """Return the lowest level of each third ``(31,)`` in dB, and 0..1: how far that shows a floor or a rest.

    It does where the third is often far above; and where it keeps still while the music comes and goes.  A third that
    is as steady as the music is music.
    """
    floor, highest = np.percentile(thirds_db, [LOWEST_PERCENT, HIGHEST_PERCENT], axis=0)
    softest, loudest = np.percentile(level, [LOWEST_PERCENT, HIGHEST_PERCENT])
    varied = (highest - floor - STEADY_DB) / (VARIED_DB - STEADY_DB)
    still = (loudest - softest - 2.0 * (highest - floor) - STEADY_DB) / (VARIED_DB - STEADY_DB)
    return floor, np.clip(np.maximum(varied, still), 0.0, 1.0)


def _ridden(level: Array, hop: float, ride: float) -> Array:
    """Return the dB by which each point is ridden, ``(points,)``; what is far softer than the track stays as it is."""
    around = _decibels(_smoothed(10.0 ** (0.1 * level)[:, None], RIDE_SECONDS / hop))[:, 0] - _loudest(level)
    resting = np.clip((around + REST_TO_LU) / (REST_TO_LU - REST_FROM_LU), 0.0, 1.0)
    return np.asarray(ride / 100.0 * np.clip(around, -RIDE_LU, RIDE_LU) * resting)


def _level_change(change_db: Array, hop: float) -> Array:
    """Return ``change_db`` of the loudness ``(points,)`` as it is heard around each point.

    Its mean in dB: by power, the loudest would decide for the pause beside it.
    """
    return _smoothed(change_db[:, None], LEVEL_SECONDS / hop)[:, 0]


def width_course(
    report: Report, imager: StereoImager, eq: DynamicEQ, tone: ToneCourse, sample_rate: float
) -> WidthCourse:
    """Return what ``imager`` does over the stereo track of ``report``, processed at ``sample_rate`` in Hz.

    It stands behind ``eq``, which follows ``tone``: what that lifts counts for more of a band's width.
    """
    level = _loudness(report)
    heard = (level > _loudest(level) - GATE_LU).astype(float)
    seen = _behind(report, eq.heard_through((tone.gains_db[1:] + tone.gains_db[:-1]) / 2.0))
    whole = _mean(seen, heard)
    near = _around(seen, heard, whole, WIDTH_SECONDS / report.course.hop_seconds)
    for_whole, local = (imager.width_for(_ratio_db(x[:, 3:6], x[:, :3]), x[:, 6:]) for x in (whole[None], near))
    gains = for_whole + WIDTH_SHARE * (local - for_whole)
    return WidthCourse(report.course.hop_seconds * sample_rate, *_with_edges(gains))


def _behind(report: Report, through: Array) -> Array:
    """Return middle and side by band and the side by third octaves, ``(points, 37)``, with ``through`` on the thirds.

    Bands are known exactly; by how much they rise, from the thirds.
    """
    thirds, middle, side, across = (
        np.nan_to_num(np.asarray(energies, dtype=np.float64))
        for energies in (report.course.thirds, report.course.mid, report.course.side, report.course.side_thirds)
    )
    along = np.maximum(thirds / 2.0 - across, 0.0)
    middle, side = (
        band * ((third * through) @ SHARES.T + TINY) / (third @ SHARES.T + TINY)
        for band, third in ((middle, along), (side, across))
    )
    return np.concatenate([middle, side, across * through], axis=1)


def _with_edges(*courses: Array) -> list[Array]:
    """Move the points, each the mean of its hop, onto the hops' starts: a point in between and one at each end."""
    moved = []
    for course in courses:
        padded = np.concatenate([course[:1], course, course[-1:]])
        moved.append((padded[1:] + padded[:-1]) / 2.0)
    return moved


def _decibels(power: Array) -> Array:
    decibels: Array = 10.0 * np.log10(np.maximum(power, TINY))
    return decibels


def _loudness(report: Report) -> Array:
    """Return the level of every point in LUFS (up to a constant), ``(points,)``."""
    power = np.nan_to_num(np.asarray(report.course.k_power, dtype=np.float64))
    return _decibels(power)


def _loudest(level: Array) -> float:
    """Return the loudness of the track that ``level`` is measured against: gated once, so that pauses do not count."""
    power = 10.0 ** (level / 10.0)
    loud = power[power > 0.01 * power.mean()]
    return float(10.0 * np.log10(max(loud.mean() if loud.size else 0.0, TINY)))


def _mean(energies: Array, heard: Array) -> Array:
    """Return the mean of ``energies`` ``(points, ...)`` over the points that are ``heard``."""
    weights = heard if heard.any() else np.ones_like(heard)
    mean: Array = np.average(energies, axis=0, weights=weights)
    return mean


def _around(energies: Array, heard: Array, whole: Array, points: float) -> Array:
    """Return ``energies`` seen through a Gaussian of ``points``; where little is heard, the ``whole`` track's shape."""
    weight = _smoothed(heard[:, None], points)
    seen = _smoothed(energies * heard[:, None], points)
    little = 0.05
    return (seen + little * whole) / (weight + little)


def _smoothed(values: Array, points: float) -> Array:
    """Return ``values`` ``(n, columns)`` convolved with a Gaussian whose deviation is ``points``; edges are held."""
    reach = max(1, round(3.0 * points))
    shape = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(points, 1e-3)) ** 2)
    shape /= shape.sum()
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, shape, mode="valid") for column in padded.T], axis=1)


def _ratio_db(side: Array, middle: Array) -> Array:
    """Return side to middle in dB; what is silent counts as mono, -150 dB."""
    ratio: Array = 10.0 * np.log10(np.maximum(side, TINY) / np.maximum(middle, TINY))
    return np.where(side > TINY, ratio, -150.0)

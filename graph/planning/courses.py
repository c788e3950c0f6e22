"""From what the analysis saw to what equaliser and imager do over the track: courses that follow the music.

Every course is smoothed over seconds, leans on the whole track where a moment says little, and never lifts a pause.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...nodes import DynamicEQ, Report, StereoImager, ToneCourse, WidthCourse
from ...nodes.bands import band_levels_db
from ...nodes.stereo_imager import SHARES

Array = NDArray[np.float64]

TONE_SECONDS = 3.0
WIDTH_SECONDS = 3.0
"""Standard deviation of the Gaussian window through which the course looks at the track."""

LOCAL_SHARE = 0.9
"""How far a passage is treated as itself; the rest is the whole track's correction, which keeps contrasts alive."""

GATE_LU = 20.0
"""Points this far under the track's loudness say nothing of its tone."""

PAUSE_FROM_LU, PAUSE_TO_LU = 30.0, 45.0
"""Lifting fades out between these distances under the track's loudness: pauses and fade-outs keep their hiss low."""

TINY = 1e-15


def tone_course(report: Report, eq: DynamicEQ, sample_rate: float) -> ToneCourse:
    """Return what ``eq`` does over the track of ``report``, processed at ``sample_rate`` in Hz.

    It does not ask what the imager will do: so the mono sum comes out the same, stereo image or not.
    """
    thirds = np.nan_to_num(np.asarray(report.course.thirds, dtype=np.float64))
    level = _loudness(report)
    heard = (level > _loudest(level) - GATE_LU).astype(float)
    whole = _mean(thirds, heard)
    near = _around(thirds, heard, whole, TONE_SECONDS / report.course.hop_seconds)
    tone_whole = eq.tone_for(whole[None])
    tone = tone_whole + LOCAL_SHARE * (eq.tone_for(near) - tone_whole)
    awake = np.clip(1.0 + (level - _loudest(level) + PAUSE_FROM_LU) / (PAUSE_TO_LU - PAUSE_FROM_LU), 0.0, 1.0)
    awake = _smoothed(awake[:, None], 1.0 / report.course.hop_seconds)
    tone = np.where(tone > 0.0, tone * awake, tone)
    return ToneCourse(report.course.hop_seconds * sample_rate, *_with_edges(tone, band_levels_db(near)))


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
    gains = for_whole + LOCAL_SHARE * (local - for_whole)
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


def _loudness(report: Report) -> Array:
    """Return the level of every point in LUFS (up to a constant), ``(points,)``."""
    power = np.nan_to_num(np.asarray(report.course.k_power, dtype=np.float64))
    return 10.0 * np.log10(np.maximum(power, TINY))


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

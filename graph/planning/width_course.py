"""What the imager does over a track: widths that follow the music."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...nodes import DynamicEQ, Report, StereoImager, ToneCourse, WidthCourse
from ...nodes.stereo_imager import SHARES
from .passages import TINY, Passages

Array = NDArray[np.float64]

WIDTH_SECONDS = 3.0
"""Deviation of the Gaussian through which the course looks at the track."""

LOCAL_SHARE = 0.9
"""How far a passage is treated as itself; the rest is the whole track's, which keeps contrasts alive."""


def width_course(
    report: Report, imager: StereoImager, eq: DynamicEQ, tone: ToneCourse, sample_rate: float
) -> WidthCourse:
    """Return what ``imager`` does over the stereo track of ``report``, processed at ``sample_rate`` in Hz.

    It stands behind ``eq``, which follows ``tone``: what that lifts counts for more of a band's width.
    """
    passages = Passages(report)
    seen = _behind(passages, eq.heard_through((tone.gains_db[1:] + tone.gains_db[:-1]) / 2.0))
    whole, near = passages.mean(seen)[None], passages.around(seen, WIDTH_SECONDS)
    for_whole, local = (imager.width_for(_ratio_db(x[:, 3:6], x[:, :3]), x[:, 6:]) for x in (whole, near))
    gains = for_whole + LOCAL_SHARE * (local - for_whole)
    return WidthCourse(passages.hop_seconds * sample_rate, passages.with_edges(gains))


def _behind(passages: Passages, through: Array) -> Array:
    """Return middle and side by band and the side by third octaves, ``(points, 37)``, with ``through`` on the thirds.

    Bands are known exactly; by how much they rise, from the thirds.
    """
    course = passages.report.course
    middle, side, across = (
        np.nan_to_num(np.asarray(energies, dtype=np.float64))
        for energies in (course.mid, course.side, course.side_thirds)
    )
    along = np.maximum(passages.thirds / 2.0 - across, 0.0)
    middle, side = (
        band * ((third * through) @ SHARES.T + TINY) / (third @ SHARES.T + TINY)
        for band, third in ((middle, along), (side, across))
    )
    return np.concatenate([middle, side, across * through], axis=1)


def _ratio_db(side: Array, middle: Array) -> Array:
    """Return side to middle in dB; what is silent counts as mono, -150 dB."""
    ratio: Array = 10.0 * np.log10(np.maximum(side, TINY) / np.maximum(middle, TINY))
    return np.where(side > TINY, ratio, -150.0)

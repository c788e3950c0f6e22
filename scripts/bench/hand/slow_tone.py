"""The slow part of the equaliser by itself: its response over the track, and the sound that it alone makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....graph import ArraySource, Plan
from ....nodes import DynamicEQ, Report, Spec
from ....nodes.bands import THIRD_OCTAVES_HZ
from ..music import BLOCK, Excerpt

Array = NDArray[np.float64]

HEARD = (THIRD_OCTAVES_HZ > 24.0) & (THIRD_OCTAVES_HZ < 17000.0)
"""The third octaves from 25 Hz to 16 kHz, of 31."""

OPPOSED_DB = 4.0


@dataclass(frozen=True)
class Movement:
    """How far a slow part moves a track: dB, dB an octave between neighbouring thirds, and a share of the time.

    ``opposed`` is the share of points at which a band lies above +4 dB and its neighbour below -4 dB.  ``level`` (LU)
    is how far its gain in K-weighted loudness reaches over the track: from the 5th to the 95th percentile.
    """

    median: float
    high: float
    most: float
    steepest: float
    opposed: float
    level: float

    def cells(self) -> list[float]:
        """Return median, 95th percentile, maximum, steepest, opposed in percent, and reach of the level."""
        return [self.median, self.high, self.most, self.steepest, 100.0 * self.opposed, self.level]


def slow_eq(plan: Plan) -> DynamicEQ:
    """Return the equaliser of ``plan`` with its fast part at rest."""
    eq = DynamicEQ(**plan.values["dynamic_eq"] | {"ratio": 1.0})
    eq.follow(plan.tone)
    return eq


def response_db(plan: Plan) -> Array:
    """Return the net response of the slow part at the plan's intensity, ``(points, 31)`` by third octaves, dB."""
    return np.asarray(10.0 * np.log10(slow_eq(plan).heard_through(plan.tone.gains_db)))


def movement(plan: Plan, report: Report) -> Movement:
    """Return how far the slow part of ``plan`` moves the track of ``report`` over time and third octaves."""
    thirds = response_db(plan)
    heard = thirds[:, HEARD]
    bands = 0.01 * plan.values["dynamic_eq"]["intensity"] * plan.tone.gains_db
    low, high = np.minimum(bands[:, 1:], bands[:, :-1]), np.maximum(bands[:, 1:], bands[:, :-1])
    reach = np.percentile(_loudness_gain_db(thirds, report), [5.0, 95.0])
    return Movement(
        median=float(np.median(np.abs(heard))),
        high=float(np.percentile(np.abs(heard), 95.0)),
        most=float(np.abs(heard).max()),
        steepest=float(3.0 * np.abs(np.diff(heard, axis=1)).max()),
        opposed=float(((high > OPPOSED_DB) & (low < -OPPOSED_DB)).any(axis=1).mean()),
        level=float(np.ptp(reach)),
    )


def _loudness_gain_db(thirds_db: Array, report: Report) -> Array:
    """Return what a response ``(points, 31)`` does to the K-weighted level of the music at each heard point, dB."""
    power = np.nan_to_num(np.asarray(report.course.thirds, dtype=np.float64)) * 10.0 ** (0.1 * k_weight_db())
    middle = 0.5 * (thirds_db[1:] + thirds_db[:-1])[: len(power)]
    power = power[: len(middle)]
    level = power.sum(axis=1)
    heard = level > 0.01 * level.max()
    after = (power * 10.0 ** (0.1 * middle)).sum(axis=1)
    return np.asarray(10.0 * np.log10(after[heard] / level[heard])) if heard.any() else np.zeros(1)


def k_weight_db() -> Array:
    """Return the K-weighting of BS.1770 at the third octaves, ``(31,)`` dB: a shelf of 4 dB and a high-pass at 38 Hz.

    The analogue prototypes whose bilinear forms the standard tabulates (De Man, "Evaluation of implementations of the
    EBU R128 loudness measurement", AES 145, 2018).
    """
    s = 1j * THIRD_OCTAVES_HZ
    high_hz, q, gain = 1681.974450955533, 0.7071752369554196, 10.0 ** (3.999843853973347 / 20.0)
    edge = gain**0.4996667741545416
    shelf = (gain * s * s + edge * s * high_hz / q + high_hz**2) / (s * s + s * high_hz / q + high_hz**2)
    low_hz, low_q = 38.13547087602444, 0.5003270373238773
    cut = s * s / (s * s + s * low_hz / low_q + low_hz**2)
    return np.asarray(20.0 * np.log10(np.abs(shelf * cut)))


def slow_part(excerpt: Excerpt, plan: Plan) -> Array:
    """Return ``excerpt`` through the slow part of ``plan`` and nothing else, ``(2, frames)``."""
    eq = slow_eq(plan)
    eq.prepare(Spec(excerpt.rate, excerpt.audio.shape[0], BLOCK))
    return np.concatenate(list(_through(eq, excerpt)), axis=1)


def _through(eq: DynamicEQ, excerpt: Excerpt) -> Iterator[Array]:
    for block in ArraySource(excerpt.audio, excerpt.rate).blocks(BLOCK):
        eq.process_block(block)
        yield block

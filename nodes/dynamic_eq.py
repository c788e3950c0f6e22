"""The dynamic equaliser: brings the tone of a track to a target curve, and tightens or widens its dynamics by band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .bands import (
    BANDS_HZ,
    EMPTY_DB,
    LIFT,
    NEUTRAL_DB,
    RESPONSE_STEP_DB,
    THIRD_WEIGHTS,
    TOLERANCE_DB,
    WEIGHTS,
    at_bands,
    band_responses,
    band_tables,
    fitting_matrix,
    k_weighting,
    q_of,
    shape_of,
    solving_matrix,
    target_levels_db,
    third_gains_db,
    third_levels_db,
)
from .base import Spec
from .flat import FlatNode
from .kernels import bank
from .kernels import dynamic_eq as kernels
from .kernels.filters import COEFFICIENTS, TABLE_ROWS
from .kernels.smooth import glide_coefficient
from .kernels.tone_fit import fitted_course
from .params import Param

Array = NDArray[np.float64]

GLIDE_MS = 120.0
SOLVE = solving_matrix()
NEUTRAL = target_levels_db(NEUTRAL_DB)
RESPONSES = band_responses()
FIT = fitting_matrix(RESPONSES)
K_WEIGHTING = k_weighting()
NEUTRAL_THIRDS = third_levels_db(10.0 ** (NEUTRAL_DB / 10.0))
_SCALE = {"intensity": 0.01, "amount": 0.01, "attack_ms": 1e-3, "release_ms": 1e-3}


def _target(hz: int) -> Param:
    return Param(
        float(NEUTRAL[BANDS_HZ.index(hz)]), -60.0, 20.0, unit="dB", smooth_ms=GLIDE_MS,
        doc=f"Level at {hz} Hz that the tone is brought to, relative to the other bands.",
    )  # fmt: skip


def _trim(hz: int) -> Param:
    return Param(0.0, -12.0, 12.0, unit="dB", smooth_ms=GLIDE_MS, doc=f"Gain at {hz} Hz by hand, on top of all else.")


@dataclass(frozen=True, slots=True)
class ToneCourse:
    """What the offline driver knows ahead of time, a point every ``hop_frames`` from frame 0 of the stream.

    ``gains_db`` ``(points, bands)`` is the slow tonal part at intensity 100; ``levels_db`` ``(points, bands)`` the
    running level of each band, dBFS mean square, that the fast part refers to.  ``makeup_db`` ``(points,)`` goes on
    top of all bands, at intensity 100: it takes back what the gains do to the loudness, and rides the level.
    """

    hop_frames: float
    gains_db: Array
    levels_db: Array
    makeup_db: Array


class DynamicEQ(FlatNode):
    """Twelve bands from 40 Hz to 15 kHz: shelves at the ends, bells 0.83 octaves apart.

    What it does to the sound: a slow part moves what hardly any record has to where half of all have it, within
    ``range_db`` and 6 dB an octave, and to what the target curve has on theirs; what lies there already is left alone.
    It moves tone, not level: what it does to the loudness it takes back.  A fast part lowers (``ratio`` above 1,
    "tight") or raises (below 1, "wide") what stands out of the band's running level.  ``intensity`` scales both; at
    0, with the trims at 0, the input passes bit for bit.  Given a ``ToneCourse`` it follows the music as the whole
    analysis knows it; without one it goes by what it has heard.  Latency 0.  About 75 ns a stereo frame.
    """

    id = "dynamic_eq"
    kernels: ClassVar[Any] = kernels

    intensity: Param = Param(
        100.0, 0.0, 100.0, unit="%", smooth_ms=GLIDE_MS, doc="How much of the correction is applied."
    )
    amount: Param = Param(
        100.0, 0.0, 100.0, unit="%", smooth_ms=GLIDE_MS, doc="Share of what is to be moved, and of the colour."
    )
    range_db: Param = Param(
        6.0, 0.0, 12.0, unit="dB", smooth_ms=GLIDE_MS, doc="Most that the slow part lifts or lowers."
    )
    ratio: Param = Param(
        1.0, 0.5, 4.0, unit=":1", taper="log", smooth_ms=GLIDE_MS, doc="Above 1 compresses, below 1 expands."
    )
    threshold_db: Param = Param(
        2.0, -12.0, 24.0, unit="dB", smooth_ms=GLIDE_MS, doc="Where the fast part sets in, over the running level."
    )
    knee_db: Param = Param(6.0, 0.1, 24.0, unit="dB", smooth_ms=GLIDE_MS, doc="Width of the knee of the fast part.")
    attack_ms: Param = Param(
        15.0, 5.0, 200.0, unit="ms", taper="log", smooth_ms=GLIDE_MS, doc="Attack of the fast part."
    )
    release_ms: Param = Param(
        140.0, 20.0, 2000.0, unit="ms", taper="log", smooth_ms=GLIDE_MS, doc="Release of the fast part."
    )
    dynamic_range_db: Param = Param(
        4.0, 0.0, 12.0, unit="dB", smooth_ms=GLIDE_MS, doc="Most that the fast part moves a band."
    )
    target_40_db: Param = _target(40)
    target_63_db: Param = _target(63)
    target_112_db: Param = _target(112)
    target_200_db: Param = _target(200)
    target_355_db: Param = _target(355)
    target_630_db: Param = _target(630)
    target_1120_db: Param = _target(1120)
    target_2000_db: Param = _target(2000)
    target_3550_db: Param = _target(3550)
    target_6300_db: Param = _target(6300)
    target_11200_db: Param = _target(11200)
    target_15000_db: Param = _target(15000)
    trim_40_db: Param = _trim(40)
    trim_63_db: Param = _trim(63)
    trim_112_db: Param = _trim(112)
    trim_200_db: Param = _trim(200)
    trim_355_db: Param = _trim(355)
    trim_630_db: Param = _trim(630)
    trim_1120_db: Param = _trim(1120)
    trim_2000_db: Param = _trim(2000)
    trim_3550_db: Param = _trim(3550)
    trim_6300_db: Param = _trim(6300)
    trim_11200_db: Param = _trim(11200)
    trim_15000_db: Param = _trim(15000)

    def _set_up(self) -> None:
        super()._set_up()
        self._course: ToneCourse | None = None

    def follow(self, course: ToneCourse | None) -> None:
        """Take the slow part from ``course`` from the next frame on; None goes back to listening."""
        self._course = course
        if self.spec is not None:
            self._attach()

    def locate(self, frame: int) -> None:
        """Read the course from ``frame`` on."""
        clock = self.memory.parts.clock
        clock[kernels.OFFSET] = frame - clock[kernels.FRAME]

    def gains_db(self) -> Array:
        """Return the gain of each band in dB at the last control tick, ``(bands,)``."""
        gains: Array = self.memory.parts.gains.copy()
        return gains

    def tone_for(self, third_octaves: Array, music: Array | None = None, now: Array | None = None) -> Array:
        """Return the slow part in dB, ``(points, bands)``, for mean squares ``third_octaves`` ``(points, 31)``.

        Finer than what the node hears by itself: the gains are fitted to the third octaves.  ``music`` ``(points,
        31)`` is how far each is music, 1, or noise, 0, which is not to rise against the loudness of its point; that is
        the loudness of ``now``, mean squares ``(points, 31)``, where the moment differs from what the tone goes by.
        """
        levels = third_levels_db(third_octaves)
        heard = (third_octaves if now is None else now) * K_WEIGHTING
        heard = heard / np.maximum(heard.sum(axis=1, keepdims=True), 1e-30)
        music = np.ones_like(levels) if music is None else np.ascontiguousarray(music)
        gains = np.zeros((len(levels), len(BANDS_HZ)))
        targets = np.array([self.values[self.slots[f"target_{hz}_db"]] for hz in BANDS_HZ])
        fitted_course(
            levels, heard, music, NEUTRAL_THIRDS, THIRD_WEIGHTS, TOLERANCE_DB, LIFT, EMPTY_DB,
            SOLVE @ (targets - NEUTRAL), self.amount / 100.0, self.range_db, RESPONSES, FIT, RESPONSE_STEP_DB,
            np.zeros((8, levels.shape[1])), gains,
        )  # fmt: skip
        return gains

    def loudness_change_db(self, third_octaves: Array, gains_db: Array) -> Array:
        """Return by how many dB ``gains_db`` ``(points, bands)`` raise the K-weighted loudness, ``(points,)``.

        ``third_octaves`` ``(points, 31)`` are the mean squares of what they are applied to, at the intensity set.
        """
        heard = third_octaves * K_WEIGHTING + 1e-30
        return np.asarray(10.0 * np.log10((heard * self.heard_through(gains_db)).sum(axis=1) / heard.sum(axis=1)))

    def heard_through(self, gains_db: Array) -> Array:
        """Return the factor on the power of each third octave, ``(points, 31)``, of slow gains ``(points, bands)``."""
        moved: Array = 10.0 ** (0.1 * third_gains_db(self.intensity / 100.0 * gains_db, RESPONSES))
        return moved

    def _prepare(self, spec: Spec) -> int:
        rate = spec.sample_rate
        m = self._allocate(spec, pairs=(spec.channels + 1) // 2)
        m.scales[:] = 1.0
        for name, scale in _SCALE.items():
            m.scales[kernels.PLAIN.index(name)] = scale
        m.glide_rate[...], m.tick_seconds[...] = glide_coefficient(GLIDE_MS, rate / bank.TICK), bank.TICK / rate
        m.tables[:] = band_tables(rate)
        m.at_rest[:] = _workspace(m.tables, rate)
        m.neutral[:], m.weights[:], m.solve[:] = NEUTRAL, WEIGHTS, SOLVE
        m.tolerance[:], m.lift[:], m.empty[:] = at_bands(TOLERANCE_DB), at_bands(LIFT), at_bands(EMPTY_DB)
        m.k_weighting[:] = at_bands(K_WEIGHTING)
        self._attach()
        return 0

    def _attach(self) -> None:
        """Have the memory point at the course."""
        course, none = self._course, np.zeros((0, len(BANDS_HZ)))
        makeup = course.makeup_db[:, None] if course else np.zeros((0, 1))
        self._memory.parts.course_hop[...] = course.hop_frames if course else 1.0
        self._memory.attach("course_gains", course.gains_db if course else none)
        self._memory.attach("course_levels", course.levels_db if course else none)
        self._memory.attach("course_makeup", makeup)


def _workspace(tables: Array, sample_rate: float) -> Array:
    """Return the workspace of a pair of channels at rest, ``(bank.SIZE,)``: neutral sections, empty detectors.

    The power of a band is followed over at least 6 ms and one and a half of its waves, or it would follow the waves.
    """
    rows = np.zeros((bank.SIZE // bank.LANES, 2, len(BANDS_HZ)))
    rows[:COEFFICIENTS] = tables[:, TABLE_ROWS // 2].T[:, None]
    rows[bank.BEHIND // bank.LANES] = np.arange(len(BANDS_HZ))
    for band, hz in enumerate(BANDS_HZ):
        g, k = np.tan(np.pi * min(hz / sample_rate, 0.45)), 1.0 / q_of(band)
        shares = {"low_shelf": (0.0, 0.0, 1.0), "bell": (0.0, k, 0.0), "high_shelf": (1.0, -k, -1.0)}[shape_of(band)]
        seconds = max(0.006, 1.5 / hz)
        detector = g, 1.0 / (1.0 + g * (g + k)), *shares, -np.expm1(-1.0 / (seconds * sample_rate))
        rows[bank.HG // bank.LANES : bank.H_S1 // bank.LANES, :, band] = np.array(detector)[:, None]
    return rows.reshape(-1)

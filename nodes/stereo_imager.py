"""The stereo imager: sets the width of the low, mid and high band, by hand or by what records do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .bands import RESPONSE_STEP_DB, responses
from .base import Spec
from .flat import FlatNode
from .kernels import stereo_imager as kernels
from .kernels.filters import Shape, gain_table
from .kernels.smooth import glide_coefficient
from .kernels.spectrum import THIRD_OCTAVE_EDGES_HZ, WIDTH_EDGES_HZ
from .kernels.width_fit import fitted_width
from .params import Param

Array = NDArray[np.float64]

GLIDE_MS = 120.0
CROSSOVERS_HZ = (200.0, 3000.0)
"""Between the low, the mid and the high band."""

SHELF_Q = 0.7
SHELVES: tuple[Shape, Shape] = ("low_shelf", "high_shelf")
RESPONSES = np.stack([responses(shape, hz, SHELF_Q) for shape, hz in zip(SHELVES, CROSSOVERS_HZ, strict=True)])
"""What the shelves do in each third octave, ``(2, 73, 31)`` dB."""


def _shares() -> Array:
    """Return which part of each third octave lies in each band, ``(3, 31)``."""
    edges = THIRD_OCTAVE_EDGES_HZ
    low, high = (np.clip(e[:, None], edges[:-1], edges[1:]) for e in (WIDTH_EDGES_HZ[:-1], WIDTH_EDGES_HZ[1:]))
    return np.asarray((high - low) / np.diff(edges), dtype=np.float64)


SHARES = _shares()

_DEAD_BAND = {"low": (-19.2, -16.8), "mid": (-10.0, -7.6), "high": (-9.9, -7.5)}
# The middle quarter of side minus mid in 568 released records; the lows a little on the mono-safe side of it.  No
# wider: versions of one mix that differ by 10 dB end within 2.4 dB, which leaves a third of their spread.


_EDGES = [[f"{side}_{band}_db" for band in _DEAD_BAND] for side in ("narrow", "wide")]


def _edge(band: str, side: int, what: str) -> Param:
    return Param(_DEAD_BAND[band][side], -60.0, 6.0, unit="dB", smooth_ms=0.0, doc=f"Side to mid {what}.")


@dataclass(frozen=True, slots=True)
class WidthCourse:
    """Gain of the side in dB that correction asks for, ``(points, 3)``, a point every ``hop_frames`` from frame 0."""

    hop_frames: float
    gains_db: Array


class StereoImager(FlatNode):
    """Widens or tightens the low (below 200 Hz), mid and high (above 3 kHz) band.

    What it does to the sound: an equaliser of two shelves and a level on the side signal; the mono sum passes
    untouched at any setting.  ``amount`` brings a band whose side-to-mid ratio lies outside its dead band to the
    nearer edge: ``narrow_*_db`` to ``wide_*_db``, where the middle quarter of released records lies.  A mono
    band stays mono.  At widths 1 and amount 0 the input passes bit for bit; so does every layout other than stereo.
    Latency 0.
    """

    id = "stereo_imager"
    kernels: ClassVar[Any] = kernels

    low_width: Param = Param(
        1.0, 0.0, 2.0, smooth_ms=GLIDE_MS, doc="Factor on the side below 200 Hz; 0 is mono (-30 dB)."
    )
    mid_width: Param = Param(
        1.0, 0.0, 2.0, smooth_ms=GLIDE_MS, doc="Factor on the side from 200 Hz to 3 kHz; 0 is mono."
    )
    high_width: Param = Param(
        1.0, 0.0, 2.0, smooth_ms=GLIDE_MS, doc="Factor on the side above 3 kHz; 0 is mono (-30 dB)."
    )
    amount: Param = Param(
        0.0, 0.0, 100.0, unit="%", smooth_ms=GLIDE_MS, doc="How much of a band's deviation is corrected."
    )
    narrow_low_db: Param = _edge("low", 0, "below which the lows are opened")
    wide_low_db: Param = _edge("low", 1, "above which the lows are tightened")
    narrow_mid_db: Param = _edge("mid", 0, "below which the mids are opened")
    wide_mid_db: Param = _edge("mid", 1, "above which the mids are tightened")
    narrow_high_db: Param = _edge("high", 0, "below which the highs are opened")
    wide_high_db: Param = _edge("high", 1, "above which the highs are tightened")

    def _set_up(self) -> None:
        super()._set_up()
        self._course: WidthCourse | None = None

    def follow(self, course: WidthCourse | None) -> None:
        """Take corrections from ``course`` from the next frame on; None goes back to listening."""
        self._course = course
        if self.spec is not None:
            self._attach()

    def locate(self, frame: int) -> None:
        """Read the course from ``frame`` on."""
        clock = self.memory.parts.clock
        clock[kernels.OFFSET] = frame - clock[kernels.FRAME]

    def width_for(self, side_to_mid_db: Array, side_thirds: Array) -> Array:
        """Return the gains of the side in dB, ``(points, 3)``, that this node's dead band asks for at amount 100.

        Of the bands' ``side_to_mid_db`` ``(points, 3)`` and the side's mean squares by third octave, ``(points, 31)``:
        finer than what the node hears by itself, so that the bands come out where they are to.
        """
        gains = np.zeros_like(side_to_mid_db)
        fitted_width(side_to_mid_db, side_thirds, SHARES, self._edges(), RESPONSES, RESPONSE_STEP_DB, gains)
        return gains

    def _edges(self) -> Array:
        return np.array([[getattr(self, name) for name in names] for names in _EDGES])

    def _prepare(self, spec: Spec) -> int:
        rate, m = spec.sample_rate, self._allocate(spec)
        m.glide_rate[...], m.tick_seconds[...] = glide_coefficient(GLIDE_MS, rate / kernels.TICK), kernels.TICK / rate
        for shelf, (shape, hz) in enumerate(zip(SHELVES, CROSSOVERS_HZ, strict=True)):
            m.tables[shelf] = gain_table(shape, hz, SHELF_Q, rate)
        g = np.tan(np.pi * np.minimum(np.array(CROSSOVERS_HZ) / rate, 0.45))
        m.crossovers[:] = np.stack([g, 1.0 / (1.0 + g * (g + 2.0))], axis=1)
        self._attach()
        return 0

    def _attach(self) -> None:
        """Have the memory point at the course."""
        course = self._course
        self._memory.parts.course_hop[...] = course.hop_frames if course else 1.0
        self._memory.attach("course", course.gains_db if course else np.zeros((0, 3)))

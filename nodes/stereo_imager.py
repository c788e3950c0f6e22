"""The stereo imager: sets the width of the low, mid and high band, by hand or by what records do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .bands import RESPONSE_STEP_DB, responses
from .base import Block, Node, Spec
from .kernels import stereo_imager as kernels
from .kernels.filters import COEFFICIENTS, TABLE_ROWS, Shape, gain_table
from .kernels.smooth import glide_coefficient
from .kernels.spectrum import THIRD_OCTAVE_EDGES_HZ, WIDTH_EDGES_HZ
from .kernels.width_fit import fitted_width
from .params import Param

Array = NDArray[np.float64]

GLIDE_MS = 120.0
MONO = 10.0 ** (-30.0 / 20.0)
"""Factor on the side that stands for none: 30 dB down."""

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


class StereoImager(Node):
    """Widens or tightens the low (below 200 Hz), mid and high (above 3 kHz) band.

    What it does to the sound: an equaliser of two shelves and a level on the side signal; the mono sum passes
    untouched at any setting.  ``amount`` brings a band whose side-to-mid ratio lies outside its dead band to the
    nearer edge: ``narrow_*_db`` to ``wide_*_db``, where the middle quarter of released records lies.  A mono
    band stays mono.  At widths 1 and amount 0 the input passes bit for bit; so does every layout other than stereo.
    Latency 0.
    """

    id = "stereo_imager"

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

    def follow(self, course: WidthCourse | None) -> None:
        """Take corrections from ``course`` from the next frame on; None goes back to listening."""
        self._hop = course.hop_frames if course else 1.0
        self._course = np.ascontiguousarray(course.gains_db) if course else np.zeros((0, 3))

    def locate(self, frame: int) -> None:
        """Read the course from ``frame`` on."""
        self._clock[kernels.OFFSET] = frame - self._clock[kernels.FRAME]

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
        if not hasattr(self, "_hop"):
            self.follow(None)
        rate = spec.sample_rate
        self._tables = np.stack(
            [gain_table(shape, hz, SHELF_Q, rate) for shape, hz in zip(SHELVES, CROSSOVERS_HZ, strict=True)]
        )
        g = np.tan(np.pi * np.minimum(np.array(CROSSOVERS_HZ) / rate, 0.45))
        self._crossovers = np.stack([g, 1.0 / (1.0 + g * (g + 2.0))], axis=1)
        self._clock = np.zeros(kernels.CLOCK, dtype=np.int64)
        self._wishes, self._settings = np.zeros((2, 4))
        self._glides = np.zeros((4, 3))
        self._sections = np.zeros((2, 2, COEFFICIENTS))
        self._section_state = np.zeros((2, 2))
        self._level = np.ones(2)
        self._crossover_state = np.zeros((2, 2, 2))
        self._power, self._slow = np.zeros((2, 2, 3))
        self._measured = np.zeros(3)
        self._side = np.zeros(kernels.TICK)
        self._dead_band = np.zeros((2, 3))
        self._edge_places = np.array([[self.slots[name] for name in names] for names in _EDGES])
        return 0

    def _reset(self) -> None:
        self._wish()
        self._glides[:] = self._wishes[:, None]
        for state in (self._clock, self._section_state, self._crossover_state, self._power, self._slow, self._measured):
            state[:] = 0
        self._sections[:] = self._tables[:, TABLE_ROWS // 2]
        self._level[:] = 1.0

    def _wish(self) -> None:
        # Widths glide in decibels, floor included: a floor met on the way would be a corner, which clicks.
        widths = np.maximum((self.low_width, self.mid_width, self.high_width), MONO)
        self._wishes[:3] = 20.0 * np.log10(widths)
        self._wishes[3] = self.amount / 100.0
        self.values.take(self._edge_places, out=self._dead_band)

    def _process(self, block: Block) -> None:
        if block.shape[0] != 2:
            return
        self._wish()
        rate = self._prepared().sample_rate
        kernels.process(
            block, self._clock, self._wishes, self._glides, glide_coefficient(GLIDE_MS, rate / kernels.TICK),
            self._settings, self._tables, self._sections, self._section_state, self._level, self._crossovers,
            self._crossover_state, self._power, self._slow, self._measured, self._dead_band, self._side, self._hop,
            self._course, kernels.TICK / rate,
        )  # fmt: skip

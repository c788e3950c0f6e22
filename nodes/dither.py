"""Dither: the last node before an integer format."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .base import Block, Node, Spec
from .kernels.dither import dither
from .params import Choice

SHAPES: dict[str, tuple[float, ...]] = {
    "none": (),
    # Wannamaker 1992, nine taps for the F-weighting of 15-phon hearing, designed for 44.1 kHz.
    "weighted": (2.412, -3.370, 3.937, -4.174, 3.353, -2.205, 1.281, -0.569, 0.0847),
}
MADE_FOR_HZ = 40000.0, 50000.0
"""Elsewhere the filter's dip would not lie where hearing is keenest: there is no shaping at other rates."""


class Dither(Node):
    """Requantise to the grid of an integer format, with triangular dither of 2 LSB peak to peak.

    The error's mean and variance then do not depend on the signal: no distortion, no breathing noise, only a steady
    hiss at 0.5 LSB RMS.  ``weighted`` moves this noise to where hearing is dull (44.1 and 48 kHz only).  Samples that
    are on the grid already pass bit for bit.  Independent in each channel, the same at each run.  No latency.
    """

    id = "dither"

    bits: Choice = Choice(
        "off", ("off", "16", "20", "24"), doc="Bits of the integer format to come; off passes untouched."
    )
    shaping: Choice = Choice(
        "none", tuple(SHAPES), doc="Spectrum of the noise: white, or weighted by hearing (44.1, 48 kHz)."
    )

    def _prepare(self, spec: Spec) -> int:
        low, high = MADE_FOR_HZ
        self._taps = {name: np.array(taps if low <= spec.sample_rate <= high else ()) for name, taps in SHAPES.items()}
        self._errors = np.zeros((spec.channels, max(len(taps) for taps in SHAPES.values())))
        self._clock = np.zeros(1, dtype=np.int64)
        return 0

    def _reset(self) -> None:
        self._errors[:] = 0.0
        self._clock[0] = 0

    def skip(self, frames: int) -> None:
        """Go on as if ``frames`` had passed: a part of a stream then gets the dither that it has in the whole."""
        self._clock[0] += frames

    def _process(self, block: Block) -> None:
        if self.bits == "off":
            self._clock[0] += block.shape[1]
            self._errors[:] = 0.0
        else:
            dither(block, self._clock, self._errors, self._shape(), 2.0 ** (int(self.bits) - 1))

    def _shape(self) -> NDArray[np.float64]:
        return self._taps[self.shaping]


def peak_margin(bits: str, shaping: str = "none") -> float:
    """Return how far a sample can move at most, in linear full scale: what a ceiling before ``Dither`` has to spare.

    The error in the loop is within 1.5 LSB, 1 of dither and 0.5 of rounding; the filter can add up nine of them.
    """
    if bits == "off":
        return 0.0
    return 1.5 * (1.0 + sum(abs(tap) for tap in SHAPES[shaping])) / 2.0 ** (int(bits) - 1)

"""Dither: the last node before an integer format."""

from __future__ import annotations

from typing import Any, ClassVar

from .base import Spec
from .flat import FlatNode
from .kernels import dither as kernels
from .params import Choice, Numbers

SHAPES: dict[str, tuple[float, ...]] = {
    "none": (),
    # Wannamaker 1992, nine taps for the F-weighting of 15-phon hearing, designed for 44.1 kHz.
    "weighted": (2.412, -3.370, 3.937, -4.174, 3.353, -2.205, 1.281, -0.569, 0.0847),
}
MADE_FOR_HZ = 40000.0, 50000.0
"""Elsewhere the filter's dip would not lie where hearing is keenest: there is no shaping at other rates."""


class Dither(FlatNode):
    """Requantise to the grid of an integer format, with triangular dither of 2 LSB peak to peak.

    The error's mean and variance then do not depend on the signal: no distortion, no breathing noise, only a steady
    hiss at 0.5 LSB RMS.  ``weighted`` moves this noise to where hearing is dull (44.1 and 48 kHz only).  Samples that
    are on the grid already pass bit for bit.  Independent in each channel, the same at each run.  No latency.
    """

    id = "dither"
    kernels: ClassVar[Any] = kernels

    bits: Numbers = Numbers(
        0, (0, 16, 20, 24), unit="bit", doc="Bits of the integer format to come; 0 (off) passes untouched."
    )
    shaping: Choice = Choice(
        "none", tuple(SHAPES), doc="Spectrum of the noise: white, or weighted by hearing (44.1, 48 kHz)."
    )

    def skip(self, frames: int) -> None:
        """Go on as if ``frames`` had passed: a part of a stream then gets the dither that it has in the whole."""
        self.memory.parts.clock[0] += frames

    def _prepare(self, spec: Spec) -> int:
        m = self._allocate(spec)
        low, high = MADE_FOR_HZ
        for k, taps in enumerate(SHAPES.values()):
            m.lengths[k] = len(taps) if low <= spec.sample_rate <= high else 0
            m.taps[k, : len(taps)] = taps
        return 0


def peak_margin(bits: int, shaping: str = "none") -> float:
    """Return how far a sample can move at most, in linear full scale: what a ceiling before ``Dither`` has to spare.

    The error in the loop is within 1.5 LSB, 1 of dither and 0.5 of rounding; the filter can add up nine of them.
    """
    if bits == 0:
        return 0.0
    return 1.5 * (1.0 + sum(abs(tap) for tap in SHAPES[shaping])) / 2.0 ** (bits - 1)

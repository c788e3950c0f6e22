"""A plain gain."""

from __future__ import annotations

from typing import Any, ClassVar

from .base import Spec
from .flat import FlatNode
from .kernels import gain as kernels
from .kernels.smooth import glide_coefficient
from .params import Param


def from_db(db: float) -> float:
    """Return the factor of a gain of ``db``; 0 dB is exactly 1."""
    return float(10.0 ** (db / 20.0))


class Gain(FlatNode):
    """Multiply every channel by one factor: ``y = x * 10^(gain_db / 20)``.

    The factor, not the decibels, glides to a new value, sample by sample.  At 0 dB the output is the input bit for
    bit.  Latency 0; about 1 ns per frame.
    """

    id = "gain"
    kernels: ClassVar[Any] = kernels

    gain_db: Param = Param(0.0, -80.0, 80.0, unit="dB", taper="dB", smooth_ms=20.0, doc="Gain of all channels.")

    def _prepare(self, spec: Spec) -> int:
        m = self._allocate(spec)
        m.coefficient[...] = glide_coefficient(Gain.gain_db.smooth_ms, spec.sample_rate)
        return 0

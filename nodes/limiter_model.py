"""The limiter's ears and its hand, apart: what a driver needs to find a loudness before it renders."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .base import Block, Spec
from .kernels import limiter as kernels
from .kernels.interpolate import FOLDS
from .kernels.limiter_gain import run_gain_curve, stage_rates, stage_room, stage_sizes
from .kernels.memory import forget
from .limiter import MODES, PAST_NEAR, Limiter, ears, fill_ears, plan

Array = NDArray[np.float64]

FINE_FROM = 0.2
"""Crests above -14 dBFS are read finely unless the caller knows better."""


class PeakEnvelope:
    """The peak around each frame of a stream, between the samples too, the largest of all channels.

    This is the limiter's first look; it knows no ceiling, so that one envelope serves any gain.  It comes ``delay``
    frames late: feed that many frames of silence to get the end.  Crests above ``fine_from`` (linear) are read finely;
    below it is the grid of two points a frame, exact but for treble, and several times faster.
    """

    def __init__(self, spec: Spec, fine_from: float = FINE_FROM) -> None:
        self.spec = spec
        self.delay = MODES["master"].near
        self._fine_from = fine_from
        keep = self.delay + PAST_NEAR + FOLDS
        unused = {"latency": 0, "far_taps": 0, "stages": 0, "stage_floats": 0, "stage_ints": 0}
        self._memory = kernels.LAYOUT.allocate(
            channels=spec.channels, max_block=0, **ears(spec, self.delay, keep), **unused
        )
        fill_ears(self._memory.parts, self.delay, keep)
        self.reset()

    def reset(self) -> None:
        """Forget all audio."""
        forget(self._memory.floats, self._memory.ints)
        kernels.envelope_arrive(self._memory.floats, self._memory.ints, self._fine_from)

    def process(self, block: Block) -> Array:
        """Return the linked peaks ``(frames,)``, linear, of the frames ``delay`` before those of ``block``.

        ``block`` is clean, ``(channels, 0..max_block)`` and stays as it is.
        """
        if block.ndim != 2 or block.shape[0] != self.spec.channels or block.shape[1] > self.spec.max_block:
            raise ValueError(
                f"block {block.shape} does not fit: must be ({self.spec.channels}, 0..{self.spec.max_block})"
            )
        out = np.empty(block.shape[1])
        kernels.envelope(block, self._memory.floats, self._memory.ints, out)
        return out


class GainModel:
    """The first gain of a ``Limiter`` with its parameters as they are now, run on peaks instead of audio.

    ``peaks`` are those of a ``PeakEnvelope``, or their maxima over ``step_frames`` frames: coarser is faster, and
    turns down a little more, because a peak then spreads over its step.
    """

    def __init__(self, limiter: Limiter, sample_rate: float, step_frames: int = 1) -> None:
        """Take over the parameters of ``limiter``, which need not be prepared."""
        _, _, steps, _ = plan(limiter, sample_rate)
        spread = 1
        if step_frames > 1:
            # A dip is as wide as half the look-ahead, and a maximum has already spread a peak over its step.
            spread, steps = 0, max(0, round((0.5 * steps - step_frames) / (2.0 * step_frames)))
        self._delay = steps + spread
        self._sizes = stage_sizes(steps, spread)
        self._rates = stage_rates(self._sizes, sample_rate * 1e-3 / step_frames, limiter.release_ms, limiter.hold_ms)
        self._ceiling = 10.0 ** (limiter.ceiling_db / 20.0)
        room = stage_room(self._sizes)
        self._floats = np.zeros(room["stage_floats"])
        self._ints = np.zeros(room["stage_ints"], dtype=np.int64)

    def gains(self, peaks: Array, drive: float = 1.0) -> Array:
        """Return the linear gain at each of ``peaks`` ``(steps,)``, linear, once all is made ``drive`` times louder."""
        self._floats[:] = 0.0
        self._ints[:] = 0
        padded = np.concatenate([peaks, np.zeros(self._delay)])
        out = np.empty_like(padded)
        ceilings = np.full(padded.shape, self._ceiling)
        run_gain_curve(padded, drive, ceilings, self._sizes, self._rates, self._floats, self._ints, out)
        return out[self._delay :]

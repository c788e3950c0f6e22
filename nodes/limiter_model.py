"""The limiter's ears and its hand, apart: what a driver needs to find a loudness before it renders."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .base import Block, Spec
from .kernels import limiter as k
from .kernels.interpolate import FOLDS
from .kernels.limiter_gain import run_gain_curve, stage_rates, stage_sizes, stage_state
from .limiter import MODES, PAST_NEAR, Limiter, buffers, first_taps, plan

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
        self._plan = np.zeros(k.PLAN, dtype=np.int64)
        self._plan[k.NEAR], self._plan[k.KEEP] = self.delay, self.delay + PAST_NEAR + FOLDS
        self._lanes, self._scratch = buffers(spec, int(self._plan[k.KEEP]))
        self._taps = first_taps(self.delay)
        self._clock = np.zeros(k.CLOCK, dtype=np.int64)
        self._targets = np.array([fine_from, 1.0, 1.0])
        self._glides = np.repeat(self._targets[:2, None], 3, axis=1)
        self.reset()

    def reset(self) -> None:
        """Forget all audio."""
        self._lanes[:] = 0.0
        self._lanes[k.CEILING] = self._targets[0]
        self._clock[k.AT] = self._plan[k.KEEP]

    def process(self, block: Block) -> Array:
        """Return the linked peaks ``(frames,)``, linear, of the frames ``delay`` before those of ``block``.

        ``block`` is clean, ``(channels, 0..max_block)`` and stays as it is.
        """
        if block.ndim != 2 or block.shape[0] != self.spec.channels or block.shape[1] > self.spec.max_block:
            raise ValueError(
                f"block {block.shape} does not fit: must be ({self.spec.channels}, 0..{self.spec.max_block})"
            )
        out = np.empty(block.shape[1])
        k.envelope(
            block, self._lanes, self._plan, self._clock, *self._taps, self._targets, self._glides, self._scratch, out
        )  # fmt: skip
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
        self._floats, self._ints = stage_state(self._sizes, 1)

    def gains(self, peaks: Array, drive: float = 1.0) -> Array:
        """Return the linear gain at each of ``peaks`` ``(steps,)``, linear, once all is made ``drive`` times louder."""
        self._floats[:] = 0.0
        self._ints[:] = 0
        padded = np.concatenate([peaks, np.zeros(self._delay)])
        out = np.empty_like(padded)
        ceilings = np.full(padded.shape, self._ceiling)
        run_gain_curve(padded, drive, ceilings, self._sizes, self._rates, self._floats[0], self._ints[0], out)
        return out[self._delay :]

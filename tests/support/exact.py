"""The reference true peak: a sinc under a Kaiser window (beta 12) over +-400 samples, on a grid of 1/32 sample."""

from __future__ import annotations

import numpy as np
from masterchain.nodes.base import Block
from scipy.signal import oaconvolve

REACH = 400
GRID = 32


def interpolators() -> Block:
    """The ``(GRID, 2 REACH + 1)`` taps."""
    k = np.arange(-REACH, REACH + 1)
    shifted = k - np.arange(GRID)[:, None] / GRID
    window = np.i0(12.0 * np.sqrt(np.maximum(0.0, 1.0 - (shifted / (REACH + 1)) ** 2))) / np.i0(12.0)
    return np.asarray(np.sinc(shifted) * window)


def true_peak_db(audio: Block) -> float:
    """The highest point between the samples, in dBTP.

    The fine grid is read where one of 1/4 sample, by the same taps, comes near its own maximum: a crest at Nyquist has
    lost 7.6 % there, no more.  (A shorter interpolator reads random +-1 samples 0.7 dB too low and misses the crest.)
    """
    taps, highest = interpolators(), 0.0
    padded = np.pad(audio, ((0, 0), (REACH, REACH)))
    coarse = np.abs(audio)
    for phase in range(GRID // 4, GRID, GRID // 4):
        coarse = np.maximum(coarse, np.abs(oaconvolve(padded, taps[phase][None, ::-1], "valid", axes=1)))
    close = 0.92 * coarse.max()
    for channel, magnitude in zip(padded, coarse, strict=True):
        windows = np.lib.stride_tricks.sliding_window_view(channel, 2 * REACH + 1)
        near = np.flatnonzero(magnitude >= close)
        for start in range(0, near.size, 4096):
            highest = max(highest, float(np.abs(windows[near[start : start + 4096]] @ taps.T).max()))
    return float(20.0 * np.log10(max(highest, 1e-12)))

"""Requantising with triangular dither, plain or with the error fed back through a weighting filter.

Sources: Lipshitz, Wannamaker & Vanderkooy, "Quantization and dither: a theoretical survey", JAES 40(5), 1992: the sum
of two independent rectangular dithers of 1 LSB makes mean and variance of the error independent of the signal;
Lipshitz, Vanderkooy & Wannamaker, "Minimally audible noise shaping", JAES 39(11), 1991: the error is fed back, the
dither inside the loop stays white; Wannamaker, "Psychoacoustically optimal noise shaping", JAES 40(7/8), 1992.
Random numbers: the finaliser of SplitMix64 (Steele, Lea & Flood, OOPSLA 2014) on frame and channel.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import fill
from .bypass import arrive_bypass, enter, leave
from .compiled import inlined, kernel
from .memory import Layout, reals, wholes
from .parameters import Parameters

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX1 = np.uint64(0xBF58476D1CE4E5B9)
MIX2 = np.uint64(0x94D049BB133111EB)
CHANNELS = np.uint64(8)
LOW = np.uint64(0xFFFFFFFF)
S27, S30, S31, S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)


SHAPES, TAPS = 2, 9

PARAMETERS = Parameters("bypass", "bits", "shaping")
LAYOUT = Layout(
    {"taps": reals(SHAPES, TAPS), "lengths": wholes(SHAPES)},
    {"clock": wholes(1), "errors": reals("channels", TAPS)},
)
"""``taps`` weights the last errors, ``lengths`` of them of each shape of the noise; no taps, no shaping.

``clock`` is the frame at which the block starts, ``errors`` the last errors of each channel in LSB, newest first.
"""

parameters, memory = PARAMETERS.opener(), LAYOUT.opener()


@kernel
def block(block: Array, values: Array, floats: Array, ints: Ints) -> None:
    """Requantise ``block`` ``(channels, frames)`` in place."""
    m = memory(floats, ints)
    enter(block, values, m)
    process(block, values, m)
    leave(block, values, m)


@kernel
def arrive(values: Array, floats: Array, ints: Ints) -> None:
    """Let the fade of the bypass be at its end: nothing else glides."""
    arrive_bypass(values, memory(floats, ints))


@inlined
def triangular(frame: int, channel: int) -> float:
    """Return the dither of one sample, in LSB: triangular over -1..1, the same for the same frame and channel."""
    z = (np.uint64(frame) * CHANNELS + np.uint64(channel) + np.uint64(1)) * GOLDEN
    z = (z ^ (z >> S30)) * MIX1
    z = (z ^ (z >> S27)) * MIX2
    z = z ^ (z >> S31)
    high, low = np.int64(z >> S32), np.int64(z & LOW)
    return (high + low + 1 - 4294967296) * (1.0 / 4294967296.0)


@inlined
def process(block: Array, values: Array, m: Any) -> None:
    """Requantise ``block`` in place to the integers of the format to come.

    A sample that is on the grid already stays as it is and leaves no error, so that silence stays silent and what is
    already quantised passes untouched.  A sample that equals the first channel's gets its dither: mono on two channels
    stays mono.
    """
    v = parameters(values)
    if v.bits == 0.0:
        rest(m.errors)
    else:
        scale = float(1 << (int(v.bits) - 1))
        taps = m.taps[int(v.shaping), : m.lengths[int(v.shaping)]]
        if taps.shape[0] == 0:
            # The first channel comes last: what the others are compared with is still what it was.
            for c in range(block.shape[0] - 1, -1, -1):
                plain(block[c], block[0], c, m.clock[0], scale)
        else:
            shaped(block, m.clock[0], m.errors, taps, scale)
    m.clock[0] += block.shape[1]


@inlined
def rest(errors: Array) -> None:
    """Forget the last errors."""
    for c in range(errors.shape[0]):
        fill(errors[c], 0.0)


@inlined
def shaped(block: Array, start: int, errors: Array, taps: Array, scale: float) -> None:
    """Requantise with the errors fed back through ``taps``; ``block`` begins at frame ``start``."""
    for i in range(block.shape[1]):
        first = block[0, i]
        for c in range(block.shape[0]):
            voice = 0 if block[c, i] == first and c > 0 else c
            block[c, i] = requantised(block[c, i] * scale, start + i, voice, errors[c], taps, scale)


@inlined
def plain(x: Array, first: Array, channel: int, start: int, scale: float) -> None:
    """Requantise one channel without shaping, a sample at a time on its own: several times faster than with it."""
    least, most, step = -scale, scale - 1.0, 1.0 / scale  # scale is a power of two: its inverse is exact
    for i in range(x.shape[0]):
        exact = x[i] * scale
        level = np.floor(exact)
        dithered = np.floor(exact + triangular(start + i, 0 if x[i] == first[i] else channel) + 0.5)
        level = level if level == exact else dithered
        level = least if level < least else level
        x[i] = (most if level > most else level) * step


@inlined
def requantised(sample: float, frame: int, voice: int, past: Array, taps: Array, scale: float) -> float:
    """Return one sample on the grid; ``sample`` is in LSB, ``past`` its channel's last errors, which are moved on."""
    exact, level, error = sample, np.floor(sample), 0.0
    if level != exact:
        for k in range(taps.shape[0]):
            exact -= taps[k] * past[k]
        level = np.floor(exact + triangular(frame, voice) + 0.5)
        error = level - exact
    for k in range(taps.shape[0] - 1, 0, -1):
        past[k] = past[k - 1]
    past[0] = error
    return float(min(max(level, -scale), scale - 1.0) / scale)

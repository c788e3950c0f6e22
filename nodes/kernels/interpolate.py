"""Between the samples: windowed-sinc interpolation, and the height of a crest that lies between two frames.

A grid of two points a frame finds where crests are: a signal whose crests stay below 0.65 on it, near a level of 1,
cannot pass that level in between (Bernstein: its curvature is at most pi^2 times its size).  Only those crests are
then read on eight points a frame by a long kernel, with a parabola through the highest three, which leaves an error
below 0.003 dB for any frequency.  The grid is a plain sum over taps, frame by frame the same whatever the block.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import inlined

Array = NDArray[np.float64]

PHASES = 8
"""Points a frame on which a crest is read; the code of ``crest`` is written out for eight."""

FOLDS = 16
"""The taps of a crest are as many as a multiple of this."""

REACH = 0.65
"""A crest below this fraction of a level on the grid of two points a frame is below the level in between."""


def sinc_window(distance: Array, past: int, future: int, beta_past: float, beta_future: float) -> Array:
    """Return ``sinc`` times a Kaiser window with its own half-length (frames) and beta on each side of 0.

    ``distance`` is the time of the wanted point minus that of the sample, so the future is negative.  The past side
    may be as long as it likes: only the future costs latency.
    """
    half = np.where(distance >= 0.0, float(past), float(future))
    beta = np.where(distance >= 0.0, beta_past, beta_future)
    inside = np.clip(1.0 - (distance / half) ** 2, 0.0, 1.0)
    window = np.where(np.abs(distance) < half, np.i0(beta * np.sqrt(inside)) / np.i0(beta), 0.0)
    return np.asarray(np.sinc(distance) * window)


def midpoint_taps(half: int, beta: float) -> Array:
    """Return the ``half`` different taps that make the point in the middle of two frames, nearest first."""
    return sinc_window(np.arange(half, dtype=np.float64) + 0.5, half, half, beta, beta)


def crest_taps(past: int, future: int, beta_past: float, beta_future: float) -> Array:
    """Return the taps ``(2, PHASES, n)`` that read around a frame, and around the middle after it.

    The points lie at -7/16, -5/16 .. 7/16 frame from the centre; the last tap belongs to frame ``i + future``, and
    fewer than ``FOLDS`` zeros come first, so that n is a multiple of that.
    """
    points = (np.arange(PHASES) - 0.5 * (PHASES - 1)) / PHASES
    frames = np.arange(future - FOLDS * -(-(past + future + 1) // FOLDS) + 1, future + 1)
    table = np.empty((2, PHASES, frames.size))
    for centre in range(2):
        distance = 0.5 * centre + points[:, None] - frames[None, :]
        table[centre] = sinc_window(distance, past, future, beta_past, beta_future)
    return table


@inlined
def midpoints(x: Array, start: int, frames: int, taps: Array, out: Array) -> None:
    """Write the points between frames i and i + 1 of ``x`` into ``out[i]``, i = start .. start + frames - 1.

    ``taps`` is ``midpoint_taps``, its length a multiple of 4.  Taps outside, frames inside: this vectorises.
    """
    y = out[start : start + frames]
    y[:] = 0.0
    for k in range(0, taps.shape[0], 4):
        h0, h1, h2, h3 = taps[k], taps[k + 1], taps[k + 2], taps[k + 3]
        a = x[start - k - 3 : start - k + frames]
        b = x[start + k + 1 : start + k + frames + 4]
        for i in range(frames):
            near = h0 * (a[i + 3] + b[i]) + h1 * (a[i + 2] + b[i + 1])
            y[i] += near + (h2 * (a[i + 1] + b[i + 2]) + h3 * (a[i] + b[i + 3]))


@inlined
def nearest(left: float, middle: float, right: float) -> int:
    """Return the first of the three columns of ``crest_taps`` around the crest of three points half a frame apart.

    The parabola through them is at most 0.03 frames off for a sine of any frequency.
    """
    bend = (abs(middle) - abs(left)) + (abs(middle) - abs(right))
    place = 0.25 * (abs(right) - abs(left)) / bend if bend > 0.0 else 0.0
    return min(PHASES - 3, max(0, int(np.floor(place * PHASES + 0.5 * (PHASES - 1) + 0.5)) - 1))


@inlined
def crest(x: Array, first: int, taps: Array, column: int, folds: Array) -> float:
    """Return the height of a crest: the parabola through three points, ``column`` and the next two of ``taps``.

    ``taps`` ``(PHASES, n)`` meet ``x`` from index ``first`` on; ``folds`` ``(3, >= n / 4)`` is scratch.  The products
    of each point are added quarter upon quarter, which vectorises as a plain sum would not, then in fours.
    """
    quarter = taps.shape[1] >> 2
    part = x[first : first + taps.shape[1]]
    t, u, v = taps[column], taps[column + 1], taps[column + 2]
    left, middle, right = folds[0], folds[1], folds[2]
    for k in range(quarter):
        p, q, r, s = part[k], part[quarter + k], part[2 * quarter + k], part[3 * quarter + k]
        left[k] = (p * t[k] + q * t[quarter + k]) + (r * t[2 * quarter + k] + s * t[3 * quarter + k])
        middle[k] = (p * u[k] + q * u[quarter + k]) + (r * u[2 * quarter + k] + s * u[3 * quarter + k])
        right[k] = (p * v[k] + q * v[quarter + k]) + (r * v[2 * quarter + k] + s * v[3 * quarter + k])
    a, b, c = 0.0, 0.0, 0.0
    for k in range(0, quarter, 4):
        a += (left[k] + left[k + 1]) + (left[k + 2] + left[k + 3])
        b += (middle[k] + middle[k + 1]) + (middle[k + 2] + middle[k + 3])
        c += (right[k] + right[k + 1]) + (right[k + 2] + right[k + 3])
    a, b, c = abs(a), abs(b), abs(c)
    bend, slope = (b - a) + (b - c), c - a
    if bend > 0.0 and abs(slope) <= 2.0 * bend:
        return b + slope * slope / (8.0 * bend)
    return max(b, max(a, c))


HANN = np.hanning(34)[1:-1] / np.hanning(34).sum()
"""Taps of ``haze``: what is 3 kHz below Nyquist (at 48 kHz) is out of their reach."""


@inlined
def haze(x: Array, at: int) -> float:
    """Return how much lies within a few percent of Nyquist around ``x[at]``: its amplitude, by a Hann window.

    Two windows 8 frames apart: what turns by a quarter between them is lost by one, and seen by the other.
    """
    one, two = 0.0, 0.0
    for k in range(32):
        sign = 1.0 - 2.0 * (k & 1)
        one += sign * HANN[k] * x[at - 24 + k]
        two += sign * HANN[k] * x[at - 16 + k]
    return float(np.sqrt(one * one + two * two))

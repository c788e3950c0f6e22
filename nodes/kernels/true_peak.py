"""The true peak of a chunk of samples: an exact interpolator, and a bound that spares most of its work.

The curve through the samples is ``y(t) = sum x[k] h(t - k)`` with ``h`` a sinc times a Kaiser window (beta 12) of
+-400 samples, read on a grid of 1/32 sample (BS.1770-5 Annex 2 asks for at least 1/4).  Its points in the middle of
two samples are computed as that says, 400 products each; with the samples they make a grid of twice the rate, on which
audio fills but half the band, so that 8 + 8 taps read all other points from it: within 0.000009 of the loudest sample
around, as a test shows.

Even so it is done only where the curve could rise above the highest peak known.  A parabola ``b`` through the samples
differs from ``y`` by ``q * d4 + e * x``, with ``d4`` the fourth difference of the samples (music has little of it) and
``q``, ``e`` fixed filters; hence ``|y| <= |b| + sum |q| max|d4| + sum |e| max|x|``, taken chunk by chunk around.
Nothing louder than the peak known by more than ``TOLERANCE`` can be missed; there is no assumption about the signal.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .compiled import inlined
from .interpolate import midpoint_taps, midpoints, sinc_window

Array = NDArray[np.float64]

HALF = 400
PHASES = 32
COARSE = 8
AROUND = 4
CHUNK = 64
REACH = 7
"""Chunks to either side that the interpolator of a chunk touches: ``HALF`` frames rounded up."""

TOLERANCE = 1.0005
"""A peak that is higher by less (0.004 dB) is not looked for: a steady tone would ask at every crest."""

NEARLY = 0.97
"""A crest passes a level only if a point of the coarse grid is above this share of it: no more than 1/16 sample away,
a tone at Nyquist has lost 1.9 %."""


class Tables(NamedTuple):
    """What ``chunk_peak`` reads.

    ``middle`` ``(400,)``: taps of the point between two samples, nearest first; ``between`` ``(33, 17)``: taps of the
    phases 0/32..32/32 on the samples -3..4 and on the middles after the samples -4..4; ``parabola`` ``(16,)``: the
    bound's weights of ``max|d4|`` in the chunks -7..7, then that of the loudest sample around.
    """

    middle: Array
    between: Array
    parabola: Array


@lru_cache(maxsize=1)
def tables() -> Tables:
    """Compute the interpolator and its bound (a few ms, once a process)."""
    k = np.arange(1 - HALF, HALF + 1)
    f = np.arange(PHASES) / PHASES
    exact = sinc_window(f[:, None] - k, HALF, HALF, 12.0, 12.0)
    return Tables(midpoint_taps(HALF, 12.0), _between(), _weights(exact - _parabola(f, k)))


def _between() -> Array:
    """Return the taps of the second step, an interpolator of 16 points half a sample apart (Kaiser, beta 12)."""
    taps = np.zeros((PHASES + 1, 17))
    for phase in range(PHASES + 1):
        at = 2.0 * phase / PHASES
        first = (0 if phase <= PHASES // 2 else 1) - 7
        points: Array = np.arange(first, first + 16, dtype=np.float64)
        for point, tap in zip(points, sinc_window(at - points, 8, 8, 12.0, 12.0), strict=True):
            taps[phase, int(point // 2) + (3 if point % 2 == 0 else 8 + AROUND)] = tap
    return taps


def _parabola(f: Array, k: NDArray[np.int64]) -> Array:
    """Return the taps ``(phases, 800)`` of the line between two samples plus Everett's second-difference term."""
    taps = np.zeros((f.size, k.size))
    for at, g in ((HALF - 1, 1.0 - f), (HALF, f)):
        taps[:, at] += g
        taps[:, at - 1 : at + 2] += np.outer((g + 1.0) * g * (g - 1.0) / 6.0, [1.0, -2.0, 1.0])
    return taps


def _weights(rest: Array) -> Array:
    """Split the taps ``rest`` ``(phases, 800)`` into ``q * d4 + e``; return the worst ``sum |q|`` by chunk; of ``e``.

    The division by the fourth difference is regularised: ``rest`` is not exactly 0 at 0 Hz, where it has no inverse.
    """
    size, edge = 4096, 8
    d4 = (2.0 - 2.0 * np.cos(2.0 * np.pi * np.fft.rfftfreq(size))) ** 2
    spectrum = np.fft.rfft(np.pad(rest, ((0, 0), (edge, size - edge - rest.shape[1]))), axis=1)
    q = np.fft.irfft(spectrum * d4 / (d4 * d4 + 1e-5), axis=1)[:, edge : edge + rest.shape[1]].copy()
    q[:, [0, 1, -2, -1]] = 0.0
    e = rest - np.array([np.convolve(row, [1.0, -4.0, 6.0, -4.0, 1.0], "same") for row in q])
    weights = np.zeros(2 * REACH + 2)
    weights[-1] = np.abs(e).sum(axis=1).max()
    total = np.concatenate([np.zeros((rest.shape[0], 1)), np.cumsum(np.abs(q), axis=1)], axis=1)
    for n in range(CHUNK):
        edges = np.arange(-REACH, REACH + 2) * CHUNK - n + HALF - 1
        by_chunk = np.diff(total[:, np.clip(edges, 0, rest.shape[1])], axis=1)
        weights[:-1] = np.maximum(weights[:-1], by_chunk.max(axis=0))
    return weights


@inlined
def may_rise(chunk: int, rings: Array, parabola: Array, peak: float) -> bool:
    """Say whether the curve could be above ``peak`` in a chunk; for most of them this settles it.

    ``rings`` ``(3, 16)`` hold ``max|d4|``, ``max|x|`` and ``max|d2|`` of every chunk at its number modulo 16.
    """
    here, after = chunk & 15, (chunk + 1) & 15
    arch: float = max(rings[1, here], rings[1, after]) + 0.125 * max(rings[2, here], rings[2, after])
    return arch + _beyond(chunk, rings, parabola) > peak * TOLERANCE


@inlined
def chunk_peak(
    x: Array,
    at: int,
    chunk: int,
    rings: Array,
    middle: Array,
    between: Array,
    parabola: Array,
    halves: Array,
    points: Array,
    peak: float,
) -> float:
    """Return the larger of ``peak`` and the true peak of the 64 intervals that start at ``x[at]``.

    ``x`` reaches from 404 frames before to 405 after them; for ``rings`` see ``may_rise``; then the ``Tables``;
    scratch: ``halves``, as long as ``x``, and ``points`` ``(10, 64)``.
    """
    beyond = _beyond(chunk, rings, parabola)
    goal = peak * TOLERANCE - beyond
    near = x[at - 1 : at + CHUNK + 2]
    first = last = -1
    for i in range(CHUNK):
        if _arch(near[i], near[i + 1], near[i + 2], near[i + 3], goal) > goal:
            first, last = i if first < 0 else first, i
        if first >= 0 and (i - last >= 2 * AROUND or i == CHUNK - 1):
            peak = _stretch_peak(x, at + first, last + 1 - first, middle, between, halves, points, peak)
            goal = peak * TOLERANCE - beyond
            first = -1
    return peak


@inlined
def _stretch_peak(
    x: Array, start: int, frames: int, middle: Array, between: Array, halves: Array, points: Array, peak: float
) -> float:
    """Return the larger of ``peak`` and the true peak of the intervals that start at ``x[start : start + frames]``."""
    midpoints(x, start - AROUND, frames + 2 * AROUND, middle, halves)
    _coarse(x, halves, start, frames, between, points)
    highest = points[COARSE + 1]
    for i in range(frames):
        if highest[i] > peak * NEARLY:
            peak = _refined(x, halves, start + i, between, points[:, i], peak)
    return peak


@inlined
def _coarse(x: Array, halves: Array, start: int, frames: int, between: Array, points: Array) -> None:
    """Write the curve's absolute values 0/8..8/8 after ``frames`` samples into columns of ``points``, then the highest.

    Taps outside, frames inside: this vectorises.
    """
    highest = points[COARSE + 1]
    for i in range(frames):
        points[0, i], points[COARSE, i] = abs(x[start + i]), abs(x[start + i + 1])
        points[4, i] = abs(halves[start + i])
        highest[i] = max(max(points[0, i], points[COARSE, i]), points[4, i])
    for p in range(1, COARSE):
        if p == 4:
            continue
        y, taps = points[p], between[4 * p]
        y[:frames] = 0.0
        for k in range(8):
            t, u = taps[k], taps[8 + k + (p > 4)]
            a = x[start + k - 3 : start + k - 3 + frames]
            b = halves[start + k + (p > 4) - AROUND : start + k + (p > 4) - AROUND + frames]
            for i in range(frames):
                y[i] += t * a[i] + u * b[i]
        for i in range(frames):
            y[i] = abs(y[i])
            highest[i] = max(highest[i], y[i])


@inlined
def _beyond(chunk: int, rings: Array, weights: Array) -> float:
    """Return how far from a crude curve in ``chunk`` the exact one can be, by the bound with these ``weights``."""
    total: float = 0.0
    around = 0.0
    for j in range(2 * REACH + 1):
        slot = (chunk - REACH + j) & 15
        loudest = rings[1, slot]
        around = loudest if loudest > around else around
        total += weights[j] * rings[0, slot]
    rest: float = weights[2 * REACH + 1] * around
    return total + rest


@inlined
def _arch(before: float, a: float, b: float, after: float, goal: float) -> float:
    """Return a bound of the parabola between ``a`` and ``b``, a line bent by the larger second difference.

    The bound is the tight one only where a crude one is above ``goal``.
    """
    bend = max(abs(before - 2.0 * a + b), abs(a - 2.0 * b + after))
    top, drop = max(abs(a), abs(b)), abs(a - b)
    crude = top + 0.125 * bend
    if crude <= goal:
        return crude
    return top if drop >= 0.5 * bend else top + (0.5 * bend - drop) ** 2 / (2.0 * bend)


@inlined
def _refined(x: Array, halves: Array, n: int, between: Array, points: Array, peak: float) -> float:
    """Return the larger of ``peak``, the coarse ``points`` after ``x[n]``, and the 1/32 grid about crests of those.

    A crest is looked at only if the parabola through three points rises above; it is low by 0.0006 at the most.
    """
    peak = max(peak, points[COARSE + 1])
    for p in range(COARSE + 1):
        if (p == 0 or points[p] >= points[p - 1]) and (p == COARSE or points[p] >= points[p + 1]):
            centre = min(max(p, 1), COARSE - 1)
            before, after = points[centre - 1], points[centre + 1]
            bend = 2.0 * points[centre] - before - after
            if bend > 0.0 and points[centre] + (after - before) ** 2 / (8.0 * bend) > peak * TOLERANCE:
                for phase in range(max(4 * p - 3, 1), min(4 * p + 4, PHASES)):
                    peak = max(peak, abs(_point(x, halves, n, between[phase])))
    return peak


@inlined
def _point(x: Array, halves: Array, n: int, taps: Array) -> float:
    """Return the curve at the phase of ``taps`` ``(17,)`` after ``x[n]``."""
    total: float = taps[16] * halves[n + AROUND]
    for k in range(8):
        total += taps[k] * x[n + k - 3] + taps[8 + k] * halves[n + k - AROUND]
    return total

"""The true peak of a chunk of samples: an exact interpolator, and bounds that spare nearly all of its work.

The curve through the samples is ``y(t) = sum x[k] h(t - k)`` with ``h`` a sinc times a Kaiser window (beta 12) of
+-400 samples, read on a grid of 1/32 sample (BS.1770-5 Annex 2 asks for at least 1/4).  That is 800 products a point,
so it is done only where the curve could rise above the highest peak known.  A crude curve ``b`` through the samples
differs from ``y`` by ``q * d4 + e * x``, with ``d4`` the fourth difference of the samples (music has little of it) and
``q``, ``e`` fixed filters; hence ``|y| <= |b| + sum |q| max|d4| + sum |e| max|x|``, taken chunk by chunk around.
Twice: with ``b`` a parabola between two samples, and then a 24-tap interpolator.  Nothing louder than the peak known
by more than ``TOLERANCE`` can be missed; there is no assumption about the signal.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .compiled import inlined

Array = NDArray[np.float64]

HALF = 400
PHASES = 32
COARSE = 8
SHORT = 12
CHUNK = 64
REACH = 7
"""Chunks to either side that the interpolator of a chunk touches: ``HALF`` frames rounded up."""

TOLERANCE = 1.0005
"""A peak that is higher by less (0.004 dB) is not looked for: a steady tone would ask at every crest."""

summing = njit(nogil=True, error_model="numpy", fastmath={"reassoc"})
"""Lets a sum be vectorised, which elsewhere is forbidden because its rounding would depend on where a block ends: here
the length and the samples are always the same ones.  Four times as fast."""


class Tables(NamedTuple):
    """What ``chunk_peak`` reads.

    ``long`` ``(7, 400)`` and ``short`` ``(7, 12)``: the taps of ``seven``; ``fine`` ``(40, 800)``: those of the phases
    -4/32..35/32; ``parabola`` and ``crude`` ``(16,)``: the bounds' weights of ``max|d4|`` in the chunks -7..7, then
    that of the loudest sample around.
    """

    long: Array
    short: Array
    fine: Array
    parabola: Array
    crude: Array


def sinc_kaiser(t: Array, half: int, beta: float) -> Array:
    """Return the windowed sinc at ``t`` samples from its middle; 0 beyond ``half``."""
    inside = np.sqrt(np.maximum(0.0, 1.0 - (t / half) ** 2))
    return np.where(np.abs(t) < half, np.sinc(t) * np.i0(beta * inside) / np.i0(beta), 0.0)


@lru_cache(maxsize=1)
def tables() -> Tables:
    """Compute the interpolators and their bounds (a few ms, once a process)."""
    k = np.arange(1 - HALF, HALF + 1)
    f = np.arange(PHASES) / PHASES
    exact = sinc_kaiser(f[:, None] - k, HALF, 12.0)
    return Tables(
        long=_paired(HALF, 12.0),
        short=_paired(SHORT, 6.0),
        fine=sinc_kaiser(np.arange(-4, 36)[:, None] / PHASES - k, HALF, 12.0),
        parabola=_weights(exact - _parabola(f, k)),
        crude=_weights(exact - _crude(k)),
    )


def _paired(half: int, beta: float) -> Array:
    """Return ``(7, half)``: taps of sums of two samples as far left as right for 1/8..4/8, of differences for 1/8..3/8.

    The curve at f and 1 - f takes the same taps, mirrored, so one set of products makes both.
    """
    f, j = np.arange(1, 5)[:, None] / COARSE, np.arange(half)
    left, right = sinc_kaiser(f + j, half, beta), sinc_kaiser(f - 1.0 - j, half, beta)
    return np.concatenate([0.5 * (right + left), 0.5 * (right - left)[:3]])


def _parabola(f: Array, k: NDArray[np.int64]) -> Array:
    """Return the taps ``(phases, 800)`` of the line between two samples plus Everett's second-difference term."""
    taps = np.zeros((f.size, k.size))
    for at, g in ((HALF - 1, 1.0 - f), (HALF, f)):
        taps[:, at] += g
        taps[:, at - 1 : at + 2] += np.outer((g + 1.0) * g * (g - 1.0) / 6.0, [1.0, -2.0, 1.0])
    return taps


def _crude(k: NDArray[np.int64]) -> Array:
    """Return the taps ``(phases, 800)`` of straight lines between the coarse points of the 24-tap interpolator."""
    points = sinc_kaiser(np.arange(COARSE + 1)[:, None] / COARSE - k, SHORT, 6.0)
    step = PHASES // COARSE
    share = (np.arange(PHASES) % step / step)[:, None]
    left = np.repeat(points[:-1], step, axis=0)
    right = np.repeat(points[1:], step, axis=0)
    return (1.0 - share) * left + share * right


def _weights(rest: Array) -> Array:
    """Split the taps ``rest`` ``(phases, 800)`` into ``q * d4 + e``; return the worst ``sum |q|`` by chunk; of ``e``.

    The division by the fourth difference is regularised: ``rest`` is not exactly 0 at 0 Hz, where it has no inverse.
    """
    size, edge = 4096, 8
    d4 = (2.0 - 2.0 * np.cos(2.0 * np.pi * np.fft.rfftfreq(size))) ** 2
    spectrum = np.fft.rfft(np.pad(rest, ((0, 0), (edge, size - edge - rest.shape[1]))), axis=1)
    q = np.fft.irfft(spectrum * d4 / (d4 * d4 + 0.01), axis=1)[:, edge : edge + rest.shape[1]].copy()
    q[:, [0, 1, -2, -1]] = 0.0
    e = rest - np.array([np.convolve(row, [1.0, -4.0, 6.0, -4.0, 1.0], "same") for row in q])
    found = np.zeros(2 * REACH + 2)
    found[-1] = np.abs(e).sum(axis=1).max()
    total = np.concatenate([np.zeros((rest.shape[0], 1)), np.cumsum(np.abs(q), axis=1)], axis=1)
    for n in range(CHUNK):
        edges = np.arange(-REACH, REACH + 2) * CHUNK - n + HALF - 1
        by_chunk = np.diff(total[:, np.clip(edges, 0, rest.shape[1])], axis=1)
        found[:-1] = np.maximum(found[:-1], by_chunk.max(axis=0))
    return found


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
    long: Array,
    short: Array,
    fine: Array,
    parabola: Array,
    crude: Array,
    points: Array,
    peak: float,
) -> float:
    """Return the larger of ``peak`` and the true peak of the 64 intervals that start at ``x[at]``.

    ``x`` reaches from 400 frames before to 401 after them; for ``rings`` see ``may_rise``; then the ``Tables``;
    ``points`` ``(9,)`` is scratch.
    """
    by_parabola = _beyond(chunk, rings, parabola)
    goal = peak * TOLERANCE - by_parabola
    by_crude = _beyond(chunk, rings, crude)
    near = x[at - 1 : at + CHUNK + 2]
    for i in range(CHUNK):
        if _arch(near[i], near[i + 1], near[i + 2], near[i + 3], goal) > goal:
            seven(x, at + i, short, points)
            if points.max() + by_crude > peak * TOLERANCE:
                seven(x, at + i, long, points)
                peak = _refined(x, at + i, fine, points, peak)
                goal = peak * TOLERANCE - by_parabola
    return peak


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


@summing
def seven(x: Array, n: int, taps: Array, points: Array) -> None:
    """Write the curve's absolute values at ``x[n]``, 1/8 to 7/8 after it, and ``x[n + 1]`` into ``points`` ``(9,)``."""
    half = taps.shape[1]
    # Slices with indices that cannot be negative: without the check of each index this is twice as fast.
    left, right = x[n - half + 1 : n + 1], x[n + 1 : n + 1 + half]
    t1, t2, t3, t4, u1, u2, u3 = taps[0], taps[1], taps[2], taps[3], taps[4], taps[5], taps[6]
    a1 = a2 = a3 = a4 = b1 = b2 = b3 = 0.0
    for j in range(half):
        s, d = right[j] + left[half - 1 - j], right[j] - left[half - 1 - j]
        a1 += s * t1[j]
        a2 += s * t2[j]
        a3 += s * t3[j]
        a4 += s * t4[j]
        b1 += d * u1[j]
        b2 += d * u2[j]
        b3 += d * u3[j]
    points[0], points[8] = abs(x[n]), abs(x[n + 1])
    points[1], points[2], points[3], points[4] = abs(a1 + b1), abs(a2 + b2), abs(a3 + b3), abs(a4)
    points[5], points[6], points[7] = abs(a3 - b3), abs(a2 - b2), abs(a1 - b1)


@inlined
def _refined(x: Array, n: int, fine: Array, points: Array, peak: float) -> float:
    """Return the larger of ``peak``, the coarse ``points`` after ``x[n]``, and the 1/32 grid about crests of those.

    A crest is looked at only if the parabola through three points, good to 0.001 at any frequency, rises above.
    """
    peak = max(peak, points.max())
    for p in range(COARSE + 1):
        if (p == 0 or points[p] >= points[p - 1]) and (p == COARSE or points[p] >= points[p + 1]):
            middle = min(max(p, 1), COARSE - 1)
            before, after = points[middle - 1], points[middle + 1]
            bend = 2.0 * points[middle] - before - after
            if bend > 0.0 and points[middle] + (after - before) ** 2 / (8.0 * bend) > peak * TOLERANCE:
                peak = max(peak, _finest(x[n - HALF + 1 : n + HALF + 1], fine, 4 * p))
    return peak


@summing
def _finest(samples: Array, fine: Array, first: int) -> float:
    """Return the highest of the 7 points of the 1/32 grid that lie about a coarse one."""
    highest = 0.0
    for phase in range(first + 1, first + 8):
        taps, total = fine[phase], 0.0
        for j in range(2 * HALF):
            total += samples[j] * taps[j]
        highest = max(highest, abs(total))
    return highest

"""K-weighting and the sliding windows of BS.1770-5 and EBU Tech 3341, in hops of 10 ms that lie fixed in the stream."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .compiled import inlined, kernel
from .maths import log10

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

OFFSET = -0.691
"""LUFS of a K-weighted mean square of 1, channels summed (BS.1770-5 Annex 1, equation 2)."""

HOPS_PER_SECOND = 100
MOMENTARY = 40
SHORT_TERM = 300
STEP = 10
"""Hops of the momentary (400 ms) and the short-term window (3 s), and between two entries of a histogram (100 ms)."""

LOWEST, PER_LU, BINS = -70.0, 100, 10000
"""The histograms reach from the absolute gate to +30 LUFS in 0.01 LU; louder windows count into the last bin."""

TINY = 1e-30
"""Added to every sample (-600 dB), so that the filters never decay into denormal numbers, which are slow."""

ACC, SECOND, NOW_M, NOW_S, MAX_M, MAX_S, SECOND_M = range(7)
"""``values``: energy of the hop so far and of the whole hops since the caller's last look, momentary and short-term
mean square now (-1: not yet), their maxima, and the momentary one's since the last look."""

WEIGHTS = {
    1: (1.0,),
    2: (1.0, 1.0),
    3: (1.0, 1.0, 1.0),
    4: (1.0, 1.0, 1.41, 1.41),
    5: (1.0, 1.0, 1.0, 1.41, 1.41),
    6: (1.0, 1.0, 1.0, 0.0, 1.41, 1.41),
    7: (1.0, 1.0, 1.0, 0.0, 1.41, 1.41, 1.41),
    8: (1.0, 1.0, 1.0, 0.0, 1.41, 1.41, 1.41, 1.41),
}
"""Weights by channel count: M; L R; L R C; L R Ls Rs; L R C Ls Rs; 5.1 as L R C LFE Ls Rs, then 6.1 and 7.1, whose
further channels are taken for surrounds too (BS.1770-5 Annex 1, table 3)."""


def channel_weights(channels: int) -> Array:
    """Return the weight of each channel's power; the LFE's is 0."""
    return np.array(WEIGHTS[channels])


def k_coefficients(sample_rate: float) -> Array:
    """Return the K-weighting ``(2, 5)``: shelf, then high-pass, as ``b0, d1, d2, a1, a2`` with ``d = b - a b0``.

    BS.1770-5 asks other rates for the response that its coefficients have at 48 kHz.  The shelf meets that at five
    frequencies, which brings all others from 20 Hz to 20 kHz within 0.0001 dB at 44.1 kHz and above; a bilinear one
    is up to 0.012 dB off at 2 kHz.  The high-pass is bilinear, which is as exact so far below the rate, and keeps its
    48 kHz gain of 0.04 dB (its zeros are 1, -2, 1), which libebur128 loses: at 96 kHz it reads 0.022 LU low.
    """
    coefficients = np.zeros((2, 5))
    # At low rates they move together, below 0.45 of the rate.
    hz = np.minimum([0.0, 1000.0, 1700.0, 3000.0, 20000.0], 0.45 * sample_rate * np.array([0.0, 0.3, 0.5, 0.75, 1.0]))
    b, a = _of_power(hz / sample_rate, _shelf_at_48k(hz))
    q = 0.5003270373238773
    k48, k = (math.tan(math.pi * 38.13547087602444 / rate) for rate in (48000.0, sample_rate))
    a0 = 1.0 + k / q + k * k
    gain = (1.0 + k48 / q + k48 * k48) / a0
    c = np.array([1.0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0])
    # The gain goes into the shelf, where it costs nothing.
    coefficients[0] = gain * b[0], gain * (b[1] - a[1] * b[0]), gain * (b[2] - a[2] * b[0]), a[1], a[2]
    coefficients[1] = 1.0, -2.0 - c[1], 1.0 - c[2], c[1], c[2]
    return coefficients


def _shelf_at_48k(hz: Array) -> Array:
    """Return the power response of the shelf of BS.1770-5 Annex 1 at 48 kHz; beyond 24 kHz, that of 24 kHz."""
    z = np.exp(-2j * np.pi * np.minimum(hz, 24000.0) / 48000.0)
    k = math.tan(math.pi * 1681.974450955533 / 48000.0)
    vh, q = 10.0 ** (3.999843853973347 / 20.0), 0.7071752369554196
    vb = vh**0.4996667741545416
    b = (vh + vb * k / q + k * k) + 2.0 * (k * k - vh) * z + (vh - vb * k / q + k * k) * z * z
    a = (1.0 + k / q + k * k) + 2.0 * (k * k - 1.0) * z + (1.0 - k / q + k * k) * z * z
    return np.asarray(np.abs(b / a) ** 2)


def _of_power(turns: Array, power: Array) -> tuple[Array, Array]:
    """Return the biquad ``b``, ``a`` ``(3,)`` that has ``power`` ``(5,)`` at the frequencies ``turns`` (of the rate).

    Its power response is a ratio of two parabolas in ``sin(w / 2) ** 2``: five linear equations.
    """
    phi = np.sin(np.pi * turns) ** 2
    rows = np.stack([np.ones(5), phi, phi * phi, -power * phi, -power * phi * phi], axis=1)
    p = np.linalg.solve(rows, power)
    b, a = _factor(p[0], p[1], p[2]), _factor(1.0, p[3], p[4])
    return b / a[0], a / a[0]


def _factor(p0: float, p1: float, p2: float) -> Array:
    """Return the minimum-phase taps ``(3,)`` with the power response ``p0 + p1 phi + p2 phi ** 2``."""
    low, high = math.sqrt(p0), math.sqrt(p0 + p1 + p2)  # the response at 0 and at the Nyquist frequency
    mean = 0.5 * (low + high)
    first = 0.5 * (mean + math.sqrt(mean * mean - 0.25 * p2))
    return np.array([first, 0.5 * (low - high), p2 / (16.0 * first)])


@kernel
def k_power(block: Array, coefficients: Array, weights: Array, state: Array, power: Array) -> None:
    """Write the weighted sum of the channels' squared K-weighted samples into ``power`` ``(>= frames,)``.

    ``block`` is ``(channels, frames)``, ``state`` ``(channels, 4)``, zeros at the start of a stream.
    """
    n = block.shape[1]
    power[:n] = 0.0
    c = 0
    while c < block.shape[0]:
        if weights[c] == 0.0:
            c += 1
        elif c + 1 < block.shape[0] and weights[c + 1] == weights[c]:
            _two(block[c], block[c + 1], coefficients, weights[c], state[c], state[c + 1], power)
            c += 2
        else:
            _one(block[c], coefficients, weights[c], state[c], power)
            c += 1


@inlined
def _one(x: Array, k: Array, weight: float, state: Array, power: Array) -> None:
    """Add one channel's weighted K-power."""
    b0, d1, d2, a1, a2 = k[0]
    _, e1, e2, c1, c2 = k[1]
    p, q, r, s = state
    for i in range(x.shape[0]):
        u = x[i] + TINY
        v = b0 * u + p
        p, q = (d1 * u + q) - a1 * p, d2 * u - a2 * p
        y = v + r
        r, s = (e1 * v + s) - c1 * r, e2 * v - c2 * r
        power[i] += weight * (y * y)
    state[0], state[1], state[2], state[3] = p, q, r, s


@inlined
def _two(left: Array, right: Array, k: Array, weight: float, state: Array, other: Array, power: Array) -> None:
    """Add two channels' weighted K-power; side by side, the processor works on one while the other waits."""
    b0, d1, d2, a1, a2 = k[0]
    _, e1, e2, c1, c2 = k[1]
    p, q, r, s = state
    pp, qq, rr, ss = other
    for i in range(left.shape[0]):
        u, uu = left[i] + TINY, right[i] + TINY
        v, vv = b0 * u + p, b0 * uu + pp
        p, q = (d1 * u + q) - a1 * p, d2 * u - a2 * p
        pp, qq = (d1 * uu + qq) - a1 * pp, d2 * uu - a2 * pp
        y, yy = v + r, vv + rr
        r, s = (e1 * v + s) - c1 * r, e2 * v - c2 * r
        rr, ss = (e1 * vv + ss) - c1 * rr, e2 * vv - c2 * rr
        power[i] += weight * (y * y + yy * yy)
    state[0], state[1], state[2], state[3] = p, q, r, s
    other[0], other[1], other[2], other[3] = pp, qq, rr, ss


@kernel
def slide(
    power: Array,
    start: int,
    stop: int,
    rate: float,
    hops: Ints,
    values: Array,
    ring: Array,
    counts: Ints,
    energies: Array,
) -> None:
    """Sum ``power[start:stop]`` to hops and move the two windows over them.

    ``hops`` ``(2,)``: index of the present hop, frames still missing in it; ``values`` ``(7,)``; ``ring``
    ``(2, 300)``: energies of the latest hops, and of ten hops up to each; ``counts`` and ``energies`` ``(2, BINS)``:
    the histograms of the momentary and the short-term mean squares every 100 ms, with their sums bin by bin.
    """
    done = start
    while done < stop:
        n = min(stop - done, hops[1])
        acc = values[ACC]
        for i in range(done, done + n):
            acc += power[i]
        values[ACC] = acc
        done += n
        hops[1] -= n
        if hops[1] == 0:
            _close(rate, hops[0], values, ring, counts, energies)
            hops[0] += 1
            hops[1] = hop_start(hops[0] + 1, rate) - hop_start(hops[0], rate)


@inlined
def hop_start(hop: int, rate: float) -> int:
    """Return the frame at which a hop starts: rounded, so that no rate lets the hops drift."""
    return math.floor(hop * rate / HOPS_PER_SECOND + 0.5)


@inlined
def _close(rate: float, hop: int, values: Array, ring: Array, counts: Ints, energies: Array) -> None:
    """Enter a whole hop; windows are summed anew each time, so that no rounding of loud music outlives it."""
    at = hop % SHORT_TERM
    ring[0, at] = values[ACC]
    values[SECOND] += values[ACC]
    values[ACC] = 0.0
    ten = 0.0
    for i in range(STEP):
        ten += ring[0, (at - i) % SHORT_TERM]
    ring[1, at] = ten
    entry = (hop + 1) % STEP == 0
    if hop + 1 >= MOMENTARY:
        now = _window(ring[1], at, MOMENTARY) * HOPS_PER_SECOND / (MOMENTARY * rate)
        values[NOW_M] = now
        values[MAX_M] = max(values[MAX_M], now)
        values[SECOND_M] = max(values[SECOND_M], now)
        if entry:
            _count(now, counts[0], energies[0])
    if hop + 1 >= SHORT_TERM:
        now = _window(ring[1], at, SHORT_TERM) * HOPS_PER_SECOND / (SHORT_TERM * rate)
        values[NOW_S] = now
        values[MAX_S] = max(values[MAX_S], now)
        if entry:
            _count(now, counts[1], energies[1])


@inlined
def _window(tens: Array, at: int, hops: int) -> float:
    """Return the energy of the ``hops`` that end at ring place ``at``."""
    total = 0.0
    for i in range(0, hops, STEP):
        total += tens[(at - i) % SHORT_TERM]
    return total


@inlined
def _count(power: float, counts: Ints, energies: Array) -> None:
    """Enter a window into a histogram, if it is above the absolute gate."""
    if power <= 0.0:
        return
    loudness = OFFSET + 10.0 * log10(power)
    if loudness > LOWEST:
        at = min(int((loudness - LOWEST) * PER_LU), BINS - 1)
        counts[at] += 1
        energies[at] += power

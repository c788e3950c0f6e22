"""From peaks to a gain: look-ahead maximum, hold, release and smoothing, on frames or on a coarser grid of steps.

Everything is done on the *reduction* u = 1 - gain, which is exactly 0 while there is nothing to do:

1. need = 1 - ceiling / peak wherever a peak is above the ceiling, and its maximum over the look-ahead;
2. a curve that meets this maximum at once, rests, then falls toward a slow level that only lasting limiting builds up;
3. three running means in a row, a bell over the look-ahead that ends where the peak is: it cannot overshoot.

How long the curve rests is learned.  A lone drum hit is let go at once, which changes the least of the music.  When
peaks come back at intervals that repeat, as the crests of a bass do, the curve rests from one to the next, so that a
steady wave gets a constant gain: no distortion at all.

Sources: Hamalainen, "Smoothing of the control signal without clipped output in digital peak limiters", DAFx-02 (order
statistics, then an FIR); Giannoulis, Massberg & Reiss, JAES 60(6), 2012 (release).  Learning the rest is ours.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .compiled import inlined, kernel

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

# Sizes of a stage, in steps: what its memory is made of.
WINDOW, BOX1, BOX2, BOX3, MASK, SIZES = 0, 1, 2, 3, 4, 5
# Rates of a stage, which parameters change: steps, or factors per step.
FALL, BUILD, FADE, SINK, REST_MOST, JITTER, BURST, UNIT, SHARE, RATES = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
# State of a stage: floats, then the values of the deque; integers, then its places and the three boxes.
# PEAKS and CRESTS are two learners of six floats each: the rest, the trust, the last four intervals.
CURVE, SLOW, PEAKS, CRESTS, FLOATS = 0, 1, 2, 8, 14
TIME, HEAD, TAIL, BUSY, TOUCHED, PEAK, CREST = 0, 1, 2, 3, 4, 5, 6
SUM1, SUM2, SUM3, AT1, AT2, AT3, INTS = 7, 8, 9, 10, 11, 12, 13
REST, TRUST, SPANS = 0, 1, 2

MARGIN = 0.007
"""What is limited goes this much (0.061 dB) below the ceiling: meters that roll off below Nyquist over-read by that."""
TOUCH = 0.98
"""A need above this fraction of the curve is a peak that the curve rests on."""
NOTHING = 1e-6
"""A reduction below this (0.00001 dB) is over: the curve snaps to 0, and audio passes untouched again."""
BUILD_MS, FADE_MS = 500.0, 2000.0
"""Time constants of the slow level: it ends near 80 % of a lasting reduction."""
SINK_PER_MS = 1e-5
"""The slow level also falls by 0.01 a second, so that it ends: untouched audio seconds later, not half a minute."""
BURST_MS = 4.0
"""Peaks closer than this may belong to one crest, treble that rides on a bass: crests are learned apart from peaks."""
JITTER_MS, JITTER_SHARE = 0.1, 0.06
"""Intervals that differ by less than this and 6 % repeat."""
LEARN = 0.15
"""Weight of the newest interval in the trust that intervals repeat; from 1/2 on, the curve rests."""


def stage_sizes(lookahead: int, spread: int) -> Ints:
    """Return the sizes of a stage whose gain comes ``lookahead + spread`` steps after the peaks.

    A peak between two steps belongs to ``spread`` steps on each side: 1 for frames, 0 for maxima of longer steps.
    """
    taps = lookahead + 3
    sizes = np.zeros(SIZES, dtype=np.int64)
    sizes[WINDOW] = lookahead + 1 + 2 * spread
    sizes[[BOX1, BOX2, BOX3]] = taps - 2 * (taps // 3), taps // 3, taps // 3
    sizes[MASK] = (1 << int(sizes[WINDOW] + 1).bit_length()) - 1
    return sizes


def stage_state(sizes: Ints, stages: int) -> tuple[Array, Ints]:
    """Return zeroed state for ``stages`` stages of the same sizes: a row of floats and one of integers each."""
    ring = int(sizes[MASK]) + 1
    boxes = int(sizes[BOX1] + sizes[BOX2] + sizes[BOX3])
    return np.zeros((stages, FLOATS + ring)), np.zeros((stages, INTS + ring + boxes), dtype=np.int64)


def stage_rates(sizes: Ints, steps_per_ms: float, release_ms: float, hold_ms: float) -> Array:
    """Return the rates of a stage: 90 % of a release in ``release_ms``, rest over intervals up to ``hold_ms``."""
    rates = np.zeros(RATES)
    window = float(sizes[WINDOW])
    rates[FALL] = math.exp(-math.log(10.0) / (release_ms * steps_per_ms))
    rates[BUILD] = -math.expm1(-1.0 / (BUILD_MS * steps_per_ms))
    rates[FADE] = -math.expm1(-1.0 / (FADE_MS * steps_per_ms))
    rates[SINK] = SINK_PER_MS / steps_per_ms
    rates[REST_MOST] = max(0.0, hold_ms * steps_per_ms - window)
    rates[JITTER] = max(1.0, JITTER_MS * steps_per_ms)
    rates[BURST] = max(1.0, BURST_MS * steps_per_ms - window)
    # One is 2^34 units or more; the sum of the last box stays below 2^62.
    product = int(sizes[BOX1] * sizes[BOX2] * sizes[BOX3])
    rates[UNIT] = 2.0 ** (62 - product.bit_length())
    rates[SHARE] = 1.0 / (rates[UNIT] * product)
    return rates


@inlined
def gain_curve(
    peaks: Array, scale: float, ceilings: Array, sizes: Ints, rates: Array, f: Array, n: Ints, out: Array
) -> None:
    """Advance one stage by ``len(peaks)`` steps; the gains of the steps ``lookahead + spread`` before go into ``out``.

    ``peaks`` times ``scale`` are held under ``ceilings``; ``f`` and ``n`` are the stage's rows of state.
    """
    mask, window = sizes[MASK], sizes[WINDOW]
    value = f[FLOATS:]
    place, rings = n[INTS : INTS + mask + 1], n[INTS + mask + 1 :]
    ring1, rings = rings[: sizes[BOX1]], rings[sizes[BOX1] :]
    ring2, ring3 = rings[: sizes[BOX2]], rings[sizes[BOX2] : sizes[BOX2] + sizes[BOX3]]
    fall, build, fade, sink = rates[FALL], rates[BUILD], rates[FADE], rates[SINK]
    unit, share = rates[UNIT], rates[SHARE]
    u, slow, rest = f[CURVE], f[SLOW], max(f[PEAKS + REST], f[CRESTS + REST])
    time, head, tail, busy, touched = n[TIME], n[HEAD], n[TAIL], n[BUSY], n[TOUCHED]
    sum1, sum2, sum3, at1, at2, at3 = n[SUM1], n[SUM2], n[SUM3], n[AT1], n[AT2], n[AT3]
    for i in range(peaks.shape[0]):
        peak = peaks[i] * scale
        time += 1
        if busy == 0 and peak <= ceilings[i]:
            out[i] = 1.0
            continue
        if peak > ceilings[i]:
            need = 1.0 - (1.0 - MARGIN) * ceilings[i] / peak
            while tail > head and value[(tail - 1) & mask] <= need:
                tail -= 1
            value[tail & mask], place[tail & mask] = need, time
            tail += 1
        if tail > head and place[head & mask] <= time - window:
            head += 1
        top = value[head & mask] if tail > head else 0.0
        if top > 0.0 and top >= TOUCH * u:
            u = max(u, top)
            if time - touched > 1:
                learn(time - n[PEAK], window, rates, f[PEAKS:CRESTS])
                n[PEAK] = time
                if time - touched > rates[BURST]:
                    learn(time - n[CREST], window, rates, f[CRESTS:FLOATS])
                    n[CREST] = time
                rest = max(f[PEAKS + REST], f[CRESTS + REST])
            touched = time
        elif time - touched > rest:
            u = max(top, slow + (u - slow) * fall)
            if u < NOTHING:
                u, slow = 0.0, 0.0
        slow = max(0.0, slow + (build * (u - slow) - fade * slow - sink))
        new = np.int64(np.ceil(u * unit))
        sum1, ring1[at1] = sum1 + new - ring1[at1], new
        at1 = at1 + 1 if at1 + 1 < ring1.shape[0] else 0
        sum2, ring2[at2] = sum2 + sum1 - ring2[at2], sum1
        at2 = at2 + 1 if at2 + 1 < ring2.shape[0] else 0
        sum3, ring3[at3] = sum3 + sum2 - ring3[at3], sum2
        at3 = at3 + 1 if at3 + 1 < ring3.shape[0] else 0
        out[i] = 1.0 - sum3 * share
        busy = new | sum1 | sum2 | sum3 | (tail - head)
    f[CURVE], f[SLOW] = u, slow
    n[TIME], n[HEAD], n[TAIL], n[BUSY], n[TOUCHED] = time, head, tail, busy, touched
    n[SUM1], n[SUM2], n[SUM3], n[AT1], n[AT2], n[AT3] = sum1, sum2, sum3, at1, at2, at3


@inlined
def learn(interval: int, window: int, rates: Array, f: Array) -> None:
    """Note an interval between peaks in the learner ``f`` ``(6,)``: for how many steps shall the curve rest?

    The last four are compared, so that a wave whose halves differ is seen to repeat as well.  Intervals too long to
    rest over, such as those of a drum, never repeat.
    """
    span, most = float(interval), rates[REST_MOST] + window
    repeats, longest = 0.0, 0.0
    if span <= most:
        longest = span
        for k in range(SPANS, SPANS + 4):
            if f[k] <= most:
                longest = max(longest, f[k])
            if abs(f[k] - span) <= JITTER_SHARE * span + rates[JITTER]:
                repeats = 1.0
    for k in range(SPANS, SPANS + 3):
        f[k] = f[k + 1]
    f[SPANS + 3] = span
    f[TRUST] += LEARN * (repeats - f[TRUST])
    f[REST] = min(rates[REST_MOST], max(0.0, 1.25 * longest - window)) if f[TRUST] > 0.5 else 0.0


@kernel
def run_gain_curve(
    peaks: Array, scale: float, ceilings: Array, sizes: Ints, rates: Array, f: Array, n: Ints, out: Array
) -> None:
    """Run ``gain_curve`` from Python."""
    gain_curve(peaks, scale, ceilings, sizes, rates, f, n, out)

"""From peaks to a gain: look-ahead maximum, rest, release and smoothing, on frames or on a coarser grid of steps.

Everything is done on a *reduction* u, exactly 0 while there is nothing to do: 1 - gain down to a gain of 1/2, and
1 / (4 gain) below, so that no sum of reductions can make a gain negative.

1. need: the reduction that brings a peak under the ceiling; its maximum over a short window;
2. a curve that meets this maximum at once, rests, then falls: to the last peak while peaks repeat, else toward a slow
   level that only lasting limiting builds up;
3. a bell, three running means in a row, shows how far the smoothed curve would fall short of each need;
4. the curve times the largest such shortfall within reach of the bell goes through the same bell.

The last step is what makes a dip short.  For a smoothed maximum to be safe, its window must be as wide as the bell.
Here the window is a third of that, and the curve is instead made deeper by what the bell is known to take off: up to
1.2 times at a lone peak, nothing where limiting lasts.  It cannot overshoot either, since the bell of something q times
as large is q times as large.  Dips of the same smoothness are half as long.

How long the curve rests is learned.  A lone drum hit is let go at once, which changes the least of the music.  When
peaks of one height come back at intervals that repeat, as the crests of a bass do, the curve rests from one to the
next, so that a steady wave gets a constant gain: no distortion at all.

The slow level follows the reduction below which dense peaks never let the gain rise for a second or so.  Dense music is
then turned down once and evenly instead of at every crest, while a drum each half second leaves hardly a trace.

Sources: Hamalainen, "Smoothing of the control signal without clipped output in digital peak limiters", DAFx-02 (order
statistics, then an FIR); Giannoulis, Massberg & Reiss, JAES 60(6), 2012 (release).  The rest is ours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import inlined, kernel
from .maths import exp, expm1
from .pointers import grid

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

# Sizes of a stage, in steps: what its memory is made of.
WINDOW, BOX, BELL, LATE, SPREAD, HALF, MASK, SIZES = 0, 1, 2, 3, 4, 5, 6, 7
# Rates of a stage, which parameters change: steps, or factors per step.
FALL, BUILD, FADE, SINK, KEEP, RISE, WANE, REST_MOST, JITTER, BURST, UNIT, SHARE = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
RATES = 12
# State of a stage: floats, then rings; integers, then rings.  PEAKS and CRESTS are two learners of seven floats each:
# the rest, the trust, the last four intervals, the last height.
CURVE, SLOW, HELD, SURE, BEFORE, LAST, MARK, LEVEL, PEAKS, CRESTS, FLOATS = 0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 22
TIME, ACTIVE, TOUCHED, EDGE, PEAK, CREST, HEAD, TAIL, HEAD2, TAIL2, SUMS, INTS = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16
TOPS, SHORTS, NEEDS, FLOAT_RINGS = 0, 1, 2, 3
TOPS_AT, SHORTS_AT, CURVES, MEANS, INT_RINGS = 0, 1, 2, 3, 9
REST, TRUST, SPANS, HEIGHT = 0, 1, 2, 6

LN10 = 2.302585092994046
MARGIN = 0.018
"""What is limited goes this much (0.16 dB) below the ceiling.

A burst that begins from nothing rings ahead of itself between the samples, up to 0.17 dB high at a crest before it,
and farther ahead than the first look reaches."""
MOST = 2.0**23
"""The largest reduction there is, a gain of -150 dB."""
TOUCH = 0.98
"""A need above this fraction of the curve is a peak that the curve rests on."""
NOTHING = 1e-6
"""A reduction below this (0.00001 dB) is over: the curve snaps to 0, and audio passes untouched again."""
KEEP_MS, RISE_MS = 120.0, 1000.0
"""Time constants of the envelope whose lower edge the slow level goes to, and of the rise of that edge."""
STEP_UP = 0.3
"""A peak raises that envelope to this above the slow level at most: one click, however loud, is soon forgotten."""
BUILD_MS, FADE_MS = 200.0, 3000.0
"""Time constants of the slow level."""
SINK_PER_MS = 2e-6
"""The slow level also falls by 0.002 a second, so that it ends, at most 15 s after the music has become soft."""
BURST_MS = 4.0
"""Peaks closer than this may belong to one crest, treble that rides on a bass: crests are learned apart from peaks."""
JITTER_MS, JITTER_SHARE = 0.1, 0.06
"""Intervals that differ by less than this and 6 % repeat."""
LIKE, NEARLY = 0.1, 0.02
"""Peaks whose reductions differ by less than 10 % and 0.02 are of one height."""
LEARN = 0.15
"""Weight of the newest interval in the trust that intervals repeat; from 1/2 on, the curve rests."""


def stage_sizes(lookahead: int, spread: int) -> Ints:
    """Return the sizes of a stage whose gain comes ``lookahead + spread`` steps after the peaks.

    A peak between two steps belongs to ``spread`` (0 or 1) steps on each side: 1 for frames, 0 for maxima of longer
    steps.  Two bells and half a window take up the look-ahead.
    """
    sizes = np.zeros(SIZES, dtype=np.int64)
    box = max(1, min(round((2 * lookahead + 9) / 9.9), (2 * lookahead + 9) // 9))
    bell = 3 * box - 2
    sizes[[WINDOW, BOX, BELL, LATE]] = 2 * lookahead + 4 - 3 * bell, box, bell, lookahead - bell + 1
    # How often a sum over a box can be halved and still be no smaller than a mean.
    sizes[[SPREAD, HALF]] = spread, box.bit_length() - 1
    sizes[MASK] = (1 << int(sizes[:SPREAD].max() + 1).bit_length()) - 1
    return sizes


def stage_room(sizes: Ints) -> dict[str, int]:
    """Return how many floats and integers a stage of ``sizes`` takes."""
    ring = int(sizes[MASK]) + 1
    return {"stage_floats": FLOATS + FLOAT_RINGS * ring, "stage_ints": INTS + INT_RINGS * ring}


def stage_rates(sizes: Ints, steps_per_ms: float, release_ms: float, hold_ms: float) -> Array:
    """Return the rates of a stage: 90 % of a release in ``release_ms``, rest over intervals up to ``hold_ms``."""
    rates = np.zeros(RATES)
    fill_rates(sizes, steps_per_ms, release_ms, hold_ms, rates)
    return rates


@kernel
def fill_rates(sizes: Ints, steps_per_ms: float, release_ms: float, hold_ms: float, rates: Array) -> None:
    """Run ``follow_parameters`` from Python."""
    follow_parameters(sizes, steps_per_ms, release_ms, hold_ms, rates)


@inlined
def follow_parameters(sizes: Ints, steps_per_ms: float, release_ms: float, hold_ms: float, rates: Array) -> None:
    """Write the ``rates`` of a stage of ``sizes``; see ``stage_rates``."""
    window = float(sizes[WINDOW])
    rates[FALL] = exp(-LN10 / (release_ms * steps_per_ms))
    rates[KEEP] = exp(-1.0 / (KEEP_MS * steps_per_ms))
    rates[RISE] = -expm1(-1.0 / (RISE_MS * steps_per_ms))
    rates[BUILD] = -expm1(-1.0 / (BUILD_MS * steps_per_ms))
    rates[FADE] = -expm1(-1.0 / (FADE_MS * steps_per_ms))
    rates[SINK] = SINK_PER_MS / steps_per_ms
    rates[WANE] = exp(-0.5 / max(1.0, hold_ms * steps_per_ms))
    rates[REST_MOST] = max(0.0, hold_ms * steps_per_ms - window)
    rates[JITTER] = max(1.0, JITTER_MS * steps_per_ms)
    rates[BURST] = max(2.0, np.floor(BURST_MS * steps_per_ms))
    # No box more than doubles what it gets, and no shortfall doubles the curve: its sums stay below 2^62.
    box, bits = sizes[BOX], 0
    while box >> bits > 0:
        bits += 1
    rates[UNIT] = float(1 << (62 - 24 - 3 - bits))
    share = float(1 << sizes[HALF]) / box
    rates[SHARE] = share * share * share / rates[UNIT]


@inlined
def gain_curve(
    peaks: Array, scale: float, ceilings: Array, sizes: Ints, rates: Array, f: Array, n: Ints, out: Array
) -> None:
    """Advance one stage by ``len(peaks)`` steps; the gains of the steps ``lookahead + spread`` before go into ``out``.

    ``peaks`` times ``scale`` are held under ``ceilings``; ``f`` and ``n`` are the stage's rows of state.
    """
    mask, window, late, bell, box = sizes[MASK], sizes[WINDOW], sizes[LATE], sizes[BELL], sizes[BOX]
    half, spread, unit, share = sizes[HALF], sizes[SPREAD], rates[UNIT], rates[SHARE]
    reals, rings = grid(f, FLOATS, FLOAT_RINGS, mask + 1), grid(n, INTS, INT_RINGS, mask + 1)
    tops, shorts, needs, tops_at, shorts_at = reals[TOPS], reals[SHORTS], reals[NEEDS], rings[TOPS_AT], rings[SHORTS_AT]
    curve = rings[CURVES]
    narrow = (rings[MEANS], rings[MEANS + 1], rings[MEANS + 2])
    wide = (rings[MEANS + 3], rings[MEANS + 4], rings[MEANS + 5])
    sum1, sum2, sum3, sum4, sum5, sum6 = n[SUMS], n[SUMS + 1], n[SUMS + 2], n[SUMS + 3], n[SUMS + 4], n[SUMS + 5]
    fall, build, fade, sink, keep, rise = rates[FALL], rates[BUILD], rates[FADE], rates[SINK], rates[KEEP], rates[RISE]
    wane, burst, mark, level, edge = rates[WANE], np.int64(rates[BURST]), f[MARK], f[LEVEL], n[EDGE]
    time, active, touched, idle = n[TIME], n[ACTIVE], n[TOUCHED], mask + 4 * bell + late + window
    head, tail, head2, tail2 = n[HEAD], n[TAIL], n[HEAD2], n[TAIL2]
    u, slow, held, sure, before, last = f[CURVE], f[SLOW], f[HELD], f[SURE], f[BEFORE], f[LAST]
    rest = max(f[PEAKS + REST], f[CRESTS + REST])
    first = 0
    while time - active >= idle and first < peaks.shape[0] and peaks[first] * scale <= ceilings[first]:
        out[first] = 1.0
        time += 1
        first += 1
    for i in range(first, peaks.shape[0]):
        peak = peaks[i] * scale
        time += 1
        if time - active > idle and peak <= ceilings[i]:
            out[i] = 1.0
            continue
        need = 0.0
        if peak > ceilings[i]:
            need = reduction((1.0 - MARGIN) * ceilings[i] / peak)
        if spread > 0:
            need, before, last = max(need, last, before), last, need
        if need > 0.0:
            tail = push(tops, tops_at, mask, head, tail, need, time)
        top = 0.0
        if tail > head:
            if tops_at[head & mask] <= time - window:
                head += 1
            if tail > head:
                top = tops[head & mask]
        mark *= wane
        if top > mark:
            mark, level, edge = top, top, time
        elif time - edge == 1 or time - edge == burst:
            rest = note(edge, time - edge == 1, mark, window, rates, f, n)
        if top > 0.0 and top >= TOUCH * u:
            u, touched = max(u, top), time
        elif time - touched > rest:
            base = max(slow, min(level, u)) if time - edge <= rest else slow
            u = max(top, base + (u - base) * fall)
            if u < NOTHING:
                u, slow, held, sure, mark = 0.0, 0.0, 0.0, 0.0, 0.0
        if u > 0.0:
            active = time
            held = max(min(top, slow + STEP_UP), held * keep)
            sure = min(held, sure + rise * (held - sure))
            slow = slow + build * (sure - slow) if sure > slow else max(0.0, slow + fade * (sure - slow) - sink)
        now, old = time & mask, (time - box) & mask
        new = int(np.ceil(u * unit))
        curve[now], needs[now] = new, need
        mean, sum1, sum2, sum3 = bell_mean(new, now, old, half, narrow, sum1, sum2, sum3)
        need, new = needs[(time - late) & mask], curve[(time - bell + 1) & mask]
        if need > mean * share:
            tail2 = push(shorts, shorts_at, mask, head2, tail2, need / (mean * share), time)
        if tail2 > head2:
            if shorts_at[head2 & mask] <= time - bell:
                head2 += 1
            if tail2 > head2:
                new = int(np.ceil(new * shorts[head2 & mask]))
        mean, sum4, sum5, sum6 = bell_mean(new, now, old, half, wide, sum4, sum5, sum6)
        final = mean * share
        out[i] = 1.0 - final if final < 0.5 else 0.25 / final
    n[TIME], n[ACTIVE], n[TOUCHED], n[EDGE], f[MARK], f[LEVEL] = time, active, touched, edge, mark, level
    n[HEAD], n[TAIL], n[HEAD2], n[TAIL2] = head, tail, head2, tail2
    n[SUMS], n[SUMS + 1], n[SUMS + 2], n[SUMS + 3], n[SUMS + 4], n[SUMS + 5] = sum1, sum2, sum3, sum4, sum5, sum6
    f[CURVE], f[SLOW], f[HELD], f[SURE], f[BEFORE], f[LAST] = u, slow, held, sure, before, last


@inlined
def bell_mean(
    new: int, now: int, old: int, half: int, rings: tuple[Ints, Ints, Ints], sum1: int, sum2: int, sum3: int
) -> tuple[int, int, int, int]:
    """Return ``new`` after three running means, halved as often as they can be, and their sums.

    Sums of integers are exact however long a stream is; each mean is rounded up.
    """
    up = (1 << half) - 1
    sum1 += new - rings[0][old]
    rings[0][now] = new
    new = (sum1 + up) >> half
    sum2 += new - rings[1][old]
    rings[1][now] = new
    new = (sum2 + up) >> half
    sum3 += new - rings[2][old]
    rings[2][now] = new
    return (sum3 + up) >> half, sum1, sum2, sum3


@inlined
def note(edge: int, peak: bool, height: float, window: int, rates: Array, f: Array, n: Ints) -> float:
    """Tell the learner of peaks, or that of crests, that its last one was at ``edge``; return how long to rest."""
    if peak:
        learn(edge - n[PEAK], height, window, rates, f[PEAKS:CRESTS])
        n[PEAK] = edge
    else:
        learn(edge - n[CREST], height, window, rates, f[CRESTS:FLOATS])
        n[CREST] = edge
    return float(max(f[PEAKS + REST], f[CRESTS + REST]))


@inlined
def reduction(gain: float) -> float:
    """Return the reduction that stands for a gain below 1."""
    return 1.0 - gain if gain > 0.5 else min(0.25 / gain, MOST)


@inlined
def push(value: Array, place: Ints, mask: int, head: int, tail: int, new: float, time: int) -> int:
    """Put ``new`` behind those values of a sliding maximum that are larger; return where the next one goes."""
    while tail > head and value[(tail - 1) & mask] <= new:
        tail -= 1
    value[tail & mask], place[tail & mask] = new, time
    return tail + 1


@inlined
def learn(interval: int, height: float, window: int, rates: Array, f: Array) -> None:
    """Note in a learner ``f`` ``(7,)`` the interval since the last peak: for how many steps shall the curve rest?

    The last four are compared, so that a wave whose halves differ is seen to repeat as well.  Intervals too long to
    rest over, such as those of a drum, never repeat, nor does a peak of another height.
    """
    span, most = float(interval), rates[REST_MOST] + window
    repeats, longest = 0.0, 0.0
    if span <= most and abs(height - f[HEIGHT]) <= LIKE * max(height, f[HEIGHT]) + NEARLY:
        longest = span
        for k in range(SPANS, SPANS + 4):
            if f[k] <= most:
                longest = max(longest, f[k])
            if abs(f[k] - span) <= JITTER_SHARE * span + rates[JITTER]:
                repeats = 1.0
    for k in range(SPANS, SPANS + 3):
        f[k] = f[k + 1]
    f[SPANS + 3], f[HEIGHT] = span, height
    f[TRUST] += LEARN * (repeats - f[TRUST])
    f[REST] = min(rates[REST_MOST], max(0.0, 1.25 * longest - window)) if f[TRUST] > 0.5 else 0.0


@kernel
def run_gain_curve(
    peaks: Array, scale: float, ceilings: Array, sizes: Ints, rates: Array, f: Array, n: Ints, out: Array
) -> None:
    """Run ``gain_curve`` from Python."""
    gain_curve(peaks, scale, ceilings, sizes, rates, f, n, out)

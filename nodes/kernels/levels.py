"""Peaks, offset, clipping and the silence at both ends of a stream, in chunks of 64 frames that lie fixed in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import inlined, kernel
from .true_peak import CHUNK, REACH, Tables, chunk_peak, may_rise

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

KEEP = (REACH + 1) * CHUNK
"""Frames before the next chunk that stay in the buffer: more than the interpolator needs."""

SIZE = 4096
"""Frames of the buffer, kept history included."""

AHEAD = (REACH + 1) * CHUNK + 2
"""Frames after the start of a chunk that must be there before its true peak is looked for."""

FULL_SCALE = 1.0 - 2.0**-15
"""What the largest 16-bit sample reads; as loud as this, or louder, is full scale."""

QUIETEST = 2.0**-31
"""Where ``extremes`` start, so that digital silence is no flat top."""

RUN = 3
"""As many samples in a row at full scale, or at the extreme of a channel, are a clipped run."""

STEP = 1e-3
"""A flat top below full scale is clipping only if it is entered by a step of this share of it; a slow sine that was
rounded to 16 bit has flat tops too, and no such step."""

SILENCE = 10.0 ** (-70.0 / 20.0)
"""What stays below -70 dBFS is silence to the ear, though dither or a noise floor may be left in it."""

BASE, FILL, CHUNK_AT, FIRST_SOUND, LAST_SOUND = range(5)
"""``counts``: frame of ``x[:, 0]``, frames in ``x``, next chunk, first and last frame that is not silence."""


@kernel
def watch(
    block: Array,
    start: int,
    stop: int,
    end: int,
    x: Array,
    rings: Array,
    counts: Ints,
    levels: Array,
    extremes: Array,
    runs: Ints,
    tables: Tables,
    halves: Array,
    points: Array,
    work: Array,
) -> None:
    """Take ``block[:, start:stop]`` in and measure all chunks that have enough frames after them.

    ``end`` is the frame where the stream ends, as far as known: what follows is no audio but zeros.  State:
    ``x`` ``(channels, SIZE)`` history and what waits; ``rings`` ``(channels, 3, 16)`` of the chunks' ``max|d4|``,
    ``max|x|`` and ``max|d2|``; ``counts`` ``(5,)``; ``levels`` ``(channels, 4)`` true peak, lowest, highest, sum;
    ``extremes`` ``(channels, 2)`` highest and minus lowest sample; ``runs`` ``(channels, 2, 2, 4)``, see ``_follow``.
    Scratch: ``halves`` ``(SIZE,)``, ``points`` ``(10, 64)``, ``work`` ``(2, 64)``.
    """
    middle, between, parabola = tables
    done = start
    while done < stop:
        if counts[FILL] == SIZE:
            _discard(x, counts)
        n = min(SIZE - counts[FILL], stop - done)
        for c in range(x.shape[0]):
            for i in range(n):
                x[c, counts[FILL] + i] = block[c, done + i]
        counts[FILL] += n
        done += n
        ready = (counts[BASE] + counts[FILL] - AHEAD) // CHUNK + 1
        for c in range(x.shape[0]):
            row = x[c]
            for chunk in range(counts[CHUNK_AT], ready):
                at = chunk * CHUNK - counts[BASE]
                _arrive(row, c, at + REACH * CHUNK, chunk + REACH, end, rings, counts, levels, extremes, runs, work)
                peak = max(levels[c, 0], rings[c, 1, chunk & 15])
                if may_rise(chunk, rings[c], parabola, peak):
                    peak = chunk_peak(row, at, chunk, rings[c], middle, between, parabola, halves, points, peak)
                levels[c, 0] = peak
        counts[CHUNK_AT] = max(ready, counts[CHUNK_AT])


@inlined
def _discard(x: Array, counts: Ints) -> None:
    """Move what is still needed to the front of ``x``."""
    keep_from = counts[CHUNK_AT] * CHUNK - counts[BASE] - KEEP
    remaining = counts[FILL] - keep_from
    for c in range(x.shape[0]):
        for i in range(remaining):
            x[c, i] = x[c, i + keep_from]
    counts[BASE] += keep_from
    counts[FILL] = remaining


@inlined
def _arrive(
    x: Array,
    c: int,
    at: int,
    chunk: int,
    end: int,
    rings: Array,
    counts: Ints,
    levels: Array,
    extremes: Array,
    runs: Ints,
    work: Array,
) -> None:
    """Measure channel ``c``'s chunk at ``x[at]``, which is number ``chunk`` of the stream."""
    lowest, highest, total, d4, d2 = _survey(x, at, work)
    slot, frame = chunk & 15, chunk * CHUNK
    rings[c, 0, slot], rings[c, 1, slot], rings[c, 2, slot] = d4, max(highest, -lowest), d2
    if frame < 0 or frame >= end:
        return
    if frame + CHUNK > end:
        # A loop: code with numba's min() and max() of arrays cannot be loaded without its compiler, and scipy.
        lowest = highest = x[at]
        for i in range(1, end - frame):
            v = x[at + i]
            lowest, highest = v if v < lowest else lowest, v if v > highest else highest
    levels[c, 1], levels[c, 2] = min(levels[c, 1], lowest), max(levels[c, 2], highest)
    levels[c, 3] += total
    if highest >= SILENCE or lowest <= -SILENCE:
        _sounds(x, at, frame, counts)
    for s in range(2):
        if (highest if s == 0 else -lowest) >= min(extremes[c, s], FULL_SCALE):
            _clipping(x, at, frame, 1.0 - 2.0 * s, extremes[c, s : s + 1], runs[c, s])
        else:
            runs[c, s, 0, 0] = 0
            runs[c, s, 1, 0] = 0


@inlined
def _survey(x: Array, at: int, work: Array) -> tuple[float, float, float, float, float]:
    """Return lowest, highest, sum, largest absolute fourth and second difference of a chunk.

    Two running results instead of one: the processor need not wait.  (``min`` and ``max`` would look for NaN.)
    """
    now, d4, d2 = x[at : at + CHUNK], work[0], work[1]
    b2, b1, a1, a2 = x[at - 2 : at + CHUNK], x[at - 1 : at + CHUNK], x[at + 1 :], x[at + 2 :]
    for i in range(CHUNK):
        beside = b1[i] + a1[i]
        d2[i] = abs(beside - 2.0 * now[i])
        d4[i] = abs((b2[i] + a2[i]) - 4.0 * beside + 6.0 * now[i])
    low0 = low1 = high0 = high1 = now[0]
    sum0 = sum1 = p0 = p1 = q0 = q1 = 0.0
    for i in range(0, CHUNK, 2):
        v, w = now[i], now[i + 1]
        low0, low1 = v if v < low0 else low0, w if w < low1 else low1
        high0, high1 = v if v > high0 else high0, w if w > high1 else high1
        sum0, sum1 = sum0 + v, sum1 + w
        v, w = d4[i], d4[i + 1]
        p0, p1 = v if v > p0 else p0, w if w > p1 else p1
        v, w = d2[i], d2[i + 1]
        q0, q1 = v if v > q0 else q0, w if w > q1 else q1
    return min(low0, low1), max(high0, high1), sum0 + sum1, max(p0, p1), max(q0, q1)


@inlined
def _sounds(x: Array, at: int, frame: int, counts: Ints) -> None:
    """Note the first and the last frame of a chunk that is not silence."""
    i = 0
    while abs(x[at + i]) < SILENCE:
        i += 1
    if counts[FIRST_SOUND] < 0 or frame + i < counts[FIRST_SOUND]:
        counts[FIRST_SOUND] = frame + i
    i = CHUNK - 1
    while abs(x[at + i]) < SILENCE:
        i -= 1
    counts[LAST_SOUND] = max(counts[LAST_SOUND], frame + i)


@inlined
def _clipping(x: Array, at: int, frame: int, sign: float, extreme: Array, runs: Ints) -> None:
    """Follow the runs of one side of one channel: ``runs[0]`` at full scale, ``runs[1]`` at the extreme so far."""
    for i in range(CHUNK):
        v, step = sign * x[at + i], sign * (x[at + i] - x[at + i - 1])
        if v > extreme[0]:
            extreme[0] = v
            runs[1, :3], runs[1, 3] = 0, -1
        _follow(runs[0], v >= FULL_SCALE, frame + i)
        _follow(runs[1], v == extreme[0] and (runs[1, 0] > 0 or step >= STEP * v), frame + i)


@inlined
def _follow(run: Ints, inside: bool, frame: int) -> None:
    """Advance ``run``: samples of the present run, then runs, samples and first frame of those that are clipped."""
    run[0] = run[0] + 1 if inside else 0
    if run[0] == RUN:
        run[1] += 1
        run[2] += RUN
        if run[3] < 0:
            run[3] = frame - RUN + 1
    elif run[0] > RUN:
        run[2] += 1

"""The limiter's block: find the peaks, turn them down, read the result again, turn down what is still above.

All audio lies in ``lanes``, rows of one long buffer that share one time: what belongs to a frame has the same column
in each row.  A block is appended at the right, each step works on the columns that have just become complete, and
when the end is reached the last ``plan[KEEP]`` columns move to the front.  So every step sees plain arrays, and a
value depends on its neighbours in time, never on where a block ends.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import inlined, kernel
from .course import eased
from .interpolate import PHASES, REACH, crest, haze, midpoints, nearest
from .limiter_gain import gain_curve
from .smooth import glide, settled

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

# Rows of lanes: these, then for each channel one of each kind.
CEILING, LINK, GAIN, ROWS = 0, 1, 2, 3
INPUT, MIDDLE, FOUND, WHERE, TURNED, KINDS = 0, 1, 2, 3, 4, 5
# Rows of scratch: linked peaks, the common gain, one channel's own gain; then the peaks of each channel.  The first
# three are free while a look reads crests in them.
LINKED, COMMON, OWN, SCRATCH = 0, 1, 2, 3
# Plan: what prepare fixed, in frames.
NEAR, FAR, AHEAD1, AHEAD2, KEEP, PLAN = 0, 1, 2, 3, 4, 5
# Clock: the column where the next block starts; for how many frames the channels still have gains of their own; how
# many frames have come in.
AT, APART, FRAME, OFFSET, CLOCK = 0, 1, 2, 3, 4
# Meter: the least gain since it was last read, and in the last block.
LEAST, LAST, METER = 0, 1, 2

CHUNK = 512
"""A block is worked off in parts of this many frames, which stay in the processor's cache."""

CAUTION, MOST_CAUTION = 1.0, 0.04
"""A crest counts as higher by this times what lies near Nyquist around it, and by 0.34 dB at most.

Meters whose filters roll off below Nyquist (soxr, for one) lose that part, and read what is left as higher.
"""

AGAIN = 0.9
"""The second look reads the crests that the first gain has left above this fraction of the ceiling."""


@kernel
def limit(
    block: Array,
    lanes: Array,
    scratch: Array,
    plan: Ints,
    clock: Ints,
    middle_taps: Array,
    near_taps: Array,
    far_taps: Array,
    sizes: Ints,
    rates: Array,
    floats: Array,
    ints: Ints,
    targets: Array,
    glides: Array,
    course: Array,
    meter: Array,
) -> None:
    """Limit ``block`` ``(channels, frames)`` in place; it comes out ``near + far + ahead1 + ahead2 + 2`` late."""
    meter[LAST] = 1.0
    for at in range(0, block.shape[1], CHUNK):
        limit_chunk(
            block[:, at : at + CHUNK], lanes, scratch, plan, clock, middle_taps, near_taps, far_taps,
            sizes, rates, floats, ints, targets, glides, course, meter,
        )  # fmt: skip


@inlined
def limit_chunk(
    block: Array, lanes: Array, scratch: Array, plan: Ints, clock: Ints,
    middle_taps: Array, near_taps: Array, far_taps: Array,
    sizes: Ints, rates: Array, floats: Array, ints: Ints, targets: Array, glides: Array, course: Array,
    meter: Array,
) -> None:  # fmt: skip
    """Limit up to ``CHUNK`` frames in place."""
    channels, frames = block.shape
    start = append(block, lanes, plan, clock, targets, glides, course)
    stages = channels + 1
    if channels > 1:
        part_ways(lanes[LINK, start : start + frames], clock, plan[KEEP], stages, floats, ints)
    one = start - plan[NEAR]
    ceilings = lanes[CEILING, one : one + frames]
    for c in range(channels):
        rows = lanes[ROWS + c * KINDS : ROWS + (c + 1) * KINDS]
        midpoints(rows[INPUT], one, frames, middle_taps, rows[MIDDLE])
        look(rows, ceilings, one, frames, plan[NEAR], near_taps, scratch[:SCRATCH], scratch[SCRATCH + c])
    two = one - plan[AHEAD1] - 1
    turn(lanes, scratch, ceilings, two, frames, clock[APART] > 0, sizes[0], rates[0], floats[:stages], ints[:stages])
    three = two - plan[FAR]
    ceilings = lanes[CEILING, three : three + frames]
    for c in range(channels):
        rows = lanes[ROWS + c * KINDS : ROWS + (c + 1) * KINDS]
        look_again(rows, ceilings, three, frames, plan[FAR], far_taps, scratch[:SCRATCH], scratch[SCRATCH + c])
    finish(
        block, lanes, scratch, ceilings, three - plan[AHEAD2] - 1, clock[APART] > 0,
        sizes[1], rates[1], floats[stages:], ints[stages:], meter,
    )  # fmt: skip


@inlined
def append(
    block: Array, lanes: Array, plan: Ints, clock: Ints, targets: Array, glides: Array, course: Array
) -> int:  # fmt: skip
    """Put ``block`` and its smoothed parameters at the end of ``lanes``; return its first column.

    ``targets`` holds what the rows ``CEILING`` and ``LINK`` go to, the coefficient of ``glide``, and the frames from
    one of the factors on the ceiling in ``course`` ``(points,)``, which may be empty, to the next.
    """
    channels, frames = block.shape
    keep = plan[KEEP]
    if clock[AT] + frames > lanes.shape[1]:
        old = clock[AT] - keep
        for row in range(lanes.shape[0]):
            lane = lanes[row]
            for i in range(keep):
                lane[i] = lane[old + i]
        clock[AT] = keep
    start: int = clock[AT]
    clock[AT] = start + frames
    for c in range(channels):
        lanes[ROWS + c * KINDS + INPUT, start : start + frames] = block[c]
    for row in range(2):
        lane = lanes[row, start : start + frames]
        if settled(glides[row], targets[row]):
            lane[:] = targets[row]
        else:
            for i in range(frames):
                lane[i] = glide(glides[row], targets[row], targets[2])
    if course.shape[0] > 0:
        lane = lanes[CEILING, start : start + frames]
        for i in range(frames):
            lane[i] *= eased(course, (clock[FRAME] + clock[OFFSET] + i) / targets[3])
    clock[FRAME] += frames
    return start


@inlined
def part_ways(link: Array, clock: Ints, keep: int, stages: int, floats: Array, ints: Ints) -> None:
    """Start the channels' own stages from the common one when the link opens; stop them after it has closed.

    They run until the last frame whose link is open has left, which is counted in frames: blocks cannot matter.
    """
    frames = link.shape[0]
    if link[0] < 1.0 and clock[APART] == 0:
        for first in range(0, 2 * stages, stages):
            for c in range(1, stages):
                floats[first + c] = floats[first]
                ints[first + c] = ints[first]
    closed = 0
    while closed < frames and link[frames - 1 - closed] == 1.0:
        closed += 1
    left = keep if closed < frames else clock[APART]
    clock[APART] = max(0, left - closed)


@inlined
def look(
    rows: Array, ceilings: Array, start: int, frames: int, half: int, taps: Array, folds: Array, peaks: Array
) -> None:  # fmt: skip
    """Write the peak around each frame of one channel into ``peaks``; note the crests that are worth a second look."""
    x = rows[INPUT, start : start + frames + 1]
    middle = rows[MIDDLE, start - 1 : start + frames]
    found, where = rows[FOUND, start : start + frames], rows[WHERE, start : start + frames]
    for i in range(frames):
        peaks[i] = max(abs(x[i]), abs(middle[i + 1]))
        found[i] = 0.0
    for i in range(frames):
        if peaks[i] > REACH * ceilings[i]:
            before, here, after, next_one = abs(middle[i]), abs(x[i]), abs(middle[i + 1]), abs(x[i + 1])
            centre = -1
            if here >= after and here >= before:
                centre, column = 0, nearest(before, here, after)
            elif after >= here and after >= next_one:
                centre, column = 1, nearest(here, after, next_one)
            if centre >= 0:
                first = start + i + half + 1 - taps.shape[2]
                peaks[i] = max(peaks[i], crest(rows[INPUT], first, taps[centre], column, folds))
                doubt = 0.0
                if peaks[i] > AGAIN * ceilings[i]:
                    doubt = min(CAUTION * haze(rows[INPUT], start + i) / peaks[i], MOST_CAUTION)
                peaks[i] += doubt * peaks[i]
                found[i] = peaks[i]
                where[i] = centre * PHASES + column + doubt


@inlined
def turn(
    lanes: Array, scratch: Array, ceilings: Array, start: int, frames: int, apart: bool,
    sizes: Ints, rates: Array, floats: Array, ints: Ints,
) -> None:  # fmt: skip
    """Turn the input down to the gain that its peaks ask for, from column ``start`` on."""
    channels = floats.shape[0] - 1
    common = scratch[COMMON, :frames]
    link_peaks(scratch, frames, channels)
    gain_curve(scratch[LINKED, :frames], 1.0, ceilings, sizes, rates, floats[0], ints[0], common)
    lanes[GAIN, start : start + frames] = common
    for c in range(channels):
        gain = common
        if apart:
            gain = scratch[OWN, :frames]
            gain_curve(scratch[SCRATCH + c, :frames], 1.0, ceilings, sizes, rates, floats[1 + c], ints[1 + c], gain)
            mix_gains(gain, common, lanes[LINK, start : start + frames])
        rows = lanes[ROWS + c * KINDS : ROWS + (c + 1) * KINDS]
        x, y = rows[INPUT, start : start + frames], rows[TURNED, start : start + frames]
        found = rows[FOUND, start : start + frames]
        for i in range(frames):
            y[i] = x[i] * gain[i]
            found[i] *= gain[i]


@inlined
def look_again(
    rows: Array, ceilings: Array, start: int, frames: int, future: int, taps: Array, folds: Array, peaks: Array
) -> None:  # fmt: skip
    """Read the crests that the first look found once more, in what its gain has made of them."""
    found, where = rows[FOUND, start : start + frames], rows[WHERE, start : start + frames]
    for i in range(frames):
        peaks[i] = 0.0
        if found[i] > AGAIN * ceilings[i]:
            code = int(where[i])
            first = start + i + future + 1 - taps.shape[2]
            height = crest(rows[TURNED], first, taps[code // PHASES], code % PHASES, folds)
            peaks[i] = height * (1.0 + where[i] - code)


@inlined
def finish(
    block: Array, lanes: Array, scratch: Array, ceilings: Array, start: int, apart: bool,
    sizes: Ints, rates: Array, floats: Array, ints: Ints, meter: Array,
) -> None:  # fmt: skip
    """Turn down what is still above the ceiling, from column ``start`` on, into ``block``; read the meter."""
    channels, frames = block.shape
    common = scratch[COMMON, :frames]
    link_peaks(scratch, frames, channels)
    gain_curve(scratch[LINKED, :frames], 1.0, ceilings, sizes, rates, floats[0], ints[0], common)
    for c in range(channels):
        gain = common
        if apart:
            gain = scratch[OWN, :frames]
            gain_curve(scratch[SCRATCH + c, :frames], 1.0, ceilings, sizes, rates, floats[1 + c], ints[1 + c], gain)
            mix_gains(gain, common, lanes[LINK, start : start + frames])
        y, out = lanes[ROWS + c * KINDS + TURNED, start : start + frames], block[c]
        for i in range(frames):
            out[i] = y[i] * gain[i]
    before = lanes[GAIN, start : start + frames]
    least = 1.0
    for i in range(frames):
        least = min(least, before[i] * common[i])
    meter[LAST] = min(meter[LAST], least)
    meter[LEAST] = min(meter[LEAST], least)


@inlined
def link_peaks(scratch: Array, frames: int, channels: int) -> None:
    """Write the largest of the channels' peaks into the row ``LINKED``."""
    linked = scratch[LINKED, :frames]
    linked[:] = scratch[SCRATCH, :frames]
    for c in range(1, channels):
        peaks = scratch[SCRATCH + c, :frames]
        for i in range(frames):
            linked[i] = max(linked[i], peaks[i])


@inlined
def mix_gains(own: Array, common: Array, link: Array) -> None:
    """Move each channel's ``own`` gain toward the ``common`` one, in place; at a link of 1 they are the same."""
    for i in range(own.shape[0]):
        own[i] = common[i] if link[i] == 1.0 else own[i] + link[i] * (common[i] - own[i])


@kernel
def envelope(
    block: Array, lanes: Array, plan: Ints, clock: Ints, middle_taps: Array, near_taps: Array,
    targets: Array, glides: Array, scratch: Array, out: Array,
) -> None:  # fmt: skip
    """Write the linked peaks of ``block``, ``plan[NEAR]`` frames late, into ``out`` ``(frames,)``.

    The limiter's first look, with ``targets[CEILING]`` the level from which on crests are read finely.
    """
    channels = block.shape[0]
    for at in range(0, block.shape[1], CHUNK):
        part = block[:, at : at + CHUNK]
        frames = part.shape[1]
        one = append(part, lanes, plan, clock, targets, glides, targets[:0]) - plan[NEAR]
        for c in range(channels):
            rows = lanes[ROWS + c * KINDS : ROWS + (c + 1) * KINDS]
            midpoints(rows[INPUT], one, frames, middle_taps, rows[MIDDLE])
            ceilings = lanes[CEILING, one : one + frames]
            look(rows, ceilings, one, frames, plan[NEAR], near_taps, scratch[:SCRATCH], scratch[SCRATCH + c])
        link_peaks(scratch, frames, channels)
        out[at : at + frames] = scratch[LINKED, :frames]

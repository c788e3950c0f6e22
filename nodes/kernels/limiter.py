"""The limiter's block: find the peaks, turn them down, read the result again, turn down what is still above.

All audio lies in ``lanes``, rows of one long buffer that share one time: what belongs to a frame has the same column
in each row.  A block is appended at the right, each step works on the columns that have just become complete, and
when the end is reached the last ``plan[KEEP]`` columns move to the front.  So every step sees plain arrays, and a
value depends on its neighbours in time, never on where a block ends.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import copy, fill
from .bypass import arrive_bypass, enter, leave
from .compiled import inlined, kernel
from .course import eased
from .interpolate import PHASES, REACH, crest, haze, midpoints, nearest
from .limiter_gain import BUILD, RATES, SIZES, follow_parameters, gain_curve
from .maths import pow10
from .memory import Layout, reals, reals_elsewhere, wholes
from .parameters import Parameters
from .smooth import glide, settled, stand

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

# Rows of lanes: these, then for each channel one of each kind.
CEILING, LINK, GAIN, ROWS = 0, 1, 2, 3
INPUT, MIDDLE, HEIGHT, WHERE, TURNED, KINDS = 0, 1, 2, 3, 4, 5
# Rows of scratch: linked peaks, the common gain, one channel's own gain; then the peaks of each channel.  The first
# three are free while a look reads crests in them.
LINKED, COMMON, OWN, SCRATCH = 0, 1, 2, 3
# Clock: the column where the next block starts; for how many frames the channels still have gains of their own; how
# many frames have come in; how far the course lies ahead of the stream.
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


VALUES = 7
PARAMETERS = Parameters("bypass", "ceiling_db", "release_ms", "hold_ms", "link", "lookahead_ms", "mode")
LAYOUT = Layout(
    constants={
        "near": wholes(), "far": wholes(), "ahead1": wholes(), "ahead2": wholes(), "keep": wholes(),
        "sample_rate": reals(), "glide_rate": reals(), "sizes": wholes(2, SIZES),
        "middle_taps": reals("middle"), "near_taps": reals(2, PHASES, "near_taps"),
        "far_taps": reals(2, PHASES, "far_taps"), "course_hop": reals(), "course": reals_elsewhere("points"),
    },
    state={
        "lanes": reals("rows", "columns"), "scratch": reals("scratch", CHUNK), "clock": wholes(CLOCK),
        "glides": reals(2, 3), "targets": reals(2), "values_before": reals(VALUES), "rates": reals(2, RATES),
        "stages": reals("stages", "stage_floats"), "rings": wholes("stages", "stage_ints"), "meter": reals(METER),
    },
)  # fmt: skip
"""In frames: how much future the first and the second look have, their look-aheads, the columns that stay in ``lanes``.

A course lowers the ceiling by a factor every ``course_hop`` frames.  ``targets`` are what the rows ``CEILING`` and
``LINK`` of ``lanes`` glide to, ``rates`` those of the two gains' stages, made of ``values_before`` when one changes.
"""

parameters, memory = PARAMETERS.opener(), LAYOUT.opener()


@kernel
def block(block: Array, values: Array, floats: Array, ints: Ints) -> None:
    """Limit ``block`` ``(channels, frames)`` in place; it comes out ``near + far + ahead1 + ahead2 + 2`` late."""
    m = memory(floats, ints)
    enter(block, values, m)
    wish(values, m)
    m.meter[LAST] = 1.0
    for at in range(0, block.shape[1], CHUNK):
        limit_chunk(block[:, at : at + CHUNK], m)
    leave(block, values, m)


@kernel
def arrive(values: Array, floats: Array, ints: Ints) -> None:
    """Let ceiling and link be where the parameters are, and no gain be in sight."""
    m = memory(floats, ints)
    arrive_bypass(values, m)
    m.clock[AT] = m.keep
    m.values_before[0] = np.nan
    wish(values, m)
    for row in range(2):
        stand(m.glides[row], m.targets[row])
        fill(m.lanes[row], m.targets[row])
    fill(m.lanes[GAIN], 1.0)
    fill(m.meter, 1.0)


@inlined
def wish(values: Array, m: Any) -> None:
    """Turn the parameters, where one has changed, into what the steps read."""
    same = True
    for i in range(VALUES):
        same = same and values[i] == m.values_before[i]
    if same:
        return
    copy(values, m.values_before)
    v = parameters(values)
    m.targets[CEILING], m.targets[LINK] = pow10(v.ceiling_db / 20.0), v.link / 100.0
    for stage in range(2):
        follow_parameters(m.sizes[stage], m.sample_rate * 1e-3, v.release_ms, v.hold_ms, m.rates[stage])
    m.rates[1, BUILD] = 0.0  # A patch leaves nothing behind, and mostly the second stage sleeps.


@inlined
def limit_chunk(block: Array, m: Any) -> None:
    """Limit up to ``CHUNK`` frames in place."""
    channels, frames = block.shape
    start = append(block, m)
    stages = channels + 1
    if channels > 1:
        part_ways(m.lanes[LINK, start : start + frames], stages, m)
    one = start - m.near
    ceilings = m.lanes[CEILING, one : one + frames]
    for c in range(channels):
        first_look(c, one, frames, ceilings, m)
    two = one - m.ahead1 - 1
    turn(ceilings, two, frames, m)
    three = two - m.far
    ceilings = m.lanes[CEILING, three : three + frames]
    for c in range(channels):
        rows = m.lanes[ROWS + c * KINDS : ROWS + (c + 1) * KINDS]
        look_again(rows, ceilings, three, frames, m.far, m.far_taps, m.scratch[:SCRATCH], m.scratch[SCRATCH + c])
    finish(block, ceilings, three - m.ahead2 - 1, m)


@inlined
def append(block: Array, m: Any) -> int:
    """Put ``block`` and its smoothed parameters at the end of the lanes; return its first column."""
    channels, frames = block.shape
    lanes, clock = m.lanes, m.clock
    if clock[AT] + frames > lanes.shape[1]:
        old = clock[AT] - m.keep
        for row in range(lanes.shape[0]):
            lane = lanes[row]
            for i in range(m.keep):
                lane[i] = lane[old + i]
        clock[AT] = m.keep
    start: int = clock[AT]
    clock[AT] = start + frames
    for c in range(channels):
        copy(block[c], lanes[ROWS + c * KINDS + INPUT, start : start + frames])
    for row in range(2):
        lane = lanes[row, start : start + frames]
        if settled(m.glides[row], m.targets[row]):
            fill(lane, m.targets[row])
        else:
            for i in range(frames):
                lane[i] = glide(m.glides[row], m.targets[row], m.glide_rate)
    if m.course.shape[0] > 0:
        lane = lanes[CEILING, start : start + frames]
        for i in range(frames):
            lane[i] *= eased(m.course, (clock[FRAME] + clock[OFFSET] + i) / m.course_hop)
    clock[FRAME] += frames
    return start


@inlined
def part_ways(link: Array, stages: int, m: Any) -> None:
    """Start the channels' own stages from the common one when the link opens; stop them after it has closed.

    They run until the last frame whose link is open has left, which is counted in frames: blocks cannot matter.
    """
    frames, apart = link.shape[0], m.clock[APART]
    if link[0] < 1.0 and apart == 0:
        for stage in range(2):
            first = stage * stages
            for c in range(1, stages):
                copy(m.stages[first], m.stages[first + c])
                copy(m.rings[first], m.rings[first + c])
    closed = 0
    while closed < frames and link[frames - 1 - closed] == 1.0:
        closed += 1
    left = m.keep if closed < frames else apart
    m.clock[APART] = max(0, left - closed)


@inlined
def first_look(c: int, start: int, frames: int, ceilings: Array, m: Any) -> None:
    """Find the peaks of channel ``c`` around ``frames`` columns from ``start`` on."""
    rows = m.lanes[ROWS + c * KINDS : ROWS + (c + 1) * KINDS]
    midpoints(rows[INPUT], start, frames, m.middle_taps, rows[MIDDLE])
    look(rows, ceilings, start, frames, m.near, m.near_taps, m.scratch[:SCRATCH], m.scratch[SCRATCH + c])


@inlined
def look(
    rows: Array, ceilings: Array, start: int, frames: int, half: int, taps: Array, folds: Array, peaks: Array
) -> None:  # fmt: skip
    """Write the peak around each frame of one channel into ``peaks``; note the crests that are worth a second look."""
    x = rows[INPUT, start : start + frames + 1]
    middle = rows[MIDDLE, start - 1 : start + frames]
    heights, where = rows[HEIGHT, start : start + frames], rows[WHERE, start : start + frames]
    for i in range(frames):
        peaks[i] = max(abs(x[i]), abs(middle[i + 1]))
        heights[i] = 0.0
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
                heights[i] = peaks[i]
                where[i] = centre * PHASES + column + doubt


@inlined
def turn(ceilings: Array, start: int, frames: int, m: Any) -> None:
    """Turn the input down to the gain that its peaks ask for, from column ``start`` on."""
    channels = common_gain(0, ceilings, frames, m)
    copy(m.scratch[COMMON, :frames], m.lanes[GAIN, start : start + frames])
    for c in range(channels):
        gain = own_gain(0, c, ceilings, start, frames, m)
        rows = m.lanes[ROWS + c * KINDS : ROWS + (c + 1) * KINDS]
        x, y = rows[INPUT, start : start + frames], rows[TURNED, start : start + frames]
        heights = rows[HEIGHT, start : start + frames]
        for i in range(frames):
            y[i] = x[i] * gain[i]
            heights[i] *= gain[i]


@inlined
def common_gain(stage: int, ceilings: Array, frames: int, m: Any) -> int:
    """Write the gain that meets the peaks of all channels into the row ``COMMON``; return how many channels are."""
    stages = m.stages.shape[0] >> 1
    link_peaks(m.scratch, frames, stages - 1)
    run_stage(stage, stage * stages, m.scratch[LINKED, :frames], ceilings, m.scratch[COMMON, :frames], m)
    return stages - 1


@inlined
def own_gain(stage: int, c: int, ceilings: Array, start: int, frames: int, m: Any) -> Array:
    """Return the gain of channel ``c`` from column ``start`` on: its own as far as the link is open."""
    common = m.scratch[COMMON, :frames]
    if m.clock[APART] == 0:
        return common
    own, stages = m.scratch[OWN, :frames], m.stages.shape[0] >> 1
    run_stage(stage, stage * stages + 1 + c, m.scratch[SCRATCH + c, :frames], ceilings, own, m)
    mix_gains(own, common, m.lanes[LINK, start : start + frames])
    return own


@inlined
def run_stage(stage: int, row: int, peaks: Array, ceilings: Array, out: Array, m: Any) -> None:
    """Advance the first or the second gain, whose state is in ``row``, by so many peaks."""
    gain_curve(peaks, 1.0, ceilings, m.sizes[stage], m.rates[stage], m.stages[row], m.rings[row], out)


@inlined
def look_again(
    rows: Array, ceilings: Array, start: int, frames: int, future: int, taps: Array, folds: Array, peaks: Array
) -> None:  # fmt: skip
    """Read the crests that the first look found once more, in what its gain has made of them."""
    heights, where = rows[HEIGHT, start : start + frames], rows[WHERE, start : start + frames]
    for i in range(frames):
        peaks[i] = 0.0
        if heights[i] > AGAIN * ceilings[i]:
            code = int(where[i])
            first = start + i + future + 1 - taps.shape[2]
            height = crest(rows[TURNED], first, taps[code // PHASES], code % PHASES, folds)
            peaks[i] = height * (1.0 + where[i] - code)


@inlined
def finish(block: Array, ceilings: Array, start: int, m: Any) -> None:
    """Turn down what is still above the ceiling, from column ``start`` on, into ``block``; read the meter."""
    frames = block.shape[1]
    channels = common_gain(1, ceilings, frames, m)
    for c in range(channels):
        gain = own_gain(1, c, ceilings, start, frames, m)
        y, out = m.lanes[ROWS + c * KINDS + TURNED, start : start + frames], block[c]
        for i in range(frames):
            out[i] = y[i] * gain[i]
    before, common = m.lanes[GAIN, start : start + frames], m.scratch[COMMON, :frames]
    least = 1.0
    for i in range(frames):
        least = min(least, before[i] * common[i])
    m.meter[LAST] = min(m.meter[LAST], least)
    m.meter[LEAST] = min(m.meter[LEAST], least)


@inlined
def link_peaks(scratch: Array, frames: int, channels: int) -> None:
    """Write the largest of the channels' peaks into the row ``LINKED``."""
    linked = scratch[LINKED, :frames]
    copy(scratch[SCRATCH, :frames], linked)
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
def envelope(block: Array, floats: Array, ints: Ints, out: Array) -> None:
    """Write the linked peaks of ``block``, ``near`` frames late, into ``out`` ``(frames,)``.

    The limiter's first look, with the ceiling the level from which on crests are read finely.
    """
    m = memory(floats, ints)
    channels = block.shape[0]
    for at in range(0, block.shape[1], CHUNK):
        part = block[:, at : at + CHUNK]
        frames = part.shape[1]
        one = append(part, m) - m.near
        for c in range(channels):
            first_look(c, one, frames, m.lanes[CEILING, one : one + frames], m)
        link_peaks(m.scratch, frames, channels)
        copy(m.scratch[LINKED, :frames], out[at : at + frames])


@kernel
def envelope_arrive(floats: Array, ints: Ints, fine_from: float) -> None:
    """Make the memory that of an envelope which reads crests above ``fine_from`` (linear) finely."""
    m = memory(floats, ints)
    m.clock[AT] = m.keep
    m.targets[CEILING], m.targets[LINK] = fine_from, 1.0
    for row in range(2):
        stand(m.glides[row], m.targets[row])
    fill(m.lanes[CEILING], fine_from)

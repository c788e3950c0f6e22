"""The dynamic equaliser's block function: detectors, control ticks, ramped sections; one call a block."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .bank import BANDS, LANES, POWER, TICK, calm, cascade, detect, next_ramp
from .compiled import inlined, kernel
from .course import read_course
from .filters import look_up
from .smooth import glide
from .tone import dynamic_gain, tonal_gains

Array = NDArray[np.float64]

QUIET = 1e-12

# Places in ``settings``, the smoothed parameters; the per-band ones follow from TARGETS and TRIMS on.
INTENSITY, AMOUNT, RANGE, RATIO, THRESHOLD, KNEE, ATTACK, RELEASE, DYNAMIC_RANGE, TARGETS = range(10)

# Places in ``clock``: the frame of the stream, how many ticks the live measurement has heard, and how far the courses
# lie ahead of the stream.
FRAME, HEARD, OFFSET, CLOCK = 0, 1, 2, 3


@kernel
def process(
    block: Array,
    clock: NDArray[np.int64],
    wishes: Array,
    glides: Array,
    glide_rate: float,
    settings: Array,
    tables: Array,
    work: Array,
    spare: Array,
    power: Array,
    slow: Array,
    tone: Array,
    fast: Array,
    kept: Array,
    gains: Array,
    scratch: Array,
    neutral: Array,
    weights: Array,
    lift: Array,
    solve: Array,
    course_hop: float,
    course_gains: Array,
    course_levels: Array,
    tick_seconds: float,
) -> None:
    """Equalise ``block`` ``(channels, frames)`` in place."""
    at, frames, channels = 0, block.shape[1], block.shape[0]
    while at < frames:
        phase = clock[FRAME] % TICK
        if phase == 0:
            for i in range(wishes.shape[0]):
                settings[i] = glide(glides[i], wishes[i], glide_rate)
            gather(work, power)
            if course_levels.shape[0] > 0:
                place = float(clock[FRAME] + clock[OFFSET]) / course_hop
                read_course(place, course_gains, tone)
                read_course(place, course_levels, scratch[0])
            else:
                listen(clock, power, slow, settings, neutral, weights, lift, solve, tone, scratch, tick_seconds)
            control(power, tone, fast, kept, gains, scratch[0], settings, tick_seconds)
            steer(work, tables, gains, scratch[3])
        count = min(TICK - phase, frames - at)
        for pair in range(work.shape[0]):
            p = block[2 * pair, at : at + count]
            q = block[2 * pair + 1, at : at + count] if 2 * pair + 1 < channels else spare[:count]
            detect(p, q, work[pair])
            cascade(p, q, phase, work[pair])
        at += count
        clock[FRAME] += count


@inlined
def gather(work: Array, power: Array) -> None:
    """Sum the power of each band over the channels."""
    power[:] = 0.0
    for pair in range(work.shape[0]):
        calm(work[pair])
        for lane in range(LANES):
            power[lane % BANDS] += work[pair, POWER + lane]


@inlined
def steer(work: Array, tables: Array, gains: Array, section: Array) -> None:
    """Start every section on its way to what ``gains`` ask for."""
    for b in range(BANDS):
        look_up(tables[b], gains[b], section)
        for pair in range(work.shape[0]):
            next_ramp(work[pair], b, 0, section)
            next_ramp(work[pair], b, 1, section)


LISTEN_TICKS = 8
LISTEN_SECONDS = 6.0
SETTLE_SECONDS = 1.5
OPEN_SECONDS = 3.0
GATE_RATIO = 0.01
GATE_POWER = 1e-6


@inlined
def listen(
    clock: NDArray[np.int64],
    power: Array,
    slow: Array,
    settings: Array,
    neutral: Array,
    weights: Array,
    lift: Array,
    solve: Array,
    tone: Array,
    scratch: Array,
    tick_seconds: float,
) -> None:
    """Measure the tone of what was heard so far, and steer toward the target; pauses do not count.

    ``scratch[0]`` holds the reference levels of the fast part, ``scratch[2]`` the gains steered to.
    """
    bands = power.shape[0]
    now, before = 0.0, 0.0
    for b in range(bands):
        now += power[b]
        before += slow[b]
    if now > GATE_POWER and now > GATE_RATIO * before:
        clock[HEARD] += 1
        rate = max(tick_seconds / LISTEN_SECONDS, 1.0 / clock[HEARD])
        for b in range(bands):
            slow[b] += rate * (power[b] - slow[b])
    if clock[FRAME] % (TICK * LISTEN_TICKS) == 0:
        for b in range(bands):
            scratch[0, b] = 10.0 * np.log10(slow[b] + QUIET)
        target = settings[TARGETS : TARGETS + bands]
        tonal_gains(
            scratch[0], target, neutral, weights, lift, solve, settings[AMOUNT], settings[RANGE], scratch[1], scratch[2]
        )
    opened = min(1.0, clock[HEARD] * tick_seconds / OPEN_SECONDS)
    for b in range(bands):
        tone[b] += tick_seconds / SETTLE_SECONDS * (opened * scratch[2, b] - tone[b])


KEEP_SECONDS = 5.0
KEEP_PRIOR = 0.2
"""The fast part is made up for over some seconds; until then the running level stands in, at this weight."""


@inlined
def control(
    power: Array, tone: Array, fast: Array, kept: Array, gains: Array, reference: Array, settings: Array, tick: float
) -> None:
    """Set ``gains`` in dB: the slow tone and the fast dynamics, scaled by intensity, plus the trims.

    ``kept`` ``(2, bands)`` follows the power of each band before and after the fast part, whose mean is made up for:
    it moves dynamics, not tone.
    """
    bands = power.shape[0]
    attack = 1.0 - np.exp(-tick / settings[ATTACK])
    release = 1.0 - np.exp(-tick / settings[RELEASE])
    for b in range(bands):
        aim = 0.0
        if reference[b] > -90.0 and settings[RATIO] != 1.0:
            over = 10.0 * np.log10(power[b] + QUIET) - reference[b] - settings[THRESHOLD]
            aim = dynamic_gain(over, settings[RATIO], settings[KNEE], settings[DYNAMIC_RANGE])
        fast[b] += (attack if abs(aim) > abs(fast[b]) else release) * (aim - fast[b])
        kept[0, b] += tick / KEEP_SECONDS * (power[b] - kept[0, b])
        kept[1, b] += tick / KEEP_SECONDS * (power[b] * 10.0 ** (0.1 * fast[b]) - kept[1, b])
        prior = KEEP_PRIOR * 10.0 ** (0.1 * reference[b]) + QUIET
        made_up = 10.0 * np.log10((kept[0, b] + prior) / (kept[1, b] + prior))
        gains[b] = settings[INTENSITY] * (tone[b] + fast[b] + made_up) + settings[TARGETS + bands + b]

"""The dynamic equaliser's block function: detectors, control ticks, ramped sections; one call a block."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bank import BANDS, LANES, POWER, SIZE, TICK, calm, cascade, detect, next_ramp
from .blocks import fill
from .bypass import arrive_bypass, enter, leave
from .compiled import inlined, kernel
from .course import read_course
from .filters import COEFFICIENTS, TABLE_ROWS, look_up
from .maths import exp, log10, pow10
from .memory import Layout, reals, reals_elsewhere, wholes
from .parameters import Parameters
from .smooth import glide, stand
from .tone import dynamic_gain, tonal_gains

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

QUIET = 1e-12

PLAIN = (
    "intensity", "amount", "range_db", "ratio", "threshold_db", "knee_db", "attack_ms", "release_ms",
    "dynamic_range_db",
)  # fmt: skip
PARAMETERS = Parameters("bypass", *PLAIN, ("targets_db", BANDS), ("trims_db", BANDS))

# Places in ``settings``, the smoothed parameters in the order of the values behind the bypass.
INTENSITY, AMOUNT, RANGE, RATIO, THRESHOLD, KNEE, ATTACK, RELEASE, DYNAMIC_RANGE, TARGETS = range(10)
TRIMS = TARGETS + BANDS
SETTINGS = TRIMS + BANDS

# Places in ``clock``: the frame of the stream, how many ticks the live measurement has heard, and how far the courses
# lie ahead of the stream.
FRAME, HEARD, OFFSET, CLOCK = 0, 1, 2, 3

# Rows of ``levels``, in dB by band: the reference of the fast part, the levels wanted, the gains steered to.
REFERENCE, WANTED, AIMS, LEVELS = 0, 1, 2, 3

LAYOUT = Layout(
    constants={
        "scales": reals(SETTINGS), "glide_rate": reals(), "tick_seconds": reals(),
        "tables": reals(BANDS, TABLE_ROWS, COEFFICIENTS), "at_rest": reals(SIZE),
        "neutral": reals(BANDS), "weights": reals(BANDS), "tolerance": reals(BANDS), "lift": reals(BANDS),
        "empty": reals(2, BANDS), "k_weighting": reals(BANDS), "solve": reals(BANDS, BANDS),
        "course_hop": reals(), "course_gains": reals_elsewhere("points", BANDS),
        "course_levels": reals_elsewhere("points", BANDS), "course_makeup": reals_elsewhere("points", 1),
    },
    state={
        "clock": wholes(CLOCK), "settings": reals(SETTINGS), "glides": reals(SETTINGS, 3),
        "work": reals("pairs", SIZE), "spare": reals(TICK),
        "power": reals(BANDS), "slow": reals(BANDS), "tone": reals(BANDS), "fast": reals(BANDS),
        "playing": reals(BANDS), "gains": reals(BANDS),
        "means": reals(2, BANDS), "levels": reals(LEVELS, BANDS), "makeup": reals(1), "section": reals(COEFFICIENTS),
        "held": reals(2, BANDS),
    },
)  # fmt: skip
"""``scales`` turns values into settings; ``tables`` are the bands' sections by gain, ``at_rest`` a workspace at rest.

A course has a point every ``course_hop`` frames.  ``work`` holds the workspace of each pair of channels, see
``bank``, ``spare`` stands in for a missing second channel.  By band: ``power`` heard now, ``slow`` over seconds,
``tone`` the slow part in dB, ``fast`` the fast one, ``playing`` 0..1 how far it does not rest, ``gains`` all of it;
``means`` the mean power before and after the fast part.  ``makeup`` in dB takes back what the slow part does to the
loudness; ``held`` is scratch.
"""

parameters, memory = PARAMETERS.opener(), LAYOUT.opener()


@kernel
def block(block: Array, values: Array, floats: Array, ints: Ints) -> None:
    """Equalise ``block`` ``(channels, frames)`` in place."""
    m = memory(floats, ints)
    enter(block, values, m)
    process(block, values, m)
    leave(block, values, m)


@kernel
def arrive(values: Array, floats: Array, ints: Ints) -> None:
    """Let every parameter be where it is wished, every section neutral, every band ready to play."""
    m = memory(floats, ints)
    arrive_bypass(values, m)
    fill(m.playing, 1.0)
    for i in range(SETTINGS):
        stand(m.glides[i], values[1 + i] * m.scales[i])
    for pair in range(m.work.shape[0]):
        for i in range(SIZE):
            m.work[pair, i] = m.at_rest[i]


@inlined
def process(block: Array, values: Array, m: Any) -> None:
    """Run from control tick to control tick: look at the detectors, steer the sections, filter."""
    at, frames, channels = 0, block.shape[1], block.shape[0]
    while at < frames:
        phase = m.clock[FRAME] % TICK
        if phase == 0:
            look(values, m)
        count = min(TICK - phase, frames - at)
        for pair in range(m.work.shape[0]):
            p = block[2 * pair, at : at + count]
            q = block[2 * pair + 1, at : at + count] if 2 * pair + 1 < channels else m.spare[:count]
            detect(p, q, m.work[pair])
            cascade(p, q, phase, m.work[pair])
        at += count
        m.clock[FRAME] += count


@inlined
def look(values: Array, m: Any) -> None:
    """Do what is due at a tick: parameters, tone, dynamics, and the way of every section."""
    for i in range(SETTINGS):
        m.settings[i] = glide(m.glides[i], values[1 + i] * m.scales[i], m.glide_rate)
    gather(m.work, m.power)
    if m.course_levels.shape[0] > 0:
        place = float(m.clock[FRAME] + m.clock[OFFSET]) / m.course_hop
        read_course(place, m.course_gains, m.tone)
        read_course(place, m.course_levels, m.levels[REFERENCE])
        read_course(place, m.course_makeup, m.makeup)
    else:
        listen(m)
    control(m)
    steer(m)


@inlined
def gather(work: Array, power: Array) -> None:
    """Sum the power of each band over the channels."""
    fill(power, 0.0)
    for pair in range(work.shape[0]):
        calm(work[pair])
        for lane in range(LANES):
            power[lane % BANDS] += work[pair, POWER + lane]


@inlined
def steer(m: Any) -> None:
    """Start every section on its way to what the gains ask for; the first one sets the level as well."""
    level = pow10(0.05 * m.settings[INTENSITY] * m.makeup[0])
    for b in range(BANDS):
        look_up(m.tables[b], m.gains[b], m.section)
        if b == 0:
            for i in range(MIX, COEFFICIENTS):
                m.section[i] *= level
        for pair in range(m.work.shape[0]):
            next_ramp(m.work[pair], b, 0, m.section)
            next_ramp(m.work[pair], b, 1, m.section)


MIX = 2
"""The first of a section's coefficients that say how much of input, band-pass and low-pass come out."""

LISTEN_TICKS = 8
LISTEN_SECONDS = 6.0
SETTLE_SECONDS = 1.5
OPEN_SECONDS = 3.0
GATE_RATIO = 0.01
GATE_POWER = 1e-6


@inlined
def listen(m: Any) -> None:
    """Measure the tone of what was heard so far, and steer toward the target; pauses do not count."""
    now, before = 0.0, 0.0
    for b in range(BANDS):
        now += m.power[b]
        before += m.slow[b]
    if now > GATE_POWER and now > GATE_RATIO * before:
        m.clock[HEARD] += 1
        rate = max(m.tick_seconds / LISTEN_SECONDS, 1.0 / m.clock[HEARD])
        for b in range(BANDS):
            m.slow[b] += rate * (m.power[b] - m.slow[b])
    if m.clock[FRAME] % (TICK * LISTEN_TICKS) == 0:
        for b in range(BANDS):
            m.levels[REFERENCE, b] = 10.0 * log10(m.slow[b] + QUIET)
        tonal_gains(
            m.levels[REFERENCE], m.settings[TARGETS:TRIMS], m.neutral, m.weights, m.tolerance, m.lift, m.empty, m.solve,
            m.settings[AMOUNT], m.settings[RANGE], m.held, m.levels[WANTED], m.levels[AIMS],
        )  # fmt: skip
    opened = min(1.0, m.clock[HEARD] * m.tick_seconds / OPEN_SECONDS)
    for b in range(BANDS):
        m.tone[b] += m.tick_seconds / SETTLE_SECONDS * (opened * m.levels[AIMS, b] - m.tone[b])
    m.makeup[0] += m.tick_seconds / SETTLE_SECONDS * (opened * made_up_for(m) - m.makeup[0])


@inlined
def made_up_for(m: Any) -> float:
    """Return the dB that take back what the tone wanted does to the loudness of what was heard."""
    before, after = 0.0, 0.0
    for b in range(BANDS):
        power = m.k_weighting[b] * m.slow[b]
        before += power
        after += power * pow10(0.1 * m.levels[WANTED, b])
    return 10.0 * log10((before + QUIET) / (after + QUIET))


LOW_DB, RESTING_DB = 14.0, 22.0
"""A band begins to rest so far under its running level, and rests so far."""

KEEP_SECONDS = 5.0
KEEP_PRIOR = 0.2
"""The fast part is made up for over some seconds; until then the running level stands in, at this weight."""


@inlined
def control(m: Any) -> None:
    """Set the gains in dB: the slow tone and the fast dynamics, scaled by intensity, plus the trims.

    ``means`` follows the power of each band before and after the fast part, whose difference is made up for: it moves
    dynamics, not tone.  ``playing`` lets go of that where a band rests, or its noise would be made up.
    """
    tick, settings, power, fast, means = m.tick_seconds, m.settings, m.power, m.fast, m.means
    attack = 1.0 - exp(-tick / settings[ATTACK])
    release = 1.0 - exp(-tick / settings[RELEASE])
    for b in range(BANDS):
        aim, plays, reference = 0.0, 1.0, m.levels[REFERENCE, b]
        if reference > -90.0 and settings[RATIO] != 1.0:
            above = 10.0 * log10(power[b] + QUIET) - reference
            aim = dynamic_gain(above - settings[THRESHOLD], settings[RATIO], settings[KNEE], settings[DYNAMIC_RANGE])
            plays = min(max(1.0 + (above + LOW_DB) / (RESTING_DB - LOW_DB), 0.0), 1.0)
        m.playing[b] += (attack if plays > m.playing[b] else release) * (plays - m.playing[b])
        fast[b] += (attack if abs(aim) > abs(fast[b]) else release) * (aim - fast[b])
        means[0, b] += tick / KEEP_SECONDS * (power[b] - means[0, b])
        means[1, b] += tick / KEEP_SECONDS * (power[b] * pow10(0.1 * fast[b]) - means[1, b])
        prior = KEEP_PRIOR * pow10(0.1 * reference) + QUIET
        made_up = 10.0 * log10((means[0, b] + prior) / (means[1, b] + prior))
        m.gains[b] = settings[INTENSITY] * (m.tone[b] + fast[b] + m.playing[b] * made_up) + settings[TRIMS + b]

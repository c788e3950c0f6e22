"""The stereo imager's block function: an equaliser of three bands on the side signal, the middle untouched."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bypass import arrive_bypass, enter, leave
from .compiled import inlined, kernel
from .course import read_course
from .filters import COEFFICIENTS, DENORMAL, TABLE_ROWS, look_up, ramp_part
from .maths import log10, pow10
from .memory import Layout, reals, reals_elsewhere, wholes
from .parameters import Parameters
from .smooth import glide, stand
from .tone import bent

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

TICK = 32
"""Frames of a coefficient ramp, and between two looks at the control signals."""

QUIET = 1e-12
LOW, MID, HIGH = range(3)
# Places in ``settings``: three widths in dB, and how much of what is measured is corrected.
AMOUNT, SETTINGS = 3, 4

MONO = 10.0 ** (-30.0 / 20.0)
"""Factor on the side that stands for none: 30 dB down."""

MONO_DB, NARROW_DB = -42.0, -30.0
"""Side to middle: below the first a band is mono and stays so, above the second a narrow one may be opened."""

# Places in ``clock``: as those of the equaliser.
FRAME, HEARD, OFFSET, CLOCK = 0, 1, 2, 3

WIDEN_DB, TIGHTEN_DB = 8.0, 20.0
"""The most that a correction opens or closes a band."""


@inlined
def width_gain(side_to_mid_db: float, narrow_db: float, wide_db: float) -> float:
    """Return the gain in dB of the side that brings a band to the nearer edge of its dead band."""
    if side_to_mid_db > wide_db:
        return -bent(side_to_mid_db - wide_db, TIGHTEN_DB)
    if side_to_mid_db < narrow_db:
        stereo = min(max((side_to_mid_db - MONO_DB) / (NARROW_DB - MONO_DB), 0.0), 1.0)
        return stereo * bent(narrow_db - side_to_mid_db, WIDEN_DB)
    return 0.0


SEEN_LOW, SEEN_HIGH = 0.5, 0.8
"""What the bands see of a shelf's gain, its slope lies within them: on most records, for who only listens."""


@inlined
def unfold(gains: Array) -> None:
    """Turn the gains ``(3,)`` wanted in the measured bands into those of the shelves, in place."""
    gains[LOW] = gains[MID] + within(gains[LOW] - gains[MID], SEEN_LOW)
    gains[HIGH] = gains[MID] + within(gains[HIGH] - gains[MID], SEEN_HIGH)


@inlined
def within(step_db: float, seen: float) -> float:
    """Return the gain of a shelf of which ``step_db`` is to be seen, at most 18 dB."""
    return min(max(step_db / seen, -18.0), 18.0)


PARAMETERS = Parameters("bypass", ("widths", 3), "amount", ("dead_band_db", 6))
# Of ``dead_band_db`` each band has two: the narrow edge, then the wide one.
LAYOUT = Layout(
    constants={
        "glide_rate": reals(), "tick_seconds": reals(), "tables": reals(2, TABLE_ROWS, COEFFICIENTS),
        "crossovers": reals(2, 2), "course_hop": reals(), "course": reals_elsewhere("points", 3),
    },
    state={
        "clock": wholes(CLOCK), "settings": reals(SETTINGS), "glides": reals(SETTINGS, 3),
        "sections": reals(2, 2, COEFFICIENTS), "section_state": reals(2, 2), "level": reals(2),
        "crossover_state": reals(2, 2, 2), "power": reals(2, 3), "slow": reals(2, 3), "measured": reals(3),
        "side": reals(TICK),
    },
)  # fmt: skip
"""``tables`` are the shelves' sections by gain, ``crossovers`` g and d of the filters that part the bands.

A course has a point every ``course_hop`` frames.  ``sections`` and ``level`` stand at the start and the end of a ramp;
``power`` and ``slow`` are the middle's and the side's by band, in this tick and over seconds, ``measured`` the gains of
the side in dB that correction asks for, ``side`` the side of a part of a block.
"""

parameters, memory = PARAMETERS.opener(), LAYOUT.opener()


@kernel
def block(block: Array, values: Array, floats: Array, ints: Ints) -> None:
    """Set the width of a stereo ``block`` ``(2, frames)`` in place; other layouts pass."""
    m = memory(floats, ints)
    enter(block, values, m)
    if block.shape[0] == 2:
        process(block, values, m)
    leave(block, values, m)


@kernel
def arrive(values: Array, floats: Array, ints: Ints) -> None:
    """Let every parameter be where it is wished, the shelves neutral."""
    m = memory(floats, ints)
    arrive_bypass(values, m)
    for i in range(SETTINGS):
        stand(m.glides[i], wished(values, i))
    for row in range(2):
        m.level[row] = 1.0
        for shelf in range(2):
            for i in range(COEFFICIENTS):
                m.sections[row, shelf, i] = m.tables[shelf, TABLE_ROWS // 2, i]


@inlined
def wished(values: Array, setting: int) -> float:
    """Return where a setting is to go.

    Widths glide in decibels, floor included: a floor met on the way would be a corner, which clicks.
    """
    v = parameters(values)
    return v.amount / 100.0 if setting == AMOUNT else float(20.0 * log10(max(v.widths[setting], MONO)))


@inlined
def process(block: Array, values: Array, m: Any) -> None:
    """Run from control tick to control tick: measure, steer the shelves, filter the side."""
    at, frames = 0, block.shape[1]
    while at < frames:
        phase = m.clock[FRAME] % TICK
        if phase == 0:
            for i in range(SETTINGS):
                m.settings[i] = glide(m.glides[i], wished(values, i), m.glide_rate)
            if m.course.shape[0] > 0:
                read_course(float(m.clock[FRAME] + m.clock[OFFSET]) / m.course_hop, m.course, m.measured)
            else:
                listen(values, m)
            steer(m)
        count = min(TICK - phase, frames - at)
        if m.course.shape[0] == 0:
            measure(block, at, count, phase + count == TICK, m)
        widen(block, at, count, phase, m)
        at += count
        m.clock[FRAME] += count


@inlined
def widen(block: Array, at: int, count: int, phase: int, m: Any) -> None:
    """Equalise the side of ``count`` frames from ``at`` on, which begin ``phase`` frames into a ramp."""
    part = m.side[:count]
    for i in range(count):
        part[i] = 0.5 * (block[0, at + i] - block[1, at + i])
    for shelf in range(2):
        ramp_part(part, m.section_state[shelf], m.sections[0, shelf], m.sections[1, shelf], phase, TICK)
    for i in range(count):
        gain = m.level[0] + (phase + i + 1) * ((m.level[1] - m.level[0]) / TICK)
        change = gain * part[i] - 0.5 * (block[0, at + i] - block[1, at + i])
        block[0, at + i] += change
        block[1, at + i] -= change


@inlined
def steer(m: Any) -> None:
    """Aim the two shelves and the level of the side at the widths wanted now; where the last ramp ended, one begins."""
    settings, measured = m.settings, m.measured
    low, mid, high = (
        settings[LOW] + settings[AMOUNT] * measured[LOW],
        settings[MID] + settings[AMOUNT] * measured[MID],
        settings[HIGH] + settings[AMOUNT] * measured[HIGH],
    )
    for shelf in range(2):
        for i in range(COEFFICIENTS):
            m.sections[0, shelf, i] = m.sections[1, shelf, i]
    look_up(m.tables[0], low - mid, m.sections[1, 0])
    look_up(m.tables[1], high - mid, m.sections[1, 1])
    m.level[0] = m.level[1]
    m.level[1] = pow10(mid / 20.0)


@inlined
def measure(block: Array, at: int, count: int, last: bool, m: Any) -> None:
    """Add middle and side of ``count`` frames from ``at`` on to the power of the three bands.

    States that creep toward zero are cut where a tick ends (``last``), wherever a block does: blocks cannot matter.
    """
    state, power, crossovers = m.crossover_state, m.power, m.crossovers
    for i in range(at, at + count):
        for k in range(2):
            x = 0.5 * (block[0, i] + block[1, i]) if k == 0 else 0.5 * (block[0, i] - block[1, i])
            rest = x
            for f in range(2):
                g = crossovers[f, 0]
                v3 = x - state[k, f, 1]
                v1 = crossovers[f, 1] * (state[k, f, 0] + g * v3)
                v2 = state[k, f, 1] + g * v1
                state[k, f, 0] = 2.0 * v1 - state[k, f, 0]
                state[k, f, 1] = 2.0 * v2 - state[k, f, 1]
                y = v2 if f == 0 else x - 2.0 * v1 - v2
                rest -= y
                power[k, 2 * f] += y * y
            power[k, MID] += rest * rest
    if last:
        for k in range(2):
            for f in range(2):
                for j in range(2):
                    state[k, f, j] = state[k, f, j] if abs(state[k, f, j]) > DENORMAL else 0.0


LISTEN_SECONDS = 6.0
SETTLE_SECONDS = 1.5
GATE_POWER = 1e-6


@inlined
def listen(values: Array, m: Any) -> None:
    """Follow the width of what was heard so far; pauses do not count."""
    v, power, slow, total = parameters(values), m.power, m.slow, 0.0
    for b in range(3):
        total += (power[0, b] + power[1, b]) / TICK
    if total > GATE_POWER:
        m.clock[HEARD] += 1
        rate = max(m.tick_seconds / LISTEN_SECONDS, 1.0 / m.clock[HEARD])
        for k in range(2):
            for b in range(3):
                slow[k, b] += rate * (power[k, b] / TICK - slow[k, b])
    aims = power[0]
    for b in range(3):
        ratio = 10.0 * log10((slow[1, b] + QUIET) / (slow[0, b] + QUIET))
        aims[b] = width_gain(ratio, v.dead_band_db[2 * b], v.dead_band_db[2 * b + 1]) if slow[1, b] > QUIET else 0.0
    unfold(aims)
    for b in range(3):
        m.measured[b] += m.tick_seconds / SETTLE_SECONDS * (aims[b] - m.measured[b])
    for k in range(2):
        for b in range(3):
            power[k, b] = 0.0

"""The stereo imager's block function: an equaliser of three bands on the side signal, the middle untouched."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import inlined, kernel
from .course import read_course
from .filters import DENORMAL, look_up, ramp_part
from .smooth import glide
from .tone import bent

Array = NDArray[np.float64]

TICK = 32
"""Frames of a coefficient ramp, and between two looks at the control signals."""

QUIET = 1e-12
LOW, MID, HIGH = range(3)
# Places in ``settings``: three widths in dB, and how much of what is measured is corrected.
AMOUNT = 3

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


@kernel
def process(
    block: Array,
    clock: NDArray[np.int64],
    wishes: Array,
    glides: Array,
    glide_rate: float,
    settings: Array,
    tables: Array,
    sections: Array,
    section_state: Array,
    level: Array,
    crossovers: Array,
    crossover_state: Array,
    power: Array,
    slow: Array,
    measured: Array,
    dead_band: Array,
    side: Array,
    course_hop: float,
    course_gains: Array,
    tick_seconds: float,
) -> None:
    """Set the width of ``block`` ``(2, frames)`` in place."""
    at, frames = 0, block.shape[1]
    while at < frames:
        phase = clock[FRAME] % TICK
        if phase == 0:
            for i in range(wishes.shape[0]):
                settings[i] = glide(glides[i], wishes[i], glide_rate)
            if course_gains.shape[0] > 0:
                read_course(float(clock[FRAME] + clock[OFFSET]) / course_hop, course_gains, measured)
            else:
                listen(clock, power, slow, dead_band, measured, tick_seconds)
            steer(settings, measured, tables, sections, level)
        count = min(TICK - phase, frames - at)
        if course_gains.shape[0] == 0:
            measure(block[:, at : at + count], crossovers, crossover_state, power)
        part = side[:count]
        for i in range(count):
            part[i] = 0.5 * (block[0, at + i] - block[1, at + i])
        for band in range(2):
            ramp_part(part, section_state[band], sections[0, band], sections[1, band], phase, TICK)
        for i in range(count):
            gain = level[0] + (phase + i + 1) * ((level[1] - level[0]) / TICK)
            change = gain * part[i] - 0.5 * (block[0, at + i] - block[1, at + i])
            block[0, at + i] += change
            block[1, at + i] -= change
        at += count
        clock[FRAME] += count


@inlined
def steer(settings: Array, measured: Array, tables: Array, sections: Array, level: Array) -> None:
    """Aim the two shelves and the level of the side at the widths wanted now; where the last ramp ended, one begins."""
    low, mid, high = (
        settings[LOW] + settings[AMOUNT] * measured[LOW],
        settings[MID] + settings[AMOUNT] * measured[MID],
        settings[HIGH] + settings[AMOUNT] * measured[HIGH],
    )
    sections[0] = sections[1]
    look_up(tables[0], low - mid, sections[1, 0])
    look_up(tables[1], high - mid, sections[1, 1])
    level[0] = level[1]
    level[1] = 10.0 ** (mid / 20.0)


@inlined
def measure(part: Array, crossovers: Array, state: Array, power: Array) -> None:
    """Add middle and side in the three bands to ``power`` ``(2, 3)``; ``crossovers`` ``(2, 2)`` is g, d."""
    for i in range(part.shape[1]):
        for m in range(2):
            x = 0.5 * (part[0, i] + part[1, i]) if m == 0 else 0.5 * (part[0, i] - part[1, i])
            rest = x
            for f in range(2):
                g = crossovers[f, 0]
                v3 = x - state[m, f, 1]
                v1 = crossovers[f, 1] * (state[m, f, 0] + g * v3)
                v2 = state[m, f, 1] + g * v1
                state[m, f, 0] = 2.0 * v1 - state[m, f, 0]
                state[m, f, 1] = 2.0 * v2 - state[m, f, 1]
                y = v2 if f == 0 else x - 2.0 * v1 - v2
                rest -= y
                power[m, 2 * f] += y * y
            power[m, MID] += rest * rest
    for m in range(2):
        for f in range(2):
            for j in range(2):
                state[m, f, j] = state[m, f, j] if abs(state[m, f, j]) > DENORMAL else 0.0


LISTEN_SECONDS = 6.0
SETTLE_SECONDS = 1.5
GATE_POWER = 1e-6


@inlined
def listen(
    clock: NDArray[np.int64], power: Array, slow: Array, dead_band: Array, measured: Array, tick_seconds: float
) -> None:
    """Follow the width of what was heard so far; pauses do not count."""
    total = 0.0
    for b in range(3):
        total += (power[0, b] + power[1, b]) / TICK
    if total > GATE_POWER:
        clock[HEARD] += 1
        rate = max(tick_seconds / LISTEN_SECONDS, 1.0 / clock[HEARD])
        for m in range(2):
            for b in range(3):
                slow[m, b] += rate * (power[m, b] / TICK - slow[m, b])
    aims = power[0]
    for b in range(3):
        ratio = 10.0 * np.log10((slow[1, b] + QUIET) / (slow[0, b] + QUIET))
        aims[b] = width_gain(ratio, dead_band[0, b], dead_band[1, b]) if slow[1, b] > QUIET else 0.0
    unfold(aims)
    for b in range(3):
        measured[b] += tick_seconds / SETTLE_SECONDS * (aims[b] - measured[b])
    power[:] = 0.0

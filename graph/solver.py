"""Solving the loudness: how much gain brings the output of the limiter, as it really works, to the target."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..nodes import Spec
from ..nodes.loudness import block_powers, gated_loudness
from .chain import Chain
from .monitor import Monitor
from .passes import shaped
from .planner import Plan
from .streams import BLOCK, ReadAhead, Source
from .trace import LevelTrace

ENOUGH_LU = 0.003
MOST_DRIVE_DB = 30.0
"""No more gain than this is spent on loudness that the limiter takes away again."""

NOTHING = "loudness: nothing to measure (silence, or shorter than 400 ms); the level was left alone"
MOST_TRIALS = 24
SLOPE_DB, LEAST_SLOPE = 0.5, 0.1
CLOSE_LU = 0.04
"""A sound that nothing else changes, this near to its target, is left as it is, bit for bit."""


def solve(source: Source, plan: Plan, monitor: Monitor | None = None) -> Plan:
    """Return ``plan`` with the gain that brings its output to the target loudness.

    One pass through the shaping nodes gathers the peaks and the K-weighted power of what the limiter will get; the
    limiter's own gain code then runs on that trace at trial gains.  The plan says why where the target is out of reach.
    """
    target = plan.settings.loudness
    if target is None:
        return plan.with_gain(0.0, final=True)
    if plan.loudness_before is None:
        return plan.with_gain(0.0, NOTHING, final=True)
    expected = target - plan.loudness_before
    if not plan.shapes and abs(expected) <= CLOSE_LU:
        return plan.with_gain(0.0, final=True)
    with LevelTrace(_spec(source), plan.limiter(), expected) as trace:
        gather(trace, source, plan, monitor or Monitor())
        return _solved(trace, plan, target)


def _spec(source: Source) -> Spec:
    return Spec(source.sample_rate, source.channels, BLOCK)


def gather(trace: LevelTrace, source: Source, plan: Plan, monitor: Monitor) -> None:
    """Fill ``trace`` with what the limiter of ``plan`` will get before any gain."""
    chain = Chain(plan.shaping_chain())
    chain.prepare(_spec(source))
    with ReadAhead(shaped(source.blocks(BLOCK), chain)) as sound:
        for block in monitor.watch("measure", sound, source.frames):
            trace.add(block)
    trace.finish()


def _solved(trace: LevelTrace, plan: Plan, target: float) -> Plan:
    plain = gated_loudness(block_powers(trace.hop_powers(None)))
    if not np.isfinite(plain):
        return plan.with_gain(0.0, NOTHING, final=True)

    def loudness(gain_db: float) -> float:
        return gated_loudness(block_powers(trace.hop_powers(gain_db)) * 10.0 ** (gain_db / 10.0))

    gain = _root(loudness, target, target - plain)
    if gain is not None:
        slope = (loudness(gain + SLOPE_DB) - loudness(gain - SLOPE_DB)) / (2.0 * SLOPE_DB)
        return plan.with_gain(gain, slope=min(max(slope, LEAST_SLOPE), 1.0))
    most = target - plain + MOST_DRIVE_DB
    reached = loudness(most)
    return plan.with_gain(
        most,
        f"loudness: the ceiling of {plan.settings.true_peak:g} dBTP; {MOST_DRIVE_DB:g} dB into the limiter give "
        f"{reached:.1f} LUFS, not {target:g}",
        final=True,
    )


def _root(loudness: Callable[[float], float], target: float, start: float) -> float | None:
    """Return the gain at which ``loudness`` meets ``target``, by the Illinois method; None beyond the most drive."""
    low, low_miss = start, loudness(start) - target
    if low_miss >= -ENOUGH_LU:
        return start
    high, high_miss, step = low, low_miss, max(1.0, -1.5 * low_miss)
    top = start + MOST_DRIVE_DB
    while high_miss < 0.0:
        if high >= top:
            return None
        low, low_miss = high, high_miss
        high = min(high + step, top)
        high_miss, step = loudness(high) - target, 2.0 * step
    for _ in range(MOST_TRIALS):
        gain = high - high_miss * (high - low) / (high_miss - low_miss)
        miss = loudness(gain) - target
        if abs(miss) <= ENOUGH_LU:
            break
        if miss * high_miss < 0.0:
            low, low_miss = high, high_miss
        else:
            low_miss *= 0.5
        high, high_miss = gain, miss
    return gain

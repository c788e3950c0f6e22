"""Solving the loudness: how much gain brings the output of the limiter, as it really works, to the target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ...nodes.measuring.loudness import block_powers, gated_loudness
from ..planning.plan import Plan
from ..streams.progress import Monitor
from ..streams.protocols import Source
from ..streams.read_ahead import ReadAhead
from .level_trace import LevelTrace
from .shaped_sound import Shaping

ENOUGH_LU = 0.003
MOST_LOSS_DB = 13.0
"""The limiter takes no more than this off the loudness.

What it takes off is what it holds the loud parts down by, on the mean.  At 13 dB music has a peak-to-loudness ratio of
5 dB and distortion 14 dB below it; an ordinary -9 LUFS at -1 dBTP takes 5 dB, an ambient swell 11 to 12.
"""
LEAST_YIELD, YIELD_DB = 0.1, 3.0
"""Loudness in LU that each of the last dB into the limiter must have brought; metal falls below that at -7 LUFS."""

NOTHING = "loudness: nothing to measure (silence, or shorter than 400 ms); the level was left alone"
MOST_TRIALS = 24
SLOPE_DB, LEAST_SLOPE = 0.5, 0.1
UNASKED_DB = 3.0
"""So little taken off is worth its price in any music, and is not looked into."""
CLOSE_LU = 0.04
"""A sound that nothing else changes, this near to its target, is left as it is, bit for bit."""


def solve(source: Source, plan: Plan, monitor: Monitor | None = None, shaping: Shaping | None = None) -> Plan:
    """Return ``plan`` with the gain that brings its output to the target loudness.

    One pass through the shaping nodes gathers the peaks and the K-weighted power of what the limiter will get; the
    limiter's own gain code then runs on that trace at trial gains, under the ceiling that suits these peaks.  The plan
    says why where the target is out of reach.
    ``shaping`` of the same source and plan keeps that pass for the renders to come.
    """
    target = plan.settings.loudness
    if target is None:
        return plan.with_gain(0.0, final=True)
    if plan.loudness_before is None:
        return plan.with_gain(0.0, NOTHING, final=True)
    expected = target - plan.loudness_before
    if not plan.shapes and abs(expected) <= CLOSE_LU:
        return plan.with_gain(0.0, final=True)
    monitor = monitor or Monitor()
    shaping = shaping or Shaping(source, plan, most_bytes=0)
    with LevelTrace(shaping.spec, plan.limiter(), expected, poll=lambda: monitor.check("measure")) as trace:
        with ReadAhead(shaping.blocks()) as sound:
            for block in monitor.watch("measure", sound, source.frames):
                trace.add(block)
        trace.finish()
        return _solved(trace, plan, target)


class Response:
    """What gain does to loudness, asked of ``trace`` as rarely as possible."""

    def __init__(self, trace: LevelTrace) -> None:
        self._trace = trace
        self._known: dict[float, float] = {}
        self.plain = gated_loudness(block_powers(trace.hop_powers(None)))

    def loudness(self, gain_db: float) -> float:
        """Return the loudness in LUFS behind a limiter that is driven by ``gain_db``."""
        if gain_db not in self._known:
            powers = self._trace.hop_powers(gain_db) * 10.0 ** (gain_db / 10.0)
            self._known[gain_db] = gated_loudness(block_powers(powers))
        return self._known[gain_db]

    def loss(self, gain_db: float) -> float:
        """Return the loudness in dB that the limiter takes away at ``gain_db``."""
        return self.plain + gain_db - self.loudness(gain_db)

    def slope(self, low_db: float, high_db: float) -> float:
        """Return the LU that each dB between two gains brings."""
        return (self.loudness(high_db) - self.loudness(low_db)) / (high_db - low_db)

    def pays(self, gain_db: float) -> bool:
        """Say whether ``gain_db`` is still worth what the limiter does for it."""
        return self.loss(gain_db) <= MOST_LOSS_DB and self.slope(gain_db - YIELD_DB, gain_db) >= LEAST_YIELD


def _solved(trace: LevelTrace, plan: Plan, target: float) -> Plan:
    response = Response(trace)
    if not np.isfinite(response.plain):
        return plan.with_gain(0.0, NOTHING, final=True)
    plan = plan.with_density(20.0 * float(np.log10(trace.peak)) - response.plain)
    trace.limiter = plan.limiter()
    start = target - response.plain
    gain = _root(response.loudness, target, start)
    most = np.inf if gain is not None and response.loss(gain) <= UNASKED_DB else _most(response, start)
    if gain is not None and gain <= most:
        slope = response.slope(gain - SLOPE_DB, gain + SLOPE_DB)
        solved = plan.with_gain(gain, slope=min(max(slope, LEAST_SLOPE), 1.0))
        return replace(solved, foreseen=(response.loudness(gain), response.loss(gain)))
    loss, more = response.loss(most), response.slope(most, most + YIELD_DB)
    return plan.with_gain(
        most,
        f"loudness: {target:g} LUFS is out of reach under a ceiling of {plan.settings.true_peak:g} dBTP: the limiter "
        f"already takes about {loss:.0f} dB off, and a dB more into it would bring {max(more, 0.0):.2f} LU",
        final=True,
    )


def _most(response: Response, start: float) -> float:
    """Return the highest gain that is worth its price, in whole dB: it is the same for every target."""
    gain = float(np.floor(start))
    while UNASKED_DB < response.loss(gain) < np.inf:
        gain -= 1.0
    while response.pays(gain + 1.0):
        gain += 1.0
    return gain


def _root(loudness: Callable[[float], float], target: float, start: float) -> float | None:
    """Return the gain at which ``loudness`` meets ``target``, by the Illinois method; None beyond the most loss."""
    low, low_miss = start, loudness(start) - target
    if low_miss >= -ENOUGH_LU:
        return start
    high, high_miss, step = low, low_miss, max(1.0, -1.5 * low_miss)
    top = start + MOST_LOSS_DB  # where it meets the target, the gain beyond the start is the loss
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

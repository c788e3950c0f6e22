"""The filter bank of the dynamic equaliser, laid out so that one vector instruction serves many filters.

A cascade of sections is serial in a sample but not along a diagonal: while section b works on frame i, section b+1
can work on frame i-1.  So a step of ``cascade`` runs all sections of two channels at once, each one frame behind the
one before it, and the skew is worked off within every call: no latency, and the same arithmetic for any block length.

The workspace of a pair of channels is one flat array of rows of ``LANES`` numbers (channel * bands + band).  The
rows' places are constants, which is what lets the compiler see that they never overlap, and vectorise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..bands import BANDS_HZ
from .compiled import inlined
from .filters import DENORMAL

Array = NDArray[np.float64]

BANDS = len(BANDS_HZ)
LANES = 2 * BANDS
TICK = 64
"""Frames of a coefficient ramp, and between two looks at the control signals."""

# Sections: coefficients at the start of the ramp, their slopes, the integrators, and what moves from lane to lane.
G, D, M0, M1, M2, DG, DD, DM0, DM1, DM2, S1, S2, IN, OUT, BEHIND = (row * LANES for row in range(15))
# Detectors: coefficients, shares of input, band-pass and low-pass, rate, integrators, power.
HG, HD, H0, H1, H2, RATE, H_S1, H_S2, POWER = (row * LANES for row in range(15, 24))
SIZE = 24 * LANES


@inlined
def cascade(p: Array, q: Array, first: int, w: Array) -> None:
    """Run all sections over a pair of channels in place: the part that begins at frame ``first`` of the ramp."""
    n = p.shape[0]
    for t in range(n + BANDS - 1):
        if t < n:
            w[IN] = p[t]
            w[IN + BANDS] = q[t]
        for b in range(LANES):
            at = t - w[BEHIND + b]
            u = first + 1.0 + at
            s1, s2, x = w[S1 + b], w[S2 + b], w[IN + b]
            g = w[G + b] + u * w[DG + b]
            v1 = (w[D + b] + u * w[DD + b]) * (s1 + g * (x - s2))
            v2 = s2 + g * v1
            busy = (at >= 0.0) & (at < n)
            w[S1 + b] = 2.0 * v1 - s1 if busy else s1
            w[S2 + b] = 2.0 * v2 - s2 if busy else s2
            m0, m1, m2 = w[M0 + b] + u * w[DM0 + b], w[M1 + b] + u * w[DM1 + b], w[M2 + b] + u * w[DM2 + b]
            w[OUT + b] = m0 * x + m1 * v1 + m2 * v2
        if t >= BANDS - 1:
            p[t - BANDS + 1] = w[OUT + BANDS - 1]
            q[t - BANDS + 1] = w[OUT + LANES - 1]
        for b in range(LANES - 1):
            w[IN + 1 + b] = w[OUT + b]


@inlined
def next_ramp(w: Array, band: int, channel: int, section: Array) -> None:
    """Start a ramp of ``TICK`` frames from where the last one ended to ``section`` ``(5,)``."""
    lane = channel * BANDS + band
    for i in range(5):
        place = i * LANES + lane
        arrived = w[place] + TICK * w[place + DG]
        settled = w[place + DG] == 0.0
        w[place] = w[place] if settled else arrived
        w[place + DG] = (section[i] - w[place]) / TICK


@inlined
def detect(p: Array, q: Array, w: Array) -> None:
    """Follow the power of every band of a pair of channels."""
    for i in range(p.shape[0]):
        for b in range(LANES):
            x = p[i] if b < BANDS else q[i]
            s1, s2, g = w[H_S1 + b], w[H_S2 + b], w[HG + b]
            v1 = w[HD + b] * (s1 + g * (x - s2))
            v2 = s2 + g * v1
            w[H_S1 + b] = 2.0 * v1 - s1
            w[H_S2 + b] = 2.0 * v2 - s2
            y = w[H0 + b] * x + w[H1 + b] * v1 + w[H2 + b] * v2
            w[POWER + b] += w[RATE + b] * (y * y - w[POWER + b])


@inlined
def calm(w: Array) -> None:
    """Cut states that creep toward zero, before they become slow denormal numbers."""
    for b in range(LANES):
        for row in (S1, S2, H_S1, H_S2, POWER):
            w[row + b] = w[row + b] if abs(w[row + b]) > DENORMAL else 0.0

"""Parameter smoothing: three one-poles in a row, so that neither slope nor curvature of a value ever jumps.

A jump of a gain through one one-pole leaves a corner, whose spectrum falls with 12 dB an octave and is heard as a
click on a quiet tone; through three it falls with 24 dB an octave and stays below -100 dBFS.  The state of a
parameter is one row of a ``(parameters, 3)`` array; it advances one sample at a time, so blocks cannot matter.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import inlined

Array = NDArray[np.float64]

SETTLED = 1e-9
"""Closer than this to its target, relative to the larger of 1 and the target, a value snaps to it (-180 dB)."""

RISE = 5.322
"""Three equal one-poles reach 90 % of a step after this many of their time constants."""


def glide_coefficient(smooth_ms: float, sample_rate: float) -> float:
    """Return the coefficient of ``glide`` that reaches 90 % of a step in ``smooth_ms``."""
    frames = smooth_ms * 1e-3 * sample_rate / RISE
    return float(-np.expm1(-1.0 / frames)) if frames > 0.0 else 1.0


@inlined
def glide(row: Array, target: float, coefficient: float) -> float:
    """Advance one sample toward ``target`` and return the value; ``row`` is the state, shaped ``(3,)``."""
    if row[2] == target and row[1] == target and row[0] == target:
        return target
    row[0] += coefficient * (target - row[0])
    row[1] += coefficient * (row[0] - row[1])
    row[2] += coefficient * (row[1] - row[2])
    close = SETTLED * max(1.0, abs(target))
    if abs(target - row[0]) < close and abs(target - row[1]) < close and abs(target - row[2]) < close:
        stand(row, target)
    return float(row[2])


@inlined
def stand(row: Array, target: float) -> None:
    """Put the state ``row`` ``(3,)`` at ``target``, as if it had come there long ago."""
    for i in range(3):
        row[i] = target


@inlined
def settled(row: Array, target: float) -> bool:
    """Say whether ``glide`` would return ``target`` from here on."""
    return bool(row[2] == target and row[1] == target and row[0] == target)

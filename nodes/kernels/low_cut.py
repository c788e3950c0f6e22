"""The low cut: two state-variable high-passes in a row, each mixed with what went into it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import inlined, kernel
from .filters import DENORMAL
from .smooth import glide

Array = NDArray[np.float64]

DAMPING = (2.0 * np.cos(np.pi / 8.0), 2.0 * np.cos(3.0 * np.pi / 8.0))
"""1/Q of the two sections of a Butterworth filter of fourth order."""


@kernel
def low_cut(block: Array, state: Array, glides: Array, g_target: float, amount_target: float, rate: float) -> None:
    """Filter ``block`` ``(channels, frames)`` in place.

    ``state`` ``(channels, 2, 2)`` holds the integrators, ``glides`` ``(2, 3)`` the smoothed ``g`` (the tangent of half
    the cutoff's angle) and amount, ``rate`` the coefficient of both.
    """
    for i in range(block.shape[1]):
        g = glide(glides[0], g_target, rate)
        amount = glide(glides[1], amount_target, rate)
        d0 = 1.0 / (1.0 + g * (g + DAMPING[0]))
        d1 = 1.0 / (1.0 + g * (g + DAMPING[1]))
        for c in range(block.shape[0]):
            once = section(block[c, i], state[c, 0], g, d0, DAMPING[0], amount)
            block[c, i] = section(once, state[c, 1], g, d1, DAMPING[1], amount)
    calm(state)


@inlined
def section(x: float, state: Array, g: float, d: float, k: float, amount: float) -> float:
    """Return one frame of one section: ``x`` without ``amount`` of what the high-pass takes away."""
    v1 = d * (state[0] + g * (x - state[1]))
    v2 = state[1] + g * v1
    state[0] = 2.0 * v1 - state[0]
    state[1] = 2.0 * v2 - state[1]
    return float(x - amount * (k * v1 + v2))


@inlined
def calm(state: Array) -> None:
    """Cut states that creep toward zero."""
    for c in range(state.shape[0]):
        for s in range(2):
            for i in range(2):
                state[c, s, i] = state[c, s, i] if abs(state[c, s, i]) > DENORMAL else 0.0

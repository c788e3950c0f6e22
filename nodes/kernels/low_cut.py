"""The low cut: two state-variable high-passes in a row, each mixed with what went into it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bypass import arrive_bypass, enter, leave
from .compiled import inlined, kernel
from .filters import DENORMAL
from .maths import tan
from .memory import Layout, reals, wholes
from .parameters import Parameters
from .smooth import glide, stand

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

DAMPING = (2.0 * np.cos(np.pi / 8.0), 2.0 * np.cos(3.0 * np.pi / 8.0))
"""1/Q of the two sections of a Butterworth filter of fourth order."""

CALM = 64
"""Every so many frames of the stream states that creep toward zero are cut."""

G, AMOUNT, GLIDES = 0, 1, 2

PARAMETERS = Parameters("bypass", "cutoff_hz", "amount")
LAYOUT = Layout(
    {"sample_rate": reals(), "rate": reals()},
    {"clock": wholes(1), "state": reals("channels", 2, 2), "glides": reals(GLIDES, 3)},
)
"""``rate`` is the coefficient of the glides: of g, the tangent of half the cutoff's angle, and of the amount, 0..1.

``state`` holds the integrators of two sections, ``clock`` the frames since states were last cut.
"""

parameters, memory = PARAMETERS.opener(), LAYOUT.opener()


@kernel
def block(block: Array, values: Array, floats: Array, ints: Ints) -> None:
    """Filter ``block`` ``(channels, frames)`` in place."""
    m = memory(floats, ints)
    enter(block, values, m)
    process(block, values, m)
    leave(block, values, m)


@kernel
def arrive(values: Array, floats: Array, ints: Ints) -> None:
    """Let cutoff and amount be where the parameters are."""
    m = memory(floats, ints)
    arrive_bypass(values, m)
    stand(m.glides[G], g_of(values, m))
    stand(m.glides[AMOUNT], parameters(values).amount / 100.0)


@inlined
def g_of(values: Array, m: Any) -> float:
    """Return the tangent of half the cutoff's angle."""
    return float(tan(np.pi * parameters(values).cutoff_hz / m.sample_rate))


@inlined
def process(block: Array, values: Array, m: Any) -> None:
    """Filter in parts that end where states are cut: at fixed frames of the stream, so that blocks cannot matter."""
    g_target, amount_target = g_of(values, m), parameters(values).amount / 100.0
    at, frames = 0, block.shape[1]
    while at < frames:
        stop = min(frames, at + CALM - m.clock[0])
        for i in range(at, stop):
            g = glide(m.glides[G], g_target, m.rate)
            amount = glide(m.glides[AMOUNT], amount_target, m.rate)
            d0 = 1.0 / (1.0 + g * (g + DAMPING[0]))
            d1 = 1.0 / (1.0 + g * (g + DAMPING[1]))
            for c in range(block.shape[0]):
                once = section(block[c, i], m.state[c, 0], g, d0, DAMPING[0], amount)
                block[c, i] = section(once, m.state[c, 1], g, d1, DAMPING[1], amount)
        m.clock[0] += stop - at
        if m.clock[0] == CALM:
            m.clock[0] = 0
            calm(m.state)
        at = stop


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

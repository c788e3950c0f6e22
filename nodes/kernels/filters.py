"""Second-order equaliser sections: analogue shapes kept up to Nyquist, run as filters that may be modulated.

Design: the poles of the analogue section by impulse invariance, the zeros by matching its magnitude at DC, at the
centre and at Nyquist (after M. Vicanek, "Matched Second Order Digital Filters", 2016): no cramping.
Structure: the trapezoidal state-variable filter (V. Zavalishin, "The Art of VA Filter Design", ch. 4), whose state
stays meaningful while its coefficients move.  A section is ``y = m0 x + m1 v1 + m2 v2`` with

    g, k  frequency and damping, kept as g and d = 1 / (1 + g (g + k))      m0 = H(Nyquist)     m0 + m2 = H(0)

and at 0 dB exactly m = (1, 0, 0): the input, bit for bit.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .compiled import inlined

Array = NDArray[np.float64]
Shape = Literal["bell", "low_shelf", "high_shelf"]

COEFFICIENTS = 5
"""g, d, m0, m1, m2."""

TABLE_RANGE_DB = 30.0
TABLE_STEP_DB = 0.25
TABLE_ROWS = int(2 * TABLE_RANGE_DB / TABLE_STEP_DB) + 1
DENORMAL = 1e-30
"""A state below this (-600 dB) is silence; without the cut it would creep through denormal numbers, 100x slower."""


def analogue(shape: Shape, gain_db: float, q: float) -> tuple[Array, Array]:
    """Return numerator and denominator ``(s^2, s, 1)`` of the section at a centre of 1 rad/s.

    Boost and cut are mirror images.  ``q`` of a shelf is 1/sqrt(2) for the steepest slope without a bump.
    """
    root = 10.0 ** (gain_db / 40.0)
    if shape == "bell":
        return np.array([1.0, root / q, 1.0]), np.array([1.0, 1.0 / (root * q), 1.0])
    half = np.sqrt(root)
    low = root * np.array([1.0, half / q, root]), np.array([root, half / q, 1.0])
    if shape == "low_shelf":
        return low
    return low[0][::-1].copy(), low[1][::-1].copy()


def section(shape: Shape, frequency_hz: float, gain_db: float, q: float, sample_rate: float) -> Array:
    """Return ``(g, d, m0, m1, m2)`` of one section; exactly neutral at 0 dB or with the centre beyond 0.49 fs."""
    w0 = 2.0 * np.pi * min(frequency_hz / sample_rate, 0.49)
    # A high shelf is matched best as a cut, the others as a boost; the other sign is the exact inverse.
    designed_db = -abs(gain_db) if shape == "high_shelf" else abs(gain_db)
    numerator, denominator = analogue(shape, designed_db, q)
    a1, a2 = _matched_poles(denominator, w0)
    b0, b1, b2 = _matched_zeros(numerator, denominator, w0, a1, a2)
    if gain_db == 0.0 or frequency_hz > 0.49 * sample_rate:
        b0, b1, b2 = 1.0, a1, a2
    if gain_db * designed_db < 0.0:
        b0, b1, b2, a1, a2 = 1.0 / b0, a1 / b0, a2 / b0, b1 / b0, b2 / b0
    g = np.sqrt((1.0 + a1 + a2) / (1.0 - a1 + a2))
    k = 2.0 * (1.0 - a2) / (1.0 - a1 + a2) / g
    m0 = (b0 - b1 + b2) / (1.0 - a1 + a2)
    m2 = (b0 + b1 + b2) / (1.0 + a1 + a2) - m0
    m1 = (b0 - b2 - m0 * (1.0 - a2)) * 2.0 / ((1.0 - a1 + a2) * g)
    return np.array([g, 1.0 / (1.0 + g * (g + k)), m0, m1, m2])


def _matched_poles(denominator: Array, w0: float) -> tuple[float, float]:
    """Return ``a1, a2``: the poles of the analogue section by impulse invariance."""
    scale, damping, stiffness = denominator
    w = w0 * np.sqrt(stiffness / scale)
    q = damping / (2.0 * np.sqrt(scale * stiffness))
    decay = np.exp(-q * w)
    turn = np.cos(np.sqrt(1.0 - q * q) * w) if q <= 1.0 else np.cosh(np.sqrt(q * q - 1.0) * w)
    return float(-2.0 * decay * turn), float(decay * decay)


def _matched_zeros(numerator: Array, denominator: Array, w0: float, a1: float, a2: float) -> tuple[float, float, float]:
    """Return ``b0, b1, b2``: the magnitude of the analogue section at DC, the centre and Nyquist."""

    def power(w: float) -> float:
        s = 1j * w / w0
        return float(abs(np.polyval(numerator, s) / np.polyval(denominator, s)) ** 2)

    top = np.sin(w0 / 2.0) ** 2
    phi = np.array([1.0 - top, top, 4.0 * top * (1.0 - top)])
    poles = np.array([(1.0 + a1 + a2) ** 2, (1.0 - a1 + a2) ** 2, -4.0 * a2])
    at_dc, at_nyquist = poles[0] * power(0.0), poles[1] * power(np.pi)
    curve = (power(w0) * (poles @ phi) - at_dc * phi[0] - at_nyquist * phi[1]) / phi[2]
    low, high = np.sqrt(at_dc), np.sqrt(at_nyquist)
    w = (low + high) / 2.0
    b0 = (w + np.sqrt(max(w * w + curve, 0.0))) / 2.0
    return float(b0), float((low - high) / 2.0), float(-curve / (4.0 * b0))


def gain_table(shape: Shape, frequency_hz: float, q: float, sample_rate: float) -> Array:
    """Return the section for every gain of +-``TABLE_RANGE_DB``, shaped ``(TABLE_ROWS, 5)``; 0 dB stands on a row."""
    gains = np.arange(TABLE_ROWS) * TABLE_STEP_DB - TABLE_RANGE_DB
    return np.stack([section(shape, frequency_hz, float(gain), q, sample_rate) for gain in gains])


def response_db(coefficients: Array, frequencies_hz: Array, sample_rate: float) -> Array:
    """Return the magnitude in dB of sections ``(..., 5)`` at ``frequencies_hz``, shaped ``(..., frequencies)``."""
    g, d, m0, m1, m2 = (coefficients[..., i, None] for i in range(COEFFICIENTS))
    gk = 1.0 / d - 1.0 - g * g
    z = np.exp(-2j * np.pi * np.asarray(frequencies_hz) / sample_rate)
    below = (1.0 + gk + g * g) + 2.0 * (g * g - 1.0) * z + (1.0 - gk + g * g) * z * z
    h = m0 + (m1 * g * (1.0 - z * z) + m2 * g * g * (1.0 + z) ** 2) / below
    shown: Array = 20.0 * np.log10(np.abs(h))
    return shown


@inlined
def look_up(table: Array, gain_db: float, out: Array) -> None:
    """Write the section at ``gain_db`` into ``out`` ``(5,)``, between the rows of ``table``; exact on a row."""
    at = (min(max(gain_db, -TABLE_RANGE_DB), TABLE_RANGE_DB) + TABLE_RANGE_DB) / TABLE_STEP_DB
    row = min(int(at), TABLE_ROWS - 2)
    share = at - row
    for i in range(COEFFICIENTS):
        out[i] = table[row, i] + share * (table[row + 1, i] - table[row, i])


@inlined
def ramp_part(x: Array, state: Array, start: Array, end: Array, first: int, length: int) -> None:
    """Run one section over ``x`` ``(frames,)`` in place while its coefficients go from ``start`` to ``end``.

    ``x`` is the part that begins at frame ``first`` of a ramp of ``length`` frames: callers cut their blocks at
    control ticks, so that the same frame always sees the same coefficients.  ``state`` ``(2,)`` is the integrators'.
    """
    s1, s2 = state[0], state[1]
    slope = 1.0 / length
    for i in range(x.shape[0]):
        u = (first + i + 1) * slope
        g = start[0] + u * (end[0] - start[0])
        d = start[1] + u * (end[1] - start[1])
        v3 = x[i] - s2
        v1 = d * (s1 + g * v3)
        v2 = s2 + g * v1
        s1 = 2.0 * v1 - s1
        s2 = 2.0 * v2 - s2
        m0 = start[2] + u * (end[2] - start[2])
        m1 = start[3] + u * (end[3] - start[3])
        m2 = start[4] + u * (end[4] - start[4])
        x[i] = m0 * x[i] + m1 * v1 + m2 * v2
    state[0] = s1 if abs(s1) > DENORMAL else 0.0
    state[1] = s2 if abs(s2) > DENORMAL else 0.0

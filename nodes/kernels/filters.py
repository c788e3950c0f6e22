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


def analogue(shape: Shape, gain_db: Array, q: float) -> tuple[Array, Array]:
    """Return numerators and denominators ``(3, gains)``, from s^2 to 1, of the section at a centre of 1 rad/s.

    Boost and cut are mirror images.  ``q`` of a shelf is 1/sqrt(2) for the steepest slope without a bump.
    """
    root = 10.0 ** (np.asarray(gain_db, dtype=np.float64) / 40.0)
    one, half = np.ones_like(root), np.sqrt(root)
    if shape == "bell":
        return np.stack([one, root / q, one]), np.stack([one, 1.0 / (root * q), one])
    numerator, denominator = root * np.stack([one, half / q, root]), np.stack([root, half / q, one])
    if shape == "low_shelf":
        return numerator, denominator
    return numerator[::-1], denominator[::-1]


def sections(shape: Shape, frequency_hz: float, gains_db: Array, q: float, sample_rate: float) -> Array:
    """Return ``(gains, 5)``: ``g, d, m0, m1, m2`` of the section at every gain.

    Exactly neutral at 0 dB, and with the centre beyond 0.49 fs.
    """
    gains = np.asarray(gains_db, dtype=np.float64)
    w0 = 2.0 * np.pi * min(frequency_hz / sample_rate, 0.49)
    # A high shelf is matched best as a cut, the others as a boost; the other sign is the exact inverse.
    designed = -np.abs(gains) if shape == "high_shelf" else np.abs(gains)
    numerator, denominator = analogue(shape, designed, q)
    a1, a2 = _matched_poles(denominator, w0)
    neutral = (gains == 0.0) | (frequency_hz > 0.49 * sample_rate)
    zeros = _matched_zeros(numerator, denominator, w0, a1, a2)
    b = np.where(neutral, np.stack([np.ones_like(a1), a1, a2]), zeros)
    a = np.stack([np.ones_like(a1), a1, a2])
    inverse = gains * designed < 0.0
    b, a = np.where(inverse, a / b[0], b), np.where(inverse, b / b[0], a)
    low, high, spread = a[0] + a[1] + a[2], a[0] - a[1] + a[2], a[0] - a[2]
    g = np.sqrt(low / high)
    k = 2.0 * spread / high / g
    m0 = (b[0] - b[1] + b[2]) / high
    m2 = (b[0] + b[1] + b[2]) / low - m0
    m1 = (b[0] - b[2] - m0 * spread) * 2.0 / (high * g)
    coefficients = np.stack([g, 1.0 / (1.0 + g * (g + k)), m0, m1, m2], axis=1)
    coefficients[neutral, 2:] = 1.0, 0.0, 0.0
    return coefficients


def _matched_poles(denominator: Array, w0: float) -> tuple[Array, Array]:
    """Return ``a1, a2``: the poles of the analogue section by impulse invariance."""
    scale, damping, stiffness = denominator
    w = w0 * np.sqrt(stiffness / scale)
    q = damping / (2.0 * np.sqrt(scale * stiffness))
    decay, swing = np.exp(-q * w), np.sqrt(np.abs(1.0 - q * q)) * w
    turn = np.where(q <= 1.0, np.cos(swing), np.cosh(swing))
    return -2.0 * decay * turn, decay * decay


def _matched_zeros(numerator: Array, denominator: Array, w0: float, a1: Array, a2: Array) -> Array:
    """Return ``b0, b1, b2`` ``(3, gains)``: the magnitude of the analogue section at DC, the centre and Nyquist."""

    def power(w: float) -> Array:
        s = np.array([(1j * w / w0) ** 2, 1j * w / w0, 1.0])
        return np.asarray(np.abs(s @ numerator) / np.abs(s @ denominator)) ** 2

    top = np.sin(w0 / 2.0) ** 2
    phi = np.array([1.0 - top, top, 4.0 * top * (1.0 - top)])
    poles = np.stack([(1.0 + a1 + a2) ** 2, (1.0 - a1 + a2) ** 2, -4.0 * a2])
    at_dc, at_nyquist = poles[0] * power(0.0), poles[1] * power(np.pi)
    curve = (power(w0) * (phi @ poles) - at_dc * phi[0] - at_nyquist * phi[1]) / phi[2]
    low, high = np.sqrt(at_dc), np.sqrt(at_nyquist)
    w = (low + high) / 2.0
    b0 = (w + np.sqrt(np.maximum(w * w + curve, 0.0))) / 2.0
    return np.stack([b0, (low - high) / 2.0, -curve / (4.0 * b0)])


def gain_table(shape: Shape, frequency_hz: float, q: float, sample_rate: float) -> Array:
    """Return the section for every gain of +-``TABLE_RANGE_DB``, shaped ``(TABLE_ROWS, 5)``; 0 dB stands on a row."""
    gains = np.linspace(-TABLE_RANGE_DB, TABLE_RANGE_DB, TABLE_ROWS)
    return sections(shape, frequency_hz, gains, q, sample_rate)


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
    calm = first + x.shape[0] == length  # at the ramp's end, wherever a block ends: blocks cannot matter
    state[0] = 0.0 if calm and abs(s1) <= DENORMAL else s1
    state[1] = 0.0 if calm and abs(s2) <= DENORMAL else s2

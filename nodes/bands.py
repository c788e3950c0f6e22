"""The bands in which tone is measured and moved, and how much of each third octave a band hears.

Frequencies in Hz, levels in dB.  The neutral curve stands on the published spectra of released records.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .kernels.filters import Shape, gain_table, response_db, sections
from .kernels.loudness import k_coefficients

Array = NDArray[np.float64]

THIRD_OCTAVES_HZ: Array = 1000.0 * 10.0 ** (np.arange(-17, 14) / 10.0)
"""Exact base-ten centres of the 31 third octaves from 20 Hz to 20 kHz (IEC 61260-1)."""

BANDS_HZ = (40, 63, 112, 200, 355, 630, 1120, 2000, 3550, 6300, 11200, 15000)
"""Centres of the equaliser's bands: a shelf at each end, bells 0.83 octaves apart between them."""

BELL_Q = 1.1
SHELF_Q = 0.7

# Mean of the loud and the moderate records' medians in the table of 568 analysed releases (K-weighted level of nine
# bands relative to the integrated loudness), K-weighting taken off, per third octave; the slope between the points
# follows Elowsson & Friberg (AES 142, paper 9762, 2017), as does the fall below 50 Hz.
_NEUTRAL_HZ = (20, 31.5, 50, 80, 125, 200, 315, 500, 800, 1250, 2000, 3150, 5000, 8000, 12500, 16000, 20000)
_NEUTRAL_DB = (-14, -6, -1.2, 0.4, 0, -1.2, -2.3, -3.3, -4.6, -6.2, -8.2, -10.4, -12.6, -15.2, -19, -22.5, -28)

NEUTRAL_DB: Array = np.interp(np.log(THIRD_OCTAVES_HZ), np.log(_NEUTRAL_HZ), _NEUTRAL_DB)
"""Level of each third octave in a well-balanced record, relative to 125 Hz, shaped ``(31,)``."""


def shape_of(band: int) -> Shape:
    """Return the shape of an equaliser band."""
    return "low_shelf" if band == 0 else "high_shelf" if band == len(BANDS_HZ) - 1 else "bell"


def q_of(band: int) -> float:
    """Return the quality of an equaliser band."""
    return BELL_Q if shape_of(band) == "bell" else SHELF_Q


def _hearing() -> Array:
    """Return the power response of each band's detector in each third octave, ``(bands, 31)``, analogue."""
    rows = []
    for band, centre in enumerate(BANDS_HZ):
        s = 1j * THIRD_OCTAVES_HZ / centre
        top = {"low_shelf": s**0, "high_shelf": s**2, "bell": s / q_of(band)}[shape_of(band)]
        rows.append(np.abs(top / (s * s + s / q_of(band) + 1.0)) ** 2)
    return np.stack(rows)


HEARING: Array = _hearing()

WEIGHTS: Array = np.array([0.3, 0.6, 1, 1, 1, 1, 1, 1, 1, 0.8, 0.5, 0.2]) / 9.4
"""How much a band counts where corrections are made neutral in level: the extremes carry little of the loudness."""

THIRD_WEIGHTS: Array = np.interp(np.log(THIRD_OCTAVES_HZ), np.log(BANDS_HZ), WEIGHTS)
THIRD_WEIGHTS /= THIRD_WEIGHTS.sum()
TOLERANCE_DB: Array = np.interp(
    np.log(THIRD_OCTAVES_HZ),
    np.log([20.0, 32.0, 50.0, 100.0, 270.0, 600.0, 1130.0, 2000.0, 3450.0, 5800.0, 9700.0, 16000.0]),
    [5.0, 3.6, 2.4, 1.25, 1.05, 1.1, 1.15, 1.55, 1.55, 1.65, 2.15, 3.4],
)
"""How far each third octave may lie off the neutral curve and be as half of all records are, dB ``(31,)``.

Half the distance between the quartiles of the 568 releases by band; below 100 Hz more, as bass spreads by up to 10 dB
(Elowsson & Friberg).
"""

LIFT: Array = np.interp(
    np.log(THIRD_OCTAVES_HZ), np.log([20.0, 100.0, 200.0, 8000.0, 12000.0, 20000.0]), [0.5, 0.55, 0.8, 0.8, 0.6, 0.5]
)
"""Share of its range by which a third may be lifted to put a track right; the rest is left to the colour."""

EMPTY_DB: Array = np.stack(
    [
        np.interp(np.log(THIRD_OCTAVES_HZ), np.log([20.0, 90.0, 180.0, 20000.0]), ends)
        for ends in ((10.0, 10.0, 14.0, 14.0), (20.0, 20.0, 28.0, 28.0))
    ]
)
"""Lifting a third ends between these two distances under the neutral curve, ``(2, 31)``: nothing is there to lift."""

RESPONSE_STEP_DB = 0.5
RESPONSE_RANGE_DB = 18.0


def third_gains_db(gains_db: Array, table: Array) -> Array:
    """Return what bands at ``gains_db`` ``(points, bands)`` do together in each third octave, ``(points, 31)`` dB.

    ``table`` ``(bands, 73, 31)`` holds the bands' ``responses``.
    """
    total = np.zeros((gains_db.shape[0], table.shape[2]))
    for band, gains in enumerate(gains_db.T):
        at = (np.clip(gains, -RESPONSE_RANGE_DB, RESPONSE_RANGE_DB) + RESPONSE_RANGE_DB) / RESPONSE_STEP_DB
        row = np.minimum(at.astype(np.int64), table.shape[1] - 2)
        total += table[band, row] + (at - row)[:, None] * (table[band, row + 1] - table[band, row])
    return total


def third_levels_db(third_octaves: Array) -> Array:
    """Return the levels in dB of mean squares ``(..., 31)``, each seen with its neighbours: notes leave gaps."""
    x = np.asarray(third_octaves, dtype=np.float64)
    padded = np.concatenate([x[..., :1], x[..., :1], x, x[..., -1:], x[..., -1:]], axis=-1)
    seen = np.lib.stride_tricks.sliding_window_view(padded, 5, axis=-1) @ (np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0)
    levels: Array = 10.0 * np.log10(np.maximum(seen, 1e-15))
    return levels


def responses(shape: Shape, frequency_hz: float, q: float) -> Array:
    """Return what a section does in each third octave at gains of +-18 dB in steps of 0.5, ``(73, 31)``, dB."""
    steps = round(RESPONSE_RANGE_DB / RESPONSE_STEP_DB)
    gains: Array = RESPONSE_STEP_DB * np.arange(-steps, steps + 1.0)
    rate = 192000.0
    return response_db(sections(shape, frequency_hz, gains, q, rate), THIRD_OCTAVES_HZ, rate)


def band_responses() -> Array:
    """Return the ``responses`` of each band of the equaliser, ``(bands, 73, 31)``, dB."""
    return np.stack([responses(shape_of(b), hz, q_of(b)) for b, hz in enumerate(BANDS_HZ)])


def fitting_matrix(table: Array) -> Array:
    """Return the ``(bands, 31)`` matrix that turns wanted dB per third octave into gains of the bands.

    From ``table``, the ``band_responses``, at 4 dB; the outermost thirds count little.
    """
    shape = table[:, table.shape[1] // 2 + round(PROBE_DB / RESPONSE_STEP_DB)].T / PROBE_DB
    count = np.interp(np.log(THIRD_OCTAVES_HZ), np.log([20.0, 40.0, 13000.0, 20000.0]), [0.1, 1.0, 1.0, 0.1])
    return _smooth_fit(shape, count)


PROBE_DB = 4.0
"""Responses are taken as linear in the gain, as they are at so many dB."""


def _smooth_fit(shape: Array, count: Array) -> Array:
    """Return the ``(bands, places)`` matrix of gains whose responses ``shape`` ``(places, bands)`` come nearest.

    Weighted least squares over gains that are smooth along the bands, each a mean over itself and its neighbours:
    so no band is asked to pull against the next one.
    """
    smooth = 0.5 * np.eye(len(BANDS_HZ)) + 0.25 * (np.eye(len(BANDS_HZ), k=1) + np.eye(len(BANDS_HZ), k=-1))
    smooth[0, 0] = smooth[-1, -1] = 0.75
    smoothed = shape @ smooth
    normal = smoothed.T @ (count[:, None] * smoothed) + 0.005 * np.eye(len(BANDS_HZ))
    return np.asarray(smooth @ np.linalg.solve(normal, smoothed.T * count), dtype=np.float64)


def k_weighting() -> Array:
    """Return the power response of the K-weighting (BS.1770-5 Annex 1) in each third octave, ``(31,)``."""
    rate = 192000.0
    w1, w2 = np.exp(-2j * np.pi * THIRD_OCTAVES_HZ / rate), np.exp(-4j * np.pi * THIRD_OCTAVES_HZ / rate)
    response = np.ones(len(THIRD_OCTAVES_HZ), dtype=complex)
    for b0, d1, d2, a1, a2 in k_coefficients(rate):
        response *= b0 + (d1 * w1 + d2 * w2) / (1.0 + a1 * w1 + a2 * w2)
    power: Array = np.abs(response) ** 2
    return power


def band_levels_db(third_octaves: Array) -> Array:
    """Return what the band detectors read, ``(..., bands)`` in dB, of mean squares ``(..., 31)``."""
    heard = np.asarray(third_octaves, dtype=np.float64) @ HEARING.T
    levels: Array = 10.0 * np.log10(np.maximum(heard, 1e-15))
    return levels


def target_levels_db(curve_db: Array) -> Array:
    """Return what the band detectors read, ``(bands,)`` in dB, of a curve ``(31,)`` in dB per third octave."""
    return band_levels_db(10.0 ** (np.asarray(curve_db) / 10.0))


def band_tables(sample_rate: float) -> Array:
    """Return every band's sections by gain, ``(bands, rows, 5)``; see ``kernels.filters.gain_table``."""
    return np.stack([gain_table(shape_of(b), hz, q_of(b), sample_rate) for b, hz in enumerate(BANDS_HZ)])


def solving_matrix() -> Array:
    """Return the ``(bands, bands)`` matrix that turns wanted dB at the centres into the gains of overlapping bands."""
    rate = 192000.0
    # A shelf is judged where it has unfolded, or its neighbour would have to undo it.
    heard_at = np.array([28.0, *BANDS_HZ[1:-1], 19000.0])
    probes = [sections(shape_of(b), hz, np.array([PROBE_DB]), q_of(b), rate)[0] for b, hz in enumerate(BANDS_HZ)]
    response = response_db(np.stack(probes), heard_at, rate).T / PROBE_DB
    return _smooth_fit(response, np.ones(len(BANDS_HZ)))


def at_bands(thirds: Array) -> Array:
    """Return values ``(..., 31)`` by third octave at the centres of the bands, ``(..., bands)``."""
    points = np.log(THIRD_OCTAVES_HZ)
    values = np.atleast_2d(np.asarray(thirds, dtype=np.float64))
    rows = np.stack([np.interp(np.log(BANDS_HZ), points, row) for row in values])
    return rows.reshape(*np.shape(thirds)[:-1], len(BANDS_HZ))

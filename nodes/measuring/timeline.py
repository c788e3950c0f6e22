"""A course over time in fixed memory: one row a second, and when the rows run out, two become one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

CAP = 32768
BANDS = 31
WIDTHS = 3
SPECTRAL = 2 * BANDS + 2 * WIDTHS
"""Columns of means over FFT frames: third-octave bands, mid and side by width band, the side's third octaves."""

POWER, SHORT_TERM, MOMENTARY, LOWEST, HIGHEST, TRUE_PEAK = range(6)
"""Columns of levels: mean K-weighted power, short-term at the end (NaN: none yet), highest momentary (NaN: none),
lowest and highest sample, true peak."""


class Timeline:
    """Rows of measurements on a grid of base hops, at most ``cap`` of them.

    Base hop ``i`` falls into row ``i // factor``.  When a base hop has no row left, rows 0 and 1 merge, 2 and 3, and
    so on, and ``factor`` doubles: means are weighted, peaks stay peaks, the short-term is that of the later hop.
    """

    def __init__(self, cap: int = CAP) -> None:
        if cap < 2 or cap % 2:
            raise ValueError(f"cap = {cap!r}: must be an even number of rows, at least 2")
        self.cap = cap
        self.factor = 1
        self.rows = 0
        self.levels = np.zeros((cap, 6), dtype=np.float32)
        self.spectra = np.zeros((cap, SPECTRAL), dtype=np.float32)
        self.weights = np.zeros((cap, 2))

    def reset(self) -> None:
        """Forget all rows."""
        self.weights[: self.rows] = 0.0
        self.factor, self.rows = 1, 0

    def add_levels(self, hop: int, levels: NDArray[np.float64], frames: int) -> None:
        """Put the ``levels`` ``(6,)`` of ``frames`` frames into the row of base hop ``hop``."""
        row = self._row(hop)
        self.levels[row] = join_levels(self.levels[row], self.weights[row, 0], levels.astype(np.float32), frames)
        self.weights[row, 0] += frames

    def add_spectra(self, hop: int, means: NDArray[np.float64], weight: float) -> None:
        """Put the mean squares ``means`` ``(68,)`` of ``weight`` frames' worth of windows into the row of ``hop``."""
        row = self._row(hop)
        self.spectra[row] = join_means(self.spectra[row], self.weights[row, 1], means.astype(np.float32), weight)
        self.weights[row, 1] += weight

    def copy(self) -> Timeline:
        """Return a course of the same rows, with room for two more; for a report in the middle of a stream."""
        other = Timeline(2)
        other.cap, other.factor, other.rows = self.cap, self.factor, self.rows
        size = min(self.rows + 2, self.cap)
        other.levels = self.levels[:size].copy()
        other.spectra = self.spectra[:size].copy()
        other.weights = self.weights[:size].copy()
        return other

    def _row(self, hop: int) -> int:
        if hop // self.factor >= self.cap:
            self._fold()
        row = hop // self.factor
        self.rows = max(self.rows, row + 1)
        return row

    def _fold(self) -> None:
        earlier, later = self.weights[0::2], self.weights[1::2]
        merge_pairs(self.levels, lambda a, b: join_levels(a, earlier[:, 0], b, later[:, 0]))
        merge_pairs(self.spectra, lambda a, b: join_means(a, earlier[:, 1], b, later[:, 1]))
        merge_pairs(self.weights, np.add)
        self.factor *= 2
        self.rows = self.cap // 2
        self.weights[self.rows :] = 0.0


def merge_pairs(rows: NDArray[Any], join: Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]) -> None:
    """Make of rows 0 and 1 row 0, of 2 and 3 row 1, and so on: ``join`` of the earlier and the later ones.

    So a course of any length fits into an even number of rows; what is behind the first half then is free.
    """
    rows[: len(rows) // 2] = join(rows[0::2], rows[1::2])


def join_means(a: Floats, a_weight: object, b: Floats, b_weight: object) -> Floats:
    """Return the weighted means of ``(..., columns)`` with weights ``(...)``; what has no weight is left out."""
    wa, wb = np.asarray(a_weight)[..., None], np.asarray(b_weight)[..., None]
    share = wb / np.maximum(wa + wb, 1e-300)
    mean = np.where(wa > 0.0, a, b) * (1.0 - share) + np.where(wb > 0.0, b, a) * share
    return np.asarray(mean, dtype=np.float32)


def join_levels(a: Floats, a_weight: object, b: Floats, b_weight: object) -> Floats:
    """Return the levels ``(..., 6)`` of an earlier part ``a`` and a later part ``b``."""
    out = np.empty_like(b)
    a = np.where(np.asarray(a_weight)[..., None] > 0.0, a, b)
    out[..., SHORT_TERM] = np.where(np.isnan(b[..., SHORT_TERM]), a[..., SHORT_TERM], b[..., SHORT_TERM])
    for column in (MOMENTARY, HIGHEST, TRUE_PEAK):
        out[..., column] = np.fmax(a[..., column], b[..., column])
    out[..., LOWEST] = np.fmin(a[..., LOWEST], b[..., LOWEST])
    out[..., POWER] = join_means(a[..., :1], a_weight, b[..., :1], b_weight)[..., 0]
    return out

"""Loudness by BS.1770-5, EBU Tech 3341 and Tech 3342: the gates, the range, and a meter for a stream."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..kernels import loudness as k

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

SILENT = -math.inf

NOTHING = 1e-20
"""K-weighted mean squares below this (-200 LUFS) are silence: the filters themselves idle at about -600 dB."""


def lufs(power: float) -> float:
    """Return the loudness of a K-weighted mean square, -inf for none."""
    return k.OFFSET + 10.0 * math.log10(power) if power > NOTHING else SILENT


def power_of(loudness: float) -> float:
    """Return the K-weighted mean square of a loudness in LUFS: the inverse of ``lufs``."""
    return float(10.0 ** ((loudness - k.OFFSET) / 10.0))


def block_powers(hops: Array) -> Array:
    """Return the mean squares of the 400 ms gating blocks, 75 % overlapped, from those of hops of 100 ms."""
    if hops.size < 4:
        return np.zeros(0)
    return (hops[:-3] + hops[1:-2] + hops[2:-1] + hops[3:]) / 4.0


def gated_loudness(powers: Array) -> float:
    """Return the integrated loudness (LUFS, -inf if nothing passes) of gating blocks' mean squares in any order.

    BS.1770-5 Annex 1, equations 3-7: blocks above -70 LUFS, then above 10 LU under the mean of those.
    """
    heard = powers[powers > power_of(k.LOWEST)]
    if heard.size == 0:
        return SILENT
    return lufs(float(np.mean(heard[heard > 0.1 * np.mean(heard)])))


def histogram_loudness(counts: Ints, energies: Array) -> float:
    """Return what ``gated_loudness`` would of the blocks in a histogram; a bin passes the gate by its mean."""
    if not counts.any():
        return SILENT
    gate = 0.1 * float(energies.sum()) / int(counts.sum())
    passed = energies > gate * counts
    return lufs(float(energies[passed].sum()) / int(counts[passed].sum()))


def histogram_range(counts: Ints, energies: Array) -> float:
    """Return the loudness range in LU of short-term loudness in a histogram, by the percentiles of EBU Tech 3342."""
    if not counts.any():
        return 0.0
    gate = 0.01 * float(energies.sum()) / int(counts.sum())
    heard = np.flatnonzero(energies > gate * counts)
    rank = np.cumsum(counts[heard])
    ends = [math.floor((int(rank[-1]) - 1) * share + 0.5) for share in (0.10, 0.95)]
    low, high = heard[np.searchsorted(rank, ends, side="right")]
    return lufs(float(energies[high] / counts[high])) - lufs(float(energies[low] / counts[low]))


class LoudnessMeter:
    """Momentary, short-term and integrated loudness and the loudness range of a stream of any length.

    A window counts only when it lies wholly inside the stream.  Maxima are taken every 10 ms, gating blocks and the
    range's values every 100 ms.  Memory is fixed: loudness goes into histograms of 0.01 LU that hold sums of energy.
    """

    def __init__(self, sample_rate: float, channels: int, max_block: int = 8192) -> None:
        self.sample_rate = float(sample_rate)
        self._k = k.k_coefficients(sample_rate)
        self._weights = k.channel_weights(channels)
        self._filters = np.zeros((channels, 4))
        self._power = np.zeros(max_block)
        self._hops = np.zeros(2, dtype=np.int64)
        self._values = np.zeros(7)
        self._ring = np.zeros((2, k.SHORT_TERM))
        self._counts = np.zeros((2, k.BINS), dtype=np.int64)
        self._energies = np.zeros((2, k.BINS))
        self.reset()

    def reset(self) -> None:
        """Forget all audio."""
        for state in (self._filters, self._values, self._ring, self._counts, self._energies):
            state.fill(0)
        self._values[[k.NOW_M, k.NOW_S, k.MAX_M, k.MAX_S, k.SECOND_M]] = -1.0
        self._hops[:] = 0, math.floor(self.sample_rate / k.HOPS_PER_SECOND + 0.5)

    def feed(self, block: Array) -> None:
        """Measure ``block`` ``(channels, 0..max_block)``, C-contiguous."""
        self.weigh(block)
        self.slide(0, block.shape[1])

    def weigh(self, block: Array) -> None:
        """Do the first half of ``feed``: K-weight ``block``."""
        k.k_power(block, self._k, self._weights, self._filters, self._power)

    def slide(self, start: int, stop: int) -> None:
        """Do the second half for the frames ``start:stop`` of the block: all of them must come, in order."""
        k.slide(
            self._power, start, stop, self.sample_rate, self._hops, self._values, self._ring, self._counts,
            self._energies,
        )  # fmt: skip

    def take(self) -> tuple[float, float, float]:
        """Return the K-weighted energy since the last ``take``, the short-term mean square now, the top momentary one.

        The latter two are -1 where no window was complete.
        """
        values = self._values
        readings = float(values[k.SECOND] + values[k.ACC]), float(values[k.NOW_S]), float(values[k.SECOND_M])
        values[k.SECOND], values[k.SECOND_M] = 0.0, -1.0
        return readings

    @property
    def momentary(self) -> float:
        """LUFS of the 400 ms up to the last whole 10 ms; -inf before there are as many."""
        return lufs(self._values[k.NOW_M])

    @property
    def short_term(self) -> float:
        """LUFS of the 3 s up to the last whole 10 ms; -inf before there are as many."""
        return lufs(self._values[k.NOW_S])

    @property
    def momentary_max(self) -> float:
        """The highest momentary loudness, LUFS."""
        return lufs(self._values[k.MAX_M])

    @property
    def short_term_max(self) -> float:
        """The highest short-term loudness, LUFS."""
        return lufs(self._values[k.MAX_S])

    @property
    def integrated(self) -> float:
        """The gated loudness of all so far, LUFS; -inf below the absolute gate of -70 LUFS."""
        return histogram_loudness(self._counts[0], self._energies[0])

    @property
    def range_lu(self) -> float:
        """The loudness range of all so far, LU."""
        return histogram_range(self._counts[1], self._energies[1])

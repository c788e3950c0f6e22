"""The two meters of the Analyzer beside loudness: one of peaks and levels, one of spectra.  Each follows a stream."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kernels import levels as lv
from ..kernels import spectrum as sp
from ..kernels.loudness import channel_weights
from ..kernels.true_peak import CHUNK, HALF, tables
from .timeline import Timeline

Array = NDArray[np.float64]

ENDLESS = 2**62


def hop_start(hop: int, sample_rate: float) -> int:
    """Return the frame at which second ``hop`` starts."""
    return int(np.floor(hop * sample_rate + 0.5))


class PeakMeter:
    """Sample peak, true peak, offset, clipping and silence (below -70 dBFS) at both ends of each channel.

    Work goes by chunks of 64 frames; the true peak waits for 514 frames after a chunk.  ``finish`` catches up.
    True peaks below ``floor`` are not looked for and read as ``floor``: that is faster.
    """

    LAG = lv.AHEAD - 2
    """``take`` after a frame that is a whole number of chunks knows the peaks up to so many frames before it."""

    def __init__(self, channels: int, floor: float = 0.0) -> None:
        self._floor = floor
        self._tables = tables()
        self._x = np.zeros((channels, lv.SIZE))
        self._rings = np.zeros((channels, 3, 16))
        self._counts = np.zeros(5, dtype=np.int64)
        self._levels = np.zeros((channels, 4))
        self._extremes = np.zeros((channels, 2))
        self._runs = np.zeros((channels, 2, 2, 4), dtype=np.int64)
        self._halves, self._points, self._work = np.zeros(lv.SIZE), np.zeros((10, 64)), np.zeros((2, 64))
        self.true_peak = np.zeros(channels)
        self.sample_peak = np.zeros(channels)
        self.sum = np.zeros(channels)
        self.reset()

    def reset(self) -> None:
        """Forget all audio.  Silence goes before the stream, so that its first step may overshoot too."""
        for state in (self._x, self._rings, self.true_peak, self.sample_peak, self.sum, self._runs):
            state.fill(0)
        self._counts[:] = -2 * lv.KEEP, 2 * lv.KEEP, -lv.KEEP // CHUNK, -1, -1
        self._extremes[:] = lv.QUIETEST
        self._runs[..., 3] = -1
        self._levels[:] = self._floor, np.inf, -np.inf, 0.0

    @property
    def frames(self) -> int:
        """Frames fed so far."""
        return int(self._counts[lv.BASE] + self._counts[lv.FILL])

    def feed(self, block: Array, start: int, stop: int, end: int = ENDLESS) -> None:
        """Measure ``block[:, start:stop]``, ``(channels, frames)`` and C-contiguous, of a stream ending at ``end``."""
        lv.watch(
            block, start, stop, end, self._x, self._rings, self._counts, self._levels, self._extremes, self._runs,
            self._tables, self._halves, self._points, self._work,
        )  # fmt: skip

    def finish(self) -> None:
        """Measure what still waits, as if silence followed.  The meter is of no use for the stream after that."""
        silence = np.zeros((self._x.shape[0], HALF + lv.AHEAD + CHUNK))
        self.feed(silence, 0, silence.shape[1], self.frames)

    def take(self) -> tuple[float, float, float]:
        """Return lowest and highest sample and true peak of all channels since the last ``take``."""
        true_peak, low, high, total = self._levels.T
        readings = float(low.min()), float(high.max()), float(true_peak.max())
        np.maximum(self.true_peak, true_peak, out=self.true_peak)
        np.maximum(self.sample_peak, np.maximum(high, -low), out=self.sample_peak)
        self.sum += total
        self._levels[:] = self._floor, np.inf, -np.inf, 0.0
        return readings

    def clipping(self) -> tuple[int, int, int | None]:
        """Return the clipped runs of all channels, their samples and the frame where the first one starts.

        A run is at least 3 samples at full scale, or for a side of a channel that never gets there at its extreme.
        """
        full = self._extremes >= lv.FULL_SCALE
        runs = np.where(full[..., None], self._runs[:, :, 0], self._runs[:, :, 1])
        first = runs[..., 3][runs[..., 1] > 0]
        return int(runs[..., 1].sum()), int(runs[..., 2].sum()), int(first.min()) if first.size else None

    def silence(self, frames: int) -> tuple[int, int]:
        """Return the frames of silence at the start and at the end of a stream of ``frames``."""
        first, last = int(self._counts[lv.FIRST_SOUND]), int(self._counts[lv.LAST_SOUND])
        return (frames, frames) if first < 0 else (first, frames - 1 - last)


@dataclass(frozen=True, slots=True)
class Bands:
    """Mean squares of a stretch: 31 third-octaves, what lies below, 16 EQ bands, channels summed; the width's 3 bands.

    ``mid``, ``side``, ``left``, ``right``, the cross power ``both`` and the side's third octaves ``side_thirds`` are
    NaN unless there are two channels.
    """

    thirds: Array
    subsonic: float
    eq: Array
    mid: Array
    side: Array
    left: Array
    right: Array
    both: Array
    side_thirds: Array


class SpectrumMeter:
    """Power spectra from Hann frames of about 170 ms, half overlapped, centred on fixed frames of the stream.

    The first frame is centred on the first sample, and the sum of squares of that part of the windows which lies
    inside the stream divides the energy: so even one sample's mean square reads right.
    """

    def __init__(self, sample_rate: float, channels: int) -> None:
        self.sample_rate = sample_rate
        self.size = sp.frame_length(sample_rate)
        self._half = self.size // 2
        self._window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(self.size) / self.size)
        self._covered = np.concatenate([[0.0], np.cumsum(self._window**2)])
        self._heard = np.flatnonzero(channel_weights(channels))
        self._pair = channels == 2
        bins = self._half + 1
        self._x = np.zeros((channels, self.size))
        self._windowed = np.zeros((channels, self.size))
        self._spectra = np.zeros((channels, bins), dtype=np.complex128)
        self._sums = np.zeros((3 if self._pair else 1, bins))
        self._long = np.zeros_like(self._sums)
        self.reset()

    def reset(self) -> None:
        """Forget all audio."""
        for state in (self._x, self._sums, self._long):
            state.fill(0.0)
        self._fill, self._centre, self._hop = self._half, 0, 0
        self._next_hop = hop_start(1, self.sample_rate)
        self._weight = self._long_weight = 0.0

    def feed(self, block: Array, course: Timeline, end: int = ENDLESS) -> None:
        """Measure ``block`` ``(channels, frames)``; rows that are complete go to ``course``."""
        done = 0
        while done < block.shape[1]:
            n = min(self.size - self._fill, block.shape[1] - done)
            self._x[:, self._fill : self._fill + n] = block[:, done : done + n]
            self._fill += n
            done += n
            if self._fill == self.size:
                self._frame(course, end)
                self._x[:, : self._half] = self._x[:, self._half :]
                self._fill = self._half

    def finish(self, frames: int, course: Timeline) -> None:
        """Measure what still waits in a stream of ``frames``, as if silence followed, and close the last row."""
        for _ in range(2):
            self.feed(np.zeros((self._x.shape[0], self.size - self._fill)), course, frames)
        self._close(course)

    def long_term(self) -> Bands:
        """Return the mean over the whole stream."""
        return self._bands(self._long, self._long_weight)

    def _frame(self, course: Timeline, end: int) -> None:
        """Add the full frame to the row of the second in which its middle lies."""
        start = max(0, self._half - self._centre)
        stop = max(0, min(self.size, self._half + end - self._centre))
        weight = float(self._covered[stop] - self._covered[start])
        if self._centre >= self._next_hop and self._centre < end:
            self._close(course)
            self._hop += 1
            self._next_hop = hop_start(self._hop + 1, self.sample_rate)
        self._centre += self._half
        if weight <= 0.0:
            return
        self._weight += weight
        np.multiply(self._x, self._window, out=self._windowed)
        np.fft.rfft(self._windowed, axis=1, out=self._spectra)
        if self._pair:
            sp.accumulate_pair(self._spectra[0], self._spectra[1], self._sums)
        else:
            for c in self._heard:
                sp.accumulate(self._spectra[c], self._sums[0])

    def _close(self, course: Timeline) -> None:
        """Hand the row to the course and to the long term."""
        if self._weight > 0.0:
            bands = self._bands(self._sums, self._weight)
            means = np.concatenate([bands.thirds, bands.mid, bands.side, bands.side_thirds])
            course.add_spectra(self._hop, means, self._weight)
        self._long += self._sums
        self._long_weight += self._weight
        self._sums.fill(0.0)
        self._weight = 0.0

    def _bands(self, sums: Array, weight: float) -> Bands:
        scale = np.full(sums.shape[1], 2.0 / (self.size * weight) if weight > 0.0 else 0.0)
        scale[[0, -1]] *= 0.5
        power: Array = sums * scale
        total: Array = power[:2].sum(axis=0)
        thirds, eq = self._gather(total, sp.THIRD_OCTAVE_EDGES_HZ), self._gather(total, sp.EQ_EDGES_HZ)
        subsonic = float(self._gather(total, sp.SUBSONIC_EDGES_HZ)[0])
        if not self._pair:
            none = np.full(3, np.nan)
            return Bands(thirds, subsonic, eq, none, none, none, none, none, np.full(thirds.size, np.nan))
        left, right, both = (self._gather(row, sp.WIDTH_EDGES_HZ) for row in power)
        mid, side = 0.25 * (left + right + 2.0 * both), 0.25 * (left + right - 2.0 * both)
        # Of equal channels the difference is what rounding leaves: nothing, not less.
        across = self._gather(np.maximum(0.25 * (total - 2.0 * power[2]), 0.0), sp.THIRD_OCTAVE_EDGES_HZ)
        return Bands(thirds, subsonic, eq, np.maximum(mid, 0.0), np.maximum(side, 0.0), left, right, both, across)

    def _gather(self, power: Array, edges: Array) -> Array:
        bands = np.empty(edges.size - 1)
        sp.gather(power, self.sample_rate / self.size, edges, bands)
        return bands

"""The trace that the loudness is solved on: peaks and power of a whole track, coarse, in memory or on disk."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ...nodes import Block, GainModel, Limiter, PeakEnvelope, Spec
from ...nodes.kernels.level_trace import add_to_hops, coarser
from ...nodes.kernels.loudness import channel_weights, k_coefficients, k_power

Array = NDArray[np.float64]

STEP = 16
"""Frames of one step of the trace: 0.4 ms, well within the look-ahead of the limiter."""

MARGIN = 0.63

MEMORY = 8 * 2**20
"""Bytes of a trace that stay in memory (6 minutes of 44.1 kHz); more goes to an unnamed temporary file."""

CHUNK = 2**18
"""Steps that are read at a time, 95 s: the model starts afresh in each, which costs it a moment in as many."""


class LevelTrace:
    """For every ``STEP`` frames the highest linked inter-sample peak and the mean K-weighted power.

    ``add`` the sound that the limiter will get, block by block, then ``finish``; then ask ``hop_powers`` what the
    power of every 100 ms will be at a gain.  Peaks are read finely from 4 dB under what the limiter would hold at
    ``expected_gain_db``; what is below hardly matters.  ``peak`` is the highest of all, linear; ``limiter`` may be
    replaced by one with another ceiling.  ``poll`` is called between the parts of a question, which an
    hour of sound makes long; what it raises ends it.  A context manager: leaving it lets go of the temporary file.
    """

    def __init__(
        self, spec: Spec, limiter: Limiter, expected_gain_db: float = 0.0, poll: Callable[[], None] = lambda: None
    ) -> None:
        self.limiter, self.peak = limiter, 0.0
        self._spec, self._poll = spec, poll
        threshold = 10.0 ** ((limiter.ceiling_db - expected_gain_db) / 20.0)
        self._envelope = PeakEnvelope(spec, min(max(MARGIN * threshold, 0.01), 1.0))
        self._k, self._weights = k_coefficients(spec.sample_rate), channel_weights(spec.channels)
        self._filters = np.zeros((spec.channels, 4))
        self._power = np.zeros(spec.max_block)
        self._late = self._envelope.delay
        self._rest: list[Array] = [np.zeros(0), np.zeros(0)]
        self._file = tempfile.SpooledTemporaryFile(max_size=MEMORY)  # noqa: SIM115 - closed by __exit__
        self.steps = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, block: Block) -> None:
        """Take the next ``(channels, frames)``."""
        frames = block.shape[1]
        k_power(block, self._k, self._weights, self._filters, self._power)
        peaks = self._envelope.process(block)
        skip = min(self._late, frames)
        self._late -= skip
        self._keep(peaks[skip:], self._power[:frames])

    def finish(self) -> None:
        """Take what the envelope still holds back, and end the last step."""
        for start in range(0, self._envelope.delay, self._spec.max_block):
            frames = min(self._spec.max_block, self._envelope.delay - start)
            self._keep(self._envelope.process(np.zeros((self._spec.channels, frames))), np.zeros(0))
        short = -self._rest[1].size % STEP
        length = self._rest[1].size + short
        self._write(_padded(self._rest[0], length), _padded(self._rest[1], length))

    def hop_powers(self, gain_db: float | None) -> Array:
        """Return the mean K-weighted power of every 100 ms after a limiter that is driven by ``gain_db``.

        The gain itself is not in the result; None leaves the limiter out.
        """
        model = GainModel(self.limiter, self._spec.sample_rate, STEP)
        drive = None if gain_db is None else 10.0 ** (gain_db / 20.0)
        steps_per_hop = self._spec.sample_rate / STEP / 10.0
        whole = int(self.steps / steps_per_hop)
        sums, at = np.zeros(whole + 1), 0
        for peaks, power in self._chunks():
            self._poll()
            gains = np.ones_like(power) if drive is None else model.gains(peaks, drive)
            add_to_hops(power, gains, at, steps_per_hop, sums)
            at += power.size
        starts = np.ceil(np.arange(whole + 1) * steps_per_hop)
        means: Array = sums[:whole] / np.diff(starts)
        return means

    def _keep(self, peaks: Array, power: Array) -> None:
        self._rest = [np.concatenate([self._rest[0], peaks]), np.concatenate([self._rest[1], power])]
        whole = min(self._rest[0].size, self._rest[1].size) // STEP * STEP
        self._write(self._rest[0][:whole], self._rest[1][:whole])
        self._rest = [self._rest[0][whole:], self._rest[1][whole:]]

    def _write(self, peaks: Array, power: Array) -> None:
        both = np.empty((peaks.size // STEP, 2), dtype=np.float32)
        coarser(peaks, power, both)
        self.peak = max(self.peak, float(peaks.max(initial=0.0)))
        self._file.write(both.tobytes())
        self.steps += len(both)

    def _chunks(self) -> Iterator[tuple[Array, Array]]:
        self._file.seek(0)
        while data := self._file.read(CHUNK * 8):
            both = np.frombuffer(data, dtype=np.float32).reshape(-1, 2).astype(np.float64)
            yield np.ascontiguousarray(both[:, 0]), np.ascontiguousarray(both[:, 1])


def _padded(values: Array, length: int) -> Array:
    return np.pad(values[:length], (0, max(0, length - values.size)))

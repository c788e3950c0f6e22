"""The meters of what comes out, in a thread of their own: they read the tap, the engine never waits for them."""

from __future__ import annotations

import itertools
import math
import threading
from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ....nodes import Block, PeakMeter
from ....nodes.kernels.spectrum import WIDTH_EDGES_HZ
from ....nodes.measuring.loudness import LoudnessMeter
from ...control.console.readings import SILENT_DB, Readings
from ..engine.host import Engine

HOP_S, PEAK_HOPS = 0.1, 4
WINDOW = 8192
REST_S = 0.005
PIECE = 4096

Hear = Callable[[Block], None]


class Metering:
    """Reads the tap of ``engine``, measures, and gives what it took to ``recorder``, if there is one."""

    def __init__(
        self, engine: Engine, recorder: Hear | None = None, say: Callable[[str], None] = lambda text: None
    ) -> None:
        self._engine, self._recorder, self._say = engine, recorder, say
        rate, channels = engine.sample_rate, engine.channels
        self._loudness = LoudnessMeter(rate, channels, PIECE)
        self._peaks = PeakMeter(channels)
        self._hop, self._since = int(HOP_S * rate), 0
        self._latest: deque[float] = deque(maxlen=PEAK_HOPS)
        self._image = Image(rate)
        self._block = np.zeros((channels, PIECE))
        self._anew = False
        self.taken = 0
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metering", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def begin_anew(self) -> None:
        """Forget the integrated loudness: another sound begins."""
        self._anew = True

    def close(self) -> None:
        """Read what is left, and end."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join()

    def readings(self) -> Readings:
        """Return what the meters say now."""
        status, loudness = self._engine.status(), self._loudness
        return Readings(
            momentary_lufs=_shown(loudness.momentary),
            short_term_lufs=_shown(loudness.short_term),
            integrated_lufs=_shown(loudness.integrated),
            true_peak_dbtp=max(self._latest, default=SILENT_DB),
            gain_reduction_db=status.reduction_db,
            band_gains_db=tuple(map(float, status.gains_db)),
            width=self._image.width,
            correlation=self._image.correlation,
            position_s=status.position / self._engine.sample_rate,
            frame=status.frame,
            load=status.load,
            over=status.over,
            xruns=status.xruns + status.starved,
            refused=self._engine.refused,
        )

    def _run(self) -> None:
        while True:
            last = self._closed.is_set()
            while self._take():
                pass
            if last:
                return
            self._closed.wait(REST_S)

    def _take(self) -> int:
        count = self._engine.taken(self._block)
        if count == 0:
            return 0
        block = self._block if count == PIECE else np.ascontiguousarray(self._block[:, :count])
        self.taken += count
        if self._recorder is not None:
            self._record(self._recorder, block)
        if self._anew:
            self._anew = False
            self._loudness.reset()
        self._loudness.feed(block)
        self._peaks.feed(block, 0, count)
        self._image.feed(block)
        self._since += count
        if self._since >= self._hop:
            self._since = 0
            self._latest.append(_decibels(max(self._peaks.take()[2], 1e-9)))
        return count

    def _record(self, recorder: Hear, block: Block) -> None:
        try:
            recorder(block)
        except Exception as failed:
            self._recorder = None
            self._say(f"the recording ended: {failed}")


class Image:
    """Width of lows, mids and highs, and correlation, of the last ``WINDOW`` frames of stereo."""

    def __init__(self, sample_rate: float) -> None:
        self._last = np.zeros((2, WINDOW))
        self._shape = np.hanning(WINDOW)
        hz = np.fft.rfftfreq(WINDOW, 1.0 / sample_rate)
        self._bands = [(hz >= low) & (hz < high) for low, high in itertools.pairwise(WIDTH_EDGES_HZ)]
        self._fresh = 0
        self.width, self.correlation = (SILENT_DB, SILENT_DB, SILENT_DB), 0.0

    def feed(self, block: Block) -> None:
        """Hear ``block``; anything but stereo has no width."""
        if block.shape[0] != 2:
            return
        n = min(block.shape[1], WINDOW)
        self._last = np.concatenate([self._last[:, n:], block[:, -n:]], axis=1)
        self._fresh += n
        if self._fresh >= WINDOW // 2:
            self._fresh = 0
            self._look(self._last)

    def _look(self, heard: NDArray[np.float64]) -> None:
        left, right = heard
        both = math.sqrt(float(left @ left) * float(right @ right))
        self.correlation = float(left @ right) / both if both > 1e-12 else 0.0
        mid, side = (np.abs(np.fft.rfft(0.5 * x * self._shape)) ** 2 for x in (left + right, left - right))
        low, middle, high = (
            10.0 * math.log10((float(side[band].sum()) + 1e-15) / (float(mid[band].sum()) + 1e-15))
            if float(mid[band].sum()) + float(side[band].sum()) > 1e-9
            else SILENT_DB
            for band in self._bands
        )
        self.width = (low, middle, high)


def _shown(lufs: float) -> float:
    return max(lufs, SILENT_DB)


def _decibels(factor: float) -> float:
    return 20.0 * math.log10(factor)

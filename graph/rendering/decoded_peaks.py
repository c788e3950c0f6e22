"""After the codec: what a player will hear of a lossy output, and the true peak of its every 10 ms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...nodes import Analyzer, Block, PeakMeter, Report, Spec
from ..streams.progress import Monitor
from ..streams.protocols import BLOCK, Source
from ..streams.read_ahead import ReadAhead

Cells = NDArray[np.float32]

CELL = 512
"""Frames of a cell, doubled above 50 kHz: what a codec's window is made of, and two periods of a bass."""

MOST_CELLS = 2**20
"""Longer tracks (3.4 hours at 44.1 kHz) have longer cells: memory stays bounded."""


def cell_frames(sample_rate: float, frames: int | None) -> int:
    """Return the frames of a cell for a stream of ``frames``, if known, at ``sample_rate`` Hz."""
    cell = CELL
    while 1.5 * cell < 0.01 * sample_rate or cell * MOST_CELLS < (frames or 0):
        cell *= 2
    return cell


class PeakCells:
    """The true peak of every cell of a stream, all channels together, in dBTP and no lower than ``floor_db``."""

    def __init__(self, channels: int, cell: int, floor_db: float) -> None:
        self._meter = PeakMeter(channels, 10.0 ** (floor_db / 20.0))
        self._cell, self._channels = cell, channels
        self._peaks: list[Cells] = []
        self._next = cell + PeakMeter.LAG
        self._frames = 0

    def add(self, block: Block) -> None:
        """Take the next ``(channels, frames)``."""
        start, frames = 0, block.shape[1]
        peaks = []
        while start < frames:
            stop = min(frames, start + self._next - self._frames)
            self._meter.feed(block, start, stop)
            self._frames += stop - start
            start = stop
            if self._frames == self._next:
                peaks.append(self._meter.take()[2])
                self._next += self._cell
        self._peaks.append(np.array(peaks, dtype=np.float32))

    def finish(self) -> Cells:
        """Return the peaks, ``(cells,)``; what rings on after the end counts for the last cell."""
        cells = -(-self._frames // self._cell)
        self.add(np.zeros((self._channels, 2 * self._cell + PeakMeter.LAG)))
        peaks = np.concatenate(self._peaks)
        if cells:
            peaks[cells - 1] = peaks[cells - 1 :].max()
        return np.asarray(20.0 * np.log10(peaks[:cells]), dtype=np.float32)


@dataclass(frozen=True)
class Heard:
    """What a player hears: the measurements of the decoded output, and the peak of each cell, ``(cells,)`` in dBTP."""

    report: Report
    peaks: Cells = field(repr=False)


def hear(decoded: Source, cells: PeakCells, monitor: Monitor) -> Heard:
    """Measure ``decoded``, and with ``cells``, which are new, its peaks."""
    meter = Analyzer()
    meter.prepare(Spec(decoded.sample_rate, decoded.channels, BLOCK))

    def metered(blocks: Iterator[Block]) -> Iterator[Block]:
        for block in blocks:
            cells.add(block)
            yield block

    with ReadAhead(metered(decoded.blocks(BLOCK))) as blocks:
        for block in monitor.watch("decode", blocks, decoded.frames):
            meter.process_block(block)
    return Heard(meter.report(), cells.finish())

"""What the stages did over time: gain reduction of the limiter, gains of the equaliser's bands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...nodes.measuring.timeline import join_means, merge_pairs

MOST_POINTS = 16384
"""When a course has as many points, neighbours merge and its hop doubles: memory stays bounded for any length."""


@dataclass(frozen=True)
class StageHistory:
    """A point every ``hop_seconds``: the deepest ``gain_reduction_db`` ``(points,)``, the mean ``eq_gains_db``
    ``(points, bands)``.
    """

    hop_seconds: float
    gain_reduction_db: NDArray[np.float32]
    eq_gains_db: NDArray[np.float32]


class Points:
    """A value or a row of values over time, of bounded length: the mean, or the maximum, of each hop."""

    def __init__(self, hop_frames: float, width: int, deepest: bool) -> None:
        self.hop_frames, self._deepest = hop_frames, deepest
        self._points = np.zeros((MOST_POINTS, width), dtype=np.float32)
        self._sum, self._weight = np.zeros(width), 0
        self._frame, self._count = 0, 0

    def add(self, frames: int, values: NDArray[np.float64]) -> None:
        """Take ``values`` ``(width,)`` that hold for the next ``frames``."""
        self._sum = np.maximum(self._sum, values) if self._deepest else self._sum + frames * values
        self._weight += frames
        self._frame += frames
        if self._frame >= (self._count + 1) * self.hop_frames:
            self._close()

    def points(self) -> NDArray[np.float32]:
        """Return all points, ``(points, width)``, the unfinished one included."""
        if self._weight:
            self._close()
        return self._points[: self._count].copy()

    def _close(self) -> None:
        if self._count == MOST_POINTS:
            merge_pairs(self._points, np.maximum if self._deepest else lambda a, b: join_means(a, 1.0, b, 1.0))
            self._count //= 2
            self.hop_frames *= 2.0
        self._points[self._count] = self._sum if self._deepest else self._sum / self._weight
        self._count += 1
        self._sum[:], self._weight = 0.0, 0


class StageRecorder:
    """Watches a stage while it works: what ``look`` returns holds for the frames that were just processed."""

    def __init__(self, sample_rate: float, look: Callable[[], NDArray[np.float64]], deepest: bool) -> None:
        self._rate, self._look = sample_rate, look
        self._history = Points(0.5 * sample_rate, look().size, deepest)

    def note(self, frames: int) -> None:
        """Note what the stage did in the last ``frames``."""
        self._history.add(frames, self._look())

    @property
    def hop_seconds(self) -> float:
        """Distance of the points."""
        return self._history.hop_frames / self._rate

    def points(self) -> NDArray[np.float32]:
        """Return what was noted, ``(points, values)``."""
        return self._history.points()


def stage_course(eq: StageRecorder, limiter: StageRecorder) -> StageHistory:
    """Return what both stages did over the same track."""
    gains, reduction = eq.points(), limiter.points()
    points = min(len(gains), len(reduction))
    return StageHistory(limiter.hop_seconds, reduction[:points, 0], gains[:points])

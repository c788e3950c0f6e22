"""Holding a ceiling behind a lossy codec: the limiter's is lowered where what was decoded came out above.

A lossy codec adds its error to the peaks that the limiter left at the ceiling.  So the driver decodes what it wrote
and renders again with the ceiling lowered in the cells that need it: only there, and only what reaches that high is
turned down.  The codec answers any change with another error, some (MP3, Vorbis, Opus) nearby and some (AAC, whose
rate control remembers) in all that follows; hence a few rounds, in which the ceiling only ever gets lower.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...nodes import Block, CeilingCourse
from ..planning.plan import Plan
from ..storage.spool import Spool
from ..streams.progress import Monitor
from ..streams.protocols import BLOCK, Sink, Source
from .decoded_peaks import Cells, Heard, PeakCells, cell_frames, hear
from .verdict import AfterCodec, Verdict

TOLERANCE_DB = 0.03
"""A decoded true peak may lie so far above the ceiling."""

TOLERANCE_LU, NEAR_LU, LATE_LU = 0.025, 0.045, 0.075
"""A loudness so near to the target stays: at first, while rendering again anyway (a new gain is a new error in every
cell), and when the ceiling holds."""

MOST_RENDERS = 8
WATCHED_DB = 4.0
"""The peak of a cell is known from so far under the ceiling up."""

LOUD_DB = 1.5
"""Cells whose peak is less under the ceiling could come out above it in the next round."""

SPARE_DB, DEEPEST_DB, SLOPE_DB = 0.03, 6.0, 1.0
"""Room beside the error; the most that the ceiling is lowered; the most it moves from cell to cell."""

FIRST_SIGMAS, LATER_SIGMAS = 1.0, 0.7
"""Standard deviations of the codec's error that are left as room beyond the error seen."""

FEW, MANY, STUBBORN, LATE = 4, 0.015, 0.35, 4
"""More cells above the ceiling than these, than this share of the loud ones, later of the last round's, are not where
they were: the error comes up anywhere, so that all loud cells need more room; from the render ``LATE`` on they get it
in any case."""

COST = 0.95
"""LU that a dB off the mean ceiling costs a dense track."""


class CodecJudge:
    """Says after every render of a lossy output whether it stays, or by which plan to render next.

    It corrects the loudness too, which is that of the decoded sound.  When renders run out, the best is made again.
    """

    def __init__(self, plan: Plan, source: Source, first: Spool | None = None) -> None:
        """Watch over renders of ``source`` that begin with ``plan``; ``first`` holds the sound of the first, if any."""
        self._asked, self._target = plan.settings.true_peak, None if plan.final else plan.settings.loudness
        self._held = plan.limiter().ceiling_db
        self._cell, self._channels = cell_frames(source.sample_rate, source.frames), source.channels
        self._lowered: Cells = np.zeros(0, dtype=np.float32)
        self._renders, self._above = 0, 0
        self._first_sound = first if first and first.whole else None
        self._tried: list[tuple[tuple[float, float], Plan]] = []
        self._settled = False
        self._first_loudness: float | None = None

    def verdict(self, plan: Plan, written: Iterator[Block], sink: Sink, monitor: Monitor) -> Verdict:
        """Compare all blocks of ``written``, the render by ``plan``, with what is decoded of ``sink``, and judge it."""
        cells = self._cells()
        for block in written:
            if self._first_sound is None or self._renders:  # else it is on the spool, and rarely asked for
                cells.add(block)
        heard = hear(sink.decoded(), self._cells(), monitor)
        loudness = heard.report.integrated_lufs
        self._renders += 1
        if self._renders == 1:
            self._first_loudness, self._lowered = loudness, np.zeros_like(heard.peaks)
        miss = 0.0 if self._target is None or loudness is None else self._target - loudness
        over = float(heard.peaks.max(initial=-np.inf)) - self._asked
        following = None
        if not self._stays(plan, over, miss):
            following = self._best(plan) if self._renders == MOST_RENDERS else self._improved(plan, cells, heard, miss)
        return Verdict(heard.report, following, self._after_codec(plan, loudness) if following is None else None)

    def _after_codec(self, plan: Plan, loudness: float | None) -> AfterCodec:
        """Return what it took to hold the ceiling in the render by ``plan``, which is heard at ``loudness`` LUFS."""
        lowered = plan.ceiling.lowered_db if plan.ceiling else np.zeros(1, dtype=np.float32)
        inside, first, cost = lowered > 0.0, self._first_loudness, 0.0
        places = int(np.count_nonzero(inside[1:] & ~inside[:-1])) + int(inside[0])
        if loudness is not None and first is not None:
            cost = min(first, first if self._target is None else self._target) - loudness
        share = 100.0 * float(inside.mean())
        return AfterCodec(places, round(share, 1), round(float(lowered.max()), 2), round(max(cost, 0.0), 2))

    def _best(self, plan: Plan) -> Plan | None:
        """Return the best plan so far, to be rendered again; None where that is ``plan``.  Either stays."""
        self._settled = True
        best = min(self._tried, key=lambda tried: tried[0])[1]
        return None if best is plan else best

    def _stays(self, plan: Plan, over: float, miss: float) -> bool:
        """Note how good the render by ``plan`` was; say whether it is good enough, or made to stay."""
        enough = TOLERANCE_LU if self._renders == 1 else LATE_LU
        rank = max(over, TOLERANCE_DB), max(abs(miss), enough)
        self._tried.append((rank, plan))
        return self._settled or rank == (TOLERANCE_DB, enough)

    def _cells(self) -> PeakCells:
        return PeakCells(self._channels, self._cell, self._asked - WATCHED_DB)

    def _improved(self, plan: Plan, cells: PeakCells, heard: Heard, miss: float) -> Plan:
        """Return the plan for the next render: the ceiling lower where it must be, the gain by what is missed.

        ``cells`` saw what was written, but for the sound that is on the spool.
        """
        mean = float(self._lowered.mean())
        if (heard.peaks > self._asked).any():
            if self._first_sound and self._renders == 1:
                for block in self._first_sound.blocks(BLOCK):
                    cells.add(block)
            self._make_room(cells.finish(), heard.peaks)
        np.clip(self._lowered, 0.0, DEEPEST_DB, out=self._lowered)
        gain, step = plan.gain_db or 0.0, 0.0
        if self._target is not None:
            step = miss + COST * (float(self._lowered.mean()) - mean)
        if self._renders == 1 or abs(step) > NEAR_LU:
            gain += step / plan.slope
        course = CeilingCourse(self._cell, sloped(self._lowered)) if self._lowered.any() else None
        return replace(plan, gain_db=gain, ceiling=course)

    def _make_room(self, written: Cells, heard: Cells) -> None:
        """Lower the cells that are above the ceiling, and others that may be next."""
        over, error = heard - self._asked, heard - written
        loud = np.maximum(written, heard) > self._asked - LOUD_DB
        sigma, above = float(error[loud].std()), int(np.count_nonzero(over > TOLERANCE_DB))
        if self._renders == 1:
            room = with_neighbours(error) + FIRST_SIGMAS * sigma + SPARE_DB
            reduction = self._held - self._asked + np.maximum(room, 0.0)
            np.maximum(self._lowered, reduction, out=self._lowered, where=with_neighbours(loud))
        else:
            reduction = np.maximum(self._held - written, self._lowered) + over + LATER_SIGMAS * sigma
            np.maximum(self._lowered, reduction, out=self._lowered, where=over > 0.0)
            many = MANY * np.count_nonzero(loud) if self._renders == 2 else STUBBORN * self._above
            if above > (max(many, FEW) if self._renders < LATE else 0):
                np.add(self._lowered, LATER_SIGMAS * sigma, out=self._lowered, where=loud & (over <= 0.0))
        self._above = above


def sloped(cells: Cells) -> Cells:
    """Return the points between ``cells``, ``(cells + 1,)``: as low as both neighbours, sloping by ``SLOPE_DB``."""
    points = np.maximum(np.append(cells, 0.0), np.append(0.0, cells))
    ramp = SLOPE_DB * np.arange(points.size)
    after = np.maximum.accumulate(points + ramp) - ramp
    before = (np.maximum.accumulate((points - ramp)[::-1]))[::-1] + ramp
    return np.maximum(after, before).astype(np.float32)


def with_neighbours(cells: NDArray[Any]) -> NDArray[Any]:
    """Return the highest of each of ``cells`` ``(n,)`` and the ones beside it."""
    highest = cells.copy()
    np.maximum(highest[1:], cells[:-1], out=highest[1:])
    np.maximum(highest[:-1], cells[1:], out=highest[:-1])
    return highest

"""The last hundredths of a loudness: the gain corrected from what renders really measure."""

from __future__ import annotations

from collections.abc import Iterator

from ...nodes import Analyzer, Block, Spec
from ..planning.plan import Plan
from ..streams.progress import Monitor
from ..streams.protocols import BLOCK, Sink, Source
from .verdict import Verdict

TOLERANCE_LU = 0.025
"""A render farther than this from the target is made again."""

MOST_RENDERS = 5


class GainSearch:
    """Says after every render, by the loudness that came of it, whether it stays or with which gain to render next.

    The nearest render so far is corrected along the slope that the solver found; when renders run out, it is made
    again and stays.  Limiting that depends on the programme makes the curve a little rough: hence no secant.
    """

    def __init__(self, plan: Plan) -> None:
        self._target, self._slope = plan.settings.loudness, plan.slope
        self._settled = plan.final or self._target is None
        self._tried: dict[float, float] = {}

    def next_plan(self, plan: Plan, loudness: float | None) -> Plan | None:
        """Return the plan for another render after the one by ``plan`` gave ``loudness`` LUFS; None: it stays."""
        gain = self._next_gain(plan.gain_db or 0.0, loudness)
        return None if gain is None else plan.with_gain(gain, slope=plan.slope)

    def _next_gain(self, gain_db: float, loudness: float | None) -> float | None:
        if self._settled or self._target is None or loudness is None:
            return None
        self._tried[gain_db] = loudness
        best = min(self._tried, key=self._distance)
        if self._distance(best) <= TOLERANCE_LU or len(self._tried) == MOST_RENDERS:
            self._settled = True
            return None if best == gain_db else best
        step = (self._target - self._tried[best]) / self._slope
        while any(abs(best + step - gain) < 1e-6 for gain in self._tried):
            step *= 0.5
        return best + step

    def _distance(self, gain_db: float) -> float:
        return abs(self._tried[gain_db] - (self._target or 0.0))


class LoudnessJudge:
    """Judges a render by its loudness as it was written."""

    def __init__(self, plan: Plan, source: Source) -> None:
        self._spec = Spec(source.sample_rate, source.channels, BLOCK)
        self._search = GainSearch(plan)

    def verdict(self, plan: Plan, written: Iterator[Block], sink: Sink, monitor: Monitor) -> Verdict:
        """Measure all blocks of ``written``, the render by ``plan``, and judge it."""
        analyzer = Analyzer()
        analyzer.prepare(self._spec)
        for block in written:
            analyzer.process_block(block)
        report = analyzer.report()
        return Verdict(report, self._search.next_plan(plan, report.integrated_lufs))

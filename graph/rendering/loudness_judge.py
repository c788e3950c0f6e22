"""The last hundredths of a loudness: the gain corrected from what renders really measure."""

from __future__ import annotations

from collections.abc import Callable

from ...nodes import Analyzer, Block, Report, Spec
from ..planning.plan import Plan
from ..streams.progress import Monitor
from ..streams.protocols import BLOCK, Sink, Source

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
    """Measures every render, and says by its loudness whether it stays."""

    def __init__(self, plan: Plan, source: Source) -> None:
        self._spec = Spec(source.sample_rate, source.channels, BLOCK)
        self._search = GainSearch(plan)

    def meter(self) -> Callable[[Block], None]:
        """Return what hears every block of the next render."""
        self._analyzer = Analyzer()
        self._analyzer.prepare(self._spec)
        return self._analyzer.process_block

    def report(self) -> Report:
        """Return the measurements of the last render."""
        return self._report

    def after_codec(self, plan: Plan) -> None:
        """Nothing was decoded."""

    def next_plan(self, plan: Plan, sink: Sink, monitor: Monitor) -> Plan | None:
        """Return the plan for another render after the one by ``plan``; None: it stays."""
        self._report = self._analyzer.report()
        return self._search.next_plan(plan, self._report.integrated_lufs)

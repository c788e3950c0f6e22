"""The last hundredths of a loudness: the gain corrected from what renders really measure."""

from __future__ import annotations

from .planner import Plan

TOLERANCE_LU = 0.025
"""A render farther than this from the target is made again."""

MOST_RENDERS = 5


class Correction:
    """Says after every render whether it stays, or with which gain to render next.

    The nearest render so far is corrected along the slope that the solver found; when renders run out, it is made
    again and stays.  Limiting that depends on the programme makes the curve a little rough: hence no secant.
    """

    def __init__(self, plan: Plan) -> None:
        self._target, self._slope = plan.settings.loudness, plan.slope
        self._settled = plan.final or self._target is None
        self._tried: dict[float, float] = {}

    def next_gain(self, gain_db: float, loudness: float | None) -> float | None:
        """Return the gain in dB to render with after one at ``gain_db`` gave ``loudness`` LUFS; None: it stays."""
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

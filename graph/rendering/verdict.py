"""What is said of a render: its measurements, and whether it stays."""

from __future__ import annotations

from dataclasses import dataclass

from ...nodes import Report
from ..planning.plan import Plan


@dataclass(frozen=True, slots=True)
class AfterCodec:
    """What it took to hold the ceiling in what is decoded.

    The limiter's ceiling was lowered at ``places``, together ``share_percent`` of the track, by up to ``deepest_db``;
    ``loudness_cost`` in LU is what that took off the loudness, or off the target where it would have been louder.
    """

    places: int
    share_percent: float
    deepest_db: float
    loudness_cost: float


@dataclass(frozen=True)
class Verdict:
    """``report`` measures the render as it is heard; ``next_plan`` is what to render by next, None: the render stays.

    Of one that stays ``after_codec`` says what holding the ceiling behind a codec took, where that was the task.
    """

    report: Report
    next_plan: Plan | None = None
    after_codec: AfterCodec | None = None

"""How far one press of a key moves a parameter: to the next round value, in its unit."""

from __future__ import annotations

import math
from typing import Any

from ...nodes.params import Declared, Param

LOG_STEP, LOG_FINE = 10.0 ** (1.0 / 24.0), 1.01
"""Factors for what is heard by ratio: times, frequencies."""


def round_step(span: float, fine: bool = False) -> float:
    """Return 1, 2 or 5 times a power of ten: about a hundredth of ``span``, a tenth of that if ``fine``."""
    target = span / 100.0
    ten = 10.0 ** math.floor(math.log10(target) + 1e-9)
    step = max(step for step in (ten, 2.0 * ten, 5.0 * ten) if step <= target * (1.0 + 1e-9))
    return step / 10.0 if fine else step


def stepped(declared: Declared[Any], stored: float, steps: int, fine: bool = False) -> Any:
    """Return the plain value of ``declared`` so many ``steps`` from ``stored``, at most at its end.

    Switches and choices go one by one; a choice goes round.
    """
    if not isinstance(declared, Param):
        goal = stored + steps
        return declared.plain(min(1.0, max(0.0, goal)) if declared.hi == 1.0 else goal % (declared.hi + 1.0))
    if declared.taper == "log":
        goal = float(f"{stored * (LOG_FINE if fine else LOG_STEP) ** steps:.3g}")
    else:
        step = round_step(declared.hi - declared.lo, fine)
        goal = round((round(stored / step) + steps) * step, 9)
    return min(declared.hi, max(declared.lo, goal))

"""Courses: values that a driver laid out over time, read between their points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import inlined

Array = NDArray[np.float64]


@inlined
def read_course(at: float, course: Array, out: Array) -> None:
    """Write the values at point ``at`` of ``course`` ``(points, values)`` into ``out``; the last point holds on."""
    last = course.shape[0] - 1
    row = min(int(at), last)
    share = at - row if row < last else 0.0
    after = min(row + 1, last)
    for i in range(out.shape[0]):
        out[i] = course[row, i] + share * (course[after, i] - course[row, i])


@inlined
def eased(course: Array, at: float) -> float:
    """Return the value at point ``at`` of ``course`` ``(points,)``; the last point holds on.

    From point to point it goes as ``s^2 (3 - 2 s)`` does: level at every point, between its neighbours everywhere.
    """
    row = int(at)
    if row >= course.shape[0] - 1:
        return float(course[course.shape[0] - 1])
    s = at - row
    return float(course[row] + s * s * (3.0 - 2.0 * s) * (course[row + 1] - course[row]))

"""Passages of a track: what is heard around each point of its course, and how loud.

A course has a point every hop of the analysis.  Energies are ``(points, columns)``, mean squares.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...nodes import Report

Array = NDArray[np.float64]

GATE_LU = 20.0
"""Points this far under the track's loudness say nothing of its tone."""

TINY = 1e-15
LITTLE = 0.05
"""Where less than so much of what is around a point is heard, the whole track's shape stands in."""


@dataclass(frozen=True)
class Passages:
    """The course of ``report`` by its third octaves, and the level of every point."""

    report: Report

    @property
    def hop_seconds(self) -> float:
        """Distance of the points."""
        return self.report.course.hop_seconds

    @cached_property
    def thirds(self) -> Array:
        """Return the mean squares of the third octaves, ``(points, 31)``."""
        return np.nan_to_num(np.asarray(self.report.course.thirds, dtype=np.float64))

    @cached_property
    def level_lu(self) -> Array:
        """Return the loudness of every point against that of the track, ``(points,)`` LU.

        The track's is gated once, so that pauses do not count.
        """
        power = np.nan_to_num(np.asarray(self.report.course.k_power, dtype=np.float64))
        loud = power[power > 0.01 * power.mean()]
        return decibels(power) - float(decibels(loud.mean() if loud.size else np.float64(0.0)))

    @cached_property
    def heard(self) -> Array:
        """Return 1 where a point says something of the tone, else 0, ``(points,)``."""
        return (self.level_lu > -GATE_LU).astype(float)

    def smoothed(self, values: Array, seconds: float) -> Array:
        """Return ``values`` ``(points, columns)`` seen through a Gaussian whose deviation is ``seconds``."""
        return smoothed(values, seconds / self.hop_seconds)

    def around(self, values: Array, seconds: float) -> Array:
        """Return the same of what is heard; where little is, the mean of the whole track."""
        weight, seen = (self.smoothed(x, seconds) for x in (self.heard[:, None], values * self.heard[:, None]))
        return (seen + LITTLE * self.mean(values)) / (weight + LITTLE)

    def mean(self, values: Array) -> Array:
        """Return the mean of ``values`` ``(points, columns)`` over the points that are heard, ``(columns,)``."""
        weights = self.heard if self.heard.any() else np.ones_like(self.heard)
        mean: Array = np.average(values, axis=0, weights=weights)
        return mean

    def with_edges(self, course: Array) -> Array:
        """Move the points, each the mean of its hop, onto the hops' starts: one in between, and one at each end."""
        padded = np.concatenate([course[:1], course, course[-1:]])
        return np.asarray((padded[1:] + padded[:-1]) / 2.0)


def decibels(power: Array | np.floating) -> Array:
    """Return ``power`` in dB, not below -150."""
    levels: Array = 10.0 * np.log10(np.maximum(power, TINY))
    return levels


def smoothed(values: Array, points: float) -> Array:
    """Return ``values`` ``(n, columns)`` convolved with a Gaussian whose deviation is ``points``; edges are held."""
    reach = max(1, round(3.0 * points))
    shape = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(points, 1e-3)) ** 2)
    shape /= shape.sum()
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, shape, mode="valid") for column in padded.T], axis=1)


def part(values: Array | float, start: float, end: float) -> Array:
    """Return 0..1: how far ``values`` have come from ``start`` to ``end``."""
    return np.asarray(np.clip((values - start) / (end - start), 0.0, 1.0))

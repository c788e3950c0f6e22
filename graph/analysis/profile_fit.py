"""Which profiles fit a track: those whose sound it already leans to.

Two distances, both in dB.  *Tone*: the track's third octaves are laid over the profile's target curve, and what is
left is averaged (root mean square, each third by its share of the loudness).  *Dynamics*: half of the LU by which the
track's loudness range misses what such records have, on the wrong side only, and half of the dB by which its peaks
stand higher above its loudness than the profile leaves them: that much liveliness it would take.  Of the records in
the table that ``nodes.bands`` stands on, the loud ones have 5.5 LU in the median and the moderate ones 9.7: a profile
that compresses is at home up to the first, one that expands from the second on.  The sum of squares decides.

It hears tone and dynamics, not instruments: a compressed orchestra or a dark metal record leans to its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...nodes import Report
from ...nodes.bands import THIRD_WEIGHTS, third_levels_db
from ...presets import Profile, load, names
from .analysis import Analysis

TIGHT_LU, WIDE_LU = 5.5, 9.7
DB_PER_LU = 0.5
NEAR_DB = 1.0
"""Dynamics a tight profile is said to have found."""

MOST_DB = 20.0
"""A third farther off than this counts as this far: what is empty says nothing more."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How far a track is from what ``profile`` suits: ``distance_db`` in all, and why in words."""

    profile: str
    title: str
    suits: tuple[str, ...]
    distance_db: float
    tone_db: float
    dynamics_db: float
    reason: str


def rank_profiles(analysis: Analysis | Report) -> list[Fit]:
    """Return every built-in profile, the one that fits best first; nothing fits what cannot be measured."""
    report = analysis.report if isinstance(analysis, Analysis) else analysis
    if report.integrated_lufs is None:
        return []
    heard = third_levels_db(np.nan_to_num(report.thirds))
    fits = [_fit(report, heard, load(name)) for name in names()]
    return sorted(fits, key=lambda fit: fit.distance_db)


def _fit(report: Report, heard: np.ndarray, profile: Profile) -> Fit:
    off = heard - profile.curve_db
    off = np.clip(off - np.sum(THIRD_WEIGHTS * off), -MOST_DB, MOST_DB)
    tone = float(np.sqrt(np.sum(THIRD_WEIGHTS * off**2)))
    range_lu, ratio = report.loudness_range_lu, profile.values["dynamic_eq"].get("ratio", 1.0)
    miss = range_lu - TIGHT_LU if ratio > 1.0 else WIDE_LU - range_lu if ratio < 1.0 else 0.0
    taken = (report.plr_db or 0.0) - profile.density if profile.density is not None else 0.0
    dynamics = DB_PER_LU * float(np.hypot(max(0.0, miss), max(0.0, taken)))
    distance = float(np.hypot(tone, dynamics))
    return Fit(
        profile.name, profile.title, profile.suits, round(distance, 2), round(tone, 2), round(dynamics, 2),
        f"{_tone_words(tone)}, {_dynamics_words(ratio, dynamics)}",
    )  # fmt: skip


def _tone_words(tone: float) -> str:
    return "close in tone" if tone < 2.6 else "some way off in tone" if tone < 5.0 else "far off in tone"


def _dynamics_words(ratio: float, dynamics: float) -> str:
    if ratio == 1.0:
        return "leaves dynamics alone"
    if ratio < 1.0:
        return "as wide as its kind" if dynamics == 0.0 else "not as wide as its kind"
    return "as tight as its kind" if dynamics < NEAR_DB else "livelier than its kind"

"""How tight or wide a track is made: the fast part's ratio and the limiter's ceiling, by the peaks that shaping leaves.

All ratios of peak to loudness (PLR) are in dB.  Whoever has heard the shaped sound knows its ratio; a planner, who has
not, foresees it.
"""

from __future__ import annotations

import numpy as np

from ...nodes import DynamicEQ, Limiter, Report, ToneCourse
from ...presets import Profile
from .passages import decibels, part
from .settings import Settings

ROOM_DB = 4.0
"""Peaks are moved in full where there is so much room for it, and not at all where there is none."""

DENSER_DB, DENSER_SHARE = 4.0, 0.5
"""So much is taken off a peak-to-loudness ratio to bring it to a profile's density; of what is over that, a share."""

LEAST_DENSER_DB, DENSEST_AT, DENSER_PER_DB = 0.1, 11.5, 0.3
"""A tight profile leaves a track, however dense, a ratio lower by so much, and by more the denser the profile is."""

GUARD_FROM_DB, GUARDED_RATIO, GUARDED_RIDE_LU, GUARDED_SHARE = 2.5, 1.7, -0.5, 0.75
"""So far under the peaks the ceiling must lie before a wide profile meets them with a ratio instead of the limiter; it
is then ridden as a tight one, by so many LU less, and so much of its tone is left, or it would be limited deeper."""

LEAST_RANGE_LU, MOST_RIDE = 2.0, 20.0
"""A range below this is ridden as if it were that; and passages are moved by no more than so many %."""

LOUD_FROM_LUFS, LOUD_TO_LUFS = -12.0, -9.0
"""Between these targets headroom comes to count more than tone."""

DENSE_FROM_DB, DENSE_TO_DB, DENSE_SHARE = 12.0, 10.0, 0.85
"""A track this dense has peaks that a limiter lined up: at loud targets, so much of the tone is left as it is."""

RISE_SHARE, STIR_SHARE = 0.5, 0.19
"""Of the peaks' rise in energy, and of the response's RMS, what an equaliser adds to a PLR: fitted to nine tracks,
six profiles each; 0.8 dB off on the mean."""


def foreseen_plr(report: Report, eq: DynamicEQ, tone: ToneCourse) -> float | None:
    """Return the ratio that the track of ``report`` will have behind the slow part of ``eq``; None for silence.

    Its loudest moments rise as their energy does, and any equaliser stirs the peaks that a limiter had lined up.
    """
    if report.plr_db is None:
        return None
    thirds = np.nan_to_num(np.asarray(report.course.thirds, dtype=np.float64))
    moved = eq.heard_through((tone.gains_db[1:] + tone.gains_db[:-1]) / 2.0)
    level = eq.intensity / 100.0 * (tone.makeup_db[1:] + tone.makeup_db[:-1]) / 2.0
    rise = decibels((thirds * moved).sum(axis=1)) - decibels(thirds.sum(axis=1)) + level
    peaks = 2.0 * decibels(np.nan_to_num(np.asarray(report.course.true_peak, dtype=np.float64)))
    stir = np.sqrt(np.mean((decibels(moved) + level[:, None]) ** 2))
    return float(report.plr_db + RISE_SHARE * ((peaks + rise).max() - peaks.max()) + STIR_SHARE * stir)


def loudly(loudness: float | None) -> float:
    """Return 0..1: how far a target of ``loudness`` in LUFS puts headroom before tone."""
    return 0.0 if loudness is None else float(part(loudness, LOUD_FROM_LUFS, LOUD_TO_LUFS))


def tone_share(profile: Profile, settings: Settings, loudness: float | None, plr_before: float | None) -> float:
    """Return the share 0..1 of the tone that is done: all of it where there is headroom for it.

    Any equaliser stirs peaks that were lined up, and the limiter would have to line them up again: so a dense track
    that is to be loud is left more alone, and a wide profile that has no room keeps its peaks to itself.
    """
    if loudness is None or plr_before is None:
        return 1.0
    dense = DENSE_SHARE * loudly(loudness) * float(part(plr_before, DENSE_FROM_DB, DENSE_TO_DB))
    guarded = GUARDED_SHARE * _guard(settings.true_peak - loudness - plr_before) if _widens(profile) else 0.0
    return 1.0 - max(dense, guarded)


def ratio(profile: Profile, settings: Settings, loudness: float | None, plr: float | None) -> float:
    """Return the ratio of the fast part for a shaped track of ratio ``plr`` that comes to ``loudness`` in LUFS.

    A compressor rests where the track is as dense as the profile.  An expander rests where its peaks would meet the
    ceiling; where even the track's own do, it holds them instead, or wide would be limited deeper than tight.
    """
    asked: float = profile.values["dynamic_eq"].get("ratio", 1.0)
    if loudness is None or plr is None:
        return asked
    if asked > 1.0:
        return float(asked ** _share(ROOM_DB if profile.density is None else plr - profile.density))
    room = settings.true_peak - loudness - plr
    return float(asked ** _share(room)) if asked == 1.0 or room > 0.0 else float(GUARDED_RATIO ** _guard(room))


def ride(profile: Profile, settings: Settings, loudness: float | None, report: Report) -> float:
    """Return by how many % passages are to lie farther from the track's loudness, nearer where it is below 0."""
    lu = profile.ride
    if _widens(profile) and loudness is not None and report.plr_db is not None:
        lu += GUARDED_RIDE_LU * _guard(settings.true_peak - loudness - report.plr_db)
    return float(np.clip(100.0 * lu / max(report.loudness_range_lu, LEAST_RANGE_LU), -MOST_RIDE, MOST_RIDE))


def has_room(profile: Profile, settings: Settings, loudness: float | None, plr: float | None) -> bool:
    """Say whether a profile that widens has room for it under the ceiling."""
    return not _widens(profile) or loudness is None or plr is None or settings.true_peak - loudness - plr > 0.0


def ceiling_db(
    profile: Profile, settings: Settings, loudness: float | None, plr: float | None, plr_before: float | None
) -> float:
    """Return the limiter's ceiling in dBTP: the one asked for, or lower where the profile wants the track denser.

    ``plr`` is the shaped track's ratio, ``plr_before`` the one it came with, which a tight profile never raises.
    """
    if profile.density is None or loudness is None or plr is None or plr_before is None:
        return settings.true_peak
    room = settings.true_peak - loudness
    wanted = min(plr, room)  # the shaped track's own, or what the ceiling leaves of it anyway
    over = max(wanted - profile.density, 0.0)
    wanted -= min(over, DENSER_DB) + DENSER_SHARE * max(over - DENSER_DB, 0.0)
    denser = LEAST_DENSER_DB + DENSER_PER_DB * max(DENSEST_AT - profile.density, 0.0)
    lower = max(0.0, room - min(wanted, plr_before - denser))
    return max(settings.true_peak - settings.intensity / 100.0 * lower, Limiter.ceiling_db.lo)


def _widens(profile: Profile) -> bool:
    """Say whether ``profile`` raises peaks."""
    ratio: float = profile.values["dynamic_eq"].get("ratio", 1.0)
    return ratio < 1.0


def _guard(room_db: float) -> float:
    """Return 0..1: how far the peaks of a wide profile are met instead of raised where ``room_db`` is below 0."""
    return _share(-room_db - GUARD_FROM_DB)


def _share(room_db: float) -> float:
    """Return 0..1: how far ``room_db`` is room enough."""
    return float(part(room_db, 0.0, ROOM_DB))

"""What a track measures, as plain data: the mastering API's metrics, and all the figures beside them.

In the API's document every figure is a number, as its clients calculate with them: what does not exist there (the
loudness of silence, a band above Nyquist) is at its floor.  In ``figures`` it is None.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from ...nodes import Report
from ...nodes.measuring.plain_json import jsonable
from ...nodes.measuring.report import FLOOR_DB
from .analysis import Analysis
from .diagnose import diagnose
from .profile_fit import rank_profiles

WIDTH_BANDS = ("low", "mid", "high")
"""Below 200 Hz, to 3 kHz, above."""

SILENT_LUFS = -70.0
"""Loudness of what the absolute gate of BS.1770 leaves nothing of."""


def preview_result(analysis: Analysis) -> dict[str, Any]:
    """Return the API's result of a preview: ``media_info``, ``audio`` and ``initial_level`` of the original.

    Two decimals: LUFS, LU, dBTP, dB.  ``audio.stereo_image`` (left out beyond two channels) is the level of the side
    against the mid in dB for the low, mid and high band: -120 is mono, 0 as much side as mid.  ``media_info`` is left
    out for audio from memory.
    """
    report = analysis.report
    measured = _number(report.integrated_lufs, SILENT_LUFS)
    audio: dict[str, Any] = {
        "loudness": {
            "measured": measured,
            "range": _number(report.loudness_range_lu, 0.0),
            "true_peak": _number(report.true_peak_dbtp, FLOOR_DB),
        },
        "eq": {"levels": [_number(level, FLOOR_DB) for level in report.eq_levels_db]},
    }
    if report.channels <= 2:
        widths = report.side_mid_db if report.channels == 2 else np.full(3, FLOOR_DB)
        audio["stereo_image"] = {band: _number(db, FLOOR_DB) for band, db in zip(WIDTH_BANDS, widths, strict=True)}
    media = {"media_info": jsonable(analysis.media)} if analysis.media else {}
    return {**media, "audio": audio, "initial_level": measured}


def master_result(before: float | None, after: float | None) -> dict[str, float]:
    """Return the API's result of a full master, of the loudness before and after in LUFS."""
    return {"initial_level": _number(before, SILENT_LUFS), "final_level": _number(after, SILENT_LUFS)}


def figures(analysis: Analysis) -> dict[str, Any]:
    """Return all that is known of a track as plain data; None: does not exist."""
    report = analysis.report
    values: dict[str, Any] = {
        "file": analysis.name,
        "media": analysis.media,
        "frames": report.frames,
        "duration_s": round(report.duration_s, 3),
        "sample_rate": report.sample_rate,
        "channels": report.channels,
    }
    values |= {name: _rounded(value) for name, value in levels(report).items()}
    values |= {
        "clipped_runs": report.clipped_runs,
        "clipped_samples": report.clipped_samples,
        "dc_offset": report.dc_offset,
        "silence_start_s": round(report.silence_start_frames / report.sample_rate, 3),
        "silence_end_s": round(report.silence_end_frames / report.sample_rate, 3),
        "thirds_hz": [float(f"{hz:.4g}") for hz in report.THIRDS_HZ],
        "thirds_db": [_rounded(db) for db in report.thirds_db],
        "eq_edges_hz": [float(f"{hz:.4g}") for hz in report.EQ_EDGES_HZ],
        "eq_levels_db": [_rounded(db) for db in report.eq_levels_db],
        "side_mid_db": dict(zip(WIDTH_BANDS, map(_rounded, report.side_mid_db), strict=True)),
        "correlation": dict(zip(WIDTH_BANDS, map(_rounded, report.correlation), strict=True)),
        "mono_loss_db": dict(zip(WIDTH_BANDS, map(_rounded, mono_loss_db(report)), strict=True)),
        "short_term": {
            "hop_seconds": report.course.hop_seconds,
            "lufs": [_rounded(level) for level in report.course.short_term_lufs],
        },
        "findings": [asdict(finding) for finding in diagnose(analysis)],
        "profiles": [asdict(fit) for fit in rank_profiles(report)],
        "metrics": preview_result(analysis),
    }
    plain: dict[str, Any] = jsonable(values)
    return plain


def levels(report: Report) -> dict[str, float | None]:
    """Return the levels of ``report`` by name, unit included."""
    return {
        "integrated_lufs": report.integrated_lufs,
        "loudness_range_lu": report.loudness_range_lu,
        "max_momentary_lufs": report.max_momentary_lufs,
        "max_short_term_lufs": report.max_short_term_lufs,
        "sample_peak_dbfs": report.sample_peak_dbfs,
        "true_peak_dbtp": report.true_peak_dbtp,
        "plr_db": report.plr_db,
        "psr_db": report.psr_db,
    }


def mono_loss_db(report: Report) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return how much quieter each width's band is in mono, dB ``(3,)``: 0 for mono, 3 for unlike channels."""
    side_to_mid = 10.0 ** (np.asarray(report.side_mid_db) / 10.0)
    return np.asarray(10.0 * np.log10(1.0 + side_to_mid), dtype=np.float64)


def _rounded(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), 2) + 0.0


def _number(value: float | None, floor: float) -> float:
    """Return ``value`` to two decimals, ``floor`` where it does not exist or lies lower."""
    rounded = _rounded(value)
    return floor if rounded is None else max(rounded, floor)

"""``masterchain analyze``: what a file measures, as a table or as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..graph import Analysis, Monitor, analyse
from ..graph.jsonable import jsonable
from ..nodes import Report
from .job import check_writable
from .listing import show, table
from .outcome import Session
from .watching import Watch

WIDTH_BANDS = ("low", "mid", "high")


def measured(file: Path, as_json: bool, save: Path | None, session: Session) -> None:
    """Analyse ``file``, print what it measures, and keep the analysis in ``save`` if that is asked for."""
    if save:
        check_writable([save])
    with Watch() as watch, session.working():
        analysis = analyse(file, Monitor(watch.progress, session.is_interrupted))
    if save:
        analysis.save(save)
        session.written.append(str(save))
    if as_json:
        print(json.dumps(figures(analysis), indent=2, ensure_ascii=False))
    else:
        _print_tables(analysis)


def figures(analysis: Analysis) -> dict[str, Any]:
    """Return the figures of ``analysis`` as plain data, without their course over time; None: does not exist."""
    report = analysis.report
    found: dict[str, Any] = {
        "file": analysis.name,
        "media": analysis.media,
        "frames": report.frames,
        "duration_s": round(report.duration_s, 3),
        "sample_rate": report.sample_rate,
        "channels": report.channels,
    }
    found |= {name: _rounded(value) for name, value in _levels(report).items()}
    found |= {
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
    }
    plain: dict[str, Any] = jsonable(found)
    return plain


def _levels(report: Report) -> dict[str, float | None]:
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


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 2) + 0.0


def shown(value: float | None, unit: str = "", digits: int = 1) -> str:
    """Return ``value`` with its unit, a dash for what does not exist."""
    return "-" if value is None or value != value else f"{value + 0.0:.{digits}f} {unit}".rstrip()


def _print_tables(analysis: Analysis) -> None:
    report, found = analysis.report, figures(analysis)
    levels = table("Level", "", right=(1,))
    for name, words, unit in (
        ("integrated_lufs", "Integrated loudness", "LUFS"), ("loudness_range_lu", "Loudness range", "LU"),
        ("max_momentary_lufs", "Momentary, highest", "LUFS"), ("max_short_term_lufs", "Short-term, highest", "LUFS"),
        ("sample_peak_dbfs", "Sample peak", "dBFS"), ("true_peak_dbtp", "True peak", "dBTP"),
        ("plr_db", "True peak to loudness (PLR)", "dB"), ("psr_db", "True peak to short-term (PSR)", "dB"),
    ):  # fmt: skip
        levels.add_row(words, shown(found[name], unit, 2))
    width = table("Width", "Side to mid", "Correlation", right=(1, 2))
    for band, side_mid, correlation in zip(WIDTH_BANDS, report.side_mid_db, report.correlation, strict=True):
        width.add_row(band, shown(side_mid, "dB"), shown(correlation, "", 2))
    tone = table("Band", "Level", "", right=(0, 1))
    levels_db = report.eq_levels_db
    for low, high, db in zip(report.EQ_EDGES_HZ, report.EQ_EDGES_HZ[1:], levels_db, strict=False):
        bar = "" if db != db else "▇" * round(max(0.0, db + 90.0) / 3.0)
        tone.add_row(f"{_hz(low)} - {_hz(high)}", shown(db, "dB"), bar)
    show(_about(analysis), levels, tone, *([width] if report.channels == 2 else []), *_faults(report))


def _about(analysis: Analysis) -> str:
    report, audio = analysis.report, analysis.media.get("audio", {})
    depth = f", {audio['bit_depth']} bit" if "bit_depth" in audio else ""
    minutes, seconds = divmod(report.duration_s, 60.0)
    codec = f"{analysis.media['container']['kind']} ({audio['codec']}{depth}), " if audio else ""
    return f"{analysis.name}: {codec}{report.sample_rate:g} Hz, {report.channels} ch, {minutes:.0f}:{seconds:06.3f}"


def _hz(hz: float) -> str:
    return f"{hz / 1000.0:.3g}k" if hz >= 1000.0 else f"{hz:.3g}"


def _faults(report: Report) -> list[str]:
    found = []
    if report.integrated_lufs is None:
        found.append("loudness: nothing to measure (silence, or shorter than 400 ms)")
    if report.clipped_runs:
        first = (report.clipped_first_frame or 0) / report.sample_rate
        runs = f"{report.clipped_samples} samples in {report.clipped_runs} runs"
        found.append(f"clipping: {runs}, the first at {first:.2f} s")
    offset = float(abs(report.dc_offset).max())
    if offset > 1e-3:
        found.append(f"DC offset: {offset:.4f} of full scale")
    for where, frames in (("start", report.silence_start_frames), ("end", report.silence_end_frames)):
        if frames > report.sample_rate:
            found.append(f"digital silence: {frames / report.sample_rate:.2f} s at the {where}")
    return found

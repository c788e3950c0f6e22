"""``masterchain analyze``: what a file measures, as tables, as JSON, as a picture."""

from __future__ import annotations

import json
from pathlib import Path

from rich.text import Text

from ...graph import Analysis, Monitor, analyse
from ...graph.analysis.diagnose import diagnose
from ...graph.analysis.figures import WIDTH_BANDS, figures, mono_loss_db
from ...graph.analysis.profile_fit import rank_profiles
from ...graph.storage.atomic import write_bytes
from ..sheets.waveform import outline
from ..shell.outcome import Refused, Session
from ..shell.progress import Watch
from ..shell.tables import show, table
from .master import SHEETS, check_writable

BEST = 3
"""So many profiles are shown of those that fit."""


def measured(file: Path, as_json: bool, save: Path | None, plot: Path | None, session: Session) -> None:
    """Analyse ``file``, print what it measures; keep the analysis in ``save`` and draw it to ``plot`` if asked to."""
    _check_places(file, save, plot)
    with Watch() as watch, session.working():
        analysis = analyse(file, Monitor(watch.progress, session.is_interrupted))
    if save:
        analysis.save(save)
        session.written.append(str(save))
    if plot:
        from ..sheets.analysis_sheet import measured_sheet  # matplotlib takes half a second

        write_bytes(plot, measured_sheet(analysis, outline(file), plot.suffix.lower().lstrip(".")))
        session.written.append(str(plot))
    if as_json:
        print(json.dumps(figures(analysis), indent=2, ensure_ascii=False))
    else:
        _print_tables(analysis)


def _check_places(file: Path, save: Path | None, plot: Path | None) -> None:
    if plot and plot.suffix.lower() not in SHEETS:
        raise Refused(f"--plot {plot}: the name must end in {', '.join(SHEETS)}")
    check_writable([path for path in (save, plot) if path])
    taken = {file.resolve(): "FILE"}
    for name, path in (("--save", save), ("--plot", plot)):
        other = taken.setdefault(path.resolve(), name) if path else name
        if other != name:
            raise Refused(f"{name} and {other} are the same file, {path}; give them different names")


def shown(value: float | None, unit: str = "", digits: int = 1) -> str:
    """Return ``value`` with its unit, a dash for what does not exist."""
    return "-" if value is None or value != value else f"{value + 0.0:.{digits}f} {unit}".rstrip()


def _print_tables(analysis: Analysis) -> None:
    report, values = analysis.report, figures(analysis)
    levels = table("Level", "", right=(1,))
    for name, words, unit in (
        ("integrated_lufs", "Integrated loudness", "LUFS"), ("loudness_range_lu", "Loudness range", "LU"),
        ("max_momentary_lufs", "Momentary, highest", "LUFS"), ("max_short_term_lufs", "Short-term, highest", "LUFS"),
        ("sample_peak_dbfs", "Sample peak", "dBFS"), ("true_peak_dbtp", "True peak", "dBTP"),
        ("plr_db", "True peak to loudness (PLR)", "dB"), ("psr_db", "True peak to short-term (PSR)", "dB"),
    ):  # fmt: skip
        levels.add_row(words, shown(values[name], unit, 2))
    width = table("Width", "Side to mid", "Correlation", "Lost in mono", right=(1, 2, 3))
    for row in zip(WIDTH_BANDS, report.side_mid_db, report.correlation, mono_loss_db(report), strict=True):
        band, side_mid, correlation, lost = row
        width.add_row(band, shown(side_mid, "dB"), shown(correlation, "", 2), shown(lost, "dB"))
    tone = table("Band", "Level", "", right=(0, 1))
    levels_db = report.eq_levels_db
    for low, high, db in zip(report.EQ_EDGES_HZ, report.EQ_EDGES_HZ[1:], levels_db, strict=False):
        bar = "" if db != db else "▇" * round(max(0.0, db + 90.0) / 3.0)
        tone.add_row(f"{_hz(low)} - {_hz(high)}", shown(db, "dB"), bar)
    show(_about(analysis), levels, tone, *([width] if report.channels == 2 else []), *_said(analysis))


def _said(analysis: Analysis) -> list[object]:
    """Return the findings, a line each, and a table of the profiles that fit best."""
    marks = {"problem": "!! ", "warning": "!  ", "note": "   "}
    said: list[object] = [Text(marks[finding.severity] + finding.text) for finding in diagnose(analysis)]
    fits = rank_profiles(analysis.report)[:BEST]
    if fits:
        fitted = table("Profiles that fit", "", "Distance", "", right=(2,))
        for fit in fits:
            name, distance = f"{fit.profile}  {fit.title}", shown(fit.distance_db, "dB")
            fitted.add_row(name, ", ".join(fit.suits), distance, fit.reason)
        said.append(fitted)
    return said


def _about(analysis: Analysis) -> str:
    report, audio = analysis.report, analysis.media.get("audio", {})
    depth = f", {audio['bit_depth']} bit" if "bit_depth" in audio else ""
    minutes, seconds = divmod(report.duration_s, 60.0)
    codec = f"{analysis.media['container']['kind']} ({audio['codec']}{depth}), " if audio else ""
    return f"{analysis.name}: {codec}{report.sample_rate:g} Hz, {report.channels} ch, {minutes:.0f}:{seconds:06.3f}"


def _hz(hz: float) -> str:
    return f"{hz / 1000.0:.3g}k" if hz >= 1000.0 else f"{hz:.3g}"

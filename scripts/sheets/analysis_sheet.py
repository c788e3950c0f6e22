"""The sheet that ``masterchain analyze --plot`` draws: what a track is, and what there is to say of it."""

from __future__ import annotations

import os
import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from ...graph import Analysis
from ...graph.analysis.diagnose import diagnose
from ...graph.analysis.profile_fit import rank_profiles
from ...nodes import Report
from ...nodes.bands import THIRD_OCTAVES_HZ
from ...presets import load
from . import panels_over_time, panels_overall
from .master_sheet import as_file, short
from .palette import AFTER, BEFORE_DARK, INK, MUTED, PAGE_INCHES, REDUCTION, minus, say
from .waveform import Outline

RANGE_DB = 60.0
"""Of the spectrum over time so much under its loudest third is shown."""

MOST_LINES, LINE = 19, 66


def measured_sheet(analysis: Analysis, outline: Outline | None, kind: str) -> bytes:
    """Return the sheet of ``analysis`` as a file of ``kind``: png, pdf or svg; ``outline``: its waveform."""
    return as_file(lambda: measured_page(analysis, outline), kind)


def measured_page(analysis: Analysis, outline: Outline | None = None) -> Figure:
    """Return the sheet as a figure that belongs to no window."""
    report, page = analysis.report, Figure(figsize=PAGE_INCHES)
    _head(page, analysis)
    left = GridSpec(
        3, 1, figure=page, left=0.055, right=0.61, top=0.868, bottom=0.06, hspace=0.25, height_ratios=[1, 1, 1.4]
    )
    right = GridSpec(
        3, 1, figure=page, left=0.675, right=0.975, top=0.868, bottom=0.06, hspace=0.3, height_ratios=[2.0, 1.1, 2.3]
    )
    first = page.add_subplot(left[0])
    rows = [first, *(page.add_subplot(left[i], sharex=first) for i in (1, 2))]
    panels_over_time.waveform(rows[0], report, outline, "before")
    rows[0].set_ylabel("")
    _loudness(rows[1], report)
    _spectrum_over_time(rows[2], report)
    panels_over_time.time_axis(rows, report.duration_s)
    _spectrum(page.add_subplot(right[0]), report)
    panels_overall.widths(page.add_subplot(right[1]), report.channels, [(report.side_mid_db, BEFORE_DARK)])
    _words(page.add_subplot(right[2]), analysis)
    return page


def _head(page: Figure, analysis: Analysis) -> None:
    report, audio = analysis.report, analysis.media.get("audio", {})
    name = os.path.basename(analysis.name)
    page.text(0.055, 0.945, short(name, 70), fontsize=15, fontweight="bold", color=INK, va="bottom")
    words = [
        *([str(audio["codec"])] if audio else []), *([f"{audio['bit_depth']} bit"] if "bit_depth" in audio else []),
        f"{report.sample_rate:g} Hz", f"{report.channels} ch", _level(report.integrated_lufs, "LUFS"),
        f"range {_level(report.loudness_range_lu, 'LU')}", f"true peak {_level(report.true_peak_dbtp, 'dBTP')}",
        f"PLR {_level(report.plr_db, 'dB')}",
    ]  # fmt: skip
    page.text(0.055, 0.934, minus("      ".join(words)), fontsize=8, color=MUTED, va="top")
    page.text(0.975, 0.945, "masterchain", fontsize=9, color=MUTED, ha="right", va="bottom")


def _level(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:.1f} {unit}"


def _loudness(axes: Axes, report: Report) -> None:
    seen = panels_over_time.loudness_curve(axes, report, "short-term", BEFORE_DARK)
    if report.integrated_lufs is not None:
        axes.axhline(report.integrated_lufs, color=AFTER, linewidth=0.9, linestyle=(0, (4, 2)), label="integrated")
        seen.append(report.integrated_lufs)
    panels_over_time.loudness_axes(axes, seen)
    if not np.isfinite(report.course.short_term).any():
        say(axes, "needs 3 seconds")


def _spectrum_over_time(axes: Axes, report: Report) -> None:
    rows, hop = panels_over_time.thinned(np.asarray(report.course.thirds, dtype=float), report.course.hop_seconds)
    levels = 10.0 * np.log10(np.maximum(np.nan_to_num(rows), 1e-12))
    top = float(levels.max(initial=-120.0))
    lowest, highest = np.log10(THIRD_OCTAVES_HZ[[0, -1]])
    axes.imshow(
        levels.T, aspect="auto", origin="lower", cmap="magma", vmin=top - RANGE_DB, vmax=top,
        interpolation="antialiased", extent=(0.0, max(len(levels) * hop, 1e-3), lowest - 0.05, highest + 0.05),
    )  # fmt: skip
    panels_over_time.octaves(axes)
    axes.set_title("Spectrum over time, third octaves")


def _spectrum(axes: Axes, report: Report) -> None:
    fits = rank_profiles(report)
    best = load(fits[0].profile if fits else "i")
    curve = np.asarray(best.curve_db, dtype=float)
    title = f"profile {best.name}" if fits else "records"
    panels_overall.spectra(axes, curve, [("this track", BEFORE_DARK, report)], title)


def _words(axes: Axes, analysis: Analysis) -> None:
    """Write the findings and the profiles that fit, as many lines as there is room for."""
    axes.set_title("What there is to say")
    axes.set_axis_off()
    lines: list[tuple[str, str]] = []
    for finding in diagnose(analysis):
        colour = {"problem": REDUCTION, "warning": INK, "note": MUTED}[finding.severity]
        lines += [(line, colour) for line in textwrap.wrap(f"· {finding.text}", LINE, subsequent_indent="  ")]
    lines = lines or [("nothing unusual", MUTED)]
    fits = [f"{fit.profile} ({fit.title.lower()})" for fit in rank_profiles(analysis.report)[:3]]
    last = [(f"Profiles that fit: {', '.join(fits)}", AFTER)] if fits else []
    if len(lines) + len(last) > MOST_LINES:
        lines = [*lines[: MOST_LINES - len(last) - 1], ("  and more: see masterchain analyze", MUTED)]
    for i, (line, colour) in enumerate([*lines, *last]):
        axes.text(0.0, 0.97 - i * 0.053, minus(line), color=colour, fontsize=7, va="top", transform=axes.transAxes)

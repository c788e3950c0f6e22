"""The sheet that ``preview --plot`` draws: how the previews of a passage differ from it and from one another."""

from __future__ import annotations

import io
import logging
import os

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from ...graph import Previews
from ...graph.mastering.result import Levels
from ...nodes import Report
from ...nodes.measuring.report import levels_db
from .master_sheet import DPI
from .palette import BEFORE_DARK, INK, MUTED, PAGE_INCHES, STYLE, minus, say, spectral

COLOURS = ("#0E7C86", "#D9822B", "#B23A55", "#1F4E8C", "#6B8E23")
LOWEST_DB, TOP_DB = -110.0, 6.0


def preview_sheet(previews: Previews, kind: str) -> bytes:
    """Return the sheet of ``previews`` as a file of ``kind``: png, pdf or svg."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # its first run chats about fonts
    with matplotlib.rc_context(STYLE):
        page = drawn(previews)
        file = io.BytesIO()
        stamp = {"png": {"Software": "masterchain"}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}[kind]
        page.savefig(file, format=kind, dpi=DPI, metadata=stamp)
    return file.getvalue()


def drawn(previews: Previews) -> Figure:
    """Return the sheet as a figure that belongs to no window."""
    page = Figure(figsize=PAGE_INCHES)
    name = os.path.basename(previews.source)
    page.text(0.055, 0.945, name, fontsize=15, fontweight="bold", color=INK, va="bottom")
    words = f"{len(previews.previews)} previews of {previews.duration:.1f} s from {previews.start:.1f} s"
    page.text(0.055, 0.934, words, fontsize=8, color=MUTED, va="top")
    page.text(0.975, 0.945, "masterchain", fontsize=9, color=MUTED, ha="right", va="bottom")
    left = GridSpec(2, 1, figure=page, left=0.055, right=0.56, top=0.87, bottom=0.06, hspace=0.25)
    right = GridSpec(2, 1, figure=page, left=0.62, right=0.975, top=0.87, bottom=0.06, hspace=0.25)
    _spectra(page.add_subplot(left[0]), previews, difference=False)
    _spectra(page.add_subplot(left[1]), previews, difference=True)
    _momentary(page.add_subplot(right[0]), previews)
    _figures(page.add_subplot(right[1]), previews)
    return page


def _rows(previews: Previews) -> list[tuple[str, str, Report]]:
    """Return label, colour and measurements of the original and of each preview."""
    colours = [COLOURS[i % len(COLOURS)] for i in range(len(previews.previews))]
    each = zip(previews.previews, colours, strict=True)
    return [("original", BEFORE_DARK, previews.original), *((one.title, colour, one.after) for one, colour in each)]


def _spectra(axes: Axes, previews: Previews, difference: bool) -> None:
    """Draw the third octaves, each relative to its loudness; or what of that the previews changed."""
    hz = np.asarray(previews.original.THIRDS_HZ)
    rows = [(label, colour, _tone(report)) for label, colour, report in _rows(previews)]
    base = rows[0][2]
    for label, colour, tone in rows[1:] if difference else rows:
        axes.plot(hz, tone - base if difference else tone, color=colour, linewidth=1.4, label=label)
    spectral(axes)
    axes.set_ylabel("dB")
    axes.set_title("Tone against the original, at equal loudness" if difference else "Third octaves, at equal loudness")
    axes.legend(loc="best", handlelength=1.6)


def _tone(report: Report) -> np.typing.NDArray[np.float64]:
    """Return the third octaves in dB relative to the loudness; NaN where there is nothing."""
    levels = np.asarray(report.thirds_db, dtype=float)
    return np.where(levels > LOWEST_DB, levels, np.nan) - (report.integrated_lufs or 0.0)


def _momentary(axes: Axes, previews: Previews) -> None:
    """Draw the highest momentary loudness of every second."""
    axes.set_title("Momentary loudness, highest of each second")
    axes.set_ylabel("LUFS")
    axes.set_xlabel("s in the track")
    heard = False
    for _, colour, report in _rows(previews):
        values = levels_db(np.asarray(report.course.momentary_max, dtype=float)) - 0.691
        at = previews.start + report.course.hop_seconds * np.arange(1, len(values) + 1)
        heard |= bool(np.isfinite(values).any())
        axes.plot(at, np.where(values > LOWEST_DB, values, np.nan), color=colour, linewidth=1.4)
    if not heard:
        say(axes, "nothing to measure")


def _figures(axes: Axes, previews: Previews) -> None:
    """Write the levels of all, a line each."""
    axes.set_title("Levels of the passage")
    axes.set_axis_off()
    heads = (("LUFS", 0.52), ("LU range", 0.67), ("dBTP", 0.82), ("PLR", 0.97))
    for head, x in heads:
        axes.text(x, 0.92, head, color=MUTED, ha="right", transform=axes.transAxes)
    for row, (label, colour, report) in enumerate(_rows(previews)):
        y, levels = 0.82 - 0.1 * row, Levels.of(report)
        axes.text(0.0, y, label, color=colour, fontweight="bold", transform=axes.transAxes)
        values = (levels.loudness, levels.loudness_range, levels.true_peak, levels.plr)
        for value, (_, x) in zip(values, heads, strict=True):
            said = "-" if value is None else minus(f"{value:.1f}")
            axes.text(x, y, said, ha="right", transform=axes.transAxes)

"""The sheet that ``--plot`` draws: on one page, what the track was, what it became, and what was done to it."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Callable

import matplotlib
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from ...graph import Result
from . import panels_over_time, panels_overall
from .palette import ASKED_DARK, INK, MUTED, PAGE_INCHES, STYLE, minus
from .waveform import Outline

DPI = 170


def sheet(result: Result, before: Outline | None, after: Outline | None, kind: str) -> bytes:
    """Return the sheet of ``result`` as a file of ``kind``: png, pdf or svg.

    ``before`` and ``after`` are the waveforms; without them those of the analysis are drawn, a point a second.
    """
    return as_file(lambda: drawn(result, before, after), kind)


def as_file(draw: Callable[[], Figure], kind: str) -> bytes:
    """Return the page that ``draw`` makes, in the style of the house, as a file of ``kind``: png, pdf or svg."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # its first run chats about fonts
    with matplotlib.rc_context(STYLE):
        page = draw()
        file = io.BytesIO()
        stamp = {"png": {"Software": "masterchain"}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}[kind]
        page.savefig(file, format=kind, dpi=DPI, metadata=stamp)
    return file.getvalue()


def drawn(result: Result, before: Outline | None = None, after: Outline | None = None) -> Figure:
    """Return the sheet as a figure that belongs to no window."""
    page = Figure(figsize=PAGE_INCHES)
    _head(page, result)
    left = GridSpec(
        4, 1, figure=page, left=0.055, right=0.652, top=0.868, bottom=0.06, hspace=0.25,
        height_ratios=[1.95, 1.4, 0.85, 2.1],
    )  # fmt: skip
    right = GridSpec(
        3, 1, figure=page, left=0.745, right=0.975, top=0.868, bottom=0.06, hspace=0.27, height_ratios=[1.72, 2.3, 1.4]
    )
    waves = left[0].subgridspec(2, 1, hspace=0.1)
    first = page.add_subplot(waves[0])
    rows = [first, *(page.add_subplot(place, sharex=first) for place in (waves[1], left[1], left[2], left[3]))]
    panels_over_time.waveform(rows[0], result.before, before, "before")
    panels_over_time.waveform(rows[1], result.after, after, "after", result.ceiling)
    panels_over_time.loudness(rows[2], result)
    panels_over_time.reduction(rows[3], result)
    panels_over_time.equaliser(page, rows[4], result)
    panels_over_time.time_axis(rows, result.frames / result.sample_rate)
    panels_overall.key_figures(page.add_subplot(right[0]), result)
    panels_overall.spectrum(page.add_subplot(right[1]), result)
    panels_overall.width(page.add_subplot(right[2]), result)
    return page


def _head(page: Figure, result: Result) -> None:
    """Write what was mastered, how, and what kept it from its target, over the panels."""
    name = os.path.basename(result.source)
    page.text(0.055, 0.945, short(name, 70), fontsize=15, fontweight="bold", color=INK, va="bottom")
    target = "level left alone" if result.target is None else f"target {result.target:g} LUFS"
    words = [
        f"profile {result.profile} · {result.profile_title}", f"intensity {result.intensity:g} %", target,
        f"ceiling {result.ceiling:g} dBTP", f"stereo image {'on' if result.stereo_image else 'off'}",
    ]  # fmt: skip
    page.text(0.055, 0.934, minus("      ".join(words)), fontsize=8, color=MUTED, va="top")
    page.text(0.975, 0.945, "masterchain", fontsize=9, color=MUTED, ha="right", va="bottom")
    page.text(0.975, 0.934, short(os.path.basename(result.output), 40), fontsize=8, color=MUTED, ha="right", va="top")
    said = [*(f"Not reached: {limit}" for limit in result.limits), *result.notes]
    if said:
        page.text(0.055, 0.914, minus(short(" · ".join(said), 190)), fontsize=7, color=ASKED_DARK, va="top")


def short(text: str, most: int) -> str:
    """Return ``text``, cut to ``most`` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"

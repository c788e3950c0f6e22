"""The panels of the sheet that share the time axis: what the track was, became, and what was done, over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator
from numpy.typing import NDArray

from ...graph import Result
from ...nodes import Report
from ...nodes.bands import THIRD_OCTAVES_HZ, band_tables
from ...nodes.kernels.filters import TABLE_RANGE_DB, TABLE_ROWS, TABLE_STEP_DB, response_db
from ...nodes.measuring.report import levels_db
from .palette import AFTER, ASKED, BEFORE, BEFORE_DARK, CUT_AND_LIFT, MUTED, REDUCTION, hertz, minus, say
from .waveform import Outline

Array = NDArray[np.float64]

MOST_COLUMNS = 900
OCTAVES_HZ = (31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16000)

TIME_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)


def time_axis(rows: Sequence[Axes], seconds: float) -> None:
    """Give ``rows`` one time axis, with labels under the last."""
    step = next((step for step in TIME_STEPS if seconds / step <= 12.0), 36000.0)
    rows[0].set_xlim(0.0, seconds)
    rows[0].xaxis.set_major_locator(MultipleLocator(step))
    rows[0].xaxis.set_major_formatter(FuncFormatter(lambda at, _: _clock(at, step)))
    for axes in rows[:-1]:
        axes.tick_params(axis="x", labelbottom=False, length=0)


def waveform(axes: Axes, report: Report, outline: Outline | None, when: str, ceiling_db: float | None = None) -> None:
    """Draw the reach of the samples over time; the ceiling too, where it is given."""
    if outline is None:
        course = report.course
        outline = Outline(course.hop_seconds, course.lowest.astype(float), course.highest.astype(float))
    edges, lowest, highest = _steps(outline.hop_seconds, outline.lowest, outline.highest)
    colour = BEFORE if when == "before" else AFTER
    axes.fill_between(edges, lowest, highest, step="post", color=colour, linewidth=0.3)
    if ceiling_db is not None:
        for side in (-1.0, 1.0):
            axes.axhline(side * 10.0 ** (ceiling_db / 20.0), color=ASKED, linewidth=0.7, linestyle=(0, (4, 2)))
    axes.set_ylim(-1.08, 1.08)
    axes.set_yticks([-1, 0, 1])
    axes.grid(axis="x", visible=False)
    axes.set_ylabel(when, color=BEFORE_DARK if when == "before" else AFTER, fontweight="bold")
    if when == "before":
        axes.set_title("Waveform")


def loudness(axes: Axes, result: Result) -> None:
    """Draw the short-term loudness before and after, and the target."""
    curves = (("before", BEFORE_DARK, result.before), ("after", AFTER, result.after))
    seen: list[float] = []
    for label, colour, report in curves:
        seen += loudness_curve(axes, report, label, colour)
    if result.target is not None:
        target = minus(f"target {result.target:g}")
        axes.axhline(result.target, color=ASKED, linewidth=0.9, linestyle=(0, (4, 2)), label=target)
        seen.append(result.target)
    loudness_axes(axes, seen)
    if not any(np.isfinite(report.course.short_term).any() for _, _, report in curves):
        say(axes, "needs 3 seconds")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, borderaxespad=0.15, handlelength=1.6)


def loudness_curve(axes: Axes, report: Report, label: str, colour: str) -> list[float]:
    """Draw the short-term loudness of ``report`` and return the values drawn, LUFS."""
    powers, hop = thinned(np.asarray(report.course.short_term, dtype=float), report.course.hop_seconds)
    values = levels_db(powers) - 0.691
    ends = np.minimum(hop * np.arange(1, len(values) + 1), report.duration_s)
    few = np.isfinite(values).sum() < 4
    style = "o-" if few else "-"
    axes.plot(ends, values, style, color=colour, linewidth=1.3, markersize=4, label=label, clip_on=not few)
    return list(values[np.isfinite(values)])


def loudness_axes(axes: Axes, seen: Sequence[float]) -> None:
    """Fit ``axes`` to the loudness values that are drawn there."""
    top = max(seen, default=-14.0)
    bottom = max(min(seen, default=-30.0), top - 40.0)
    axes.set_ylim(bottom - 2.0, top + 2.5)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))
    axes.set_ylabel("LUFS")
    axes.set_title("Short-term loudness")


def reduction(axes: Axes, result: Result) -> None:
    """Draw the limiter's gain reduction, hanging from 0 dB, the deepest of every step."""
    values, hop = thinned(np.asarray(result.stages.gain_reduction_db, dtype=float), result.stages.hop_seconds, np.fmax)
    edges, depth = _steps(hop, values)
    axes.fill_between(edges, 0.0, depth, step="post", color=REDUCTION, alpha=0.22, linewidth=0)
    axes.step(edges, depth, where="post", color=REDUCTION, linewidth=0.9)
    axes.set_ylim(max(3.0, float(np.max(depth, initial=0.0)) * 1.15), 0.0)
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.set_ylabel("dB")
    axes.set_title("Gain reduction of the limiter")
    if float(np.max(depth, initial=0.0)) < 0.05:
        say(axes, "the limiter had nothing to do")


def equaliser(page: Figure, axes: Axes, result: Result) -> None:
    """Draw what the equaliser did over time to every third octave, as colours."""
    course, hop = thinned(np.asarray(result.stages.eq_gains_db, dtype=float), result.stages.hop_seconds)
    done = response(course, result.sample_rate).T
    most = max(3.0, float(np.ceil(np.nanmax(np.abs(done), initial=0.0))))
    lowest, highest = np.log10(THIRD_OCTAVES_HZ[[0, -1]])
    image = axes.imshow(
        done, aspect="auto", origin="lower", cmap=CUT_AND_LIFT, vmin=-most, vmax=most, interpolation="antialiased",
        extent=(0.0, max(done.shape[1] * hop, 1e-3), lowest - 0.05, highest + 0.05),
    )  # fmt: skip
    octaves(axes)
    axes.set_title("Equaliser over time")
    box = axes.get_position()
    bar = page.colorbar(image, cax=page.add_axes((0.662, box.y0, 0.009, box.height)))
    bar.outline.set_visible(False)
    bar.ax.yaxis.set_major_locator(MaxNLocator(7, integer=True))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda db, _: minus(f"{db:+.0f}") if db else "0"))
    bar.ax.tick_params(labelsize=6.5, length=2)
    bar.ax.set_title("dB", fontsize=7, fontweight="normal", color=MUTED, loc="center")


def octaves(axes: Axes) -> None:
    """Give an image over log frequency its axis."""
    axes.set_yticks(np.log10(OCTAVES_HZ), [hertz(hz) for hz in OCTAVES_HZ])
    axes.grid(visible=False)
    axes.set_ylabel("Hz")


def thinned(rows: Array, hop: float, join: np.ufunc = np.add) -> tuple[Array, float]:
    """Return at most ``MOST_COLUMNS`` rows, and the hop between: means of neighbours, or what else ``join`` does."""
    each = -(-len(rows) // MOST_COLUMNS)
    if each <= 1:
        return rows, hop
    starts = np.arange(0, len(rows), each)
    sizes = np.diff(np.append(starts, len(rows))).reshape(-1, *[1] * (rows.ndim - 1))
    return join.reduceat(rows, starts) / (sizes if join is np.add else 1.0), hop * each


def response(gains_db: Array, sample_rate: float) -> Array:
    """Return what bands at ``gains_db`` ``(points, bands)`` do to each third octave, dB ``(points, 31)``.

    Neighbouring bands overlap and add up, so the gains alone would show too little.
    """
    places = np.clip(np.round((gains_db + TABLE_RANGE_DB) / TABLE_STEP_DB).astype(int), 0, TABLE_ROWS - 1)
    sections = band_tables(sample_rate)[np.arange(gains_db.shape[1]), places]
    nyquist = sample_rate / 2.0
    done = response_db(sections, np.minimum(THIRD_OCTAVES_HZ, 0.99 * nyquist), sample_rate).sum(axis=1)
    return np.where(THIRD_OCTAVES_HZ < nyquist, done, np.nan)  # noqa: SIM300 - an array is no constant


def _steps(hop: float, *values: Array) -> list[Array]:
    """Return the edges of steps that are ``hop`` seconds wide, and each of ``values`` with its last one held."""
    edges: Array = hop * np.arange(len(values[0]) + 1, dtype=np.float64)
    return [edges, *(np.append(value, value[-1:] if len(value) else 0.0).astype(np.float64) for value in values)]


def _clock(at: float, step: float) -> str:
    if step < 1.0:
        return f"{at:.1f} s"
    whole = round(at)
    if step >= 3600.0:
        return f"{whole // 3600} h"
    if whole >= 3600:
        return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}"

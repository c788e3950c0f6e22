"""The panels of the sheet, each a function that draws a part of a result into its axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator, NullFormatter, NullLocator
from numpy.typing import NDArray

from ..graph import Result
from ..nodes import Report, StereoImager
from ..nodes.bands import THIRD_OCTAVES_HZ, band_tables
from ..nodes.kernels.filters import TABLE_RANGE_DB, TABLE_ROWS, TABLE_STEP_DB, response_db
from .outline import Outline
from .palette import AFTER, ASKED, BEFORE, BEFORE_DARK, CUT_AND_LIFT, DEAD_BAND, INK, MUTED, REDUCTION, minus

Array = NDArray[np.float64]

ALIGNED_HZ = (50.0, 10000.0)
"""Where spectra are laid over each other."""

FLOOR_DB = -120.0
"""What is lower is silence, and no figure."""

IMAGE_COLUMNS = 900
OCTAVES_HZ = (31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16000)

TIME_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)

BANDS = {"low": "Low\n< 200 Hz", "mid": "Mid", "high": "High\n> 3 kHz"}


def time_axis(rows: Sequence[Axes], seconds: float) -> None:
    """Give ``rows`` one time axis, with labels under the last."""
    step = next((step for step in TIME_STEPS if seconds / step <= 12.0), 36000.0)
    rows[0].set_xlim(0.0, seconds)
    rows[0].xaxis.set_major_locator(MultipleLocator(step))
    rows[0].xaxis.set_major_formatter(FuncFormatter(lambda at, _: _clock(at, step)))
    for axes in rows[:-1]:
        axes.tick_params(axis="x", labelbottom=False, length=0)


def _clock(at: float, step: float) -> str:
    if step < 1.0:
        return f"{at:.1f} s"
    whole = round(at)
    if step >= 3600.0 or whole >= 3600:
        return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}"


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
        course, values = report.course, np.asarray(report.course.short_term_lufs, dtype=float)
        ends = np.minimum(course.times_s + course.hop_seconds, report.duration_s)
        few = np.isfinite(values).sum() < 4
        style = "o-" if few else "-"
        axes.plot(ends, values, style, color=colour, linewidth=1.3, markersize=4, label=label, clip_on=not few)
        seen += list(values[np.isfinite(values)])
    if result.target is not None:
        wanted = minus(f"target {result.target:g}")
        axes.axhline(result.target, color=ASKED, linewidth=0.9, linestyle=(0, (4, 2)), label=wanted)
        seen.append(result.target)
    top = max(seen, default=-14.0)
    bottom = max(min(seen, default=-30.0), top - 40.0)
    axes.set_ylim(bottom - 2.0, top + 2.5)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))
    axes.set_ylabel("LUFS")
    axes.set_title("Short-term loudness")
    if not any(np.isfinite(report.course.short_term_lufs).any() for _, _, report in curves):
        _say(axes, "needs 3 seconds")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, borderaxespad=0.15, handlelength=1.6)


def reduction(axes: Axes, result: Result) -> None:
    """Draw the limiter's gain reduction, hanging from 0 dB, the deepest of every step."""
    values = result.stages.gain_reduction_db.astype(float)
    edges, depth = _steps(result.stages.hop_seconds, values)
    axes.fill_between(edges, 0.0, depth, step="post", color=REDUCTION, alpha=0.22, linewidth=0)
    axes.step(edges, depth, where="post", color=REDUCTION, linewidth=0.9)
    axes.set_ylim(max(3.0, float(np.max(depth, initial=0.0)) * 1.15), 0.0)
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.set_ylabel("dB")
    axes.set_title("Gain reduction of the limiter")
    if float(np.max(depth, initial=0.0)) < 0.05:
        _say(axes, "the limiter had nothing to do")


def equaliser(page: Figure, axes: Axes, result: Result) -> None:
    """Draw what the equaliser did over time to every third octave, as colours."""
    course, hop = _thinned(np.asarray(result.stages.eq_gains_db, dtype=float), result.stages.hop_seconds)
    done = _response(course, result.sample_rate).T
    most = max(3.0, float(np.ceil(np.nanmax(np.abs(done), initial=0.0))))
    lowest, highest = np.log10(THIRD_OCTAVES_HZ[[0, -1]])
    image = axes.imshow(
        done, aspect="auto", origin="lower", cmap=CUT_AND_LIFT, vmin=-most, vmax=most, interpolation="antialiased",
        extent=(0.0, max(done.shape[1] * hop, 1e-3), lowest - 0.05, highest + 0.05),
    )  # fmt: skip
    axes.set_yticks(np.log10(OCTAVES_HZ), [_hz(hz) for hz in OCTAVES_HZ])
    axes.grid(visible=False)
    axes.set_ylabel("Hz")
    axes.set_title("Equaliser over time")
    box = axes.get_position()
    bar = page.colorbar(image, cax=page.add_axes((0.662, box.y0, 0.009, box.height)))
    bar.outline.set_visible(False)
    bar.ax.yaxis.set_major_locator(MaxNLocator(7, integer=True))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda db, _: minus(f"{db:+.0f}") if db else "0"))
    bar.ax.tick_params(labelsize=6.5, length=2)
    bar.ax.set_title("dB", fontsize=7, fontweight="normal", color=MUTED, loc="center")


def _thinned(rows: Array, hop: float) -> tuple[Array, float]:
    """Return at most ``IMAGE_COLUMNS`` means of neighbouring ``rows``, and the hop between them."""
    each = -(-len(rows) // IMAGE_COLUMNS) or 1
    starts = np.arange(0, len(rows), each)
    sizes = np.diff(np.append(starts, len(rows)))[:, None]
    return (np.add.reduceat(rows, starts) / sizes if len(rows) else rows), hop * each


def _response(gains_db: Array, sample_rate: float) -> Array:
    """Return what bands at ``gains_db`` ``(points, bands)`` do to each third octave, dB ``(points, 31)``.

    Neighbouring bands overlap and add up, so the gains alone would show too little.
    """
    places = np.clip(np.round((gains_db + TABLE_RANGE_DB) / TABLE_STEP_DB).astype(int), 0, TABLE_ROWS - 1)
    sections = band_tables(sample_rate)[np.arange(gains_db.shape[1]), places]
    below_nyquist = np.where(sample_rate / 2.0 > THIRD_OCTAVES_HZ, THIRD_OCTAVES_HZ, np.nan)
    done: Array = response_db(sections, below_nyquist, sample_rate).sum(axis=1)
    return done


def spectrum(axes: Axes, result: Result) -> None:
    """Draw the third-octave levels before and after over the target curve, all laid over one another."""
    hz, curve = np.asarray(result.before.THIRDS_HZ), np.asarray(result.plan.profile.curve_db, dtype=float)
    inside = (hz >= ALIGNED_HZ[0]) & (hz <= ALIGNED_HZ[1])
    axes.plot(hz, curve, color=ASKED, linewidth=5.0, alpha=0.28, label="target", solid_capstyle="butt")
    lowest = [float(curve.min())]
    for label, colour, report in (("before", BEFORE_DARK, result.before), ("after", AFTER, result.after)):
        levels = np.asarray(report.thirds_db, dtype=float)
        levels = np.where(levels > -119.0, levels, np.nan)
        shift = np.nanmedian((levels - curve)[inside]) if np.isfinite(levels[inside]).any() else 0.0
        axes.plot(hz, levels - shift, color=colour, linewidth=1.4, label=label)
        lowest.append(float(np.nanmin(levels - shift)) if np.isfinite(levels).any() else 0.0)
    axes.set_ylim(max(min(lowest) - 3.0, float(curve.min()) - 25.0), float(curve.max()) + 10.0)
    axes.set_xscale("log")
    axes.set_xlim(20.0, 20000.0)
    axes.set_xticks([20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: _hz(at)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel("dB, aligned")
    axes.set_title("Spectrum, third octaves")
    axes.legend(loc="upper right", borderaxespad=0.4, handlelength=1.6)


def width(axes: Axes, result: Result) -> None:
    """Draw side to mid of each band before and after, over what records have."""
    axes.set_title("Width, side to mid")
    if result.channels != 2:
        axes.set_axis_off()
        _say(axes, "mono: it has no width" if result.channels == 1 else f"{result.channels} channels: not measured")
        return
    imager = StereoImager(**result.plan.values["stereo_imager"])
    before, after = (np.asarray(report.side_mid_db, dtype=float) for report in (result.before, result.after))
    heard = np.concatenate([before, after])
    heard = np.maximum(heard[np.isfinite(heard)], -60.0)
    left = min(-26.0, float(heard.min(initial=0.0)) - 3.0)
    right = max(0.0, float(heard.max(initial=-60.0)) + 2.0)
    for y, band in enumerate(reversed(BANDS)):
        at = len(BANDS) - 1 - y
        narrow, wide = (max(left, getattr(imager, f"{side}_{band}_db")) for side in ("narrow", "wide"))
        axes.barh(y, wide - narrow, left=narrow, height=0.62, color=DEAD_BAND)
        ends = np.clip([before[at], after[at]], left + 1.0, right)
        axes.plot(ends, [y, y], color=MUTED, linewidth=0.8, zorder=2)
        axes.plot(ends[:1], [y], "o", color=BEFORE_DARK, markersize=5, zorder=3)
        axes.plot(ends[1:], [y], "o", color=AFTER, markersize=5, zorder=4)
    axes.set_xlim(left, right)
    axes.set_ylim(-0.55, 2.55)
    axes.set_yticks(range(3), list(reversed(BANDS.values())))
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("dB")
    note = "shaded: half of all records"
    axes.text(1.0, 1.04, note, color=MUTED, fontsize=6.5, ha="right", transform=axes.transAxes)


def key_figures(axes: Axes, result: Result) -> None:
    """Write the figures that one asks for first."""
    axes.set_title("Key figures")
    axes.set_axis_off()
    before, after = result.levels_before, result.levels_after
    rows: list[tuple[str, Any, Any, str]] = [
        ("Loudness", before.loudness, after.loudness, "LUFS"),
        ("Range", before.loudness_range, after.loudness_range, "LU"),
        ("Short-term, highest", before.max_short_term, after.max_short_term, "LUFS"),
        ("True peak", before.true_peak, after.true_peak, "dBTP"),
        ("Sample peak", before.sample_peak, after.sample_peak, "dBFS"),
        ("PLR", before.plr, after.plr, "dB"),
    ]
    y, step = 0.93, 0.092
    for x, head, colour in ((0.62, "before", BEFORE_DARK), (0.84, "after", AFTER)):
        axes.text(x, y, head, color=colour, fontweight="bold", ha="right", transform=axes.transAxes)
    for name, was, made, unit in rows:
        y -= step
        axes.text(0.0, y, name, transform=axes.transAxes)
        axes.text(0.62, y, _figure(was), color=BEFORE_DARK, ha="right", transform=axes.transAxes)
        axes.text(0.84, y, _figure(made), color=INK, ha="right", fontweight="bold", transform=axes.transAxes)
        axes.text(0.87, y, unit, color=MUTED, fontsize=6.5, transform=axes.transAxes)
    y -= 0.045
    axes.plot([0.0, 1.0], [y, y], color="#C3CAD3", linewidth=0.6, transform=axes.transAxes, clip_on=False)
    reached = "-" if result.target is None else "yes" if result.target_reached else "no"
    for name, value in (
        ("Gain into the limiter", f"{_figure(result.gain_db, '+')} dB"),
        ("Limiting, deepest / mean", f"{result.max_gain_reduction_db:.1f} / {result.mean_gain_reduction_db:.1f} dB"),
        ("Target reached", reached),
    ):
        y -= step * 0.95
        axes.text(0.0, y, name, transform=axes.transAxes)
        axes.text(1.0, y, minus(value), ha="right", transform=axes.transAxes)


def _steps(hop: float, *values: Array) -> list[Array]:
    """Return the edges of steps that are ``hop`` seconds wide, and each of ``values`` with its last one held."""
    edges = hop * np.arange(len(values[0]) + 1)
    return [edges, *(np.append(value, value[-1:] if len(value) else 0.0) for value in values)]


def _say(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, color=MUTED, ha="center", va="center", transform=axes.transAxes)


def _figure(value: float | None, sign: str = "") -> str:
    return "-" if value is None or value < FLOOR_DB else minus(f"{value:{sign}.1f}")


def _hz(hz: float) -> str:
    return f"{hz / 1000.0:.3g}k" if hz >= 1000.0 else f"{hz:.3g}"

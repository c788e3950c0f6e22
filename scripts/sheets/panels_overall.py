"""The panels of the sheet about the track as a whole: its spectrum, its width, its key figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ...graph import Result
from ...nodes import Report, StereoImager
from ...nodes.bands import THIRD_OCTAVES_HZ
from .palette import AFTER, ASKED, BEFORE_DARK, DEAD_BAND, INK, MUTED, minus, say, spectral

Array = NDArray[np.float64]

ALIGNED_HZ = (50.0, 10000.0)
"""Where spectra are laid over each other."""

FLOOR_DB = -120.0
"""What is lower is silence, and no figure."""

BANDS = {"low": "Low\n< 200 Hz", "mid": "Mid", "high": "High\n> 3 kHz"}


def spectrum(axes: Axes, result: Result) -> None:
    """Draw the third-octave levels before and after over the target curve, all laid over one another."""
    curve = np.asarray(result.plan.profile.curve_db, dtype=float)
    spectra(axes, curve, [("before", BEFORE_DARK, result.before), ("after", AFTER, result.after)], "target")


def spectra(axes: Axes, curve: Array, drawn: Sequence[tuple[str, str, Report]], name: str) -> None:
    """Draw the third-octave levels of reports (label, colour, report) over ``curve``, which is called ``name``."""
    hz = np.asarray(THIRD_OCTAVES_HZ)
    inside = (hz >= ALIGNED_HZ[0]) & (hz <= ALIGNED_HZ[1])
    axes.plot(hz, curve, color=ASKED, linewidth=5.0, alpha=0.28, label=name, solid_capstyle="butt")
    lowest = [float(curve.min())]
    for label, colour, report in drawn:
        levels = np.asarray(report.thirds_db, dtype=float)
        levels = np.where(levels > -119.0, levels, np.nan)
        shift = np.nanmedian((levels - curve)[inside]) if np.isfinite(levels[inside]).any() else 0.0
        axes.plot(hz, levels - shift, color=colour, linewidth=1.4, label=label)
        lowest.append(float(np.nanmin(levels - shift)) if np.isfinite(levels).any() else 0.0)
    axes.set_ylim(max(min(lowest) - 3.0, float(curve.min()) - 25.0), float(curve.max()) + 10.0)
    spectral(axes)
    axes.set_ylabel("dB, aligned")
    axes.set_title("Spectrum, third octaves")
    axes.legend(loc="upper right", borderaxespad=0.4, handlelength=1.6)


def width(axes: Axes, result: Result) -> None:
    """Draw side to mid of each band before and after, over what records have."""
    drawn = [(result.before.side_mid_db, BEFORE_DARK), (result.after.side_mid_db, AFTER)]
    widths(axes, result.channels, drawn, StereoImager(**result.plan.profile.values["stereo_imager"]))


def widths(axes: Axes, channels: int, drawn: Sequence[tuple[Array, str]], imager: StereoImager | None = None) -> None:
    """Draw side to mid ``(3,)`` of each band, in its colour, over the dead band of ``imager``."""
    imager = imager or StereoImager()
    axes.set_title("Width, side to mid")
    if channels != 2:
        axes.set_axis_off()
        say(axes, "mono: it has no width" if channels == 1 else f"{channels} channels: not measured")
        return
    heard = np.concatenate([values for values, _ in drawn])
    heard = np.maximum(heard[np.isfinite(heard)], -60.0)
    left = min(-26.0, float(heard.min(initial=0.0)) - 3.0)
    right = max(0.0, float(heard.max(initial=-60.0)) + 2.0)
    for y, band in enumerate(reversed(BANDS)):
        at = len(BANDS) - 1 - y
        narrow, wide = (max(left, getattr(imager, f"{side}_{band}_db")) for side in ("narrow", "wide"))
        axes.barh(y, wide - narrow, left=narrow, height=0.62, color=DEAD_BAND)
        places = np.clip([values[at] for values, _ in drawn], left + 1.0, right)
        axes.plot(places, [y] * len(places), color=MUTED, linewidth=0.8, zorder=2)
        for place, (_, colour) in zip(places, drawn, strict=True):
            axes.plot([place], [y], "o", color=colour, markersize=5, zorder=3)
    axes.set_xlim(left, right)
    axes.set_ylim(-0.55, 2.55)
    axes.set_yticks(range(3), list(reversed(BANDS.values())))
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("dB")
    note = "shaded: where it rests"
    axes.text(1.0, 1.04, note, color=MUTED, fontsize=6.5, ha="right", transform=axes.transAxes)


def key_figures(axes: Axes, result: Result) -> None:
    """Write the figures that one asks for first."""
    axes.set_title("Key figures")
    axes.set_axis_off()
    before, after = result.levels_before, result.levels_after
    rows: list[tuple[str, float | None, float | None, str]] = [
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
    for name, was, now, unit in rows:
        y -= step
        axes.text(0.0, y, name, transform=axes.transAxes)
        axes.text(0.62, y, _figure(was), color=BEFORE_DARK, ha="right", transform=axes.transAxes)
        axes.text(0.84, y, _figure(now), color=INK, ha="right", fontweight="bold", transform=axes.transAxes)
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


def _figure(value: float | None, sign: str = "") -> str:
    return "-" if value is None or value < FLOOR_DB else minus(f"{value:{sign}.1f}")

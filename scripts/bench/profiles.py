"""Benchmark, part three: what the profiles do to music, each against profile i at the same loudness."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...graph import Analysis, ArraySource, Settings, analyse
from ...nodes import Report
from ...nodes.bands import THIRD_OCTAVES_HZ
from ...presets import load, names
from ..sheets.palette import CUT_AND_LIFT, INK
from .music import Excerpt, master
from .references import band_powers
from .tables import Bench, Figures

Array = NDArray[np.float64]

EDGES_HZ = np.array([20.0, 60.0, 120.0, 400.0, 1000.0, 4000.0, 8000.0, 20000.0])
BANDS = ("< 60", "60-120", "120-400", "400-1k", "1-4k", "4-8k", "> 8 kHz")
DYNAMICS = ("PLR", "PSR", "LRA", "Low swing")
CHANGE = "Change"
FIGURES = (*BANDS, *DYNAMICS, CHANGE)
BASE = "i"
LOW_HZ, SWING_SECONDS, SWING_GATE_DB = 200.0, 0.1, 40.0


def bench_profiles(bench: Bench, music: Sequence[Excerpt], profiles: Sequence[str] | None = None) -> None:
    """Put the tables of ``profiles``, all built-in ones by default, beside profile i."""
    others = [name for name in profiles or names() if name != BASE]
    against = np.array([name != CHANGE for name in FIGURES])  # a change is from the source, not from profile i
    bases: list[Array] = []
    changes: dict[str, list[Array]] = {name: [] for name in others}
    for excerpt in music:
        analysis = analyse(ArraySource(excerpt.audio, excerpt.rate))
        bases.append(_figures(excerpt, BASE, analysis))
        for name, rows in changes.items():
            rows.append(_figures(excerpt, name, analysis) - against * bases[-1])
    note = (
        f"over {len(music)} track(s) of the change from profile i's master to the profile's: energy by band (dB, at "
        "equal loudness), true peak to loudness (PLR) and to mean short-term loudness (PSR) in dB, range (LU), how far "
        "the level below 200 Hz swings (standard deviation over 100 ms, dB); and of the change from the source (third "
        "octaves at equal loudness, RMS, dB)."
    )
    columns = ("Profile", *FIGURES)
    figures = Figures("profiles", "Profiles: against profile i at -14 LUFS", f"The mean {note}", columns, digits=1)
    for name, rows in changes.items():
        figures.add(f"{name} {load(name).title}", *np.mean(rows, axis=0).tolist())
    figures.add("i itself", *([None] * len(BANDS)), *np.mean(bases, axis=0)[len(BANDS) :].tolist())
    bench.put(figures)
    if len(music) > 1:
        spread = Figures("profiles_spread", "Profiles: how far the tracks differ", f"The standard deviation {note}",
                         columns)  # fmt: skip
        for name, rows in changes.items():
            spread.add(f"{name} {load(name).title}", *np.std(rows, axis=0).tolist())
        bench.put(spread)
    _plot(bench, {name: np.mean(rows, axis=0)[: len(BANDS)] for name, rows in changes.items()})


def _figures(excerpt: Excerpt, profile: str, analysis: Analysis) -> Array:
    output = master(excerpt, Settings(profile), analysis)
    return sound_figures(output.audio, excerpt.rate, output.rendered.after, analysis.report)


def sound_figures(audio: Array, rate: int, report: Report, before: Report) -> Array:
    """Return ``FIGURES`` of a master ``(channels, frames)``; ``report`` measures it, ``before`` its source.

    The levels of the bands are relative to the loudness; NaN is what silence does not have.
    """
    powers = band_powers(audio, rate, np.minimum(EDGES_HZ, 0.5 * rate)).sum(axis=0)
    psr = report.course.psr_db
    psr = psr[np.isfinite(psr)]
    figures = [
        report.plr_db if report.plr_db is not None else np.nan,
        float(psr.mean()) if psr.size else np.nan,
        report.loudness_range_lu,
        _low_swing(audio, rate),
        _change(report, before),
    ]
    return np.concatenate([10.0 * np.log10(np.maximum(powers, 1e-15)) - _loudness(report), figures])


def _loudness(report: Report) -> float:
    return report.integrated_lufs if report.integrated_lufs is not None else np.nan


def _low_swing(audio: Array, rate: int) -> float:
    """Return the standard deviation in dB of the level below 200 Hz over time, pauses aside."""
    from scipy.signal import butter, sosfilt  # it takes a second to load

    low = sosfilt(butter(4, LOW_HZ, fs=rate, output="sos"), audio, axis=1)
    window = round(SWING_SECONDS * rate)
    parts = low[:, : low.shape[1] // window * window].reshape(low.shape[0], -1, window)
    level = 10.0 * np.log10(np.maximum((parts * parts).mean(axis=(0, 2)), 1e-15))
    return float(level[level > level.max() - SWING_GATE_DB].std()) if level.size else np.nan


def _change(report: Report, before: Report) -> float:
    """Return how far the third octaves from 40 Hz to 16 kHz moved at equal loudness, RMS in dB, empty ones aside."""
    was = before.thirds_db - _loudness(before)
    moved = report.thirds_db - _loudness(report) - was
    heard = (was > -55.0) & (THIRD_OCTAVES_HZ > 38.0) & (THIRD_OCTAVES_HZ < 17000.0)
    return float(np.sqrt((moved[heard] ** 2).mean())) if heard.any() else np.nan


def _plot(bench: Bench, changes: dict[str, Array]) -> None:
    with bench.figure("profiles.png", 7.0, 0.9 + 0.32 * len(changes)) as page:
        axes = page.add_subplot()
        shown = np.array(list(changes.values()))
        axes.imshow(shown, cmap=CUT_AND_LIFT, vmin=-6.0, vmax=6.0, aspect="auto")
        for (row, column), db in np.ndenumerate(shown):
            axes.text(column, row, f"{db:+.1f}", ha="center", va="center", fontsize=7,
                      color="white" if abs(db) > 4.5 else INK)  # fmt: skip
        axes.set_xticks(range(len(BANDS)), BANDS)
        axes.set_yticks(range(len(changes)), [f"{name} {load(name).title}" for name in changes])
        axes.grid(visible=False)
        axes.set_title("Energy by band against profile i, dB at equal loudness")

"""Benchmark of the hand, part one: how far finished records are moved, and whether tone stays tone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ....graph import Analysis, ArraySource, Settings, analyse, plan
from ....presets import names
from ..adaptivity import tone_db
from ..music import Excerpt
from ..peers import meters
from ..tables import Bench, Figures
from .slow_tone import movement, slow_part

Array = NDArray[np.float64]

PROFILE = "i"
CONTRAST_SECONDS, CONTRAST_GATE_DB = 3.0, 20.0
MOST_LU = 0.3


def bench_restraint(bench: Bench, music: Sequence[Excerpt], profiles: Sequence[str] | None = None) -> None:
    """Put what profile i's slow part does to each excerpt, and what that of all ``profiles`` does to its range."""
    chosen = list(profiles or names())
    moved = Figures(
        "restraint",
        "Restraint: finished records through profile i, intensity 100",
        "Net response of the slow part at every point of its course, third octaves from 25 Hz to 16 kHz: |dB| (median, "
        "95th percentile, maximum), steepest between neighbouring thirds (dB an octave), share of the time with a band "
        "above +4 and its neighbour below -4 dB (%), reach of its gain in K-weighted loudness over the track (5th to "
        "95th percentile, LU), change of the contrast: standard deviation over windows of 3 s of the third octaves at "
        "matched level, mean over the thirds (%).",
        ("Track", "median", "95 %", "most", "dB/oct", "opposed %", "level LU", "contrast %"),
    )
    ranges = Figures(
        "restraint_range",
        "Restraint: change of the loudness range by the slow part alone",
        "LRA behind the equaliser with its ratio at 1, everything else off, less that of the track; LU.",
        ("Track", "LRA", *chosen),
        digits=1,
    )
    for excerpt in music:
        analysis = analyse(ArraySource(excerpt.audio, excerpt.rate))
        balanced = plan(analysis, Settings(PROFILE))
        contrast = contrast_db(slow_part(excerpt, balanced), excerpt.rate) / contrast_db(excerpt.audio, excerpt.rate)
        moved.add(excerpt.name, *movement(balanced, analysis.report).cells(), 100.0 * (contrast - 1.0))
        before = range_lu(excerpt.audio, excerpt.rate)
        ranges.add(excerpt.name, before, *(_slow_range(excerpt, name, analysis) - before for name in chosen))
    _summarise(moved, ranges)
    bench.put(moved)
    bench.put(ranges)


def range_lu(audio: Array, rate: int) -> float:
    """Return the loudness range by Tech 3342, LU: by libebur128 where it is installed."""
    installed = meters()
    read = installed.get("libebur128", installed["masterchain"])
    return read(audio, rate, ()).range or 0.0


def contrast_db(audio: Array, rate: int) -> float:
    """Return how far the spectral shape wanders: the deviation over windows of 3 s, mean over the third octaves, dB.

    Windows 20 dB under the loudest say nothing of it.
    """
    window = min(round(CONTRAST_SECONDS * rate), audio.shape[1])
    parts = [audio[:, at : at + window] for at in range(0, audio.shape[1] - window + 1, window)]
    power = np.array([np.vdot(part, part) for part in parts])
    heard = power > power.max() * 10.0 ** (-0.1 * CONTRAST_GATE_DB)
    shapes = np.array([tone_db(part, rate) for part, loud in zip(parts, heard, strict=True) if loud])
    return float(max(shapes.std(axis=0).mean(), 1e-6)) if len(shapes) else 1e-6


def _slow_range(excerpt: Excerpt, profile: str, analysis: Analysis) -> float:
    return range_lu(slow_part(excerpt, plan(analysis, Settings(profile))), excerpt.rate)


def _summarise(moved: Figures, ranges: Figures) -> None:
    """Add the rows over all tracks."""
    cells = np.array([row[1:] for row in moved.rows], dtype=np.float64)
    moved.add("all, median", *np.median(cells, axis=0).tolist())
    moved.add("all, most", *cells[:, :-1].max(axis=0).tolist(), cells[np.abs(cells[:, -1]).argmax(), -1])
    changes = np.array([row[2:] for row in ranges.rows], dtype=np.float64)
    ranges.add("furthest", None, *np.abs(changes).max(axis=0).tolist())
    ranges.add(f"> {MOST_LU:g} LU", None, *(np.abs(changes) > MOST_LU).sum(axis=0).tolist())

"""Benchmark of the hand, part four: noise where there is no music comes out no louder against the music."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ....graph import Analysis, ArraySource, Settings, analyse
from ..music import Excerpt, master
from ..references import band_powers
from ..tables import Bench, Figures
from .planted import Planted, planted

Array = NDArray[np.float64]

PROFILES = ("i", "c", "a", "n")
MOST_DB = 1.0
OFF = "level only"


def bench_harm(bench: Bench, music: Sequence[Excerpt], profiles: Sequence[str] = PROFILES) -> None:
    """Put by how much planted noise comes out louder against the music, by case, track and profile."""
    columns = {OFF: Settings("i", intensity=0.0)} | {name: Settings(name) for name in profiles}
    every: dict[str, list[list[float]]] = {}
    for excerpt in music:
        for case, noisy in planted(excerpt).items():
            analysis = analyse(ArraySource(noisy.excerpt.audio, noisy.excerpt.rate))
            rows = every.setdefault(case, [])
            rows.append([louder_db(noisy, settings, analysis) for settings in columns.values()])
    summary = Figures(
        "harm",
        "No harm: noise where there is no music, against the music, all tracks",
        f"The most of {len(music)} track(s); see the tables by case. {OFF.capitalize()}: intensity 0, what the limiter "
        f"alone does by taking off loudness. At most {MOST_DB:+g} dB is wanted.",
        ("Case", *columns, *(f"{name} > {MOST_DB:g}" for name in columns)),
        digits=1,
    )
    for case, rows in every.items():
        cells = np.array(rows)
        summary.add(case, *cells.max(axis=0).tolist(), *(cells > MOST_DB).sum(axis=0).tolist())
        bench.put(_by_track(case, music, rows, list(columns)))
    bench.put(summary)


def louder_db(noisy: Planted, settings: Settings, analysis: Analysis) -> float:
    """Return by how much the noise is up, less what the integrated loudness is up, dB: in the worst of its octaves."""
    output = master(noisy.excerpt, settings, analysis)
    before, after = (_levels(audio, noisy) for audio in (noisy.excerpt.audio, output.audio))
    was, now = analysis.report.integrated_lufs, output.rendered.after.integrated_lufs
    if was is None or now is None:
        return float("nan")
    return float((after - before).max()) - (now - was)


def _levels(audio: Array, noisy: Planted) -> Array:
    """Return the levels of the noise's octaves where it is alone, dB."""
    edges = np.minimum(np.array(noisy.edges_hz), 0.49 * noisy.excerpt.rate)
    powers = band_powers(audio[:, noisy.start : noisy.stop], noisy.excerpt.rate, edges).sum(axis=0)
    return np.asarray(10.0 * np.log10(np.maximum(powers, 1e-15)))


def _by_track(case: str, music: Sequence[Excerpt], rows: Sequence[Sequence[float]], columns: Sequence[str]) -> Figures:
    figures = Figures(f"harm_{case}", f"No harm: {case}", NOTES[case], ("Track", *columns), digits=1)
    for excerpt, row in zip(music, rows, strict=True):
        figures.add(excerpt.name, *row)
    return figures


LOUDER = "By how much it comes out louder than it went in, less the change of integrated loudness; "
NOTES = {
    "hiss": "A dull copy (-8 dB above 6 kHz) with white noise at -66 dBFS, alone for 6 s in the middle. " + LOUDER
    + "worst octave of 2 to 16 kHz, dB.",
    "rumble": "No music below 300 Hz (96 dB/oct), brown noise from 20 to 120 Hz at -60 dBFS throughout. " + LOUDER
    + "worst octave of 31.5 to 125 Hz, dB.",
    "breakdown": "10 s in the middle without music below 250 Hz, noise from 20 to 120 Hz 40 dB under it instead. "
    + LOUDER + "worst octave of 31.5 to 125 Hz, dB.",
    "fade-out": "The last 15 s fade evenly to -60 dB over steady hiss at -70 dBFS. " + LOUDER
    + "in the last third of the fade, worst octave of 2 to 16 kHz, dB.",
}  # fmt: skip

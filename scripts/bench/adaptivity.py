"""Benchmark, part four: do differently spoilt versions of a track come out alike?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...graph import Settings
from ...nodes.bands import THIRD_OCTAVES_HZ
from ..sheets.palette import AFTER, BEFORE_DARK, hertz
from .music import Excerpt, master
from .references import band_powers
from .tables import Bench, Figures

Array = NDArray[np.float64]

INSIDE = (THIRD_OCTAVES_HZ > 60.0) & (THIRD_OCTAVES_HZ < 13000.0)
EDGES_HZ = np.concatenate([THIRD_OCTAVES_HZ[INSIDE] * 10.0**-0.05, THIRD_OCTAVES_HZ[INSIDE][-1:] * 10.0**0.05])
WIDTH_EDGES_HZ = np.array([20.0, 200.0, 3000.0, 20000.0])
WINDOW_S = 10.0

SETTINGS = Settings("i", intensity=100.0, stereo_image=True)

VERSIONS: dict[str, tuple[dict[float, float], float]] = {
    "as it is": ({1000.0: 0.0}, 1.0),
    "+1.5 dB/oct": ({31.25: -7.5, 16000.0: 6.0}, 1.0),
    "-1.5 dB/oct": ({31.25: 7.5, 16000.0: -6.0}, 1.0),
    "+3 dB/oct": ({31.25: -15.0, 16000.0: 12.0}, 1.0),
    "-3 dB/oct": ({31.25: 15.0, 16000.0: -12.0}, 1.0),
    "dull": ({2000.0: 0.0, 6000.0: -8.0}, 1.0),
    "boomy": ({60.0: 0.0, 120.0: 8.0, 240.0: 0.0}, 1.0),
    "harsh": ({1700.0: 0.0, 3400.0: 6.0, 6800.0: 0.0}, 1.0),
    "narrowed": ({1000.0: 0.0}, 0.4),
    "widened": ({1000.0: 0.0}, 1.8),
}
"""Gain in dB at Hz, straight lines over the logarithm of the frequency between; share of the side that is left."""

MODERATE = tuple(name for name in VERSIONS if "3 dB" not in name)


def bench_adapt(bench: Bench, music: Sequence[Excerpt], versions: Sequence[str] | None = None) -> None:
    """Put the spread of ``versions`` (all by default) of each excerpt before and after mastering."""
    chosen = list(versions or VERSIONS)
    figures = Figures(
        "adaptivity",
        "Adaptivity: spread of altered versions, before and after",
        f"{len(chosen)} versions of each excerpt ({', '.join(chosen)}), mastered with profile i, intensity 100, stereo "
        "on. Spread: standard deviation over the versions, RMS over the bands; of third octaves from 63 Hz to 12.5 kHz "
        "at matched level (moderate: without +-3 dB/oct), and of side to mid below 200 Hz, to 3 kHz, above (dB).",
        ("Track", "tone before", "after", "moderate before", "after", "low before", "after", "mid before", "after",
         "high before", "after"),
    )  # fmt: skip
    for i, excerpt in enumerate(music):
        before = {name: altered(excerpt, *VERSIONS[name]) for name in chosen}
        after = {name: master(Excerpt(name, excerpt.rate, audio), SETTINGS).audio for name, audio in before.items()}
        figures.add(excerpt.name, *_spreads(before, after, excerpt.rate))
        if i == 0:
            _plot(bench, excerpt, before, after)
    if len(music) > 1:
        figures.add("mean", *np.array([row[1:] for row in figures.rows], dtype=np.float64).mean(axis=0).tolist())
    bench.put(figures)
    _changing(bench, music)


def altered(excerpt: Excerpt, gains: dict[float, float], side: float) -> Array:
    """Return the excerpt with ``gains`` (dB by Hz) and its side scaled, at the RMS that it had."""
    audio, rate = excerpt.audio, excerpt.rate
    hz = np.maximum(np.fft.rfftfreq(audio.shape[1], 1.0 / rate), 1.0)
    db = np.interp(np.log(hz), np.log(list(gains)), list(gains.values()))
    mid, sides = 0.5 * (audio[0] + audio[1]), 0.5 * side * (audio[0] - audio[1])
    x = np.fft.irfft(np.fft.rfft(np.stack([mid + sides, mid - sides]), axis=1) * 10.0 ** (db / 20.0), audio.shape[1])
    return np.asarray(x * np.sqrt(np.vdot(audio, audio) / (np.vdot(x, x) + 1e-15)))


def _spreads(before: dict[str, Array], after: dict[str, Array], rate: int) -> list[float]:
    tones = [np.array([tone_db(x, rate) for x in part.values()]) for part in (before, after)]
    widths = [np.array([_side_mid_db(x, rate) for x in part.values()]) for part in (before, after)]
    moderate = np.isin(list(before), MODERATE)
    cells = [_spread(tone) for tone in tones] + [_spread(tone[moderate]) for tone in tones]
    return cells + [_spread(width[:, band : band + 1]) for band in range(3) for width in widths]


def tone_db(audio: Array, rate: int) -> Array:
    """Return the third-octave levels ``(24,)`` less their mean, dB."""
    levels = 10.0 * np.log10(np.maximum(band_powers(audio, rate, EDGES_HZ).sum(axis=0), 1e-15))
    return np.asarray(levels - levels.mean())


def _side_mid_db(audio: Array, rate: int) -> Array:
    mid, side = band_powers(np.stack([audio[0] + audio[1], audio[0] - audio[1]]), rate, WIDTH_EDGES_HZ)
    return np.asarray(10.0 * np.log10(np.maximum(side, 1e-15) / np.maximum(mid, 1e-15)))


def _spread(levels: Array) -> float:
    """Return the RMS over the bands of the standard deviation over the versions ``(versions, bands)``."""
    return float(np.sqrt(levels.var(axis=0).mean()))


def _changing(bench: Bench, music: Sequence[Excerpt]) -> None:
    """Put how far a track that turns dull and narrow half-way is from the unchanged one, window by window."""
    figures = Figures(
        "adaptivity_over_time",
        "Adaptivity: a track that turns dull and narrow half-way",
        f"The second half at -3 dB/oct and with its side at 0.4; windows of {WINDOW_S:g} s against those of the "
        "unchanged track, before and after mastering both: third octaves at matched level (RMS over the bands), "
        "side to mid of the mid band (difference), means over the windows of each half; dB.",
        ("Track", "1st half, tone before", "after", "2nd half", "after", "1st half, width before", "after", "2nd half",
         "after"),
    )  # fmt: skip
    for excerpt in music:
        half = excerpt.audio.shape[1] // 2
        spoilt = altered(excerpt, VERSIONS["-3 dB/oct"][0], VERSIONS["narrowed"][1])
        changed = np.concatenate([excerpt.audio[:, :half], spoilt[:, half:]], axis=1)
        pairs = [(excerpt.audio, changed)]
        pairs.append(tuple(master(Excerpt("", excerpt.rate, x), SETTINGS).audio for x in pairs[0]))  # type: ignore[arg-type]
        tone, width = (np.array(rows) for rows in zip(*(_apart(*pair, excerpt.rate) for pair in pairs), strict=True))
        figures.add(excerpt.name, *tone.T.ravel().tolist(), *width.T.ravel().tolist())
    if len(music) > 1:
        figures.add("mean", *np.array([row[1:] for row in figures.rows], dtype=np.float64).mean(axis=0).tolist())
    bench.put(figures)


def _apart(one: Array, other: Array, rate: int) -> tuple[list[float], list[float]]:
    """Return how far apart two tracks are in tone, and in width, for the two halves."""
    half = one.shape[1] // 2
    window = min(round(WINDOW_S * rate), half)
    tone, width = [], []
    for first in (0, half):
        starts = range(first, first + half - window + 1, window)
        parts = [(one[:, at : at + window], other[:, at : at + window]) for at in starts]
        apart = [tone_db(a, rate) - tone_db(b, rate) for a, b in parts]
        tone.append(float(np.mean([np.sqrt(np.mean(d * d)) for d in apart])))
        width.append(float(np.mean([abs(_side_mid_db(a, rate)[1] - _side_mid_db(b, rate)[1]) for a, b in parts])))
    return tone, width


def _plot(bench: Bench, excerpt: Excerpt, before: dict[str, Array], after: dict[str, Array]) -> None:
    with bench.figure("adaptivity.png", 9.0, 4.0) as page:
        left, right = page.subplots(1, 2, sharey=True)
        for axes, part, colour, title in ((left, before, BEFORE_DARK, "before"), (right, after, AFTER, "after")):
            for audio in part.values():
                axes.plot(THIRD_OCTAVES_HZ[INSIDE], tone_db(audio, excerpt.rate), color=colour, linewidth=0.9)
            axes.set_xscale("log")
            axes.set_xticks([63, 250, 1000, 4000, 12500], [hertz(hz) for hz in (63, 250, 1000, 4000, 12500)])
            axes.set_title(f"{len(part)} versions of {excerpt.name}, {title}")
            axes.set_ylabel("dB, level matched")

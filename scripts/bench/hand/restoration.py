"""Benchmark of the hand, part two: how much of what was spoilt is put right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....graph import Settings
from ..adaptivity import VERSIONS, WINDOW_S, altered, tone_db
from ..music import Excerpt, master
from ..tables import Bench, Figures

Array = NDArray[np.float64]

BALANCED = Settings("i")
SPOILT = ("+1.5 dB/oct", "-1.5 dB/oct", "+3 dB/oct", "-3 dB/oct", "dull", "boomy", "harsh")
HALVES = ("-3 dB/oct", "+3 dB/oct")


@dataclass(frozen=True)
class Shares:
    """Shares of the error that are removed, %: against the master of the original, and against the original."""

    master: float
    original: float


def bench_restoration(bench: Bench, music: Sequence[Excerpt], versions: Sequence[str] = SPOILT) -> None:
    """Put the shares of the error that profile i removes, by version and track, and of a track that changes."""
    shares = [restored(excerpt, BALANCED, versions) for excerpt in music]
    _put(bench, music, shares, versions)
    _put_changing(bench, music)


def restored(excerpt: Excerpt, settings: Settings = BALANCED, versions: Sequence[str] = SPOILT) -> dict[str, Shares]:
    """Return by version what the master of a spoilt excerpt has less of its error."""
    original = tone_db(excerpt.audio, excerpt.rate)
    aim = _mastered_tone(excerpt, settings)
    shares = {}
    for name in versions:
        spoilt = Excerpt(name, excerpt.rate, altered(excerpt, *VERSIONS[name]))
        error = rms(tone_db(spoilt.audio, spoilt.rate) - original)
        tone = _mastered_tone(spoilt, settings)
        shares[name] = Shares(removed(rms(tone - aim), error), removed(rms(tone - original), error))
    return shares


def removed(after: float, before: float) -> float:
    """Return the share of an error that is gone, %; negative where it grew."""
    return 100.0 * (1.0 - after / before)


def rms(levels: Array) -> float:
    """Return the RMS of ``levels`` in dB."""
    return float(np.sqrt(np.mean(levels * levels)))


def _mastered_tone(excerpt: Excerpt, settings: Settings) -> Array:
    return tone_db(master(excerpt, settings).audio, excerpt.rate)


def _put(bench: Bench, music: Sequence[Excerpt], shares: Sequence[dict[str, Shares]], versions: Sequence[str]) -> None:
    for name, title, against in (
        ("master", "the master of the original", "T(master(original))"),
        ("original", "the original itself", "T(original)"),
    ):
        figures = Figures(
            f"restoration_{name}",
            f"Restoration: share of the error removed, against {title}",
            f"1 - RMS(T(master(spoilt)) - {against}) / RMS(T(spoilt) - T(original)), profile i; T: third octaves from "
            "63 Hz to 12.5 kHz at matched level; %.",
            ("Track", *versions, "median", "worst"),
            digits=0,
        )
        rows = np.array([[getattr(share[version], name) for version in versions] for share in shares])
        for excerpt, row in zip(music, rows, strict=True):
            figures.add(excerpt.name, *row.tolist(), float(np.median(row)), float(row.min()))
        figures.add("median", *np.median(rows, axis=0).tolist(), float(np.median(rows)), float(rows.min()))
        figures.add("worst", *rows.min(axis=0).tolist(), float(np.median(rows, axis=1).min()), float(rows.min()))
        bench.put(figures)


def _put_changing(bench: Bench, music: Sequence[Excerpt]) -> None:
    figures = Figures(
        "restoration_over_time",
        "Restoration: a track whose tone changes half-way",
        f"{HALVES[0]} in the first half, {HALVES[1]} in the second, windows of {WINDOW_S:g} s: share of the error "
        "removed against the master of the original, and against the original; median over the windows, worst one; %.",
        ("Track", "master", "worst", "original", "its worst"),
        digits=0,
    )
    for excerpt in music:
        rows = np.array([(share.master, share.original) for share in _changing(excerpt)])
        figures.add(excerpt.name, *np.stack([np.median(rows, axis=0), rows.min(axis=0)]).T.ravel().tolist())
    cells = np.array([row[1:] for row in figures.rows], dtype=np.float64)
    figures.add("median", *np.median(cells, axis=0).tolist())
    figures.add("worst", *cells.min(axis=0).tolist())
    bench.put(figures)


def _changing(excerpt: Excerpt) -> list[Shares]:
    """Return the shares window by window; none across the change."""
    half, rate = excerpt.audio.shape[1] // 2, excerpt.rate
    first, second = (altered(excerpt, *VERSIONS[name]) for name in HALVES)
    spoilt = np.concatenate([first[:, :half], second[:, half:]], axis=1)
    masters = (master(Excerpt("", rate, sound), BALANCED).audio for sound in (spoilt, excerpt.audio))
    sounds = spoilt, excerpt.audio, *masters
    window = min(round(WINDOW_S * rate), half)
    shares = []
    for begin in (0, half):
        for at in range(begin, begin + half - window + 1, window):
            bad, original, tone, aim = (tone_db(sound[:, at : at + window], rate) for sound in sounds)
            error = rms(bad - original)
            shares.append(Shares(removed(rms(tone - aim), error), removed(rms(tone - original), error)))
    return shares

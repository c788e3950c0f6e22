"""Benchmark of the hand, part six: do the words of the fourteen profiles hold on every track?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....graph import Analysis, ArraySource, Settings, analyse
from ....nodes import Report
from ....nodes.bands import NEUTRAL_DB
from ....presets import load
from ..adaptivity import INSIDE
from ..music import Excerpt, master
from ..profiles import BASE, CHANGE, FIGURES, LOW_HZ, sound_figures
from ..references import band_powers
from ..tables import Bench, Figures
from .claims import CLAIMS, OFF_BALANCE, SOURCE, STEREO_LOW, Claim

Array = NDArray[np.float64]
Sound = dict[str, float]

ENOUGH_DB = 0.1
LIGHT = "imn"
"""Profiles that others are not compared with: i leaves a record that is right alone."""


@dataclass(frozen=True)
class Margin:
    """By how much a claim holds on a track: dB or LU, enough from 0.1 on."""

    claim: str
    track: str
    value: float


def bench_sentences(bench: Bench, music: Sequence[Excerpt], profiles: Sequence[str] | None = None) -> None:
    """Put on how many tracks the sentence of each profile holds, and where it holds least."""
    chosen = list(profiles or CLAIMS)
    margins: dict[str, list[list[Margin]]] = {name: [] for name in chosen}
    for excerpt in music:
        sounds = _sounds(excerpt, chosen)
        for name in chosen:
            margins[name].append([Margin(c.words, excerpt.name, margin(c, name, sounds)) for c in CLAIMS[name]])
    sentences = Figures(
        "sentences",
        "The sentences of the profiles, at -14 LUFS",
        "Each sentence is the claims of the next table. Share of tracks on which all of them hold by more than "
        f"{ENOUGH_DB:g} dB or LU, the track where the sentence holds least, the claim that holds least there.",
        ("Profile", "holds on %", "least on", "margin", "claim"),
    )
    every: list[Margin] = []
    for name, tracks in margins.items():
        least = [min(track, key=lambda m: m.value) for track in tracks]
        sentences.add(f"{name} {load(name).title}", *_held(least))
        every += least
    sentences.add("all", *_held(every))
    bench.put(sentences)
    _put_claims(bench, margins)


def margin(claim: Claim, profile: str, sounds: dict[str, Sound]) -> float:
    """Return by how much ``claim`` holds of ``profile``, given the figures of all masters of a track."""
    if claim.lighter:
        others = [sound[CHANGE] for name, sound in sounds.items() if len(name) == 1 and name not in LIGHT]
        return float(np.median(others)) - sounds[profile][CHANGE] if others else np.nan
    own, other = sounds[profile], sounds[claim.against]
    plus, minus = (float(np.mean([own[f] - other[f] for f in names])) if names else 0.0
                   for names in (claim.more, claim.less))  # fmt: skip
    return plus - minus + claim.slack


def _held(margins: Sequence[Margin]) -> tuple[float, str, float, str]:
    """Return the share that holds in %, and the least: its track, its margin, its claim."""
    worst = min(margins, key=lambda m: m.value)
    return 100.0 * float(np.mean([m.value > ENOUGH_DB for m in margins])), worst.track, worst.value, worst.claim


def _sounds(excerpt: Excerpt, profiles: Sequence[str]) -> dict[str, Sound]:
    """Return the figures of the track itself and of the masters that the claims of ``profiles`` ask for."""
    analysis = analyse(ArraySource(excerpt.audio, excerpt.rate))
    claims = [claim for name in profiles for claim in CLAIMS[name]]
    wanted = {BASE, *profiles, *(claim.against for claim in claims)} - {SOURCE}
    sounds = {SOURCE: _figures(excerpt.audio, excerpt.rate, analysis.report, analysis.report)}
    for name in sorted(wanted):
        sounds[name] = _mastered(excerpt, name, analysis)
    asked = {name for name in profiles for claim in CLAIMS[name] if STEREO_LOW in claim.more}
    for name in {BASE, *asked} if asked else ():
        output = master(excerpt, Settings(name, stereo_image=True), analysis)
        sounds[name][STEREO_LOW] = _low_width_db(output.audio, excerpt.rate)
    return sounds


def _mastered(excerpt: Excerpt, profile: str, analysis: Analysis) -> Sound:
    output = master(excerpt, Settings(profile), analysis)
    return _figures(output.audio, excerpt.rate, output.rendered.after, analysis.report)


def _figures(audio: Array, rate: int, report: Report, before: Report) -> Sound:
    figures = dict(zip(FIGURES, sound_figures(audio, rate, report, before).tolist(), strict=True))
    return figures | {OFF_BALANCE: _off_balance_db(report)}


def _off_balance_db(report: Report) -> float:
    """Return how far the third octaves from 63 Hz to 12.5 kHz lie off those of released records, RMS, dB."""
    return float((report.thirds_db - NEUTRAL_DB)[INSIDE].std())


def _low_width_db(audio: Array, rate: int) -> float:
    """Return side to middle below 200 Hz, dB."""
    both = np.stack([audio[0] + audio[1], audio[0] - audio[1]])
    middle, side = band_powers(both, rate, np.array([20.0, LOW_HZ]))[:, 0]
    return float(10.0 * np.log10(max(side, 1e-15) / max(middle, 1e-15)))


def _put_claims(bench: Bench, margins: dict[str, list[list[Margin]]]) -> None:
    figures = Figures(
        "sentences_claims",
        "The claims that make the sentences",
        "Margin by which each holds, over the tracks; a claim that something is not lost, or no worse, begins at 0.2.",
        ("Claim", "holds on %", "mean", "least", "on"),
    )
    for name, tracks in margins.items():
        for each in zip(*tracks, strict=True):
            share, track, least, words = _held(each)
            mean = float(np.mean([m.value for m in each]))
            figures.add(f"{name}: {words}", share, mean, least, track)
    bench.put(figures)

"""Benchmark, part two: limiters held against each other, on signals that are hard and on music."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...nodes.measuring.loudness import LoudnessMeter
from ..sheets.palette import AFTER, ASKED, BEFORE, BEFORE_DARK, REDUCTION
from .music import Excerpt
from .peers import BLOCK, Limit, limiters
from .references import residual_db, true_peak_db, without_tones_db
from .signals import kick_over_pad, limiter_signals
from .tables import Bench, Figures

Array = NDArray[np.float64]

RATE = 48000
CEILING_DB = -1.0
CEILING = 10.0 ** (CEILING_DB / 20.0)
DRIVE_DB = 3.0
COLOURS = (AFTER, "#7BC4CB", REDUCTION, ASKED, "#E8B98A", BEFORE_DARK, BEFORE)


def bench_limiter(
    bench: Bench, music: Sequence[Excerpt], seconds: float = 4.0, chosen: dict[str, Limit] | None = None
) -> None:
    """Put the tables of the limiters ``chosen``, all by default; ``seconds`` of each signal of the overshoot table."""
    chosen = chosen or limiters()
    _overshoot(bench, chosen, seconds)
    _tones(bench, chosen)
    _recovery(bench, chosen)
    _gain_curve(bench, chosen)
    _residual(bench, chosen, music)


def _overshoot(bench: Bench, chosen: dict[str, Limit], seconds: float) -> None:
    figures = Figures(
        "limiter_overshoot",
        "Limiters: overshoot",
        f"dB of true peak above a ceiling of {CEILING_DB:g} dBTP, by the exact curve; stereo, {RATE / 1000:g} kHz.",
        ("Signal", *chosen),
    )
    for name, audio in limiter_signals(RATE, seconds).items():
        figures.add(name, *(true_peak_db(limit(audio, RATE, CEILING_DB)) - CEILING_DB for limit in chosen.values()))
    bench.put(figures)


def _tones(bench: Bench, chosen: dict[str, Limit]) -> None:
    figures = Figures(
        "limiter_tones",
        "Limiters: steady tones",
        "What is not the tones themselves, dB of them, in the last 2 of 4 s. Sines 6 dB over the ceiling (THD+N); "
        "60 Hz and 1 kHz, 4 to 1, 4 dB over (intermodulation).",
        ("Signal", *chosen),
        digits=1,
    )
    t = np.arange(4 * RATE) / RATE
    rows: list[tuple[str, tuple[float, ...], tuple[float, ...], float]]
    rows = [(f"THD+N {hz} Hz", (float(hz),), (1.0,), 6.0) for hz in (20, 50, 60, 100, 1000, 5000)]
    rows.append(("IMD 60 Hz + 1 kHz", (60.0, 1000.0), (0.8, 0.2), 4.0))
    for name, hz, parts, over in rows:
        x = np.sum([part * np.sin(2.0 * np.pi * h * t) for h, part in zip(hz, parts, strict=True)], axis=0)
        audio = np.stack([x, x]) * CEILING * 10.0 ** (over / 20.0)
        figures.add(name, *(without_tones_db(limit(audio, RATE, CEILING_DB)[0, 2 * RATE :], hz, RATE)
                         for limit in chosen.values()))  # fmt: skip
    bench.put(figures)


def _recovery(bench: Bench, chosen: dict[str, Limit]) -> None:
    """Put how deep a click pulls quiet noise and for how long: the gain is that of the noise, every ms."""
    figures = Figures(
        "limiter_recovery",
        "Limiters: recovery after a click",
        "One sample 12 dB over the ceiling in quiet noise below 4 kHz: the noise's deepest gain around it (dB, over "
        "1 ms), ms until that is within 1 dB and within 0.1 dB of where it was.",
        ("", *chosen),
        digits=1,
    )
    spectrum = np.fft.rfft(np.random.default_rng(5).standard_normal(2 * RATE))
    spectrum[np.fft.rfftfreq(2 * RATE, 1.0 / RATE) > 4000.0] = 0.0
    x = np.stack([0.05 * np.fft.irfft(spectrum)] * 2)
    click = x.copy()
    click[:, RATE] += 4.0 * CEILING
    deepest, within = [], {1.0: list[float](), 0.1: list[float]()}
    for limit in chosen.values():
        gain = _gain_db(limit(click, RATE, CEILING_DB), x, RATE // 1000)
        gain = gain - np.median(gain[200:900])
        # The ms that the click itself is in shows the click, not the sine.
        after = np.delete(gain, range(999, 1002))
        deepest.append(float(after[900:].min()))
        for db, times_ms in within.items():
            late = np.flatnonzero(np.abs(gain[1002:-10]) > db)  # resamplers need the last ms
            times_ms.append(float(late[-1] + 2) if late.size else 1.0)
    figures.add("deepest, dB", *deepest)
    figures.add("ms to 1 dB", *within[1.0])
    figures.add("ms to 0.1 dB", *within[0.1])
    bench.put(figures)


def _gain_db(output: Array, reference: Array, frames: int) -> Array:
    """Return the gain from ``reference`` to ``output`` over parts of ``frames``, dB."""
    parts = reference.shape[1] // frames * frames
    y, x = (audio[:, :parts].reshape(audio.shape[0], -1, frames) for audio in (output, reference))
    power = np.maximum((x * x).sum(axis=(0, 2)), 1e-12)
    return np.asarray(20.0 * np.log10(np.maximum(np.abs((x * y).sum(axis=(0, 2))) / power, 1e-6)))


def _gain_curve(bench: Bench, chosen: dict[str, Limit]) -> None:
    audio = kick_over_pad(RATE)
    with bench.figure("limiter_gain.png", 9.0, 5.0) as page:
        wave, curve = page.subplots(2, 1, sharex=True, height_ratios=[1, 2])
        t = np.arange(audio.shape[1]) / RATE * 1000.0
        wave.plot(t, audio[0], color=BEFORE, linewidth=0.6)
        for side in (-CEILING, CEILING):
            wave.axhline(side, color=ASKED, linewidth=0.8)
        wave.set_title("A kick over a pad, and the gain that limiters answer with (over 1 ms)")
        for i, (name, limit) in enumerate(chosen.items()):
            gain = _gain_db(limit(audio, RATE, CEILING_DB), audio, RATE // 1000)
            width = 2.0 if i == 0 else 1.0
            curve.plot(np.arange(gain.size) + 0.5, gain, label=name, color=COLOURS[i % len(COLOURS)], linewidth=width)
        curve.set_xlim(250.0, 900.0)
        curve.set_ylim(-14.0, 3.0)
        curve.set_xlabel("ms")
        curve.set_ylabel("gain, dB")
        curve.legend(ncols=2)


def _residual(bench: Bench, chosen: dict[str, Limit], music: Sequence[Excerpt]) -> None:
    figures = Figures(
        "limiter_residual",
        "Limiters: what they change in music",
        f"Our limiter with the track's true peak {DRIVE_DB:g} dB over the ceiling; the others driven until they are "
        "as loud. Output minus best-gain input, dB of the music, full band / below 200 Hz; then true peak over the "
        "ceiling, dB.",
        ("Track", *chosen),
    )
    for excerpt in music:
        loud: float | None = None
        cells = []
        for limit in chosen.values():
            output, loud = _driven(limit, excerpt, loud)
            full, low = (residual_db(output, excerpt.audio, hz, excerpt.rate) for hz in (None, 200.0))
            cells.append(f"{full:.1f} / {low:.1f}, {true_peak_db(output) - CEILING_DB:+.2f}")
        figures.add(excerpt.name, *cells)
    bench.put(figures)


def _driven(limit: Limit, excerpt: Excerpt, loud: float | None) -> tuple[Array, float]:
    """Return the output, and its loudness, at the drive that makes it as ``loud``, or at ``DRIVE_DB``."""
    drive = CEILING_DB + DRIVE_DB - true_peak_db(excerpt.audio)
    output = limit(excerpt.audio * 10.0 ** (drive / 20.0), excerpt.rate, CEILING_DB)
    reached = _loudness(output, excerpt.rate)
    if loud is None:
        return output, reached
    for _ in range(3):
        if abs(reached - loud) < 0.02:
            break
        drive += loud - reached
        output = limit(excerpt.audio * 10.0 ** (drive / 20.0), excerpt.rate, CEILING_DB)
        reached = _loudness(output, excerpt.rate)
    return output, loud


def _loudness(audio: Array, rate: int) -> float:
    meter = LoudnessMeter(rate, audio.shape[0], BLOCK)
    for start in range(0, audio.shape[1], BLOCK):
        meter.feed(np.ascontiguousarray(audio[:, start : start + BLOCK]))
    return meter.integrated

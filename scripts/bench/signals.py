"""The signals of the benchmark: the cases of EBU Tech 3341 and 3342, what limiters are tried on, altered mixes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Steps = list[tuple[float, float]]

INTEGRATED, MOMENTARY, SHORT, LRA, TP = "integrated", "momentary", "short_term", "range", "true_peak"
PAUSE = -300.0


@dataclass(frozen=True)
class Case:
    """A signal of a standard: what a meter's readings ``kinds`` of ``audio`` ``(channels, frames)`` should be."""

    name: str
    kinds: tuple[str, ...]
    expected: float
    audio: Array


def tones(rate: int, steps: Steps, gains: tuple[float, ...] = (1.0, 1.0)) -> Array:
    """Return a 1 kHz sine in steps of ``(seconds, peak dBFS)``, ``gains`` by channel."""
    level = np.concatenate([np.full(round(seconds * rate), 10.0 ** (db / 20.0)) for seconds, db in steps])
    return np.outer(gains, level * np.sin(2.0 * np.pi * 1000.0 / rate * np.arange(level.size)))


def gated_by_hand(steps: Steps) -> float:
    """Return the integrated loudness of ideal tones in both channels: BS.1770-5 on their powers, every 100 ms."""
    hops = np.concatenate([np.full(round(10.0 * seconds), 10.0 ** (db / 10.0)) for seconds, db in steps])
    powers = np.convolve(hops, np.full(4, 0.25), "valid")
    heard = powers[powers > 1e-7]
    return 10.0 * float(np.log10(heard[heard > 0.1 * heard.mean()].mean()))


def loudness_cases(rate: int) -> Iterator[Case]:
    """Yield cases 1-6 and 9-14 of Tech 3341 and the four of Tech 3342.

    Where the standard's own arithmetic on the signal of a case is not its nominal -23.0 (3-6, 9, 12: up to 0.04 LU
    from it), its result is what is expected.
    """
    for name, level in (("1", -23.0), ("2", -33.0)):
        yield Case(f"3341-{name}", (INTEGRATED, MOMENTARY, SHORT), level, tones(rate, [(20.0, level)]))
    low, mid = (10.0, -36.0), (60.0, -23.0)
    gated: tuple[Steps, ...] = (
        [low, mid, low],
        [(10.0, -72.0), low, mid, low, (10.0, -72.0)],
        [(20.0, -26.0), (20.1, -20.0), (20.0, -26.0)],
    )
    for number, steps in enumerate(gated, 3):
        yield Case(f"3341-{number}", (INTEGRATED,), gated_by_hand(steps), tones(rate, steps))
    five = tuple(10.0 ** (db / 20.0) for db in (-28.0, -28.0, -24.0, -30.0, -30.0))
    weighted = np.dot([1.0, 1.0, 1.0, 1.41, 1.41], np.square(five))
    yield Case("3341-6", (INTEGRATED,), 10.0 * float(np.log10(0.5 * weighted)), tones(rate, [(20.0, 0.0)], five))
    for name, kind, loud, soft, times in (("9", SHORT, 1.34, 1.66, 5), ("12", MOMENTARY, 0.18, 0.22, 25)):
        mean = (loud * 10.0**-2.0 + soft * 10.0**-3.0) / (loud + soft)
        steps = [(loud, -20.0), (soft, -30.0)] * times
        yield Case(f"3341-{name}", (kind,), 10.0 * float(np.log10(mean)), tones(rate, steps))
    for i in range(20):
        yield Case("3341-10", (SHORT,), -23.0, tones(rate, [(0.15 * i, PAUSE), (3.0, -23.0), (1.0, PAUSE)]))
        yield Case("3341-13", (MOMENTARY,), -23.0, tones(rate, [(0.02 * i, PAUSE), (0.4, -23.0), (1.0, PAUSE)]))
    rising: Steps = []
    brief: Steps = []
    for i in range(20):
        rising += [(0.15 * i, PAUSE), (3.0, -38.0 + i), (3.0 - 0.15 * i, PAUSE)]
        brief += [(0.02 * i, PAUSE), (0.4, -38.0 + i), (0.4 - 0.02 * i, PAUSE)]
    # Of the twenty maxima the last is read.
    yield Case("3341-11", (SHORT,), -19.0, tones(rate, rising))
    yield Case("3341-14", (MOMENTARY,), -19.0, tones(rate, brief))
    for levels, lu in (((-20, -30), 10), ((-20, -15), 5), ((-40, -20), 20), ((-50, -35, -20, -35, -50), 15)):
        yield Case("3342", (LRA,), float(lu), tones(rate, [(20.0, float(level)) for level in levels]))


def peak_cases(rate: int) -> Iterator[Case]:
    """Yield cases 15-23 of Tech 3341; what is expected is the standard's nominal value, in dBTP."""
    n = np.arange(rate // 2)
    fade = np.clip(np.minimum(n, n[::-1]) / (0.01 * rate), 0.0, 1.0)
    rows = ((15, 4, 0.5, 0.0), (16, 4, 0.5, 45.0), (17, 6, 0.5, 60.0), (18, 8, 0.5, 67.5), (19, 4, 1.41, 45.0))
    for number, part, amplitude, degrees in rows:
        x = amplitude * fade * np.sin(2.0 * np.pi * n / part + np.radians(degrees))
        yield Case(f"3341-{number}", (TP,), 20.0 * float(np.log10(amplitude)), np.stack([x, x]))
    hz, level = np.full(2 * rate, 1.0 / 24.0), np.full(2 * rate, 0.5)
    middle = rate // 24 * 24
    hz[middle : middle + 16], level[middle : middle + 16] = 1.0 / 16.0, 1.0
    phase = 2.0 * np.pi * np.concatenate([[0.0], np.cumsum(hz)[:-1]])
    taps = np.sinc(0.225 * (np.arange(257) - 128)) * np.blackman(257)
    played = np.repeat(fade, 4)[: hz.size] * level * np.sin(phase)
    dense = np.asarray(np.convolve(played, taps / taps.sum(), "same"), np.float64)
    for offset in range(4):
        yield Case(f"3341-{20 + offset}", (TP,), 0.0, np.stack([dense[offset::4]] * 2))


def limiter_signals(rate: int, seconds: float) -> dict[str, Array]:
    """Return what the limiters are tried on, ``(2, frames)`` each; always the same."""
    draw, frames = np.random.default_rng(2217), round(seconds * rate)
    t = np.arange(frames) / rate
    like = music_like(rate, seconds)
    bursts = np.where(np.sin(2.0 * np.pi * 3.0 * t) > 0.0, 1.0, 0.0)
    pair = bursts * (np.sin(2.0 * np.pi * 19000.0 * t) + np.sin(2.0 * np.pi * 20000.0 * t))
    return {
        "music-like +12 dB": like * 10.0 ** (12.0 / 20.0),
        "music-like +18 dB": like * 10.0 ** (18.0 / 20.0),
        "random +-1 samples": draw.choice([-1.0, 1.0], (2, frames)),
        "white noise, sigma 0.5": 0.5 * draw.standard_normal((2, frames)),
        "19 kHz + 20 kHz bursts": np.stack([pair, pair]),
    }


def music_like(rate: int, seconds: float) -> Array:
    """Return chords, a bass, drums and hiss that peak at full scale, ``(2, frames)``."""
    frames = round(seconds * rate)
    t, draw = np.arange(frames) / rate, np.random.default_rng(3341)
    beat = t % 0.5
    kick = np.exp(-beat * 9.0) * np.sin(2.0 * np.pi * (50.0 * beat + 12.0 * (1.0 - np.exp(-beat * 30.0))))
    snare = np.exp(-((t + 0.25) % 0.5) * 25.0) * draw.standard_normal((2, frames))
    chord = sum(np.sin(2.0 * np.pi * hz * t + hz) for hz in (220.0, 277.2, 329.6, 440.0, 659.3))
    hats = np.exp(-(t % 0.125) * 60.0) * np.diff(draw.standard_normal((2, frames + 1)), axis=1)
    bass = np.sin(2.0 * np.pi * 55.0 * t) + 0.3 * np.sin(2.0 * np.pi * 110.0 * t)
    x = kick + 0.3 * snare + 0.12 * chord + 0.1 * hats + 0.4 * bass
    return np.asarray(x / np.abs(x).max())


def kick_over_pad(rate: int) -> Array:
    """Return a kick drum, 9 dB over the ceiling, in a soft chord, ``(2, frames)``."""
    t = np.arange(rate) / rate
    pad = sum(np.sin(2.0 * np.pi * hz * t + hz) for hz in (220.0, 277.2, 329.6, 440.0)) * 0.08
    since = np.maximum(t - 0.3, 0.0)
    kick = np.exp(-since * 14.0) * np.sin(2.0 * np.pi * (52.0 * since + 5.0 * (1.0 - np.exp(-since * 60.0))))
    return np.stack([pad + 2.5 * kick * (t >= 0.3)] * 2)

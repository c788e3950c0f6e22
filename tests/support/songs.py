"""Synthesised music for the tests: a song of drums, bass, chords, lead and air, and pieces of other characters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import soundfile
from masterchain.nodes.bands import NEUTRAL_DB, THIRD_OCTAVES_HZ
from masterchain.nodes.base import Block

RATE = 44100


def song(seconds: float = 12.0, rate: int = RATE, seed: int = 1) -> Block:
    """A stereo mix with transients, bass and air, near -18 LUFS, ``(2, frames)``."""
    draw = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate)) / rate
    beat = t % 0.5
    kick = np.sin(2 * np.pi * (50.0 * beat + 9.0 * (1.0 - np.exp(-beat * 30.0)))) * np.exp(-beat * 9.0)
    snare = draw.standard_normal(t.size) * np.exp(-((t + 0.5) % 1.0) * 25.0)
    bass = np.tanh(2.0 * np.sin(2 * np.pi * 55.0 * 2.0 ** (np.floor(t / 2.0) % 3 / 12.0) * t))
    notes = 220.0 * 2.0 ** (np.array([0, 3, 7, 10]) / 12.0)
    chord = sum(np.sin(2 * np.pi * f * t + p) + 0.4 * np.sin(6 * np.pi * f * t) for p, f in enumerate(notes))
    wide = sum(np.sin(2 * np.pi * 1.003 * f * t + 2.0 * p) for p, f in enumerate(notes))
    lead = np.sign(np.sin(2 * np.pi * 660.0 * t)) * (np.floor(t * 4.0) % 4 == 1)
    air = np.diff(draw.standard_normal((2, t.size + 1)), axis=1)
    middle = 0.32 * kick + 0.10 * snare + 0.12 * bass + 0.03 * chord + 0.02 * lead
    return _as_recorded(np.stack([middle + 0.02 * wide, middle - 0.02 * wide]) + 0.004 * air, rate)


def acoustic(seconds: float = 8.0, rate: int = RATE) -> Block:
    """A plucked instrument and a voice in a quiet room: sparse and lively, ``(2, frames)``."""
    draw = np.random.default_rng(2)
    t = np.arange(round(seconds * rate)) / rate
    out = np.zeros((2, t.size))
    for k, start in enumerate(np.arange(0.0, seconds - 0.1, 0.3)):
        note, since = 110.0 * 2.0 ** ((0, 7, 12, 16, 19, 12, 3, 10)[k % 8] / 12.0), t - start
        n = np.arange(1, 24)[:, None]
        heard = slice(round(start * rate), round(min(start + 1.5, seconds) * rate))
        s = since[heard]
        partials = np.sin(2 * np.pi * note * n * s) * np.exp(-s * (1.5 + 0.6 * n)) / n**1.1
        pluck = partials.sum(axis=0) + 0.4 * draw.standard_normal(s.size) * np.exp(-s * 250.0)
        out[:, heard] += pluck * np.array([[0.6], [0.4]] if k % 2 else [[0.4], [0.6]]) * draw.uniform(0.6, 1.2)
    vibrato = 220.0 * t + 0.8 * np.sin(2 * np.pi * 5.0 * t)
    sung = sum(np.sin(2 * np.pi * n * vibrato) * np.exp(-(((n * 220.0 - 700.0) / 900.0) ** 2)) for n in range(1, 16))
    out += 0.25 * np.maximum(np.sin(2 * np.pi * 0.4 * t), 0.0) * sung + 0.002 * draw.standard_normal(out.shape)
    return _as_recorded(0.15 * out, rate)


def wall(seconds: float = 8.0, rate: int = RATE) -> Block:
    """Distorted chords over drums and a bed of noise: dense, bright in the upper middle, ``(2, frames)``."""
    draw = np.random.default_rng(3)
    t = np.arange(round(seconds * rate)) / rate
    beat = t % 0.375
    root = 82.4 * 2.0 ** ((np.floor(t / 1.5) % 4) / 12.0)
    turns = np.cumsum(root) / rate
    guitars = [np.tanh(4.0 * sum(np.sin(2 * np.pi * f * d * turns) for f in (1.0, 1.5, 2.0))) for d in (0.998, 1.003)]
    bass = np.tanh(2.0 * np.sin(np.pi * turns)) + 0.5 * np.sin(2 * np.pi * turns)
    kick = np.sin(2 * np.pi * (55.0 * beat + 6.0 * (1.0 - np.exp(-beat * 50.0)))) * np.exp(-beat * 14.0)
    snare = draw.standard_normal(t.size) * np.exp(-((t + 0.375) % 0.75) * 18.0)
    cymbals = np.diff(draw.standard_normal((2, t.size + 1)), axis=1) * (0.3 + np.exp(-(t % 0.1875) * 30.0))
    middle = 0.22 * bass + 0.5 * kick + 0.22 * snare
    return _as_recorded(0.35 * (middle + 0.13 * np.stack(guitars) + 0.02 * cymbals), rate)


def boomy(seconds: float = 8.0, rate: int = RATE) -> Block:
    """A slow beat whose bass rings on, with dull pads and little above them, ``(2, frames)``."""
    draw = np.random.default_rng(4)
    t = np.arange(round(seconds * rate)) / rate
    beat = t % 0.8
    kick = np.sin(2 * np.pi * (46.0 * beat + 3.0 * (1.0 - np.exp(-beat * 20.0)))) * np.exp(-beat * 5.0)
    ring = np.sin(2 * np.pi * 98.0 * t) * (0.4 + np.exp(-((t + 0.4) % 0.8) * 4.0))
    pads = [
        sum(np.tanh(1.5 * np.sin(2 * np.pi * f * d * t + f)) for f in (196.0, 233.1, 293.7, 392.0))
        for d in (0.9985, 1.0015)
    ]
    hats = np.diff(draw.standard_normal((2, t.size + 1)), axis=1) * np.exp(-((t + 0.2) % 0.4) * 40.0)
    clap = draw.standard_normal(t.size) * np.exp(-((t + 0.8) % 1.6) * 30.0)
    return _as_recorded(0.4 * (0.5 * kick + 0.25 * ring + 0.15 * clap + 0.04 * np.stack(pads) + 0.03 * hats), rate)


def pieces(seconds: float = 6.0) -> dict[str, Block]:
    """Music of four characters by name, each ``(2, frames)``, its first half 5 dB softer.

    Their spectra lie as far from that of records as mixes do: which way is part of the character.
    """
    plain = {"song": song(seconds), "acoustic": acoustic(seconds), "wall": wall(seconds), "boomy": boomy(seconds)}
    own = {
        "song": lambda hz: 1.5 * np.sin(1.5 * np.log2(hz / 60.0)),
        "acoustic": lambda hz: -3.0 / (1.0 + (hz / 120.0) ** 2) + 2.0 * np.exp(-(np.log2(hz / 500.0) ** 2)),
        "wall": lambda hz: 3.5 * np.exp(-(np.log2(hz / 3500.0) ** 2)) - 2.0 * np.exp(-(np.log2(hz / 300.0) ** 2)),
        "boomy": lambda hz: 4.5 * np.exp(-(np.log2(hz / 110.0) ** 2)) - 4.0 / (1.0 + (2500.0 / hz) ** 2),
    }
    return {name: _mixed(toned(audio, own[name])) for name, audio in plain.items()}


def _mixed(audio: Block) -> Block:
    """Make the first half 5 dB softer, and round the highest peaks off, as a mix bus does: they end below -1 dBFS."""
    rise = np.clip(np.linspace(-25.0, 25.0, audio.shape[1]) + 0.5, 0.0, 1.0)
    most = 5.0  # times the effective value, 14 dB
    return 0.9 * np.tanh(audio / most) * 10.0 ** (-5.0 * (1.0 - rise) / 20.0)


def toned(audio: Block, own_db: Callable[[Block], Block], rate: int = RATE) -> Block:
    """The same with the long-term spectrum of records, and ``own_db`` over Hz on top; mean square 1."""
    spectrum = np.fft.rfft(audio)
    hz = np.fft.rfftfreq(audio.shape[1], 1.0 / rate)
    centres = THIRD_OCTAVES_HZ[1:]
    edges = [(hz >= f * 10.0**-0.05) & (hz < f * 10.0**0.05) for f in centres]
    power = np.array([(np.abs(spectrum[:, edge]) ** 2).sum() for edge in edges])
    seen = np.convolve(np.pad(power, 2, mode="edge"), np.array([1, 2, 3, 2, 1]) / 9.0, mode="valid")
    gain_db = NEUTRAL_DB[1:] - 10.0 * np.log10(seen) + own_db(centres)
    gain = np.interp(np.log(np.maximum(hz, 1.0)), np.log(centres), gain_db)
    out = np.fft.irfft(spectrum * 10.0 ** ((gain - gain.max()) / 20.0), audio.shape[1])
    return np.asarray(out / np.sqrt((out * out).mean()))


def _as_recorded(audio: Block, rate: int) -> Block:
    """Fade out above 0.36 of the rate, as converters do: raw steps between samples ring in every resampler."""
    hz = np.fft.rfftfreq(audio.shape[1], 1.0 / rate)
    fade = np.clip((0.45 - hz / rate) / 0.09, 0.0, 1.0)
    return np.fft.irfft(np.fft.rfft(audio) * fade * fade * (3.0 - 2.0 * fade), audio.shape[1])


def dull(audio: Block, rate: int = RATE) -> Block:
    """The same with a shelf that takes 8 dB off above 1.5 kHz."""
    hz = np.fft.rfftfreq(audio.shape[1], 1.0 / rate)
    shelf_db = -8.0 / (1.0 + (1500.0 / np.maximum(hz, 1.0)) ** 2)
    return np.fft.irfft(np.fft.rfft(audio) * 10.0 ** (shelf_db / 20.0), audio.shape[1])


def write(path: object, audio: Block, rate: int = RATE, subtype: str = "PCM_16") -> str:
    """Write a file and return its path."""
    soundfile.write(str(path), audio.T, rate, subtype=subtype)
    return str(path)


def band_db(audio: Block, low: float, high: float, rate: int = RATE) -> float:
    """Energy of a band relative to the whole, in dB."""
    power = (np.abs(np.fft.rfft(audio * np.hanning(audio.shape[1]))) ** 2).sum(axis=0)
    hz = np.fft.rfftfreq(audio.shape[1], 1 / rate)
    return float(10 * np.log10(power[(hz >= low) & (hz < high)].sum() / power.sum()))

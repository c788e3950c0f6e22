"""Synthesised music for the tests of the driver: drums, bass, chords, lead and air, in two characters."""

from __future__ import annotations

import numpy as np
import soundfile
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

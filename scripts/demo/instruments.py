"""The band of the demo: voices as plain functions of pitch and length that return mono audio at 44.1 kHz."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RATE = 44100
BRIGHTEST_HZ = 16000.0
"""Harmonics above this are left out: nothing aliases."""


def hertz(pitch: int) -> float:
    """Return the frequency of a MIDI note number."""
    return float(440.0 * 2.0 ** ((pitch - 69) / 12.0))


def shaped(audio: Array, curve: Mapping[float, float]) -> Array:
    """Return ``audio`` ``(..., frames)`` through a zero-phase filter of ``curve``, dB by Hz, straight over octaves."""
    frames = audio.shape[-1]
    hz = np.maximum(np.fft.rfftfreq(frames, 1.0 / RATE), 1.0)
    gain = 10.0 ** (np.interp(np.log2(hz), np.log2(list(curve)), list(curve.values())) / 20.0)
    return np.fft.irfft(np.fft.rfft(audio) * gain, frames)


@cache
def kick() -> Array:
    """Return a bass drum: a sine that falls to 47 Hz, and the beater."""
    t = _time(0.45)
    phase = 2.0 * np.pi * np.cumsum(47.0 + 150.0 * np.exp(-t / 0.02)) / RATE
    beater = shaped(_noise(1, t.size), {500: -40, 2000: 0, 6000: 0, 12000: -20})
    return np.sin(phase) * np.exp(-t / 0.14) * _fade_in(t, 0.001) + 0.25 * beater * np.exp(-t / 0.004)


@cache
def snare() -> Array:
    """Return a snare drum: two modes of the skin, and the wires."""
    t = _time(0.35)
    low, high = (np.sin(2.0 * np.pi * hz * t) for hz in (187.0, 331.0))
    skin = low * np.exp(-t / 0.07) + 0.6 * high * np.exp(-t / 0.04)
    wires = shaped(_noise(2, t.size), {200: -30, 1200: -6, 4000: 0, 10000: 0, 18000: -8})
    return 0.45 * skin + 0.75 * wires * np.exp(-t / 0.085)


@cache
def hat(decay_s: float) -> Array:
    """Return a hi-hat that rings for ``decay_s``: 0.03 closed, 0.2 open."""
    t = _time(5.0 * decay_s)
    metal = shaped(_noise(3, t.size), {3000: -50, 6500: -8, 9000: 0, 20000: 0})
    return 0.5 * metal * np.exp(-t / decay_s)


@cache
def crash() -> Array:
    """Return a crash cymbal."""
    t = _time(2.4)
    metal = shaped(_noise(4, t.size), {300: -40, 2500: -10, 5000: 0, 16000: -4})
    return 0.4 * metal * np.exp(-t / 0.6) * _fade_in(t, 0.004)


@cache
def bass(pitch: int, seconds: float) -> Array:
    """Return a plucked bass: higher harmonics die sooner, a little saturation holds it together."""
    t = _time(seconds)
    numbers = np.arange(1, 15)[:, None]
    strings = np.sin(2.0 * np.pi * hertz(pitch) * numbers * t) * np.exp(-t * (0.9 + 0.7 * numbers)) / numbers**0.8
    held: Array = np.tanh(1.6 * strings.sum(axis=0)) * _envelope(t, 0.004, 0.04)
    return held


@cache
def keys(pitch: int, seconds: float) -> Array:
    """Return an electric piano: a modulated sine, brighter at the attack, and its tine."""
    t = _time(seconds)
    turn = 2.0 * np.pi * hertz(pitch) * t
    body = np.sin(turn + (0.5 + 2.2 * np.exp(-t / 0.4)) * np.sin(turn))
    tine = 0.16 * np.sin(turn + 0.8 * np.sin(11.0 * turn)) * np.exp(-t / 0.12) if hertz(pitch) < 1200.0 else 0.0
    return (body * np.exp(-t / 1.1) + tine) * _envelope(t, 0.003, 0.12)


@cache
def pad(pitch: int, seconds: float, cents: float) -> Array:
    """Return strings: a soft saw, detuned by ``cents``, that swells."""
    t = _time(seconds)
    return _saw(hertz(pitch) * 2.0 ** (cents / 1200.0) * t, hertz(pitch), 0.9) * _envelope(t, 0.35, 0.5)


@cache
def lead(pitch: int, seconds: float) -> Array:
    """Return a singing lead: a saw with vibrato that sets in late, a scoop into the note, and some breath."""
    t = _time(seconds)
    vibrato = 0.0045 * np.sin(2.0 * np.pi * 5.4 * t) * np.clip((t - 0.2) / 0.3, 0.0, 1.0)
    cycles = np.cumsum(hertz(pitch) * (1.0 + vibrato - 0.03 * np.exp(-t / 0.025))) / RATE
    breath = shaped(_noise(5 + pitch, t.size), {500: -30, 2500: 0, 9000: 0, 18000: -12})
    tone = _saw(cycles, hertz(pitch), 0.85) + 0.03 * breath
    return tone * _envelope(t, 0.02, 0.09) * (0.75 + 0.25 * np.exp(-t / 0.5))


def hiss(seconds: float, side: int) -> Array:
    """Return the noise of the room and the tape, for the left (0) or the right (1) side."""
    return shaped(_noise(100 + side, round(seconds * RATE)), {20: 0, 100: -3, 1000: -10, 8000: -12, 20000: -20})


def riser(seconds: float) -> Array:
    """Return noise that grows and brightens towards a new part."""
    t = _time(seconds)
    dark = shaped(_noise(200, t.size), {200: -30, 900: 0, 3000: -20, 20000: -60})
    bright = shaped(_noise(201, t.size), {1000: -40, 5000: 0, 18000: -6})
    grown = t / seconds
    return (dark * (1.0 - grown) + bright * grown) * grown**3 * _envelope(t, 0.01, 0.02)


def room(bus: Array, seconds: float) -> Array:
    """Return ``bus`` ``(2, frames)`` in a hall whose tail falls by 60 dB in ``seconds``; the two sides differ."""
    t = _time(seconds)
    colour = {150.0: -30.0, 400.0: 0.0, 3000.0: -2.0, 10000.0: -18.0}
    tails = np.stack([shaped(_noise(300 + side, t.size), colour) for side in range(2)])
    tails *= 10.0 ** (-3.0 * t / seconds) * (1.0 - np.exp(-t / 0.015))
    tails /= np.sqrt((tails**2).sum(axis=1, keepdims=True))
    size = int(2 ** np.ceil(np.log2(bus.shape[1] + t.size)))
    wet = np.fft.irfft(np.fft.rfft(bus, size) * np.fft.rfft(tails, size), size)
    return np.asarray(wet[:, : bus.shape[1]])


def _saw(cycles: Array, highest: float, tilt: float) -> Array:
    """Return a saw of harmonics that fall as ``n ** -tilt``, by the recurrence of sines: no sine per harmonic."""
    numbers = max(1, int(BRIGHTEST_HZ / highest))
    first = np.sin(2.0 * np.pi * cycles)
    twice, before, now = 2.0 * np.cos(2.0 * np.pi * cycles), np.zeros_like(first), first
    total = first.copy()
    for n in range(2, numbers + 1):
        before, now = now, twice * now - before
        total += now * n**-tilt
    return 0.5 * total


def _time(seconds: float) -> Array:
    return np.arange(round(seconds * RATE)) / RATE


def _noise(seed: int, frames: int) -> Array:
    return np.random.default_rng(seed).standard_normal(frames) * 0.5


def _fade_in(t: Array, seconds: float) -> Array:
    return np.minimum(1.0, t / seconds)


def _envelope(t: Array, attack_s: float, release_s: float) -> Array:
    end = t[-1] if t.size else 0.0
    rise: Array = np.minimum(1.0, t / attack_s) * np.clip((end - t) / release_s, 0.0, 1.0)
    return rise
